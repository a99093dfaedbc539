//! Adding somebody who has an account: find them by their address, then confirm.

use askama::Template;
use axum::extract::State;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::person::Problems;
use crate::app::athletes::Choice;
use crate::app::existing::AddMember;
use crate::app::{App, Error, Problem, User, Viewer};
use crate::domain::ids::GroupId;
use crate::domain::person::initials;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;

/// Who was found.
pub struct Found {
    pub user_id: String,
    pub name: String,
    pub first_name: String,
    pub initials: String,
    /// Unix seconds.
    pub since: i64,
}

impl From<User> for Found {
    fn from(user: User) -> Self {
        let full = format!("{} {}", user.first_name, user.last_name).trim().to_owned();
        let name = if full.is_empty() { user.email } else { full };
        let first = if user.first_name.is_empty() { name.clone() } else { user.first_name };
        Self {
            user_id: user.id.to_string(),
            initials: initials(&name),
            first_name: first,
            name,
            since: user.created_at,
        }
    }
}

#[derive(Template)]
#[template(path = "athletes/new.html", blocks = ["dialog"])]
pub struct New {
    pub email: String,
    pub group: String,
    pub groups: Vec<Choice<GroupId>>,
    pub found: Option<Found>,
    pub problems: Problems,
}
view!(New, "dialog" => as_dialog);

/// The form as it is typed. `user_id` names who was found: without one this is a search.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    email: String,
    group: String,
    user_id: String,
}

async fn page(
    app: &App,
    viewer: &Viewer,
    typed: Typed,
    found: Option<Found>,
    problems: Problems,
) -> Result<Page, Failure> {
    let groups = app.choices(viewer.coach()?).await?.groups;
    let view = New { email: typed.email, group: typed.group, groups, found, problems };
    Ok(Page::new("Add existing user", view).at(Place::Athletes))
}

/// `GET /athletes/new`
pub async fn new(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    page(&app, &viewer, Typed::default(), None, Problems::default()).await
}

/// `POST /athletes`: looks for the address, or adds who was found.
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let org = viewer.coach()?.org_id();
    let outcome = if typed.user_id.is_empty() {
        match app.find_existing(&viewer, org, &typed.email).await {
            Ok(user) => {
                let found = Some(Found::from(user));
                return Ok(Err(page(&app, &viewer, typed, found, Problems::default()).await?));
            }
            Err(error) => Err(error),
        }
    } else {
        let add = AddMember {
            user_id: Some(typed.user_id.clone()),
            group_id: Some(typed.group.clone()).filter(|g| !g.is_empty()),
            ..AddMember::default()
        };
        app.add_member(&viewer, org, &add).await
    };
    let problems = match outcome {
        Ok(user) => {
            let done = Done::to(format!("/athletes/{user}"));
            return Ok(Ok(
                done.say("Added, and told so by mail. Their runs appear as soon as they agree to be seen.")
            ));
        }
        Err(Error::NotFound) => {
            let text = "Nobody with exactly this address is free to be added. Invite them instead.";
            vec![Problem::invalid("email", text)]
        }
        Err(Error::Invalid(problems)) => problems,
        Err(error @ (Error::Conflict { .. } | Error::RateLimited { .. })) => {
            vec![Problem::invalid("email", error.to_string())]
        }
        Err(error) => return Err(error.into()),
    };
    // What is not about the group is about the person who is to be added.
    let problems =
        Problems::named(problems, |field| Some(if field == "group_id" { "group" } else { "email" }));
    Ok(Err(page(&app, &viewer, typed, None, problems).await?.unprocessable()))
}
