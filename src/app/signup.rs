//! Signing up as a coach: a mail with a link, then name and password. Nothing tells from outside whether an
//! address has an account.

use super::db::users::NewUser;
use super::error::{Error, Problem, Result};
use super::links::{self, LinkFault, Purpose};
use super::{App, db, secrets};
use crate::domain::ids::UserId;
use crate::domain::person::{UnitSystem, email_key};
use crate::domain::{calendar, password, text};

/// How long the link of the mail works, in seconds.
pub const LINK_LASTS: i64 = 86_400;
/// In characters, of a first or a last name.
const LONGEST_NAME: usize = 100;

/// What a person types to finish signing up, with the secret of their link.
#[derive(Debug)]
pub struct SignUp {
    pub token: String,
    pub details: Details,
    pub source: String,
}

/// What everybody who gets an account says of themselves.
#[derive(Debug)]
pub struct Details {
    pub password: String,
    pub first_name: String,
    /// May be empty: not everybody has one.
    pub last_name: String,
    /// IANA name.
    pub timezone: String,
}

/// The details in the form in which they are kept.
pub(super) struct Checked {
    pub first_name: String,
    pub last_name: String,
    pub zone: chrono_tz::Tz,
}

impl Details {
    /// The details as they are kept, for an account with this address, or everything that is wrong with them.
    pub(super) fn check(&self, email: &str) -> Result<Checked> {
        let (first_name, last_name) = (text::one_line(&self.first_name), text::one_line(&self.last_name));
        let mut problems = Vec::new();
        if first_name.is_empty() {
            problems.push(Problem::required("first_name", "Enter your first name."));
        }
        for (field, name) in [("first_name", &first_name), ("last_name", &last_name)] {
            if name.chars().count() > LONGEST_NAME {
                problems.push(Problem::invalid(field, format!("Use at most {LONGEST_NAME} characters.")));
            }
        }
        let full_name = format!("{first_name} {last_name}");
        problems.extend(password_problems(&self.password, email, full_name.trim()));
        let zone = calendar::parse_zone(&self.timezone);
        if zone.is_none() {
            problems.push(Problem::invalid(
                "timezone",
                "Choose a time zone from the list, such as Europe/Lisbon.",
            ));
        }
        match zone.filter(|_| problems.is_empty()) {
            Some(zone) => Ok(Checked { first_name, last_name, zone }),
            None => Err(Error::Invalid(problems)),
        }
    }
}

impl App {
    /// Refuses where the operator lets nobody sign up by themselves.
    pub fn sign_up_is_open(&self) -> Result<()> {
        if self.settings().is_signup_open {
            return Ok(());
        }
        Err(Error::Forbidden("Signing up is closed here. Ask your organization for an invitation."))
    }

    /// Sends a link to finish signing up, or, to an address with an account, a mail that says so. Does the
    /// same work for both.
    pub async fn request_sign_up(&self, email: &str, source: &str) -> Result<()> {
        self.sign_up_is_open()?;
        let email = links::email(email).map_err(|p| Error::Invalid(vec![p]))?;
        self.count_mail(Purpose::SignUp, email, source).await?;
        let mut tx = self.db().write().await?;
        let known = db::users::find_by_email(&mut tx, &email_key(email)).await?;
        let secret = self.make_link(&mut tx, Purpose::SignUp, email).await?;
        let letter = match &known {
            // To the address of the account, which may differ from the typed one in case and accents.
            Some(user) => self.known_already_letter(&user.email),
            None => self.sign_up_letter(email, &secret),
        };
        self.post(&mut tx, &letter).await?;
        Ok(tx.commit().await?)
    }

    /// The address that a link was sent to.
    pub async fn sign_up_link(&self, token: &str, source: &str) -> Result<Result<String, LinkFault>> {
        self.sign_up_is_open()?;
        Ok(self.look_at_link(Purpose::SignUp, token, source).await?.map(|link| link.email))
    }

    /// Makes the account and uses the link up. A link that does not work is a problem of the field `token`.
    pub async fn complete_sign_up(&self, command: &SignUp) -> Result<UserId> {
        self.sign_up_is_open()?;
        let link = self.look_at_link(Purpose::SignUp, &command.token, &command.source).await??;
        let Checked { first_name, last_name, zone } = command.details.check(&link.email)?;
        let hash = self.hash_password(&command.details.password).await?;
        let id = UserId::from_uuid(self.uuid());
        let now = self.now();
        let mut tx = self.db().write().await?;
        if !db::links::use_up(&mut tx, &secrets::hash(&command.token), Purpose::SignUp.word(), now).await? {
            return Err(LinkFault::Used.into());
        }
        db::links::use_up_others(&mut tx, &link.email_folded, Purpose::SignUp.word(), now).await?;
        let user = NewUser {
            id,
            email: &link.email,
            email_folded: &link.email_folded,
            password_hash: &hash,
            first_name: &first_name,
            last_name: &last_name,
            timezone: zone.name(),
            units: UnitSystem::Metric,
            is_coach_account: true,
            now,
        };
        if !db::users::insert(&mut tx, &user).await? {
            // Made in the meantime in another way. Whoever holds the link owns the address, so may know.
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "This address has an account by now. Sign in with it.".into(),
                field: Some("email"),
            });
        }
        tx.commit().await?;
        Ok(id)
    }
}

/// What is wrong with a new password, as problems of the field `password`.
pub(super) fn password_problems(typed: &str, email: &str, name: &str) -> Vec<Problem> {
    if typed.is_empty() {
        return vec![Problem::required("password", "Choose a password.")];
    }
    let wrong = password::problems(typed, email, name);
    wrong.into_iter().map(|message| Problem::invalid("password", message)).collect()
}
