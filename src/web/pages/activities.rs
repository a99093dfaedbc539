//! One activity: its page, its file, editing, deleting, and parting or joining recordings of one outing.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use serde::Deserialize;

use super::manual::{self, Typed};
use super::person::{self, EFFORTS, Problems, Row, effort_word};
use super::record::{self, Reading, Splits};
use crate::app::activities::{Activity, Detail};
use crate::app::activity_page::ActivityPage;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::activity::{ActivityType, Source, SubType};
use crate::domain::calendar;
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::person::UnitSystem;
use crate::view;
use crate::web::Site;
use crate::web::charts::Chart;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/activities/{id}", get(show))
        .route("/activities/{id}/file", get(file))
        .route("/activities/{id}/edit", get(edit).post(update))
        .route("/activities/{id}/deletion", get(deletion).post(destroy))
        .route("/activities/{id}/restoration", post(restore))
        .route("/activities/{id}/unlinking", post(unlink))
        .route("/activities/{id}/link", post(link))
}

/// Whose activity or values a page shows, and where it leads back to.
#[derive(Debug, Clone)]
pub struct Whose {
    pub id: UserId,
    pub name: String,
    pub base: String,
    pub is_own: bool,
}

impl Whose {
    pub fn new(viewer: &Viewer, id: UserId, name: &str) -> Self {
        let is_own = id == viewer.user.id;
        let base = if is_own { "/me".to_owned() } else { format!("/athletes/{id}") };
        Self { id, name: name.to_owned(), base, is_own }
    }

    fn place(&self) -> Place {
        if self.is_own { Place::Me } else { Place::Athletes }
    }
}

pub struct FileView {
    pub name: String,
    /// `128 kB`.
    pub size: String,
}

#[derive(Template)]
#[template(path = "activities/show.html", blocks = ["splits"])]
pub struct Show {
    pub whose: Whose,
    pub id: ActivityId,
    pub title: String,
    pub start_at: i64,
    pub local_day: i64,
    pub time_of_day: String,
    pub zone: String,
    pub sport: &'static str,
    pub kind: Option<&'static str>,
    pub is_indoor: bool,
    pub is_on_foot: bool,
    pub status: &'static str,
    pub status_word: &'static str,
    pub older: Option<ActivityId>,
    pub newer: Option<ActivityId>,
    pub file: Option<FileView>,
    pub primary: Option<Row>,
    pub copies: Vec<Row>,
    pub candidates: Vec<Row>,
    pub warnings: Vec<String>,
    pub distance: Option<f64>,
    pub duration: f64,
    pub elapsed: f64,
    pub rate_label: &'static str,
    /// The figure and its unit.
    pub rate: Option<(String, String)>,
    pub average_heart_rate: Option<f64>,
    pub max_heart_rate: Option<f64>,
    pub average_cadence: Option<f64>,
    pub elevation_gain: Option<f64>,
    pub calories: Option<f64>,
    pub training_load: Option<f64>,
    pub load_method: Option<&'static str>,
    pub vdot_load: Option<f64>,
    pub is_vdot_load_estimate: bool,
    pub formula_version: i64,
    pub effort: Option<(i64, &'static str)>,
    pub note: String,
    pub source: String,
    pub created_at: i64,
    pub charts: Vec<Chart>,
    pub readings: Vec<Reading>,
    pub has_pace: bool,
    pub is_along_distance: bool,
    pub is_imperial: bool,
    pub splits: Option<Splits>,
}
view!(Show, "splits" => as_splits);

impl Show {
    pub fn new(viewer: &Viewer, page: ActivityPage, by: &str) -> Self {
        let ActivityPage { detail, owner_name, older, newer } = page;
        let Detail { activity, laps, streams, file, primary, duplicates, candidates } = detail;
        let units = viewer.user.units;
        let on_foot = activity.activity_type.is_on_foot();
        let drawn = record::draw(&activity, &streams, units);
        let rate = person::rate(&activity, units);
        Self {
            whose: Whose::new(viewer, activity.user_id, &owner_name),
            id: activity.id,
            title: person::title(&activity),
            start_at: activity.start_at,
            local_day: activity.local_day,
            time_of_day: time_of_day(&activity),
            zone: zone_label(&activity.timezone),
            sport: activity.activity_type.label(),
            kind: (activity.sub_type != SubType::Other).then(|| activity.sub_type.label()),
            is_indoor: activity.is_indoor,
            is_on_foot: on_foot,
            status: activity.status.label(),
            status_word: activity.status.word(),
            older,
            newer,
            file: file.map(|file| FileView { size: in_bytes(file.size), name: file.name }),
            primary: primary.map(|other| Row::of(&other, units)),
            copies: duplicates.iter().map(|other| Row::of(other, units)).collect(),
            // What a person took apart is not asked about again.
            candidates: candidates
                .iter()
                .filter(|other| !activity.is_unlinked && !other.is_unlinked)
                .map(|other| Row::of(other, units))
                .collect(),
            warnings: activity.warnings.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            distance: activity.distance,
            duration: activity.duration,
            elapsed: activity.elapsed,
            rate_label: match activity.activity_type {
                ActivityType::Bike | ActivityType::Other => "Speed",
                _ => "Pace",
            },
            rate: rate.map(|rate| match rate.split_once(' ') {
                Some((figure, unit)) => (figure.to_owned(), unit.to_owned()),
                None => (rate, String::new()),
            }),
            average_heart_rate: activity.average_heart_rate,
            max_heart_rate: activity.max_heart_rate,
            average_cadence: activity.average_cadence,
            elevation_gain: activity.elevation_gain.or_else(|| record::climbed(&streams)),
            calories: activity.calories,
            training_load: activity.training_load,
            load_method: activity.load_method.map(|method| method.label()),
            vdot_load: activity.vdot_load,
            is_vdot_load_estimate: activity.is_vdot_load_estimate,
            formula_version: activity.formula_version,
            effort: activity.effort.map(|effort| (effort, effort_word(effort))),
            note: activity.note.clone(),
            source: person::source(&activity),
            created_at: activity.created_at,
            charts: drawn.charts,
            readings: drawn.readings,
            has_pace: drawn.has_pace,
            is_along_distance: drawn.is_along_distance,
            is_imperial: units == UnitSystem::Imperial,
            splits: Splits::new(&activity, &laps, &streams, units, by),
        }
    }
}

fn time_of_day(activity: &Activity) -> String {
    let zone = calendar::parse_zone(&activity.timezone).unwrap_or(chrono_tz::UTC);
    calendar::time_of_day(calendar::instant(activity.start_at), zone)
}

fn zone_label(name: &str) -> String {
    calendar::parse_zone(name).map_or_else(|| name.to_owned(), calendar::zone_label)
}

fn in_bytes(size: i64) -> String {
    match size {
        ..1_000_000 => format!("{} kB", (size + 999) / 1000),
        _ => format!("{:.1} MB", size as f64 / 1e6),
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    /// `laps` or `splits`.
    #[serde(default)]
    by: String,
}

/// `GET /activities/{id}`
pub async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
    Query(query): Query<ShowQuery>,
) -> Result<Page, Failure> {
    let page = app.activity_page(&viewer, id).await?;
    let view = Show::new(&viewer, page, &query.by);
    let title =
        if view.whose.is_own { view.title.clone() } else { format!("{}, {}", view.title, view.whose.name) };
    let place = view.whose.place();
    Ok(Page::new(title, view).at(place))
}

/// `GET /activities/{id}/file`
pub async fn file(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Response, Failure> {
    let original = app.original(&viewer, id).await?;
    // The plain name for old programs, the full one as RFC 6266 writes it.
    let plain: String = original
        .name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    let full = filters::percent_encode(&original.name);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
    let mut response = Body::from(original.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Error::internal)?);
    Ok(response)
}

#[derive(Template)]
#[template(path = "activities/edit.html", blocks = ["dialog"])]
pub struct EditView {
    pub id: ActivityId,
    pub typed: Typed,
    pub problems: Problems,
    /// Whether it was entered by hand, so that its figures can be put right too.
    pub is_manual: bool,
    pub zones: Vec<(String, String)>,
}
view!(EditView, "dialog" => as_dialog);

impl EditView {
    fn controls(&self) -> &'static str {
        if self.is_manual { manual::CONTROLS } else { "title activity_type sub_type effort note" }
    }
}

/// `GET /activities/{id}/edit`
pub async fn edit(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Page, Failure> {
    let activity = app.activity(&viewer, id).await?;
    let place = Whose::new(&viewer, activity.user_id, "").place();
    let typed = Typed::of(&activity, viewer.user.units);
    Ok(edit_page(&activity, typed, Vec::new()).at(place))
}

fn edit_page(activity: &Activity, typed: Typed, problems: Vec<Problem>) -> Page {
    let is_manual = activity.source == Source::Manual;
    let zones = if is_manual { manual::zones(&typed.timezone) } else { Vec::new() };
    let problems = Problems::named(problems, manual::control);
    Page::new("Edit activity", EditView { id: activity.id, typed, problems, is_manual, zones })
}

/// `POST /activities/{id}/edit`
pub async fn update(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    // Before the form is looked at: whose it is not learns nothing of it.
    let activity = app.activity(&viewer, id).await?;
    let read = match activity.source {
        Source::Manual => typed.edit(&activity, viewer.user.units),
        _ => typed.edit_words(),
    };
    let edit = match read {
        Ok(edit) => edit,
        Err(problems) => return Ok(Err(edit_page(&activity, typed, problems).unprocessable())),
    };
    match app.edit_activity(&viewer, id, &edit).await {
        Ok(_) => Ok(Ok(Done::to(format!("/activities/{id}")).say("Saved."))),
        Err(Error::Invalid(problems)) => Ok(Err(edit_page(&activity, typed, problems).unprocessable())),
        Err(Error::Conflict { message, .. }) => {
            let problems = vec![Problem::invalid("version", message)];
            Ok(Err(edit_page(&activity, typed, problems).unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "activities/deletion.html", blocks = ["dialog"])]
pub struct Deletion {
    pub id: ActivityId,
    pub title: String,
    pub local_day: i64,
    pub distance: Option<f64>,
    pub duration: f64,
    pub has_file: bool,
}
view!(Deletion, "dialog" => as_dialog);

/// `GET /activities/{id}/deletion`
pub async fn deletion(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Page, Failure> {
    let activity = app.activity(&viewer, id).await?;
    let view = Deletion {
        id,
        title: person::title(&activity),
        local_day: activity.local_day,
        distance: activity.distance,
        duration: activity.duration,
        has_file: activity.file_format.is_some(),
    };
    Ok(Page::new("Delete activity", view).at(Whose::new(&viewer, activity.user_id, "").place()))
}

/// `POST /activities/{id}/deletion`
pub async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Done, Failure> {
    let gone = app.delete_activity(&viewer, id, None).await?;
    let whose = Whose::new(&viewer, gone.user_id, "");
    let said = format!("{} is deleted. It can be brought back for a day.", person::title(&gone));
    let done = Done::to(format!("{}/activities", whose.base)).say(said);
    Ok(done.undo(format!("/activities/{id}/restoration"), "Undo"))
}

/// `POST /activities/{id}/restoration`
pub async fn restore(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Done, Failure> {
    let back = app.restore_activity(&viewer, id).await?;
    Ok(Done::to(format!("/activities/{id}")).say(format!("{} is back.", person::title(&back))))
}

/// `POST /activities/{id}/unlinking`
pub async fn unlink(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
) -> Result<Done, Failure> {
    let before = app.activity(&viewer, id).await?;
    app.unlink_duplicate(&viewer, id).await?;
    let done = Done::to(format!("/activities/{id}")).say("Unlinked. Both activities count now.");
    Ok(match before.duplicate_of {
        Some(primary) => done.undo(format!("/activities/{id}/link?of={primary}"), "Undo"),
        None => done,
    })
}

#[derive(Debug, Deserialize)]
pub struct Link {
    #[serde(default)]
    of: String,
}

/// `POST /activities/{id}/link`
pub async fn link(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ActivityId>,
    Query(link): Query<Link>,
) -> Result<Done, Failure> {
    let of = link.of.parse().map_err(|_| Error::NotFound)?;
    app.link_duplicate(&viewer, id, of).await?;
    Ok(Done::to(format!("/activities/{id}")).say("Linked. Only one of the two counts now."))
}
