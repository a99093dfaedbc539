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

/// An entry of a group's log, with names.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamedEntry {
    #[sqlx(flatten)]
    pub entry: Entry,
    /// Display name of who did it; their account's name where they left.
    pub actor_name: String,
    /// Display name of the person it was done to, if it was one.
    pub subject_name: Option<String>,
    /// Whether that person is in the organization.
    pub is_subject_here: bool,
}

const GROUP_PAGE: &str = "SELECT e.id, e.org_id, e.at, e.actor_id, e.action, e.subject_id, e.group_id, e.details, \
     COALESCE(a.display_name, au.first_name || ' ' || au.last_name) AS actor_name, \
     COALESCE(s.display_name, su.first_name || ' ' || su.last_name) AS subject_name, \
     s.user_id IS NOT NULL AS is_subject_here \
     FROM audit e JOIN users au ON au.id = e.actor_id \
     LEFT JOIN memberships a ON a.user_id = e.actor_id AND a.org_id = e.org_id \
     LEFT JOIN users su ON su.id = e.subject_id \
     LEFT JOIN memberships s ON s.user_id = e.subject_id AND s.org_id = e.org_id \
     WHERE e.org_id = $1 AND e.group_id = $2 AND (CAST($3 AS TEXT) IS NULL OR e.id < $3) ORDER BY e.id DESC LIMIT $4";

/// Entries about a group, newest first, from the one before `before` on.
pub async fn group_page(
    tx: &mut Tx,
    org: OrgId,
    group: GroupId,
    before: Option<AuditId>,
    limit: i64,
) -> sqlx::Result<Vec<NamedEntry>> {
    on!(tx, |conn| sqlx::query_as(GROUP_PAGE)
        .bind(org)
        .bind(group)
        .bind(before)
        .bind(limit)
        .fetch_all(conn)
        .await)
}
