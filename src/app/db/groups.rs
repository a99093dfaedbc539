//! Groups, as far as the roster needs them.

use super::{Tx, on};
use crate::domain::ids::{GroupId, OrgId, UserId};

const FIND_NAME: &str = "SELECT name FROM groups WHERE org_id = $1 AND id = $2";

/// The name of an organization's group.
pub async fn name(tx: &mut Tx, org: OrgId, id: GroupId) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(FIND_NAME).bind(org).bind(id).fetch_optional(conn).await)?;
    Ok(found.map(|(name,)| name))
}

const ADD_MEMBER: &str = "INSERT INTO group_members (group_id, user_id, joined_at) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING RETURNING user_id";

/// Puts an athlete into a group; `false` when they are in it. The caller has checked that both are of one
/// organization.
pub async fn add_member(tx: &mut Tx, group: GroupId, user: UserId, at: i64) -> sqlx::Result<bool> {
    let found: Option<(UserId,)> = on!(tx, |conn| sqlx::query_as(ADD_MEMBER)
        .bind(group)
        .bind(user)
        .bind(at)
        .fetch_optional(conn)
        .await)?;
    Ok(found.is_some())
}

const REMOVE_MEMBER: &str = "DELETE FROM group_members WHERE group_id = $1 AND user_id = $2";

/// Takes an athlete out of a group; `false` when they were not in it.
pub async fn remove_member(tx: &mut Tx, group: GroupId, user: UserId) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(REMOVE_MEMBER)
        .bind(group)
        .bind(user)
        .execute(conn)
        .await
        .map(|r| r.rows_affected() > 0))
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
