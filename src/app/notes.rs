//! Notes of coaches about athletes: dated, signed, for coaches only.

use serde_json::json;

use super::App;
use super::access::{self, Viewer};
use super::db;
use super::error::{Error, Problem, Result};
use super::members::{MAX_NOTE, NOTE_SECONDS};
use super::undos::{Taken, UNDO_SECONDS};
use crate::domain::ids::{NoteId, UndoId, UserId};
use crate::domain::text;

pub use super::db::notes::Note;

impl App {
    /// A page of notes about an athlete, newest first.
    pub async fn notes(&self, viewer: &Viewer, user: UserId, limit: i64, offset: i64) -> Result<Vec<Note>> {
        let mut tx = self.db().read().await?;
        let coach = access::member(&mut tx, viewer, user).await?.coach()?;
        Ok(db::notes::page(&mut tx, coach.org_id(), user, limit, offset).await?)
    }

    /// Adds a note.
    pub async fn add_note(&self, viewer: &Viewer, user: UserId, body: &str) -> Result<NoteId> {
        let body = text::paragraphs(body);
        let mut tx = self.db().write().await?;
        let coach = access::member(&mut tx, viewer, user).await?.coach()?;
        if body.is_empty() {
            return Err(Error::Invalid(vec![Problem::required("note", "Write something first.")]));
        }
        if body.chars().count() > MAX_NOTE {
            return Err(Error::invalid("note", "A note has up to 10,000 characters."));
        }
        let id = NoteId::from_uuid(self.uuid());
        let org = coach.org_id();
        db::notes::insert(&mut tx, org, id, user, viewer.user.id, &body, self.now()).await?;
        db::members::bump(&mut tx, org, user).await?;
        self.audit(&mut tx, viewer, org, "note.added", user, None, json!({"note_id": id})).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Deletes a note of the viewer's own. Can be taken back for a minute.
    pub async fn delete_note(&self, viewer: &Viewer, user: UserId, id: NoteId) -> Result<UndoId> {
        let mut tx = self.db().write().await?;
        let coach = access::member(&mut tx, viewer, user).await?.coach()?;
        let org = coach.org_id();
        let author = db::notes::author(&mut tx, org, user, id).await?.ok_or(Error::NotFound)?;
        if author != viewer.user.id {
            return Err(Error::Forbidden("Only who wrote a note may delete it."));
        }
        let now = self.now();
        db::notes::set_deleted(&mut tx, org, id, Some(now), Some(now + NOTE_SECONDS)).await?;
        db::members::bump(&mut tx, org, user).await?;
        self.audit(&mut tx, viewer, org, "note.deleted", user, None, json!({"note_id": id})).await?;
        let undo =
            self.keep_undo(&mut tx, viewer, Some(org), &Taken::Note { user, note: id }, UNDO_SECONDS).await?;
        tx.commit().await?;
        Ok(undo)
    }
}
