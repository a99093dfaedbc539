//! Limits on everything that can be guessed or flooded. They live in the database: they survive a
//! restart and hold across processes.

use std::net::Ipv6Addr;

use super::db::{self, Tx};
use super::error::{Error, Result};
use super::{App, secrets};

/// How many attempts a subject has in a window of seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub attempts: i64,
    pub window: i64,
}

/// Wrong passwords for one account from one network. Ten are more than anybody mistypes in a quarter of an
/// hour, and forty an hour find no password that is not common, which those chosen here are not. It shuts out
/// the network that guesses and leaves the person, who is elsewhere, alone.
pub const SIGN_IN_PAIR: Limit = Limit { name: "sign-in-pair", attempts: 10, window: 900 };
/// Sign-ins to one account from everywhere. It is reached with ten networks at the least, since what
/// [`SIGN_IN_PAIR`] refuses is not counted here: so no stranger alone shuts a person out, and whoever has many
/// networks still gets no more than 400 guesses an hour, where one without a limit gets millions. The person
/// who is shut out by such a crowd gets in by a new password ([`App::reset_password`] forgets the count), and
/// stays signed in where they are. Like every limit it counts unknown accounts as it does known ones.
pub const SIGN_IN_ACCOUNT: Limit = Limit { name: "sign-in-account", attempts: 100, window: 900 };
/// Guesses at the current password by who is signed in, for one account.
pub const PASSWORD_CHANGE: Limit = Limit { name: "password-change", attempts: 10, window: 900 };
/// Sign-ins from one network, to whatever accounts: three times what one account has, for the club house.
pub const SIGN_IN_SOURCE: Limit = Limit { name: "sign-in-source", attempts: 30, window: 900 };
/// Verification and reset mails to one address.
pub const MAIL_ADDRESS: Limit = Limit { name: "mail-address", attempts: 3, window: 3600 };
/// Verification and reset mails asked for from one source.
pub const MAIL_SOURCE: Limit = Limit { name: "mail-source", attempts: 20, window: 3600 };
/// Guesses at links and tokens from one source.
pub const LINK_SOURCE: Limit = Limit { name: "link-source", attempts: 30, window: 900 };
/// PDFs for one person: each is a Chromium of its own.
pub const PRINTS: Limit = Limit { name: "prints", attempts: 30, window: 600 };
/// Reports that one coach keeps.
pub const KEPT_REPORTS: Limit = Limit { name: "kept-reports", attempts: 60, window: 3600 };
/// Invitations that one coach sends, those sent again included: a club's season starts with a list or two.
pub const INVITATIONS: Limit = Limit { name: "invitations", attempts: 300, window: 3600 };
/// Addresses typed on the pages of join links from one source: a track has one network for fifty people.
pub const JOIN_SOURCE: Limit = Limit { name: "join-source", attempts: 60, window: 3600 };
/// Addresses typed on one join link, from wherever, so that a link that got into the wrong hands floods nobody.
pub const JOIN_LINK: Limit = Limit { name: "join-link", attempts: 300, window: 3600 };
/// Look-ups of existing users by one coach.
pub const USER_LOOKUP: Limit = Limit { name: "user-lookup", attempts: 20, window: 3600 };
/// Existing users that one coach adds by their id, after finding them.
pub const USER_ADDITION: Limit = Limit { name: "user-addition", attempts: 20, window: 3600 };

/// Counts an attempt in a transaction of the caller. The subject is stored as a hash.
pub(super) async fn hit(tx: &mut Tx, limit: Limit, subject: &str, now: i64) -> Result<()> {
    let key = key(limit, subject);
    let (count, expires_at) = db::limits::hit(tx, &key, now, limit.window).await?;
    if count > limit.attempts {
        return Err(Error::RateLimited { retry_after: (expires_at - now).max(1) });
    }
    Ok(())
}

fn key(limit: Limit, subject: &str) -> String {
    secrets::hash(&format!("{}\0{}", limit.name, network(subject)))
}

/// The subject of a limit for an account and the network that somebody comes from.
pub(super) fn pair(account: &str, source: &str) -> String {
    format!("{account}\0{}", network(source))
}

/// An IPv6 address counts as its /64, since whoever has one address has them all; anything else as it is.
fn network(subject: &str) -> String {
    match subject.parse::<Ipv6Addr>() {
        Ok(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        Err(_) => subject.to_owned(),
    }
}

impl App {
    /// Counts an attempt at once, whatever becomes of the act; refuses when there were too many.
    pub async fn count_attempt(&self, limit: Limit, subject: &str) -> Result<()> {
        let mut tx = self.db().write().await?;
        let outcome = hit(&mut tx, limit, subject, self.now()).await;
        tx.commit().await?;
        outcome
    }

    /// Forgets the attempts of a subject, after one that succeeded.
    pub(super) async fn forget_attempts(&self, tx: &mut Tx, limit: Limit, subject: &str) -> Result<()> {
        Ok(db::limits::clear(tx, &key(limit, subject)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::{network, pair};

    #[test]
    fn addresses_of_one_network_count_together() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
        assert_eq!(network("marta@lowfield.example"), "marta@lowfield.example");
        assert_eq!(pair("a", "2001:db8:1:2::1"), pair("a", "2001:db8:1:2::2"));
        assert_ne!(pair("a", "203.0.113.9"), pair("b", "203.0.113.9"));
    }
}
