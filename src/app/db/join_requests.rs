//! Requests of athletes to join a group.

use super::{Tx, on};
use crate::domain::group::RequestState;
use crate::domain::ids::{GroupId, OrgId, RequestId, UserId};

/// A request, with the name of who asks.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct JoinRequest {
    pub id: RequestId,
    pub group_id: GroupId,
    pub user_id: UserId,
    pub display_name: String,
    pub state: RequestState,
    pub requested_at: i64,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<i64>,
}

const INSERT: &str = "INSERT INTO join_requests (id, group_id, user_id, state, requested_at) VALUES ($1, $2, $3, 'pending', $4) \
     ON CONFLICT DO NOTHING RETURNING id";

/// Keeps a request; `false` when one of the person waits already.
pub async fn insert(
    tx: &mut Tx,
    id: RequestId,
    group: GroupId,
    user: UserId,
    now: i64,
) -> sqlx::Result<bool> {
    let id: Option<(RequestId,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(id)
        .bind(group)
        .bind(user)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const FIND: &str = "SELECT r.id, r.group_id, r.user_id, m.display_name, r.state, r.requested_at, r.decided_by, r.decided_at \
     FROM join_requests r JOIN memberships m ON m.user_id = r.user_id AND m.org_id = $1 \
     WHERE r.group_id = $2 AND r.id = $3";

/// A request to join this group; none where who asked has left the organization.
pub async fn find(
    tx: &mut Tx,
    org: OrgId,
    group: GroupId,
    id: RequestId,
) -> sqlx::Result<Option<JoinRequest>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(org).bind(group).bind(id).fetch_optional(conn).await)
}

const PENDING_OF: &str = "SELECT r.id, r.group_id, r.user_id, m.display_name, r.state, r.requested_at, r.decided_by, r.decided_at \
     FROM join_requests r JOIN memberships m ON m.user_id = r.user_id AND m.org_id = $1 \
     WHERE r.group_id = $2 AND r.user_id = $3 AND r.state = 'pending'";

/// A person's request that waits.
pub async fn pending_of(
    tx: &mut Tx,
    org: OrgId,
    group: GroupId,
    user: UserId,
) -> sqlx::Result<Option<JoinRequest>> {
    on!(tx, |conn| sqlx::query_as(PENDING_OF).bind(org).bind(group).bind(user).fetch_optional(conn).await)
}

const PENDING: &str = "SELECT r.id, r.group_id, r.user_id, m.display_name, r.state, r.requested_at, r.decided_by, r.decided_at \
     FROM join_requests r JOIN memberships m ON m.user_id = r.user_id AND m.org_id = $1 \
     WHERE r.group_id = $2 AND r.state = 'pending' ORDER BY r.id";

/// The requests of a group that wait, the oldest first.
pub async fn pending(tx: &mut Tx, org: OrgId, group: GroupId) -> sqlx::Result<Vec<JoinRequest>> {
    on!(tx, |conn| sqlx::query_as(PENDING).bind(org).bind(group).fetch_all(conn).await)
}

const DECIDE: &str = "UPDATE join_requests SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'pending' \
     RETURNING id";

/// Decides a request; `false` when that was done already.
pub async fn decide(
    tx: &mut Tx,
    id: RequestId,
    state: RequestState,
    by: UserId,
    now: i64,
) -> sqlx::Result<bool> {
    let id: Option<(RequestId,)> = on!(tx, |conn| sqlx::query_as(DECIDE)
        .bind(id)
        .bind(state)
        .bind(by)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const WITHDRAW: &str = "DELETE FROM join_requests WHERE state = 'pending' AND user_id = $2 \
     AND group_id IN (SELECT g.id FROM groups g WHERE g.org_id = $1)";

/// Drops the requests of who leaves the organization.
pub async fn withdraw(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(WITHDRAW).bind(org).bind(user).execute(conn).await.map(|_| ()))
}

/// A group that somebody asks to join.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AskedFor {
    pub id: GroupId,
    pub name: String,
    pub count: i64,
}

const GROUPS: &str = "SELECT g.id, g.name, COUNT(*) AS count FROM groups g JOIN join_requests r ON r.group_id = g.id \
     JOIN memberships m ON m.user_id = r.user_id AND m.org_id = g.org_id \
     WHERE g.org_id = $1 AND r.state = 'pending' GROUP BY g.id, g.name, g.name_folded ORDER BY g.name_folded LIMIT $2";

/// The groups of an organization that somebody asks to join, by name.
pub async fn groups(tx: &mut Tx, org: OrgId, limit: i64) -> sqlx::Result<Vec<AskedFor>> {
    on!(tx, |conn| sqlx::query_as(GROUPS).bind(org).bind(limit).fetch_all(conn).await)
}
