//! What can still be taken back.

use super::{Tx, on};
use crate::domain::ids::{OrgId, UndoId, UserId};

/// An act that can be taken back. `payload` is JSON, read by the kind of act.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Undo {
    pub id: UndoId,
    /// Who did it, and alone may take it back.
    pub user_id: UserId,
    pub org_id: Option<OrgId>,
    pub kind: String,
    pub payload: String,
    pub created_at: i64,
    pub expires_at: i64,
}

const INSERT: &str = "INSERT INTO undos (id, user_id, org_id, kind, payload, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Keeps what an act changed.
pub async fn insert(tx: &mut Tx, undo: &Undo) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(undo.id)
        .bind(undo.user_id)
        .bind(undo.org_id)
        .bind(&undo.kind)
        .bind(&undo.payload)
        .bind(undo.created_at)
        .bind(undo.expires_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const TAKE: &str = "UPDATE undos SET used_at = $3 WHERE id = $1 AND user_id = $2 AND used_at IS NULL AND expires_at > $3 \
     RETURNING id, user_id, org_id, kind, payload, created_at, expires_at";

/// Takes an undo, once, while its time lasts.
pub async fn take(tx: &mut Tx, id: UndoId, user: UserId, now: i64) -> sqlx::Result<Option<Undo>> {
    on!(tx, |conn| sqlx::query_as(TAKE).bind(id).bind(user).bind(now).fetch_optional(conn).await)
}
