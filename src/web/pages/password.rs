//! A forgotten password.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;

use crate::app::links::LinkFault;
use crate::app::password_reset::NewPassword;
use crate::app::{App, Error};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::guard::Source;
use crate::web::page::{Done, Page};
use crate::web::viewer::PathId;

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/password/reset", get(new).post(request))
        .route("/password/reset/{secret}", get(edit).post(update))
}

#[derive(Template)]
#[template(path = "password/new.html")]
struct New {
    email: String,
    error: Option<String>,
}
view!(New);

#[derive(Template)]
#[template(path = "password/sent.html")]
struct Sent {
    email: String,
}
view!(Sent);

#[derive(Template)]
#[template(path = "password/edit.html")]
struct Edit {
    secret: String,
    error: Option<String>,
}
view!(Edit);

#[derive(Template)]
#[template(path = "password/link.html")]
struct Link {
    text: &'static str,
}
view!(Link);

#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    email: String,
}

#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
}

fn ask(email: String, error: Option<String>) -> Page {
    Page::new("Forgotten password", New { email, error }).bare()
}

fn form(secret: String, error: Option<String>) -> Page {
    Page::new("Choose a new password", Edit { secret, error }).bare()
}

fn no_link(fault: LinkFault) -> Page {
    let status = if fault == LinkFault::Unknown { StatusCode::NOT_FOUND } else { StatusCode::GONE };
    Page::new("This link does not work", Link { text: fault.sentence() }).bare().status(status)
}

/// `GET /password/reset`
pub async fn new() -> Page {
    ask(String::new(), None)
}

/// `POST /password/reset`
pub async fn request(
    State(app): State<App>,
    Source(source): Source,
    Form(typed): Form<Request>,
) -> Result<Page, Failure> {
    match app.request_reset(&typed.email, &source).await {
        Ok(()) => Ok(Page::new("Look into your mail", Sent { email: typed.email.trim().to_owned() }).bare()),
        Err(error @ Error::Invalid(_)) => Ok(ask(typed.email, Some(error.to_string())).unprocessable()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /password/reset/{secret}`
pub async fn edit(
    State(app): State<App>,
    Source(source): Source,
    PathId(secret): PathId<String>,
) -> Result<Page, Failure> {
    Ok(match app.reset_link(&secret, &source).await? {
        Ok(()) => form(secret, None),
        Err(fault) => no_link(fault),
    })
}

/// `POST /password/reset/{secret}`
pub async fn update(
    State(app): State<App>,
    Source(source): Source,
    PathId(secret): PathId<String>,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    if let Err(fault) = app.reset_link(&secret, &source).await? {
        return Ok(Err(no_link(fault)));
    }
    let command = NewPassword { token: secret.clone(), password: typed.password, source };
    match app.reset_password(&command).await {
        Ok(()) => {
            Ok(Ok(Done::to("/session/new").say("Your password was changed. Sign in with the new one.")))
        }
        // Used up between the look and the act, or the account is gone.
        Err(Error::Invalid(problems)) if problems.iter().any(|p| p.field == "token") => {
            Ok(Err(no_link(LinkFault::Used)))
        }
        Err(Error::Invalid(problems)) => {
            let text = problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join(" ");
            Ok(Err(form(secret, Some(text)).unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}
