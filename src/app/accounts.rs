//! Accounts: signing in (signing up, passwords and settings follow the same pattern).

use super::error::{Problem, Result};
use super::{App, Error, db, limits};
use crate::domain::ids::UserId;
use crate::domain::person::email_key;

/// What a person types to sign in. `source` is the network address they come from.
#[derive(Debug)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    pub source: String,
}

/// One message for every wrong pair, whether or not the account exists.
pub const WRONG_PAIR: &str = "That email and password do not match. Check both and try again.";

impl App {
    /// Checks email and password and returns whose they are. Does the same work for unknown accounts, and
    /// counts attempts by source, by account and source, and by account. What one limit refuses does not
    /// count for those after it.
    pub async fn sign_in(&self, command: &SignIn) -> Result<UserId> {
        let email = email_key(&command.email);
        self.count_attempt(limits::SIGN_IN_SOURCE, &command.source).await?;
        let pair = limits::pair(&email, &command.source);
        self.count_attempt(limits::SIGN_IN_PAIR, &pair).await?;
        self.count_attempt(limits::SIGN_IN_ACCOUNT, &email).await?;
        let mut tx = self.db().read().await?;
        let known = db::users::credentials(&mut tx, &email).await?;
        drop(tx);
        let hash = known.as_ref().map(|c| c.password_hash.as_str());
        let matches = self.verify_password(&command.password, hash).await?;
        match known {
            Some(credentials) if matches => {
                let renewed = match super::passwords::is_outdated(&credentials.password_hash) {
                    true => Some(self.hash_password(&command.password).await?),
                    false => None,
                };
                let mut tx = self.db().write().await?;
                // The count of the account stays: guesses from elsewhere are none of this person's.
                self.forget_attempts(&mut tx, limits::SIGN_IN_PAIR, &pair).await?;
                if let Some(hash) = renewed {
                    let old = &credentials.password_hash;
                    db::users::renew_hash(&mut tx, credentials.id, old, &hash).await?;
                }
                tx.commit().await?;
                Ok(credentials.id)
            }
            _ => Err(Error::Invalid(vec![Problem::invalid("password", WRONG_PAIR)])),
        }
    }
}
