//! What the operator does on the command line: people, tokens and administrators. Works while the server
//! runs, since it goes through the same database.

use serde::Serialize;

use super::access::{self, Via, Viewer};
use super::access_tokens::NewToken;
use super::db::members::NewMember;
use super::db::users::NewUser;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::{App, imports};
use crate::domain::calendar;
use crate::domain::ids::{OrgId, TokenId, UserId};
use crate::domain::password;
use crate::domain::person::{Role, UnitSystem, email_key, fold};
use crate::domain::text;

/// A person to make.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub email: String,
    pub name: String,
    pub password: String,
    /// IANA name; empty for the zone of the organization's head coach.
    pub timezone: String,
}

/// What was made, as the command line prints it.
#[derive(Debug, Serialize)]
pub struct Made {
    pub user_id: UserId,
    pub organization_id: OrgId,
    pub role: Role,
}

/// Everything an operator finds their way by.
#[derive(Debug, Serialize)]
pub struct Listing {
    pub organizations: Vec<db::operator::OrganizationRow>,
    pub users: Vec<db::operator::UserRow>,
}

impl App {
    /// Every organization and every account, in the order of their making.
    pub async fn admin_list(&self) -> Result<Listing> {
        let mut tx = self.db().read().await?;
        let organizations = db::operator::organizations(&mut tx).await?;
        Ok(Listing { organizations, users: db::operator::users(&mut tx).await? })
    }

    /// Makes a coach of the organization of this name, and the organization if there is none; its first
    /// coach is its head coach.
    pub async fn admin_create_coach(&self, person: &NewPerson, organization: &str) -> Result<Made> {
        let name = &text::one_line(organization, usize::MAX);
        if name.is_empty() {
            return Err(Error::invalid("organization", "Name the organization."));
        }
        let mut tx = self.db().read().await?;
        let mut problems = problems_of(person);
        problems.extend(taken(&mut tx, person).await?);
        drop(tx);
        let hash = self.hash_new_password(person, problems).await?;
        let mut tx = self.db().write().await?;
        let orgs = db::organizations::find_by_name(&mut tx, &fold(name)).await?;
        let (org_id, role) = match orgs.as_slice() {
            [] => {
                let id = OrgId::from_uuid(self.uuid());
                db::organizations::insert(&mut tx, id, name, &fold(name), 1, self.now()).await?;
                (id, Role::HeadCoach)
            }
            [one] => (one.id, Role::Coach),
            _ => return Err(Error::invalid("organization", "Several organizations have this name.")),
        };
        let made = self.insert_person(&mut tx, person, &hash, org_id, role).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Makes an athlete who has agreed to be seen. The organization is an id or a name.
    pub async fn admin_create_athlete(&self, person: &NewPerson, organization: &str) -> Result<Made> {
        let mut tx = self.db().read().await?;
        let mut problems = problems_of(person);
        problems.extend(taken(&mut tx, person).await?);
        match organization_of(&mut tx, organization).await {
            Err(Error::Invalid(wrong)) => problems.extend(wrong),
            found => drop(found?),
        }
        drop(tx);
        let hash = self.hash_new_password(person, problems).await?;
        let mut tx = self.db().write().await?;
        let org_id = organization_of(&mut tx, organization).await?;
        let made = self.insert_person(&mut tx, person, &hash, org_id, Role::Athlete).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Makes a token for this account and returns its id and its secret, which is never shown again.
    pub async fn admin_create_token(
        &self,
        email: &str,
        name: &str,
        can_write: bool,
    ) -> Result<(TokenId, String)> {
        let mut tx = self.db().write().await?;
        let user = account(&mut tx, email).await?;
        let new = NewToken { name: name.to_owned(), can_write, expires_at: None };
        let (token, secret) = self.make(&mut tx, user, None, Via::Operator, &new).await?;
        tx.commit().await?;
        Ok((token.id, secret))
    }

    /// Makes or unmakes an instance administrator.
    pub async fn admin_grant(&self, email: &str, is_admin: bool) -> Result<UserId> {
        let mut tx = self.db().write().await?;
        let user = account(&mut tx, email).await?;
        db::users::set_admin(&mut tx, user, is_admin, self.now()).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// The viewer that a command of the operator acts as.
    pub async fn operator_for(&self, email: &str) -> Result<Viewer> {
        let mut tx = self.db().read().await?;
        let user = account(&mut tx, email).await?;
        access::viewer(&mut tx, user, Via::Operator).await?.ok_or(Error::NotFound)
    }

    /// Everything that is wrong at once, or the hash.
    async fn hash_new_password(&self, person: &NewPerson, problems: Vec<Problem>) -> Result<String> {
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        self.hash_password(&person.password).await
    }

    pub(super) async fn insert_person(
        &self,
        tx: &mut Tx,
        person: &NewPerson,
        hash: &str,
        org_id: OrgId,
        role: Role,
    ) -> Result<Made> {
        let id = UserId::from_uuid(self.uuid());
        let name = text::one_line(&person.name, usize::MAX);
        let (first_name, last_name) = name.split_once(' ').unwrap_or((&name, ""));
        let email = person.email.trim();
        let head = match person.timezone.as_str() {
            "" => db::members::coaches(tx, org_id).await?.into_iter().find(|c| c.role == Role::HeadCoach),
            _ => None,
        };
        let zone = match head {
            Some(head) => imports::zone_of(tx, head.user_id).await?,
            None => calendar::parse_zone(&person.timezone).unwrap_or(chrono_tz::UTC),
        };
        let new = NewUser {
            id,
            email,
            email_folded: &email_key(email),
            password_hash: hash,
            first_name,
            last_name,
            timezone: zone.name(),
            units: UnitSystem::Metric,
            is_coach_account: role.is_coach(),
            now: self.now(),
        };
        if !db::users::insert(tx, &new).await? {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: format!("{email} has an account already."),
                field: Some("email"),
            });
        }
        let search = fold(&format!("{name} {email}"));
        let member = NewMember {
            org_id,
            user_id: id,
            role,
            display_name: &name,
            name_folded: &fold(&name),
            search_folded: &search,
            visible_from: Some(0),
            now: self.now(),
        };
        if !db::members::insert(tx, &member).await? {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "That could not be added.".into(),
                field: None,
            });
        }
        Ok(Made { user_id: id, organization_id: org_id, role })
    }
}

/// What is wrong with a person, whatever else there is.
fn problems_of(person: &NewPerson) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !person.email.contains('@') || person.email.trim().contains(text::is_unprintable) {
        problems.push(Problem::invalid("email", "That is not an email address."));
    }
    if text::one_line(&person.name, usize::MAX).is_empty() {
        problems.push(Problem::required("name", "A name is missing."));
    }
    if !person.timezone.is_empty() && calendar::parse_zone(&person.timezone).is_none() {
        let message = format!("{} is not a time zone. Give a name such as Europe/Lisbon.", person.timezone);
        problems.push(Problem::invalid("timezone", message));
    }
    let wrong = password::problems(&person.password, &person.email, &person.name);
    problems.extend(wrong.into_iter().map(|message| Problem::invalid("password", message)));
    problems
}

/// That the email has an account already, if it has.
async fn taken(tx: &mut Tx, person: &NewPerson) -> Result<Option<Problem>> {
    let email = person.email.trim();
    let there = db::users::find_by_email(tx, &email_key(email)).await?;
    Ok(there.map(|_| Problem::invalid("email", format!("{email} has an account already."))))
}

async fn account(tx: &mut Tx, email: &str) -> Result<UserId> {
    let user = db::users::find_by_email(tx, &email_key(email)).await?;
    user.map(|u| u.id)
        .ok_or_else(|| Error::invalid("email", format!("There is no account with the email {email}.")))
}

async fn organization_of(tx: &mut Tx, text: &str) -> Result<OrgId> {
    if let Ok(id) = text.parse::<OrgId>() {
        let found = db::organizations::find(tx, id).await?;
        return found
            .map(|o| o.id)
            .ok_or_else(|| Error::invalid("organization", "There is no such organization."));
    }
    match db::organizations::find_by_name(tx, &fold(text)).await?.as_slice() {
        [] => Err(Error::invalid("organization", format!("There is no organization named {text}."))),
        [one] => Ok(one.id),
        _ => Err(Error::invalid("organization", "Several organizations have this name; give the id.")),
    }
}
