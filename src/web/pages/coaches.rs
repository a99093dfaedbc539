//! The coaches of an organization, as its head coach manages them: inviting, removing, handing the role over.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::get;
use serde::Deserialize;

use super::person::Problems;
use crate::app::coaches::CoachRow;
use crate::app::invitations::NewInvitation;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::UserId;
use crate::domain::person::Role;
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::{PathId, SignedIn};
use crate::web::{Site, filters};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/coaches", axum::routing::post(invite))
        .route("/coaches/new", get(new))
        .route("/coaches/{id}/removal", get(confirm_removal).post(remove))
        .route("/coaches/{id}/head", get(confirm_head).post(hand_over))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub first_name: String,
    pub email: String,
    pub message: String,
}

#[derive(Template)]
#[template(path = "coaches/new.html", blocks = ["dialog"])]
pub struct New {
    pub typed: Typed,
    pub problems: Problems,
}
view!(New, "dialog" => as_dialog);

impl New {
    fn page(self) -> Page {
        Page::new("Invite coach", self).at(Place::Organization)
    }
}

/// `GET /coaches/new`
async fn new(SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    viewer.coach()?.head()?;
    Ok(New { typed: Typed::default(), problems: Problems::default() }.page())
}

/// `POST /coaches`
async fn invite(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let head = viewer.coach()?.head()?;
    let new = NewInvitation {
        is_coach: true,
        message: typed.message.clone(),
        ..NewInvitation::to(&typed.first_name, &typed.email)
    };
    let problems = match app.invite(&viewer, head.org_id(), &new).await {
        Ok((row, _)) => {
            let text = format!("The invitation to {} is on its way.", row.email);
            return Ok(Ok(Done::to("/organization").say(text)));
        }
        Err(Error::Invalid(problems)) => problems,
        Err(error @ Error::Conflict { .. }) => vec![Problem::invalid("email", error.to_string())],
        Err(error) => return Err(error.into()),
    };
    Ok(Err(New { typed, problems: Problems(problems) }.page().unprocessable()))
}

/// What is typed when athletes change hands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Handover {
    pub reassign_to: String,
    pub note: String,
}

#[derive(Template)]
#[template(path = "coaches/removal.html", blocks = ["dialog"])]
pub struct Removal {
    pub coach: CoachRow,
    pub others: Vec<CoachRow>,
    pub typed: Handover,
    pub problems: Problems,
}
view!(Removal, "dialog" => as_dialog);

#[derive(Template)]
#[template(path = "coaches/head.html", blocks = ["dialog"])]
pub struct Head {
    pub coach: CoachRow,
}
view!(Head, "dialog" => as_dialog);

/// A coach other than the head coach, and the others.
async fn coach_of(app: &App, viewer: &Viewer, id: UserId) -> Result<(CoachRow, Vec<CoachRow>), Error> {
    let head = viewer.coach()?.head()?;
    let mut others = app.coaches(head.coach()).await?;
    let place = others.iter().position(|coach| coach.user_id == id).ok_or(Error::NotFound)?;
    let coach = others.remove(place);
    if coach.role == Role::HeadCoach {
        return Err(Error::Conflict {
            code: "CONFLICT",
            message: "The head coach cannot be removed. Hand the role over first.".into(),
            field: None,
        });
    }
    Ok((coach, others))
}

async fn removal_page(
    app: &App,
    viewer: &Viewer,
    id: UserId,
    typed: Handover,
    problems: Vec<Problem>,
) -> Result<Page, Failure> {
    let (coach, others) = coach_of(app, viewer, id).await?;
    let title = format!("Remove {}", coach.display_name);
    let view = Removal { coach, others, typed, problems: Problems(problems) };
    Ok(Page::new(title, view).at(Place::Organization))
}

/// `GET /coaches/{id}/removal`
async fn confirm_removal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Page, Failure> {
    removal_page(&app, &viewer, id, Handover::default(), Vec::new()).await
}

/// `POST /coaches/{id}/removal`
async fn remove(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
    Form(typed): Form<Handover>,
) -> Result<Result<Done, Page>, Failure> {
    let (coach, _) = coach_of(&app, &viewer, id).await?;
    let org = viewer.coach()?.org_id();
    let wrong = || Error::invalid("reassign_to", "There is no such coach in your organization.");
    let to = match typed.reassign_to.as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| wrong()),
    };
    let outcome = match to {
        Ok(to) => app.remove_coach(&viewer, org, id, to, &typed.note).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => {
            let text = format!("{} is no longer a coach of the organization.", coach.display_name);
            Ok(Ok(Done::to("/organization").say(text)))
        }
        Err(Error::Invalid(problems)) => {
            Ok(Err(removal_page(&app, &viewer, id, typed, problems).await?.unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /coaches/{id}/head`
async fn confirm_head(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Page, Failure> {
    let (coach, _) = coach_of(&app, &viewer, id).await?;
    Ok(Page::new("Hand the role over", Head { coach }).at(Place::Organization))
}

/// `POST /coaches/{id}/head`
async fn hand_over(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Done, Failure> {
    let (coach, _) = coach_of(&app, &viewer, id).await?;
    match app.hand_over(&viewer, viewer.coach()?.org_id(), id).await {
        Ok(()) => Ok(Done::to("/organization").say(format!("{} is head coach now.", coach.display_name))),
        Err(error @ Error::Invalid(_)) => Ok(Done::to("/organization").warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
