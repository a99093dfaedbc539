//! Labels of members. For coaches only.

use super::{Tx, on};
use crate::domain::ids::{OrgId, UserId};

const INSERT: &str = "INSERT INTO member_labels (org_id, user_id, label, label_folded) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING RETURNING label_folded";

/// Adds a label; `false` when the member has it.
pub async fn insert(tx: &mut Tx, org: OrgId, user: UserId, label: &str, folded: &str) -> sqlx::Result<bool> {
    let found: Option<(String,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(org)
        .bind(user)
        .bind(label)
        .bind(folded)
        .fetch_optional(conn)
        .await)?;
    Ok(found.is_some())
}

const DELETE: &str = "DELETE FROM member_labels WHERE org_id = $1 AND user_id = $2 AND label_folded = $3";

/// Takes a label off; `false` when the member does not have it.
pub async fn delete(tx: &mut Tx, org: OrgId, user: UserId, folded: &str) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(DELETE)
        .bind(org)
        .bind(user)
        .bind(folded)
        .execute(conn)
        .await
        .map(|r| r.rows_affected() > 0))
}
