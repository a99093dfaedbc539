//! What a group has run: its feed and its statistics.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::activities::{ActivityShape, rounded};
use super::error::{ApiError, Body as Fault};
use super::extract::{Caller, Id, Query};
use super::paging::{Paging, encode_cursor, if_none_match};
use crate::app::group_feed::{FeedEntry, FeedQuery, read_sub_types};
use crate::app::group_stats::{Asked, Figures, GroupStats, RangeQuery, leaderboard};
use crate::app::{App, Error, Problem};
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::calendar::{iso_date, parse_day};
use crate::domain::group::Metric;
use crate::domain::ids::{ActivityId, GroupId, UserId};
use crate::domain::period::RangeWord;
use crate::domain::units::api_pace;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(activities)).routes(routes!(stats))
}

/// A run in a group's feed: the whole of it for coaches and for whose it is. A fellow athlete gets title, type,
/// sub-type, date, distance, duration and pace; the other fields are null.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum FeedActivity {
    Whole(Box<ActivityShape>),
    Fellow(Box<FellowActivity>),
}

/// The fields of an activity, those that fellow athletes do not see as null.
#[derive(Debug, Serialize)]
struct FellowActivity {
    activity_id: ActivityId,
    user_id: UserId,
    title: String,
    activity_type: ActivityType,
    sub_type: SubType,
    local_date: String,
    distance_in_meters: Option<f64>,
    duration_in_seconds: f64,
    average_pace: Option<String>,
    #[serde(flatten)]
    unseen: Unseen,
}

#[derive(Debug, Default, Serialize)]
struct Unseen {
    status: (),
    start_time: (),
    timezone: (),
    elapsed_in_seconds: (),
    average_heart_rate: (),
    max_heart_rate: (),
    elevation_gain_in_meters: (),
    effort: (),
    note: (),
    source: (),
    file_format: (),
    device: (),
    vdot_load: (),
    nexrex_ete_plus: (),
    load_method: (),
    formula_version: (),
    duplicate_of: (),
    plan_session_id: (),
    created_at: (),
    updated_at: (),
}

impl From<FeedEntry> for FeedActivity {
    fn from(entry: FeedEntry) -> Self {
        match entry.whole {
            Some(whole) => Self::Whole(Box::new(whole.into())),
            None => Self::Fellow(Box::new(FellowActivity {
                activity_id: entry.activity_id,
                user_id: entry.user_id,
                title: entry.title,
                activity_type: entry.activity_type,
                sub_type: entry.sub_type,
                local_date: iso_date(entry.local_day),
                distance_in_meters: entry.distance.map(rounded),
                duration_in_seconds: rounded(entry.duration),
                average_pace: entry.pace.and_then(api_pace),
                unseen: Unseen::default(),
            })),
        }
    }
}

/// A page of a group's feed, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Feed {
    #[schema(value_type = Vec<ActivityShape>)]
    activities: Vec<FeedActivity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedFilters {
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
    /// First and last day, `YYYY-MM-DD`, inclusive, days of `timezone`.
    start_date: Option<String>,
    end_date: Option<String>,
    /// IANA name; the caller's where it is missing.
    timezone: Option<String>,
    /// One or several, separated by commas; `tempo` and `interval` are other names.
    sub_type: Option<String>,
}

fn feed_query(filters: FeedFilters) -> Result<(FeedQuery, Paging), Error> {
    let paging = Paging::read(filters.limit.as_deref(), filters.cursor)?;
    let mut problems = Vec::new();
    let mut day = |field: &'static str, text: Option<String>| {
        let text = text?;
        let day = parse_day(&text);
        if day.is_none() {
            problems.push(Problem::invalid(field, "A date is written YYYY-MM-DD."));
        }
        day
    };
    let from_day = day("start_date", filters.start_date);
    let to_day = day("end_date", filters.end_date);
    let sub_types = read_sub_types(filters.sub_type.as_slice()).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let after = paging.place()?;
    Ok((FeedQuery { from_day, to_day, timezone: filters.timezone, sub_types, after }, paging))
}

/// The completed runs of a group's members, newest first. For its members, coaches and instance administrators.
#[utoipa::path(get, path = "/groups/{group_id}/activities", tag = "Groups",
    params(("group_id" = String, Path), FeedFilters),
    responses((status = 200, body = Feed), (status = 400, body = Fault), (status = 401, body = Fault),
        (status = 403, body = Fault, description = "Not in the group"), (status = 404, body = Fault)))]
async fn activities(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    Query(filters): Query<FeedFilters>,
) -> Result<Json<Feed>, ApiError> {
    let (query, paging) = feed_query(filters)?;
    let feed = app.group_feed(&viewer, id, &query, paging.limit).await?;
    let next_cursor = feed.next.map(|run| encode_cursor(&run));
    Ok(Json(Feed { activities: feed.entries.into_iter().map(FeedActivity::from).collect(), next_cursor }))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatsFilters {
    /// `7d` (default), `14d`, `30d`, `60d`, `90d`, all of them with today, or `custom`.
    range: Option<String>,
    /// Unix seconds, for `custom`: from this instant up to, and not with, the other, at most 366 days apart.
    from_timestamp: Option<String>,
    to_timestamp: Option<String>,
    /// IANA name of the zone whose days are meant; the caller's where it is missing.
    timezone: Option<String>,
}

fn range_query(filters: StatsFilters) -> Result<RangeQuery, Error> {
    let mut problems = Vec::new();
    let range = match filters.range.as_deref() {
        None => RangeWord::Days7,
        Some(word) => word.parse().unwrap_or_else(|_| {
            let words: Vec<&str> = RangeWord::ALL.iter().map(|r| r.word()).collect();
            problems.push(Problem::invalid("range", format!("A range is one of {}.", words.join(", "))));
            RangeWord::Days7
        }),
    };
    let mut time = |field: &'static str, text: Option<String>| {
        let text = text?;
        let seconds = text.parse::<i64>().ok();
        if seconds.is_none() {
            problems.push(Problem::invalid(field, format!("{field} is a number of Unix seconds.")));
        }
        seconds
    };
    let from = time("from_timestamp", filters.from_timestamp);
    let to = time("to_timestamp", filters.to_timestamp);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    Ok(RangeQuery { range, from, to, timezone: filters.timezone })
}

/// What one athlete ran on one day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DayFigures {
    /// Kilometres.
    distance: f64,
    /// Minutes.
    duration: f64,
    vdot_load: f64,
    /// Training load: 100 is one hour at threshold.
    nexrex_ete_plus: f64,
}

impl From<&Figures> for DayFigures {
    fn from(figures: &Figures) -> Self {
        Self {
            distance: (figures.distance.round()) / 1000.0,
            duration: rounded(figures.duration / 60.0),
            vdot_load: rounded(figures.vdot_load),
            nexrex_ete_plus: rounded(figures.training_load),
        }
    }
}

/// A local day: its `date`, and a key for each athlete who ran on it.
#[derive(Debug)]
struct Day {
    date: String,
    figures: Vec<(String, DayFigures)>,
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.figures.len()))?;
        map.serialize_entry("date", &self.date)?;
        for (user, figures) in &self.figures {
            map.serialize_entry(user, figures)?;
        }
        map.end()
    }
}

/// A place on the leaderboard, which goes by distance.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Place {
    #[schema(value_type = String)]
    user_id: UserId,
    display_name: String,
    /// Metres.
    distance: f64,
    /// Seconds.
    duration: f64,
    activities: i64,
    vdot_load: f64,
    nexrex_ete_plus: f64,
    /// Equal distances share one, and the next skips.
    rank: usize,
}

/// Statistics of a group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Stats {
    #[schema(value_type = String)]
    group_id: GroupId,
    #[schema(value_type = String)]
    range: RangeWord,
    timezone: String,
    /// First and last local day.
    start_date: String,
    end_date: String,
    /// Metres.
    total_distance: f64,
    total_activities: i64,
    /// Percent of the active members with a completed activity; null without active members.
    engagement_rate: Option<f64>,
    /// Every local day of the range in order: `date`, and a key for each user id who ran on it, with `distance`
    /// in kilometres, `duration` in minutes, `vdot_load` and `nexrex_ete_plus`.
    #[schema(value_type = Vec<Object>)]
    daily: Vec<Day>,
    leaderboard: Vec<Place>,
}

impl From<GroupStats> for Stats {
    fn from(stats: GroupStats) -> Self {
        let day = |day: &i64| Day { date: iso_date(*day), figures: Vec::new() };
        let mut daily: Vec<Day> = stats.period.days().iter().map(day).collect();
        for member in &stats.members {
            let user = member.user_id.to_string();
            for (place, figures) in &member.days {
                if let Some(day) = daily.get_mut(*place) {
                    day.figures.push((user.clone(), figures.into()));
                }
            }
        }
        let places = leaderboard(&stats.members, Metric::Distance).into_iter().map(|place| Place {
            user_id: place.member.user_id,
            display_name: place.member.display_name.clone(),
            distance: rounded(place.member.total.distance),
            duration: rounded(place.member.total.duration),
            activities: place.member.total.activities,
            vdot_load: rounded(place.member.total.vdot_load),
            nexrex_ete_plus: rounded(place.member.total.training_load),
            rank: place.rank,
        });
        let leaderboard = places.collect();
        Self {
            group_id: stats.group_id,
            range: stats.range,
            timezone: stats.period.zone.name().to_owned(),
            start_date: iso_date(stats.period.first_day()),
            end_date: iso_date(stats.period.last_day()),
            total_distance: rounded(stats.total.distance),
            total_activities: stats.total.activities,
            engagement_rate: stats.engagement,
            daily,
            leaderboard,
        }
    }
}

/// Statistics of a group over a range of local days. With `If-None-Match` an answer that still holds is a 304,
/// told by versions before anything is summed up.
#[utoipa::path(get, path = "/groups/{group_id}/stats", tag = "Groups",
    params(("group_id" = String, Path), StatsFilters),
    responses((status = 200, body = Stats), (status = 304, description = "What `If-None-Match` names still holds"),
        (status = 400, body = Fault), (status = 401, body = Fault),
        (status = 403, body = Fault, description = "Not in the group"), (status = 404, body = Fault)))]
async fn stats(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    headers: HeaderMap,
    Query(filters): Query<StatsFilters>,
) -> Result<Response, ApiError> {
    let query = range_query(filters)?;
    let held = if_none_match(&headers);
    let held: Vec<&str> = held.iter().map(String::as_str).collect();
    let (tag, asked) = app.group_stats(&viewer, id, &query, &held).await?;
    // Hexadecimal digits and quotes are always a valid header.
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let fresh = [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok(match asked {
        Asked::Unchanged => (StatusCode::NOT_MODIFIED, fresh).into_response(),
        Asked::Fresh(stats) => (fresh, Json(Stats::from(stats))).into_response(),
    })
}
