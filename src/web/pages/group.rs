//! One group: what stands above all its tabs, and the Overview with its week.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use serde::Deserialize;

use crate::app::group_stats::{Figures, GroupWeek, leaderboard};
use crate::app::groups::Group;
use crate::app::{App, Error};
use crate::domain::calendar;
use crate::domain::group::Metric;
use crate::domain::ids::{GroupId, UserId};
use crate::domain::person::UnitSystem;
use crate::domain::units;
use crate::view;
use crate::web::Site;
use crate::web::charts::{self, Chart};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new().route("/groups/{id}", get(show))
}

/// The tabs of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Feed,
    Members,
    Plans,
    Log,
}

/// What stands above every tab.
pub struct Head {
    pub id: GroupId,
    pub name: String,
    pub description: String,
    pub privacy: &'static str,
    pub members: i64,
    pub may_edit: bool,
    pub tab: Tab,
}

impl Head {
    pub fn new(group: &Group, members: usize, may_edit: bool, tab: Tab) -> Self {
        Self {
            id: group.id,
            name: group.name.clone(),
            description: group.description.clone(),
            privacy: group.privacy.label(),
            members: members as i64,
            may_edit,
            tab,
        }
    }

    pub fn is_at(&self, tab: Tab) -> bool {
        self.tab == tab
    }
}

/// A change from the period before.
struct Delta {
    class: &'static str,
    text: String,
}

impl Delta {
    /// `amount` is without a sign.
    fn new(by: f64, amount: String) -> Self {
        let (class, sign) = match by {
            by if by > 0.0 => ("delta delta-up", "+"),
            by if by < 0.0 => ("delta delta-down", "−"),
            _ => ("delta", "±"),
        };
        Self { class, text: format!("{sign}{amount}") }
    }

    fn distance(by: f64, system: UnitSystem) -> Self {
        Self::new(by, units::distance(by.abs(), system))
    }

    fn count(by: i64) -> Self {
        Self::new(by as f64, by.abs().to_string())
    }

    fn points(by: f64) -> Self {
        Self::new(by, format!("{:.1} points", by.abs()))
    }
}

/// A figure of the week with the week before.
struct Figure {
    title: &'static str,
    value: String,
    unit: &'static str,
    /// `None` while the week goes on: a part of a week is not compared with a whole one.
    change: Option<Delta>,
    /// What it was the week before.
    before: String,
    note: String,
}

/// A place on the leaderboard.
struct Placed {
    rank: usize,
    id: UserId,
    name: String,
    total: Figures,
}

/// What somebody ran on each day.
struct Days {
    name: String,
    days: Vec<Option<f64>>,
    total: f64,
}

/// The head of a column by which the leaderboard can be ordered.
struct Column {
    title: &'static str,
    href: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "groups/show.html", blocks = ["week"])]
struct Show {
    head: Head,
    week: String,
    zone: String,
    /// The shown week's first day.
    first_day: i64,
    is_current: bool,
    /// Where it is not the usual one.
    metric: Option<Metric>,
    now: String,
    before: String,
    /// `None` where the next week has not begun.
    after: Option<String>,
    figures: Vec<Figure>,
    total: Figures,
    columns: Vec<Column>,
    board: Vec<Placed>,
    weekdays: Vec<String>,
    by_day: Vec<Days>,
    day_totals: Vec<f64>,
    trend: Chart,
    weeks: Vec<(i64, Figures, Option<f64>, usize)>,
}
view!(Show, "week" => as_week);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    week: String,
    metric: String,
}

/// `GET /groups/{id}`
async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let wrong_day = || Error::invalid("week", "Name a week by one of its days, such as 2026-11-16.");
    let day = match asked.week.as_str() {
        "" => None,
        text => Some(calendar::parse_day(text).ok_or_else(wrong_day)?),
    };
    let metric = match asked.metric.as_str() {
        "" => Metric::Distance,
        word => word.parse().map_err(|_| Error::invalid("metric", "There is no such figure."))?,
    };
    let week = app.group_week(&viewer, id, day, None).await?;
    let view = Show::new(&week, id, metric, viewer.user.units);
    Ok(Page::new(view.title(), view).at(Place::Groups))
}

impl Show {
    fn title(&self) -> String {
        match self.is_current {
            true => self.head.name.clone(),
            false => format!("{}, {}", self.head.name, self.week),
        }
    }

    fn new(week: &GroupWeek, id: GroupId, metric: Metric, system: UnitSystem) -> Self {
        let (this, before) = (week.this_week(), week.week_before());
        let first = week.period.first_day();
        // What is usual stands in no address.
        let kept = Some(metric).filter(|metric| *metric != Metric::Distance);
        let with = |sign: &str| kept.map_or(String::new(), |metric| format!("{sign}metric={metric}"));
        let address = |day: i64| format!("/groups/{id}?week={}{}", calendar::iso_date(day), with("&"));
        let columns = Metric::ALL.iter().map(|&of| Column {
            title: of.label(),
            href: format!("/groups/{id}?week={}&metric={of}", calendar::iso_date(first)),
            is_on: of == metric,
        });
        let board = leaderboard(&week.members, metric).into_iter().map(|ranked| Placed {
            rank: ranked.rank,
            id: ranked.member.user_id,
            name: ranked.member.display_name.clone(),
            total: ranked.member.total,
        });
        let day_count = week.period.days().len();
        let mut day_totals = vec![0.0; day_count];
        let mut by_day = Vec::new();
        for ranked in leaderboard(&week.members, Metric::Distance) {
            let mut days = vec![None; day_count];
            for (place, figures) in &ranked.member.days {
                days[*place] = Some(figures.distance);
                day_totals[*place] += figures.distance;
            }
            let total = ranked.member.total.distance;
            if total > 0.0 {
                by_day.push(Days { name: ranked.member.display_name.clone(), days, total });
            }
        }
        let trend = week.trend.iter().map(|week| (week.first_day, week.total.distance));
        let bars = charts::Week::all(trend, week.is_current);
        let (engaged, active) = week.engaged();
        let is_over = !week.is_current;
        let percent = |rate: Option<f64>| rate.map_or(units::NOTHING.to_owned(), |rate| format!("{rate:.0}"));
        let points = this.engagement.zip(before.engagement).map(|(a, b)| Delta::points(a - b));
        let figures = vec![
            Figure {
                title: "Total distance",
                value: units::distance_figure(this.total.distance, system),
                unit: units::distance_unit(system),
                change: is_over.then(|| Delta::distance(this.total.distance - before.total.distance, system)),
                before: units::distance(before.total.distance, system),
                note: String::new(),
            },
            Figure {
                title: "Total activities",
                value: this.total.activities.to_string(),
                unit: "",
                change: is_over.then(|| Delta::count(this.total.activities - before.total.activities)),
                before: before.total.activities.to_string(),
                note: String::new(),
            },
            Figure {
                title: "Engagement rate",
                value: percent(this.engagement),
                unit: if this.engagement.is_some() { "%" } else { "" },
                change: points.filter(|_| is_over),
                before: before.engagement.map_or("none".to_owned(), |rate| format!("{rate:.0} %")),
                note: format!("{engaged} of {active} active"),
            },
        ];
        Self {
            head: Head::new(week.seen.group(), week.members.len(), week.seen.may_edit(), Tab::Overview),
            week: calendar::range_in_words(first, week.period.last_day(), week.today),
            zone: calendar::zone_label(week.period.zone),
            first_day: first,
            is_current: week.is_current,
            metric: kept,
            now: format!("/groups/{id}{}", with("?")),
            before: address(first - 7),
            after: (first + 7 <= week.today).then(|| address(first + 7)),
            figures,
            total: this.total,
            columns: columns.collect(),
            board: board.collect(),
            weekdays: week.period.days().iter().map(|day| weekday_of(*day)).collect(),
            by_day,
            day_totals,
            trend: charts::weekly_distance(&bars, system, "trend"),
            weeks: week
                .trend
                .iter()
                .rev()
                .map(|of| (of.first_day, of.total, of.engagement, of.members))
                .collect(),
        }
    }
}

/// `Mon 16`.
fn weekday_of(day: i64) -> String {
    calendar::date_of(day).format("%a %-d").to_string()
}
