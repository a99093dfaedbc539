//! Athletes who get another coach: who is told, and the hand-over note that both coaches see.

use super::App;
use super::access::Viewer;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::notifications::Told;
use crate::domain::ids::{OrgId, UserId};
use crate::domain::text;

/// Longest hand-over note, in characters.
pub const LONGEST_NOTE: usize = 1_000;

/// An athlete whose coach was changed.
#[derive(Debug)]
pub(super) struct Moved {
    pub athlete: UserId,
    pub name: String,
    pub from: Option<UserId>,
    pub to: Option<UserId>,
}

/// A hand-over note as it is kept.
pub(super) fn clean_note(typed: &str) -> Result<String> {
    let note = text::paragraphs(typed);
    if note.chars().count() > LONGEST_NOTE {
        let message = format!("Use at most {LONGEST_NOTE} characters.");
        return Err(Error::Invalid(vec![Problem::invalid("note", message)]));
    }
    Ok(note)
}

impl App {
    /// Tells the coaches who give and who get athletes, each once with the note, and every athlete who coaches
    /// them now. Who does it knows, and is told nothing.
    pub(super) async fn tell_moved(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: OrgId,
        moved: &[Moved],
        note: &str,
    ) -> Result<()> {
        if moved.is_empty() {
            return Ok(());
        }
        let coaches = db::members::coaches(tx, org).await?;
        let name_of = |id: Option<UserId>| {
            let found = coaches.iter().find(|coach| Some(coach.user_id) == id);
            found.map_or("", |coach| coach.display_name.as_str())
        };
        let by = viewer.name();
        for coach in coaches.iter().filter(|coach| coach.user_id != viewer.user.id) {
            let id = Some(coach.user_id);
            let got: Vec<&Moved> = moved.iter().filter(|m| m.to == id && m.from != id).collect();
            if let Some(first) = got.first() {
                let told = Told::Assigned { count: got.len() as i64, by: &by, first: &first.name, note };
                self.notify(tx, coach.user_id, Some(org), &told).await?;
            }
            let gave: Vec<&Moved> = moved.iter().filter(|m| m.from == id && m.to != id).collect();
            if let Some(first) = gave.first() {
                let (count, to) = (gave.len() as i64, name_of(first.to));
                let told = Told::HandedOver { count, to, first: &first.name, note };
                self.notify(tx, coach.user_id, Some(org), &told).await?;
            }
        }
        for one in moved.iter().filter(|one| one.from != one.to) {
            let told = Told::YourCoach { name: name_of(one.to) };
            self.notify(tx, one.athlete, Some(org), &told).await?;
        }
        Ok(())
    }
}
