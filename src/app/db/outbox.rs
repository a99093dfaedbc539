//! Mails that wait, are on their way, or went out.

use super::{Tx, on};
use crate::domain::ids::{MailId, OrgId};

/// A mail to put into the outbox.
#[derive(Debug)]
pub struct NewMail<'a> {
    pub id: MailId,
    pub org_id: Option<OrgId>,
    pub kind: &'a str,
    pub recipient: &'a str,
    pub subject: &'a str,
    /// Text and HTML, sealed; empty for a mail that does not go out.
    pub sealed: &'a str,
    pub now: i64,
    /// Whether it goes out. One that does not is written as if it had been sent, without its words.
    pub is_real: bool,
}

/// A mail that this process has taken to send. `attempts` counts this one.
#[derive(Debug, sqlx::FromRow)]
pub struct Taken {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub sealed: String,
    pub attempts: i64,
    pub created_at: i64,
}

const INSERT: &str = "INSERT INTO outbox (id, org_id, kind, recipient, subject, sealed, state, attempts, next_at, created_at, sent_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $8, 0, $7, $7, $9)";

/// Inserts a mail that is due at once.
pub async fn insert(tx: &mut Tx, mail: &NewMail<'_>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(mail.id)
        .bind(mail.org_id)
        .bind(mail.kind)
        .bind(mail.recipient)
        .bind(mail.subject)
        .bind(mail.sealed)
        .bind(mail.now)
        .bind(if mail.is_real { "waiting" } else { "sent" })
        .bind(if mail.is_real { None } else { Some(mail.now) })
        .execute(conn)
        .await
        .map(|_| ()))
}

const NEXT: &str = "SELECT id FROM outbox WHERE state IN ('waiting', 'sending') AND next_at <= $1 ORDER BY next_at, id LIMIT 1";

/// The mail that has been due for longest: one that waits, or one whose sender has not been heard of since
/// its lease ended.
pub async fn next(tx: &mut Tx, now: i64) -> sqlx::Result<Option<MailId>> {
    let found: Option<(MailId,)> = on!(tx, |conn| sqlx::query_as(NEXT).bind(now).fetch_optional(conn).await)?;
    Ok(found.map(|(id,)| id))
}

const TAKE: &str = "UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_at = $3 \
     WHERE id = $1 AND state IN ('waiting', 'sending') AND next_at <= $2 \
     RETURNING id, kind, recipient, subject, sealed, attempts, created_at";

/// Takes a mail until `lease` (Unix seconds); nothing when another process was quicker.
pub async fn take(tx: &mut Tx, id: MailId, now: i64, lease: i64) -> sqlx::Result<Option<Taken>> {
    on!(tx, |conn| sqlx::query_as(TAKE).bind(id).bind(now).bind(lease).fetch_optional(conn).await)
}

// The number of attempts tells whether the lease is still this sender's.
const SENT: &str = "UPDATE outbox SET state = 'sent', sealed = '', error = NULL, sent_at = $3 \
     WHERE id = $1 AND state = 'sending' AND attempts = $2";

/// Notes that a mail went out, and wipes what it said.
pub async fn sent(tx: &mut Tx, id: MailId, attempts: i64, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SENT).bind(id).bind(attempts).bind(now).execute(conn).await.map(|_| ()))
}

const AGAIN: &str = "UPDATE outbox SET state = 'waiting', next_at = $3, error = $4 \
     WHERE id = $1 AND state = 'sending' AND attempts = $2";

/// Puts a mail back for another attempt at `next_at`.
pub async fn again(tx: &mut Tx, id: MailId, attempts: i64, next_at: i64, error: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(AGAIN)
        .bind(id)
        .bind(attempts)
        .bind(next_at)
        .bind(error)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FAILED: &str = "UPDATE outbox SET state = 'failed', sealed = '', error = $3 \
     WHERE id = $1 AND state = 'sending' AND attempts = $2";

/// Gives a mail up, and wipes what it said.
pub async fn failed(tx: &mut Tx, id: MailId, attempts: i64, error: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(FAILED).bind(id).bind(attempts).bind(error).execute(conn).await.map(|_| ()))
}

const DELETE_OLD: &str = "DELETE FROM outbox WHERE state IN ('sent', 'failed') AND created_at <= $1";

/// Removes what is left of mails that were sent or given up, made at or before this instant.
pub async fn delete_old(tx: &mut Tx, before: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_OLD).bind(before).execute(conn).await.map(|_| ()))
}

/// A mail of an organization that was not delivered, yet or for good.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Undelivered {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    /// `waiting`, `sending` or `failed`.
    pub state: String,
    pub attempts: i64,
    /// When it is tried again, if it is.
    pub next_at: i64,
    pub error: String,
    pub created_at: i64,
}

const UNDELIVERED: &str = "SELECT id, kind, recipient, state, attempts, next_at, error, created_at FROM outbox \
     WHERE org_id = $1 AND error IS NOT NULL AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";

/// The organization's own mails that met an error and have not gone out since, newest first: at most `limit`
/// before `before`. Never what they say.
pub async fn undelivered(
    tx: &mut Tx,
    org: OrgId,
    before: Option<MailId>,
    limit: i64,
) -> sqlx::Result<Vec<Undelivered>> {
    on!(tx, |conn| sqlx::query_as(UNDELIVERED).bind(org).bind(before).bind(limit).fetch_all(conn).await)
}

const COUNT_UNDELIVERED: &str = "SELECT COUNT(*) FROM outbox WHERE org_id = $1 AND error IS NOT NULL";

/// How many there are.
pub async fn count_undelivered(tx: &mut Tx, org: OrgId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_UNDELIVERED).bind(org).fetch_one(conn).await)?;
    Ok(count)
}
