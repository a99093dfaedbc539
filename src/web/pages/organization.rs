//! The organization: setting one up, and what it says of itself.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::get;
use serde::Deserialize;

use super::person::Problems;
use crate::app::coaches::CoachRow;
use crate::app::organizations::OrganizationForm;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::person::Role;
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;
use crate::web::{Site, filters};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/organization", get(show).post(update))
        .route("/organization/new", get(new).post(create))
}

/// The days on which a week may begin: number and name.
pub(super) const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    description: String,
    first_weekday: String,
}

impl Typed {
    fn command(&self) -> OrganizationForm {
        OrganizationForm {
            name: self.name.clone(),
            description: self.description.clone(),
            first_weekday: self.first_weekday.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "organization/new.html")]
struct New {
    typed: Typed,
    problems: Problems,
    weekdays: &'static [(&'static str, &'static str)],
}
view!(New);

fn new_page(typed: Typed, problems: Vec<Problem>) -> Page {
    Page::new("Set up your organization", New { typed, problems: Problems(problems), weekdays: &WEEKDAYS })
        .bare()
}

/// `GET /organization/new`
async fn new(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    app.may_set_up(&viewer)?;
    Ok(new_page(Typed { first_weekday: "1".into(), ..Typed::default() }, Vec::new()))
}

/// `POST /organization/new`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    match app.set_up_organization(&viewer, &typed.command()).await {
        Ok(_) => Ok(Ok(Done::to("/athletes").say(format!("{} is open.", typed.name.trim())))),
        Err(Error::Invalid(problems)) => Ok(Err(new_page(typed, problems).unprocessable())),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "organization/show.html")]
struct Show {
    id: String,
    name: String,
    typed: Typed,
    problems: Problems,
    weekdays: &'static [(&'static str, &'static str)],
    coaches: Vec<CoachRow>,
    may_edit: bool,
    /// Mails that were not delivered; for the head coach.
    undelivered: Option<i64>,
}
view!(Show);

async fn show_page(
    app: &App,
    viewer: &Viewer,
    typed: Option<Typed>,
    problems: Vec<Problem>,
) -> Result<Page, Failure> {
    let coach = viewer.coach()?;
    let (found, coaches) = app.organization(viewer, coach.org_id()).await?;
    let stored = Typed {
        name: found.name.clone(),
        description: found.description.clone(),
        first_weekday: found.first_weekday.to_string(),
    };
    let view = Show {
        id: found.id.to_string(),
        name: found.name,
        typed: typed.unwrap_or(stored),
        problems: Problems(problems),
        weekdays: &WEEKDAYS,
        coaches,
        may_edit: coach.is_head(),
        undelivered: match coach.head() {
            Ok(head) => Some(app.count_undelivered(head).await?),
            Err(_) => None,
        },
    };
    Ok(Page::new("Organization", view).at(Place::Organization))
}

/// `GET /organization`
async fn show(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    show_page(&app, &viewer, None, Vec::new()).await
}

/// `POST /organization`
async fn update(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let org = viewer.coach()?.org_id();
    match app.edit_organization(&viewer, org, &typed.command()).await {
        Ok(()) => Ok(Ok(Done::to("/organization").say("Saved."))),
        Err(Error::Invalid(problems)) => {
            Ok(Err(show_page(&app, &viewer, Some(typed), problems).await?.unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}
