//! Weekly reports that were kept.

use sqlx::QueryBuilder;

use super::{Tx, on};
use crate::domain::ids::{GroupId, OrgId, ReportId, UserId};

/// A kept report. `payload` is JSON: the figures as they stood when it was kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Report {
    pub id: ReportId,
    pub org_id: OrgId,
    /// None once the group was deleted.
    pub group_id: Option<GroupId>,
    pub group_name: String,
    /// The athlete whom it is about; none for one about the whole group.
    pub user_id: Option<UserId>,
    /// The first day of the week, as days since 1970-01-01.
    pub week: i64,
    /// IANA name.
    pub timezone: String,
    /// What the coach wrote on it.
    pub note: String,
    pub payload: String,
    pub created_by: UserId,
    pub created_at: i64,
}

const INSERT: &str = "INSERT INTO group_reports (id, org_id, group_id, group_name, user_id, week, timezone, note, payload, created_by, \
     created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Keeps a report.
pub async fn insert(tx: &mut Tx, r: &Report) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(r.id)
        .bind(r.org_id)
        .bind(r.group_id)
        .bind(&r.group_name)
        .bind(r.user_id)
        .bind(r.week)
        .bind(&r.timezone)
        .bind(&r.note)
        .bind(&r.payload)
        .bind(r.created_by)
        .bind(r.created_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FIND: &str = "SELECT id, org_id, group_id, group_name, user_id, week, timezone, note, payload, created_by, created_at \
     FROM group_reports WHERE org_id = $1 AND id = $2";

/// A kept report of the organization.
pub async fn find(tx: &mut Tx, org: OrgId, id: ReportId) -> sqlx::Result<Option<Report>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(org).bind(id).fetch_optional(conn).await)
}

const DELETE: &str = "DELETE FROM group_reports WHERE org_id = $1 AND id = $2";

/// Deletes a kept report of the organization.
pub async fn delete(tx: &mut Tx, org: OrgId, id: ReportId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(org).bind(id).execute(conn).await.map(|_| ()))
}

/// A kept report without its figures.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Listed {
    pub id: ReportId,
    pub group_id: Option<GroupId>,
    pub group_name: String,
    pub user_id: Option<UserId>,
    pub week: i64,
    pub timezone: String,
    pub created_by: UserId,
    /// Display name of who kept it, empty where they left.
    pub created_by_name: String,
    pub created_at: i64,
    /// How the coach's notes begin.
    pub note: String,
}

/// What a list reads, and from where.
const LISTED: &str = "r.id, r.group_id, r.group_name, r.user_id, r.week, r.timezone, r.created_by, \
     COALESCE(m.display_name, '') AS created_by_name, r.created_at, substr(r.note, 1, 120) AS note \
     FROM group_reports r LEFT JOIN memberships m ON m.user_id = r.created_by AND m.org_id = r.org_id";

/// The kept reports of a group, or of the whole organization, newest first.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    group: Option<GroupId>,
    before: Option<ReportId>,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query.push(LISTED).push(" WHERE r.org_id = ").push_bind(org);
            // Only where it is asked for: with "or any group" in it, the index of a group's reports is not taken.
            if let Some(group) = group {
                query.push(" AND r.group_id = ").push_bind(group);
            }
            if let Some(before) = before {
                query.push(" AND r.id < ").push_bind(before);
            }
            query.push(" ORDER BY r.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// The kept reports in which a person stands, of groups that they are or were in and of groups that are gone (with
/// which went who was in them): for erasing them.
pub async fn naming(tx: &mut Tx, user: UserId, groups: &[GroupId]) -> sqlx::Result<Vec<Report>> {
    // An id has letters, digits and one underscore, which stands for any letter here: too much is harmless.
    let pattern = format!("%{user}%");
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new(
                "SELECT id, org_id, group_id, group_name, user_id, week, timezone, note, payload, created_by, created_at \
                 FROM group_reports WHERE (group_id IS NULL",
            );
            if !groups.is_empty() {
                query.push(" OR group_id IN (");
                let mut list = query.separated(", ");
                for group in groups {
                    list.push_bind(*group);
                }
                query.push(")");
            }
            query.push(") AND payload LIKE ").push_bind(pattern.clone()).push(" ORDER BY id");
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

const SET_PAYLOAD: &str = "UPDATE group_reports SET payload = $2, note = $3 WHERE id = $1";

/// Replaces what a report holds, and its note, where a person was blanked in it.
pub async fn set_payload(tx: &mut Tx, id: ReportId, payload: &str, note: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_PAYLOAD).bind(id).bind(payload).bind(note).execute(conn).await.map(|_| ()))
}
