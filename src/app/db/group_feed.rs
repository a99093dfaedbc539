//! The runs of a group's members in one stream, newest first.
//!
//! The index finds a member's runs by their start; a window of time keeps the number of rows small however
//! far down the stream a page lies.

use sqlx::QueryBuilder;

use super::activities::{Activity, COLUMNS};
use super::{Tx, on};
use crate::domain::activity::SubType;
use crate::domain::ids::{ActivityId, GroupId, OrgId};

/// A run of a member.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct FeedRow {
    #[sqlx(flatten)]
    pub activity: Activity,
    pub display_name: String,
}

/// Which runs.
#[derive(Debug, Clone)]
pub struct Window {
    pub org: OrgId,
    pub group: GroupId,
    /// Members at this instant.
    pub members_at: i64,
    /// Starts, half open.
    pub from: i64,
    pub to: i64,
    /// Empty for all.
    pub sub_types: Vec<SubType>,
    /// The last row of the page before: start and id.
    pub after: Option<(i64, ActivityId)>,
    /// Only runs whose ids are greater: made later.
    pub newer_than: Option<ActivityId>,
}

macro_rules! push_feed {
    ($query:ident, $w:expr) => {{
        $query
            .push(" FROM (SELECT user_id FROM group_members WHERE group_id = ")
            .push_bind($w.group)
            .push(" AND joined_at <= ")
            .push_bind($w.members_at)
            .push(" UNION SELECT user_id FROM group_departures WHERE group_id = ")
            .push_bind($w.group)
            .push(" AND joined_at <= ")
            .push_bind($w.members_at)
            .push(" AND left_at > ")
            .push_bind($w.members_at)
            // CROSS JOIN is how SQLite is told to begin with the members, and not with the whole organization.
            .push(
                ") gm CROSS JOIN memberships m CROSS JOIN activities a WHERE m.user_id = gm.user_id \
                 AND a.user_id = m.user_id AND a.start_at >= m.visible_from \
                 AND a.deleted_at IS NULL AND a.duplicate_of IS NULL AND a.status = 'completed' \
                 AND a.activity_type = 'run' AND m.org_id = ",
            )
            .push_bind($w.org)
            .push(" AND a.start_at >= ")
            .push_bind($w.from)
            .push(" AND a.start_at < ")
            .push_bind($w.to);
        if !$w.sub_types.is_empty() {
            $query.push(" AND a.sub_type IN (");
            let mut list = $query.separated(", ");
            for sub_type in &$w.sub_types {
                list.push_bind(*sub_type);
            }
            $query.push(")");
        }
        if let Some((start, id)) = $w.after {
            $query.push(" AND (a.start_at, a.id) < (").push_bind(start).push(", ").push_bind(id).push(")");
        }
        if let Some(id) = $w.newer_than {
            $query.push(" AND a.id > ").push_bind(id);
        }
    }};
}

#[cfg(test)]
pub(super) use push_feed;

/// The newest of these runs.
pub async fn page(tx: &mut Tx, window: &Window, limit: i64) -> sqlx::Result<Vec<FeedRow>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query.push(COLUMNS).push(", m.display_name");
            push_feed!(query, window);
            query.push(" ORDER BY a.start_at DESC, a.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

const START_OF: &str = "SELECT a.start_at FROM activities a JOIN group_members gm ON gm.user_id = a.user_id \
     WHERE a.id = $1 AND gm.group_id = $2";

/// When an activity of a member of the window's group began, also of one that was deleted meanwhile.
pub async fn start_of(tx: &mut Tx, window: &Window, id: ActivityId) -> sqlx::Result<Option<i64>> {
    let found: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as(START_OF).bind(id).bind(window.group).fetch_optional(conn).await)?;
    Ok(found.map(|(start,)| start))
}

/// How many of these runs there are.
pub async fn count(tx: &mut Tx, window: &Window) -> sqlx::Result<i64> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT COUNT(*)");
            push_feed!(query, window);
            query.build_query_scalar().fetch_one($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}
