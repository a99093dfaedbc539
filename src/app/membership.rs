//! One's own membership: who sees what, agreeing to it, leaving.

use serde_json::json;

use super::access::Viewer;
use super::db::Tx;
use super::db::members::CoachRow;
use super::error::{Error, Result};
use super::joining::Sight;
use super::members::{Current, NOTE_SECONDS};
use super::notifications::Told;
use super::undos::{Taken, UNDO_SECONDS};
use super::{App, db};
use crate::domain::ids::{OrgId, UndoId, UserId};
use crate::domain::person::Role;

/// What a member is told about their membership.
#[derive(Debug)]
pub struct OwnMembership {
    pub organization: String,
    pub description: String,
    pub coaches: Vec<CoachRow>,
    pub groups: Vec<String>,
    /// Unix seconds.
    pub joined_at: i64,
    /// From which start on coaches see their activities (Unix seconds); `None` before they agreed.
    pub visible_from: Option<i64>,
    /// The coach whom they are assigned to.
    pub coach_name: Option<String>,
}

impl App {
    /// The viewer's own membership, also while it is suspended; "not found" for who is in no organization.
    pub async fn own_membership(&self, viewer: &Viewer) -> Result<OwnMembership> {
        let own = viewer.membership.as_ref().ok_or(Error::NotFound)?;
        let (org, user) = (own.org_id, viewer.user.id);
        let mut tx = self.db().read().await?;
        let found = db::organizations::find(&mut tx, org).await?.ok_or(Error::NotFound)?;
        let coaches = db::members::coaches(&mut tx, org).await?;
        let row = db::members::whole(&mut tx, org, user).await?.ok_or(Error::NotFound)?;
        let seen = db::roster::athletes_among(&mut tx, org, &[user]).await?.pop().map(Current::of);
        let assigned = row.assigned_coach_id;
        let coach_name =
            coaches.iter().find(|coach| Some(coach.user_id) == assigned).map(|c| c.display_name.clone());
        Ok(OwnMembership {
            organization: found.name,
            description: found.description,
            coaches,
            groups: seen
                .map(|seen| seen.groups.into_iter().map(|(_, name)| name).collect())
                .unwrap_or_default(),
            joined_at: row.joined_at,
            visible_from: row.visible_from,
            coach_name,
        })
    }

    /// Whether this person is an athlete of an organization who has not said yet what coaches may see.
    pub async fn has_to_agree(&self, user: UserId) -> Result<bool> {
        let viewer = self.session_viewer(user).await?;
        let own = viewer.and_then(|viewer| viewer.membership);
        Ok(own.is_some_and(|own| own.role == Role::Athlete && own.visible_from.is_none()))
    }

    /// Opens the viewer's running to their coaches, as far back as they say, or changes how far.
    pub async fn agree(&self, viewer: &Viewer, sight: &str) -> Result<()> {
        let (org, user) = own_athlete(viewer)?;
        let sight = Sight::parse(sight).map_err(|problem| Error::Invalid(vec![problem]))?;
        let mut tx = self.db().write().await?;
        let row = db::members::whole(&mut tx, org, user).await?.ok_or(Error::NotFound)?;
        let from = match (sight, row.visible_from) {
            // Saying the same again moves nothing.
            (Sight::FromNow, Some(from)) if from > 0 => from,
            (sight, _) => sight.from(self.now()),
        };
        if row.visible_from != Some(from) {
            db::members::set_visible_from(&mut tx, org, user, from).await?;
            let details = json!({ "sight": sight.word() });
            self.audit(&mut tx, viewer, org, "member.agreed", user, None, details).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends the viewer's own membership; can be taken back for a minute. Coaches do not leave by themselves: the
    /// head coach hands their athletes over.
    pub async fn leave(&self, viewer: &Viewer) -> Result<UndoId> {
        let (org, user) = own_athlete(viewer)?;
        let mut tx = self.db().write().await?;
        let taken = self.end_membership(&mut tx, viewer, org, user, "member.left").await?;
        let taken = match taken {
            Taken::Removal { member, labels, groups } => {
                let told = Told::Left { person: user, name: &member.display_name };
                self.tell_coaches(&mut tx, org, &[member.assigned_coach_id], &told).await?;
                Taken::Leaving { member, labels, groups }
            }
            other => other,
        };
        let undo = self.keep_undo(&mut tx, viewer, Some(org), &taken, UNDO_SECONDS).await?;
        tx.commit().await?;
        Ok(undo)
    }

    /// Ends an athlete's membership with everything that hangs on it, and returns what there was.
    pub(super) async fn end_membership(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: OrgId,
        user: UserId,
        action: &str,
    ) -> Result<Taken> {
        let row = db::roster::athletes_among(tx, org, &[user]).await?.pop().ok_or(Error::NotFound)?;
        let member = db::members::whole(tx, org, user).await?.ok_or(Error::NotFound)?;
        let groups = db::groups::of_member(tx, org, user).await?;
        for (group, _) in &groups {
            db::groups::remove_member(tx, *group, user, self.now()).await?;
            let details = json!({ "left": true });
            self.audit(tx, viewer, org, "group.member_removed", user, Some(*group), details).await?;
        }
        db::join_requests::withdraw(tx, org, user).await?;
        db::members::delete(tx, org, user).await?;
        db::notes::set_expiry(tx, org, user, Some(self.now() + NOTE_SECONDS)).await?;
        self.audit(tx, viewer, org, action, user, None, json!({})).await?;
        let labels = Current::of(row).labels_folded();
        Ok(Taken::Removal { member: Box::new(member), labels, groups })
    }
}

/// The viewer as an athlete of an organization, suspended or not: leaving and one's own sight are theirs in any
/// case.
fn own_athlete(viewer: &Viewer) -> Result<(OrgId, UserId)> {
    super::access::own_account(viewer)?;
    let own = viewer.membership.as_ref().ok_or(Error::NotFound)?;
    match own.role {
        Role::Athlete => Ok((own.org_id, viewer.user.id)),
        Role::Coach => {
            Err(Error::Forbidden("Coaches are removed by the head coach, who hands their athletes over."))
        }
        Role::HeadCoach => Err(Error::Forbidden("Hand the role of head coach over first.")),
    }
}
