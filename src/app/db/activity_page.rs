//! What stands around one activity on its page, in one statement.

use super::{Tx, on};
use crate::domain::ids::{ActivityId, UserId};

const AROUND: &str = "SELECT * FROM (SELECT 'older' AS kind, x.id, '' AS name FROM activities x \
     WHERE x.user_id = $1 AND x.deleted_at IS NULL AND x.start_at >= $4 AND (x.start_at, x.id) < ($2, $3) \
     ORDER BY x.start_at DESC, x.id DESC LIMIT 1) AS older \
     UNION ALL SELECT * FROM (SELECT 'newer' AS kind, x.id, '' AS name FROM activities x \
     WHERE x.user_id = $1 AND x.deleted_at IS NULL AND (x.start_at, x.id) > ($2, $3) \
     ORDER BY x.start_at, x.id LIMIT 1) AS newer \
     UNION ALL SELECT 'owner' AS kind, u.id, COALESCE(m.display_name, u.first_name || ' ' || u.last_name) AS name \
     FROM users u LEFT JOIN memberships m ON m.user_id = u.id WHERE u.id = $1";

/// The owner's activities before and after this one (`older`, `newer`, with their ids), and the `owner` with
/// their name, as (kind, id, name). What started before `since` is out of the viewer's sight.
pub async fn around(
    tx: &mut Tx,
    user: UserId,
    start_at: i64,
    id: ActivityId,
    since: i64,
) -> sqlx::Result<Vec<(String, String, String)>> {
    on!(tx, |conn| sqlx::query_as(AROUND)
        .bind(user)
        .bind(start_at)
        .bind(id)
        .bind(since)
        .fetch_all(conn)
        .await)
}
