//! A weekly report as it stands on paper and on screen: of a group, or of one athlete.

use chrono::{Datelike, NaiveDate};

use super::delta::{Compared, Delta};
use crate::app::group_report::{ReportAthlete, ReportRun, ReportWeek, WeekReport};
use crate::app::group_stats::{Figures, Ranked, leaderboard};
use crate::domain::activity::SubType;
use crate::domain::calendar;
use crate::domain::group::Metric;
use crate::domain::person::UnitSystem;
use crate::domain::units::Pace;
use crate::web::charts::{self, Chart, Column, Share, Shares};

/// One report.
pub struct Sheet {
    /// Tells the ids of several sheets of one document apart.
    pub number: usize,
    pub organization: String,
    /// The group, or the athlete.
    pub title: String,
    /// The group, where the report is about an athlete of it.
    pub group: Option<String>,
    /// With the year: paper is read later.
    pub week: String,
    pub zone: String,
    /// Whether the week was going on when the report was made.
    pub is_open: bool,
    pub figures: Vec<Figure>,
    /// Of a group: who made which day.
    pub by_day: Option<Shares>,
    /// Of an athlete: the twelve weeks.
    pub weeks: Option<Chart>,
    pub board: Vec<Place>,
    pub days: Vec<String>,
    pub rows: Vec<Row>,
    /// What the letters in `rows` stand for.
    pub letters: Vec<(&'static str, &'static str)>,
    /// Whether the earliest runs of the week are missing in the lists.
    pub is_cut: bool,
    pub runs: Vec<Run>,
    /// What the coach wrote, by paragraphs; empty where there is room for it instead.
    pub note: Vec<String>,
    /// Since when it is kept, and by whom.
    pub kept: Option<String>,
}

/// A figure that leads the report.
pub struct Figure {
    pub title: &'static str,
    pub value: String,
    pub unit: &'static str,
    pub note: String,
}

/// A place on the leaderboard.
pub struct Place {
    /// None for who ran nothing.
    pub rank: Option<usize>,
    pub name: String,
    pub total: Figures,
    /// Seconds per kilometre over everything.
    pub pace: Option<f64>,
}

/// An athlete's runs by day.
pub struct Row {
    pub name: String,
    /// A day's runs: metres, and a letter for what they were.
    pub days: Vec<Vec<(Option<f64>, &'static str)>>,
    pub total: f64,
    pub before: f64,
}

/// One run of the athlete that a report is about.
pub struct Run {
    pub day: String,
    pub title: String,
    pub kind: &'static str,
    pub distance: Option<f64>,
    pub duration: f64,
    pub pace: Option<f64>,
    pub training_load: Option<f64>,
}

/// A letter for a kind of run; "other" is what nobody said, and has none.
fn letter(kind: SubType) -> &'static str {
    match kind {
        SubType::Easy => "E",
        SubType::Recovery => "R",
        SubType::Long => "L",
        SubType::Tempo => "T",
        SubType::Interval => "I",
        SubType::Fartlek => "F",
        SubType::Hill => "H",
        SubType::Race => "X",
        SubType::Other => "",
    }
}

fn figures(report: &WeekReport, system: UnitSystem) -> Vec<Figure> {
    let (shown, before) = (report.this_week().copied(), report.week_before().copied());
    let of = |week: Option<ReportWeek>| week.map(|week| week.total).unwrap_or_default();
    let (this, that) = (of(shown), of(before));
    let mut compared = vec![
        Compared::distance(this.distance, that.distance, system),
        Compared::activities(this.activities, that.activities),
    ];
    if report.is_about_one {
        compared.push(Compared::time(this.duration, that.duration));
        compared.push(Compared::training_load(this.training_load, that.training_load));
    } else {
        let rate = |week: Option<ReportWeek>| week.and_then(|week| week.engagement);
        compared.push(Compared::engagement(rate(shown), rate(before)));
    }
    // Of one athlete the week before is theirs, in the group or not.
    let has_no_before = !report.is_about_one && before.is_some_and(|week| week.members == 0);
    let note = |change: Option<Delta>, before: &str| match change {
        // Only the engagement has none.
        None => "of the active members".to_owned(),
        Some(_) if has_no_before => "nobody was in the group the week before".to_owned(),
        // While the week goes on, what the whole week before had is said instead.
        Some(_) if report.is_open => format!("{before} the week before"),
        Some(delta) if delta.is_nothing() => "as the week before".to_owned(),
        Some(delta) => format!("{} on the week before", delta.text),
    };
    let figure = |Compared { title, value, unit, change, before }| Figure {
        title,
        value,
        unit,
        note: note(change, &before),
    };
    compared.into_iter().map(figure).collect()
}

/// What an athlete is called; who was erased has no name any more.
fn named(athlete: &ReportAthlete) -> String {
    match athlete.display_name.is_empty() {
        true => "Name removed".to_owned(),
        false => athlete.display_name.clone(),
    }
}

fn by_day(report: &WeekReport, dates: &[NaiveDate], system: UnitSystem, id: &str) -> Shares {
    let column = |date: &NaiveDate| Column {
        long: date.format("%A").to_string(),
        short: date.format("%a").to_string(),
    };
    let columns: Vec<Column> = dates.iter().map(column).collect();
    let share = |athlete: &ReportAthlete| Share { name: named(athlete), metres: athlete.days.clone() };
    let shares: Vec<Share> = report.athletes.iter().map(share).collect();
    charts::shares(&columns, &shares, system, "Distance by day and athlete", id)
}

fn board(report: &WeekReport) -> Vec<Place> {
    let members = report.members();
    let place = |ranked: Ranked| {
        let total = ranked.member.total;
        Place {
            rank: Some(ranked.rank).filter(|_| total.distance > 0.0),
            name: ranked.member.display_name.clone(),
            pace: Pace::over(total.distance, total.duration).map(|pace| pace.0),
            total,
        }
    };
    leaderboard(&members, Metric::Distance).into_iter().map(place).collect()
}

fn row(athlete: &ReportAthlete) -> Row {
    let mut days = vec![Vec::new(); 7];
    for run in &athlete.runs {
        if let Some(day) = days.get_mut(run.day) {
            day.push((run.distance, letter(run.sub_type)));
        }
    }
    let before = athlete.trend.iter().rev().nth(1).map_or(0.0, |week| week.distance);
    Row { name: named(athlete), days, total: athlete.total.distance, before }
}

fn run(run: &ReportRun, first_day: i64) -> Run {
    Run {
        day: calendar::full_day(first_day + run.day as i64, first_day),
        title: run.title.clone(),
        kind: run.sub_type.label(),
        distance: run.distance,
        duration: run.duration,
        pace: run.distance.and_then(|metres| Pace::over(metres, run.duration)).map(|pace| pace.0),
        training_load: run.training_load,
    }
}

/// The letters of the kinds that occur, with what they stand for.
fn letters(report: &WeekReport) -> Vec<(&'static str, &'static str)> {
    let runs = || report.athletes.iter().flat_map(|athlete| &athlete.runs);
    let occurs = |kind: &&SubType| **kind != SubType::Other && runs().any(|run| run.sub_type == **kind);
    SubType::ALL.iter().filter(occurs).map(|kind| (letter(*kind), kind.label())).collect()
}

impl Sheet {
    /// `note` and `kept` are those of a kept report.
    pub fn new(
        report: &WeekReport,
        number: usize,
        system: UnitSystem,
        note: &str,
        kept: Option<String>,
    ) -> Self {
        let first = report.first_day;
        let zone = calendar::parse_zone(&report.timezone).unwrap_or(chrono_tz::UTC);
        let dates: Vec<NaiveDate> = (first..first + 7).map(calendar::date_of).collect();
        let start = match dates[0].month() == dates[6].month() {
            true => "%a %-d",
            false => "%a %-d %B",
        };
        let week = format!("{} to {}", dates[0].format(start), dates[6].format("%a %-d %B %Y"));
        let mut sheet = Self {
            number,
            organization: report.org_name.clone(),
            title: report.group_name.clone(),
            group: None,
            week,
            zone: calendar::zone_label(zone),
            is_open: report.is_open,
            figures: figures(report, system),
            by_day: None,
            weeks: None,
            board: Vec::new(),
            days: dates.iter().map(|date| date.format("%a %-d").to_string()).collect(),
            rows: Vec::new(),
            letters: letters(report),
            is_cut: report.is_cut,
            runs: Vec::new(),
            note: note.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
            kept,
        };
        if !report.is_about_one {
            let by_day = by_day(report, &dates, system, &format!("r{number}-days"));
            sheet.by_day = Some(by_day).filter(|by_day| !by_day.key.is_empty());
            sheet.board = board(report);
            sheet.rows = report.athletes.iter().map(row).collect();
            return sheet;
        }
        let distances = report.trend.iter().map(|week| (week.first_day, week.total.distance));
        let bars = charts::Week::all(distances, report.is_open);
        sheet.weeks = Some(charts::weekly_distance(&bars, system, &format!("r{number}-weeks")));
        sheet.group = Some(std::mem::take(&mut sheet.title));
        sheet.title = report.athletes.first().map(named).unwrap_or_default();
        // What was run by somebody who was erased is told in sums alone.
        let known = report.athletes.iter().filter(|athlete| athlete.user_id.is_some());
        sheet.runs = known.flat_map(|athlete| &athlete.runs).map(|one| run(one, first)).collect();
        sheet
    }
}
