//! Bearer tokens by email and password, as programs sign in, and giving one back.

use super::access::{Via, Viewer};
use super::accounts::SignIn;
use super::error::{Error, Result};
use super::{App, db, secrets};
use crate::domain::ids::{TokenId, UserId};

/// A token that was just made.
#[derive(Debug)]
pub struct Issued {
    /// Shown this once.
    pub secret: String,
    pub user_id: UserId,
    /// Unix seconds.
    pub expires_at: Option<i64>,
}

/// Seconds until a token ends that was got for a password: ninety days.
const LASTS: i64 = 90 * 86_400;
/// In characters.
const LONGEST_NAME: usize = 100;
/// What a token is called whose maker gave it no name.
const UNNAMED: &str = "Signed in through the API";

impl App {
    /// A token for email and password. Every wrong pair is the same error, and counts like one on the page.
    pub async fn token_for_password(&self, command: &SignIn, name: &str) -> Result<Issued> {
        let name = named(name)?;
        let user = match self.sign_in(command).await {
            Err(Error::Invalid(_)) => return Err(Error::WrongPair),
            other => other?,
        };
        self.issue_token(user, &name).await
    }

    /// A token for somebody who just signed up.
    pub async fn first_token(&self, user: UserId) -> Result<Issued> {
        self.issue_token(user, UNNAMED).await
    }

    async fn issue_token(&self, user: UserId, name: &str) -> Result<Issued> {
        let secret = secrets::generate(self.entropy(), "hrt_");
        let expires_at = Some(self.now() + LASTS);
        let token = db::tokens::Token {
            id: TokenId::from_uuid(self.uuid()),
            user_id: user,
            org_id: None,
            name: name.to_owned(),
            can_write: true,
            created_at: self.now(),
            expires_at,
            last_used_at: None,
        };
        let mut tx = self.db().write().await?;
        db::tokens::insert(&mut tx, &token, &secrets::hash(&secret)).await?;
        tx.commit().await?;
        Ok(Issued { secret, user_id: user, expires_at })
    }

    /// Revokes the token that the viewer came with.
    pub async fn revoke_token_in_use(&self, viewer: &Viewer) -> Result<()> {
        let Via::Token { id, .. } = &viewer.via else {
            return Err(Error::Unauthenticated);
        };
        let mut tx = self.db().write().await?;
        db::tokens::delete(&mut tx, *id).await?;
        Ok(tx.commit().await?)
    }
}

fn named(name: &str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Error::invalid("name", format!("A name has at most {LONGEST_NAME} plain characters.")));
    }
    Ok(if name.is_empty() { UNNAMED.to_owned() } else { name })
}
