//! Members of an organization as coaches keep them: names, levels, labels, status, coach, joining by a
//! coach's hand and leaving.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::App;
use super::access::{self, Coach, Viewer};
use super::db::members::Values;
use super::db::roster::AthleteRow;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::handovers::Moved;
use super::undos::UNDO_SECONDS;
use crate::domain::ids::{GroupId, NoteId, OrgId, UndoId, UserId};
use crate::domain::person::{MemberStatus, Role, fold};
use crate::domain::text;

/// Longest display name, in characters.
pub const MAX_NAME: usize = 50;
/// Longest member level, in characters.
pub const MAX_LEVEL: usize = 40;
/// Longest label, in characters.
pub const MAX_LABEL: usize = 40;
/// Most labels on one member.
pub const MAX_LABELS: usize = 20;
/// Longest note, in characters.
pub const MAX_NOTE: usize = 10_000;
/// Notes outlive a membership by thirty days.
pub const NOTE_SECONDS: i64 = 30 * 86_400;

/// What to change of a member; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    pub display_name: Option<String>,
    pub member_level: Option<String>,
    /// The whole new list; `@` in front is optional.
    pub labels: Option<Vec<String>>,
    /// A text other than the newest note's becomes a new note; an empty one changes nothing.
    pub private_notes: Option<String>,
    pub status: Option<MemberStatus>,
    /// Only the head coach may say anything here.
    pub assigned_coach_id: Option<Option<UserId>>,
    /// The version that the caller has seen; another one by now is refused as stale.
    pub if_version: Option<i64>,
}

/// A member as they stand, with what belongs to them.
#[derive(Debug, Clone)]
pub struct Current {
    pub row: AthleteRow,
    /// As written, without `@`, in alphabetical order.
    pub labels: Vec<String>,
    pub groups: Vec<(GroupId, String)>,
    /// The newest note's text.
    pub note: Option<String>,
}

impl Current {
    /// A row with its labels and groups, without a note.
    pub(super) fn of(mut row: AthleteRow) -> Self {
        let lines = |text: Option<String>| -> Vec<String> {
            text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
        };
        let group = |line: String| {
            let (id, name) = line.split_once(' ')?;
            Some((id.parse().ok()?, name.to_owned()))
        };
        let labels = lines(row.labels.take());
        let groups = lines(row.groups.take()).into_iter().filter_map(group).collect();
        Self { row, labels, groups, note: None }
    }

    /// The folded labels with how they are written, for a removal to keep.
    pub(super) fn labels_folded(&self) -> Vec<(String, String)> {
        self.labels.iter().map(|l| (l.clone(), fold(l))).collect()
    }
}

/// What a change came to.
#[derive(Debug)]
pub struct Changed {
    /// The API's names of the fields that differ now.
    pub fields: Vec<&'static str>,
    pub added_labels: Vec<String>,
    pub removed_labels: Vec<String>,
    pub version: i64,
}

impl Changed {
    /// Whether anything differs.
    pub fn is_changed(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// Name and email as the search box finds them, folded.
pub fn search_text(display_name: &str, first_name: &str, last_name: &str, email: &str) -> String {
    let own = format!("{first_name} {last_name}");
    if fold(&own) == fold(display_name) {
        fold(&format!("{display_name} {email}"))
    } else {
        fold(&format!("{display_name} {own} {email}"))
    }
}

/// A label as it is kept: without `@` in front, without white space.
pub fn clean_label(typed: &str) -> Result<String, Problem> {
    let label = text::one_line(typed);
    let label = label.trim_start_matches('@');
    let is_wrong = |c: char| c.is_whitespace() || c == ',';
    if label.is_empty() {
        return Err(Problem::invalid("labels", "A label is empty."));
    }
    if label.contains(is_wrong) {
        let tried = label.split(is_wrong).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("-");
        return Err(Problem::invalid("labels", format!("Labels have no spaces. Try @{tried}.")));
    }
    if label.chars().count() > MAX_LABEL || fold(label).is_empty() {
        return Err(Problem::invalid("labels", format!("A label has up to {MAX_LABEL} characters.")));
    }
    Ok(label.to_owned())
}

/// Labels as people type them: separated by commas or white space.
pub fn split_labels(text: &str) -> Vec<String> {
    let is_gap = |c: char| c.is_whitespace() || c == ',' || c == ';';
    text.split(is_gap).filter(|l| !l.trim_start_matches('@').is_empty()).map(str::to_owned).collect()
}

/// Without doubles, however they are written; the first writing stays.
fn clean_labels(labels: &[String], problems: &mut Vec<Problem>) -> Vec<String> {
    let mut clean: Vec<String> = Vec::new();
    for label in labels {
        match clean_label(label) {
            Ok(label) if clean.iter().any(|l| fold(l) == fold(&label)) => {}
            Ok(label) => clean.push(label),
            Err(problem) => {
                problems.push(problem);
                break;
            }
        }
    }
    if clean.len() > MAX_LABELS {
        problems.push(Problem::invalid("labels", format!("A member has up to {MAX_LABELS} labels.")));
    }
    clean
}

impl MemberChange {
    /// The change with its texts in the form in which they are kept, or everything that is wrong with it.
    pub fn check(mut self) -> Result<Self> {
        let mut problems = Vec::new();
        if let Some(name) = &mut self.display_name {
            *name = text::one_line(name);
            if name.is_empty() || name.chars().count() > MAX_NAME {
                problems.push(Problem::invalid("display_name", "Enter a name, up to 50 characters."));
            }
        }
        if let Some(level) = &mut self.member_level {
            *level = text::one_line(level);
            if level.chars().count() > MAX_LEVEL {
                problems.push(Problem::invalid(
                    "member_level",
                    format!("A level has up to {MAX_LEVEL} characters."),
                ));
            }
        }
        if let Some(labels) = &mut self.labels {
            *labels = clean_labels(labels, &mut problems);
        }
        if let Some(note) = &mut self.private_notes {
            *note = text::paragraphs(note);
            if note.chars().count() > MAX_NOTE {
                problems.push(Problem::invalid("private_notes", "A note has up to 10,000 characters."));
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(Error::Invalid(problems)) }
    }
}

impl App {
    /// These athletes of the organization as they stand; others are left out.
    pub(super) async fn currents(&self, tx: &mut Tx, coach: Coach, users: &[UserId]) -> Result<Vec<Current>> {
        let rows = db::roster::athletes_among(tx, coach.org_id(), users).await?;
        with_notes(tx, coach.org_id(), rows).await
    }

    /// A member as they stand: their own membership, or any for a coach. Labels and notes are read for
    /// coaches only; an athlete gets neither.
    pub async fn member(&self, viewer: &Viewer, org: OrgId, user: UserId) -> Result<Current> {
        access::organization(viewer, org)?;
        let mut tx = self.db().read().await?;
        let seen = access::member(&mut tx, viewer, user).await?;
        let row = db::roster::find(&mut tx, org, user).await?.ok_or(Error::NotFound)?;
        let mut current = with_notes(&mut tx, org, vec![row]).await?.pop().ok_or(Error::NotFound)?;
        if seen.coach().is_err() {
            current.labels.clear();
            current.note = None;
        }
        Ok(current)
    }

    /// Changes a member and returns the new version.
    pub async fn update_member(
        &self,
        viewer: &Viewer,
        org: OrgId,
        user: UserId,
        change: MemberChange,
    ) -> Result<i64> {
        access::organization(viewer, org)?;
        let mut tx = self.db().write().await?;
        let seen = access::member(&mut tx, viewer, user).await?;
        let coach = seen.coach()?;
        if seen.standing().role != Role::Athlete {
            return Err(Error::Forbidden("This is a coach. Only athletes are edited here."));
        }
        if change.assigned_coach_id.is_some() {
            coach.head()?;
        }
        let change = change.check()?;
        let current = self.currents(&mut tx, coach, &[user]).await?.pop().ok_or(Error::NotFound)?;
        Error::unless_stale(change.if_version, current.row.version)?;
        let changed = self.write_change(&mut tx, viewer, coach, &current, &change).await?;
        if let Some(to) = change.assigned_coach_id
            && to != current.row.assigned_coach_id
        {
            let (name, from) = (current.row.display_name, current.row.assigned_coach_id);
            let moved = Moved { athlete: user, name, from, to };
            self.tell_moved(&mut tx, viewer, org, &[moved], "").await?;
        }
        tx.commit().await?;
        Ok(changed.version)
    }

    /// Writes a checked change of an athlete of the coach's organization, with its audit entry.
    pub(super) async fn write_change(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        coach: Coach,
        current: &Current,
        change: &MemberChange,
    ) -> Result<Changed> {
        let (org, row) = (coach.org_id(), &current.row);
        let user = row.user_id;
        let mut fields = Vec::new();
        let mut details = Map::new();
        let mut note_changed = |name: &'static str, from: Value, to: Value| {
            if from != to {
                fields.push(name);
                details.insert(name.to_owned(), json!({"from": from, "to": to}));
            }
        };
        let name = change.display_name.as_deref().unwrap_or(&row.display_name);
        let level = change.member_level.as_deref().unwrap_or(&row.member_level);
        let status = change.status.unwrap_or(row.status);
        let assigned = change.assigned_coach_id.unwrap_or(row.assigned_coach_id);
        note_changed("display_name", json!(row.display_name), json!(name));
        note_changed("member_level", json!(row.member_level), json!(level));
        note_changed("status", json!(row.status.word()), json!(status.word()));
        note_changed("assigned_to_coach_id", json!(row.assigned_coach_id), json!(assigned));
        if assigned != row.assigned_coach_id {
            coach.head()?;
            self.check_coach(tx, org, assigned).await?;
        }
        let (added, removed) = differences(&current.labels, change.labels.as_deref());
        if !added.is_empty() || !removed.is_empty() {
            fields.push("labels");
            details.insert("labels".into(), json!({"added": added, "removed": removed}));
        }
        let note =
            change.private_notes.as_deref().filter(|n| !n.is_empty() && Some(*n) != current.note.as_deref());
        if note.is_some() {
            // That there is a note, never what it says.
            fields.push("private_notes");
        }
        if fields.is_empty() {
            return Ok(Changed {
                fields,
                added_labels: added,
                removed_labels: removed,
                version: row.version,
            });
        }
        let search = search_text(name, &row.first_name, &row.last_name, &row.email);
        let values = Values {
            display_name: name,
            name_folded: &fold(name),
            search_folded: &search,
            member_level: level,
            status,
            assigned_coach_id: assigned,
        };
        let version =
            db::members::update(tx, org, user, row.version, &values).await?.ok_or_else(Error::stale)?;
        for label in &removed {
            db::labels::delete(tx, org, user, &fold(label)).await?;
        }
        for label in &added {
            db::labels::insert(tx, org, user, label, &fold(label)).await?;
        }
        if let Some(text) = note {
            let id = NoteId::from_uuid(self.uuid());
            db::notes::insert(tx, org, id, user, viewer.user.id, text, self.now()).await?;
            self.audit(tx, viewer, org, "note.added", user, None, json!({"note_id": id})).await?;
        }
        details.insert("fields".into(), json!(fields));
        self.audit(tx, viewer, org, "member.updated", user, None, Value::Object(details)).await?;
        Ok(Changed { fields, added_labels: added, removed_labels: removed, version })
    }

    /// Refuses a coach who is none of the organization.
    pub(super) async fn check_coach(&self, tx: &mut Tx, org: OrgId, coach: Option<UserId>) -> Result<()> {
        let Some(coach) = coach else { return Ok(()) };
        match db::members::standing(tx, org, coach).await? {
            Some(standing) if standing.role.is_coach() => Ok(()),
            _ => Err(Error::invalid("assigned_to_coach_id", "There is no such coach in your organization.")),
        }
    }

    /// Ends an athlete's membership: roster, groups and the coaches' sight go; account and activities stay
    /// theirs. Can be taken back for a minute.
    pub async fn remove_member(&self, viewer: &Viewer, org: OrgId, user: UserId) -> Result<UndoId> {
        access::organization(viewer, org)?;
        let mut tx = self.db().write().await?;
        let seen = access::member(&mut tx, viewer, user).await?;
        seen.coach()?;
        if seen.standing().role != Role::Athlete {
            return Err(Error::Forbidden("This is a coach. The head coach removes coaches under Coaches."));
        }
        let taken = self.end_membership(&mut tx, viewer, org, user, "member.removed").await?;
        self.tell_removed(&mut tx, viewer, org, user).await?;
        let undo = self.keep_undo(&mut tx, viewer, Some(org), &taken, UNDO_SECONDS).await?;
        tx.commit().await?;
        Ok(undo)
    }
}

/// Labels to add and to take off; nothing where the list stays.
fn differences(old: &[String], new: Option<&[String]>) -> (Vec<String>, Vec<String>) {
    let Some(new) = new else { return (Vec::new(), Vec::new()) };
    let missing = |from: &[String], label: &String| !from.iter().any(|l| fold(l) == fold(label));
    let added = new.iter().filter(|l| missing(old, l)).cloned().collect();
    let removed = old.iter().filter(|l| missing(new, l)).cloned().collect();
    (added, removed)
}

/// Rows with their newest notes.
pub(super) async fn with_notes(tx: &mut Tx, org: OrgId, rows: Vec<AthleteRow>) -> Result<Vec<Current>> {
    let users: Vec<UserId> = rows.iter().map(|r| r.user_id).collect();
    let mut notes: HashMap<UserId, String> = db::notes::newest(tx, org, &users).await?.into_iter().collect();
    let with_note = |row: AthleteRow| {
        let note = notes.remove(&row.user_id);
        Current { note, ..Current::of(row) }
    };
    Ok(rows.into_iter().map(with_note).collect())
}
