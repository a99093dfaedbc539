//! Links in account mails. Stored as hashes; each works once.

use super::{Tx, on};

/// A link as it was sent.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Link {
    /// The address that the mail went to.
    pub email: String,
    pub email_folded: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// A link to store.
#[derive(Debug)]
pub struct NewLink<'a> {
    pub secret_hash: &'a str,
    /// `signup` or `reset`.
    pub purpose: &'a str,
    pub email: &'a str,
    pub email_folded: &'a str,
    pub now: i64,
    pub expires_at: i64,
}

const INSERT: &str = "INSERT INTO email_links (secret_hash, purpose, email, email_folded, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// Inserts a link.
pub async fn insert(tx: &mut Tx, link: &NewLink<'_>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(link.secret_hash)
        .bind(link.purpose)
        .bind(link.email)
        .bind(link.email_folded)
        .bind(link.now)
        .bind(link.expires_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FIND: &str = "SELECT email, email_folded, expires_at, used_at FROM email_links WHERE secret_hash = $1 AND purpose = $2";

/// The link with this secret's hash, whether or not it still works.
pub async fn find(tx: &mut Tx, secret_hash: &str, purpose: &str) -> sqlx::Result<Option<Link>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(secret_hash).bind(purpose).fetch_optional(conn).await)
}

const USE: &str = "UPDATE email_links SET used_at = $3 \
     WHERE secret_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING email_folded";

/// Uses a link up; `false` when it does not work any more. Of two at once, one gets it.
pub async fn use_up(tx: &mut Tx, secret_hash: &str, purpose: &str, now: i64) -> sqlx::Result<bool> {
    let used: Option<(String,)> = on!(tx, |conn| sqlx::query_as(USE)
        .bind(secret_hash)
        .bind(purpose)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(used.is_some())
}

const USE_OTHERS: &str =
    "UPDATE email_links SET used_at = $3 WHERE email_folded = $1 AND purpose = $2 AND used_at IS NULL";

/// Uses up every other link of the purpose to this address.
pub async fn use_up_others(tx: &mut Tx, email_folded: &str, purpose: &str, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(USE_OTHERS)
        .bind(email_folded)
        .bind(purpose)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}
