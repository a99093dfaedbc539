//! The roster of an organization: a page of its athletes with what stands in their rows.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::access::{self, Coach, Viewer};
use super::db::roster::{Cut, ThisWeek};
use super::error::Result;
use super::members::Current;
use super::{App, db};
use crate::domain::calendar;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::person::{MemberStatus, fold};
use crate::domain::text;

pub use super::db::roster::{AthleteRow, Key, Order, Start};

/// How many labels are named where any of them can be typed.
const NAMED_LABELS: usize = 12;
/// Weeks of distance in a row, the current one last.
pub const WEEKS: usize = 8;

/// Which athletes, in which order, and which part of them. Texts as people write them.
#[derive(Debug, Clone)]
pub struct RosterQuery {
    pub search: String,
    /// Any of these; empty for all. So are levels and coaches (`None` is "no coach").
    pub statuses: Vec<MemberStatus>,
    pub levels: Vec<String>,
    pub coaches: Vec<Option<UserId>>,
    /// In any of these; `None` is "in no group".
    pub groups: Vec<Option<GroupId>>,
    /// Every one of these; `@` is optional.
    pub labels: Vec<String>,
    pub order: Order,
    pub is_descending: bool,
    pub start: Start,
    pub limit: i64,
}

impl RosterQuery {
    /// What the database is asked for. Levels are stored as written and found however they are written, so
    /// this takes the spellings that the organization uses.
    fn filter(&self, spellings: &[String]) -> db::roster::Filter {
        let wanted: Vec<String> = self.levels.iter().map(|level| fold(level)).collect();
        let mut levels: Vec<String> =
            spellings.iter().filter(|level| wanted.contains(&fold(level))).cloned().collect();
        if levels.is_empty() {
            // Nobody has it, which lets nobody through rather than everybody.
            levels = self.levels.iter().map(|level| text::one_line(level)).collect();
        }
        db::roster::Filter {
            search: fold(&text::one_line(&self.search)),
            statuses: self.statuses.clone(),
            levels,
            coaches: self.coaches.clone(),
            groups: self.groups.clone(),
            labels: self.labels.iter().map(|l| fold(text::one_line(l).trim_start_matches('@'))).collect(),
        }
    }

    fn cut<'a>(&self, week: &'a ThisWeek) -> Cut<'a> {
        Cut {
            order: self.order,
            is_descending: self.is_descending,
            start: self.start.clone(),
            limit: self.limit,
            week,
            weeks: None,
        }
    }
}

/// One athlete of the roster.
#[derive(Debug, Clone)]
pub struct Athlete {
    pub current: Current,
    /// Metres of counted runs in the last eight weeks of the athlete's own zone, the current one last;
    /// nothing until the athlete has agreed to be seen.
    pub weeks: Option<[f64; WEEKS]>,
    /// Today in the athlete's own zone.
    pub today: i64,
}

/// A choice of the toolbar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    pub value: T,
    pub name: String,
}

/// Everything that the toolbar and the dialogs offer.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    pub levels: Vec<String>,
    /// As written, without `@`.
    pub labels: Vec<String>,
    pub coaches: Vec<Choice<UserId>>,
    pub groups: Vec<Choice<GroupId>>,
    /// How many athletes have which status.
    pub statuses: Vec<(MemberStatus, i64)>,
}

impl Choices {
    /// How many athletes there are.
    pub fn athletes(&self) -> i64 {
        self.statuses.iter().map(|(_, count)| count).sum()
    }

    /// How many athletes have this status.
    pub fn with_status(&self, status: MemberStatus) -> i64 {
        self.statuses.iter().find(|(s, _)| *s == status).map_or(0, |(_, count)| *count)
    }

    /// The labels that a hint names.
    pub fn first_labels(&self) -> &[String] {
        &self.labels[..self.labels.len().min(NAMED_LABELS)]
    }

    /// How many labels there are beside those, if any.
    pub fn more_labels(&self) -> Option<usize> {
        self.labels.len().checked_sub(NAMED_LABELS).filter(|more| *more > 0)
    }

    fn read(rows: Vec<db::roster::OptionRow>) -> Self {
        let mut choices = Self::default();
        for row in rows {
            match row.kind.as_str() {
                "status" => choices.statuses.extend(row.key.parse().ok().map(|s| (s, row.count))),
                "level" => choices.levels.push(row.name),
                "label" => choices.labels.push(row.name),
                "coach" => {
                    choices
                        .coaches
                        .extend(row.key.parse().ok().map(|value| Choice { value, name: row.name }));
                }
                _ => {
                    choices.groups.extend(row.key.parse().ok().map(|value| Choice { value, name: row.name }))
                }
            }
        }
        choices.levels.sort_by_key(|l| fold(l));
        choices.labels.sort_by_key(|l| fold(l));
        choices.coaches.sort_by_key(|c| fold(&c.name));
        choices.groups.sort_by_key(|g| fold(&g.name));
        choices
    }
}

/// A page of the roster.
#[derive(Debug)]
pub struct Roster {
    pub athletes: Vec<Athlete>,
    /// How many athletes the filter lets through.
    pub total: i64,
    pub choices: Choices,
}

impl App {
    /// How many athletes the roster has, whatever their status.
    pub async fn count_athletes(&self, coach: Coach) -> Result<i64> {
        let mut tx = self.db().read().await?;
        Ok(db::members::count_athletes(&mut tx, coach.org_id()).await?)
    }

    /// A page of the roster in at most three statements: the rows with all that stands in them, what the
    /// toolbar offers, and the total where a filter makes it differ from everybody.
    pub async fn roster(&self, viewer: &Viewer, query: &RosterQuery) -> Result<Roster> {
        let coach = viewer.coach()?;
        let org = coach.org_id();
        let first_weekday = viewer.first_weekday();
        let mut tx = self.db().read().await?;
        let choices = Choices::read(db::roster::options(&mut tx, org).await?);
        let filter = query.filter(&choices.levels);
        let total = match filter.is_empty() {
            true => choices.athletes(),
            false => db::roster::count(&mut tx, org, &filter).await?,
        };
        let athletes = self.rows(&mut tx, org, &filter, query, first_weekday).await?;
        Ok(Roster { athletes, total, choices })
    }

    /// The statement that finds the rows of a page, by itself: what the benchmark holds the page against.
    #[doc(hidden)]
    pub async fn row_statement(&self, viewer: &Viewer, query: &RosterQuery) -> Result<Vec<Athlete>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        self.rows(&mut tx, org, &query.filter(&[]), query, viewer.first_weekday()).await
    }

    async fn rows(
        &self,
        tx: &mut db::Tx,
        org: OrgId,
        filter: &db::roster::Filter,
        query: &RosterQuery,
        first_weekday: i64,
    ) -> Result<Vec<Athlete>> {
        let now = calendar::instant(self.now());
        let week = this_week(now, first_weekday, query.order == Order::WeekDistance);
        // Zones are a day apart at most on either side, so one week more on either side holds everybody's.
        let middle = calendar::week_start(calendar::local_day(now, Tz::UTC), first_weekday);
        let base = middle - 7 * WEEKS as i64;
        let cut = Cut { weeks: Some((base, middle + 14)), ..query.cut(&week) };
        let rows = db::roster::page(tx, org, filter, &cut).await?;
        let athlete = |mut row: AthleteRow| {
            let today = calendar::local_day(now, zone(&row));
            // The place of each week of this athlete's eight.
            let first = (calendar::week_start(today, first_weekday) - base) / 7 + 1 - WEEKS as i64;
            let packed = row.weeks.take().unwrap_or_default();
            let weeks = row.visible_from.map(|_| {
                let mut weeks = [0.0; WEEKS];
                for (week, metres) in db::roster::packed_weeks(&packed) {
                    let place = usize::try_from(week - first).ok();
                    if let Some(place) = place.and_then(|place| weeks.get_mut(place)) {
                        *place = metres;
                    }
                }
                weeks
            });
            Athlete { current: Current::of(row), weeks, today }
        };
        Ok(rows.into_iter().map(athlete).collect())
    }

    /// A page of members for the API, with their newest notes.
    pub async fn members(
        &self,
        viewer: &Viewer,
        org: OrgId,
        query: &RosterQuery,
    ) -> Result<(Vec<Current>, i64)> {
        access::organization(viewer, org)?.coach()?;
        let week = this_week(
            calendar::instant(self.now()),
            viewer.first_weekday(),
            query.order == Order::WeekDistance,
        );
        let mut tx = self.db().read().await?;
        let filter = query.filter(&spellings(&mut tx, org, query).await?);
        let rows = db::roster::page(&mut tx, org, &filter, &query.cut(&week)).await?;
        let total = db::roster::count(&mut tx, org, &filter).await?;
        Ok((super::members::with_notes(&mut tx, org, rows).await?, total))
    }

    /// Which of these athletes have values (VDOT, thresholds, heart rates) that zones are made from, as far
    /// as coaches may know.
    pub async fn with_zones(&self, coach: Coach, users: &[UserId]) -> Result<Vec<UserId>> {
        let mut tx = self.db().read().await?;
        Ok(db::roster::with_fitness(&mut tx, coach.org_id(), users).await?)
    }

    /// What dialogs offer.
    pub async fn choices(&self, coach: Coach) -> Result<Choices> {
        let mut tx = self.db().read().await?;
        Ok(Choices::read(db::roster::options(&mut tx, coach.org_id()).await?))
    }

    /// Everybody whom the filter lets through, for export: read in pages, so that a large roster does not
    /// hold one long statement.
    pub async fn whole_roster(&self, viewer: &Viewer, query: &RosterQuery) -> Result<Vec<Athlete>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        let filter = query.filter(&spellings(&mut tx, org, query).await?);
        let mut query = RosterQuery { start: Start::Offset(0), limit: 500, ..query.clone() };
        let mut everybody: Vec<Athlete> = Vec::new();
        loop {
            let page = self.rows(&mut tx, org, &filter, &query, viewer.first_weekday()).await?;
            let count = page.len();
            everybody.extend(page);
            match everybody.last() {
                Some(last) if count == 500 => query.start = after(&last.current.row, query.order),
                _ => return Ok(everybody),
            }
        }
    }
}

/// The levels as the organization writes them, read only where a filter asks for one.
async fn spellings(tx: &mut db::Tx, org: OrgId, query: &RosterQuery) -> Result<Vec<String>> {
    if query.levels.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Choices::read(db::roster::options(tx, org).await?).levels)
}

/// Where the page after this row begins.
pub fn after(row: &AthleteRow, order: Order) -> Start {
    let key = match order {
        Order::Name => Key::Text(row.name_folded.clone()),
        Order::Status => Key::Text(row.status.word().to_owned()),
        Order::Level if row.member_level.is_empty() => Key::Nothing,
        Order::Level => Key::Text(row.member_level.clone()),
        Order::Coach => row.coach_name.as_deref().map_or(Key::Nothing, |n| Key::Text(fold(n))),
        Order::LastRun => row.run_start_at.map_or(Key::Nothing, Key::Whole),
        Order::WeekDistance => row.week_distance.map_or(Key::Nothing, Key::Real),
    };
    Start::After { key, name_folded: row.name_folded.clone(), user_id: row.user_id }
}

/// The athlete's own zone; UTC if the stored name is unknown.
pub fn zone(row: &AthleteRow) -> Tz {
    row.timezone.parse().unwrap_or(Tz::UTC)
}

/// The current week in every zone of the world. Only for about a day around its change are there two.
fn this_week(now: DateTime<Utc>, first_weekday: i64, is_needed: bool) -> ThisWeek {
    let start = |tz: Tz| calendar::week_start(calendar::local_day(now, tz), first_weekday);
    let first_day = start(Tz::UTC);
    let mut week = ThisWeek { first_day, other_first_day: first_day, other_zones: Vec::new() };
    let is_settled = start(Tz::Etc__GMTMinus14) == start(Tz::Etc__GMTPlus12);
    if !is_needed || is_settled {
        return week;
    }
    for zone in chrono_tz::TZ_VARIANTS {
        let theirs = start(zone);
        if theirs != first_day {
            week.other_first_day = theirs;
            week.other_zones.push(zone.name().to_owned());
        }
    }
    week
}
