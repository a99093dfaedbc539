//! Athletes as coaches keep them: adding, editing, removing. The list itself is in `roster`, acts on
//! many in `bulk`, an athlete's own page in `athlete`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::person::Problems;
use super::{bulk, existing, import, notes, roster};
use crate::app::athletes::Choices;
use crate::app::members::{Current, MemberChange, split_labels};
use crate::app::undos::About;
use crate::app::{App, Error, Viewer};
use crate::domain::ids::{OrgId, UndoId, UserId};
use crate::domain::person::MemberStatus;
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::{PathId, SignedIn};

/// The addresses below `/athletes` that this file, the roster, notes and the import answer.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/athletes", get(roster::index).post(existing::create))
        .route("/athletes/rows", post(roster::remember_rows))
        .route("/athletes/new", get(existing::new))
        .route("/athletes/export", get(roster::export))
        .route("/athletes/import", get(import::new).post(import::create))
        .route("/athletes/bulk/new", get(bulk::new))
        .route("/athletes/bulk", post(bulk::create))
        .route("/athletes/{id}", post(update))
        .route("/athletes/{id}/edit", get(edit))
        .route("/athletes/{id}/removal", get(new_removal).post(remove))
        .route("/athletes/{id}/notes", get(notes::index).post(notes::create))
        .route("/athletes/{id}/notes/{note_id}/removal", post(notes::destroy))
        .route("/undos/{id}", post(undo))
}

/// The viewer's organization.
pub(super) fn org(viewer: &Viewer) -> Result<OrgId, Error> {
    // The services ask for the coach themselves, after looking the athlete up: what belongs to another
    // organization is "not found" for everybody.
    Ok(viewer.member()?.org_id())
}

#[derive(Template)]
#[template(path = "athletes/edit.html", blocks = ["dialog"])]
pub struct Edit {
    pub id: UserId,
    /// Who it is, whatever is being typed.
    pub name: String,
    pub typed: EditForm,
    pub choices: Choices,
    pub statuses: Vec<MemberStatus>,
    pub is_head_coach: bool,
    pub problems: Problems,
    /// What somebody else has changed meanwhile.
    pub conflict: Option<String>,
}
view!(Edit, "dialog" => as_dialog);

impl Edit {
    fn page(self) -> Page {
        Page::new(format!("Edit {}", self.name), self).at(Place::Athletes)
    }
}

/// The edit form as it is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EditForm {
    pub version: String,
    pub display_name: String,
    pub member_level: String,
    pub labels: String,
    pub status: String,
    pub private_notes: String,
    /// The head coach's form only; empty for no coach.
    pub assigned_to_coach_id: Option<String>,
}

impl EditForm {
    fn of(current: &Current) -> Self {
        let row = &current.row;
        Self {
            version: row.version.to_string(),
            display_name: row.display_name.clone(),
            member_level: row.member_level.clone(),
            labels: current.labels.iter().map(|l| format!("@{l}")).collect::<Vec<_>>().join(", "),
            status: row.status.word().to_owned(),
            private_notes: current.note.clone().unwrap_or_default(),
            assigned_to_coach_id: Some(row.assigned_coach_id.map(|c| c.to_string()).unwrap_or_default()),
        }
    }

    fn change(&self) -> Result<MemberChange, Error> {
        let wrong_coach =
            || Error::invalid("assigned_to_coach_id", "There is no such coach in your organization.");
        let status = self.status.parse().map_err(|_| Error::invalid("status", "Choose a status."))?;
        let coach = match self.assigned_to_coach_id.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(id) => Some(Some(id.parse().map_err(|_| wrong_coach())?)),
        };
        Ok(MemberChange {
            display_name: Some(self.display_name.clone()),
            member_level: Some(self.member_level.clone()),
            labels: Some(split_labels(&self.labels)),
            private_notes: Some(self.private_notes.clone()),
            status: Some(status),
            assigned_coach_id: coach,
            if_version: Some(self.version.parse().map_err(|_| Error::stale())?),
        })
    }
}

async fn edit_view(app: &App, viewer: &Viewer, id: UserId) -> Result<Edit, Error> {
    let current = app.member(viewer, org(viewer)?, id).await?;
    let coach = viewer.coach()?;
    Ok(Edit {
        id,
        name: current.row.display_name.clone(),
        typed: EditForm::of(&current),
        choices: app.choices(coach).await?,
        statuses: MemberStatus::ALL.to_vec(),
        is_head_coach: coach.is_head(),
        problems: Problems::default(),
        conflict: None,
    })
}

/// `GET /athletes/{id}/edit`
async fn edit(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Page, Failure> {
    Ok(edit_view(&app, &viewer, id).await?.page())
}

/// `POST /athletes/{id}`
async fn update(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
    Form(typed): Form<EditForm>,
) -> Result<Result<Done, Page>, Failure> {
    let org = org(&viewer)?;
    let outcome = match typed.change() {
        Ok(change) => app.update_member(&viewer, org, id, change).await,
        // Not the athlete's own mistake may hide that there is no such athlete.
        Err(error) => app.member(&viewer, org, id).await.and(Err(error)),
    };
    match outcome {
        Ok(_) => Ok(Ok(Done::to(format!("/athletes/{id}")).say("Saved."))),
        Err(Error::Invalid(problems)) => {
            let view = edit_view(&app, &viewer, id).await?;
            Ok(Err(Edit { typed, problems: Problems(problems), ..view }.page().unprocessable()))
        }
        Err(Error::Conflict { code: "STALE", .. }) => {
            let mut view = edit_view(&app, &viewer, id).await?;
            // What was typed stays; saving again puts it over what is there now, knowingly.
            let now = std::mem::replace(&mut view.typed, typed);
            view.conflict = Some(differences(&view.typed, &now));
            view.typed.version = now.version;
            Ok(Err(view.page().status(axum::http::StatusCode::CONFLICT)))
        }
        Err(error) => Err(error.into()),
    }
}

/// What stands there now where it differs from what was typed.
fn differences(typed: &EditForm, now: &EditForm) -> String {
    let fields = [
        ("display name", &typed.display_name, &now.display_name),
        ("level", &typed.member_level, &now.member_level),
        ("labels", &typed.labels, &now.labels),
        ("status", &typed.status, &now.status),
    ];
    let said: Vec<String> = fields
        .iter()
        .filter(|(_, typed, now)| typed.trim() != now.trim())
        .map(|(name, _, now)| format!("{name} is now “{now}”"))
        .collect();
    if said.is_empty() {
        "Nothing differs from what you typed.".into()
    } else {
        format!("There, {}.", said.join(", "))
    }
}

#[derive(Template)]
#[template(path = "athletes/removal.html", blocks = ["dialog"])]
pub struct Removal {
    pub id: UserId,
    pub name: String,
    pub groups: Vec<String>,
}
view!(Removal, "dialog" => as_dialog);

/// `GET /athletes/{id}/removal`
async fn new_removal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Page, Failure> {
    let current = app.member(&viewer, org(&viewer)?, id).await?;
    viewer.coach()?;
    let name = current.row.display_name;
    let groups = current.groups.into_iter().map(|(_, name)| name).collect();
    Ok(Page::new(format!("Remove {name}"), Removal { id, name, groups }).at(Place::Athletes))
}

/// `POST /athletes/{id}/removal`
async fn remove(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Done, Failure> {
    let org = org(&viewer)?;
    let name = app.member(&viewer, org, id).await?.row.display_name;
    let undo = app.remove_member(&viewer, org, id).await?;
    Ok(Done::to("/athletes")
        .say(format!("{name} is no longer in the organization."))
        .undo(format!("/undos/{undo}"), "Undo"))
}

/// Where somebody was who takes an act on several athletes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UndoForm {
    back: String,
}

/// `POST /undos/{id}`
async fn undo(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UndoId>,
    Form(form): Form<UndoForm>,
) -> Result<Done, Failure> {
    match app.undo(&viewer, id).await {
        Ok(undone) => {
            let to = match undone.about {
                About::Roster => roster_address(&form.back),
                About::Athlete(id) => format!("/athletes/{id}"),
                About::NotesOf(id) => format!("/athletes/{id}/notes"),
                About::FitnessOf(id) => format!("/athletes/{id}/fitness"),
                About::MembersOf(id) => format!("/groups/{id}/members"),
                About::Own => "/membership".to_owned(),
            };
            Ok(Done::to(to).say(undone.text))
        }
        Err(error @ Error::Conflict { .. }) => Ok(Done::to("/").warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The roster's address if it is one, else the whole roster's.
pub(super) fn roster_address(back: &str) -> String {
    let is_roster = back == "/athletes" || back.starts_with("/athletes?");
    if is_roster { back.to_owned() } else { "/athletes".to_owned() }
}
