//! Activities: lists, entry by hand, changes, and the bytes they were read from.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Body, Caller, Id, Query};
use super::members::Success;
use super::paging::{Paging, encode_cursor, etag, flag, given, if_match, instant};
use crate::app::activities::{Activity, Detail, Edit, Filter, ManualEntry};
use crate::app::{App, Error, Problem};
use crate::domain::activity::{ActivityStatus, ActivityType, FileFormat, LoadMethod, Source, SubType};
use crate::domain::calendar::{iso_date, parse_day};
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::recording::{Lap, Streams};
use crate::domain::units::api_pace;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(show, update, destroy))
        .routes(routes!(file))
}

/// An activity. Metres, seconds, beats per minute.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ActivityShape {
    #[schema(value_type = String)]
    activity_id: ActivityId,
    #[schema(value_type = String)]
    user_id: UserId,
    title: String,
    #[schema(value_type = String)]
    activity_type: ActivityType,
    #[schema(value_type = String)]
    sub_type: SubType,
    #[schema(value_type = String)]
    status: ActivityStatus,
    start_time: String,
    /// IANA name of the zone in which it was recorded.
    timezone: String,
    /// The date of the start in that zone.
    local_date: String,
    distance_in_meters: Option<f64>,
    /// Timer time.
    duration_in_seconds: f64,
    elapsed_in_seconds: f64,
    /// `M:SS` per kilometre.
    average_pace: Option<String>,
    average_heart_rate: Option<f64>,
    max_heart_rate: Option<f64>,
    elevation_gain_in_meters: Option<f64>,
    /// How hard it felt, 1 to 10.
    effort: Option<i64>,
    note: String,
    #[schema(value_type = String)]
    source: Source,
    #[schema(value_type = Option<String>)]
    file_format: Option<FileFormat>,
    device: Option<String>,
    vdot_load: Option<f64>,
    /// Training load: 100 is one hour at threshold.
    nexrex_ete_plus: Option<f64>,
    /// The evidence for it: `pace`, `heart_rate`, `effort`, `estimate`.
    #[schema(value_type = Option<String>)]
    load_method: Option<LoadMethod>,
    formula_version: i64,
    /// The recording of the same outing that counts instead of this one.
    #[schema(value_type = Option<String>)]
    duplicate_of: Option<ActivityId>,
    plan_session_id: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    laps: Option<Vec<LapShape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    streams: Option<StreamsShape>,
}

/// A lap as the device cut it; `start_in_seconds` counts from the start of the activity.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LapShape {
    start_in_seconds: f64,
    duration_in_seconds: f64,
    elapsed_in_seconds: f64,
    distance_in_meters: Option<f64>,
    elevation_gain_in_meters: Option<f64>,
    average_heart_rate: Option<f64>,
    max_heart_rate: Option<f64>,
    average_cadence: Option<f64>,
}

/// Index-aligned series with null where nothing was recorded; a series that was not recorded is null.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StreamsShape {
    /// Seconds since the start.
    time: Option<Vec<Option<f32>>>,
    /// Metres since the start.
    distance: Option<Vec<Option<f32>>>,
    latitude: Option<Vec<Option<f64>>>,
    longitude: Option<Vec<Option<f64>>>,
    /// Metres above sea level.
    altitude: Option<Vec<Option<f32>>>,
    /// Metres per second.
    speed: Option<Vec<Option<f32>>>,
    heart_rate: Option<Vec<Option<f32>>>,
    /// Steps per minute on foot, revolutions per minute otherwise.
    cadence: Option<Vec<Option<f32>>>,
    /// Watts.
    power: Option<Vec<Option<f32>>>,
    /// Degrees Celsius.
    temperature: Option<Vec<Option<f32>>>,
    /// Stretches with the timer stopped, from and to in seconds since the start.
    pauses: Vec<[f32; 2]>,
}

/// Two decimals are more than any device knows.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl From<Activity> for ActivityShape {
    fn from(a: Activity) -> Self {
        Self {
            average_pace: a.pace().and_then(api_pace),
            activity_id: a.id,
            user_id: a.user_id,
            title: a.title,
            activity_type: a.activity_type,
            sub_type: a.sub_type,
            status: a.status,
            start_time: instant(a.start_at),
            timezone: a.timezone,
            local_date: iso_date(a.local_day),
            distance_in_meters: a.distance.map(rounded),
            duration_in_seconds: rounded(a.duration),
            elapsed_in_seconds: rounded(a.elapsed),
            average_heart_rate: a.average_heart_rate.map(rounded),
            max_heart_rate: a.max_heart_rate.map(rounded),
            elevation_gain_in_meters: a.elevation_gain.map(rounded),
            effort: a.effort,
            note: a.note,
            source: a.source,
            file_format: a.file_format,
            device: a.device,
            vdot_load: a.vdot_load.map(rounded),
            nexrex_ete_plus: a.training_load.map(rounded),
            load_method: a.load_method,
            formula_version: a.formula_version,
            duplicate_of: a.duplicate_of,
            plan_session_id: None,
            created_at: instant(a.created_at),
            updated_at: instant(a.updated_at),
            laps: None,
            streams: None,
        }
    }
}

impl From<Detail> for ActivityShape {
    fn from(detail: Detail) -> Self {
        let mut shape = Self::from(detail.activity);
        shape.laps = Some(detail.laps.into_iter().map(LapShape::from).collect());
        shape.streams = Some(detail.streams.into());
        shape
    }
}

impl From<Lap> for LapShape {
    fn from(lap: Lap) -> Self {
        Self {
            start_in_seconds: rounded(lap.start),
            duration_in_seconds: rounded(lap.timer),
            elapsed_in_seconds: rounded(lap.elapsed),
            distance_in_meters: lap.distance.map(rounded),
            elevation_gain_in_meters: lap.ascent.map(rounded),
            average_heart_rate: lap.average_heart_rate.map(rounded),
            max_heart_rate: lap.max_heart_rate.map(rounded),
            average_cadence: lap.average_cadence.map(rounded),
        }
    }
}

impl From<Streams> for StreamsShape {
    fn from(streams: Streams) -> Self {
        fn series<T: Copy>(values: Vec<T>, is_number: impl Fn(T) -> bool) -> Option<Vec<Option<T>>> {
            let with_gaps = values.iter().map(|v| Some(*v).filter(|v| is_number(*v))).collect();
            (!values.is_empty()).then_some(with_gaps)
        }
        let narrow = |values: Vec<f32>| series(values, f32::is_finite);
        let wide = |values: Vec<f64>| series(values, f64::is_finite);
        Self {
            time: narrow(streams.time),
            distance: narrow(streams.distance),
            latitude: wide(streams.latitude),
            longitude: wide(streams.longitude),
            altitude: narrow(streams.altitude),
            speed: narrow(streams.speed),
            heart_rate: narrow(streams.heart_rate),
            cadence: narrow(streams.cadence),
            power: narrow(streams.power),
            temperature: narrow(streams.temperature),
            pauses: streams.pauses.into_iter().map(|(from, to)| [from, to]).collect(),
        }
    }
}

/// A page of activities, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Activities {
    activities: Vec<ActivityShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filters {
    /// The caller where it is missing.
    user_id: Option<String>,
    /// First and last local date, `YYYY-MM-DD`.
    start_date: Option<String>,
    end_date: Option<String>,
    activity_type: Option<String>,
    /// One or several, separated by commas; `tempo` and `interval` are other names.
    sub_type: Option<String>,
    status: Option<String>,
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
}

/// A person's id in a query or body: an id of another form cannot be anybody's.
pub(super) fn user_of(text: Option<&str>, caller: UserId) -> Result<UserId, Error> {
    text.map_or(Ok(caller), |text| text.parse().map_err(|_| Error::NotFound))
}

fn filter_of(filters: &Filters, paging: &Paging) -> Result<Filter, Error> {
    let mut problems = Vec::new();
    let mut day = |field: &'static str, text: &Option<String>| {
        let text = text.as_deref()?;
        let day = parse_day(text);
        if day.is_none() {
            problems.push(Problem::invalid(field, "A date is written YYYY-MM-DD."));
        }
        day
    };
    let (from_day, to_day) = (day("start_date", &filters.start_date), day("end_date", &filters.end_date));
    let mut filter = Filter { from_day, to_day, ..Filter::default() };
    if let Some(text) = &filters.activity_type {
        match text.parse() {
            Ok(found) => filter.activity_type = Some(found),
            Err(_) => problems.push(Problem::invalid("activity_type", "There is no such type of activity.")),
        }
    }
    if let Some(text) = &filters.status {
        match text.parse() {
            Ok(found) => filter.status = Some(found),
            Err(_) => problems.push(Problem::invalid("status", "There is no such status.")),
        }
    }
    for word in filters.sub_type.iter().flat_map(|text| text.split(',')) {
        match SubType::from_filter(word.trim()) {
            Ok(found) => filter.sub_types.push(found),
            Err(_) => problems.push(Problem::invalid("sub_type", "There is no such sub-type.")),
        }
    }
    filter.after = paging.place()?;
    if problems.is_empty() { Ok(filter) } else { Err(Error::Invalid(problems)) }
}

/// One person's activities, newest first. Duplicates are among them, marked by `duplicate_of`.
#[utoipa::path(get, path = "/activities", tag = "Activities", params(Filters),
    responses((status = 200, body = Activities)))]
async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(filters): Query<Filters>,
) -> Result<Json<Activities>, ApiError> {
    let paging = Paging::read(filters.limit.as_deref(), filters.cursor.clone())?;
    let filter = filter_of(&filters, &paging)?;
    let user = user_of(filters.user_id.as_deref(), viewer.user.id)?;
    let mut found = app.activities(&viewer, user, filter, paging.one_more()).await?;
    let next_cursor = paging.cut(&mut found, |a| encode_cursor(&(a.start_at, a.id)));
    Ok(Json(Activities { activities: found.into_iter().map(ActivityShape::from).collect(), next_cursor }))
}

/// An activity to enter by hand.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// The athlete, for a coach; the caller where it is missing.
    #[serde(default)]
    user_id: Option<String>,
    #[schema(value_type = String)]
    activity_type: ActivityType,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    sub_type: Option<SubType>,
    #[serde(default)]
    title: Option<String>,
    /// An instant such as `2026-11-18T06:30:00Z`, or local time in `timezone`.
    start_time: String,
    /// IANA name; the athlete's where it is missing.
    #[serde(default)]
    timezone: Option<String>,
    /// 0 to 500,000.
    #[serde(default)]
    distance_in_meters: Option<f64>,
    /// 1 to 604,800.
    duration_in_seconds: f64,
    #[serde(default)]
    average_heart_rate: Option<f64>,
    /// 1 to 10.
    #[serde(default)]
    effort: Option<i64>,
    #[serde(default)]
    note: Option<String>,
}

fn answer(status: StatusCode, version: i64, shape: ActivityShape) -> Response {
    (status, [(header::ETAG, etag(version))], Json(shape)).into_response()
}

/// Enters an activity by hand.
#[utoipa::path(post, path = "/activities", tag = "Activities", request_body = NewActivity,
    responses((status = 201, body = ActivityShape)))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Body(new): Body<NewActivity>,
) -> Result<Response, ApiError> {
    let entry = ManualEntry {
        owner: Some(user_of(new.user_id.as_deref(), viewer.user.id)?),
        activity_type: new.activity_type,
        sub_type: new.sub_type.unwrap_or(SubType::Other),
        title: new.title,
        start_time: new.start_time,
        timezone: new.timezone,
        distance: new.distance_in_meters,
        duration: Some(new.duration_in_seconds),
        average_heart_rate: new.average_heart_rate,
        effort: new.effort,
        note: new.note.unwrap_or_default(),
    };
    let made = app.enter_activity(&viewer, &entry).await?;
    Ok(answer(StatusCode::CREATED, made.version, made.into()))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShowQuery {
    /// `true` adds laps and streams.
    detail: Option<String>,
}

/// One activity.
#[utoipa::path(get, path = "/activities/{activity_id}", tag = "Activities",
    params(("activity_id" = String, Path), ShowQuery), responses((status = 200, body = ActivityShape)))]
async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<ActivityId>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, ApiError> {
    if flag("detail", query.detail.as_deref())? {
        let detail = app.activity_detail(&viewer, id).await?;
        return Ok(answer(StatusCode::OK, detail.activity.version, detail.into()));
    }
    let activity = app.activity(&viewer, id).await?;
    Ok(answer(StatusCode::OK, activity.version, activity.into()))
}

/// What to change; what is left out stays, null is unknown. Start, time zone, distance, duration and heart
/// rate can be changed where they were entered by hand.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// An activity stays whose it is.
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    activity_type: Option<ActivityType>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    sub_type: Option<SubType>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    #[serde(default)]
    start_time: Option<String>,
    #[serde(default)]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    distance_in_meters: Option<Option<f64>>,
    #[serde(default)]
    duration_in_seconds: Option<f64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    average_heart_rate: Option<Option<f64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    effort: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
}

/// Changes an activity.
#[utoipa::path(patch, path = "/activities/{activity_id}", tag = "Activities",
    params(("activity_id" = String, Path)), request_body = Change, responses((status = 200, body = ActivityShape)))]
async fn update(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<ActivityId>,
    headers: HeaderMap,
    Body(change): Body<Change>,
) -> Result<Response, ApiError> {
    if let Some(user) = &change.user_id
        && app.activity(&viewer, id).await?.user_id.to_string() != *user
    {
        return Err(Error::invalid("user_id", "An activity stays whose it is.").into());
    }
    let edit = Edit {
        activity_type: change.activity_type,
        sub_type: change.sub_type,
        title: change.title.map(Option::unwrap_or_default),
        start_time: change.start_time,
        timezone: change.timezone,
        distance: change.distance_in_meters,
        duration: change.duration_in_seconds,
        average_heart_rate: change.average_heart_rate,
        effort: change.effort,
        note: change.note.map(Option::unwrap_or_default),
        version: if_match(&headers)?,
    };
    let saved = app.edit_activity(&viewer, id, &edit).await?;
    Ok(answer(StatusCode::OK, saved.version, saved.into()))
}

/// Deletes an activity. Of several recordings of its outing another one counts from now on.
#[utoipa::path(delete, path = "/activities/{activity_id}", tag = "Activities",
    params(("activity_id" = String, Path)), responses((status = 200, body = Success)))]
async fn destroy(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<ActivityId>,
    headers: HeaderMap,
) -> Result<Json<Success>, ApiError> {
    app.delete_activity(&viewer, id, if_match(&headers)?).await?;
    Ok(Success::json())
}

/// The bytes that an activity was read from, as they were sent.
#[utoipa::path(get, path = "/activities/{activity_id}/file", tag = "Activities",
    params(("activity_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn file(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<ActivityId>,
) -> Result<Response, ApiError> {
    let original = app.original(&viewer, id).await?;
    Ok(crate::web::download(&original.name, original.bytes))
}
