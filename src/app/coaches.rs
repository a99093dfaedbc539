//! The coaches of an organization, and its API keys: what the head coach alone decides.

use serde_json::json;

use super::access::{self, Coach, HeadCoach, Via, Viewer};
use super::db;
use super::error::{Error, Problem, Result};
use super::{App, secrets};
use crate::domain::ids::{OrgId, TokenId, UserId};
use crate::domain::person::Role;

pub use super::db::members::CoachRow;
pub use super::db::organizations::Organization;
pub use super::db::tokens::Token;

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub can_write: bool,
    /// Unix seconds.
    pub expires_at: Option<i64>,
}

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
    ) -> Result<()> {
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
        for (athlete,) in db::members::reassign(&mut tx, org, user, reassign_to).await? {
            let details = json!({"fields": ["assigned_to_coach_id"],
                "assigned_to_coach_id": {"from": user, "to": reassign_to}});
            self.audit(&mut tx, viewer, org, "member.updated", athlete, None, details).await?;
        }
        db::groups::set_owner(&mut tx, org, user, reassign_to.unwrap_or(head.user_id())).await?;
        db::api_keys::delete_of_maker(&mut tx, org, user).await?;
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
            Role::Coach => {}
        }
        // First down, then up: there is never a second head coach.
        db::members::set_role(&mut tx, org, head.user_id(), Role::Coach).await?;
        db::members::set_role(&mut tx, org, to, Role::HeadCoach).await?;
        db::api_keys::delete_of_maker(&mut tx, org, head.user_id()).await?;
        self.audit(&mut tx, viewer, org, "coach.head_handed_over", to, None, json!({"from": head.user_id()}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The organization's API keys, newest first.
    pub async fn api_keys(&self, viewer: &Viewer, org: OrgId) -> Result<Vec<Token>> {
        let head = head(viewer, org)?;
        let mut tx = self.db().read().await?;
        Ok(db::api_keys::list(&mut tx, head.org_id()).await?)
    }

    /// Makes an API key, which acts as its maker, and returns it with its secret, never shown again. A
    /// token makes no key that outlives it.
    pub async fn create_api_key(&self, viewer: &Viewer, org: OrgId, new: &NewKey) -> Result<(Token, String)> {
        let head = head(viewer, org)?;
        let name = new.name.trim();
        let mut problems = Vec::new();
        if name.is_empty() || name.chars().count() > 80 {
            problems.push(Problem::invalid("name", "Name the key, with up to 80 characters."));
        }
        if new.expires_at.is_some_and(|at| at <= self.now()) {
            problems.push(Problem::invalid("expires_at", "That is in the past."));
        }
        let mut tx = self.db().write().await?;
        if let Via::Token { id, can_write, .. } = viewer.via {
            if new.can_write && !can_write {
                problems
                    .push(Problem::invalid("scopes", "A token makes no key that may do more than itself."));
            }
            let end = db::api_keys::expiry(&mut tx, id).await?;
            if end.is_some_and(|end| new.expires_at.is_none_or(|at| at > end)) {
                problems.push(Problem::invalid("expires_at", "A token makes no key that outlives it."));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let secret = secrets::generate(self.entropy(), "hrk_");
        let key = Token {
            id: TokenId::from_uuid(self.uuid()),
            user_id: head.user_id(),
            org_id: Some(org),
            name: name.to_owned(),
            can_write: new.can_write,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
        };
        db::tokens::insert(&mut tx, &key, &secrets::hash(&secret)).await?;
        self.audit(&mut tx, viewer, org, "api_key.created", key.id, None, json!({"name": key.name})).await?;
        tx.commit().await?;
        Ok((key, secret))
    }

    /// Revokes an API key at once.
    pub async fn delete_api_key(&self, viewer: &Viewer, org: OrgId, id: TokenId) -> Result<()> {
        head(viewer, org)?;
        let mut tx = self.db().write().await?;
        if !db::api_keys::delete(&mut tx, org, id).await? {
            return Err(Error::NotFound);
        }
        self.audit(&mut tx, viewer, org, "api_key.deleted", id, None, json!({})).await?;
        Ok(tx.commit().await?)
    }
}
