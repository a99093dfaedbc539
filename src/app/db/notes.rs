//! Dated, signed notes of coaches about athletes. For coaches only.

use super::{Tx, on};
use crate::domain::ids::{NoteId, OrgId, UserId};

/// A note.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Note {
    pub id: NoteId,
    pub user_id: UserId,
    pub author_id: UserId,
    /// The author's name in the organization, or that of the account once they have left.
    pub author_name: String,
    pub body: String,
    pub created_at: i64,
}

const PAGE: &str = "SELECT n.id, n.user_id, n.author_id, COALESCE(m.display_name, u.first_name || ' ' || u.last_name) \
     AS author_name, n.body, n.created_at FROM notes n JOIN users u ON u.id = n.author_id \
     LEFT JOIN memberships m ON m.org_id = n.org_id AND m.user_id = n.author_id \
     WHERE n.org_id = $1 AND n.user_id = $2 AND n.deleted_at IS NULL ORDER BY n.created_at DESC, n.id DESC \
     LIMIT $3 OFFSET $4";

/// Notes about an athlete, newest first.
pub async fn page(tx: &mut Tx, org: OrgId, user: UserId, limit: i64, offset: i64) -> sqlx::Result<Vec<Note>> {
    on!(tx, |conn| sqlx::query_as(PAGE).bind(org).bind(user).bind(limit).bind(offset).fetch_all(conn).await)
}

/// The newest notes of several athletes.
pub async fn newest(tx: &mut Tx, org: OrgId, users: &[UserId]) -> sqlx::Result<Vec<(UserId, String)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = sqlx::QueryBuilder::new(
                "SELECT n.user_id, n.body FROM memberships m JOIN notes n ON n.id = (SELECT x.id FROM notes x \
                 WHERE x.org_id = m.org_id AND x.user_id = m.user_id AND x.deleted_at IS NULL \
                 ORDER BY x.created_at DESC, x.id DESC LIMIT 1) WHERE m.org_id = ",
            );
            query.push_bind(org).push(" AND m.user_id IN (");
            let mut list = query.separated(", ");
            for user in users {
                list.push_bind(*user);
            }
            query.push(")");
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

const INSERT: &str =
    "INSERT INTO notes (id, org_id, user_id, author_id, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)";

/// Adds a note.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: NoteId,
    user: UserId,
    author: UserId,
    body: &str,
    now: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(id)
        .bind(org)
        .bind(user)
        .bind(author)
        .bind(body)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}

const AUTHOR: &str =
    "SELECT author_id FROM notes WHERE id = $1 AND org_id = $2 AND user_id = $3 AND deleted_at IS NULL";

/// Who wrote this note about this athlete.
pub async fn author(tx: &mut Tx, org: OrgId, user: UserId, id: NoteId) -> sqlx::Result<Option<UserId>> {
    let found: Option<(UserId,)> =
        on!(tx, |conn| sqlx::query_as(AUTHOR).bind(id).bind(org).bind(user).fetch_optional(conn).await)?;
    Ok(found.map(|(author,)| author))
}

const DELETE: &str = "UPDATE notes SET deleted_at = $3, expires_at = $4 WHERE id = $1 AND org_id = $2";

/// Deletes a note, or brings it back (`None`).
pub async fn set_deleted(
    tx: &mut Tx,
    org: OrgId,
    id: NoteId,
    deleted_at: Option<i64>,
    expires_at: Option<i64>,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE)
        .bind(id)
        .bind(org)
        .bind(deleted_at)
        .bind(expires_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const SET_EXPIRY: &str =
    "UPDATE notes SET expires_at = $3 WHERE org_id = $1 AND user_id = $2 AND deleted_at IS NULL";

/// When the notes about a person go for good: set when they leave, taken back when they return.
pub async fn set_expiry(tx: &mut Tx, org: OrgId, user: UserId, at: Option<i64>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_EXPIRY).bind(org).bind(user).bind(at).execute(conn).await.map(|_| ()))
}
