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

const COUNT_ATHLETES: &str = "SELECT CAST(COALESCE(SUM(active + inactive + suspended), 0) AS BIGINT) FROM roster_counts WHERE org_id = $1";

/// How many athletes an organization has, whatever their status.
pub async fn count_athletes(tx: &mut Tx, org: OrgId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_ATHLETES).bind(org).fetch_one(conn).await)?;
    Ok(count)
}

/// What a change of a membership writes.
#[derive(Debug)]
pub struct Values<'a> {
    pub display_name: &'a str,
    pub name_folded: &'a str,
    pub search_folded: &'a str,
    pub member_level: &'a str,
    pub status: MemberStatus,
    pub assigned_coach_id: Option<UserId>,
}

const UPDATE: &str = "UPDATE memberships SET display_name = $4, name_folded = $5, search_folded = $6, member_level = $7, \
     status = $8, assigned_coach_id = $9, version = version + 1 \
     WHERE org_id = $1 AND user_id = $2 AND version = $3 RETURNING version";

/// Writes a membership that still has this version; returns the new one, nothing when it has changed.
pub async fn update(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    version: i64,
    values: &Values<'_>,
) -> sqlx::Result<Option<i64>> {
    let found: Option<(i64,)> = on!(tx, |conn| sqlx::query_as(UPDATE)
        .bind(org)
        .bind(user)
        .bind(version)
        .bind(values.display_name)
        .bind(values.name_folded)
        .bind(values.search_folded)
        .bind(values.member_level)
        .bind(values.status)
        .bind(values.assigned_coach_id)
        .fetch_optional(conn)
        .await)?;
    Ok(found.map(|(version,)| version))
}

/// A whole membership, as an undo keeps it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct Whole {
    pub org_id: OrgId,
    pub user_id: UserId,
    pub role: Role,
    pub display_name: String,
    pub name_folded: String,
    pub search_folded: String,
    pub member_level: String,
    pub status: MemberStatus,
    pub assigned_coach_id: Option<UserId>,
    pub joined_at: i64,
    pub visible_from: Option<i64>,
    pub version: i64,
}

const NAME: &str = "SELECT display_name FROM memberships WHERE org_id = $1 AND user_id = $2";

/// What somebody is called in the organization, while they are in it.
pub async fn name(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(NAME).bind(org).bind(user).fetch_optional(conn).await)?;
    Ok(found.map(|(name,)| name))
}

const WHOLE: &str = "SELECT org_id, user_id, role, display_name, name_folded, search_folded, member_level, status, \
     assigned_coach_id, joined_at, visible_from, version FROM memberships WHERE org_id = $1 AND user_id = $2";

/// The whole membership.
pub async fn whole(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Option<Whole>> {
    on!(tx, |conn| sqlx::query_as(WHOLE).bind(org).bind(user).fetch_optional(conn).await)
}

const RESTORE: &str = "INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, \
     status, assigned_coach_id, joined_at, visible_from, version) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING user_id";

/// Puts a membership back as it was; `false` when the person has joined an organization meanwhile.
pub async fn restore(tx: &mut Tx, m: &Whole) -> sqlx::Result<bool> {
    let id: Option<(UserId,)> = on!(tx, |conn| sqlx::query_as(RESTORE)
        .bind(m.org_id)
        .bind(m.user_id)
        .bind(m.role)
        .bind(&m.display_name)
        .bind(&m.name_folded)
        .bind(&m.search_folded)
        .bind(&m.member_level)
        .bind(m.status)
        .bind(m.assigned_coach_id)
        .bind(m.joined_at)
        .bind(m.visible_from)
        .bind(m.version + 1)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const DELETE: &str = "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2";

/// Ends a membership; its labels go with it.
pub async fn delete(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(org).bind(user).execute(conn).await.map(|_| ()))
}

/// A coach of an organization.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CoachRow {
    pub user_id: UserId,
    pub role: Role,
    pub status: MemberStatus,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub joined_at: i64,
    pub athletes: i64,
}

const COACHES: &str = "SELECT m.user_id, m.role, m.status, u.email, u.first_name, u.last_name, m.display_name, m.joined_at, \
     (SELECT COUNT(*) FROM memberships a WHERE a.assigned_coach_id = m.user_id AND a.org_id = m.org_id) AS athletes \
     FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.org_id = $1 AND m.role IN ('head_coach', 'coach') ORDER BY m.role DESC, m.name_folded, m.user_id";

/// The coaches of an organization, the head coach first.
pub async fn coaches(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<CoachRow>> {
    on!(tx, |conn| sqlx::query_as(COACHES).bind(org).fetch_all(conn).await)
}

const REASSIGN: &str = "UPDATE memberships SET assigned_coach_id = $3, version = version + 1 \
     WHERE org_id = $1 AND assigned_coach_id = $2 RETURNING user_id";

/// Gives a coach's athletes to another one or to none; returns who they are.
pub async fn reassign(
    tx: &mut Tx,
    org: OrgId,
    from: UserId,
    to: Option<UserId>,
) -> sqlx::Result<Vec<(UserId,)>> {
    on!(tx, |conn| sqlx::query_as(REASSIGN).bind(org).bind(from).bind(to).fetch_all(conn).await)
}

const SET_ROLE: &str =
    "UPDATE memberships SET role = $3, version = version + 1 WHERE org_id = $1 AND user_id = $2";

/// Changes what a member is.
pub async fn set_role(tx: &mut Tx, org: OrgId, user: UserId, role: Role) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_ROLE).bind(org).bind(user).bind(role).execute(conn).await.map(|_| ()))
}

const BUMP: &str = "UPDATE memberships SET version = version + 1 WHERE org_id = $1 AND user_id = $2";

/// Marks that something that belongs to the member (labels, notes) has changed.
pub async fn bump(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(BUMP).bind(org).bind(user).execute(conn).await.map(|_| ()))
}

const RENAME: &str = "UPDATE memberships SET display_name = $2, name_folded = $3, search_folded = $4, version = version + 1 \
     WHERE user_id = $1";

/// Replaces the name that a person goes by in their organization, if they are in one.
pub async fn rename(
    tx: &mut Tx,
    user: UserId,
    name: &str,
    name_folded: &str,
    search: &str,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(RENAME)
        .bind(user)
        .bind(name)
        .bind(name_folded)
        .bind(search)
        .execute(conn)
        .await
        .map(|_| ()))
}

const SET_VISIBLE_FROM: &str =
    "UPDATE memberships SET visible_from = $3, version = version + 1 WHERE org_id = $1 AND user_id = $2";

/// From which start on (Unix seconds) coaches see a member's activities: the member has agreed.
pub async fn set_visible_from(tx: &mut Tx, org: OrgId, user: UserId, from: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_VISIBLE_FROM)
        .bind(org)
        .bind(user)
        .bind(from)
        .execute(conn)
        .await
        .map(|_| ()))
}

const HAS_ADDRESS: &str = "SELECT COUNT(*) FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1 AND u.email_folded = $2";

/// Whether somebody with this folded address is in this organization. One statement, whether or not there is an
/// account elsewhere.
pub async fn has_address(tx: &mut Tx, org: OrgId, email_folded: &str) -> sqlx::Result<bool> {
    let (count,): (i64,) =
        on!(tx, |conn| sqlx::query_as(HAS_ADDRESS).bind(org).bind(email_folded).fetch_one(conn).await)?;
    Ok(count > 0)
}
