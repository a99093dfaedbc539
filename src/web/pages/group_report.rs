//! The weekly report of a group or of one of its athletes: looked at, printed, made into a PDF, and kept.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::person::Problems;
use super::range::{parse_week, week_in_address};
use super::reports::{Paper, document_title, pdf};
use super::sheet::Sheet;
use crate::app::group_report::ReportQuery;
use crate::app::{App, Error, Viewer};
use crate::domain::calendar;
use crate::domain::ids::{GroupId, UserId};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/groups/report/pdf", get(all))
        .route("/groups/{id}/report", get(show))
        .route("/groups/{id}/report/pdf", get(print))
        .route("/groups/{id}/reports", get(super::reports::of_group).post(create))
}

/// Which report an address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    week: String,
    timezone: String,
    athlete: String,
    paper: String,
}

impl Asked {
    fn query(&self, app: &App, viewer: &Viewer) -> Result<ReportQuery, Error> {
        let zone = calendar::parse_zone(&self.timezone).unwrap_or(viewer.zone());
        // The week that is over is the one to report on.
        let day = Some(parse_week(&self.week)?.unwrap_or(app.today(zone) - 7));
        let athlete = match self.athlete.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Error::NotFound)?),
        };
        let timezone = Some(self.timezone.clone()).filter(|zone| !zone.is_empty());
        Ok(ReportQuery { day, timezone, athlete })
    }
}

#[derive(Template)]
#[template(path = "reports/preview.html", blocks = ["keeping"])]
struct Show {
    id: GroupId,
    group: String,
    sheet: Sheet,
    first_day: i64,
    zone_name: String,
    /// Who may be chosen: id, name, and whether the report is about them.
    athletes: Vec<(UserId, String, bool)>,
    athlete: Option<UserId>,
    before: String,
    after: Option<String>,
    /// Behind the addresses of the report and its PDF.
    query: String,
    can_print: bool,
    note: String,
    problems: Problems,
}
view!(Show, "keeping" => as_keeping);

/// The report with the names of everybody in the group, of whom one can be chosen.
async fn shown(app: &App, viewer: &Viewer, id: GroupId, query: &ReportQuery) -> Result<Show, Error> {
    let everybody = ReportQuery { athlete: None, ..query.clone() };
    let whole = app.group_report(viewer, id, &everybody).await?;
    let names = whole.athletes.iter().filter_map(|a| Some((a.user_id?, a.display_name.clone())));
    let athletes: Vec<_> = names.map(|(user, name)| (user, name, query.athlete == Some(user))).collect();
    let group = whole.group_name.clone();
    let report = match query.athlete {
        None => whole,
        Some(user) => whole.of(user).ok_or(Error::NotFound)?,
    };
    let first = report.first_day;
    let about = query.athlete.map_or(String::new(), |user| format!("&athlete={user}"));
    let query_of = |day: i64| week_in_address(day, &report.timezone) + &about;
    let is_last = calendar::parse_zone(&report.timezone).is_none_or(|zone| app.today(zone) < first + 7);
    Ok(Show {
        id,
        group,
        sheet: Sheet::new(&report, 0, viewer.user.units, "", None),
        first_day: first,
        zone_name: report.timezone.clone(),
        athletes,
        athlete: query.athlete,
        before: query_of(first - 7),
        after: (!is_last).then(|| query_of(first + 7)),
        query: query_of(first),
        can_print: app.can_print(),
        note: String::new(),
        problems: Problems::default(),
    })
}

impl Show {
    fn page(self) -> Page {
        let title = format!("Weekly report of {}, {}", self.sheet.title, self.sheet.week);
        Page::new(title, self).at(Place::Groups)
    }
}

/// `GET /groups/{id}/report`
async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    Ok(shown(&app, &viewer, id, &asked.query(&app, &viewer)?).await?.page())
}

/// `GET /groups/{id}/report/pdf`
async fn print(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let query = asked.query(&app, &viewer)?;
    app.coached_group(&viewer, id).await?;
    app.take_print(&viewer).await?;
    let report = app.group_report(&viewer, id, &query).await?;
    let sheet = Sheet::new(&report, 0, viewer.user.units, "", None);
    let paper = Paper::asked(&asked.paper, viewer.user.units);
    let title = document_title(&sheet.title, report.first_day);
    Ok(pdf(&app, &viewer, vec![sheet], paper, &title).await?)
}

/// `GET /groups/report/pdf`: all groups that had members, one after the other.
async fn all(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let query = ReportQuery { athlete: None, ..asked.query(&app, &viewer)? };
    viewer.coach()?;
    app.take_print(&viewer).await?;
    let reports = app.group_reports(&viewer, &query).await?;
    let Some(first) = reports.first() else { return Err(Error::NotFound.into()) };
    let title = document_title("All groups", first.first_day);
    let sheets = reports.iter().enumerate().map(|(n, r)| Sheet::new(r, n, viewer.user.units, "", None));
    let paper = Paper::asked(&asked.paper, viewer.user.units);
    Ok(pdf(&app, &viewer, sheets.collect(), paper, &title).await?)
}

/// What keeping a report sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Keeping {
    #[serde(flatten)]
    asked: Asked,
    note: String,
}

/// `POST /groups/{id}/reports`
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Form(typed): Form<Keeping>,
) -> Result<Result<Done, Page>, Failure> {
    let query = typed.asked.query(&app, &viewer)?;
    match app.keep_group_report(&viewer, id, &query, &typed.note).await {
        Ok(kept) => Ok(Ok(Done::to(format!("/reports/{kept}")).say("Kept. It stays as it is now."))),
        Err(Error::Invalid(problems)) if problems.iter().all(|problem| problem.field == "note") => {
            let mut view = shown(&app, &viewer, id, &query).await?;
            view.note = typed.note;
            view.problems = Problems(problems);
            Ok(Err(view.page().unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}
