//! Sessions of the web pages: what the store in `web::sessions` keeps, and who a session belongs to.

use super::access::{self, Via, Viewer};
use super::db;
use super::error::{Error, Result};
use super::{App, secrets};
use crate::domain::ids::{SessionId, UserId};

pub use super::db::sessions::Session;

/// Where a session was opened from, for its owner to recognise it.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub user_agent: String,
    pub address: String,
}

impl App {
    /// Stores a new session; `false` when the cookie value is taken (the store then makes another).
    pub async fn create_session(
        &self,
        cookie: &str,
        user: Option<UserId>,
        data: &str,
        origin: &Origin,
        expires_at: i64,
    ) -> Result<bool> {
        let mut tx = self.db().write().await?;
        let id_hash = secrets::hash(cookie);
        let stored = self.stored(&id_hash, user, data, origin, expires_at);
        let inserted = db::sessions::insert(&mut tx, &stored).await?;
        tx.commit().await?;
        Ok(inserted)
    }

    /// Overwrites a session that is still open.
    pub async fn save_session(
        &self,
        cookie: &str,
        user: Option<UserId>,
        data: &str,
        expires_at: i64,
    ) -> Result<()> {
        let mut tx = self.db().write().await?;
        let id_hash = secrets::hash(cookie);
        let origin = Origin::default();
        db::sessions::save(&mut tx, &self.stored(&id_hash, user, data, &origin, expires_at)).await?;
        Ok(tx.commit().await?)
    }

    fn stored<'a>(
        &self,
        id_hash: &'a str,
        user_id: Option<UserId>,
        data: &'a str,
        origin: &'a Origin,
        expires_at: i64,
    ) -> db::sessions::Stored<'a> {
        db::sessions::Stored {
            id_hash,
            public_id: SessionId::from_uuid(self.uuid()),
            user_id,
            data,
            user_agent: &origin.user_agent,
            address: &origin.address,
            now: self.now(),
            expires_at,
        }
    }

    /// Data and end (Unix seconds) of an open session.
    pub async fn load_session(&self, cookie: &str) -> Result<Option<(String, i64)>> {
        let mut tx = self.db().read().await?;
        Ok(db::sessions::load(&mut tx, &secrets::hash(cookie), self.now()).await?)
    }

    /// Ends a session.
    pub async fn delete_session(&self, cookie: &str) -> Result<()> {
        let mut tx = self.db().write().await?;
        db::sessions::delete(&mut tx, &secrets::hash(cookie)).await?;
        Ok(tx.commit().await?)
    }

    /// The person that a session's data names; `None` when they are gone.
    pub async fn session_viewer(&self, user: UserId) -> Result<Option<Viewer>> {
        let mut tx = self.db().read().await?;
        access::viewer(&mut tx, user, Via::Session).await
    }

    /// The owner of a bearer token. Notes its use at most once a minute.
    pub async fn token_viewer(&self, secret: &str) -> Result<Viewer> {
        let mut tx = self.db().read().await?;
        let now = self.now();
        let token =
            db::tokens::find(&mut tx, &secrets::hash(secret), now).await?.ok_or(Error::Unauthenticated)?;
        let via = Via::Token { id: token.id, can_write: token.can_write, org_id: token.org_id };
        let viewer = access::viewer(&mut tx, token.user_id, via).await?.ok_or(Error::Unauthenticated)?;
        drop(tx);
        // An API key dies when its maker leaves the organization or hands the role over.
        if let Some(org) = token.org_id
            && !(viewer.is_head_coach() && viewer.membership.as_ref().is_some_and(|m| m.org_id == org))
        {
            return Err(Error::Unauthenticated);
        }
        if token.last_used_at.is_none_or(|at| at <= now - 60) {
            let mut tx = self.db().write().await?;
            db::tokens::touch(&mut tx, token.id, now).await?;
            tx.commit().await?;
        }
        Ok(viewer)
    }
}
