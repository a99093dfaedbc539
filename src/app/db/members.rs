//! Memberships: who belongs to an organization, as what, and what coaches may see.

use super::{Tx, on};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::{MemberStatus, Role};

/// What access decisions about a person need.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Standing {
    pub org_id: OrgId,
    pub user_id: UserId,
    pub role: Role,
    pub status: MemberStatus,
    /// From when on coaches see the person's activities (Unix seconds of their start); `None` until the
    /// person has agreed.
    pub visible_from: Option<i64>,
}

const STANDING: &str =
    "SELECT org_id, user_id, role, status, visible_from FROM memberships WHERE org_id = $1 AND user_id = $2";

/// Where this person stands in this organization.
pub async fn standing(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Option<Standing>> {
    on!(tx, |conn| sqlx::query_as(STANDING).bind(org).bind(user).fetch_optional(conn).await)
}

/// A membership to insert.
#[derive(Debug)]
pub struct NewMember<'a> {
    pub org_id: OrgId,
    pub user_id: UserId,
    pub role: Role,
    pub display_name: &'a str,
    pub name_folded: &'a str,
    pub search_folded: &'a str,
    pub visible_from: Option<i64>,
    pub now: i64,
}

const INSERT: &str = "INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, status, \
     joined_at, visible_from, version) VALUES ($1, $2, $3, $4, $5, $6, '', 'active', $7, $8, 1) \
     ON CONFLICT DO NOTHING RETURNING user_id";

/// Inserts a membership; `false` when the person is in an organization already, or when a head coach is
/// to be inserted and the organization has one.
pub async fn insert(tx: &mut Tx, new: &NewMember<'_>) -> sqlx::Result<bool> {
    let id: Option<(UserId,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(new.org_id)
        .bind(new.user_id)
        .bind(new.role)
        .bind(new.display_name)
        .bind(new.name_folded)
        .bind(new.search_folded)
        .bind(new.now)
        .bind(new.visible_from)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const COUNT_ATHLETES: &str = "SELECT COUNT(*) FROM memberships WHERE org_id = $1 AND role = 'athlete'";

/// How many athletes an organization has, whatever their status.
pub async fn count_athletes(tx: &mut Tx, org: OrgId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_ATHLETES).bind(org).fetch_one(conn).await)?;
    Ok(count)
}
