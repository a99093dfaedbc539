//! Adding somebody who has an account already: the one place where a coach learns that there is one. Only accounts
//! of no organization are found, and each look is counted and audited.

use serde_json::json;

use super::access::{self, Viewer};
use super::db::Tx;
use super::error::{Error, Problem, Result};
use super::notifications::Told;
use super::{App, User, db, limits};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::{Role, email_key};

/// A person to put on the roster: somebody who has an account and is in no organization.
#[derive(Debug, Clone, Default)]
pub struct AddMember {
    pub email: Option<String>,
    pub user_id: Option<String>,
    pub group_id: Option<String>,
    /// Plans are not there yet, so any id is unknown.
    pub training_plan_id: Option<String>,
}

impl App {
    /// The account with exactly this address that is in no organization. "Not found" for every other one, whether
    /// it does not exist or is elsewhere. At most 20 an hour for a coach, each with its entry in the audit trail.
    ///
    /// Errors: [`Error::Conflict`] with `ALREADY_MEMBER` for who is on the coach's own roster.
    pub async fn find_existing(&self, viewer: &Viewer, org: OrgId, email: &str) -> Result<User> {
        access::organization(viewer, org)?.coach()?;
        let email = super::links::email(email).map_err(|problem| Error::Invalid(vec![problem]))?;
        self.count_attempt(limits::USER_LOOKUP, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        let found = self.addable(&mut tx, org, email).await;
        let details = json!({ "email": email, "is_found": found.is_ok() });
        self.audit(&mut tx, viewer, org, "member.looked_up", viewer.user.id, None, details).await?;
        tx.commit().await?;
        found
    }

    async fn addable(&self, tx: &mut Tx, org: OrgId, email: &str) -> Result<User> {
        let found = db::users::find_by_email(tx, &email_key(email)).await?.ok_or(Error::NotFound)?;
        self.free(tx, org, found.id).await
    }

    /// This account, if it is in no organization.
    async fn free(&self, tx: &mut Tx, org: OrgId, user: UserId) -> Result<User> {
        let person = db::users::person(tx, user).await?.ok_or(Error::NotFound)?;
        match person.org_id {
            Some(theirs) if theirs == org => Err(Error::Conflict {
                code: "ALREADY_MEMBER",
                message: format!("{} is in your organization already.", person.user.email),
                field: None,
            }),
            Some(_) => Err(Error::NotFound),
            None => Ok(person.user),
        }
    }

    /// Puts somebody who has an account on the roster, at once in the group, and tells them. Their data opens when
    /// they agree. At most 20 an hour by address and as many by id, which only who has found somebody knows.
    pub async fn add_member(&self, viewer: &Viewer, org: OrgId, add: &AddMember) -> Result<UserId> {
        let coach = access::organization(viewer, org)?.coach()?;
        if add.email.is_none() == add.user_id.is_none() {
            return Err(Error::Invalid(vec![Problem::required("email", "Give an email or a user id.")]));
        }
        let limit = if add.email.is_some() { limits::USER_LOOKUP } else { limits::USER_ADDITION };
        self.count_attempt(limit, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        if add.training_plan_id.is_some() {
            return Err(Error::NotFound);
        }
        let group = match &add.group_id {
            None => None,
            Some(text) => {
                let id = text.parse().map_err(|_| Error::NotFound)?;
                Some(access::held_group(&mut tx, viewer, id).await?)
            }
        };
        let account = match (&add.email, &add.user_id) {
            (Some(email), _) => self.addable(&mut tx, org, email).await?,
            (_, Some(id)) => {
                let id = id.parse().map_err(|_| Error::NotFound)?;
                self.free(&mut tx, org, id).await?
            }
            _ => return Err(Error::NotFound),
        };
        let user = account.id;
        self.insert_member(&mut tx, org, &account, Role::Athlete, None).await?;
        let details = json!({"group_id": group.as_ref().map(access::CoachedGroup::id)});
        self.audit(&mut tx, viewer, coach.org_id(), "member.added", user, None, details).await?;
        if let Some(group) = &group {
            self.put_in(&mut tx, viewer, group, &[user], None).await?;
        }
        let name = viewer.membership.as_ref().map(|m| m.org_name.clone()).unwrap_or_default();
        let by = viewer.name();
        self.notify(&mut tx, user, Some(org), &Told::Added { organization: &name, by: &by }).await?;
        let letter =
            self.added_letter(org, &name, &by, &account.email, group.as_ref().map(|g| &*g.group().name));
        self.post(&mut tx, &letter).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Tells somebody that a coach has ended their membership.
    pub(super) async fn tell_removed(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: OrgId,
        user: UserId,
    ) -> Result<()> {
        let name = viewer.membership.as_ref().map(|m| m.org_name.clone()).unwrap_or_default();
        self.notify(tx, user, Some(org), &Told::Removed { organization: &name }).await
    }
}
