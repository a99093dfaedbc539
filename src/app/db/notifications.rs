//! What the product tells people inside itself.

use super::{Tx, on};
use crate::domain::ids::{NotificationId, OrgId, UserId};

/// One notification. `payload` is JSON that goes with the kind.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub org_id: Option<OrgId>,
    pub kind: String,
    pub payload: String,
    pub created_at: i64,
    pub read_at: Option<i64>,
}

const INSERT: &str = "INSERT INTO notifications (id, user_id, org_id, kind, payload, created_at, read_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Keeps a notification, in the transaction of the act that it tells of.
pub async fn insert(tx: &mut Tx, new: &Notification) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(new.id)
        .bind(new.user_id)
        .bind(new.org_id)
        .bind(&new.kind)
        .bind(&new.payload)
        .bind(new.created_at)
        .bind(new.read_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const PAGE: &str = "SELECT id, user_id, org_id, kind, payload, created_at, read_at FROM notifications \
     WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";

/// A person's notifications, newest first, from the one before `before` on.
pub async fn page(
    tx: &mut Tx,
    user: UserId,
    before: Option<NotificationId>,
    limit: i64,
) -> sqlx::Result<Vec<Notification>> {
    on!(tx, |conn| sqlx::query_as(PAGE).bind(user).bind(before).bind(limit).fetch_all(conn).await)
}

const COUNT_UNREAD: &str = "SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL";

/// How many notifications a person has not read.
pub async fn count_unread(tx: &mut Tx, user: UserId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_UNREAD).bind(user).fetch_one(conn).await)?;
    Ok(count)
}

const SET_READ: &str =
    "UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND id <= $2 AND read_at IS NULL";

/// Marks everything up to this one as read.
pub async fn set_read(tx: &mut Tx, user: UserId, up_to: NotificationId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_READ).bind(user).bind(up_to).bind(now).execute(conn).await.map(|_| ()))
}
