//! Links in account mails: to finish signing up and to choose a new password.

use super::db::links::{Link, NewLink};
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::{App, limits, secrets};
use crate::domain::person::email_key;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    SignUp,
    Reset,
}

impl Purpose {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::SignUp => "signup",
            Self::Reset => "reset",
        }
    }

    /// Seconds that a link works.
    pub(super) fn lasts(self) -> i64 {
        match self {
            Self::SignUp => 86_400,
            Self::Reset => 3_600,
        }
    }
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    Unknown,
    Expired,
    Used,
}

impl LinkFault {
    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "This link is not one of ours. Part of it may have got lost on the way.",
            Self::Expired => "This link is too old to be used.",
            Self::Used => "This link has been used already.",
        }
    }
}

impl From<LinkFault> for Error {
    fn from(fault: LinkFault) -> Self {
        Self::invalid("token", fault.sentence())
    }
}

/// The longest email address there is (RFC 5321, section 4.5.3.1).
const LONGEST_EMAIL: usize = 254;

/// An email address as typed, without the white space around it; a sentence where it can be none.
pub fn email(typed: &str) -> Result<&str, Problem> {
    let email = typed.trim();
    if email.is_empty() {
        return Err(Problem::required("email", "Enter your email address."));
    }
    let is_address = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c);
    if !is_address || email.matches('@').count() != 1 || email.contains(is_odd) || email.len() > LONGEST_EMAIL
    {
        return Err(Problem::invalid(
            "email",
            "That is not an email address. One looks like name@example.org.",
        ));
    }
    Ok(email)
}

impl App {
    /// Counts a request for a mail to this address, whether or not anybody has it.
    pub(super) async fn count_mail(&self, purpose: Purpose, email: &str, source: &str) -> Result<()> {
        self.count_attempt(limits::MAIL_SOURCE, source).await?;
        self.count_attempt(limits::MAIL_ADDRESS, &format!("{}\0{}", purpose.word(), email_key(email))).await
    }

    /// Makes a link and returns its secret.
    pub(super) async fn make_link(&self, tx: &mut Tx, purpose: Purpose, email: &str) -> Result<String> {
        let secret = secrets::generate(self.entropy(), "");
        let link = NewLink {
            secret_hash: &secrets::hash(&secret),
            purpose: purpose.word(),
            email,
            email_folded: &email_key(email),
            now: self.now(),
            expires_at: self.now() + purpose.lasts(),
        };
        db::links::insert(tx, &link).await?;
        Ok(secret)
    }

    /// Looks a link up without using it. Those that do not work are counted as guesses.
    pub(super) async fn look_at_link(
        &self,
        purpose: Purpose,
        secret: &str,
        source: &str,
    ) -> Result<Result<Link, LinkFault>> {
        let mut tx = self.db().read().await?;
        let found = db::links::find(&mut tx, &secrets::hash(secret), purpose.word()).await?;
        drop(tx);
        let fault = match found {
            Some(link) if link.used_at.is_some() => LinkFault::Used,
            Some(link) if link.expires_at <= self.now() => LinkFault::Expired,
            Some(link) => return Ok(Ok(link)),
            None => LinkFault::Unknown,
        };
        if fault == LinkFault::Unknown {
            self.count_attempt(limits::LINK_SOURCE, source).await?;
        }
        Ok(Err(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::email;

    #[test]
    fn addresses() {
        for good in ["a@b.test", " marta.lindqvist+club@lidingo-lopare.example ", "zoë@müller.example"] {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@b.test", "a".repeat(250));
        for bad in [
            "",
            " ",
            "a",
            "a@b",
            "@b.test",
            "a@.test",
            "a@b.test\r\nBcc: c",
            "a b@c.test",
            "a@b@c.test",
            &long,
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }
}
