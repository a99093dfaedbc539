//! Removal of rows that time has made useless. Sessions and limits have theirs in their own files.

use super::{Tx, on};

const DAY: i64 = 86_400;

const DELETE_LINKS: &str = "DELETE FROM email_links WHERE expires_at <= $1";

/// Links in mails, a week after their end: until then their page can say that they were used or are too old.
pub async fn delete_links(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_LINKS).bind(now - 7 * DAY).execute(conn).await.map(|_| ()))
}

const DELETE_TICKETS: &str = "DELETE FROM tickets WHERE expires_at <= $1";

/// Tickets of invitations, a week after their end, for the same reason.
pub async fn delete_tickets(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_TICKETS).bind(now - 7 * DAY).execute(conn).await.map(|_| ()))
}

const DELETE_ANSWERS: &str = "DELETE FROM idempotency WHERE created_at <= $1";

/// Answers kept for repeated requests, after a day.
pub async fn delete_answers(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_ANSWERS).bind(now - DAY).execute(conn).await.map(|_| ()))
}

const DELETE_UNDOS: &str = "DELETE FROM undos WHERE expires_at <= $1";

/// Undos that are over.
pub async fn delete_undos(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_UNDOS).bind(now).execute(conn).await.map(|_| ()))
}

const DELETE_NOTES: &str = "DELETE FROM notes WHERE expires_at <= $1";

/// Notes whose time is over: thirty days after they were deleted or their athlete left.
pub async fn delete_notes(tx: &mut Tx, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_NOTES).bind(now).execute(conn).await.map(|_| ()))
}
