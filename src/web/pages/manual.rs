//! Writing an activity down by hand.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::routing::get;
use serde::Deserialize;

use super::activities::Words;
use super::person::{EFFORTS, Problems, instant};
use super::uploads::{Athlete, For, query_of};
use crate::app::activities::ManualEntry;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::person::UnitSystem;
use crate::domain::{calendar, units, validate};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;

pub fn routes() -> Router<Site> {
    Router::new().route("/activities/manual", get(new).post(create))
}

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
}

impl Typed {
    fn words(&self) -> Words {
        Words {
            activity_type: self.activity_type.clone(),
            sub_type: self.sub_type.clone(),
            effort: self.effort.clone(),
            ..Words::default()
        }
    }

    /// Reads the form; every problem at once, beside its field.
    fn read(&self, units: UnitSystem) -> Result<ManualEntry, Vec<Problem>> {
        let mut problems = Vec::new();
        let said = self.words().read(&mut problems);
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

/// The fields of the form under the names that services know.
fn renamed(problems: Vec<Problem>) -> Vec<Problem> {
    let name = |problem: Problem| {
        let field = match problem.field.as_ref() {
            "start_time" => "date".into(),
            "duration_in_seconds" => "duration".into(),
            "distance_in_meters" => "distance".into(),
            _ => problem.field,
        };
        Problem { field, ..problem }
    };
    problems.into_iter().map(name).collect()
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
    let mut zones: Vec<(String, String)> =
        calendar::zones().map(|zone| (zone.name().to_owned(), calendar::zone_label(zone))).collect();
    // Whoever lives in a zone with an older name finds it too.
    if !typed.timezone.is_empty() && !zones.iter().any(|(name, _)| *name == typed.timezone) {
        let label =
            calendar::parse_zone(&typed.timezone).map_or(typed.timezone.clone(), calendar::zone_label);
        zones.insert(0, (typed.timezone.clone(), label));
    }
    zones.sort_by(|a, b| a.1.cmp(&b.1));
    let place = if athlete.is_some() { Place::Athletes } else { Place::Upload };
    let query = query_of(athlete.as_ref());
    Page::new(
        "Add an activity by hand",
        Manual { athlete, query, typed, problems: Problems(problems), zones },
    )
    .at(place)
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
        date: calendar::iso_date(calendar::local_day(instant(app.now()), zone)),
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
        Err(Error::Invalid(problems)) => Ok(Err(page(athlete, typed, renamed(problems)).unprocessable())),
        Err(error) => Err(error.into()),
    }
}

async fn enter(app: &App, viewer: &Viewer, athlete: Option<&Athlete>, typed: &Typed) -> Result<Done, Error> {
    let mut entry = typed.read(viewer.user.units).map_err(Error::Invalid)?;
    entry.owner = athlete.map(|athlete| athlete.id);
    let activity = app.enter_activity(viewer, &entry).await?;
    Ok(Done::to(format!("/activities/{}", activity.id)).say("Added."))
}
