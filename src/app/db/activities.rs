//! Activities and what belongs to them.
//!
//! "Counted" in this file means: completed, not deleted, no duplicate. Weekly sums take counted runs.

use sqlx::QueryBuilder;

use super::{Tx, on};
use crate::domain::activity::{ActivityStatus, ActivityType, FileFormat, LoadMethod, Source, SubType};
use crate::domain::ids::{ActivityId, UserId};

/// An activity with its figures. Metres, seconds, beats per minute; instants are Unix seconds.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Activity {
    pub id: ActivityId,
    pub user_id: UserId,
    pub title: String,
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    pub status: ActivityStatus,
    pub start_at: i64,
    /// IANA name of the zone it was recorded in.
    pub timezone: String,
    /// Local date of the start, as days since 1970-01-01.
    pub local_day: i64,
    pub distance: Option<f64>,
    /// Timer time.
    pub duration: f64,
    pub elapsed: f64,
    pub average_heart_rate: Option<f64>,
    pub max_heart_rate: Option<f64>,
    pub average_cadence: Option<f64>,
    pub elevation_gain: Option<f64>,
    pub calories: Option<f64>,
    /// Rating of perceived exertion, 1 to 10.
    pub effort: Option<i64>,
    pub note: String,
    pub is_indoor: bool,
    pub source: Source,
    pub file_format: Option<FileFormat>,
    pub device: Option<String>,
    pub external_id: Option<String>,
    pub training_load: Option<f64>,
    pub load_method: Option<LoadMethod>,
    pub vdot_load: Option<f64>,
    pub is_vdot_load_estimate: bool,
    pub formula_version: i64,
    pub duplicate_of: Option<ActivityId>,
    pub is_unlinked: bool,
    /// Sentences about what was mended when the file was read, one a line.
    pub warnings: String,
    pub created_at: i64,
    pub updated_at: i64,
    /// Rises with every change: the ETag.
    pub version: i64,
}

impl Activity {
    /// Seconds per kilometre, for activities with a distance.
    pub fn pace(&self) -> Option<f64> {
        self.distance.filter(|d| *d > 0.0).map(|d| self.duration / d * 1000.0)
    }
}

/// What [`Activity`] reads, of `activities a`.
pub const COLUMNS: &str = "a.id, a.user_id, a.title, a.activity_type, a.sub_type, a.status, a.start_at, a.timezone, a.local_day, \
     a.distance, a.duration, a.elapsed, a.average_heart_rate, a.max_heart_rate, a.average_cadence, a.elevation_gain, \
     a.calories, a.effort, a.note, a.is_indoor, a.source, a.file_format, a.device, a.external_id, a.training_load, \
     a.load_method, a.vdot_load, a.is_vdot_load_estimate, a.formula_version, a.duplicate_of, a.is_unlinked, a.warnings, \
     a.created_at, a.updated_at, a.version";

const OWNER: &str = "SELECT user_id, start_at FROM activities WHERE id = $1 AND deleted_at IS NULL";

/// Whose activity this is and when it started; `None` when there is none or it was deleted.
pub async fn owner(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<(UserId, i64)>> {
    on!(tx, |conn| sqlx::query_as(OWNER).bind(id).fetch_optional(conn).await)
}

/// The activity, unless it was deleted. The caller holds a proof that the viewer may see it.
pub async fn find(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<Activity>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query
                .push(COLUMNS)
                .push(" FROM activities a WHERE a.deleted_at IS NULL AND a.id = ")
                .push_bind(id);
            query.build_query_as().fetch_optional($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// An activity with its recording.
#[derive(Debug, sqlx::FromRow)]
pub struct WholeRow {
    #[sqlx(flatten)]
    pub activity: Activity,
    /// JSON.
    pub laps: Option<String>,
    /// Packed; see `app::streams`.
    pub streams: Option<Vec<u8>>,
    pub file_name: Option<String>,
    pub file_size: Option<i64>,
}

/// The activity with laps, streams and the name of its file, unless it was deleted.
pub async fn whole(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<WholeRow>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query
                .push(COLUMNS)
                .push(
                    ", r.laps, r.streams, f.name AS file_name, f.size AS file_size FROM activities a \
                     LEFT JOIN recordings r ON r.activity_id = a.id \
                     LEFT JOIN files f ON f.user_id = r.user_id AND f.sha256 = r.sha256 \
                     WHERE a.deleted_at IS NULL AND a.id = ",
                )
                .push_bind(id);
            query.build_query_as().fetch_optional($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// An activity with what deciding about duplicates needs beside it.
#[derive(Debug, sqlx::FromRow)]
pub struct AroundRow {
    #[sqlx(flatten)]
    pub activity: Activity,
    pub sample_count: i64,
    pub sha256: Option<String>,
    pub is_cut_off: bool,
}

/// The recordings of one outing (its primary and what is linked with it), and the person's other activities
/// that started between two instants.
pub async fn around(
    tx: &mut Tx,
    user: UserId,
    primary: ActivityId,
    (from, to): (i64, i64),
) -> sqlx::Result<Vec<AroundRow>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query
                .push(COLUMNS)
                .push(
                    ", COALESCE(r.sample_count, 0) AS sample_count, r.sha256, \
                     COALESCE(r.is_cut_off, FALSE) AS is_cut_off FROM activities a LEFT JOIN recordings r ON r.activity_id = a.id \
                     WHERE a.deleted_at IS NULL AND a.status = 'completed' AND a.user_id = ",
                )
                .push_bind(user)
                .push(" AND (a.id = ")
                .push_bind(primary)
                .push(" OR a.duplicate_of = ")
                .push_bind(primary)
                .push(" OR (a.start_at >= ")
                .push_bind(from)
                .push(" AND a.start_at <= ")
                .push_bind(to)
                .push(")) ORDER BY a.start_at, a.id");
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// Which activities of one person a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Activities that started before this instant are out of the viewer's sight.
    pub since: Option<i64>,
    /// First and last local day, inclusive.
    pub from_day: Option<i64>,
    pub to_day: Option<i64>,
    pub activity_type: Option<ActivityType>,
    /// Empty for all.
    pub sub_types: Vec<SubType>,
    pub status: Option<ActivityStatus>,
    /// Leave duplicates out.
    pub only_counted: bool,
    /// The last row of the page before: start and id.
    pub after: Option<(i64, ActivityId)>,
}

/// A page of one person's activities, newest first.
pub async fn page(tx: &mut Tx, user: UserId, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Activity>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query
                .push(COLUMNS)
                .push(" FROM activities a WHERE a.deleted_at IS NULL AND a.user_id = ")
                .push_bind(user);
            if let Some(since) = filter.since {
                query.push(" AND a.start_at >= ").push_bind(since);
            }
            if let Some(day) = filter.from_day {
                query.push(" AND a.local_day >= ").push_bind(day);
            }
            if let Some(day) = filter.to_day {
                query.push(" AND a.local_day <= ").push_bind(day);
            }
            if let Some(kind) = filter.activity_type {
                query.push(" AND a.activity_type = ").push_bind(kind);
            }
            if !filter.sub_types.is_empty() {
                query.push(" AND a.sub_type IN (");
                let mut list = query.separated(", ");
                for sub_type in &filter.sub_types {
                    list.push_bind(*sub_type);
                }
                query.push(")");
            }
            if let Some(status) = filter.status {
                query.push(" AND a.status = ").push_bind(status);
            }
            if filter.only_counted {
                query.push(" AND a.duplicate_of IS NULL");
            }
            if let Some((start, id)) = filter.after {
                query.push(" AND (a.start_at, a.id) < (").push_bind(start).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY a.start_at DESC, a.id DESC LIMIT ").push_bind(limit);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}
