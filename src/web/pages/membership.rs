//! An athlete's own membership: who sees what, agreeing to it, leaving.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::{get, post};
use serde::Deserialize;

use super::person::Problems;
use crate::app::joining::Sight;
use crate::app::membership::OwnMembership;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::person::Role;
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;
use crate::web::{Site, filters};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/membership", get(show))
        .route("/membership/consent", post(agree))
        .route("/membership/departure", post(leave))
}

#[derive(Template)]
#[template(path = "membership/show.html")]
pub struct Show {
    pub own: Option<OwnMembership>,
    /// Whether they are an athlete, who decides what coaches see and may leave.
    pub is_athlete: bool,
    pub is_head_coach: bool,
    pub problems: Problems,
}
view!(Show);

impl Show {
    /// What coaches see now, as a word of [`Sight`]; nothing before the athlete has agreed.
    fn sight(&self) -> &'static str {
        match self.own.as_ref().and_then(|own| own.visible_from) {
            None => "",
            Some(from) if from <= 0 => Sight::All.word(),
            Some(_) => Sight::FromNow.word(),
        }
    }

    fn label(&self, choice: &Sight) -> &'static str {
        match (choice, self.sight()) {
            (Sight::FromNow, "now") => "Only runs since you agreed",
            (choice, _) => choice.label(),
        }
    }
}

async fn page(app: &App, viewer: &Viewer, problems: Vec<Problem>) -> Result<Page, Failure> {
    let own = match app.own_membership(viewer).await {
        Ok(own) => Some(own),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let role = viewer.membership.as_ref().map(|m| m.role);
    let view = Show {
        own,
        is_athlete: role == Some(Role::Athlete),
        is_head_coach: role == Some(Role::HeadCoach),
        problems: Problems(problems),
    };
    Ok(Page::new("Membership", view).at(Place::Settings))
}

/// `GET /membership`
async fn show(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    page(&app, &viewer, Vec::new()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Consent {
    sight: String,
}

/// `POST /membership/consent`
async fn agree(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(consent): Form<Consent>,
) -> Result<Result<Done, Page>, Failure> {
    match app.agree(&viewer, &consent.sight).await {
        Ok(()) => Ok(Ok(Done::to("/membership").say("Saved. Your coaches see what you chose."))),
        Err(Error::Invalid(problems)) => Ok(Err(page(&app, &viewer, problems).await?.unprocessable())),
        Err(error) => Err(error.into()),
    }
}

/// `POST /membership/departure`
async fn leave(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Done, Failure> {
    let undo = app.leave(&viewer).await?;
    let name = viewer.membership.as_ref().map_or("the organization", |m| m.org_name.as_str());
    Ok(Done::to("/membership")
        .say(format!("You have left {name}. Your coaches see nothing of you any more."))
        .undo(format!("/undos/{undo}"), "Undo"))
}
