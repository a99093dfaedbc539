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
     WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
     AND (CAST($4 AS TEXT) IS NULL OR kind IN ($4, $5, $6, $7)) AND ($8 = 0 OR read_at IS NULL) \
     ORDER BY id DESC LIMIT $3";

/// A person's notifications, newest first, from the one before `before` on: of these kinds where any is named (up
/// to four), and those alone that were not read where that is asked for.
pub async fn page(
    tx: &mut Tx,
    user: UserId,
    before: Option<NotificationId>,
    limit: i64,
    kinds: &[&str],
    is_unread_only: bool,
) -> sqlx::Result<Vec<Notification>> {
    let kind = |place: usize| kinds.get(place).copied();
    on!(tx, |conn| sqlx::query_as(PAGE)
        .bind(user)
        .bind(before)
        .bind(limit)
        .bind(kind(0))
        .bind(kind(1))
        .bind(kind(2))
        .bind(kind(3))
        .bind(i64::from(is_unread_only))
        .fetch_all(conn)
        .await)
}

const SET_READ: &str =
    "UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND id <= $2 AND read_at IS NULL";

/// Marks everything up to this one as read.
pub async fn set_read(tx: &mut Tx, user: UserId, up_to: NotificationId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_READ).bind(user).bind(up_to).bind(now).execute(conn).await.map(|_| ()))
}

const SET_ONE_READ: &str =
    "UPDATE notifications SET read_at = COALESCE(read_at, $3) WHERE user_id = $1 AND id = $2 RETURNING id";

/// Marks one of a person's own as read; `false` where it is none of theirs.
pub async fn set_one_read(tx: &mut Tx, user: UserId, id: NotificationId, now: i64) -> sqlx::Result<bool> {
    let found: Option<(NotificationId,)> = on!(tx, |conn| sqlx::query_as(SET_ONE_READ)
        .bind(user)
        .bind(id)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(found.is_some())
}

const DELETE_NEWEST: &str = "DELETE FROM notifications WHERE user_id = $1 AND kind = $2 AND created_at >= $3";

/// Takes back what a person was told since an instant, when what it told of was taken back.
pub async fn delete_since(tx: &mut Tx, user: UserId, kind: &str, since: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_NEWEST)
        .bind(user)
        .bind(kind)
        .bind(since)
        .execute(conn)
        .await
        .map(|_| ()))
}
