//! What the product tells a person: the bell leads here.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::app::App;
use crate::app::notifications::{Asked, Category, Notification};
use crate::domain::ids::NotificationId;
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};
use crate::web::{Site, filters};

/// Notifications on a page.
const PAGE: i64 = 30;

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/notifications", get(index))
        .route("/notifications/reading", post(read_all))
        .route("/notifications/{id}/reading", post(read))
}

#[derive(Template)]
#[template(path = "notifications/index.html")]
pub struct Index {
    pub category: Option<Category>,
    pub is_unread_only: bool,
    pub told: Vec<Notification>,
    /// How many are not read, of all of them; counted up to a hundred.
    pub unread: i64,
    /// The newest that there is, up to which all can be marked as read.
    pub newest: Option<NotificationId>,
    pub is_first: bool,
    pub next: Option<NotificationId>,
}
view!(Index);

impl Index {
    /// The address with another category, or with another answer to whether read ones are shown.
    fn address(&self, category: Option<&Category>, is_unread_only: bool) -> String {
        let mut parts = Vec::new();
        parts.extend(category.map(|category| format!("category={category}")));
        parts.extend(is_unread_only.then(|| "unread=1".to_owned()));
        if parts.is_empty() {
            "/notifications".to_owned()
        } else {
            format!("/notifications?{}", parts.join("&"))
        }
    }

    fn of(&self, category: Option<&Category>) -> String {
        self.address(category, self.is_unread_only)
    }

    fn here(&self) -> String {
        self.address(self.category.as_ref(), self.is_unread_only)
    }

    /// The same category with the other answer.
    fn other(&self) -> String {
        self.address(self.category.as_ref(), !self.is_unread_only)
    }

    fn next_address(&self, id: &NotificationId) -> String {
        let here = self.here();
        let sign = if here.contains('?') { '&' } else { '?' };
        format!("{here}{sign}before={id}")
    }

    fn is_at(&self, category: &Category) -> bool {
        self.category == Some(*category)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    category: String,
    unread: String,
    /// The last of the page before.
    before: String,
}

/// `GET /notifications`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Page, Failure> {
    let asked = Asked {
        category: wanted.category.parse().ok(),
        is_unread_only: wanted.unread == "1",
        before: wanted.before.parse().ok(),
    };
    let mut told = app.notifications(&viewer, asked, PAGE + 1).await?;
    let has_more = told.len() as i64 > PAGE;
    told.truncate(PAGE as usize);
    let view = Index {
        category: asked.category,
        is_unread_only: asked.is_unread_only,
        unread: viewer.unread,
        newest: told.first().map(|told| told.id),
        is_first: asked.before.is_none(),
        next: told.last().filter(|_| has_more).map(|told| told.id),
        told,
    };
    Ok(Page::new("Notifications", view).at(Place::Notifications))
}

/// Where to go on afterwards, and up to which notification all are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reading {
    up_to: String,
    back: String,
}

impl Reading {
    /// Only back to where notifications are shown.
    fn back(&self) -> &str {
        let is_ours = self.back == "/me" || self.back.starts_with("/notifications");
        if is_ours { &self.back } else { "/notifications" }
    }
}

/// `POST /notifications/reading`: everything up to the one that is named. What came since then stays unread.
async fn read_all(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(reading): Form<Reading>,
) -> Result<Done, Failure> {
    if let Ok(up_to) = reading.up_to.parse() {
        app.read_notifications(&viewer, up_to).await?;
    }
    Ok(Done::to(reading.back()))
}

/// `POST /notifications/{id}/reading`
async fn read(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<NotificationId>,
    Form(reading): Form<Reading>,
) -> Result<Done, Failure> {
    app.read_notification(&viewer, id).await?;
    Ok(Done::to(reading.back()))
}
