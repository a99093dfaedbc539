//! The coaches of an organization: what the head coach alone decides (API keys stand in `access_tokens`).

use serde_json::json;

use super::App;
use super::access::{self, Coach, HeadCoach, Viewer};
use super::db;
use super::error::{Error, Result};
use super::handovers::{self, Moved};
use super::notifications::Told;
use crate::domain::ids::{NoteId, OrgId, UserId};
use crate::domain::person::{MemberStatus, Role};

pub use super::db::members::CoachRow;
pub use super::db::organizations::Organization;

/// The viewer as the head coach of the organization that an address names.
fn head(viewer: &Viewer, org: OrgId) -> Result<HeadCoach> {
    access::organization(viewer, org)?.coach()?.head()
}

impl App {
    /// An organization and its coaches, for any of its members.
    pub async fn organization(&self, viewer: &Viewer, org: OrgId) -> Result<(Organization, Vec<CoachRow>)> {
        let member = access::organization(viewer, org)?;
        let mut tx = self.db().read().await?;
        let found = db::organizations::find(&mut tx, member.org_id()).await?.ok_or(Error::NotFound)?;
        Ok((found, db::members::coaches(&mut tx, member.org_id()).await?))
    }

    /// The coaches, the head coach first.
    pub async fn coaches(&self, coach: Coach) -> Result<Vec<CoachRow>> {
        let mut tx = self.db().read().await?;
        Ok(db::members::coaches(&mut tx, coach.org_id()).await?)
    }

    /// Removes a coach: their athletes go to another coach or to none, their groups to that coach or the
    /// head coach, their keys end.
    pub async fn remove_coach(
        &self,
        viewer: &Viewer,
        org: OrgId,
        user: UserId,
        reassign_to: Option<UserId>,
        note: &str,
    ) -> Result<()> {
        let note = handovers::clean_note(note)?;
        let head = head(viewer, org)?;
        let mut tx = self.db().write().await?;
        let standing = db::members::standing(&mut tx, org, user).await?.ok_or(Error::NotFound)?;
        match standing.role {
            Role::Athlete => return Err(Error::NotFound),
            Role::HeadCoach => {
                return Err(Error::Conflict {
                    code: "CONFLICT",
                    message: "The head coach cannot be removed. Hand the role over first.".into(),
                    field: None,
                });
            }
            Role::Coach => {}
        }
        if let Some(to) = reassign_to {
            let next = db::members::standing(&mut tx, org, to).await?;
            if to == user || !next.is_some_and(|s| s.role.is_coach()) {
                return Err(Error::invalid("reassign_to", "There is no such coach in your organization."));
            }
        }
        let mut moved = Vec::new();
        for (athlete,) in db::members::reassign(&mut tx, org, user, reassign_to).await? {
            let name = db::members::name(&mut tx, org, athlete).await?.unwrap_or_default();
            moved.push(Moved { athlete, name, from: Some(user), to: reassign_to });
            if !note.is_empty() {
                let (id, body) = (NoteId::from_uuid(self.uuid()), format!("Hand-over: {note}"));
                db::notes::insert(&mut tx, org, id, athlete, viewer.user.id, &body, self.now()).await?;
                let details = json!({ "note_id": id });
                self.audit(&mut tx, viewer, org, "note.added", athlete, None, details).await?;
            }
            let details = json!({"fields": ["assigned_to_coach_id"],
                "assigned_to_coach_id": {"from": user, "to": reassign_to}});
            self.audit(&mut tx, viewer, org, "member.updated", athlete, None, details).await?;
        }
        db::groups::set_owner(&mut tx, org, user, reassign_to.unwrap_or(head.user_id())).await?;
        db::tokens::delete_keys_of_maker(&mut tx, org, user).await?;
        // The links for many that they know, and could go on handing around.
        for (link,) in db::invitations::revoke_links_of(&mut tx, org, user, self.now()).await? {
            self.audit(&mut tx, viewer, org, "invitation.revoked", link, None, json!({})).await?;
        }
        // Told while the one who goes is still one of the coaches.
        self.tell_moved(&mut tx, viewer, org, &moved, &note).await?;
        self.tell_removed(&mut tx, viewer, org, user).await?;
        db::members::delete(&mut tx, org, user).await?;
        self.audit(&mut tx, viewer, org, "coach.removed", user, None, json!({"reassigned_to": reassign_to}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Hands the role of head coach over to another coach. The keys of the one who hands over end.
    pub async fn hand_over(&self, viewer: &Viewer, org: OrgId, to: UserId) -> Result<()> {
        let head = head(viewer, org)?;
        let mut tx = self.db().write().await?;
        let standing = db::members::standing(&mut tx, org, to).await?.ok_or(Error::NotFound)?;
        match standing.role {
            Role::HeadCoach => return Ok(()),
            Role::Athlete => return Err(Error::invalid("user_id", "Only a coach can become head coach.")),
            // There would be nobody left to lift it.
            Role::Coach if standing.status == MemberStatus::Suspended => {
                return Err(Error::invalid("user_id", "This coach is suspended."));
            }
            Role::Coach => {}
        }
        // First down, then up: there is never a second head coach.
        db::members::set_role(&mut tx, org, head.user_id(), Role::Coach).await?;
        db::members::set_role(&mut tx, org, to, Role::HeadCoach).await?;
        db::tokens::delete_keys_of_maker(&mut tx, org, head.user_id()).await?;
        self.notify(&mut tx, to, Some(org), &Told::HeadHandedOver { from: &viewer.name() }).await?;
        self.audit(&mut tx, viewer, org, "coach.head_handed_over", to, None, json!({"from": head.user_id()}))
            .await?;
        Ok(tx.commit().await?)
    }
}
