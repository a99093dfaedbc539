//! What figures of groups need beside the activities: who was in a group when, and whether anything changed.

use super::{Tx, on};
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::person::MemberStatus;

/// A time that somebody was in a group. Only people who are in the organization now.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Stay {
    pub group_id: GroupId,
    pub user_id: UserId,
    pub display_name: String,
    pub status: MemberStatus,
    pub joined_at: i64,
    /// None for who is in it.
    pub left_at: Option<i64>,
}

impl Stay {
    /// Whether they were in it at this instant: from when they joined up to, and not with, when they left.
    pub fn covers(&self, at: i64) -> bool {
        self.joined_at <= at && self.left_at.is_none_or(|left| left > at)
    }
}

// CROSS JOIN: see `cells`.
const STAYS: &str = "SELECT s.group_id, s.user_id, m.display_name, m.status, s.joined_at, s.left_at FROM \
     (SELECT group_id, user_id, joined_at, CAST(NULL AS BIGINT) AS left_at FROM group_members WHERE group_id = $2 AND joined_at <= $3 \
     UNION ALL SELECT group_id, user_id, joined_at, left_at FROM group_departures \
     WHERE group_id = $2 AND joined_at <= $3 AND left_at > $4) s \
     CROSS JOIN memberships m WHERE m.user_id = s.user_id AND m.org_id = $1 ORDER BY s.joined_at, s.user_id";

/// Who was in a group at any time between `first` and `last`, in the order of joining.
pub async fn stays(
    tx: &mut Tx,
    org: OrgId,
    group: GroupId,
    last: i64,
    first: i64,
) -> sqlx::Result<Vec<Stay>> {
    on!(tx, |conn| sqlx::query_as(STAYS).bind(org).bind(group).bind(last).bind(first).fetch_all(conn).await)
}

const ALL_STAYS: &str = "SELECT s.group_id, s.user_id, '' AS display_name, m.status, s.joined_at, s.left_at FROM \
     (SELECT o.group_id, o.user_id, o.joined_at, CAST(NULL AS BIGINT) AS left_at FROM group_members o \
     JOIN groups g ON g.id = o.group_id WHERE g.org_id = $1 AND o.joined_at <= $2 \
     UNION ALL SELECT d.group_id, d.user_id, d.joined_at, d.left_at FROM group_departures d \
     JOIN groups g ON g.id = d.group_id WHERE g.org_id = $1 AND d.joined_at <= $2 AND d.left_at > $3) s \
     CROSS JOIN memberships m WHERE m.user_id = s.user_id AND m.org_id = $1";

/// The same for every group of an organization, without names and in no order.
pub async fn all_stays(tx: &mut Tx, org: OrgId, last: i64, first: i64) -> sqlx::Result<Vec<Stay>> {
    on!(tx, |conn| sqlx::query_as(ALL_STAYS).bind(org).bind(last).bind(first).fetch_all(conn).await)
}

/// A time in a group with the versions of what that member's figures are made of.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct VersionedStay {
    #[sqlx(flatten)]
    pub stay: Stay,
    /// Of their membership in the organization: name and status.
    pub version: i64,
    pub member_since: i64,
    pub visible_from: Option<i64>,
    /// Of their activities.
    pub activities_version: i64,
}

const VERSIONED: &str = "SELECT s.group_id, s.user_id, m.display_name, m.status, s.joined_at, s.left_at, m.version, \
     m.joined_at AS member_since, m.visible_from, u.activities_version FROM \
     (SELECT group_id, user_id, joined_at, CAST(NULL AS BIGINT) AS left_at FROM group_members WHERE group_id = $2 \
     UNION ALL SELECT group_id, user_id, joined_at, left_at FROM group_departures WHERE group_id = $2) s \
     CROSS JOIN memberships m CROSS JOIN users u WHERE m.user_id = s.user_id AND m.org_id = $1 AND u.id = m.user_id \
     ORDER BY s.joined_at, s.user_id";

/// Everybody who is or was in a group, in the order of joining: while these versions and the group's own stay, so
/// do its figures.
pub async fn versioned(tx: &mut Tx, org: OrgId, group: GroupId) -> sqlx::Result<Vec<VersionedStay>> {
    on!(tx, |conn| sqlx::query_as(VERSIONED).bind(org).bind(group).fetch_all(conn).await)
}
