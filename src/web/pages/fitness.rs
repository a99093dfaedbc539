//! An athlete's fitness values: what holds now, what held when, and setting one.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::{get, post};
use chrono_tz::Tz;
use serde::Deserialize;

use super::activities::Whose;
use super::person::Problems;
use crate::app::fitness::{FitnessChange, FitnessValue, SetValue};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::fitness::FitnessKind;
use crate::domain::ids::{FitnessId, UserId};
use crate::domain::person::UnitSystem;
use crate::domain::{calendar, units, vdot};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::{PathId, PathIds, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/athletes/{id}/fitness", get(index))
        // A kind of value, or the id of one.
        .route("/athletes/{id}/fitness/{value}", get(edit).post(update))
        .route("/athletes/{id}/fitness/{value}/removal", post(destroy))
}

/// One kind of value with what holds today.
#[derive(Debug, Clone)]
pub struct Item {
    pub kind: FitnessKind,
    pub label: &'static str,
    pub value: String,
    /// The day from which it holds; `None` where it is not known.
    pub since: Option<i64>,
    /// What else is to say: that a later value waits, or where it is taken from.
    pub note: String,
}

/// Every kind of value with what holds on `today`; `rows` have the latest day first.
pub fn items(rows: &[FitnessValue], today: i64, units: UnitSystem) -> Vec<Item> {
    let held = |kind: FitnessKind| rows.iter().find(|row| row.kind == kind && row.valid_from <= today);
    FitnessKind::ALL
        .iter()
        .map(|&kind| {
            let row = held(kind);
            let coming = rows.iter().rev().find(|row| row.kind == kind && row.valid_from > today);
            let derived = match (kind, row, held(FitnessKind::Vdot)) {
                (FitnessKind::ThresholdPace, None, Some(vdot)) => {
                    let pace = vdot::pace_at(vdot.value, vdot::THRESHOLD);
                    Some(format!("VDOT says {}", units::pace(pace, units)))
                }
                _ => None,
            };
            let note = match coming {
                Some(row) => format!("then {}", in_words(kind, row.value, units)),
                None => derived.unwrap_or_default(),
            };
            Item {
                kind,
                label: kind.label(),
                value: row.map_or(units::NOTHING.to_owned(), |row| in_words(kind, row.value, units)),
                since: row.map(|row| row.valid_from),
                note,
            }
        })
        .collect()
}

/// `52.0`, `4:15 /km`, `152 bpm`.
pub fn in_words(kind: FitnessKind, value: f64, units: UnitSystem) -> String {
    match kind {
        FitnessKind::Vdot => format!("{value:.1}"),
        FitnessKind::ThresholdPace => units::pace(value, units),
        FitnessKind::RestingHr | FitnessKind::MaxHr | FitnessKind::ThresholdHr => {
            format!("{} bpm", value.round() as i64)
        }
    }
}

/// One value of the history.
pub struct Past {
    pub id: FitnessId,
    pub value: String,
    pub valid_from: i64,
    pub set_by: String,
    pub created_at: i64,
    pub may_remove: bool,
}

pub struct Kind {
    pub item: Item,
    pub rows: Vec<Past>,
}

#[derive(Template)]
#[template(path = "fitness/index.html")]
pub struct Index {
    pub whose: Whose,
    pub kinds: Vec<Kind>,
}
view!(Index);

/// Whose values they are: one's own, or an athlete's for their coaches.
async fn whose(app: &App, viewer: &Viewer, id: UserId) -> Result<(Whose, Tz), Failure> {
    if id == viewer.user.id {
        return Ok((Whose::new(viewer, id, &viewer.name()), viewer.zone()));
    }
    let profile = app.athlete_profile(viewer, id).await?;
    let zone = calendar::parse_zone(&profile.timezone).unwrap_or(Tz::UTC);
    Ok((Whose::new(viewer, id, &profile.display_name), zone))
}

/// `GET /athletes/{id}/fitness`
pub async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Page, Failure> {
    let (whose, zone) = whose(&app, &viewer, id).await?;
    let values = app.fitness_values(&viewer, id).await?;
    let units = viewer.user.units;
    let past = |kind: FitnessKind| {
        let of_kind = values.iter().filter(move |row| row.kind == kind);
        of_kind.map(move |row| Past {
            id: row.id,
            value: in_words(kind, row.value, units),
            valid_from: row.valid_from,
            set_by: row.set_by_name.clone(),
            created_at: row.created_at,
            may_remove: !row.is_from_before,
        })
    };
    let kinds = items(&values, app.today(zone), units)
        .into_iter()
        .map(|item| Kind { rows: past(item.kind).collect(), item })
        .collect();
    let place = if whose.is_own { Place::Me } else { Place::Athletes };
    let title = format!("Fitness values, {}", whose.name);
    Ok(Page::new(title, Index { whose, kinds }).at(place))
}

#[derive(Template)]
#[template(path = "fitness/edit.html", blocks = ["dialog"])]
pub struct Edit {
    pub whose: Whose,
    pub kind: FitnessKind,
    pub label: String,
    pub hint: &'static str,
    /// What the value is, in a sentence.
    pub about: &'static str,
    /// The kind within a sentence.
    pub name: String,
    pub value: String,
    pub valid_from: String,
    pub problems: Problems,
}
view!(Edit, "dialog" => as_dialog);

fn edit_page(
    whose: Whose,
    kind: FitnessKind,
    typed: Typed,
    problems: Vec<Problem>,
    units: UnitSystem,
) -> Page {
    let (label, hint) = match (kind, units) {
        (FitnessKind::Vdot, _) => ("VDOT".to_owned(), "From 20 to 90."),
        (FitnessKind::ThresholdPace, UnitSystem::Metric) => ("Minutes per km".to_owned(), "Such as 4:15."),
        (FitnessKind::ThresholdPace, UnitSystem::Imperial) => {
            ("Minutes per mile".to_owned(), "Such as 6:50.")
        }
        _ => ("Beats per minute".to_owned(), "Such as 172."),
    };
    let Typed { value, valid_from } = typed;
    let place = if whose.is_own { Place::Me } else { Place::Athletes };
    let about = match kind {
        FitnessKind::Vdot => "VDOT is a running performance as one number.",
        FitnessKind::ThresholdPace => "Threshold pace can be held for about an hour.",
        FitnessKind::ThresholdHr => "Threshold heart rate is that of about an hour’s race.",
        FitnessKind::RestingHr => "Resting heart rate is taken lying down in the morning.",
        FitnessKind::MaxHr => "Maximum heart rate is the highest ever measured.",
    };
    let name = match kind {
        FitnessKind::Vdot => kind.label().to_owned(),
        _ => kind.label().to_lowercase(),
    };
    let problems = Problems(problems);
    let view = Edit { whose, kind, label, hint, about, name, value, valid_from, problems };
    Page::new(kind.label(), view).at(place)
}

/// `GET /athletes/{id}/fitness/{kind}`
pub async fn edit(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, kind): PathIds<UserId, FitnessKind>,
) -> Result<Page, Failure> {
    let (whose, zone) = whose(&app, &viewer, id).await?;
    let values = app.fitness_values(&viewer, id).await?;
    let today = app.today(zone);
    let held = values.iter().find(|row| row.kind == kind && row.valid_from <= today);
    let value = held.map(|row| in_words(kind, row.value, viewer.user.units)).unwrap_or_default();
    // The figure without its unit: the label names it.
    let value = value.split(' ').next().unwrap_or_default().to_owned();
    let typed = Typed { value, valid_from: calendar::iso_date(today) };
    Ok(edit_page(whose, kind, typed, Vec::new(), viewer.user.units))
}

/// The form as typed.
#[derive(Debug, Clone, Deserialize)]
pub struct Typed {
    #[serde(default)]
    value: String,
    #[serde(default)]
    valid_from: String,
}

impl Typed {
    fn read(&self, kind: FitnessKind, units: UnitSystem) -> Result<SetValue, Vec<Problem>> {
        let mut problems = Vec::new();
        let text = self.value.trim();
        let value = match kind {
            _ if text.is_empty() => {
                problems.push(Problem::required("value", "What is the value?"));
                0.0
            }
            FitnessKind::ThresholdPace => units::parse_pace(text, units).map_or_else(
                |error| {
                    problems.push(Problem::invalid("value", error.to_string()));
                    0.0
                },
                |pace| pace.0,
            ),
            _ => text.replace(',', ".").parse().unwrap_or_else(|_| {
                problems.push(Problem::invalid("value", "Write it as a number."));
                0.0
            }),
        };
        if problems.is_empty()
            && let Err(sentence) = kind.check(value)
        {
            problems.push(Problem::invalid("value", sentence));
        }
        let valid_from = match self.valid_from.trim() {
            "" => None,
            text => calendar::parse_day(text).or_else(|| {
                problems.push(Problem::invalid("valid_from", "Write the date as 2026-04-17."));
                None
            }),
        };
        if problems.is_empty() { Ok(SetValue { kind, value, valid_from }) } else { Err(problems) }
    }
}

/// `POST /athletes/{id}/fitness/{kind}`
pub async fn update(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, kind): PathIds<UserId, FitnessKind>,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let (whose, _) = whose(&app, &viewer, id).await?;
    let outcome = match typed.read(kind, viewer.user.units) {
        Ok(command) => app.set_fitness(&viewer, id, &command).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(change) => Ok(Ok(Done::to(whose.base).say(said(kind, &change)))),
        Err(Error::Invalid(problems)) => {
            Ok(Err(edit_page(whose, kind, typed, problems, viewer.user.units).unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

fn said(kind: FitnessKind, change: &FitnessChange) -> String {
    let label = kind.label();
    match (change.activities, change.job) {
        (0, _) => format!("{label} is set."),
        (1, None) => format!("{label} is set. The load of one activity is new."),
        (count, None) => format!("{label} is set. The loads of {count} activities are new."),
        (count, Some(_)) => {
            format!("{label} is set. The loads of {count} activities are being computed again.")
        }
    }
}

/// `POST /athletes/{id}/fitness/{value}/removal`
pub async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, value): PathIds<UserId, FitnessId>,
) -> Result<Done, Failure> {
    let gone = app.delete_fitness(&viewer, id, value).await?;
    let done = Done::to(format!("/athletes/{id}/fitness")).say("Removed. What held before holds again.");
    Ok(match gone.undo {
        Some(undo) => done.undo(format!("/undos/{undo}"), "Undo"),
        None => done,
    })
}
