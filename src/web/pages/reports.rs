//! Weekly reports that were kept, and the PDF of any.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::range::week_in_address;
use super::sheet::Sheet;
use crate::app::kept_reports::{KeptReport, Listed};
use crate::app::{App, Error, Viewer};
use crate::domain::calendar;
use crate::domain::ids::{GroupId, ReportId};
use crate::domain::person::UnitSystem;
use crate::view;
use crate::web::Site;
use crate::web::download;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Context, Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

/// Reports on a page of the list.
const PAGE: i64 = 50;

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/reports", get(index))
        .route("/reports/{id}", get(show))
        .route("/reports/{id}/pdf", get(print))
        .route("/reports/{id}/removal", get(removal).post(destroy))
}

/// The size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    A4,
    Letter,
}

impl Paper {
    /// What was asked for, or what is usual where people read in these units.
    pub fn asked(word: &str, system: UnitSystem) -> Self {
        match (word, system) {
            ("a4", _) => Self::A4,
            ("letter", _) => Self::Letter,
            (_, UnitSystem::Metric) => Self::A4,
            (_, UnitSystem::Imperial) => Self::Letter,
        }
    }

    fn css(self) -> &'static str {
        match self {
            Self::A4 => "@page { size: A4 }",
            Self::Letter => "@page { size: letter }",
        }
    }
}

#[derive(Template)]
#[template(path = "reports/document.html")]
struct Document {
    title: String,
    sheets: Vec<Sheet>,
}

/// The page that is printed: whole by itself, its style sheet beside it; and that style sheet.
pub fn document(
    title: &str,
    sheets: Vec<Sheet>,
    paper: Paper,
    context: &Context,
) -> Result<(String, String), Error> {
    let view = Document { title: title.to_owned(), sheets };
    let html = view.render_with_values(context).map_err(Error::internal)?;
    let css = crate::web::assets::text("app.css");
    Ok((html, format!("{css}\n{}", paper.css())))
}

/// What a document of a week's reports is called.
pub fn document_title(about: &str, first_day: i64) -> String {
    format!("{about}, week of {}", calendar::iso_date(first_day))
}

/// The PDF of reports as an attachment of this title. "Not found" where the operator named no Chromium: then no
/// screen offers it either.
pub async fn pdf(
    app: &App,
    viewer: &Viewer,
    sheets: Vec<Sheet>,
    paper: Paper,
    title: &str,
) -> Result<Response, Error> {
    let (html, css) = document(title, sheets, paper, &Context::of(viewer, app.now()))?;
    Ok(download::pdf(&format!("{title}.pdf"), app.print(html, css).await?))
}

#[derive(Template)]
#[template(path = "reports/index.html")]
struct Index {
    /// The group whose reports these are; all of the organization's without one.
    group: Option<(GroupId, String)>,
    reports: Vec<Line>,
    next: Option<String>,
    is_first: bool,
}
view!(Index);

struct Line {
    report: Listed,
    /// The week in words, with its year.
    week: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Older {
    before: String,
}

async fn list(app: &App, viewer: &Viewer, group: Option<GroupId>, asked: &Older) -> Result<Index, Error> {
    let before: Option<ReportId> = asked.before.parse().ok();
    let mut reports = app.kept_reports(viewer, group, before, PAGE + 1).await?;
    let has_more = reports.len() as i64 > PAGE;
    reports.truncate(PAGE as usize);
    let path = group.map_or_else(|| "/reports".to_owned(), |id| format!("/groups/{id}/reports"));
    let last = reports.last().filter(|_| has_more).map(|report| report.id);
    let line = |report: Listed| {
        let week = calendar::range_in_words(report.week, report.week + 6, 0);
        Line { report, week }
    };
    Ok(Index {
        group: None,
        next: last.map(|id| format!("{path}?before={id}")),
        is_first: before.is_none(),
        reports: reports.into_iter().map(line).collect(),
    })
}

/// `GET /reports`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Older>,
) -> Result<Page, Failure> {
    Ok(Page::new("Kept reports", list(&app, &viewer, None, &asked).await?).at(Place::Groups))
}

/// `GET /groups/{id}/reports`
pub async fn of_group(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Older>,
) -> Result<Page, Failure> {
    let (seen, _) = app.coached_group(&viewer, id).await?;
    let mut view = list(&app, &viewer, Some(id), &asked).await?;
    let name = seen.group().name.clone();
    let title = format!("Kept reports of {name}");
    view.group = Some((id, name));
    Ok(Page::new(title, view).at(Place::Groups))
}

#[derive(Template)]
#[template(path = "reports/show.html")]
struct Show {
    id: ReportId,
    sheet: Sheet,
    group: Option<GroupId>,
    is_changed: Option<bool>,
    /// Behind the address of a new one.
    query: String,
    can_print: bool,
}
view!(Show);

/// A kept report as a sheet. The day of keeping is one of the viewer's zone.
fn sheet_of(kept: &KeptReport, viewer: &Viewer) -> Sheet {
    let day = calendar::day_at(kept.created_at, viewer.zone());
    let by = match kept.created_by_name.is_empty() {
        true => String::new(),
        false => format!(" by {}", kept.created_by_name),
    };
    let line = format!("Kept {}{by}", calendar::date_of(day).format("%-d %B %Y"));
    Sheet::new(&kept.report, 0, viewer.user.units, &kept.note, Some(line))
}

/// `GET /reports/{id}`
async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ReportId>,
) -> Result<Page, Failure> {
    let kept = app.kept_report(&viewer, id).await?;
    let sheet = sheet_of(&kept, &viewer);
    let about = kept.report.athlete.map_or(String::new(), |user| format!("&athlete={user}"));
    let title = format!("Kept report of {}, {}", sheet.title, sheet.week);
    let view = Show {
        id,
        sheet,
        group: kept.group_id,
        is_changed: app.is_report_changed(&viewer, &kept).await?,
        query: week_in_address(kept.report.first_day, &kept.report.timezone) + &about,
        can_print: app.can_print(),
    };
    Ok(Page::new(title, view).at(Place::Groups))
}

#[derive(Template)]
#[template(path = "reports/removal.html", blocks = ["dialog"])]
struct Removal {
    id: ReportId,
    title: String,
    week: String,
}
view!(Removal, "dialog" => as_dialog);

/// `GET /reports/{id}/removal`
async fn removal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ReportId>,
) -> Result<Page, Failure> {
    let sheet = sheet_of(&app.kept_report(&viewer, id).await?, &viewer);
    let view = Removal { id, title: sheet.title, week: sheet.week };
    Ok(Page::new(format!("Delete the report of {}", view.title), view).at(Place::Groups))
}

/// `POST /reports/{id}/removal`
async fn destroy(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ReportId>,
) -> Result<Done, Failure> {
    let group = app.delete_report(&viewer, id).await?;
    let back = group.map_or_else(|| "/reports".to_owned(), |group| format!("/groups/{group}/reports"));
    Ok(Done::to(back).say("Report deleted."))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OnPaper {
    paper: String,
}

/// `GET /reports/{id}/pdf`
async fn print(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<ReportId>,
    Query(asked): Query<OnPaper>,
) -> Result<Response, Failure> {
    viewer.coach()?;
    app.take_print(&viewer).await?;
    let kept = app.kept_report(&viewer, id).await?;
    let sheet = sheet_of(&kept, &viewer);
    let title = document_title(&sheet.title, kept.report.first_day);
    let paper = Paper::asked(&asked.paper, viewer.user.units);
    Ok(pdf(&app, &viewer, vec![sheet], paper, &title).await?)
}
