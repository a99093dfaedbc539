//! Importing a CSV into the roster: first what it would change, then the change.

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};

use super::person::Problems;
use crate::app::roster_csv::{ImportPlan, ImportRow, Imported, Planned};
use crate::app::undos::athletes;
use crate::app::{App, Error, Problem};
use crate::domain::ids::UndoId;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::SignedIn;

/// A row of the dry run: line, who, what, and why not.
pub struct Row {
    pub line: u64,
    pub who: String,
    pub word: &'static str,
    pub what: String,
}

impl Row {
    fn of(row: ImportRow) -> Self {
        let (word, what) = match row.planned {
            Planned::Change(words) => ("Changes", words.join("; ")),
            Planned::Same => ("Same", String::new()),
            Planned::Unknown => ("Not in the roster", UNKNOWN.to_owned()),
            Planned::Refused(reason) => ("Refused", reason),
        };
        Self { line: row.line, who: if row.name.is_empty() { row.email } else { row.name }, word, what }
    }
}

/// The way that works. Whether the address has an account is not looked up: a file of addresses would tell.
const UNKNOWN: &str = "Nobody on the roster has this address. Add them if they have an account; if not, the operator makes one \
                       with harrier admin create-athlete.";

/// What an import did, and the rows that it could do nothing with.
#[derive(Template)]
#[template(path = "athletes/import_results.html", blocks = ["dialog"])]
pub struct ImportResults {
    pub summary: String,
    pub others: String,
    pub rows: Vec<Row>,
    pub undo: Option<UndoId>,
}
view!(ImportResults, "dialog" => as_dialog);

/// After an import: back to the roster where all went in, or what did not with its lines.
fn after(imported: Imported) -> Result<Done, Page> {
    let summary = format!("Imported: {} changed", athletes(imported.plan.changes()));
    let is_left = |row: &ImportRow| matches!(row.planned, Planned::Unknown | Planned::Refused(_));
    let rows: Vec<Row> = imported.plan.rows.into_iter().filter(is_left).map(Row::of).collect();
    if rows.is_empty() {
        let done = Done::to("/athletes").say(format!("{summary}."));
        return Ok(match imported.undo {
            Some(id) => done.undo(format!("/undos/{id}"), "Undo"),
            None => done,
        });
    }
    let others = match rows.len() {
        1 => "1 row was not imported.".to_owned(),
        many => format!("{many} rows were not imported."),
    };
    Err(Page::new("Import athletes", ImportResults { summary, others, rows, undo: imported.undo })
        .at(Place::Athletes))
}

#[derive(Template)]
#[template(path = "athletes/import.html", blocks = ["dialog"])]
pub struct Import {
    pub problems: Problems,
    /// What the file would do, once there is one.
    pub rows: Vec<Row>,
    pub summary: String,
    /// Columns that were not read, in words; empty where all were.
    pub unread: String,
    pub changes: i64,
    /// The file's text, to be sent again with the confirmation.
    pub text: String,
    pub fingerprint: String,
}
view!(Import, "dialog" => as_dialog);

impl Import {
    fn empty(problem: Option<String>) -> Self {
        Self {
            problems: at_file(problem),
            rows: Vec::new(),
            summary: String::new(),
            unread: String::new(),
            changes: 0,
            text: String::new(),
            fingerprint: String::new(),
        }
    }

    fn of(plan: ImportPlan, text: String, problem: Option<String>) -> Self {
        let changes = plan.changes();
        let count = |is: fn(&Planned) -> bool| plan.rows.iter().filter(|r| is(&r.planned)).count();
        let summary = format!(
            "{} will change, {} stay as they are, {} not in the roster, {} refused.",
            athletes(changes),
            count(|p| *p == Planned::Same),
            count(|p| *p == Planned::Unknown),
            count(|p| matches!(p, Planned::Refused(_))),
        );
        let unread = plan.unread.join(", ");
        let rows = plan.rows.into_iter().map(Row::of).collect();
        let problems = at_file(problem);
        Self { problems, rows, summary, unread, changes, text, fingerprint: plan.fingerprint }
    }

    /// The names of the controls that are there.
    fn controls(&self) -> &'static str {
        if self.rows.is_empty() { "file" } else { "" }
    }

    fn page(self) -> Page {
        Page::new("Import athletes", self).at(Place::Athletes)
    }
}

/// What is wrong is always about the file.
fn at_file(problem: Option<String>) -> Problems {
    Problems(problem.map(|text| Problem::invalid("file", text)).into_iter().collect())
}

/// `GET /athletes/import`
pub async fn new(SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    viewer.coach()?;
    Ok(Import::empty(None).page())
}

/// What was sent: a file, or the text of one that was looked at with the plan that was shown.
#[derive(Default)]
struct Sent {
    text: Option<String>,
    fingerprint: Option<String>,
}

async fn read(mut form: Multipart) -> Result<Sent, Error> {
    let too_large = |_| Error::TooLarge("The file is larger than 1 MB. Split it.".into());
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(too_large)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_chosen = field.file_name().is_some_and(|name| !name.is_empty());
        let bytes = field.bytes().await.map_err(too_large)?;
        match name.as_str() {
            "file" | "text" if is_chosen || !bytes.is_empty() => {
                let text = String::from_utf8(bytes.to_vec());
                sent.text = Some(text.map_err(|_| {
                    Error::invalid(
                        "file",
                        "This file is not text in UTF-8. Save it as “CSV UTF-8” and try again.",
                    )
                })?);
            }
            "plan" => sent.fingerprint = String::from_utf8(bytes.to_vec()).ok(),
            _ => {}
        }
    }
    Ok(sent)
}

/// `POST /athletes/import`: with a file, what it would change; with its text and the plan, the change.
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    // Taken as it came: who may not import learns nothing of what is wrong with the body.
    form: Result<Multipart, MultipartRejection>,
) -> Result<Result<Done, Page>, Failure> {
    viewer.coach()?;
    let form = form.map_err(|_| Error::invalid("file", "Send a form with the file in it."))?;
    let problem = |error: Error| match error {
        Error::Invalid(_) | Error::TooLarge(_) => {
            Ok(Err(Import::empty(Some(error.to_string())).page().unprocessable()))
        }
        error => Err(Failure(error)),
    };
    let sent = match read(form).await {
        Ok(sent) => sent,
        Err(error) => return problem(error),
    };
    let Some(text) = sent.text else {
        return problem(Error::invalid("file", "Choose a CSV file first."));
    };
    if let Some(fingerprint) = sent.fingerprint {
        match app.apply_import(&viewer, &text, &fingerprint).await {
            Ok(imported) => return Ok(after(imported)),
            Err(Error::Conflict { code: "STALE", .. }) => {
                let plan = app.plan_import(&viewer, &text).await?;
                let told = "The roster has changed since you looked. This is what the file would change now.";
                let page = Import::of(plan, text, Some(told.to_owned())).page();
                return Ok(Err(page.status(axum::http::StatusCode::CONFLICT)));
            }
            Err(error) => return problem(error),
        }
    }
    match app.plan_import(&viewer, &text).await {
        Ok(plan) => Ok(Err(Import::of(plan, text, None).page())),
        Err(error) => problem(error),
    }
}
