//! A forgotten password: a mail with a link, then a new one. Nothing tells from outside whether an address
//! has an account.

use super::error::{Error, Result};
use super::links::{self, LinkFault, Purpose};
use super::signup::password_problems;
use super::{App, db, limits, secrets};
use crate::domain::person::email_key;

/// A new password, with the secret of the link.
#[derive(Debug)]
pub struct NewPassword {
    pub token: String,
    pub password: String,
    pub source: String,
}

impl App {
    /// Sends a link to choose a new password, if the address has an account.
    pub async fn request_reset(&self, email: &str, source: &str) -> Result<()> {
        let email = links::email(email).map_err(|p| Error::Invalid(vec![p]))?;
        self.count_mail(Purpose::Reset, email, source).await?;
        let mut tx = self.db().write().await?;
        let known = db::users::find_by_email(&mut tx, &email_key(email)).await?;
        // A link for an unknown address is made too, and never sent: so that both take as long.
        let secret = self.make_link(&mut tx, Purpose::Reset, email).await?;
        match known {
            // Never to the typed address: case and accents are folded, and another mailbox may have those.
            Some(user) => self.post(&mut tx, &self.reset_letter(&user.email, &secret)).await?,
            None => self.pretend_to_post(&mut tx, &self.reset_letter(email, &secret)).await?,
        }
        Ok(tx.commit().await?)
    }

    /// Whether a link works.
    pub async fn reset_link(&self, token: &str, source: &str) -> Result<Result<(), LinkFault>> {
        Ok(self.look_at_link(Purpose::Reset, token, source).await?.map(|_| ()))
    }

    /// Replaces the password, ends every session, uses the link up and says so by mail. A link that does not
    /// work is a problem of the field `token`.
    pub async fn reset_password(&self, command: &NewPassword) -> Result<()> {
        let link = self.look_at_link(Purpose::Reset, &command.token, &command.source).await??;
        let mut tx = self.db().read().await?;
        let user = db::users::find_by_email(&mut tx, &link.email_folded).await?.ok_or(LinkFault::Unknown)?;
        drop(tx);
        let name = format!("{} {}", user.first_name, user.last_name);
        let problems = password_problems(&command.password, &user.email, name.trim());
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let hash = self.hash_password(&command.password).await?;
        let now = self.now();
        let mut tx = self.db().write().await?;
        if !db::links::use_up(&mut tx, &secrets::hash(&command.token), Purpose::Reset.word(), now).await? {
            return Err(LinkFault::Used.into());
        }
        db::links::use_up_others(&mut tx, &link.email_folded, Purpose::Reset.word(), now).await?;
        db::users::set_password(&mut tx, user.id, &hash, now).await?;
        db::sessions::delete_others(&mut tx, user.id, "").await?;
        // Whoever knew the old password may have made tokens with it.
        db::tokens::delete_all_of_maker(&mut tx, user.id).await?;
        // Whoever was locked out by wrong guesses is let in with the new one.
        let pair = limits::pair(&link.email_folded, &command.source);
        self.forget_attempts(&mut tx, limits::SIGN_IN_PAIR, &pair).await?;
        self.forget_attempts(&mut tx, limits::SIGN_IN_ACCOUNT, &link.email_folded).await?;
        self.post(&mut tx, &self.password_changed_letter(&user.email, true)).await?;
        Ok(tx.commit().await?)
    }
}
