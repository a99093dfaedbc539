//! Erasing a person: their account, their data, and their name where others keep it.
//!
//! The first transaction locks the account out and takes away everything that can be read as theirs, but for their
//! activities and files. These may be many megabytes, so a job deletes them a few at a time, which keeps nobody
//! waiting and goes on after a crash. What stays is a stub of the account (audit trail, groups and notes of others
//! refer to it), and the figures of kept reports, which are the group's. What others wrote in their own words, such
//! as a note about somebody else, stays as it is.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::access::{self, Via, Viewer};
use super::db::jobs::JobRow;
use super::db::{self, Tx, dialect};
use super::error::{Error, Result};
use super::jobs::LEASE;
use super::notifications::Told;
use super::{App, limits};
use crate::domain::ids::UserId;
use crate::domain::job::JobKind;
use crate::domain::person::{Role, email_key};
use crate::domain::text;

/// Activities, and files, of one transaction.
const BATCH: i64 = 25;
/// Who did it, in what was told to others: an empty name means nobody there.
const SOMEBODY: &str = "Somebody";
/// What stands in place of a name.
const GONE: &str = "[erased]";
/// What the details of an audit entry keep about somebody who was erased: ids and what is no word about them.
const KEPT_DETAILS: [&str; 11] = [
    "fields",
    "status",
    "assigned_to_coach_id",
    "reassigned_to",
    "group_id",
    "request_id",
    "note_id",
    "undo",
    "left",
    "from",
    "by",
];

/// What came of it, as the command line prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erased {
    pub user_id: UserId,
    /// Activities that are deleted with their recordings and files.
    pub activities: i64,
    /// Kept reports in which the person is now nobody in particular.
    pub reports: usize,
}

/// What the page says before somebody erases themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    pub activities: i64,
    /// The head coach hands the role over first.
    pub is_head_coach: bool,
}

/// By which words a person is known: what they are and were called, and their email.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    names: BTreeSet<String>,
    email: String,
}

impl Known {
    fn add(&mut self, name: &str) {
        let name = text::one_line(name);
        if !name.is_empty() {
            self.names.insert(name);
        }
    }

    /// The same text without the person: email and whole names go however they are written, the words of a name where
    /// they stand as in it. In a report that names somebody, their first name alone means them.
    pub(super) fn blank(&self, text: &str) -> String {
        let whole = std::iter::once(&self.email).chain(self.names.iter().rev()).filter(|name| name.len() > 1);
        let text = whole.fold(text.to_owned(), |text, name| without(&text, name));
        // "van" and "der" are words of many a text, and of nobody in particular.
        let is_telling =
            |part: &&str| part.chars().count() > 2 && !part.starts_with(|c: char| c.is_lowercase());
        let parts: BTreeSet<&str> =
            self.names.iter().flat_map(|name| name.split(' ')).filter(is_telling).collect();
        let mut blanked = String::new();
        let mut word = String::new();
        for c in text.chars().chain(['\n']) {
            if c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            blanked.push_str(if parts.contains(word.as_str()) { GONE } else { &word });
            word.clear();
            blanked.push(c);
        }
        // The end that was added to see the last word.
        blanked.pop();
        blanked
    }
}

/// The text without this one, in whatever case its plain letters are.
fn without(text: &str, needle: &str) -> String {
    let (lower, needle) = (text.to_ascii_lowercase(), needle.to_ascii_lowercase());
    let mut kept = String::new();
    let mut from = 0;
    for (at, found) in lower.match_indices(&needle) {
        kept.push_str(&text[from..at]);
        kept.push_str(GONE);
        from = at + found.len();
    }
    kept.push_str(&text[from..]);
    kept
}

impl App {
    /// What erasing the viewer's account would take away.
    pub async fn erasure_outlook(&self, viewer: &Viewer) -> Result<Outlook> {
        let mut tx = self.db().read().await?;
        let activities = db::erasure::count_activities(&mut tx, viewer.user.id).await?;
        let role = viewer.membership.as_ref().map(|membership| membership.role);
        Ok(Outlook { activities, is_head_coach: role == Some(Role::HeadCoach) })
    }

    /// Erases the viewer, who shows by their password that it is them; guesses are counted with those of the form that
    /// changes it.
    pub async fn erase_self(&self, viewer: &Viewer, password: &str) -> Result<Erased> {
        access::own_account(viewer)?;
        self.count_attempt(limits::PASSWORD_CHANGE, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().read().await?;
        let known = db::users::credentials_by_id(&mut tx, viewer.user.id).await?.ok_or(Error::NotFound)?;
        drop(tx);
        if !self.verify_password(password, Some(&known.password_hash)).await? {
            return Err(Error::invalid("current", "That is not your current password."));
        }
        self.erase_person(viewer).await
    }

    /// Erases the account with this email for the operator, to the last file.
    pub async fn admin_erase(&self, email: &str) -> Result<Erased> {
        let viewer = self.operator_for(email).await?;
        let erased = self.erase_person(&viewer).await?;
        // No server need be running to work the job off; one that is finds nothing more to do.
        while self.erase_batch(erased.user_id).await? {}
        Ok(erased)
    }

    /// Erases the person that `viewer` is, who was asked or whose operator was. After the first transaction nobody
    /// can sign in to the account or see anything of it; a job takes activities and files.
    ///
    /// Errors: [`Error::Conflict`] for a head coach.
    pub async fn erase_person(&self, viewer: &Viewer) -> Result<Erased> {
        let user = viewer.user.id;
        let mut tx = self.db().write().await?;
        dialect::lock_person(&mut tx, user).await?;
        if db::erasure::is_erased(&mut tx, user).await? != Some(false) {
            return Err(Error::NotFound);
        }
        // As it stands now, not as it did when the request began.
        let viewer = access::viewer(&mut tx, user, viewer.via).await?.ok_or(Error::NotFound)?;
        let mut known = Known { email: viewer.user.email.clone(), ..Known::default() };
        known.add(&format!("{} {}", viewer.user.first_name, viewer.user.last_name));
        if let Some(membership) = &viewer.membership {
            known.add(&membership.display_name);
            self.leave_for_good(&mut tx, &viewer).await?;
        }
        blank_entries(&mut tx, user, &mut known).await?;
        let reports = Self::blank_in_reports(&mut tx, user, &known).await?;
        blank_notifications(&mut tx, user, &known).await?;
        let activities = db::erasure::count_activities(&mut tx, user).await?;
        db::erasure::delete_rows(&mut tx, user, self.now()).await?;
        db::erasure::delete_copies(&mut tx, user).await?;
        let email = &viewer.user.email;
        db::erasure::delete_mails(&mut tx, email, &email_key(email)).await?;
        db::erasure::blank_invitations(&mut tx, &email_key(email)).await?;
        db::erasure::blank_user(&mut tx, user, self.now()).await?;
        let job = self.new_job(&viewer, user, JobKind::Erasure, activities, "{}".to_owned());
        db::jobs::insert(&mut tx, &job, None).await?;
        tx.commit().await?;
        self.notify_worker();
        Ok(Erased { user_id: user, activities, reports })
    }

    /// What a member leaves behind in their organization: an entry, and of a coach their athletes and groups.
    async fn leave_for_good(&self, tx: &mut Tx, viewer: &Viewer) -> Result<()> {
        let Some(membership) = &viewer.membership else { return Ok(()) };
        let (org, user) = (membership.org_id, viewer.user.id);
        if membership.role == Role::HeadCoach {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "You are the head coach. Hand the role over to another coach first; then your account can be \
                          deleted."
                    .into(),
                field: None,
            });
        }
        let coaches = db::members::coaches(tx, org).await?;
        let head = coaches.iter().find(|coach| coach.role == Role::HeadCoach).map(|coach| coach.user_id);
        if membership.role.is_coach() {
            for (athlete,) in db::members::reassign(tx, org, user, None).await? {
                let details = json!({"fields": ["assigned_to_coach_id"],
                    "assigned_to_coach_id": {"from": user, "to": null}});
                self.audit(tx, viewer, org, "member.updated", athlete, None, details).await?;
                self.notify(tx, athlete, Some(org), &Told::YourCoach { name: "" }).await?;
            }
            if let Some(head) = head {
                db::groups::set_owner(tx, org, user, head).await?;
            }
        }
        if let Some(head) = head {
            // That somebody left, without a name.
            self.notify(tx, head, Some(org), &Told::Left { person: user, name: "" }).await?;
        }
        let by = if viewer.via == Via::Operator { "operator" } else { "themselves" };
        self.audit(tx, viewer, org, "member.erased", user, None, json!({ "by": by })).await
    }

    /// Deletes some of an erased person's activities and files; `false` when there were none.
    async fn erase_batch(&self, user: UserId) -> Result<bool> {
        let mut tx = self.db().write().await?;
        let (activities, files) = db::erasure::delete_batch(&mut tx, user, BATCH).await?;
        tx.commit().await?;
        Ok(activities + files > 0)
    }

    /// Deletes the activities and files of somebody who was erased, some at a time. `false` when another took the job
    /// over.
    pub(super) async fn run_erasure(&self, job: &JobRow) -> Result<bool> {
        loop {
            let mut tx = self.db().write().await?;
            if db::erasure::is_erased(&mut tx, job.subject_id).await? != Some(true) {
                return Err(Error::internal("a job erases an account that was not erased"));
            }
            let (activities, files) = db::erasure::delete_batch(&mut tx, job.subject_id, BATCH).await?;
            let count = i64::try_from(activities).unwrap_or(i64::MAX);
            if !db::jobs::step(&mut tx, job.id, count, "{}", self.now() + LEASE).await? {
                return Ok(false);
            }
            tx.commit().await?;
            if activities + files == 0 {
                return Ok(true);
            }
        }
    }
}

/// Keeps of the audit entries about a person, and about the keys that they named, only what says nothing of them. The
/// names that stood there are names that they had.
async fn blank_entries(tx: &mut Tx, user: UserId, known: &mut Known) -> Result<()> {
    for entry in db::erasure::entries(tx, user, &email_key(&known.email)).await? {
        let details: Map<String, Value> = serde_json::from_str(&entry.text).unwrap_or_default();
        if let Some(change) = details.get("display_name") {
            ["from", "to"].iter().filter_map(|side| change[*side].as_str()).for_each(|name| known.add(name));
        }
        let count = details.len();
        let kept: Map<String, Value> =
            details.into_iter().filter(|(name, _)| KEPT_DETAILS.contains(&name.as_str())).collect();
        if kept.len() < count {
            let kept = Value::Object(kept).to_string();
            db::erasure::set_details(tx, entry.id, &kept).await?;
        }
    }
    Ok(())
}

/// Blanks a person in what was told to others.
async fn blank_notifications(tx: &mut Tx, user: UserId, known: &Known) -> Result<()> {
    let mut found = db::erasure::notifications_with(tx, &user.to_string()).await?;
    for name in &known.names {
        // As JSON writes it, without its quotes.
        let written = Value::from(name.as_str()).to_string();
        found.extend(db::erasure::notifications_with(tx, written.trim_matches('"')).await?);
    }
    for told in found {
        let Ok(mut payload) = serde_json::from_str::<Map<String, Value>>(&told.text) else { continue };
        let is_about = payload.get("user_id").and_then(Value::as_str) == Some(&user.to_string());
        if is_about {
            payload.remove("user_id");
            payload.insert("name".into(), SOMEBODY.into());
        }
        for field in ["name", "by", "to", "from", "first"] {
            let is_theirs =
                payload.get(field).and_then(Value::as_str).is_some_and(|name| known.names.contains(name));
            match field {
                _ if !is_theirs => {}
                // The sentence counts the athletes then.
                "first" => drop(payload.remove(field)),
                _ => drop(payload.insert(field.into(), SOMEBODY.into())),
            }
        }
        if let Some(Value::String(note)) = payload.get_mut("note") {
            *note = known.blank(note);
        }
        db::erasure::set_notification(tx, told.id, &Value::Object(payload).to_string()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_from_texts_and_other_words_stay() {
        let mut known = Known { email: "naledi@lowfield.test".into(), ..Known::default() };
        known.add("Naledi Mokoena");
        known.add("Li Na");
        known.add("Ludwig van der Berg");
        let blank = |text: &str| known.blank(text);
        assert_eq!(blank("NALEDI MOKOENA ran well, Naledi's best."), "[erased] ran well, [erased]'s best.");
        assert_eq!(blank("Mail Naledi@Lowfield.test"), "Mail [erased]");
        assert_eq!(
            blank("Natalia and Kenji; no Nalediesque run.\n"),
            "Natalia and Kenji; no Nalediesque run.\n"
        );
        assert_eq!(blank("Mokoena"), "[erased]");
        assert_eq!(
            blank("Berg ran in der Sonne, as Ludwig van der Berg does."),
            "[erased] ran in der Sonne, as [erased] does."
        );
        assert_eq!(blank("Liam ran. İstanbul, 李 娜"), "Liam ran. İstanbul, 李 娜");
        assert_eq!(Known::default().blank("As it was"), "As it was");
    }
}
