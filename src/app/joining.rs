//! Coming into an organization by an invitation.
//!
//! Two kinds of links open the same door. The one that is handed around asks for an address ([`Door::Asks`]) and
//! mails a ticket there; it answers alike for every address. The ticket ([`Door::Ticket`]) is only in the hands of
//! who reads the mail of its address, so its page may say whether there is an account. Who is signed in needs no
//! ticket: the address of an account is known to be theirs.

use serde_json::json;

use super::access::Viewer;
use super::db::invitations::{Row, Ticket};
use super::db::members::NewMember;
use super::db::users::NewUser;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::members::{MAX_NAME, search_text};
use super::notifications::Told;
use super::signup::{Checked, Details};
use super::{App, limits, links, secrets};
use crate::domain::ids::{InvitationId, OrgId, UserId};
use crate::domain::invitation::{InvitationKind, InvitationState};
use crate::domain::person::{Role, UnitSystem, email_key, fold};
use crate::domain::text;
use crate::words;

/// Seconds that a ticket works which somebody asked for on a link that is handed around.
pub const TICKET_LASTS: i64 = 86_400;

words! {
    /// What of an athlete's running their coaches see.
    pub enum Sight {
        All = "all", "All my runs, the earlier ones too";
        FromNow = "now", "Only runs from now on";
    }
}

impl Sight {
    /// The membership's `visible_from`: the start from which on coaches see activities (Unix seconds).
    pub(super) fn from(self, now: i64) -> i64 {
        match self {
            Self::All => 0,
            Self::FromNow => now,
        }
    }

    pub(super) fn parse(typed: &str) -> Result<Self, Problem> {
        let missing = || Problem::required("sight", "Choose what your coaches see.");
        typed.parse().map_err(|_| missing())
    }
}

/// Why a link lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// It is none of ours, or a newer one has replaced it.
    Unknown,
    /// The organization's name goes with the others: who holds the link was told it before.
    Expired(String),
    Revoked(String),
    /// The ticket was used, or the one place of an invitation is taken.
    Used(String),
    /// All places of a link for many are taken.
    Full(String),
}

/// What stands behind a link.
#[derive(Debug)]
pub enum Door {
    Closed(Closed),
    /// The link that is handed around: it asks for an address.
    Asks(Box<Row>),
    /// A ticket: the invitation, whose address it is, and their account if they have one.
    Ticket {
        row: Box<Row>,
        email: String,
        account: Option<UserId>,
    },
}

/// What somebody who accepts says.
#[derive(Debug)]
pub struct Acceptance {
    pub secret: String,
    /// A word of [`Sight`]; for athletes.
    pub sight: String,
    /// For who has no account yet.
    pub details: Option<Details>,
    pub source: String,
}

/// Who came in.
#[derive(Debug)]
pub struct Joined {
    pub user_id: UserId,
    pub organization: String,
    pub group: Option<String>,
    pub role: Role,
    /// Whether the account was made just now.
    pub is_new: bool,
}

fn closed(row: &Row, now: i64) -> Option<Closed> {
    let name = row.org_name.clone();
    match row.state(now) {
        InvitationState::Pending => None,
        InvitationState::Expired => Some(Closed::Expired(name)),
        InvitationState::Revoked => Some(Closed::Revoked(name)),
        InvitationState::Accepted if row.kind == InvitationKind::Multi => Some(Closed::Full(name)),
        InvitationState::Accepted => Some(Closed::Used(name)),
    }
}

/// Who is to come in, and how it is known that the address is theirs.
enum Person {
    /// A ticket, and no account yet.
    New {
        email: String,
        hash: String,
        checked: Checked,
    },
    Known(UserId),
}

impl App {
    /// Looks behind a link without using it. Those that are none of ours are counted as guesses.
    pub async fn door(&self, secret: &str, source: &str) -> Result<Door> {
        let hash = secrets::hash(secret);
        let mut tx = self.db().read().await?;
        let ticket = db::invitations::ticket(&mut tx, &hash).await?;
        let id = match &ticket {
            Some(ticket) => Some((ticket.org_id, ticket.invitation_id)),
            None => db::invitations::by_secret(&mut tx, &hash).await?,
        };
        let row = match id {
            Some((org, id)) => db::invitations::find(&mut tx, org, id).await?,
            None => None,
        };
        let Some(row) = row else {
            drop(tx);
            self.count_attempt(limits::LINK_SOURCE, source).await?;
            return Ok(Door::Closed(Closed::Unknown));
        };
        if let Some(ticket) = &ticket
            && let Some(why) = over(ticket, &row, self.now())
        {
            return Ok(Door::Closed(why));
        }
        if let Some(why) = closed(&row, self.now()) {
            return Ok(Door::Closed(why));
        }
        let Some(ticket) = ticket else { return Ok(Door::Asks(Box::new(row))) };
        let account = db::users::find_by_email(&mut tx, &ticket.email_folded).await?.map(|user| user.id);
        Ok(Door::Ticket { row: Box::new(row), email: ticket.email, account })
    }

    /// Mails a ticket to the address that somebody typed on a link that is handed around. The answer and the work
    /// are the same for every address, whether it has an account, is in an organization, or is not the one that
    /// was invited.
    pub async fn ask_for_ticket(
        &self,
        secret: &str,
        email: &str,
        source: &str,
    ) -> Result<Result<(), Closed>> {
        let row = match self.door(secret, source).await? {
            Door::Asks(row) => row,
            Door::Closed(why) => return Ok(Err(why)),
            // Who holds a ticket has nothing to ask for.
            Door::Ticket { .. } => return Err(Error::NotFound),
        };
        let email = links::email(email).map_err(|problem| Error::Invalid(vec![problem]))?;
        let key = email_key(email);
        self.count_attempt(limits::JOIN_SOURCE, source).await?;
        self.count_attempt(limits::JOIN_LINK, &row.id.to_string()).await?;
        self.count_attempt(limits::MAIL_ADDRESS, &format!("join\0{key}")).await?;
        let ticket = secrets::generate(self.entropy(), "");
        let is_theirs = row.kind == InvitationKind::Multi || row.email_folded == key;
        // Whoever comes too late asks again.
        let day = self.now() + TICKET_LASTS;
        let expires_at = Some(row.expires_at.map_or(day, |end| end.min(day)));
        let letter = self.ticket_letter(&row, email, &self.join_address(&ticket));
        let mut tx = self.db().write().await?;
        // A ticket for an address that was not invited is one whose secret nobody has.
        let hash = secrets::hash(&ticket);
        db::invitations::insert_ticket(&mut tx, &hash, row.id, (email, &key), self.now(), expires_at).await?;
        if is_theirs {
            self.post(&mut tx, &letter).await?;
        } else {
            self.pretend_to_post(&mut tx, &letter).await?;
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Lets somebody in: account where there is none, membership, consent and group in one transaction, or
    /// nothing of it.
    ///
    /// Errors: problems of the details or of `sight`; [`Error::Unauthenticated`] where there is an account and
    /// its owner is not the viewer; [`Error::Conflict`] for who is in an organization.
    pub async fn accept_invitation(
        &self,
        viewer: Option<&Viewer>,
        command: &Acceptance,
    ) -> Result<Result<Joined, Closed>> {
        let (row, ticket, person) = match self.door(&command.secret, &command.source).await? {
            Door::Closed(why) => return Ok(Err(why)),
            Door::Asks(row) => {
                let viewer = viewer.ok_or(Error::Unauthenticated)?;
                if row.kind == InvitationKind::Single && row.email_folded != email_key(&viewer.user.email) {
                    return Err(Error::Forbidden("This invitation is for another address."));
                }
                (row, false, Person::Known(viewer.user.id))
            }
            Door::Ticket { row, account: Some(account), .. } => match viewer {
                Some(viewer) if viewer.user.id == account => (row, true, Person::Known(account)),
                _ => return Err(Error::Unauthenticated),
            },
            Door::Ticket { .. } if viewer.is_some() => {
                return Err(Error::Forbidden("This invitation is for another address."));
            }
            Door::Ticket { row, email, account: None } => {
                let details = command.details.as_ref().ok_or(Error::Unauthenticated)?;
                let sight = self.sight_of(&row, &command.sight);
                let checked = details.check(&email);
                let mut problems = Vec::new();
                for wrong in [checked.as_ref().err(), sight.as_ref().err()].into_iter().flatten() {
                    if let Error::Invalid(found) = wrong {
                        problems.extend(found.iter().cloned());
                    }
                }
                if !problems.is_empty() {
                    return Err(Error::Invalid(problems));
                }
                let checked = checked?;
                let hash = self.hash_password(&details.password).await?;
                (row, true, Person::New { email, hash, checked })
            }
        };
        let visible_from = self.sight_of(&row, &command.sight)?;
        let mut tx = self.db().write().await?;
        // In the order in which everything else takes these rows: the group before the invitation.
        if let Some(group) = row.group_id {
            db::dialect::lock_group(&mut tx, group).await?;
        }
        let hash = secrets::hash(&command.secret);
        if ticket && !db::invitations::use_ticket(&mut tx, &hash, self.now()).await? {
            drop(tx);
            return self.closed_by_now(&command.secret, row.org_id, row.id).await.map(Err);
        }
        let is_new = matches!(person, Person::New { .. });
        let user = self.account_of(&mut tx, person, row.role).await?;
        if !db::invitations::take(&mut tx, row.id, user, self.now()).await? {
            drop(tx);
            return self.closed_by_now(&command.secret, row.org_id, row.id).await.map(Err);
        }
        let group = self.write_joining(&mut tx, &row, user, visible_from).await?;
        tx.commit().await?;
        Ok(Ok(Joined { user_id: user, organization: row.org_name, group, role: row.role, is_new }))
    }

    /// `visible_from` for an athlete, who has to choose; coaches show each other nothing.
    fn sight_of(&self, row: &Row, typed: &str) -> Result<Option<i64>> {
        if row.role.is_coach() {
            return Ok(None);
        }
        let sight = Sight::parse(typed).map_err(|problem| Error::Invalid(vec![problem]))?;
        Ok(Some(sight.from(self.now())))
    }

    /// Why a link that was open a moment ago let nobody in.
    async fn closed_by_now(&self, secret: &str, org: OrgId, id: InvitationId) -> Result<Closed> {
        let mut tx = self.db().read().await?;
        let row = db::invitations::find(&mut tx, org, id).await?;
        let ticket = db::invitations::ticket(&mut tx, &secrets::hash(secret)).await?;
        let Some(row) = row else { return Ok(Closed::Unknown) };
        let of_ticket = ticket.and_then(|ticket| over(&ticket, &row, self.now()));
        Ok(closed(&row, self.now()).or(of_ticket).unwrap_or(Closed::Unknown))
    }

    async fn account_of(&self, tx: &mut Tx, person: Person, role: Role) -> Result<UserId> {
        let (email, hash, checked) = match person {
            Person::Known(user) => return Ok(user),
            Person::New { email, hash, checked } => (email, hash, checked),
        };
        let id = UserId::from_uuid(self.uuid());
        let new = NewUser {
            id,
            email: &email,
            email_folded: &email_key(&email),
            password_hash: &hash,
            first_name: &checked.first_name,
            last_name: &checked.last_name,
            timezone: checked.zone.name(),
            units: UnitSystem::Metric,
            is_coach_account: role.is_coach(),
            now: self.now(),
        };
        if !db::users::insert(tx, &new).await? {
            // Made in the meantime in another way. Who holds the ticket owns the address, so may know.
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "This address has an account by now. Sign in with it.".into(),
                field: Some("email"),
            });
        }
        Ok(id)
    }

    /// The membership with everything that goes with it. Returns the name of the group that they are in now.
    async fn write_joining(
        &self,
        tx: &mut Tx,
        row: &Row,
        user: UserId,
        visible_from: Option<i64>,
    ) -> Result<Option<String>> {
        let person = db::users::person(tx, user).await?.ok_or(Error::NotFound)?;
        if let Some(theirs) = person.org_id {
            let name = person.org_name.unwrap_or_default();
            return Err(in_one_already(theirs == row.org_id, &name));
        }
        let name = self.insert_member(tx, row.org_id, &person.user, row.role, visible_from).await?;
        let (org, details) = (row.org_id, json!({ "invitation_id": row.id }));
        let action = if row.role.is_coach() { "coach.joined" } else { "member.joined" };
        self.audit_by(tx, user, org, action, user, None, details).await?;
        let group = match row.group_id {
            // A group that was deleted meanwhile is no reason to stay outside.
            Some(id) if !row.role.is_coach() => db::groups::find(tx, id, user).await?,
            _ => None,
        };
        let group = group.map(|found| found.group).filter(|group| group.org_id == org);
        if let Some(group) = &group {
            self.admit(tx, row.created_by, group, &[user], None).await?;
        }
        let told = Told::Joined {
            person: user,
            name: &name,
            is_coach: row.role.is_coach(),
            group: group.as_ref().map(|group| (group.id, group.name.as_str())),
        };
        self.tell_coaches(tx, org, &[Some(row.created_by)], &told).await?;
        Ok(group.map(|group| group.name))
    }

    /// Inserts the membership of somebody who is in no organization, under the name of their account; returns
    /// that name. Notes that coaches kept of a former membership stay.
    pub(super) async fn insert_member(
        &self,
        tx: &mut Tx,
        org: OrgId,
        account: &super::User,
        role: Role,
        visible_from: Option<i64>,
    ) -> Result<String> {
        let full = text::one_line(&format!("{} {}", account.first_name, account.last_name));
        let name: String =
            if full.is_empty() { &account.email } else { &full }.chars().take(MAX_NAME).collect();
        let new = NewMember {
            org_id: org,
            user_id: account.id,
            role,
            display_name: &name,
            name_folded: &fold(&name),
            search_folded: &search_text(&name, &account.first_name, &account.last_name, &account.email),
            visible_from,
            now: self.now(),
        };
        if !db::members::insert(tx, &new).await? {
            return Err(in_one_already(false, ""));
        }
        db::notes::set_expiry(tx, org, account.id, None).await?;
        Ok(name)
    }

    /// Tells the head coach, and these coaches where they still are coaches of the organization, once each.
    pub(super) async fn tell_coaches(
        &self,
        tx: &mut Tx,
        org: OrgId,
        also: &[Option<UserId>],
        told: &Told<'_>,
    ) -> Result<()> {
        for coach in db::members::coaches(tx, org).await? {
            if coach.role == Role::HeadCoach || also.contains(&Some(coach.user_id)) {
                self.notify(tx, coach.user_id, Some(org), told).await?;
            }
        }
        Ok(())
    }
}

/// Why a ticket lets nobody in, whatever its invitation says.
fn over(ticket: &Ticket, row: &Row, now: i64) -> Option<Closed> {
    if ticket.used_at.is_some() {
        return Some(Closed::Used(row.org_name.clone()));
    }
    let is_old = ticket.expires_at.is_some_and(|end| end <= now);
    is_old.then(|| Closed::Expired(row.org_name.clone()))
}

/// A person is in one organization at a time.
fn in_one_already(is_this: bool, name: &str) -> Error {
    let message = match (is_this, name) {
        (true, _) => format!("You are in {name} already."),
        (false, "") => "You are in an organization already.".to_owned(),
        (false, _) => {
            format!(
                "You are in {name}. A person is in one organization at a time: leave it first, then accept."
            )
        }
    };
    Error::Conflict { code: if is_this { "ALREADY_MEMBER" } else { "CONFLICT" }, message, field: None }
}
