//! Counted attempts. A limit's row lives for one window from its first attempt.

use super::{Tx, on};

const HIT: &str = "INSERT INTO rate_limits AS r (subject, started_at, count, expires_at) VALUES ($1, $2, 1, $3) \
     ON CONFLICT (subject) DO UPDATE SET \
     started_at = CASE WHEN r.expires_at <= $2 THEN excluded.started_at ELSE r.started_at END, \
     count = CASE WHEN r.expires_at <= $2 THEN 1 ELSE r.count + 1 END, \
     expires_at = CASE WHEN r.expires_at <= $2 THEN excluded.expires_at ELSE r.expires_at END \
     RETURNING count, expires_at";

/// Counts one attempt; returns how many there were in the window so far, this one included, and when the
/// window ends.
pub async fn hit(tx: &mut Tx, subject: &str, now: i64, window: i64) -> sqlx::Result<(i64, i64)> {
    on!(tx, |conn| sqlx::query_as(HIT).bind(subject).bind(now).bind(now + window).fetch_one(conn).await)
}

const CLEAR: &str = "DELETE FROM rate_limits WHERE subject = $1";

/// Forgets a subject's attempts, after one that succeeded.
pub async fn clear(tx: &mut Tx, subject: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(CLEAR).bind(subject).execute(conn).await.map(|_| ()))
}

const DELETE_EXPIRED: &str = "DELETE FROM rate_limits WHERE expires_at <= $1";

/// Removes windows that have ended.
pub async fn delete_expired(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_EXPIRED).bind(now).execute(conn).await.map(|_| ()))
}
