//! One act on many athletes: what to do, then what became of each.

use askama::Template;
use axum::extract::State;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::athletes::{org, roster_address};
use super::person::Problems;
use crate::app::athletes::Choices;
use crate::app::bulk::{BulkAct, BulkResult, Outcome};
use crate::app::members::split_labels;
use crate::app::undos::athletes;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::UndoId;
use crate::domain::person::MemberStatus;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
use crate::web::viewer::SignedIn;

/// Which athletes, what to do, and with which value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    athlete: Vec<String>,
    #[serde(rename = "do")]
    act: String,
    value: String,
    /// For the coaches, when athletes change hands.
    note: String,
    /// The roster's address to come back to.
    back: String,
}

impl BulkForm {
    fn act(&self) -> Result<BulkAct, Error> {
        let wrong = |message: &'static str| Error::invalid("value", message);
        Ok(match self.act.as_str() {
            "label" => BulkAct::AddLabels(split_labels(&self.value)),
            "unlabel" => BulkAct::RemoveLabels(split_labels(&self.value)),
            "status" => BulkAct::SetStatus(self.value.parse().map_err(|_| wrong("Choose a status."))?),
            "group" => BulkAct::AddToGroup(self.value.parse().map_err(|_| wrong("Choose a group."))?),
            "coach" => {
                let to = match self.value.as_str() {
                    "" => None,
                    id => Some(id.parse().map_err(|_| wrong("Choose a coach."))?),
                };
                BulkAct::AssignCoach { to, note: self.note.clone() }
            }
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
    /// What the button does, with how many athletes.
    pub button: String,
    pub choices: Choices,
    pub statuses: Vec<MemberStatus>,
    pub problems: Problems,
}
view!(BulkView, "dialog" => as_dialog);

async fn bulk_view(app: &App, viewer: &Viewer, form: BulkForm) -> Result<BulkView, Error> {
    let coach = viewer.coach()?;
    let count = athletes(form.athlete.len() as i64);
    let (title, button) = match form.act.as_str() {
        "label" | "unlabel" => (format!("Label {count}"), format!("Change labels of {count}")),
        "status" => (format!("Set the status of {count}"), format!("Set status of {count}")),
        "coach" => {
            coach.head()?;
            (format!("Assign a coach to {count}"), format!("Assign coach to {count}"))
        }
        "group" => (format!("Add {count} to a group"), format!("Add {count} to group")),
        _ => return Err(Error::NotFound),
    };
    let nobody = || Problem::required("athlete", "Choose at least one athlete first.");
    Ok(BulkView {
        back: roster_address(&form.back),
        title,
        button,
        choices: app.choices(coach).await?,
        statuses: MemberStatus::ALL.to_vec(),
        problems: Problems(form.athlete.is_empty().then(nobody).into_iter().collect()),
        form,
    })
}

/// `GET /athletes/bulk/new`: asks for the label, the status, the coach or the group.
pub async fn new(
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
    /// What was done to how many.
    pub summary: String,
    /// What became of the others; empty where there are none.
    pub others: String,
    pub rows: Vec<(String, &'static str, String)>,
    pub undo: Option<UndoId>,
    pub back: String,
}
view!(BulkResults, "dialog" => as_dialog);

/// What was done, as a sentence without its full stop: `Label @marathon added to 12 athletes`.
fn said(act: &BulkAct, choices: &Choices, whom: &str) -> String {
    let named = |labels: &[String]| {
        let names: Vec<String> = labels.iter().map(|l| format!("@{}", l.trim_start_matches('@'))).collect();
        format!("{} {}", if names.len() == 1 { "Label" } else { "Labels" }, names.join(", "))
    };
    match act {
        BulkAct::AddLabels(labels) => format!("{} added to {whom}", named(labels)),
        BulkAct::RemoveLabels(labels) => format!("{} taken off {whom}", named(labels)),
        BulkAct::SetStatus(status) => format!("Status {} set for {whom}", status.label()),
        BulkAct::AddToGroup(group) => {
            let group = choices.groups.iter().find(|g| g.value == *group);
            format!("{whom} added to {}", group.map_or("the group", |g| g.name.as_str()))
        }
        BulkAct::AssignCoach { to: None, .. } => format!("Coach taken off {whom}"),
        BulkAct::AssignCoach { to: Some(coach), .. } => {
            let coach = choices.coaches.iter().find(|c| c.value == *coach);
            format!("{} assigned to {whom}", coach.map_or("Coach", |c| c.name.as_str()))
        }
    }
}

/// `2 unchanged, 1 refused.`
fn others(results: &[BulkResult]) -> String {
    let count = |is: fn(&Outcome) -> bool| results.iter().filter(|r| is(&r.outcome)).count();
    let counts = [
        (count(|o| *o == Outcome::Unchanged), "unchanged"),
        (count(|o| matches!(o, Outcome::Refused(_))), "refused"),
    ];
    let said: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if said.is_empty() { String::new() } else { format!("{}.", said.join(", ")) }
}

fn result_row(r: BulkResult) -> (String, &'static str, String) {
    let name = if r.name.is_empty() { "Unknown".to_owned() } else { r.name };
    match r.outcome {
        Outcome::Done => (name, "Done", String::new()),
        Outcome::Unchanged => (name, "Unchanged", String::new()),
        Outcome::Refused(reason) => (name, "Refused", reason),
    }
}

/// `POST /athletes/bulk`
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(form): Form<BulkForm>,
) -> Result<Page, Failure> {
    let org = org(&viewer)?;
    let outcome = match form.act() {
        Ok(act) => app.bulk(&viewer, org, &form.athlete, &act).await.map(|bulk| (act, bulk)),
        Err(error) => Err(error),
    };
    match outcome {
        Ok((act, bulk)) => {
            let summary = match bulk.done() {
                0 => "Nothing changed".to_owned(),
                done => said(&act, &app.choices(viewer.coach()?).await?, &athletes(done)),
            };
            let view = BulkResults {
                summary: summary.clone(),
                others: others(&bulk.results),
                rows: bulk.results.into_iter().map(result_row).collect(),
                undo: bulk.undo,
                back: roster_address(&form.back),
            };
            Ok(Page::new(summary, view).at(Place::Athletes))
        }
        Err(Error::Invalid(problems)) => {
            let mut view = bulk_view(&app, &viewer, form).await?;
            // The form has one control for what the product calls labels, status, coach or group.
            view.problems = Problems::named(problems, |field| {
                Some(match field {
                    "user_ids" => "athlete",
                    "note" => "note",
                    _ => "value",
                })
            });
            Ok(Page::new(view.title.clone(), view).at(Place::Athletes).unprocessable())
        }
        Err(error) => Err(error.into()),
    }
}
