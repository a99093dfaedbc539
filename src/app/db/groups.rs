//! Groups, who is in them, and who was.

use sqlx::QueryBuilder;

use super::{Tx, on};
use crate::domain::group::Privacy;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::person::MemberStatus;

/// A group. `version` rises with every change of it or of its members: the ETag.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Group {
    pub id: GroupId,
    pub org_id: OrgId,
    pub owner_id: UserId,
    pub name: String,
    pub name_folded: String,
    pub description: String,
    pub privacy: Privacy,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

/// A group with what deciding about a viewer needs.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GroupRow {
    #[sqlx(flatten)]
    pub group: Group,
    /// Whether the viewer is in it.
    pub is_member: bool,
}

const FIND: &str = "SELECT g.id, g.org_id, g.owner_id, g.name, g.name_folded, g.description, g.privacy, g.created_at, g.updated_at, \
     g.version, EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_id = g.id AND gm.user_id = $2) AS is_member \
     FROM groups g WHERE g.id = $1";

/// A group of any organization: only for `access`, which decides whether the viewer may know of it.
pub async fn find(tx: &mut Tx, id: GroupId, viewer: UserId) -> sqlx::Result<Option<GroupRow>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(id).bind(viewer).fetch_optional(conn).await)
}

const COUNT_MEMBERS: &str = "SELECT COUNT(*) FROM group_members WHERE group_id = $1";

/// How many athletes are in a group that the caller has a proof of.
pub async fn count_members(tx: &mut Tx, id: GroupId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_MEMBERS).bind(id).fetch_one(conn).await)?;
    Ok(count)
}

const JOINED_AT: &str = "SELECT joined_at FROM group_members WHERE group_id = $1 AND user_id = $2";

/// Since when somebody is in a group, if they are.
pub async fn joined_at(tx: &mut Tx, id: GroupId, user: UserId) -> sqlx::Result<Option<i64>> {
    let found: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as(JOINED_AT).bind(id).bind(user).fetch_optional(conn).await)?;
    Ok(found.map(|(at,)| at))
}

const FIND_NAME: &str = "SELECT name FROM groups WHERE org_id = $1 AND id = $2";

/// The name of an organization's group.
pub async fn name(tx: &mut Tx, org: OrgId, id: GroupId) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(FIND_NAME).bind(org).bind(id).fetch_optional(conn).await)?;
    Ok(found.map(|(name,)| name))
}

const FIND_BY_NAME: &str = "SELECT id FROM groups WHERE org_id = $1 AND name_folded = $2";

/// The organization's group of this name, folded.
pub async fn by_name(tx: &mut Tx, org: OrgId, name_folded: &str) -> sqlx::Result<Option<GroupId>> {
    let found: Option<(GroupId,)> =
        on!(tx, |conn| sqlx::query_as(FIND_BY_NAME).bind(org).bind(name_folded).fetch_optional(conn).await)?;
    Ok(found.map(|(id,)| id))
}

const INSERT: &str = "INSERT INTO groups (id, org_id, owner_id, name, name_folded, description, privacy, created_at, updated_at, \
     version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id";

/// Inserts a group; `false` when the organization has one of this name.
pub async fn insert(tx: &mut Tx, g: &Group) -> sqlx::Result<bool> {
    let id: Option<(GroupId,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(g.id)
        .bind(g.org_id)
        .bind(g.owner_id)
        .bind(&g.name)
        .bind(&g.name_folded)
        .bind(&g.description)
        .bind(g.privacy)
        .bind(g.created_at)
        .bind(g.updated_at)
        .bind(g.version)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const UPDATE: &str = "UPDATE groups SET name = $3, name_folded = $4, description = $5, privacy = $6, updated_at = $7, \
     version = version + 1 WHERE org_id = $1 AND id = $2";

/// Saves what a group says of itself. The caller has seen that the name is free, and holds the organization.
pub async fn update(tx: &mut Tx, g: &Group) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(UPDATE)
        .bind(g.org_id)
        .bind(g.id)
        .bind(&g.name)
        .bind(&g.name_folded)
        .bind(&g.description)
        .bind(g.privacy)
        .bind(g.updated_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const DELETE: &str = "DELETE FROM groups WHERE org_id = $1 AND id = $2";

/// Deletes a group with its memberships and requests.
pub async fn delete(tx: &mut Tx, org: OrgId, id: GroupId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(org).bind(id).execute(conn).await.map(|_| ()))
}

const ADD_MEMBER: &str = "INSERT INTO group_members (group_id, user_id, joined_at) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING RETURNING user_id";
// Somebody who is put back with the old date never left.
const FORGET_DEPARTURE: &str =
    "DELETE FROM group_departures WHERE group_id = $1 AND user_id = $2 AND joined_at = $3";
const TOUCH: &str = "UPDATE groups SET version = version + 1, updated_at = $2 WHERE id = $1";

/// Puts an athlete into a group, since `joined_at`; `false` when they are in it. The caller has checked that
/// both are of one organization.
pub async fn add_member(
    tx: &mut Tx,
    group: GroupId,
    user: UserId,
    joined_at: i64,
    now: i64,
) -> sqlx::Result<bool> {
    let found: Option<(UserId,)> = on!(tx, |conn| sqlx::query_as(ADD_MEMBER)
        .bind(group)
        .bind(user)
        .bind(joined_at)
        .fetch_optional(conn)
        .await)?;
    if found.is_none() {
        return Ok(false);
    }
    if joined_at < now {
        on!(tx, |conn| sqlx::query(FORGET_DEPARTURE)
            .bind(group)
            .bind(user)
            .bind(joined_at)
            .execute(conn)
            .await
            .map(|_| ()))?;
    }
    touch(tx, group, now).await?;
    Ok(true)
}

async fn touch(tx: &mut Tx, group: GroupId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(TOUCH).bind(group).bind(now).execute(conn).await.map(|_| ()))
}

const REMOVE_MEMBER: &str =
    "DELETE FROM group_members WHERE group_id = $1 AND user_id = $2 RETURNING joined_at";
const INSERT_DEPARTURE: &str = "INSERT INTO group_departures (group_id, user_id, joined_at, left_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (group_id, user_id, joined_at) DO UPDATE SET left_at = excluded.left_at";

/// Takes an athlete out of a group; `false` when they were not in it. Figures of the time until now keep them.
pub async fn remove_member(tx: &mut Tx, group: GroupId, user: UserId, now: i64) -> sqlx::Result<bool> {
    let found: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as(REMOVE_MEMBER).bind(group).bind(user).fetch_optional(conn).await)?;
    let Some((joined_at,)) = found else { return Ok(false) };
    on!(tx, |conn| sqlx::query(INSERT_DEPARTURE)
        .bind(group)
        .bind(user)
        .bind(joined_at)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))?;
    touch(tx, group, now).await?;
    Ok(true)
}

const MEMBERSHIPS: &str = "SELECT gm.group_id, gm.joined_at FROM group_members gm JOIN groups g ON g.id = gm.group_id \
     WHERE g.org_id = $1 AND gm.user_id = $2 ORDER BY gm.group_id";

/// The organization's groups that a person is in, and since when.
pub async fn of_member(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Vec<(GroupId, i64)>> {
    on!(tx, |conn| sqlx::query_as(MEMBERSHIPS).bind(org).bind(user).fetch_all(conn).await)
}

const SET_OWNER: &str =
    "UPDATE groups SET owner_id = $3, version = version + 1 WHERE org_id = $1 AND owner_id = $2";

/// Hands the groups that one coach owns to another.
pub async fn set_owner(tx: &mut Tx, org: OrgId, from: UserId, to: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_OWNER).bind(org).bind(from).bind(to).execute(conn).await.map(|_| ()))
}

const MEMBER_IDS: &str = "SELECT user_id FROM group_members WHERE group_id = $1 ORDER BY joined_at, user_id";

/// Who is in a group, in the order of joining.
pub async fn member_ids(tx: &mut Tx, group: GroupId) -> sqlx::Result<Vec<UserId>> {
    let rows: Vec<(UserId,)> = on!(tx, |conn| sqlx::query_as(MEMBER_IDS).bind(group).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

/// A member of a group, as the list of members shows them.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberRow {
    pub user_id: UserId,
    pub display_name: String,
    pub name_folded: String,
    pub member_level: String,
    pub status: MemberStatus,
    pub joined_at: i64,
    /// Whether coaches may see their activities.
    pub is_visible: bool,
}

const MEMBERS: &str = "SELECT gm.user_id, m.display_name, m.name_folded, m.member_level, m.status, gm.joined_at, \
     (m.visible_from IS NOT NULL) AS is_visible \
     FROM group_members gm JOIN groups g ON g.id = gm.group_id \
     JOIN memberships m ON m.org_id = g.org_id AND m.user_id = gm.user_id \
     WHERE g.org_id = $1 AND gm.group_id = $2 ORDER BY m.name_folded, gm.user_id";

/// The members of a group by name.
pub async fn members(tx: &mut Tx, org: OrgId, group: GroupId) -> sqlx::Result<Vec<MemberRow>> {
    on!(tx, |conn| sqlx::query_as(MEMBERS).bind(org).bind(group).fetch_all(conn).await)
}

const ATHLETES: &str = "SELECT user_id, display_name FROM memberships WHERE org_id = $1 AND role = 'athlete'";

/// The athletes of an organization, whatever their status.
pub async fn athletes(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<(UserId, String)>> {
    on!(tx, |conn| sqlx::query_as(ATHLETES).bind(org).fetch_all(conn).await)
}

const COUNTS: &str = "SELECT COUNT(*), COUNT(*) - COUNT(CASE WHEN EXISTS (SELECT 1 FROM group_members gm \
     WHERE gm.user_id = m.user_id) THEN 1 END) \
     FROM memberships m WHERE m.org_id = $1 AND m.role = 'athlete' AND m.status = 'active'";

/// How many active athletes the organization has, and how many of these are in no group.
pub async fn counts(tx: &mut Tx, org: OrgId) -> sqlx::Result<(i64, i64)> {
    on!(tx, |conn| sqlx::query_as(COUNTS).bind(org).fetch_one(conn).await)
}

/// Which groups of an organization a list takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    OwnedBy(UserId),
    WithMember(UserId),
}

/// A group with the number of its members.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ListedGroup {
    #[sqlx(flatten)]
    pub group: Group,
    pub member_count: i64,
}

/// Groups of an organization by name, after the one of this folded name.
pub async fn page(
    tx: &mut Tx,
    org: OrgId,
    which: Which,
    after: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<ListedGroup>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new(
                "SELECT g.id, g.org_id, g.owner_id, g.name, g.name_folded, g.description, g.privacy, g.created_at, \
                 g.updated_at, g.version, (SELECT COUNT(*) FROM group_members gm WHERE gm.group_id = g.id) AS member_count \
                 FROM groups g WHERE g.org_id = ",
            );
            query.push_bind(org);
            match which {
                Which::All => {}
                Which::OwnedBy(user) => {
                    query.push(" AND g.owner_id = ").push_bind(user);
                }
                Which::WithMember(user) => {
                    query
                        .push(" AND g.id IN (SELECT o.group_id FROM group_members o WHERE o.user_id = ")
                        .push_bind(user)
                        .push(")");
                }
            }
            if let Some(name) = after {
                query.push(" AND g.name_folded > ").push_bind(name.to_owned());
            }
            query.push(" ORDER BY g.name_folded LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// Who is in these groups of an organization, in the order of joining.
pub async fn members_of(tx: &mut Tx, org: OrgId, groups: &[GroupId]) -> sqlx::Result<Vec<(GroupId, UserId)>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new(
                "SELECT gm.group_id, gm.user_id FROM group_members gm JOIN groups g ON g.id = gm.group_id WHERE g.org_id = ",
            );
            query.push_bind(org).push(" AND gm.group_id IN (");
            let mut list = query.separated(", ");
            for group in groups {
                list.push_bind(*group);
            }
            query.push(") ORDER BY gm.joined_at, gm.user_id");
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// A public group that somebody is not in.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Discovered {
    pub id: GroupId,
    pub name: String,
    pub description: String,
    pub member_count: i64,
    /// Whether they have asked to join and wait for an answer.
    pub is_requested: bool,
}

const DISCOVER: &str = "SELECT g.id, g.name, g.description, \
     (SELECT COUNT(*) FROM group_members gm WHERE gm.group_id = g.id) AS member_count, \
     EXISTS (SELECT 1 FROM join_requests r WHERE r.group_id = g.id AND r.user_id = $2 AND r.state = 'pending') AS is_requested \
     FROM groups g WHERE g.org_id = $1 AND g.privacy = 'public' \
     AND NOT EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_id = g.id AND gm.user_id = $2) \
     ORDER BY g.name_folded LIMIT $3";

/// The organization's public groups that a person is not in, by name, at most `limit`.
pub async fn discover(tx: &mut Tx, org: OrgId, user: UserId, limit: i64) -> sqlx::Result<Vec<Discovered>> {
    on!(tx, |conn| sqlx::query_as(DISCOVER).bind(org).bind(user).bind(limit).fetch_all(conn).await)
}

/// Athletes of an organization who are not in a group, by name; `search` (folded) is found in name and email.
pub async fn addable(
    tx: &mut Tx,
    org: OrgId,
    group: GroupId,
    search: &str,
    limit: i64,
) -> sqlx::Result<Vec<MemberRow>> {
    let pattern = format!("%{}%", search.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
    on!(tx, |conn| sqlx::query_as(ADDABLE)
        .bind(org)
        .bind(group)
        .bind(&pattern)
        .bind(limit)
        .fetch_all(conn)
        .await)
}

const ADDABLE: &str = "SELECT m.user_id, m.display_name, m.name_folded, m.member_level, m.status, m.joined_at, \
     (m.visible_from IS NOT NULL) AS is_visible FROM memberships m WHERE m.org_id = $1 AND m.role = 'athlete' \
     AND m.search_folded LIKE $3 ESCAPE '!' \
     AND NOT EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_id = $2 AND gm.user_id = m.user_id) \
     ORDER BY m.name_folded, m.user_id LIMIT $4";
