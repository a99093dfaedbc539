//! The roster as CSV: out, safe to open in a spreadsheet, and in, with a dry run.

use std::collections::{HashMap, HashSet};

use super::access::Viewer;
use super::athletes::{RosterQuery, Start};
use super::error::{Error, Result};
use super::members::{Current, MemberChange, split_labels};
use super::undos::{BULK_UNDO_SECONDS, Before, Taken};
use super::{App, db, links, secrets};
use crate::domain::ids::{UndoId, UserId};
use crate::domain::person::{MemberStatus, email_key, fold};
use crate::domain::{calendar, text};

/// Most rows of one import.
pub const MAX_ROWS: usize = 2000;

const HEAD: [&str; 11] = [
    "email",
    "display_name",
    "level",
    "labels",
    "status",
    "coach_email",
    "coach",
    "groups",
    "joined",
    "last_run",
    "week_km",
];

/// What a row of an import comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// What differs, in words: "status: Active to Inactive".
    Change(Vec<String>),
    Same,
    /// Nobody of this email is on the roster.
    Unknown,
    Refused(String),
}

/// One row of an import.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Line in the file, from 1, its head included.
    pub line: u64,
    pub email: String,
    /// Who it is, where they are on the roster.
    pub name: String,
    pub planned: Planned,
}

/// What an import would do.
#[derive(Debug)]
pub struct ImportPlan {
    pub rows: Vec<ImportRow>,
    /// Names of columns that say nothing here, as written.
    pub unread: Vec<String>,
    /// Stands for the plan: what is confirmed must be what was shown.
    pub fingerprint: String,
}

impl ImportPlan {
    /// How many athletes change.
    pub fn changes(&self) -> i64 {
        self.rows.iter().filter(|r| matches!(r.planned, Planned::Change(_))).count() as i64
    }
}

/// What an import did.
#[derive(Debug)]
pub struct Imported {
    /// What was planned, and so was done.
    pub plan: ImportPlan,
    /// The way back, where anything was done.
    pub undo: Option<UndoId>,
}

/// A field that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front.
pub fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Takes back what [`harmless`] added.
fn plain(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

impl App {
    /// Everybody whom the filter lets through, without private notes. Distances are kilometres.
    pub async fn export_roster(&self, viewer: &Viewer, query: &RosterQuery) -> Result<String> {
        let query = RosterQuery { start: Start::Offset(0), ..query.clone() };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEAD).map_err(Error::internal)?;
        for athlete in self.whole_roster(viewer, &query).await? {
            let current = athlete.current;
            let row = current.row;
            let fields = [
                row.email,
                row.display_name,
                row.member_level,
                current.labels.join(" "),
                row.status.word().to_owned(),
                row.coach_email.unwrap_or_default(),
                row.coach_name.unwrap_or_default(),
                current.groups.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("; "),
                calendar::iso_date(row.joined_at.div_euclid(86_400)),
                row.run_day.map(calendar::iso_date).unwrap_or_default(),
                athlete.weeks.map(|w| format!("{:.1}", w[w.len() - 1] / 1000.0)).unwrap_or_default(),
            ];
            writer.write_record(fields.iter().map(|f| harmless(f))).map_err(Error::internal)?;
        }
        let bytes = writer.into_inner().map_err(|e| Error::internal(e.to_string()))?;
        String::from_utf8(bytes).map_err(Error::internal)
    }

    /// What this CSV would change, without changing anything.
    pub async fn plan_import(&self, viewer: &Viewer, text: &str) -> Result<ImportPlan> {
        viewer.coach()?;
        let mut tx = self.db().read().await?;
        Ok(self.read_import(&mut tx, viewer, text).await?.0)
    }

    /// Makes the changes of a plan that was shown, all or none. When the roster has changed since, nothing
    /// is done and the error is a conflict.
    pub async fn apply_import(&self, viewer: &Viewer, text: &str, fingerprint: &str) -> Result<Imported> {
        let coach = viewer.coach()?;
        let mut tx = self.db().write().await?;
        let (plan, changes) = self.read_import(&mut tx, viewer, text).await?;
        if plan.fingerprint != fingerprint {
            return Err(Error::stale());
        }
        let mut befores = Vec::new();
        for (current, change) in changes {
            let changed = self.write_change(&mut tx, viewer, coach, &current, &change).await?;
            befores.push(Before::of(&current, &change, changed));
        }
        let undo = if befores.is_empty() {
            None
        } else {
            let taken = Taken::Changes(befores);
            let org = Some(coach.org_id());
            Some(self.keep_undo(&mut tx, viewer, org, &taken, BULK_UNDO_SECONDS).await?)
        };
        tx.commit().await?;
        Ok(Imported { plan, undo })
    }

    async fn read_import(
        &self,
        tx: &mut db::Tx,
        viewer: &Viewer,
        text: &str,
    ) -> Result<(ImportPlan, Vec<(Current, MemberChange)>)> {
        let coach = viewer.coach()?;
        let table = Table::read(text)?;
        let members: HashMap<String, UserId> =
            db::roster::emails(tx, coach.org_id()).await?.into_iter().collect();
        let coaches = db::members::coaches(tx, coach.org_id()).await?;
        let coaches = Coaches {
            names: coaches.iter().map(|c| (c.user_id, c.display_name.clone())).collect(),
            by_email: coaches.into_iter().map(|c| (email_key(&c.email), c.user_id)).collect(),
        };
        let options = db::roster::options(tx, coach.org_id()).await?;
        let mut levels = Levels(options.into_iter().filter(|o| o.kind == "level").map(|o| o.key).collect());
        let ids: Vec<UserId> =
            table.rows.iter().filter_map(|r| members.get(&email_key(&r.email)).copied()).collect();
        let mut currents = HashMap::new();
        for part in ids.chunks(500) {
            let found = self.currents(tx, coach, part).await?;
            currents.extend(found.into_iter().map(|c| (c.row.user_id, c)));
        }
        let mut seen = HashSet::new();
        let mut rows = Vec::new();
        let mut changes = Vec::new();
        for mut typed in table.rows {
            typed.level = typed.level.map(|level| levels.spelling(&level));
            let current = members.get(&email_key(&typed.email)).and_then(|id| currents.get(id));
            let planned = match current {
                _ if typed.email.is_empty() => Planned::Refused("There is no email in this row.".into()),
                None if links::email(&typed.email).is_err() => {
                    Planned::Refused(format!("“{}” is not an email address.", typed.email))
                }
                None => Planned::Unknown,
                Some(c) if !seen.insert(c.row.user_id) => {
                    Planned::Refused("This athlete stands further up already.".into())
                }
                Some(c) => match typed.change(c, &coaches, coach.is_head()) {
                    Err(reason) => Planned::Refused(reason),
                    Ok(change) => {
                        let words = in_words(c, &change, &coaches);
                        if words.is_empty() {
                            Planned::Same
                        } else {
                            changes.push((c.clone(), change));
                            Planned::Change(words)
                        }
                    }
                },
            };
            let name = current.map(|c| c.row.display_name.clone()).unwrap_or_default();
            rows.push(ImportRow { line: typed.line, email: typed.email, name, planned });
        }
        let versions: Vec<String> = changes
            .iter()
            .map(|(c, change)| format!("{} {} {change:?}", c.row.user_id, c.row.version))
            .collect();
        let fingerprint = secrets::hash(&versions.join("\n"));
        Ok((ImportPlan { rows, unread: table.unread, fingerprint }, changes))
    }
}

/// The rows of a file, by the columns that are known.
struct Table {
    rows: Vec<Typed>,
    /// Names of the columns that are not known, as written.
    unread: Vec<String>,
}

/// The coaches that a row may name.
struct Coaches {
    by_email: HashMap<String, UserId>,
    names: HashMap<UserId, String>,
}

/// The levels that there are, those of the rows above included.
struct Levels(Vec<String>);

impl Levels {
    /// The level as it is written already, where only its case or its accents differ.
    fn spelling(&mut self, typed: &str) -> String {
        let typed = text::one_line(typed, usize::MAX);
        if typed.is_empty() || self.0.contains(&typed) {
            return typed;
        }
        match self.0.iter().find(|level| fold(level) == fold(&typed)) {
            Some(level) => level.clone(),
            None => {
                self.0.push(typed.clone());
                typed
            }
        }
    }
}

/// What parts the columns: a comma, a semicolon in the spreadsheets of many countries, a tab in tables that
/// were copied. The first line that says anything decides.
fn separator(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |by: u8| head.bytes().filter(|b| *b == by).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|by| count(*by)).unwrap_or(b',')
}

/// Counts lines of a file up to a place in it, going on from where it was asked before.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line, from 1, of the first character at or after this byte that is no line's end. (The parser's
    /// own count knows neither blank lines nor both bytes of a line's end.)
    fn of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(now) = self.bytes.get(self.at)
            && (self.at < byte || matches!(now, b'\r' | b'\n'))
        {
            let ends = *now == b'\n' || (*now == b'\r' && self.bytes.get(self.at + 1) != Some(&b'\n'));
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}

/// A row as it was typed; a column that is missing is `None` and changes nothing.
struct Typed {
    line: u64,
    email: String,
    display_name: Option<String>,
    level: Option<String>,
    labels: Option<String>,
    status: Option<String>,
    coach_email: Option<String>,
}

impl Table {
    fn read(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(Error::invalid("file", "The file is empty."));
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator(text)).flexible(true).from_reader(text.as_bytes());
        let unreadable =
            |e: csv::Error| Error::invalid("file", format!("This is not a CSV file that can be read: {e}."));
        let heads: Vec<String> =
            reader.headers().map_err(unreadable)?.iter().map(|head| plain(head).to_owned()).collect();
        let names: Vec<String> = heads.iter().map(|head| fold(head).replace([' ', '-'], "_")).collect();
        let place = |known: &[&str]| names.iter().position(|n| known.contains(&n.as_str()));
        let Some(email) = place(&["email", "e_mail", "email_address"]) else {
            return Err(Error::invalid(
                "file",
                "The first row names the columns, parted by commas, semicolons or tabs, and one of them is “email”.",
            ));
        };
        let (name, level) = (place(&["display_name", "name"]), place(&["level", "member_level"]));
        let (labels, status) = (place(&["labels", "label"]), place(&["status"]));
        let coach = place(&["coach_email"]);
        let read = [Some(email), name, level, labels, status, coach];
        let unread =
            heads.into_iter().enumerate().filter(|(i, head)| !read.contains(&Some(*i)) && !head.is_empty());
        let unread = unread.map(|(_, head)| head).collect();
        let mut lines = Lines { bytes: text.as_bytes(), at: 0, line: 1 };
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            if record.iter().all(|f| f.trim().is_empty()) {
                continue;
            }
            if rows.len() == MAX_ROWS {
                return Err(Error::invalid("file", format!("A file has up to {MAX_ROWS} rows. Split it.")));
            }
            let field = |at: Option<usize>| at.and_then(|i| record.get(i)).map(|f| plain(f).to_owned());
            rows.push(Typed {
                line: record.position().map_or(0, |position| lines.of(position.byte())),
                email: field(Some(email)).unwrap_or_default(),
                display_name: field(name),
                level: field(level),
                labels: field(labels),
                status: field(status),
                coach_email: field(coach),
            });
        }
        if rows.is_empty() {
            return Err(Error::invalid("file", "There is no row below the names of the columns."));
        }
        Ok(Self { rows, unread })
    }
}

impl Typed {
    /// What the row asks for, or why it cannot be.
    fn change(
        &self,
        current: &Current,
        coaches: &Coaches,
        is_head: bool,
    ) -> std::result::Result<MemberChange, String> {
        let mut change = MemberChange {
            // An empty name is no wish to have none.
            display_name: self.display_name.clone().filter(|n| !n.is_empty()),
            member_level: self.level.clone(),
            labels: self.labels.as_deref().map(split_labels),
            ..MemberChange::default()
        };
        if let Some(status) = self.status.as_deref().filter(|s| !s.is_empty()) {
            let read: MemberStatus =
                fold(status).parse().map_err(|_| format!("There is no status “{status}”."))?;
            change.status = Some(read);
        }
        if let Some(email) = &self.coach_email {
            let coach = match email.as_str() {
                "" => None,
                email => Some(
                    *coaches.by_email.get(&email_key(email)).ok_or(format!("There is no coach {email}."))?,
                ),
            };
            if coach != current.row.assigned_coach_id {
                if !is_head {
                    return Err("Only the head coach assigns athletes to coaches.".into());
                }
                change.assigned_coach_id = Some(coach);
            }
        }
        change.check().map_err(|e| e.to_string())
    }
}

/// What differs, in words.
fn in_words(current: &Current, change: &MemberChange, coaches: &Coaches) -> Vec<String> {
    let row = &current.row;
    let mut words = Vec::new();
    let mut say = |what: &str, from: &str, to: &str| {
        let or_none = |t: &str| if t.is_empty() { "none".to_owned() } else { t.to_owned() };
        if from != to {
            words.push(format!("{what}: {} to {}", or_none(from), or_none(to)));
        }
    };
    say("name", &row.display_name, change.display_name.as_ref().unwrap_or(&row.display_name));
    say("level", &row.member_level, change.member_level.as_ref().unwrap_or(&row.member_level));
    say("status", row.status.label(), change.status.unwrap_or(row.status).label());
    if let Some(labels) = &change.labels {
        let sorted = |list: &[String]| {
            let mut list: Vec<String> = list.iter().map(|l| format!("@{}", fold(l))).collect();
            list.sort();
            list.join(" ")
        };
        say("labels", &sorted(&current.labels), &sorted(labels));
    }
    if let Some(coach) = change.assigned_coach_id {
        let name = |id: Option<UserId>| id.and_then(|id| coaches.names.get(&id).cloned()).unwrap_or_default();
        say("coach", &name(row.assigned_coach_id), &name(coach));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_taken_for_a_formula_and_it_comes_back() {
        for text in ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(plain(&harmless("=1+1")), "=1+1");
        assert_eq!(harmless("Naledi"), "Naledi");
        assert_eq!(plain("'til dawn"), "'til dawn");
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let table = Table::read("\u{feff}Status;E-mail;Level\nactive;a@b.test;Elite\n\n").unwrap();
        assert_eq!((table.rows.len(), table.rows[0].email.as_str()), (1, "a@b.test"));
        assert_eq!(table.rows[0].level.as_deref(), Some("Elite"));
        assert!(Table::read("name,level\nA,B\n").is_err());
        assert!(Table::read("email\n").is_err());
        let table = Table::read("First Name\tEmail\tPhone\nA\ta@b.test\t1\n").unwrap();
        assert_eq!(table.rows[0].email, "a@b.test");
        assert_eq!(table.unread, ["First Name", "Phone"]);
        for empty in ["", "\u{feff}", " \r\n"] {
            assert_eq!(
                Table::read(empty).err().map(|e| e.to_string()).as_deref(),
                Some("The file is empty.")
            );
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = "email,labels\na@b.test,\n\n\nc@d.test,\"x\ny\"\ne@f.test,\n   \ng@h.test,";
        for (begin, end) in [("", "\n"), ("", "\r\n"), ("\u{feff}", "\r\n"), ("", "\r")] {
            let text = format!("{begin}{}", text.replace('\n', end));
            let lines: Vec<u64> = Table::read(&text).unwrap().rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 5, 7, 9], "{text:?}");
        }
    }

    #[test]
    fn a_level_is_written_in_one_way() {
        let mut levels = Levels(vec!["Advanced".into()]);
        for (typed, level) in
            [("advanced", "Advanced"), ("Champion", "Champion"), (" champion ", "Champion"), ("", "")]
        {
            assert_eq!(levels.spelling(typed), level);
        }
    }
}
