//! Figures over many activities. All of them take counted runs: completed, not deleted, no duplicate.

use super::{Tx, on};
use crate::domain::ids::UserId;

/// Sums over the runs of some days.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Totals {
    pub activities: i64,
    /// Metres.
    pub distance: f64,
    /// Timer time in seconds.
    pub duration: f64,
    /// Timer time of the runs with a distance.
    pub paced_duration: f64,
    /// Beats, and seconds of the runs that have an average heart rate.
    pub beats: f64,
    pub beaten_duration: f64,
}

const TOTALS: &str = "SELECT COUNT(*) AS activities, CAST(COALESCE(SUM(distance), 0.0) AS DOUBLE PRECISION) AS distance, \
     CAST(COALESCE(SUM(duration), 0.0) AS DOUBLE PRECISION) AS duration, \
     CAST(COALESCE(SUM(CASE WHEN distance > 0.0 THEN duration END), 0.0) AS DOUBLE PRECISION) AS paced_duration, \
     CAST(COALESCE(SUM(average_heart_rate * duration), 0.0) AS DOUBLE PRECISION) AS beats, \
     CAST(COALESCE(SUM(CASE WHEN average_heart_rate IS NOT NULL THEN duration END), 0.0) AS DOUBLE PRECISION) AS beaten_duration \
     FROM activities WHERE user_id = $1 AND local_day >= $2 AND local_day <= $3 AND start_at >= $4 \
     AND deleted_at IS NULL AND duplicate_of IS NULL AND status = 'completed' AND activity_type = 'run'";

/// Sums over a person's runs of the local days from `first` to `last`, from the instant `since` on.
pub async fn totals(tx: &mut Tx, user: UserId, first: i64, last: i64, since: i64) -> sqlx::Result<Totals> {
    on!(tx, |conn| sqlx::query_as(TOTALS).bind(user).bind(first).bind(last).bind(since).fetch_one(conn).await)
}

/// A run, for sums that the program makes in a zone of its own.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct RunRow {
    pub start_at: i64,
    pub distance: Option<f64>,
    pub duration: f64,
    pub training_load: Option<f64>,
}

// The days only steer the search into the covering index; two of them on each side are wider than any zone.
const RUNS: &str = "SELECT start_at, distance, duration, training_load FROM activities \
     WHERE user_id = $1 AND local_day >= $2 / 86400 - 2 AND local_day <= $3 / 86400 + 2 AND start_at >= $2 AND start_at < $3 \
     AND deleted_at IS NULL AND duplicate_of IS NULL AND status = 'completed' AND activity_type = 'run' \
     ORDER BY start_at LIMIT $4";

/// A person's runs that started from `from` up to, and not with, `to`; at most `limit`.
pub async fn runs(tx: &mut Tx, user: UserId, from: i64, to: i64, limit: i64) -> sqlx::Result<Vec<RunRow>> {
    on!(tx, |conn| sqlx::query_as(RUNS).bind(user).bind(from).bind(to).bind(limit).fetch_all(conn).await)
}
