//! What stands around one activity on its page, in one statement: the activities before and after it, the
//! other recordings of its outing, those that may be one, whose it is and its file.

use sqlx::QueryBuilder;

use super::{Tx, on};
use crate::domain::ids::{ActivityId, UserId};

/// One thing around an activity.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Around {
    /// `older`, `newer`, `member` (of the outing), `candidate`, `owner` or `file`.
    pub kind: String,
    /// An activity's id, or the owner's.
    pub id: String,
    /// The title, the owner's name, or the file's.
    pub name: String,
    pub local_day: i64,
    pub distance: Option<f64>,
    /// The device, or the words of file format and source.
    pub device: Option<String>,
    pub file_format: Option<String>,
    pub source: String,
    /// Bytes of the file.
    pub size: i64,
}

/// Where the activity stands.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    pub id: ActivityId,
    pub user_id: UserId,
    pub start_at: i64,
    /// The recording that counts for its outing: itself or another.
    pub head: ActivityId,
    /// What started before is out of the viewer's sight.
    pub since: i64,
}

/// Columns of an activity `x`, after the kind.
const COLUMNS: &str = ", x.id, x.title AS name, x.local_day, x.distance, x.device, x.file_format, x.source, \
     CAST(0 AS BIGINT) AS size FROM activities x WHERE x.deleted_at IS NULL AND x.user_id = ";

/// Everything around the activity; `candidates` are ids that the duplicate rule is not sure of.
pub async fn around(tx: &mut Tx, spot: &Spot, candidates: &[ActivityId]) -> sqlx::Result<Vec<Around>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT * FROM (SELECT 'older' AS kind");
            query.push(COLUMNS).push_bind(spot.user_id);
            query.push(" AND x.start_at >= ").push_bind(spot.since);
            query.push(" AND (x.start_at, x.id) < (").push_bind(spot.start_at).push(", ").push_bind(spot.id);
            query.push(") ORDER BY x.start_at DESC, x.id DESC LIMIT 1) AS older");
            query.push(" UNION ALL SELECT * FROM (SELECT 'newer' AS kind");
            query.push(COLUMNS).push_bind(spot.user_id);
            query.push(" AND (x.start_at, x.id) > (").push_bind(spot.start_at).push(", ").push_bind(spot.id);
            query.push(") ORDER BY x.start_at, x.id LIMIT 1) AS newer");
            query.push(" UNION ALL SELECT * FROM (SELECT 'member' AS kind");
            query.push(COLUMNS).push_bind(spot.user_id);
            query.push(" AND x.start_at >= ").push_bind(spot.since);
            query.push(" AND x.id <> ").push_bind(spot.id);
            query.push(" AND (x.duplicate_of = ").push_bind(spot.head);
            query.push(" OR x.id = ").push_bind(spot.head).push(") ORDER BY x.start_at, x.id LIMIT 20) AS members");
            if !candidates.is_empty() {
                query.push(" UNION ALL SELECT * FROM (SELECT 'candidate' AS kind");
                query.push(COLUMNS).push_bind(spot.user_id);
                query.push(" AND x.start_at >= ").push_bind(spot.since);
                query.push(" AND x.id IN (");
                let mut list = query.separated(", ");
                for id in candidates {
                    list.push_bind(*id);
                }
                query.push(") ORDER BY x.start_at, x.id LIMIT 10) AS candidates");
            }
            query.push(
                " UNION ALL SELECT 'owner', u.id, COALESCE(m.display_name, u.first_name || ' ' || u.last_name), \
                 CAST(0 AS BIGINT), CAST(NULL AS DOUBLE PRECISION), CAST(NULL AS TEXT), CAST(NULL AS TEXT), '', \
                 CAST(0 AS BIGINT) FROM users u LEFT JOIN memberships m ON m.user_id = u.id WHERE u.id = ",
            );
            query.push_bind(spot.user_id);
            query.push(
                " UNION ALL SELECT 'file', f.sha256, f.name, CAST(0 AS BIGINT), CAST(NULL AS DOUBLE PRECISION), \
                 CAST(NULL AS TEXT), CAST(NULL AS TEXT), '', f.size FROM recordings r \
                 JOIN files f ON f.user_id = r.user_id AND f.sha256 = r.sha256 WHERE r.activity_id = ",
            );
            query.push_bind(spot.id);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}
