//! `harrier report`: the PDF of the weekly report of one group or of all, as a coach would get it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Failure, Outcome, Setup, Variables, log_to_stderr, open, print, product};
use crate::app::group_report::{ReportQuery, WeekReport};
use crate::app::{App, Viewer};
use crate::domain::calendar;
use crate::web::page::Context;
use crate::web::pages::reports::{Paper, document, document_title};
use crate::web::pages::sheet::Sheet;

#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    setup: Setup,
    /// Email of the coach who reads it: their units, their time zone, their groups.
    #[arg(long)]
    coach: String,
    /// The group, by its id or its name; all groups without it.
    #[arg(long)]
    group: Option<String>,
    /// A day of the week; the week that is over without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    week: Option<String>,
    /// The time zone whose days count, in place of the coach's.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// A4, or US Letter for who reads in miles, unless told.
    #[arg(long)]
    paper: Option<Size>,
    /// Where the PDF goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Size {
    A4,
    Letter,
}

/// Makes the PDF and says where it is.
pub async fn run(report: Report, variables: &Variables) -> Outcome {
    let config = report.setup.read(variables)?;
    log_to_stderr("warn");
    if config.chromium.is_none() {
        return Err(Failure("HARRIER_CHROMIUM names the Chromium that makes PDFs. It is not set.".into()));
    }
    let app = product(open(&config.database_url).await?, &config, config.public_url(config.listen))?;
    let made = pdf(&app, &report).await;
    app.close().await;
    let (title, count, pdf) = made?;
    let failed = |error| Failure::new(format_args!("{} cannot be written", report.out.display()), error);
    tokio::fs::write(&report.out, pdf).await.map_err(failed)?;
    let groups = if count == 1 { "1 group".to_owned() } else { format!("{count} groups") };
    print(format_args!("{title}, {groups}: {}", report.out.display()))
}

/// The PDF with its title and the number of groups in it.
async fn pdf(app: &App, asked: &Report) -> Outcome<(String, usize, Vec<u8>)> {
    let (viewer, title, sheets) = sheets(app, asked).await?;
    let (units, count) = (viewer.user.units, sheets.len());
    let paper = match asked.paper {
        Some(Size::A4) => Paper::A4,
        Some(Size::Letter) => Paper::Letter,
        None => Paper::asked("", units),
    };
    let (html, css) = document(&title, sheets, paper, &Context::of(&viewer, app.now()))?;
    let pdf = app.print(html, css).await?;
    Ok((title, count, pdf))
}

/// The report of the group of this id or name. One that is named by its id has a report also where it had nobody
/// in it that week.
async fn group_of(
    app: &App,
    viewer: &Viewer,
    wanted: &str,
    query: &ReportQuery,
) -> Outcome<Option<WeekReport>> {
    if let Ok(id) = wanted.parse() {
        return Ok(Some(app.group_report(viewer, id, query).await?));
    }
    let Some(id) = app.group_named(viewer, wanted).await? else { return Ok(None) };
    let report = app.group_report(viewer, id, query).await?;
    Ok(Some(report).filter(|report| !report.athletes.is_empty()))
}

async fn sheets(app: &App, asked: &Report) -> Outcome<(Viewer, String, Vec<Sheet>)> {
    let viewer = app.operator_for(&asked.coach).await?;
    let zone = asked.timezone.as_deref().and_then(calendar::parse_zone).unwrap_or(viewer.zone());
    let wrong = |text: &str| Failure(format!("“{text}” is not a day. Write it as 2026-11-16."));
    let day = match &asked.week {
        None => Some(app.today(zone) - 7),
        Some(text) => Some(calendar::parse_day(text).ok_or_else(|| wrong(text))?),
    };
    let query = ReportQuery { day, timezone: asked.timezone.clone(), athlete: None };
    let reports = match &asked.group {
        None => app.group_reports(&viewer, &query).await?,
        Some(wanted) => group_of(app, &viewer, wanted, &query).await?.into_iter().collect(),
    };
    let Some(first) = reports.first() else {
        let what = asked.group.as_ref().map_or("No group".to_owned(), |name| format!("No group “{name}”"));
        return Err(Failure(format!("{what} had members in that week.")));
    };
    let about = if asked.group.is_some() { first.group_name.clone() } else { "All groups".to_owned() };
    let title = document_title(&about, first.first_day);
    let units = viewer.user.units;
    let sheets = reports.iter().enumerate().map(|(n, report)| Sheet::new(report, n, units, "", None));
    let sheets = sheets.collect();
    Ok((viewer, title, sheets))
}
