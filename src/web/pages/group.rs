//! One group: what stands above all its tabs, and the Overview of a week or of another range.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use super::delta::Compared;
use super::person::Problems;
use super::range::{AskedRange, columns, days_in_address, in_words, parse_week, week_in_address};
use crate::app::group_stats::{Figures, GroupSpan, SpanFigures, leaderboard};
use crate::app::groups::Group;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::calendar;
use crate::domain::group::Metric;
use crate::domain::ids::{GroupId, UserId};
use crate::domain::period::{Period, RangeWord};
use crate::domain::person::UnitSystem;
use crate::domain::units;
use crate::view;
use crate::web::Site;
use crate::web::charts::{self, Chart, Days, Key, Share, Shares, Size, Svg};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
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
    pub fn new(group: &Group, members: i64, may_edit: bool, tab: Tab) -> Self {
        Self {
            id: group.id,
            name: group.name.clone(),
            description: group.description.clone(),
            privacy: group.privacy.label(),
            members,
            may_edit,
            tab,
        }
    }

    pub fn is_at(&self, tab: Tab) -> bool {
        self.tab == tab
    }
}

/// Who was in the group then, where they were others than now.
fn members_then(span: &GroupSpan, now: i64) -> Option<String> {
    let then = span.members.len() as i64;
    match then == now || span.is_current {
        true => None,
        false => Some(match then {
            0 => "Nobody was in the group then".to_owned(),
            1 => "1 athlete was in the group then".to_owned(),
            many => format!("{many} athletes were in the group then"),
        }),
    }
}

/// A place on the leaderboard.
struct Placed {
    /// None without anything in that figure.
    rank: Option<usize>,
    id: UserId,
    name: String,
    total: Figures,
}

/// What somebody ran in each column of the chart.
struct Row {
    name: String,
    days: Vec<f64>,
    total: f64,
    /// Where the chart does not show them by themselves.
    thumbnail: Option<Svg>,
}

/// The head of a column by which the leaderboard can be ordered.
struct Order {
    title: &'static str,
    href: String,
    is_on: bool,
}

/// The chart of days with what stands around it.
struct ByDay {
    chart: Chart,
    key: Vec<Key>,
    has_thumbnails: bool,
    are_weeks: bool,
    heads: Vec<String>,
    /// Who ran, the most first; not all of a very large group.
    rows: Vec<Row>,
    is_cut: bool,
    totals: Vec<f64>,
}

/// So many athletes are shown at once: beyond them a page is asked for with all.
const SHOWN: usize = 200;
/// So many have a small chart, and a row in the table of days: the ones who ran most.
const SMALL: usize = 100;
/// So many days at most have letters on their bars.
const LETTERED: usize = 14;

/// The twelve weeks.
struct Trend {
    chart: Chart,
    weeks: Vec<(i64, Figures, Option<f64>, usize)>,
}

#[derive(Template)]
#[template(path = "groups/show.html", blocks = ["week"])]
struct Show {
    /// The address that names range and zone, for who came without.
    here: String,
    head: Head,
    /// The week or the range in words.
    span: String,
    zone: String,
    /// For the forms that choose another week or range.
    zone_name: &'static str,
    first_day: i64,
    last_day: i64,
    is_week: bool,
    is_current: bool,
    /// What a period is compared with: "the week before".
    before_words: String,
    /// Where it is not the usual one.
    metric: Option<Metric>,
    now: String,
    before: String,
    /// `None` where the next one has not begun.
    after: Option<String>,
    figures: Vec<Compared>,
    /// Of how many active members how many have done something: the last figure's own words.
    engaged: (usize, usize),
    /// How many were in the group then, where it was another number than now.
    then: Option<String>,
    /// Whether nobody was in it in the period before: then nothing is compared with it.
    has_no_before: bool,
    total: Figures,
    orders: Vec<Order>,
    board: Vec<Placed>,
    /// Where there are more than are shown: how many, and the address of all.
    more: Option<(i64, String)>,
    by_day: Option<ByDay>,
    trend: Option<Trend>,
}
view!(Show, "week" => as_week);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    week: String,
    metric: String,
    /// Anything: the whole leaderboard.
    all: String,
    #[serde(flatten)]
    range: AskedRange,
}

async fn found(app: &App, viewer: &Viewer, id: GroupId, asked: &Asked) -> Result<GroupSpan, Error> {
    if asked.range.is_empty() {
        let day = parse_week(&asked.week)?;
        return app.group_week(viewer, id, day, asked.range.zone_name()).await;
    }
    app.group_range(viewer, id, &asked.range.query(viewer, RangeWord::Days7)?).await
}

/// A week or range that there is not: the fields as they were typed, with what is wrong beside them.
#[derive(Template)]
#[template(path = "groups/refused.html")]
struct Refused {
    head: Head,
    asked: Asked,
    problems: Problems,
}
view!(Refused);

async fn refused(
    app: &App,
    viewer: &Viewer,
    id: GroupId,
    asked: Asked,
    problems: Vec<Problem>,
) -> Result<Page, Failure> {
    let (seen, members) = app.group_head(viewer, id).await?;
    let head = Head::new(seen.group(), members, seen.may_edit(), Tab::Overview);
    let title = head.name.clone();
    let view = Refused { head, asked, problems: Problems(problems) };
    Ok(Page::new(title, view).at(Place::Groups).unprocessable())
}

/// `GET /groups/{id}`
async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let metric = match asked.metric.as_str() {
        "" => Metric::Distance,
        word => word.parse().map_err(|_| Error::invalid("metric", "There is no such figure."))?,
    };
    let span = match found(&app, &viewer, id, &asked).await {
        Err(Error::Invalid(problems)) => return refused(&app, &viewer, id, asked, problems).await,
        found => found?,
    };
    let members = app.count_group_members(&span.seen).await?;
    let shown = if asked.all.is_empty() { SHOWN } else { usize::MAX };
    let view = Show::new(&span, members, (asked.range.is_empty(), shown), metric, viewer.user.units);
    Ok(Page::new(view.title(), view).at(Place::Groups))
}

impl ByDay {
    fn new(span: &GroupSpan, title: &str, system: UnitSystem) -> Self {
        let columns = columns(&span.period);
        let mut totals = vec![0.0; columns.len()];
        let mut shares = Vec::new();
        for ranked in leaderboard(&span.members, Metric::Distance) {
            let mut metres = vec![0.0; columns.len()];
            for (place, figures) in &ranked.member.days {
                let at = columns.partition_point(|(_, places)| places.end <= *place);
                metres[at] += figures.distance;
                totals[at] += figures.distance;
            }
            if metres.iter().any(|metres| *metres > 0.0) {
                shares.push(Share { name: ranked.member.display_name.clone(), metres });
            }
        }
        let heads: Vec<String> = columns.iter().map(|(column, _)| column.short.clone()).collect();
        let of_chart: Vec<_> = columns.into_iter().map(|(column, _)| column).collect();
        let Shares { chart, key, has_others } = charts::shares(&of_chart, &shares, system, title, "days");
        let most = shares.iter().flat_map(|share| &share.metres).copied().fold(0.0, f64::max);
        let thumbnail = |share: &Share| {
            let label = format!("{}, {}", share.name, units::distance_unit(system));
            let metres = &share.metres;
            charts::days(
                &Days { metres, letters: &[], names: &heads, most, system, label: &label },
                Size::Thumbnail,
            )
        };
        // Where bars are narrow, no letters stand on them that would tell whose they are.
        let has_thumbnails = has_others || heads.len() > LETTERED;
        let row = |share: &Share| Row {
            name: share.name.clone(),
            total: share.metres.iter().sum(),
            days: share.metres.clone(),
            thumbnail: has_thumbnails.then(|| thumbnail(share)),
        };
        let rows = shares.iter().take(SMALL).map(row).collect();
        let are_weeks = heads.len() < span.period.days().len();
        let is_cut = shares.len() > SMALL;
        Self { chart, key, has_thumbnails, are_weeks, is_cut, rows, heads, totals }
    }
}

/// The figures that lead the page. While a week goes on nothing is compared: it is a part of one.
fn figures(span: &GroupSpan, is_compared: bool, system: UnitSystem) -> Vec<Compared> {
    let (shown, before) = (span.shown(), span.before());
    let mut figures = vec![
        Compared::distance(shown.total.distance, before.total.distance, system),
        Compared::activities(shown.total.activities, before.total.activities),
        Compared::engagement(shown.engagement, before.engagement),
    ];
    if !is_compared {
        figures.iter_mut().for_each(|figure| figure.change = None);
    }
    figures
}

impl Show {
    fn title(&self) -> String {
        match self.is_week && self.is_current {
            true => self.head.name.clone(),
            false => format!("{}, {}", self.head.name, self.span),
        }
    }

    fn new(
        span: &GroupSpan,
        members: i64,
        (is_week, shown): (bool, usize),
        metric: Metric,
        system: UnitSystem,
    ) -> Self {
        let id = span.seen.id();
        let (first, last) = (span.period.first_day(), span.period.last_day());
        // What is usual stands in no address.
        let kept = Some(metric).filter(|metric| *metric != Metric::Distance);
        let with = |sign: &str| kept.map_or(String::new(), |metric| format!("{sign}metric={metric}"));
        let query = |period: &Period| match is_week {
            true => week_in_address(period.first_day(), period.zone.name()),
            false => days_in_address(period),
        };
        let address = |period: &Period| format!("/groups/{id}?{}{}", query(period), with("&"));
        let length = last - first + 1;
        let after = Period::of_days(first + length, last + length, span.period.zone);
        let order = |&of: &Metric| Order {
            title: of.label(),
            href: format!("/groups/{id}?{}&metric={of}", query(&span.period)),
            is_on: of == metric,
        };
        let board = leaderboard(&span.members, metric).into_iter().map(|ranked| Placed {
            rank: Some(ranked.rank).filter(|_| ranked.member.total.by(metric) > 0.0),
            id: ranked.member.user_id,
            name: ranked.member.display_name.clone(),
            total: ranked.member.total,
        });
        let words = in_words(&span.period, span.today);
        let by_day = ByDay::new(span, &format!("Distance by day and athlete, {words}"), system);
        let trend = is_week.then(|| {
            let distances = span.trend.iter().map(|week| (week.first_day, week.total.distance));
            let bars = charts::Week::all(distances, span.is_current);
            let week = |of: &SpanFigures| (of.first_day, of.total, of.engagement, of.members);
            Trend {
                chart: charts::weekly_distance(&bars, system, "trend"),
                weeks: span.trend.iter().rev().map(week).collect(),
            }
        });
        let head = Head::new(span.seen.group(), members, span.seen.may_edit(), Tab::Overview);
        let mut board: Vec<Placed> = board.collect();
        let total = board.len();
        board.truncate(shown);
        let all = || format!("{}&all=1", address(&span.period));
        Self {
            here: address(&span.period),
            head,
            more: (total > shown).then(|| (total as i64, all())),
            zone: calendar::zone_label(span.period.zone),
            zone_name: span.period.zone.name(),
            first_day: first,
            last_day: last,
            is_week,
            is_current: span.is_current,
            before_words: match (is_week, length) {
                (true, _) => "the week before".to_owned(),
                (false, 1) => "the day before".to_owned(),
                (false, days) => format!("the {days} days before"),
            },
            metric: kept,
            now: format!("/groups/{id}{}", with("?")),
            before: address(&Period::of_days(first - length, first - 1, span.period.zone)),
            after: (first + length <= span.today).then(|| address(&after)),
            figures: figures(span, !(is_week && span.is_current) && span.before().members > 0, system),
            engaged: span.engaged(),
            then: members_then(span, members),
            has_no_before: span.before().members == 0,
            total: span.shown().total,
            orders: Metric::ALL.iter().map(order).collect(),
            board,
            by_day: Some(by_day).filter(|by_day| !by_day.rows.is_empty()),
            trend,
            span: words,
        }
    }
}
