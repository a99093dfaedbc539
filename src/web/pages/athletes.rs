//! Athletes as coaches keep them: adding, editing, removing, and acts on many. The list itself is in
//! `roster`, an athlete's own page in `athlete`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{import, notes, roster};
use crate::app::athletes::{Choice, Choices};
use crate::app::bulk::{BulkAct, BulkResult, Outcome};
use crate::app::members::{AddMember, Current, MemberChange, split_labels};
use crate::app::undos::athletes;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::{GroupId, OrgId, UndoId, UserId};
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
        .route("/athletes", get(roster::index).post(create))
        .route("/athletes/new", get(new))
        .route("/athletes/export", get(roster::export))
        .route("/athletes/import", get(import::new).post(import::create))
        .route("/athletes/bulk/new", get(new_bulk))
        .route("/athletes/bulk", post(bulk))
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

/// What is wrong with one field, for a form.
pub(super) fn problem<'a>(problems: &'a [Problem], field: &str) -> Option<&'a str> {
    problems.iter().find(|p| p.field == field).map(|p| p.message.as_str())
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
    pub problems: Vec<Problem>,
    /// What somebody else has changed meanwhile.
    pub conflict: Option<String>,
}
view!(Edit, "dialog" => as_dialog);

impl Edit {
    fn wrong(&self, field: &str) -> Option<&str> {
        problem(&self.problems, field)
    }

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
        problems: Vec::new(),
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
            Ok(Err(Edit { typed, problems, ..view }.page().unprocessable()))
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

/// `POST /undos/{id}`
async fn undo(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UndoId>,
) -> Result<Done, Failure> {
    match app.undo(&viewer, id).await {
        Ok(undone) => {
            let to = undone.athlete.map_or("/athletes".to_owned(), |id| format!("/athletes/{id}"));
            Ok(Done::to(to).say(undone.text))
        }
        Err(error @ Error::Conflict { .. }) => Ok(Done::to("/athletes").warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "athletes/new.html", blocks = ["dialog"])]
pub struct New {
    pub email: String,
    pub group: String,
    pub groups: Vec<Choice<GroupId>>,
    pub problem: Option<String>,
}
view!(New, "dialog" => as_dialog);

/// `GET /athletes/new`
async fn new(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    let groups = app.choices(viewer.coach()?).await?.groups;
    let view = New { email: String::new(), group: String::new(), groups, problem: None };
    Ok(Page::new("Add athlete", view).at(Place::Athletes))
}

/// The form that adds somebody, as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewForm {
    email: String,
    group: String,
}

/// `POST /athletes`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<NewForm>,
) -> Result<Result<Done, Page>, Failure> {
    let coach = viewer.coach()?;
    let add = AddMember {
        email: Some(typed.email.trim().to_owned()).filter(|e| !e.is_empty()),
        group_id: Some(typed.group.clone()).filter(|g| !g.is_empty()),
        ..AddMember::default()
    };
    let text = match app.add_member(&viewer, coach.org_id(), &add).await {
        Ok(user) => {
            let done = Done::to(format!("/athletes/{user}"));
            return Ok(Ok(done.say("Added. Their runs appear as soon as they agree to be seen.")));
        }
        Err(Error::NotFound) => "Nobody with this email has an account and is free to join.".to_owned(),
        Err(Error::Invalid(problems)) => problems.into_iter().map(|p| p.message).next().unwrap_or_default(),
        Err(error @ Error::Conflict { .. }) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let groups = app.choices(coach).await?.groups;
    let view = New { email: typed.email, group: typed.group, groups, problem: Some(text) };
    Ok(Err(Page::new("Add athlete", view).at(Place::Athletes).unprocessable()))
}

/// Which athletes, what to do, and with which value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    athlete: Vec<String>,
    #[serde(rename = "do")]
    act: String,
    value: String,
    /// The roster's address to come back to.
    back: String,
}

impl BulkForm {
    fn back(&self) -> String {
        let is_roster = self.back == "/athletes" || self.back.starts_with("/athletes?");
        if is_roster { self.back.clone() } else { "/athletes".to_owned() }
    }

    fn act(&self) -> Result<BulkAct, Error> {
        let wrong = |message: &'static str| Error::invalid("value", message);
        Ok(match self.act.as_str() {
            "label" => BulkAct::AddLabels(split_labels(&self.value)),
            "unlabel" => BulkAct::RemoveLabels(split_labels(&self.value)),
            "status" => BulkAct::SetStatus(self.value.parse().map_err(|_| wrong("Choose a status."))?),
            "group" => BulkAct::AddToGroup(self.value.parse().map_err(|_| wrong("Choose a group."))?),
            "coach" if self.value.is_empty() => BulkAct::AssignCoach(None),
            "coach" => BulkAct::AssignCoach(Some(self.value.parse().map_err(|_| wrong("Choose a coach."))?)),
            _ => return Err(wrong("Choose what to do.")),
        })
    }
}

#[derive(Template)]
#[template(path = "athletes/bulk.html", blocks = ["dialog"])]
pub struct BulkView {
    pub form: BulkForm,
    pub back: String,
    pub title: String,
    pub count: String,
    pub choices: Choices,
    pub statuses: Vec<MemberStatus>,
    pub problem: Option<String>,
}
view!(BulkView, "dialog" => as_dialog);

async fn bulk_view(app: &App, viewer: &Viewer, form: BulkForm) -> Result<BulkView, Error> {
    let coach = viewer.coach()?;
    let count = athletes(form.athlete.len() as i64);
    let title = match form.act.as_str() {
        "label" | "unlabel" => format!("Label {count}"),
        "status" => format!("Set the status of {count}"),
        "coach" => {
            coach.head()?;
            format!("Assign a coach to {count}")
        }
        "group" => format!("Add {count} to a group"),
        _ => return Err(Error::NotFound),
    };
    Ok(BulkView {
        back: form.back(),
        title,
        count,
        choices: app.choices(coach).await?,
        statuses: MemberStatus::ALL.to_vec(),
        problem: form.athlete.is_empty().then(|| "Choose at least one athlete first.".to_owned()),
        form,
    })
}

/// `GET /athletes/bulk/new`: asks for the label, the status, the coach or the group.
async fn new_bulk(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(form): Query<BulkForm>,
) -> Result<Page, Failure> {
    let view = bulk_view(&app, &viewer, form).await?;
    Ok(Page::new(view.title.clone(), view).at(Place::Athletes))
}

#[derive(Template)]
#[template(path = "athletes/bulk_results.html", blocks = ["dialog"])]
pub struct BulkResults {
    pub summary: String,
    pub rows: Vec<(String, &'static str, String)>,
    pub undo: Option<UndoId>,
    pub back: String,
}
view!(BulkResults, "dialog" => as_dialog);

fn result_row(r: BulkResult) -> (String, &'static str, String) {
    let name = if r.name.is_empty() { "Unknown".to_owned() } else { r.name };
    match r.outcome {
        Outcome::Done => (name, "Done", String::new()),
        Outcome::Unchanged => (name, "Unchanged", String::new()),
        Outcome::Refused(reason) => (name, "Refused", reason),
    }
}

/// `POST /athletes/bulk`
async fn bulk(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(form): Form<BulkForm>,
) -> Result<Page, Failure> {
    let org = org(&viewer)?;
    let outcome = match form.act() {
        Ok(act) => app.bulk(&viewer, org, &form.athlete, &act).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(bulk) => {
            let summary = format!("Done for {} of {}", bulk.done(), athletes(bulk.results.len() as i64));
            let view = BulkResults {
                summary: summary.clone(),
                rows: bulk.results.into_iter().map(result_row).collect(),
                undo: bulk.undo,
                back: form.back(),
            };
            Ok(Page::new(summary, view).at(Place::Athletes))
        }
        Err(Error::Invalid(problems)) => {
            let mut view = bulk_view(&app, &viewer, form).await?;
            view.problem = problems.into_iter().map(|p| p.message).next();
            Ok(Page::new(view.title.clone(), view).at(Place::Athletes).unprocessable())
        }
        Err(error) => Err(error.into()),
    }
}
