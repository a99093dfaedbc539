//! The audit trail: append only.

use super::{Tx, on};
use crate::domain::ids::{AuditId, GroupId, OrgId, UserId};

/// One entry. `details` is JSON.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    pub id: AuditId,
    pub org_id: OrgId,
    pub at: i64,
    pub actor_id: UserId,
    pub action: String,
    pub subject_id: String,
    pub group_id: Option<GroupId>,
    pub details: String,
}

const INSERT: &str = "INSERT INTO audit (id, org_id, at, actor_id, action, subject_id, group_id, details) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Appends an entry, in the transaction of the act itself.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(entry.id)
        .bind(entry.org_id)
        .bind(entry.at)
        .bind(entry.actor_id)
        .bind(&entry.action)
        .bind(&entry.subject_id)
        .bind(entry.group_id)
        .bind(&entry.details)
        .execute(conn)
        .await
        .map(|_| ()))
}

const PAGE: &str = "SELECT id, org_id, at, actor_id, action, subject_id, group_id, details FROM audit \
     WHERE org_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";

/// Entries of an organization, newest first, from the one before `before` on.
pub async fn page(tx: &mut Tx, org: OrgId, before: Option<AuditId>, limit: i64) -> sqlx::Result<Vec<Entry>> {
    on!(tx, |conn| sqlx::query_as(PAGE).bind(org).bind(before).bind(limit).fetch_all(conn).await)
}
