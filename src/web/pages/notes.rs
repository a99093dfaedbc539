//! The Notes tab of an athlete, for coaches only.

use askama::Template;
use axum::Form;
use axum::extract::State;
use serde::Deserialize;

use super::person::{Header, Problems, Tab};
use crate::app::notes::Note;
use crate::app::{App, Error, Viewer};
use crate::domain::calendar;
use crate::domain::ids::{NoteId, UserId};
use crate::domain::person::initials;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, PathIds, SignedIn};

const PAGE: i64 = 50;

/// One note.
pub struct Entry {
    pub id: NoteId,
    pub author: String,
    pub initials: String,
    pub date: String,
    /// Paragraphs and lines as they were typed.
    pub lines: Vec<String>,
    pub is_own: bool,
}

#[derive(Template)]
#[template(path = "notes/index.html", blocks = ["notes"])]
pub struct Index {
    pub header: Header,
    pub id: UserId,
    pub name: String,
    pub notes: Vec<Entry>,
    pub newer: Option<i64>,
    pub older: Option<i64>,
    /// What was typed and could not be saved.
    pub typed: String,
    pub problems: Problems,
}
view!(Index, "notes" => as_notes);

impl Entry {
    fn new(note: Note, viewer: &Viewer, now: i64) -> Self {
        let day = |at: i64| calendar::day_at(at, viewer.zone());
        Self {
            id: note.id,
            initials: initials(&note.author_name),
            author: note.author_name,
            date: calendar::full_day(day(note.created_at), day(now)),
            lines: note.body.lines().map(str::to_owned).collect(),
            is_own: note.author_id == viewer.user.id,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    page: String,
}

async fn list(app: &App, viewer: &Viewer, id: UserId, page: i64) -> Result<Index, Error> {
    let profile = app.athlete_profile(viewer, id).await?;
    let mut found = app.notes(viewer, id, PAGE + 1, (page - 1) * PAGE).await?;
    let older = (found.len() as i64 > PAGE).then_some(page + 1);
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    let now = app.now();
    Ok(Index {
        header: Header::of(&profile, Tab::Notes),
        id,
        name: profile.display_name,
        notes: found.into_iter().map(|n| Entry::new(n, viewer, now)).collect(),
        newer: (page > 1).then_some(page - 1),
        older,
        typed: String::new(),
        problems: Problems::default(),
    })
}

fn shown(view: Index) -> Page {
    Page::new(format!("Notes about {}", view.name), view).at(Place::Athletes)
}

/// `GET /athletes/{id}/notes`
pub async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
    Query(part): Query<Part>,
) -> Result<Page, Failure> {
    let page = part.page.parse().ok().filter(|p| (1..=10_000).contains(p)).unwrap_or(1);
    Ok(shown(list(&app, &viewer, id, page).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewNote {
    note: String,
}

/// `POST /athletes/{id}/notes`
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
    Form(typed): Form<NewNote>,
) -> Result<Result<Done, Page>, Failure> {
    match app.add_note(&viewer, id, &typed.note).await {
        Ok(_) => Ok(Ok(Done::to(format!("/athletes/{id}/notes")).say("Note saved."))),
        Err(Error::Invalid(problems)) => {
            let mut view = list(&app, &viewer, id, 1).await?;
            view.typed = typed.note;
            view.problems = Problems::named(problems, |_| Some("note"));
            Ok(Err(shown(view).unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /athletes/{id}/notes/{note_id}/removal`
pub async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathIds(id, note): PathIds<UserId, NoteId>,
) -> Result<Done, Failure> {
    let undo = app.delete_note(&viewer, id, note).await?;
    Ok(Done::to(format!("/athletes/{id}/notes")).say("Note deleted.").undo(format!("/undos/{undo}"), "Undo"))
}
