//! Figures of one group: over a range, and of one week beside the weeks before it.
//!
//! Who counts: the members at the period's end (now, while it is still open), with all their visible runs in
//! it, also from before they joined. Engagement takes any completed activity, and active members only.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::App;
use super::access::{self, Viewer, VisibleGroup};
use super::db::Tx;
use super::db::cells::{self, Scope};
use super::db::group_stats::{self, Stay, VersionedStay};
use super::error::{Error, Problem, Result};
use super::group_figures::{Sums, engagement_of, members_at, sum_up};
use crate::domain::calendar;
use crate::domain::ids::{GroupId, UserId};
use crate::domain::period::{Period, RangeWord};
use crate::domain::person::MemberStatus;

pub use super::group_figures::{Figures, MemberFigures, Ranked, leaderboard};

/// Weeks of the trend, the shown one last.
pub const TREND_WEEKS: usize = 12;

/// A range as it was asked for.
#[derive(Debug, Clone)]
pub struct RangeQuery {
    pub range: RangeWord,
    /// Unix seconds, for a custom range.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// IANA name; the viewer's if none.
    pub timezone: Option<String>,
}

impl RangeQuery {
    /// A range by its name, in the viewer's zone.
    pub fn of(range: RangeWord) -> Self {
        Self { range, from: None, to: None, timezone: None }
    }
}

/// Figures of a group over a range.
#[derive(Debug, Clone)]
pub struct GroupStats {
    pub group_id: GroupId,
    pub range: RangeWord,
    pub period: Period,
    pub total: Figures,
    /// Percent with one decimal; none for a group without active members.
    pub engagement: Option<f64>,
    /// In the order of joining.
    pub members: Vec<MemberFigures>,
}

/// An answer that the caller may hold already.
#[derive(Debug)]
pub enum Asked<T> {
    /// What the caller has still holds.
    Unchanged,
    Fresh(T),
}

/// Totals of one of several periods.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SpanFigures {
    /// Days since 1970-01-01.
    pub first_day: i64,
    pub total: Figures,
    pub engagement: Option<f64>,
    /// Members at its end.
    pub members: usize,
}

/// A period of a group beside those before it: a week and the eleven before, or a range and the one before.
#[derive(Debug, Clone)]
pub struct GroupSpan {
    pub seen: VisibleGroup,
    /// The shown period.
    pub period: Period,
    /// Whether it is going on.
    pub is_current: bool,
    /// Today in the zone, as days since 1970-01-01.
    pub today: i64,
    /// Who was in the group at the period's end, in the order of joining.
    pub members: Vec<MemberFigures>,
    /// Each member's periods of the trend, in the same order as `members`.
    pub member_trends: Vec<Vec<Figures>>,
    /// Oldest first, the shown one last; each with its own members.
    pub trend: Vec<SpanFigures>,
}

impl GroupSpan {
    /// The shown period.
    pub fn shown(&self) -> SpanFigures {
        self.trend.last().copied().unwrap_or_default()
    }

    /// How many active members have a completed activity in the shown period, and how many members are active:
    /// what its engagement rate is made of.
    pub fn engaged(&self) -> (usize, usize) {
        let active = || self.members.iter().filter(|member| member.status == MemberStatus::Active);
        (active().filter(|member| member.is_engaged).count(), active().count())
    }

    /// The period before it.
    pub fn before(&self) -> SpanFigures {
        self.trend.iter().rev().nth(1).copied().unwrap_or_default()
    }
}

/// The zone of this name, or the viewer's.
pub(super) fn zone_of(viewer: &Viewer, name: Option<&str>) -> Result<Tz, Problem> {
    match name {
        None => Ok(viewer.zone()),
        Some(name) => calendar::parse_zone(name)
            .ok_or_else(|| Problem::invalid("timezone", "There is no such time zone.")),
    }
}

impl App {
    /// The period that a range means now, or everything that is wrong with it.
    pub fn period(&self, viewer: &Viewer, query: &RangeQuery) -> Result<Period> {
        let mut problems = Vec::new();
        let zone = zone_of(viewer, query.timezone.as_deref()).unwrap_or_else(|problem| {
            problems.push(problem);
            Tz::UTC
        });
        let period = match query.range.days() {
            Some(days) => Ok(Period::last_days(days, self.now(), zone)),
            None => Period::custom(query.from, query.to, zone),
        };
        let (period, wrong) = match period {
            Ok(period) => (Some(period), Vec::new()),
            Err(wrong) => (None, wrong),
        };
        problems.extend(wrong.into_iter().map(|error| Problem {
            field: error.field().into(),
            code: if query.from.is_none() || query.to.is_none() { "REQUIRED" } else { "INVALID" },
            message: error.to_string(),
        }));
        match period {
            Some(period) if problems.is_empty() => Ok(period),
            _ => Err(Error::Invalid(problems)),
        }
    }

    /// Figures of a group over a range. `held` are tags of answers that the caller has: while one
    /// of them holds, nothing else is read. Returns the tag of the answer, made before the figures are read, so that it never
    /// stands for something younger.
    pub async fn group_stats(
        &self,
        viewer: &Viewer,
        id: GroupId,
        query: &RangeQuery,
        held: &[&str],
    ) -> Result<(String, Asked<GroupStats>)> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let period = self.period(viewer, query)?;
        let versioned = group_stats::versioned(&mut tx, seen.org_id(), id).await?;
        // Given back before the other read: nobody waits for a second connection while holding one.
        drop(tx);
        let tag = tag_of(&seen, &period, query.range, &versioned);
        if held.contains(&tag.as_str()) {
            self.audit_look(viewer, &seen, "stats").await?;
            return Ok((tag, Asked::Unchanged));
        }
        let end = period.members_at(self.now());
        let stays: Vec<Stay> = versioned.into_iter().map(|versioned| versioned.stay).collect();
        let scope = Scope::Group { org: seen.org_id(), group: id, first: end, last: end };
        let cells = cells::read(self.db(), scope, (period.from, period.to)).await?;
        let mut sums = sum_up(&cells, &period);
        let mut total = Figures::default();
        let mut members = Vec::with_capacity(stays.len());
        for stay in members_at(&stays, end) {
            let member = figures_of(stay, sums.remove(&stay.user_id), (0, usize::MAX));
            total.add(&member.total);
            members.push((stay, member));
        }
        let engagement = engagement_of(members.iter().map(|(stay, member)| (*stay, member.is_engaged)));
        let members = members.into_iter().map(|(_, member)| member).collect();
        self.audit_look(viewer, &seen, "stats").await?;
        let stats = GroupStats { group_id: id, range: query.range, period, total, engagement, members };
        Ok((tag, Asked::Fresh(stats)))
    }

    /// The week that holds `day` (today if none) beside the eleven before it, in the zone of this name or the
    /// viewer's. Weeks begin on the organization's first weekday. Four statements.
    pub async fn group_week(
        &self,
        viewer: &Viewer,
        id: GroupId,
        day: Option<i64>,
        timezone: Option<&str>,
    ) -> Result<GroupSpan> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let zone = zone_of(viewer, timezone).map_err(|problem| Error::Invalid(vec![problem]))?;
        let day = day.unwrap_or_else(|| self.today(zone));
        if !calendar::DAYS.contains(&day) {
            return Err(Error::invalid("week", "Weeks lie between 1990 and 2099."));
        }
        self.span(viewer, tx, seen, weeks_to(day, viewer.first_weekday(), zone)).await
    }

    /// The seven days from `first` on beside the eleven weeks before them, whatever day weeks begin on.
    pub(super) async fn group_week_from(
        &self,
        viewer: &Viewer,
        id: GroupId,
        first: i64,
        timezone: &str,
    ) -> Result<GroupSpan> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let zone = zone_of(viewer, Some(timezone)).map_err(|problem| Error::Invalid(vec![problem]))?;
        self.span(viewer, tx, seen, weeks_to(first, calendar::weekday(first), zone)).await
    }

    /// A range in whole days, beside the one before it. Four statements.
    pub async fn group_range(&self, viewer: &Viewer, id: GroupId, query: &RangeQuery) -> Result<GroupSpan> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let asked = self.period(viewer, query)?;
        let period = Period::of_days(asked.first_day(), asked.last_day(), asked.zone);
        self.span(viewer, tx, seen, (vec![period.before()], period)).await
    }

    /// Periods of whole days that follow each other: earlier ones, oldest first, and the shown one.
    async fn span(
        &self,
        viewer: &Viewer,
        mut tx: Tx,
        seen: VisibleGroup,
        (earlier, last): (Vec<Period>, Period),
    ) -> Result<GroupSpan> {
        let now = self.now();
        let zone = last.zone;
        let first = earlier.first().unwrap_or(&last);
        let whole = Period::of_days(first.first_day(), last.last_day(), zone);
        let (first_end, last_end) = (first.members_at(now), last.members_at(now));
        let (org, id) = (seen.org_id(), seen.id());
        let stays = group_stats::stays(&mut tx, org, id, last_end, first_end).await?;
        drop(tx);
        let scope = Scope::Group { org, group: id, first: first_end, last: last_end };
        let cells = cells::read(self.db(), scope, (whole.from, whole.to)).await?;
        let sums = sum_up(&cells, &whole);
        // Periods by their places among the days: a zone that left a day out has a shorter one.
        let place = |day: i64| whole.days().partition_point(|d| *d < day);
        let places = |period: &Period| (place(period.first_day()), place(period.last_day() + 1));
        let periods = || earlier.iter().chain([&last]);
        let bounds: Vec<(usize, usize)> = periods().map(places).collect();
        let trend = periods().zip(&bounds).map(|(period, bounds)| {
            let members = members_at(&stays, period.members_at(now));
            span_figures(period.first_day(), &members, &sums, *bounds)
        });
        let trend = trend.collect();
        let shown = members_at(&stays, last_end);
        let none = Sums::default();
        let member_trends = shown.iter().map(|stay| {
            let own = sums.get(&stay.user_id).unwrap_or(&none);
            bounds.iter().map(|(from, to)| own.between(*from, *to)).collect()
        });
        let member_trends = member_trends.collect();
        let members = shown.iter().map(|stay| {
            let own = sums.get(&stay.user_id).cloned();
            figures_of(stay, own, places(&last))
        });
        let members = members.collect();
        self.audit_look(viewer, &seen, "week").await?;
        let is_current = last.contains(now);
        let today = self.today(zone);
        Ok(GroupSpan { seen, period: last, is_current, today, members, member_trends, trend })
    }
}

/// The week that holds a day, after the eleven before it.
fn weeks_to(day: i64, first_weekday: i64, zone: Tz) -> (Vec<Period>, Period) {
    let week = |first: i64| Period::of_days(first, first + 6, zone);
    let shown = calendar::week_start(day, first_weekday);
    let earlier = calendar::weeks_back(shown - 7, first_weekday, TREND_WEEKS - 1);
    (earlier.into_iter().map(week).collect(), week(shown))
}

/// The entity tag of a group's figures over a period: it changes with the group, its members, their names, status,
/// sight and activities, and with the period itself.
fn tag_of(seen: &VisibleGroup, period: &Period, range: RangeWord, members: &[VersionedStay]) -> String {
    let group = seen.group();
    // The first number is this program's: it rises when the answer gets another form.
    let mut text = format!("1 {} {} {} {} ", group.id, group.version, range.word(), period.zone.name());
    let _ = write!(text, "{} {}", period.from, period.to);
    for member in members {
        let sight = member.visible_from.map_or(String::new(), |from| from.to_string());
        let of = (member.version, member.member_since, member.activities_version);
        let _ = write!(text, "\n{} {} {} {} {sight}", member.stay.user_id, of.0, of.1, of.2);
    }
    super::secrets::hex(&Sha256::digest(text)[..12])
}

/// What a member did on the days from one place up to another one; the days are counted from the first one.
fn figures_of(stay: &Stay, sums: Option<Sums>, (from, to): (usize, usize)) -> MemberFigures {
    let sums = sums.unwrap_or_default();
    let total = sums.between(from, to);
    let is_engaged = sums.is_engaged(from, to);
    let days = sums.days.into_iter().filter(|(place, _)| (from..to).contains(place));
    MemberFigures {
        user_id: stay.user_id,
        display_name: stay.display_name.clone(),
        status: stay.status,
        joined_at: stay.joined_at,
        total,
        days: days.map(|(place, figures)| (place - from, figures)).collect(),
        is_engaged,
    }
}

fn span_figures(
    first_day: i64,
    members: &[&Stay],
    sums: &HashMap<UserId, Sums>,
    (from, to): (usize, usize),
) -> SpanFigures {
    let mut total = Figures::default();
    for own in members.iter().filter_map(|stay| sums.get(&stay.user_id)) {
        total.add(&own.between(from, to));
    }
    let engagement = engagement_of(members.iter().map(|stay| {
        let is_engaged = sums.get(&stay.user_id).is_some_and(|own| own.is_engaged(from, to));
        (*stay, is_engaged)
    }));
    SpanFigures { first_day, total, engagement, members: members.len() }
}
