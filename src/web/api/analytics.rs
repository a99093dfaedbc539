//! Figures of one athlete over time: completed runs, each outing once.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::activities::user_of;
use super::error::ApiError;
use super::extract::{Caller, Query};
use crate::app::analytics::{Bucket, FitnessStats, Granularity, StatsQuery};
use crate::app::{App, Error};
use crate::domain::calendar::iso_date;
use crate::domain::units::api_pace;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(fitness_stats)).routes(routes!(running_stats))
}

/// Two decimals are more than any device knows.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FitnessQuery {
    /// The caller where it is missing.
    user_id: Option<String>,
    /// Local days up to today, 1 to 365; 30 where it is missing.
    days: Option<String>,
}

/// Sums over the runs of the last days.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FitnessShape {
    total_activities: i64,
    /// Metres.
    total_distance: f64,
    /// Seconds.
    total_duration: f64,
    /// `M:SS` per kilometre.
    avg_pace: Option<String>,
    avg_heart_rate: Option<f64>,
}

impl From<FitnessStats> for FitnessShape {
    fn from(stats: FitnessStats) -> Self {
        Self {
            total_activities: stats.activities,
            total_distance: rounded(stats.distance),
            total_duration: rounded(stats.duration),
            avg_pace: stats.pace.and_then(api_pace),
            avg_heart_rate: stats.average_heart_rate.map(rounded),
        }
    }
}

/// Sums over an athlete's runs of the last days.
#[utoipa::path(get, path = "/analytics/fitness_stats", tag = "Analytics", params(FitnessQuery),
    responses((status = 200, body = FitnessShape)))]
async fn fitness_stats(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(query): Query<FitnessQuery>,
) -> Result<Json<FitnessShape>, ApiError> {
    let user = user_of(query.user_id.as_deref(), viewer.user.id)?;
    let wrong = |_| Error::invalid("days", "Days go from 1 to 365.");
    let days = query.days.as_deref().map_or(Ok(30), str::parse).map_err(wrong)?;
    Ok(Json(app.fitness_stats(&viewer, user, days).await?.into()))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunningQuery {
    /// The caller where it is missing.
    user_id: Option<String>,
    /// Unix seconds; 28 days before the end where it is missing.
    from_timestamp: Option<String>,
    /// Unix seconds, not included; now where it is missing.
    to_timestamp: Option<String>,
    /// `daily` (default), `weekly`, `monthly`, `yearly`.
    granularity: Option<String>,
    /// IANA name; the caller's where it is missing.
    timezone: Option<String>,
}

/// Runs in buckets without a gap, oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RunningShape {
    #[schema(value_type = String)]
    granularity: Granularity,
    timezone: String,
    buckets: Vec<BucketShape>,
}

/// The runs of one local day, week, month or year.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BucketShape {
    /// Its first and last date, also where the range begins or ends within it.
    start_date: String,
    end_date: String,
    activities: i64,
    /// Metres.
    distance: f64,
    /// Seconds.
    duration: f64,
    training_load: f64,
}

impl From<Bucket> for BucketShape {
    fn from(bucket: Bucket) -> Self {
        Self {
            start_date: iso_date(bucket.first_day),
            end_date: iso_date(bucket.last_day),
            activities: bucket.activities,
            distance: rounded(bucket.distance),
            duration: rounded(bucket.duration),
            training_load: rounded(bucket.training_load),
        }
    }
}

/// An athlete's runs by local days, weeks, months or years.
#[utoipa::path(get, path = "/analytics/running_stats", tag = "Analytics", params(RunningQuery),
    responses((status = 200, body = RunningShape)))]
async fn running_stats(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(query): Query<RunningQuery>,
) -> Result<Json<RunningShape>, ApiError> {
    let user = user_of(query.user_id.as_deref(), viewer.user.id)?;
    let instant = |field: &'static str, text: &Option<String>| {
        let wrong = |_| Error::invalid(field, "Times are Unix seconds.");
        text.as_deref().map(|text| text.parse::<i64>().map_err(wrong)).transpose()
    };
    let to = instant("to_timestamp", &query.to_timestamp)?.unwrap_or_else(|| app.now());
    let from = instant("from_timestamp", &query.from_timestamp)?;
    let from = from.unwrap_or_else(|| to.saturating_sub(28 * 86_400));
    let granularity = query.granularity.as_deref().map_or(Ok(Granularity::Daily), str::parse);
    let granularity =
        granularity.map_err(|_| Error::invalid("granularity", "Choose daily, weekly, monthly or yearly."))?;
    let query = StatsQuery { from, to, granularity, timezone: query.timezone };
    let stats = app.running_stats(&viewer, user, &query).await?;
    Ok(Json(RunningShape {
        granularity: stats.granularity,
        timezone: stats.zone.name().to_owned(),
        buckets: stats.buckets.into_iter().map(BucketShape::from).collect(),
    }))
}
