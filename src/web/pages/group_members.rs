//! The Members tab of a group: who is in it since when, who asks to join; adding and removing.

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::group::{Head, Tab};
use super::person::Problems;
use crate::app::groups::MemberRow;
use crate::app::join_requests::JoinRequest;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::{GroupId, RequestId, UserId};
use crate::domain::person::{MemberStatus, initials};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, PathIds, SignedIn};

/// So many athletes are offered at once; a search finds the others.
const OFFERED: i64 = 100;

/// Members on a page.
const PAGE: usize = 200;

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/groups/{id}/members", get(index).post(create))
        .route("/groups/{id}/members/new", get(new))
        .route("/groups/{id}/members/{user}/removal", get(removal).post(destroy))
        .route("/groups/{id}/join-requests/{request}/approval", post(approve))
        .route("/groups/{id}/join-requests/{request}/refusal", post(decline))
}

/// A member as they are listed. Level and status are for coaches.
struct Member {
    id: UserId,
    name: String,
    initials: String,
    level: String,
    status: Option<MemberStatus>,
    joined_at: i64,
}

#[derive(Template)]
#[template(path = "groups/members.html")]
struct Index {
    head: Head,
    members: Vec<Member>,
    newer: Option<usize>,
    older: Option<usize>,
    requests: Vec<JoinRequest>,
}
view!(Index);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OnPage {
    page: String,
}

/// `GET /groups/{id}/members`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<OnPage>,
) -> Result<Page, Failure> {
    let (seen, rows) = app.group_members(&viewer, id).await?;
    let may_edit = seen.may_edit();
    let last = rows.len().div_ceil(PAGE).max(1);
    let page: usize = asked.page.parse().unwrap_or(1).clamp(1, last);
    let requests = if may_edit { app.join_requests(&viewer, id).await? } else { Vec::new() };
    let head = Head::new(seen.group(), rows.len() as i64, may_edit, Tab::Members);
    let members = rows.into_iter().skip((page - 1) * PAGE).take(PAGE).map(|row| Member {
        id: row.user_id,
        initials: initials(&row.display_name),
        name: row.display_name,
        level: if may_edit { row.member_level } else { String::new() },
        status: may_edit.then_some(row.status),
        joined_at: row.joined_at,
    });
    let title = format!("Members of {}", head.name);
    let (newer, older) = ((page > 1).then(|| page - 1), (page < last).then_some(page + 1));
    let view = Index { head, members: members.collect(), newer, older, requests };
    Ok(Page::new(title, view).at(Place::Groups))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    q: String,
    athlete: Vec<String>,
}

#[derive(Template)]
#[template(path = "groups/add_members.html", blocks = ["dialog"])]
struct Add {
    id: GroupId,
    name: String,
    q: String,
    /// Who is ticked first, then who matches.
    athletes: Vec<(MemberRow, bool)>,
    /// Whether the search found anybody beside who is ticked.
    has_found: bool,
    /// Whether there may be more than are shown.
    is_cut: bool,
    problems: Problems,
}
view!(Add, "dialog" => as_dialog);

async fn add_view(app: &App, viewer: &Viewer, id: GroupId, chosen: &Chosen) -> Result<Add, Error> {
    let ticked: HashSet<UserId> = chosen.athlete.iter().filter_map(|id| id.parse().ok()).collect();
    let addable = app.addable_athletes(viewer, id, &chosen.q, &ticked, OFFERED).await?;
    let has_found = !addable.found.is_empty();
    let athletes = addable.others.into_iter().chain(addable.found).map(|row| {
        let is_on = ticked.contains(&row.user_id);
        (row, is_on)
    });
    Ok(Add {
        id,
        name: addable.group.name,
        q: chosen.q.clone(),
        athletes: athletes.collect(),
        has_found,
        is_cut: addable.is_cut,
        problems: Problems::default(),
    })
}

impl Add {
    fn page(self) -> Page {
        Page::new(format!("Add members to {}", self.name), self).at(Place::Groups)
    }
}

/// `GET /groups/{id}/members/new`
async fn new(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(chosen): Query<Chosen>,
) -> Result<Page, Failure> {
    Ok(add_view(&app, &viewer, id, &chosen).await?.page())
}

/// `POST /groups/{id}/members`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Form(chosen): Form<Chosen>,
) -> Result<Result<Done, Page>, Failure> {
    let outcome = match chosen.athlete.is_empty() {
        // Not the empty choice may hide that there is no such group.
        true => app
            .group(&viewer, id)
            .await
            .and_then(|(seen, _)| seen.coached())
            .and(Err(Error::Invalid(vec![Problem::required("athlete", "Choose at least one athlete.")]))),
        false => app.add_group_members(&viewer, id, &chosen.athlete, None).await,
    };
    match outcome {
        Ok(done) => {
            let athletes = |count: usize| crate::app::undos::athletes(count as i64);
            let said = match (done.added.len(), done.unchanged.len()) {
                (0, there) => format!("{} in the group already.", is_are(there, &athletes(there))),
                (added, 0) => format!("{} added.", athletes(added)),
                (added, there) => format!("{} added, {there} in the group already.", athletes(added)),
            };
            Ok(Ok(Done::to(format!("/groups/{id}/members")).say(said)))
        }
        Err(Error::Invalid(problems)) => {
            let mut view = add_view(&app, &viewer, id, &chosen).await?;
            view.problems = Problems::named(problems, |_| Some("athlete"));
            Ok(Err(view.page().unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_are(count: usize, athletes: &str) -> String {
    format!("{athletes} {}", if count == 1 { "was" } else { "were" })
}

#[derive(Template)]
#[template(path = "groups/member_removal.html", blocks = ["dialog"])]
struct Removal {
    id: GroupId,
    group: String,
    user: UserId,
    name: String,
}
view!(Removal, "dialog" => as_dialog);

/// `GET /groups/{id}/members/{user}/removal`
async fn removal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, user): PathIds<GroupId, UserId>,
) -> Result<Page, Failure> {
    let (seen, rows) = app.group_members(&viewer, id).await?;
    let group = seen.coached()?.group().name.clone();
    let row = rows.into_iter().find(|row| row.user_id == user).ok_or(Error::NotFound)?;
    let view = Removal { id, group, user, name: row.display_name };
    Ok(Page::new(format!("Remove {} from {}", view.name, view.group), view).at(Place::Groups))
}

/// `POST /groups/{id}/members/{user}/removal`
async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, user): PathIds<GroupId, UserId>,
) -> Result<Done, Failure> {
    let undo = app.remove_group_member(&viewer, id, user).await?;
    let said = "Removed from the group. They are still on the roster.";
    Ok(Done::to(format!("/groups/{id}/members")).say(said).undo(format!("/undos/{undo}"), "Undo"))
}

async fn decide(
    app: &App,
    viewer: &Viewer,
    (id, request): (GroupId, RequestId),
    is_approved: bool,
) -> Result<Done, Failure> {
    let back = Done::to(format!("/groups/{id}/members"));
    match app.decide_join_request(viewer, id, request, is_approved).await {
        Ok(decided) => {
            let name = decided.display_name;
            Ok(back.say(if is_approved {
                format!("{name} is in the group.")
            } else {
                format!("The request of {name} was declined. They are told.")
            }))
        }
        Err(error @ Error::Conflict { .. }) => Ok(back.warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// `POST /groups/{id}/join-requests/{request}/approval`
async fn approve(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, request): PathIds<GroupId, RequestId>,
) -> Result<Done, Failure> {
    decide(&app, &viewer, (id, request), true).await
}

/// `POST /groups/{id}/join-requests/{request}/refusal`
async fn decline(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, request): PathIds<GroupId, RequestId>,
) -> Result<Done, Failure> {
    decide(&app, &viewer, (id, request), false).await
}
