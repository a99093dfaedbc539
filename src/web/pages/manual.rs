//! Writing an activity down by hand.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::get;
use serde::Deserialize;

use super::person::{EFFORTS, Problems};
use super::uploads::{Athlete, For, query_of};
use crate::app::activities::{Activity, Edit, ManualEntry};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::person::UnitSystem;
use crate::domain::units::Distance;
use crate::domain::{calendar, units, validate};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::SignedIn;

pub fn routes() -> Router<Site> {
    Router::new().route("/activities/manual", get(new).post(create))
}

/// The controls of the form in their order.
pub const CONTROLS: &str =
    "date time timezone duration distance average_heart_rate title activity_type sub_type effort note";

/// The form as typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    pub date: String,
    #[serde(default)]
    pub time: String,
    #[serde(default)]
    pub timezone: String,
    #[serde(default)]
    pub duration: String,
    #[serde(default)]
    pub distance: String,
    #[serde(default)]
    pub average_heart_rate: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub activity_type: String,
    #[serde(default)]
    pub sub_type: String,
    #[serde(default)]
    pub effort: String,
    #[serde(default)]
    pub note: String,
    /// Of the activity that is edited; empty for a new one.
    #[serde(default)]
    pub version: String,
}

/// The words of lists, read.
struct Said {
    activity_type: ActivityType,
    sub_type: SubType,
    effort: Option<i64>,
}

/// `12.345`: as exact as a metre, without zeros at the end.
fn exact(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Typed {
    /// The form as an activity fills it in.
    pub fn of(activity: &Activity, units: UnitSystem) -> Self {
        let zone = calendar::parse_zone(&activity.timezone).unwrap_or(chrono_tz::UTC);
        let start = calendar::instant(activity.start_at).with_timezone(&zone);
        Self {
            date: start.format("%Y-%m-%d").to_string(),
            time: start.format("%H:%M").to_string(),
            timezone: activity.timezone.clone(),
            duration: units::duration(activity.duration),
            distance: activity.distance.map(|d| exact(Distance(d).in_units(units))).unwrap_or_default(),
            average_heart_rate: activity.average_heart_rate.map(exact).unwrap_or_default(),
            title: activity.title.clone(),
            activity_type: activity.activity_type.word().to_owned(),
            sub_type: activity.sub_type.word().to_owned(),
            effort: activity.effort.map(|effort| effort.to_string()).unwrap_or_default(),
            note: activity.note.clone(),
            version: activity.version.to_string(),
        }
    }

    /// What to change of an activity that was entered by hand. What was left as the form had it stays to the
    /// second and the metre.
    pub fn edit(&self, activity: &Activity, units: UnitSystem) -> Result<Edit, Vec<Problem>> {
        let before = Self::of(activity, units);
        let entry = self.read(units)?;
        let is_same = |a: &str, b: &str| a.trim() == b.trim();
        let is_distance_same = is_same(&self.distance, &before.distance);
        let is_duration_same = is_same(&self.duration, &before.duration);
        let is_rate_same = is_same(&self.average_heart_rate, &before.average_heart_rate);
        let is_start_same = is_same(&self.date, &before.date)
            && is_same(&self.time, &before.time)
            && is_same(&self.timezone, &before.timezone);
        if !(is_distance_same && is_duration_same && self.activity_type == before.activity_type) {
            let distance = if is_distance_same { activity.distance } else { entry.distance };
            let duration = if is_duration_same { Some(activity.duration) } else { entry.duration };
            too_fast(entry.activity_type, distance, duration, units)?;
        }
        Ok(Edit {
            activity_type: Some(entry.activity_type),
            sub_type: Some(entry.sub_type),
            title: entry.title,
            start_time: (!is_start_same).then_some(entry.start_time),
            timezone: entry.timezone.filter(|_| !is_start_same),
            distance: (!is_distance_same).then_some(entry.distance),
            duration: entry.duration.filter(|_| !is_duration_same),
            average_heart_rate: (!is_rate_same).then_some(entry.average_heart_rate),
            effort: Some(entry.effort),
            note: Some(entry.note),
            version: self.version.parse().ok(),
        })
    }

    /// What to change of an activity that a device recorded: what a person says of it.
    pub fn edit_words(&self) -> Result<Edit, Vec<Problem>> {
        let mut problems = Vec::new();
        let said = self.said(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Edit {
            activity_type: Some(said.activity_type),
            sub_type: Some(said.sub_type),
            title: Some(self.title.clone()),
            effort: Some(said.effort),
            note: Some(self.note.clone()),
            version: self.version.parse().ok(),
            ..Edit::default()
        })
    }

    /// Reads what comes as words of a list; what is wrong goes to `problems`.
    fn said(&self, problems: &mut Vec<Problem>) -> Said {
        let activity_type = self.activity_type.parse().unwrap_or_else(|_| {
            problems.push(Problem::invalid("activity_type", "Choose a sport from the list."));
            ActivityType::Run
        });
        let sub_type = self.sub_type.parse().unwrap_or_else(|_| {
            problems.push(Problem::invalid("sub_type", "Choose a kind from the list."));
            SubType::Other
        });
        let effort = match self.effort.trim() {
            "" => None,
            text => text.parse().ok().filter(|effort| (1..=10).contains(effort)).or_else(|| {
                problems.push(Problem::invalid("effort", "Effort goes from 1 to 10."));
                None
            }),
        };
        Said { activity_type, sub_type, effort }
    }

    /// Reads the form; every problem at once, beside its field.
    fn read(&self, units: UnitSystem) -> Result<ManualEntry, Vec<Problem>> {
        let mut problems = Vec::new();
        let said = self.said(&mut problems);
        if self.date.trim().is_empty() {
            problems.push(Problem::required("date", "On which day was it?"));
        } else if calendar::parse_day(self.date.trim()).is_none() {
            problems.push(Problem::invalid("date", "Write the date as 2026-04-17."));
        }
        if self.time.trim().is_empty() {
            problems.push(Problem::required("time", "At what time did it begin? About is enough."));
        }
        if calendar::parse_zone(&self.timezone).is_none() {
            problems.push(Problem::invalid("timezone", "Choose a time zone from the list."));
        }
        let mut read = |field: &'static str, text: &str, value: Result<f64, String>| {
            if text.trim().is_empty() {
                return None;
            }
            value.map_err(|sentence| problems.push(Problem::invalid(field, sentence))).ok()
        };
        let checked = |value: Result<f64, String>, check: fn(f64) -> Result<f64, &'static str>| {
            value.and_then(|value| check(value).map_err(str::to_owned))
        };
        let duration = units::parse_duration(&self.duration).map_err(|e| e.to_string());
        let duration = read("duration", &self.duration, checked(duration, validate::duration));
        let distance = units::parse_distance(&self.distance, units).map(|d| d.0).map_err(|e| e.to_string());
        let distance = read("distance", &self.distance, checked(distance, validate::distance));
        let rate = self.average_heart_rate.trim().replace(',', ".").parse::<f64>();
        let rate = rate.map_err(|_| "Write heart rate as a number, such as 148.".to_owned());
        let rate = read("average_heart_rate", &self.average_heart_rate, checked(rate, validate::heart_rate));
        if self.duration.trim().is_empty() {
            problems.push(Problem::required("duration", "How long did it take?"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(ManualEntry {
            owner: None,
            activity_type: said.activity_type,
            sub_type: said.sub_type,
            title: Some(self.title.clone()),
            start_time: format!("{}T{}", self.date.trim(), self.time.trim()),
            timezone: Some(self.timezone.trim().to_owned()),
            distance,
            duration,
            average_heart_rate: rate,
            effort: said.effort,
            note: self.note.clone(),
        })
    }
}

/// Asks about figures that no body reaches: mostly a dropped digit or hours taken for minutes.
fn too_fast(
    activity_type: ActivityType,
    distance: Option<f64>,
    duration: Option<f64>,
    units: UnitSystem,
) -> Result<(), Vec<Problem>> {
    let Some((metres, seconds)) = distance.zip(duration) else { return Ok(()) };
    if validate::is_possible_speed(activity_type, metres, seconds) {
        return Ok(());
    }
    let rate = units::rate(activity_type, metres, seconds, units);
    let rate = rate.unwrap_or_else(|| units::speed(metres / seconds, units));
    let (distance, time) = (units::distance(metres, units), units::duration(seconds));
    let text = format!("{distance} in {time} would be {rate}. Check the time and the distance.");
    Err(vec![Problem::invalid("duration", text)])
}

/// The form's names for its controls, where services call them otherwise.
pub fn control(field: &str) -> Option<&'static str> {
    match field {
        "start_time" => Some("date"),
        "duration_in_seconds" => Some("duration"),
        "distance_in_meters" => Some("distance"),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "activities/manual.html", blocks = ["form"])]
pub struct Manual {
    pub athlete: Option<Athlete>,
    pub query: String,
    pub typed: Typed,
    pub problems: Problems,
    /// Names of zones and how people write them.
    pub zones: Vec<(String, String)>,
}
view!(Manual, "manual" => as_form);

fn page(athlete: Option<Athlete>, typed: Typed, problems: Vec<Problem>) -> Page {
    let zones = zones(&typed.timezone);
    let place = if athlete.is_some() { Place::Athletes } else { Place::Upload };
    let query = query_of(athlete.as_ref());
    Page::new(
        "Add an activity by hand",
        Manual { athlete, query, typed, problems: Problems::named(problems, control), zones },
    )
    .at(place)
}

/// Names of zones and how people write them, the chosen one included.
pub fn zones(chosen: &str) -> Vec<(String, String)> {
    let mut zones: Vec<(String, String)> =
        calendar::zones().map(|zone| (zone.name().to_owned(), calendar::zone_label(zone))).collect();
    // Whoever lives in a zone with an older name finds it too.
    if !chosen.is_empty() && !zones.iter().any(|(name, _)| name == chosen) {
        let label = calendar::parse_zone(chosen).map_or(chosen.to_owned(), calendar::zone_label);
        zones.insert(0, (chosen.to_owned(), label));
    }
    zones.sort_by(|a, b| a.1.cmp(&b.1));
    zones
}

/// `GET /activities/manual`
pub async fn new(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(whom): Query<For>,
) -> Result<Page, Failure> {
    let athlete = whom.athlete(&app, &viewer).await?;
    let timezone = athlete.as_ref().map_or(viewer.user.timezone.clone(), |athlete| athlete.timezone.clone());
    let zone = calendar::parse_zone(&timezone).unwrap_or(chrono_tz::UTC);
    let typed = Typed {
        date: calendar::iso_date(app.today(zone)),
        timezone,
        activity_type: ActivityType::Run.word().to_owned(),
        sub_type: SubType::Easy.word().to_owned(),
        ..Typed::default()
    };
    Ok(page(athlete, typed, Vec::new()))
}

/// `POST /activities/manual`
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(whom): Query<For>,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let athlete = whom.athlete(&app, &viewer).await?;
    match enter(&app, &viewer, athlete.as_ref(), &typed).await {
        Ok(done) => Ok(Ok(done)),
        Err(Error::Invalid(problems)) => Ok(Err(page(athlete, typed, problems).unprocessable())),
        Err(error) => Err(error.into()),
    }
}

async fn enter(app: &App, viewer: &Viewer, athlete: Option<&Athlete>, typed: &Typed) -> Result<Done, Error> {
    let mut entry = typed.read(viewer.user.units).map_err(Error::Invalid)?;
    too_fast(entry.activity_type, entry.distance, entry.duration, viewer.user.units)
        .map_err(Error::Invalid)?;
    entry.owner = athlete.map(|athlete| athlete.id);
    let activity = app.enter_activity(viewer, &entry).await?;
    Ok(Done::to(format!("/activities/{}", activity.id)).say("Added."))
}
