//! Deleting one's own account.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::get;
use serde::Deserialize;
use tower_sessions::Session as Cookie;

use super::person::Problems;
use crate::app::erasure::Outlook;
use crate::app::{App, Error, Problem, Viewer};
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;
use crate::web::{Site, filters};

pub fn routes() -> Router<Site> {
    Router::new().route("/settings/deletion", get(new).post(create)).route("/goodbye", get(goodbye))
}

#[derive(Template)]
#[template(path = "settings/deletion.html")]
struct New {
    email: String,
    outlook: Outlook,
    is_member: bool,
    is_coach: bool,
    problems: Problems,
}
view!(New);

#[derive(Template)]
#[template(path = "settings/goodbye.html")]
struct Goodbye;
view!(Goodbye);

async fn ask(app: &App, viewer: &Viewer, problems: Vec<Problem>) -> Result<Page, Failure> {
    let view = New {
        email: viewer.user.email.clone(),
        outlook: app.erasure_outlook(viewer).await?,
        is_member: viewer.membership.is_some(),
        is_coach: viewer.membership.as_ref().is_some_and(|membership| membership.role.is_coach()),
        problems: Problems(problems),
    };
    Ok(Page::new("Delete my account", view).at(Place::Settings))
}

/// `GET /settings/deletion`
async fn new(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    ask(&app, &viewer, Vec::new()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    current: String,
}

/// `POST /settings/deletion`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    cookie: Cookie,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    match app.erase_self(&viewer, &typed.current).await {
        Ok(_) => {
            // Its row is gone already; the browser forgets the cookie too.
            cookie.flush().await.map_err(Error::internal)?;
            Ok(Ok(Done::to("/goodbye")))
        }
        Err(Error::Invalid(problems)) => Ok(Err(ask(&app, &viewer, problems).await?.unprocessable())),
        Err(error) => Err(error.into()),
    }
}

/// `GET /goodbye`
async fn goodbye() -> Page {
    Page::new("Goodbye", Goodbye).bare()
}
