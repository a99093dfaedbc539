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
    /// Checks email and password and returns whose they are. Takes as long for unknown accounts, and
    /// counts attempts by account and by source.
    pub async fn sign_in(&self, command: &SignIn) -> Result<UserId> {
        let email = email_key(&command.email);
        self.count_attempt(limits::SIGN_IN_SOURCE, &command.source).await?;
        self.count_attempt(limits::SIGN_IN_ACCOUNT, &email).await?;
        let mut tx = self.db().read().await?;
        let known = db::users::credentials(&mut tx, &email).await?;
        drop(tx);
        let hash = known.as_ref().map(|c| c.password_hash.as_str());
        let matches = self.verify_password(&command.password, hash).await?;
        match known {
            Some(credentials) if matches => {
                let mut tx = self.db().write().await?;
                self.forget_attempts(&mut tx, limits::SIGN_IN_ACCOUNT, &email).await?;
                tx.commit().await?;
                Ok(credentials.id)
            }
            _ => Err(Error::Invalid(vec![Problem::invalid("password", WRONG_PAIR)])),
        }
    }
}
