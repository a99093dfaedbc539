//! What every kind of mail looks like, for who works on them: only where the operator switched it on.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::app::mails::Kind;
use crate::app::{App, Error};
use crate::view;
use crate::web::error::Failure;
use crate::web::page::Page;
use crate::web::viewer::PathId;
use crate::web::{Site, filters};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/dev/mails", get(index))
        .route("/dev/mails/{kind}", get(show))
        .route("/dev/mails/{kind}/html", get(html))
}

/// A mail's own page may carry the styles that mails must have within; nothing else, and no script.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'",
);

#[derive(Template)]
#[template(path = "mail_previews/index.html")]
pub struct Index {
    pub kinds: &'static [Kind],
}
view!(Index);

#[derive(Template)]
#[template(path = "mail_previews/show.html")]
pub struct Show {
    pub kind: Kind,
    pub to: String,
    pub subject: String,
    pub text: String,
}
view!(Show);

fn allowed(app: &App) -> Result<(), Failure> {
    if app.settings().shows_mails { Ok(()) } else { Err(Error::NotFound.into()) }
}

/// `GET /dev/mails`
async fn index(State(app): State<App>) -> Result<Page, Failure> {
    allowed(&app)?;
    Ok(Page::new("Mails", Index { kinds: Kind::ALL }))
}

/// `GET /dev/mails/{kind}`
async fn show(State(app): State<App>, PathId(kind): PathId<Kind>) -> Result<Page, Failure> {
    allowed(&app)?;
    let letter = app.sample_letter(kind);
    let text = letter.text();
    Ok(Page::new(kind.label(), Show { kind, to: letter.to, subject: letter.subject, text }))
}

/// `GET /dev/mails/{kind}/html`
async fn html(State(app): State<App>, PathId(kind): PathId<Kind>) -> Result<Response, Failure> {
    allowed(&app)?;
    let mut response = Html(app.sample_letter(kind).html()).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}
