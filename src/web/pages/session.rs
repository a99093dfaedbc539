//! Signing in and out.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use tower_sessions::Session;

use crate::app::accounts::SignIn;
use crate::app::sessions::Origin;
use crate::app::{App, Error, Problem};
use crate::view;
use crate::web::error::Failure;
use crate::web::guard::Source;
use crate::web::page::{Done, Page};
use crate::web::query::Query;
use crate::web::viewer::MaybeSignedIn;
use crate::web::{filters, sessions};

#[derive(Template)]
#[template(path = "session/new.html", blocks = ["form"])]
pub struct New {
    pub email: String,
    /// Where to go on after signing in.
    pub to: String,
    pub problems: Vec<Problem>,
    pub is_signup_open: bool,
}
view!(New, "sign-in" => as_form);

#[derive(Debug, Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    to: String,
}

/// `GET /session/new`
pub async fn new(
    State(app): State<App>,
    MaybeSignedIn(viewer): MaybeSignedIn,
    Query(query): Query<NewQuery>,
) -> Result<Page, Done> {
    if viewer.is_some() {
        return Err(Done::to(local(&query.to)));
    }
    Ok(form(&app, String::new(), query.to, Vec::new()))
}

#[derive(Debug, Deserialize)]
pub struct Create {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    to: String,
}

/// `POST /session`
pub async fn create(
    State(app): State<App>,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    Form(typed): Form<Create>,
) -> Result<Result<Done, Page>, Failure> {
    let command = SignIn { email: typed.email, password: typed.password, source: source.clone() };
    let user = match app.sign_in(&command).await {
        Ok(user) => user,
        Err(Error::Invalid(problems)) => {
            return Ok(Err(form(&app, command.email, typed.to, problems).unprocessable()));
        }
        Err(error) => return Err(error.into()),
    };
    sessions::sign_in(&session, user, origin(&headers, source), app.now()).await.map_err(Error::internal)?;
    // Whom a coach has added is asked at their next sign-in what coaches may see; who was on the way elsewhere goes
    // there first.
    if typed.to.is_empty() && app.has_to_agree(user).await? {
        return Ok(Ok(Done::to("/membership")));
    }
    Ok(Ok(Done::to(local(&typed.to))))
}

/// Where a session is opened from.
pub fn origin(headers: &HeaderMap, source: String) -> Origin {
    let user_agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    Origin { user_agent: user_agent.chars().take(300).collect(), address: source }
}

/// `POST /session/delete`
pub async fn destroy(session: Session) -> Result<Done, Failure> {
    session.flush().await.map_err(Error::internal)?;
    Ok(Done::to("/session/new").say("You are signed out."))
}

fn form(app: &App, email: String, to: String, problems: Vec<Problem>) -> Page {
    let view = New { email, to, problems, is_signup_open: app.settings().is_signup_open };
    Page::new("Sign in", view).bare()
}

/// Only addresses of this site: what follows the sign-in must not lead elsewhere.
fn local(to: &str) -> String {
    let is_local =
        to.starts_with('/') && !to.starts_with("//") && !to.contains(|c: char| c == '\\' || c.is_control());
    if is_local { to.to_owned() } else { "/".to_owned() }
}
