//! Asking to join a group, and the answer.

use serde_json::json;

use super::App;
use super::access::{self, Viewer};
use super::db::groups::Group;
use super::db::{self, Tx};
use super::error::{Error, Result};
use super::notifications::Told;
use crate::domain::group::RequestState;
use crate::domain::ids::{GroupId, RequestId, UserId};

pub use super::db::join_requests::JoinRequest;

impl App {
    /// Asks to join a public group of the viewer's organization. While one request waits, asking again gives
    /// that one back.
    pub async fn ask_to_join(&self, viewer: &Viewer, id: GroupId) -> Result<JoinRequest> {
        let mut tx = self.db().write().await?;
        let open = access::open_group(&mut tx, viewer, id).await?;
        if open.is_member() {
            return Err(Error::Conflict {
                code: "ALREADY_MEMBER",
                message: format!("You are in “{}” already.", open.group().name),
                field: None,
            });
        }
        let (org, user) = (open.group().org_id, open.user_id());
        let new = RequestId::from_uuid(self.uuid());
        db::join_requests::insert(&mut tx, new, id, user, self.now()).await?;
        let request = db::join_requests::pending_of(&mut tx, org, id, user).await?;
        let request = request.ok_or_else(|| Error::internal("a request that waits is not there"))?;
        // Asking again makes no second request, and tells nobody a second time.
        if request.id == new {
            self.tell_requested(&mut tx, viewer, open.group()).await?;
        }
        tx.commit().await?;
        Ok(request)
    }

    /// Tells an athlete how their request was decided, in the product and by mail.
    pub(super) async fn tell_decision(
        &self,
        tx: &mut Tx,
        athlete: UserId,
        group: &Group,
        is_approved: bool,
    ) -> Result<()> {
        let told = match is_approved {
            true => Told::RequestApproved { group },
            false => Told::RequestDeclined { group },
        };
        self.notify(tx, athlete, Some(group.org_id), &told).await?;
        let Some(person) = db::users::person(tx, athlete).await? else { return Ok(()) };
        let letter = self.decision_letter(group, &person.user.email, is_approved);
        self.post(tx, &letter).await
    }

    /// Tells the coach whose group it is, or else the head coach.
    async fn tell_requested(&self, tx: &mut Tx, viewer: &Viewer, group: &Group) -> Result<()> {
        let (org, name) = (group.org_id, viewer.name());
        let coaches = db::members::coaches(tx, org).await?;
        let owner = coaches.iter().find(|coach| coach.user_id == group.owner_id);
        if let Some(coach) = owner.or(coaches.first()) {
            let told = Told::Requested { group, athlete: viewer.user.id, name: &name };
            self.notify(tx, coach.user_id, Some(org), &told).await?;
        }
        Ok(())
    }

    /// The requests of a group that wait, the oldest first.
    pub async fn join_requests(&self, viewer: &Viewer, id: GroupId) -> Result<Vec<JoinRequest>> {
        let mut tx = self.db().read().await?;
        let group = access::group(&mut tx, viewer, id).await?.coached()?;
        Ok(db::join_requests::pending(&mut tx, group.org_id(), id).await?)
    }

    /// Lets somebody in, or does not; they are told. Deciding the same again changes nothing, deciding
    /// otherwise is a conflict.
    pub async fn decide_join_request(
        &self,
        viewer: &Viewer,
        id: GroupId,
        request: RequestId,
        is_approved: bool,
    ) -> Result<JoinRequest> {
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        let org = held.org_id();
        let found = db::join_requests::find(&mut tx, org, id, request).await?.ok_or(Error::NotFound)?;
        let state = if is_approved { RequestState::Approved } else { RequestState::Declined };
        if found.state == state {
            return Ok(found);
        }
        if found.state != RequestState::Pending {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "This request has been decided already.".into(),
                field: None,
            });
        }
        if is_approved {
            // Joining answers the request, with its entry and its notification.
            self.put_in(&mut tx, viewer, &held, &[found.user_id], None).await?;
        }
        // Declined, or of somebody who was put in by another way.
        if db::join_requests::decide(&mut tx, request, state, viewer.user.id, self.now()).await? {
            let action = match state {
                RequestState::Approved => "group.request_approved",
                _ => "group.request_declined",
            };
            let details = json!({ "request_id": request });
            self.audit(&mut tx, viewer, org, action, found.user_id, Some(id), details).await?;
            self.tell_decision(&mut tx, found.user_id, held.group(), is_approved).await?;
        }
        let decided = db::join_requests::find(&mut tx, org, id, request).await?.ok_or(Error::NotFound)?;
        tx.commit().await?;
        Ok(decided)
    }
}
