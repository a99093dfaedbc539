//! Sessions of the web pages, for the store in `web::sessions` and for the list of one's own sessions.

use super::{Tx, on};
use crate::domain::ids::{SessionId, UserId};

/// A session as its owner sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Session {
    pub public_id: SessionId,
    pub user_agent: String,
    pub address: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    /// Whether it is the one in use.
    pub is_current: bool,
}

/// What the store writes. `id_hash` is the hex SHA-256 of the cookie's value, `data` JSON.
#[derive(Debug)]
pub struct Stored<'a> {
    pub id_hash: &'a str,
    pub public_id: SessionId,
    pub user_id: Option<UserId>,
    pub data: &'a str,
    pub user_agent: &'a str,
    pub address: &'a str,
    pub now: i64,
    pub expires_at: i64,
}

const INSERT: &str = "INSERT INTO sessions (id_hash, public_id, user_id, data, user_agent, address, created_at, last_seen_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT DO NOTHING RETURNING id_hash";

/// Inserts a session; `false` when the id is taken.
pub async fn insert(tx: &mut Tx, s: &Stored<'_>) -> sqlx::Result<bool> {
    let id: Option<(String,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(s.id_hash)
        .bind(s.public_id)
        .bind(s.user_id)
        .bind(s.data)
        .bind(s.user_agent)
        .bind(s.address)
        .bind(s.now)
        .bind(s.expires_at)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const SAVE: &str = "UPDATE sessions SET user_id = $2, data = $3, last_seen_at = $4, expires_at = $5 WHERE id_hash = $1 RETURNING id_hash";

/// Overwrites a session; `false` when it was ended meanwhile (it is not made again: ending a session
/// must not be undone by a request that was under way).
pub async fn save(tx: &mut Tx, s: &Stored<'_>) -> sqlx::Result<bool> {
    let id: Option<(String,)> = on!(tx, |conn| sqlx::query_as(SAVE)
        .bind(s.id_hash)
        .bind(s.user_id)
        .bind(s.data)
        .bind(s.now)
        .bind(s.expires_at)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const LOAD: &str = "SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2";

/// Data and end of a session that has not expired.
pub async fn load(tx: &mut Tx, id_hash: &str, now: i64) -> sqlx::Result<Option<(String, i64)>> {
    on!(tx, |conn| sqlx::query_as(LOAD).bind(id_hash).bind(now).fetch_optional(conn).await)
}

const DELETE: &str = "DELETE FROM sessions WHERE id_hash = $1";

/// Ends a session.
pub async fn delete(tx: &mut Tx, id_hash: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(id_hash).execute(conn).await.map(|_| ()))
}

const DELETE_EXPIRED: &str = "DELETE FROM sessions WHERE expires_at <= $1";

/// Removes sessions that have ended by themselves; returns how many.
pub async fn delete_expired(tx: &mut Tx, now: i64) -> sqlx::Result<u64> {
    on!(tx, |conn| sqlx::query(DELETE_EXPIRED).bind(now).execute(conn).await.map(|r| r.rows_affected()))
}

const LIST: &str = "SELECT public_id, user_agent, address, created_at, last_seen_at, (id_hash = $3) AS is_current FROM sessions \
     WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, public_id LIMIT 100";

/// A person's open sessions, last used first; `current` is the hash of the one in use.
pub async fn list(tx: &mut Tx, user: UserId, now: i64, current: &str) -> sqlx::Result<Vec<Session>> {
    on!(tx, |conn| sqlx::query_as(LIST).bind(user).bind(now).bind(current).fetch_all(conn).await)
}

const DELETE_ONE: &str = "DELETE FROM sessions WHERE user_id = $1 AND public_id = $2";

/// Ends one of a person's sessions; returns whether there was one.
pub async fn delete_one(tx: &mut Tx, user: UserId, id: SessionId) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(DELETE_ONE)
        .bind(user)
        .bind(id)
        .execute(conn)
        .await
        .map(|r| r.rows_affected() > 0))
}

const DELETE_OTHERS: &str = "DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2";

/// Ends a person's sessions but the one with this hash (pass an empty text to end all); returns how many.
pub async fn delete_others(tx: &mut Tx, user: UserId, keep: &str) -> sqlx::Result<u64> {
    on!(tx, |conn| sqlx::query(DELETE_OTHERS)
        .bind(user)
        .bind(keep)
        .execute(conn)
        .await
        .map(|r| r.rows_affected()))
}
