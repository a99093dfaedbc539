//! A weekly report as it stands on paper and on screen: of a group, or of one athlete.

use chrono::Datelike;

use super::delta::Delta;
use crate::app::group_report::{ReportAthlete, ReportRun, ReportWeek, WeekReport};
use crate::app::group_stats::{Figures, leaderboard};
use crate::domain::activity::SubType;
use crate::domain::group::Metric;
use crate::domain::person::UnitSystem;
use crate::domain::units::Pace;
use crate::domain::{calendar, units};
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
    /// Empty for somebody whose account was erased.
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

/// What changed, said as on the screens.
struct Compared {
    /// While the week goes on, what the whole week before had is said instead.
    is_open: bool,
    /// Whether nobody was in the group in the week before.
    has_no_before: bool,
}

impl Compared {
    fn note(&self, delta: Delta, before: &str) -> String {
        match (self.has_no_before, self.is_open) {
            (true, _) => "nobody was in the group the week before".to_owned(),
            (false, true) => format!("{before} the week before"),
            (false, false) if delta.is_nothing() => "as the week before".to_owned(),
            (false, false) => format!("{} on the week before", delta.text),
        }
    }
}

fn figures(report: &WeekReport, system: UnitSystem) -> Vec<Figure> {
    let (shown, before) = (report.this_week().copied(), report.week_before().copied());
    let of = |week: Option<ReportWeek>| week.map(|week| week.total).unwrap_or_default();
    let (this, that) = (of(shown), of(before));
    // Of one athlete the week before is theirs, in the group or not.
    let has_no_before = !report.is_about_one && before.is_some_and(|week| week.members == 0);
    let compared = Compared { is_open: report.is_open, has_no_before };
    let figure = |title, value, unit, delta, before: String| Figure {
        title,
        value,
        unit,
        note: compared.note(delta, &before),
    };
    let mut figures = vec![
        figure(
            "Total distance",
            units::distance_figure(this.distance, system),
            units::distance_unit(system),
            Delta::distance(this.distance - that.distance, system),
            units::distance(that.distance, system),
        ),
        figure(
            "Total activities",
            this.activities.to_string(),
            "",
            Delta::count(this.activities - that.activities),
            that.activities.to_string(),
        ),
    ];
    if report.is_about_one {
        figures.push(figure(
            "Time",
            units::hours(this.duration),
            "",
            Delta::time(this.duration - that.duration),
            units::hours(that.duration),
        ));
        figures.push(figure(
            "Training load",
            format!("{:.0}", this.training_load),
            "",
            Delta::load(this.training_load - that.training_load),
            format!("{:.0}", that.training_load),
        ));
        return figures;
    }
    let (rate, earlier) = (shown.and_then(|w| w.engagement), before.and_then(|w| w.engagement));
    figures.push(Figure {
        title: "Engagement rate",
        value: rate.map_or(units::NOTHING.to_owned(), |rate| format!("{rate:.0}")),
        unit: if rate.is_some() { "%" } else { "" },
        note: match rate.zip(earlier) {
            Some((now, then)) => compared.note(Delta::points(now - then), &format!("{then:.0} %")),
            None => "of the active members".to_owned(),
        },
    });
    figures
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
        let dates: Vec<chrono::NaiveDate> = (first..first + 7).map(calendar::date_of).collect();
        let words =
            |format: &str| -> Vec<String> { dates.iter().map(|d| d.format(format).to_string()).collect() };
        let one = report.athlete.and_then(|id| report.athletes.iter().find(|a| a.user_id == Some(id)));
        let is_group = !report.is_about_one;
        // An account that was erased leaves a report of one athlete without a name.
        let title = match (is_group, one) {
            (true, _) => report.group_name.clone(),
            (false, Some(athlete)) => athlete.display_name.clone(),
            (false, None) => "Name removed".to_owned(),
        };
        let named = |athlete: &ReportAthlete| match athlete.display_name.is_empty() {
            true => "Name removed".to_owned(),
            false => athlete.display_name.clone(),
        };
        let by_day = is_group.then(|| {
            let columns: Vec<Column> = words("%A")
                .into_iter()
                .zip(words("%a"))
                .map(|(long, short)| Column { long, short })
                .collect();
            let shares: Vec<Share> = report
                .athletes
                .iter()
                .map(|athlete| {
                    let metres = athlete.days.clone();
                    Share { name: named(athlete), metres }
                })
                .collect();
            charts::shares(
                &columns,
                &shares,
                system,
                "Distance by day and athlete",
                &format!("r{number}-days"),
            )
        });
        let weeks = (!is_group).then(|| {
            let distances = report.trend.iter().map(|week| (week.first_day, week.total.distance));
            let bars = charts::Week::all(distances, report.is_open);
            charts::weekly_distance(&bars, system, &format!("r{number}-weeks"))
        });
        let members = report.members();
        let board = leaderboard(&members, Metric::Distance).into_iter().map(|ranked| Place {
            rank: Some(ranked.rank).filter(|_| ranked.member.total.distance > 0.0),
            name: ranked.member.display_name.clone(),
            total: ranked.member.total,
            pace: Pace::over(ranked.member.total.distance, ranked.member.total.duration).map(|pace| pace.0),
        });
        let row = |athlete: &ReportAthlete| {
            let mut days = vec![Vec::new(); 7];
            for run in &athlete.runs {
                if let Some(day) = days.get_mut(run.day) {
                    day.push((run.distance, letter(run.sub_type)));
                }
            }
            let before = athlete.trend.iter().rev().nth(1).map_or(0.0, |week| week.distance);
            Row { name: named(athlete), days, total: athlete.total.distance, before }
        };
        let run = |run: &ReportRun| Run {
            day: calendar::full_day(first + run.day as i64, first),
            title: run.title.clone(),
            kind: run.sub_type.label(),
            distance: run.distance,
            duration: run.duration,
            pace: run.distance.and_then(|metres| Pace::over(metres, run.duration)).map(|pace| pace.0),
            training_load: run.training_load,
        };
        let of_kind =
            |kind: &SubType| report.athletes.iter().flat_map(|a| &a.runs).any(|run| run.sub_type == *kind);
        let letters = SubType::ALL.iter().filter(|kind| **kind != SubType::Other && of_kind(kind));
        let start = match dates[0].month() == dates[6].month() {
            true => "%a %-d",
            false => "%a %-d %B",
        };
        let (monday, sunday) = (dates[0].format(start), dates[6].format("%a %-d %B %Y"));
        Self {
            number,
            organization: report.org_name.clone(),
            group: (!is_group).then(|| report.group_name.clone()),
            title,
            week: format!("{monday} to {sunday}"),
            zone: calendar::zone_label(zone),
            is_open: report.is_open,
            figures: figures(report, system),
            by_day: by_day.filter(|by_day| !by_day.key.is_empty()),
            weeks,
            board: if is_group { board.collect() } else { Vec::new() },
            days: words("%a %-d"),
            rows: if is_group { report.athletes.iter().map(row).collect() } else { Vec::new() },
            letters: letters.map(|kind| (letter(*kind), kind.label())).collect(),
            is_cut: report.is_cut,
            runs: one.map(|athlete| athlete.runs.iter().map(run).collect()).unwrap_or_default(),
            note: note.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
            kept,
        }
    }
}
