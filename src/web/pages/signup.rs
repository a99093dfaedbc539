//! Signing up as a coach.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde::Deserialize;
use tower_sessions::Session;

use super::person::Problems;
use super::session::origin;
use crate::app::links::LinkFault;
use crate::app::signup::{Details as PersonDetails, SignUp};
use crate::app::{App, Error, Problem};
use crate::domain::calendar;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::guard::Source;
use crate::web::page::{Done, Page};
use crate::web::viewer::{MaybeSignedIn, PathId};
use crate::web::{Site, sessions};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/signup", get(new).post(request))
        .route("/signup/{secret}", get(details).post(complete))
}

#[derive(Template)]
#[template(path = "signup/new.html")]
struct New {
    email: String,
    error: Option<String>,
}
view!(New);

#[derive(Template)]
#[template(path = "signup/sent.html")]
struct Sent {
    email: String,
}
view!(Sent);

#[derive(Template)]
#[template(path = "signup/closed.html")]
struct Closed {
    text: String,
}
view!(Closed);

#[derive(Template)]
#[template(path = "signup/details.html")]
struct Details {
    secret: String,
    email: String,
    typed: Typed,
    problems: Problems,
    /// Every sentence about the password.
    password_error: Option<String>,
    /// Values and labels.
    zones: Vec<(&'static str, String)>,
}
view!(Details);

#[derive(Template)]
#[template(path = "signup/link.html")]
struct Link {
    text: &'static str,
}
view!(Link);

/// What everybody who gets an account is asked for, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub first_name: String,
    pub last_name: String,
    pub timezone: String,
    pub password: String,
}

impl Typed {
    /// The same as the services take it.
    pub fn details(&self) -> PersonDetails {
        PersonDetails {
            password: self.password.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            timezone: self.timezone.clone(),
        }
    }
}

/// Every sentence about the password, as one.
pub fn password_error(problems: &[Problem]) -> Option<String> {
    let about: Vec<&str> =
        problems.iter().filter(|p| p.field == "password").map(|p| p.message.as_str()).collect();
    (!about.is_empty()).then(|| about.join(" "))
}

/// The time zones to choose from: values and labels.
pub fn zones() -> Vec<(&'static str, String)> {
    calendar::zones().map(|zone| (zone.name(), calendar::zone_label(zone))).collect()
}

#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    email: String,
}

/// A page, or where to go on.
type Answer = Result<Result<Page, Done>, Failure>;

fn closed(error: Error) -> Result<Page, Failure> {
    match error {
        Error::Forbidden(text) => {
            let page = Page::new("Signing up is closed", Closed { text: text.to_owned() });
            Ok(page.bare().status(StatusCode::FORBIDDEN))
        }
        other => Err(other.into()),
    }
}

fn ask(email: String, error: Option<String>) -> Page {
    Page::new("Sign up", New { email, error }).bare()
}

fn no_link(fault: LinkFault) -> Page {
    let status = if fault == LinkFault::Unknown { StatusCode::NOT_FOUND } else { StatusCode::GONE };
    Page::new("This link does not work", Link { text: fault.sentence() }).bare().status(status)
}

fn form(secret: String, email: String, mut typed: Typed, problems: Vec<Problem>) -> Page {
    let password_error = password_error(&problems);
    // Never sent back.
    typed.password.clear();
    let view = Details { secret, email, typed, problems: Problems(problems), password_error, zones: zones() };
    Page::new("Finish signing up", view).bare()
}

/// `GET /signup`
pub async fn new(State(app): State<App>, MaybeSignedIn(viewer): MaybeSignedIn) -> Answer {
    if viewer.is_some() {
        return Ok(Err(Done::to("/")));
    }
    match app.sign_up_is_open() {
        Ok(()) => Ok(Ok(ask(String::new(), None))),
        Err(error) => closed(error).map(Ok),
    }
}

/// `POST /signup`
pub async fn request(
    State(app): State<App>,
    Source(source): Source,
    Form(typed): Form<Request>,
) -> Result<Page, Failure> {
    match app.request_sign_up(&typed.email, &source).await {
        Ok(()) => Ok(Page::new("Look into your mail", Sent { email: typed.email.trim().to_owned() }).bare()),
        Err(error @ Error::Invalid(_)) => Ok(ask(typed.email, Some(error.to_string())).unprocessable()),
        Err(error) => closed(error),
    }
}

/// `GET /signup/{secret}`
pub async fn details(
    State(app): State<App>,
    Source(source): Source,
    PathId(secret): PathId<String>,
) -> Result<Page, Failure> {
    match app.sign_up_link(&secret, &source).await {
        Ok(Ok(email)) => Ok(form(secret, email, Typed::default(), Vec::new())),
        Ok(Err(fault)) => Ok(no_link(fault)),
        Err(error) => closed(error),
    }
}

/// `POST /signup/{secret}`
pub async fn complete(
    State(app): State<App>,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    PathId(secret): PathId<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let email = match app.sign_up_link(&secret, &source).await {
        Ok(Ok(email)) => email,
        Ok(Err(fault)) => return Ok(Ok(no_link(fault))),
        Err(error) => return closed(error).map(Ok),
    };
    let command = SignUp { token: secret.clone(), details: typed.details(), source: source.clone() };
    let user = match app.complete_sign_up(&command).await {
        Ok(user) => user,
        // Used up between the look and the act.
        Err(Error::Invalid(problems)) if problems.iter().any(|p| p.field == "token") => {
            return Ok(Ok(no_link(LinkFault::Used)));
        }
        Err(Error::Invalid(problems)) => {
            return Ok(Ok(form(secret, email, typed, problems).unprocessable()));
        }
        Err(error) => return Err(error.into()),
    };
    sessions::sign_in(&session, user, origin(&headers, source), app.now()).await.map_err(Error::internal)?;
    Ok(Err(Done::to("/organization/new")))
}
