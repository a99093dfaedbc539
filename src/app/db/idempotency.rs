//! Answers to POSTs that carried an `Idempotency-Key`.

use super::{Tx, on};
use crate::domain::ids::UserId;

/// What is known of a key.
#[derive(Debug, sqlx::FromRow)]
pub struct Known {
    pub request_hash: String,
    /// `None` while the first call is at work.
    pub status: Option<i64>,
    pub body: String,
}

const CLAIM: &str = "INSERT INTO idempotency AS i (user_id, key, request_hash, status, body, created_at) VALUES ($1, $2, $3, $6, '', $4) \
     ON CONFLICT (user_id, key) DO UPDATE SET request_hash = excluded.request_hash, created_at = excluded.created_at \
     WHERE i.status IS NULL AND i.created_at < $5 RETURNING key";

/// Claims a key for a call; `false` when it is taken. A claim from before `stale` whose call never came to an
/// end is taken over.
pub async fn claim(
    tx: &mut Tx,
    user: UserId,
    key: &str,
    hash: &str,
    now: i64,
    stale: i64,
) -> sqlx::Result<bool> {
    let row: Option<(String,)> = on!(tx, |conn| sqlx::query_as(CLAIM)
        .bind(user)
        .bind(key)
        .bind(hash)
        .bind(now)
        .bind(stale)
        .bind(None::<i64>)
        .fetch_optional(conn)
        .await)?;
    Ok(row.is_some())
}

const FIND: &str = "SELECT request_hash, status, body FROM idempotency WHERE user_id = $1 AND key = $2";

/// What is known of a key.
pub async fn find(tx: &mut Tx, user: UserId, key: &str) -> sqlx::Result<Option<Known>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(user).bind(key).fetch_optional(conn).await)
}

const KEEP: &str = "UPDATE idempotency SET status = $3, body = $4 WHERE user_id = $1 AND key = $2";

/// Keeps the answer of a call.
pub async fn keep(tx: &mut Tx, user: UserId, key: &str, status: i64, body: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(KEEP)
        .bind(user)
        .bind(key)
        .bind(status)
        .bind(body)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FORGET: &str = "DELETE FROM idempotency WHERE user_id = $1 AND key = $2";

/// Forgets a key whose call failed by no fault of the caller, so that a retry is a call of its own.
pub async fn forget(tx: &mut Tx, user: UserId, key: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(FORGET).bind(user).bind(key).execute(conn).await.map(|_| ()))
}
