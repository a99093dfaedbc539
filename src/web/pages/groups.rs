//! The Group Dashboard: every group with its week for coaches, one's own and the open ones for athletes; making,
//! changing and deleting a group.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::{get, post};
use serde::Deserialize;

use super::person::Problems;
use crate::app::groups::{AskedFor, Discovered, GroupChange, ListedGroup, NewGroup};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::calendar;
use crate::domain::group::Privacy;
use crate::domain::ids::GroupId;
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/groups", get(index).post(create))
        .route("/groups/new", get(new))
        .route("/groups/{id}/edit", get(edit).post(update))
        .route("/groups/{id}/removal", get(removal).post(destroy))
        .route("/groups/{id}/join-requests", post(ask))
}

/// A group with its week.
struct Line {
    id: GroupId,
    name: String,
    privacy: Privacy,
    members: usize,
    distance: f64,
    /// Metres of the whole week before.
    before: f64,
    each: Option<f64>,
    activities: i64,
    engagement: Option<f64>,
}

#[derive(Template)]
#[template(path = "groups/index.html")]
struct Index {
    lines: Vec<Line>,
    total_athletes: i64,
    unassigned: i64,
    week: String,
    zone: String,
    asked_for: Vec<AskedFor>,
    /// Whether a PDF of all reports can be made.
    can_print: bool,
}
view!(Index);

#[derive(Template)]
#[template(path = "groups/own.html")]
struct Own {
    groups: Vec<ListedGroup>,
    open: Vec<Discovered>,
}
view!(Own);

/// `GET /groups`
async fn index(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    if viewer.coach().is_err() {
        let view = Own { groups: app.own_groups(&viewer).await?, open: app.discover_groups(&viewer).await? };
        return Ok(Page::new("Groups", view).at(Place::Groups));
    }
    let found = app.groups_this_week(&viewer, None).await?;
    let lines = found.groups.iter().map(|group| Line {
        id: group.group.id,
        name: group.group.name.clone(),
        privacy: group.group.privacy,
        members: group.members,
        distance: group.total.distance,
        before: group.before.distance,
        each: group.per_active_member(),
        activities: group.total.activities,
        engagement: group.engagement,
    });
    let view = Index {
        lines: lines.collect(),
        total_athletes: found.counts.total_athletes,
        unassigned: found.counts.unassigned,
        week: calendar::range_in_words(found.period.first_day(), found.period.last_day(), found.today),
        zone: calendar::zone_label(found.period.zone),
        asked_for: app.groups_asked_for(&viewer).await?,
        can_print: app.can_print(),
    };
    Ok(Page::new("Groups", view).at(Place::Groups))
}

/// What a group's form holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    description: String,
    privacy: String,
    version: String,
}

impl Typed {
    fn privacy(&self) -> Result<Privacy, Error> {
        self.privacy.parse().map_err(|_| Error::invalid("privacy", "Choose who may find the group."))
    }
}

/// The dialog of a new group, or of one that is there.
#[derive(Template)]
#[template(path = "groups/edit.html", blocks = ["dialog"])]
struct Edit {
    id: Option<GroupId>,
    /// What the group is called now.
    name: String,
    typed: Typed,
    problems: Problems,
}
view!(Edit, "dialog" => as_dialog);

impl Edit {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/groups".to_owned(), |id| format!("/groups/{id}/edit"))
    }

    fn back(&self) -> String {
        self.id.map_or_else(|| "/groups".to_owned(), |id| format!("/groups/{id}"))
    }

    fn page(self) -> Page {
        let title = match self.id {
            Some(_) => format!("Edit {}", self.name),
            None => "Create group".to_owned(),
        };
        Page::new(title, self).at(Place::Groups)
    }

    /// The form again with what is wrong beside the fields.
    fn refused(mut self, typed: Typed, error: Error) -> Result<Page, Failure> {
        self.typed = typed;
        match error {
            Error::Invalid(problems) => {
                self.problems = Problems(problems);
                Ok(self.page().unprocessable())
            }
            Error::Conflict { message, field: Some(field), .. } => {
                self.problems = Problems(vec![Problem::invalid(field, message)]);
                Ok(self.page().unprocessable())
            }
            error => Err(error.into()),
        }
    }
}

fn blank() -> Edit {
    let typed = Typed { privacy: Privacy::Public.word().to_owned(), ..Typed::default() };
    Edit { id: None, name: String::new(), typed, problems: Problems::default() }
}

/// `GET /groups/new`
async fn new(SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    viewer.coach()?;
    Ok(blank().page())
}

/// `POST /groups`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    viewer.coach()?;
    let command = |privacy| NewGroup {
        name: typed.name.clone(),
        description: typed.description.clone(),
        privacy: Some(privacy),
        ..NewGroup::default()
    };
    let made = match typed.privacy() {
        Ok(privacy) => app.create_group(&viewer, &command(privacy)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => Ok(Ok(Done::to(format!("/groups/{id}/members")).say("Group created. Add its members."))),
        Err(error) => Ok(Err(blank().refused(typed, error)?)),
    }
}

async fn stored(app: &App, viewer: &Viewer, id: GroupId) -> Result<Edit, Error> {
    let (seen, _) = app.coached_group(viewer, id).await?;
    let group = seen.group().clone();
    let typed = Typed {
        name: group.name.clone(),
        description: group.description,
        privacy: group.privacy.word().to_owned(),
        version: group.version.to_string(),
    };
    Ok(Edit { id: Some(id), name: group.name, typed, problems: Problems::default() })
}

/// `GET /groups/{id}/edit`
async fn edit(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
) -> Result<Page, Failure> {
    Ok(stored(&app, &viewer, id).await?.page())
}

/// `POST /groups/{id}/edit`
async fn update(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Form(typed): Form<Typed>,
) -> Result<Result<Done, Page>, Failure> {
    let now = stored(&app, &viewer, id).await?;
    let change = |privacy, version| GroupChange {
        name: Some(typed.name.clone()),
        description: Some(typed.description.clone()),
        privacy: Some(privacy),
        members: None,
        if_version: Some(version),
    };
    let outcome = match (typed.privacy(), typed.version.parse()) {
        (Ok(privacy), Ok(version)) => app.update_group(&viewer, id, &change(privacy, version)).await,
        (Err(error), _) => Err(error),
        (_, Err(_)) => Err(Error::stale()),
    };
    match outcome {
        Ok(_) => Ok(Ok(Done::to(format!("/groups/{id}")).say("Saved."))),
        Err(Error::Conflict { code: "STALE", .. }) => {
            // What was typed stays; saving again puts it over what is there now, knowingly.
            let said =
                "The group, or who is in it, was changed meanwhile. Save again to put this in its place.";
            let version = now.typed.version.clone();
            let problem = Problem::invalid("version", said);
            let typed = Typed { version, ..typed };
            let page = Edit { typed, problems: Problems(vec![problem]), ..now }.page();
            Ok(Err(page.status(axum::http::StatusCode::CONFLICT)))
        }
        Err(error) => Ok(Err(now.refused(typed, error)?)),
    }
}

#[derive(Template)]
#[template(path = "groups/removal.html", blocks = ["dialog"])]
struct Removal {
    id: GroupId,
    name: String,
    members: i64,
}
view!(Removal, "dialog" => as_dialog);

/// `GET /groups/{id}/removal`
async fn removal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
) -> Result<Page, Failure> {
    let (seen, members) = app.coached_group(&viewer, id).await?;
    let view = Removal { id, name: seen.group().name.clone(), members };
    Ok(Page::new(format!("Delete {}", view.name), view).at(Place::Groups))
}

/// `POST /groups/{id}/removal`
async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
) -> Result<Done, Failure> {
    app.delete_group(&viewer, id, None).await?;
    Ok(Done::to("/groups").say("Group deleted. Its athletes are still on the roster."))
}

/// `POST /groups/{id}/join-requests`: an athlete asks to join.
async fn ask(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
) -> Result<Done, Failure> {
    match app.ask_to_join(&viewer, id).await {
        Ok(_) => Ok(Done::to("/groups").say("Your coaches will see that you would like to join.")),
        Err(error @ Error::Conflict { .. }) => Ok(Done::to("/groups").warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
