//! The store behind tower-sessions, on our own database, and what a session holds.

use std::collections::HashMap;

use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::app::App;
use crate::app::sessions::Origin;
use crate::domain::ids::UserId;

/// Keys of the session's data.
const USER: &str = "user";
const SEEN: &str = "seen";
const FLASH: &str = "flash";
const ORIGIN: &str = "origin";

/// A session ends by itself after this many seconds without a request.
const IDLE: i64 = 14 * 86_400;
/// How often the last use of a session is noted.
const TOUCH_EVERY: i64 = 300;

/// Keeps sessions in the database.
#[derive(Debug, Clone)]
pub struct Store(App);

/// The session layer of the pages. Over https the cookie carries the `__Host-` prefix, which binds it to
/// this host; over plain http a browser would refuse that name.
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    let secure = app.settings().public_url.starts_with("https://");
    SessionManagerLayer::new(Store(app.clone()))
        .with_name(if secure { "__Host-harrier" } else { "harrier" })
        .with_secure(secure)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::seconds(IDLE)))
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

fn pack(record: &Record) -> Result<(Option<UserId>, String, Origin)> {
    let user = record.data.get(USER).and_then(|v| v.as_str()).and_then(|v| v.parse().ok());
    let mut data = record.data.clone();
    // Stored in columns of their own, once.
    let origin = data.remove(ORIGIN).and_then(|v| serde_json::from_value::<(String, String)>(v).ok());
    let (user_agent, address) = origin.unwrap_or_default();
    let data = serde_json::to_string(&data).map_err(|e| Error::Encode(e.to_string()))?;
    Ok((user, data, Origin { user_agent, address }))
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (user, data, origin) = pack(record)?;
            let expires_at = record.expiry_date.unix_timestamp();
            let created =
                self.0.create_session(&record.id.to_string(), user, &data, &origin, expires_at).await;
            if created.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (user, data, _) = pack(record)?;
        let expires_at = record.expiry_date.unix_timestamp();
        self.0.save_session(&record.id.to_string(), user, &data, expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires_at)) = self.0.load_session(&id.to_string()).await.map_err(backend)? else {
            return Ok(None);
        };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(expires_at).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete_session(&id.to_string()).await.map_err(backend)
    }
}

type Outcome<T> = std::result::Result<T, tower_sessions::session::Error>;

/// Opens a session for this person under a fresh id, so that a cookie planted before is worth nothing.
pub async fn sign_in(session: &Session, user: UserId, origin: Origin, now: i64) -> Outcome<()> {
    // Without one there is nothing to end, and tower-sessions would warn.
    if session.id().is_some() {
        session.flush().await?;
    }
    session.insert(USER, user).await?;
    session.insert(SEEN, now).await?;
    session.insert(ORIGIN, (origin.user_agent, origin.address)).await
}

/// Whose session it is. Notes its use now and then, which also moves its end.
pub async fn user(session: &Session, now: i64) -> Outcome<Option<UserId>> {
    let user: Option<UserId> = session.get(USER).await?;
    if user.is_some() && session.get::<i64>(SEEN).await?.is_none_or(|seen| seen <= now - TOUCH_EVERY) {
        session.insert(SEEN, now).await?;
    }
    Ok(user)
}

/// Leaves a message for the next page of this session.
pub async fn flash(session: &Session, flash: &super::page::Flash) -> Outcome<()> {
    session.insert(FLASH, flash).await
}

/// Takes the message that the last act left.
pub async fn take_flash(session: &Session) -> Outcome<Option<super::page::Flash>> {
    // Removing marks the session as changed even where there was nothing, and a page would write each time.
    match session.get(FLASH).await? {
        Some(flash) => {
            session.remove_value(FLASH).await?;
            Ok(Some(flash))
        }
        None => Ok(None),
    }
}

/// The stored hash of the session in use, to tell it from the person's other sessions.
pub fn cookie_value(session: &Session) -> Option<String> {
    session.id().map(|id| id.to_string())
}
