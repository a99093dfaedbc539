//! The organization's own mail that could not be delivered, for its head coach.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::app::mails::Kind;
use crate::app::outbox::Undelivered;
use crate::domain::ids::MailId;
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
use crate::web::viewer::SignedIn;
use crate::web::{Site, filters};

/// Mails on a page.
const PAGE: i64 = 50;

pub fn routes() -> Router<Site> {
    Router::new().route("/organization/mail", get(index))
}

/// A mail in the list: never its subject, never what it says.
pub struct Line {
    pub mail: Undelivered,
    /// What it was about.
    pub kind: &'static str,
    pub is_given_up: bool,
}

impl From<Undelivered> for Line {
    fn from(mail: Undelivered) -> Self {
        let kind = mail.kind.parse::<Kind>().map_or("Mail", Kind::label);
        Self { kind, is_given_up: mail.state == "failed", mail }
    }
}

#[derive(Template)]
#[template(path = "mail/index.html")]
pub struct Index {
    pub lines: Vec<Line>,
    pub is_first: bool,
    pub next: Option<MailId>,
}
view!(Index);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The last of the page before.
    before: String,
}

/// `GET /organization/mail`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let head = viewer.coach()?.head()?;
    let before: Option<MailId> = asked.before.parse().ok();
    let mut mails = app.undelivered_mail(head, before, PAGE + 1).await?;
    let has_more = mails.len() as i64 > PAGE;
    mails.truncate(PAGE as usize);
    let next = mails.last().filter(|_| has_more).map(|mail| mail.id);
    let view = Index { lines: mails.into_iter().map(Line::from).collect(), is_first: before.is_none(), next };
    Ok(Page::new("Undelivered mail", view).at(Place::Organization))
}
