//! The Groups tab of the Group Dashboard: every group side by side over a range.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use super::delta::Delta;
use super::person::Problems;
use super::range::{AskedRange, columns, in_words, range_in_address, zone_in_address};
use super::roster::aria_sort;
use crate::app::group_comparison::{CompareBy, ComparedGroup, Comparison};
use crate::app::group_stats::RangeQuery;
use crate::app::{App, Error};
use crate::domain::period::RangeWord;
use crate::domain::person::UnitSystem;
use crate::domain::{calendar, units};
use crate::view;
use crate::web::Site;
use crate::web::charts::{self, Days, Size, Svg};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
use crate::web::viewer::SignedIn;

/// Groups on a page.
const PAGE: usize = 60;
/// The presets that the page offers.
const PRESETS: [RangeWord; 3] = [RangeWord::Days7, RangeWord::Days14, RangeWord::Days30];

pub fn routes() -> Router<Site> {
    Router::new().route("/groups/comparison", get(index))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(flatten)]
    range: AskedRange,
    /// A figure, with a minus before it for the greatest first.
    sort: String,
    page: String,
}

/// A group over the range.
struct Line {
    name: String,
    /// The group at this range.
    href: String,
    members: usize,
    distance: f64,
    change: Option<Delta>,
    each: Option<f64>,
    activities: i64,
    engagement: Option<f64>,
    points: Option<Delta>,
    training_load: f64,
    chart: Svg,
}

/// The head of a column that the list can be ordered by.
struct Order {
    title: &'static str,
    href: String,
    /// What `aria-sort` says; nothing where the list is not in this order.
    sorted: &'static str,
    is_number: bool,
}

/// A range that is offered.
struct Preset {
    title: &'static str,
    href: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "groups/comparison.html", blocks = ["comparison"])]
struct Index {
    asked: AskedRange,
    presets: Vec<Preset>,
    found: Option<Found>,
    problems: Problems,
}
view!(Index, "comparison" => as_comparison);

/// What was found for a range that there is.
struct Found {
    /// The address that names range and zone, for who came without.
    here: String,
    range: String,
    days: usize,
    zone: String,
    zone_name: &'static str,
    first_day: i64,
    last_day: i64,
    /// Where it is not the usual one.
    sort: Option<String>,
    lines: Vec<Line>,
    orders: Vec<Order>,
    total_athletes: i64,
    unassigned: i64,
    total: usize,
    is_cut: bool,
    are_weeks: bool,
    /// Whether the last day is still going on.
    is_with_today: bool,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /groups/comparison`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    viewer.coach()?;
    let query = match asked.range.query(&viewer, RangeWord::Days7) {
        Ok(query) => query,
        Err(error) => return refused(asked, error),
    };
    // An order that there is not is none: the figures are the same in any.
    let sort = Sort::of(&asked.sort);
    let mut found = match app.compare_groups(&viewer, &query).await {
        Ok(found) => found,
        Err(error) => return refused(asked, error),
    };
    found.sort(sort.by, sort.is_descending);
    let zone = zone_in_address(found.period.zone.name());
    let presets = presets(Some(query.range), &format!("&{zone}{}", sort.in_address()));
    let found = Found::new(found, &asked.page, sort, &query, viewer.user.units);
    let title = format!("Groups compared, {}", found.range);
    let view = Index { asked: asked.range, presets, found: Some(found), problems: Problems::default() };
    Ok(Page::new(title, view).at(Place::Groups))
}

/// The form as it was typed, with what is wrong beside it.
fn refused(asked: Asked, error: Error) -> Result<Page, Failure> {
    let Error::Invalid(problems) = error else { return Err(error.into()) };
    let presets = presets(None, &Sort::of(&asked.sort).in_address());
    let view = Index { asked: asked.range, presets, found: None, problems: Problems(problems) };
    Ok(Page::new("Groups compared", view).at(Place::Groups).unprocessable())
}

/// The presets; `more` is what stands behind the range in their addresses.
fn presets(on: Option<RangeWord>, more: &str) -> Vec<Preset> {
    let preset = |&preset: &RangeWord| Preset {
        title: preset.label(),
        href: format!("/groups/comparison?range={preset}{more}"),
        is_on: on == Some(preset),
    };
    PRESETS.iter().map(preset).collect()
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sort {
    by: CompareBy,
    is_descending: bool,
}

/// Where nothing is said, or nothing that there is.
const USUAL: Sort = Sort { by: CompareBy::Distance, is_descending: true };

impl Sort {
    fn of(text: &str) -> Self {
        let by = text.strip_prefix('-').unwrap_or(text).parse();
        by.map_or(USUAL, |by| Self { by, is_descending: text.starts_with('-') })
    }

    fn word(self) -> String {
        format!("{}{}", if self.is_descending { "-" } else { "" }, self.by)
    }

    /// What is usual stands in no address.
    fn in_address(self) -> String {
        if self == USUAL { String::new() } else { format!("&sort={}", self.word()) }
    }
}

impl Found {
    fn new(found: Comparison, page: &str, sort: Sort, query: &RangeQuery, system: UnitSystem) -> Self {
        let range = range_in_address(query.range, &found.period);
        let total = found.groups.len();
        let page: usize = page.parse().unwrap_or(1).clamp(1, total.div_ceil(PAGE).max(1));
        let address = |sort: Sort, page: usize| {
            let page = if page == 1 { String::new() } else { format!("&page={page}") };
            format!("/groups/comparison?{range}{}{page}", sort.in_address())
        };
        let orders = CompareBy::ALL.iter().map(|&of| {
            let is_on = of == sort.by;
            // Figures begin with the greatest, names with A.
            let is_descending = if is_on { !sort.is_descending } else { of != CompareBy::Name };
            Order {
                title: of.label(),
                href: address(Sort { by: of, is_descending }, 1),
                sorted: aria_sort(is_on, sort.is_descending),
                is_number: of != CompareBy::Name,
            }
        });
        let columns = columns(&found.period);
        let shown = &found.groups[(page - 1) * PAGE..(page * PAGE).min(total)];
        let metres: Vec<Vec<f64>> = shown
            .iter()
            .map(|group| {
                let each = group.active_members.max(1) as f64;
                columns
                    .iter()
                    .map(|(_, places)| group.days[places.clone()].iter().sum::<f64>() / each)
                    .collect()
            })
            .collect();
        let most = metres.iter().flatten().copied().fold(0.0, f64::max);
        let names: Vec<String> = columns.iter().map(|(column, _)| column.short.clone()).collect();
        // One letter is enough for the days of a week; dates need their room.
        let letters: Vec<String> = match names.len() <= 7 {
            true => names.iter().map(|name| name.chars().take(1).collect()).collect(),
            false => names.clone(),
        };
        let line = |(group, metres): (&ComparedGroup, &Vec<f64>)| {
            let label =
                format!("{}, {} for each active member", group.group.name, units::distance_unit(system));
            let points = group.engagement.zip(group.engagement_before).map(|(a, b)| a - b);
            let days = Days { metres, letters: &letters, names: &names, most, system, label: &label };
            Line {
                name: group.group.name.clone(),
                href: format!("/groups/{}?{range}", group.group.id),
                members: group.members,
                distance: group.total.distance,
                change: group.change().map(Delta::percent),
                each: group.per_active_member(),
                activities: group.total.activities,
                engagement: group.engagement,
                points: points.map(Delta::points).filter(|delta| !delta.is_nothing()),
                training_load: group.total.training_load,
                chart: charts::days(&days, Size::Card),
            }
        };
        let lines: Vec<Line> = shown.iter().zip(&metres).map(line).collect();
        Self {
            here: address(sort, page),
            range: in_words(&found.period, found.today),
            days: found.period.days().len(),
            zone: calendar::zone_label(found.period.zone),
            zone_name: found.period.zone.name(),
            first_day: found.period.first_day(),
            last_day: found.period.last_day(),
            sort: Some(sort).filter(|sort| *sort != USUAL).map(Sort::word),
            lines,
            orders: orders.collect(),
            total_athletes: found.counts.total_athletes,
            unassigned: found.counts.unassigned,
            total,
            is_cut: found.is_cut,
            is_with_today: (found.period.first_day()..=found.period.last_day()).contains(&found.today),
            are_weeks: columns.len() < found.period.days().len(),
            newer: (page > 1).then(|| address(sort, page - 1)),
            older: (page * PAGE < total).then(|| address(sort, page + 1)),
        }
    }
}
