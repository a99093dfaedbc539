//! The weekly report of a group, or of one of its athletes, as it would be made now.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::App;
use super::access::{self, Viewer};
use super::db;
use super::db::group_feed::Window;
use super::error::{Error, Result};
use super::group_stats::{Figures, GroupSpan, MemberFigures};
use crate::domain::activity::SubType;
use crate::domain::ids::{GroupId, UserId};
use crate::domain::period::Period;
use crate::domain::person::MemberStatus;

/// Runs of one report: three hundred athletes with two a day.
const MOST_RUNS: i64 = 4_200;

/// Groups of one document.
const MOST_GROUPS: i64 = 500;

/// Which report.
#[derive(Debug, Clone, Default)]
pub struct ReportQuery {
    /// A day of the week; today if none.
    pub day: Option<i64>,
    /// IANA name; the viewer's if none.
    pub timezone: Option<String>,
    /// One athlete of the group; all of them if none.
    pub athlete: Option<UserId>,
}

/// A run of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportRun {
    /// 0 to 6, the day of the report's week.
    pub day: usize,
    pub title: String,
    pub sub_type: SubType,
    /// Metres and seconds.
    pub distance: Option<f64>,
    pub duration: f64,
    pub training_load: Option<f64>,
}

/// An athlete of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportAthlete {
    /// None for somebody whose account was erased.
    pub user_id: Option<UserId>,
    /// Empty then.
    pub display_name: String,
    pub status: MemberStatus,
    pub total: Figures,
    /// The twelve weeks that end with this one.
    pub trend: Vec<Figures>,
    /// Metres of each day of the week.
    #[serde(default)]
    pub days: Vec<f64>,
    /// By start.
    pub runs: Vec<ReportRun>,
}

/// One week of a report's trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReportWeek {
    /// Days since 1970-01-01.
    pub first_day: i64,
    pub total: Figures,
    pub engagement: Option<f64>,
    /// Who was in the group at its end.
    #[serde(default)]
    pub members: usize,
}

/// A weekly report: of a group, or of one of its athletes (then totals and trend are theirs, and there is no
/// engagement).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeekReport {
    pub org_name: String,
    pub group_name: String,
    /// IANA name of the zone whose days these are.
    pub timezone: String,
    /// The first day of the week, as days since 1970-01-01.
    pub first_day: i64,
    /// Whether the week was still going on.
    pub is_open: bool,
    /// Whether it is about one athlete.
    #[serde(default)]
    pub is_about_one: bool,
    /// Who that is; none once their account was erased.
    pub athlete: Option<UserId>,
    /// Whether there were more runs than the lists hold: the earliest of the week are missing in them. Sums and
    /// charts have all.
    #[serde(default)]
    pub is_cut: bool,
    /// Twelve weeks, oldest first; the last is the week of the report, the one before it the week before.
    pub trend: Vec<ReportWeek>,
    /// By name.
    pub athletes: Vec<ReportAthlete>,
    /// When it was made, in Unix seconds.
    pub made_at: i64,
}

impl WeekReport {
    /// The week of the report.
    pub fn this_week(&self) -> Option<&ReportWeek> {
        self.trend.last()
    }

    /// The week before it.
    pub fn week_before(&self) -> Option<&ReportWeek> {
        self.trend.iter().rev().nth(1)
    }

    /// The report of one of its athletes, if they are in it.
    pub fn of(mut self, user: UserId) -> Option<Self> {
        self.athletes.retain(|athlete| athlete.user_id == Some(user));
        let athlete = self.athletes.first()?;
        let week = |(week, total): (&ReportWeek, &Figures)| ReportWeek {
            first_day: week.first_day,
            total: *total,
            engagement: None,
            members: 1,
        };
        Some(Self {
            is_about_one: true,
            athlete: Some(user),
            trend: self.trend.iter().zip(&athlete.trend).map(week).collect(),
            ..self
        })
    }

    /// The athletes as members with figures, for [`super::group_stats::leaderboard`].
    pub fn members(&self) -> Vec<MemberFigures> {
        let member = |athlete: &ReportAthlete| {
            Some(MemberFigures {
                user_id: athlete.user_id?,
                display_name: athlete.display_name.clone(),
                status: athlete.status,
                joined_at: 0,
                total: athlete.total,
                days: Vec::new(),
                is_engaged: athlete.total.activities > 0,
            })
        };
        self.athletes.iter().filter_map(member).collect()
    }

    /// Whether both hold the same figures: names, times of making and who is blanked aside.
    pub(super) fn has_figures_of(&self, other: &Self) -> bool {
        // Sums are added up in another order each time: a hundredth apart is the same.
        let is_close = |a: f64, b: f64| (a - b).abs() < 0.01;
        let is_same = |a: &Figures, b: &Figures| {
            a.activities == b.activities
                && is_close(a.distance, b.distance)
                && is_close(a.duration, b.duration)
                && is_close(a.vdot_load, b.vdot_load)
                && is_close(a.training_load, b.training_load)
        };
        let of = |report: &Self| -> HashMap<UserId, (Figures, Vec<ReportRun>)> {
            let known = |a: &ReportAthlete| Some((a.user_id?, (a.total, a.runs.clone())));
            report.athletes.iter().filter_map(known).collect()
        };
        let (own, theirs) = (of(self), of(other));
        let erased = self.athletes.iter().filter(|a| a.user_id.is_none()).count();
        let weeks = self.trend.len() == other.trend.len()
            && self.trend.iter().zip(&other.trend).all(|(a, b)| {
                // Of who was erased nothing can be read any more: the totals differ for that reason alone.
                erased > 0 || (is_same(&a.total, &b.total) && a.first_day == b.first_day)
            });
        weeks
            && own.len() == theirs.len()
            && own.iter().all(|(user, (total, runs))| {
                theirs.get(user).is_some_and(|(t, r)| is_same(total, t) && same_runs(runs, r))
            })
    }
}

/// Which day of its week, from 0, a place among a period's days is.
fn day_of(period: &Period, place: usize) -> usize {
    let day = period.days().get(place).copied().unwrap_or(period.first_day());
    usize::try_from(day - period.first_day()).unwrap_or(0)
}

fn same_runs(a: &[ReportRun], b: &[ReportRun]) -> bool {
    // What a run is called may change; what was run may not. A number comes back from JSON a hair's breadth off.
    let is_same = |a: &ReportRun, b: &ReportRun| {
        let are_close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 0.01,
            (a, b) => a.is_none() && b.is_none(),
        };
        (a.day, a.sub_type) == (b.day, b.sub_type)
            && are_close(a.distance, b.distance)
            && are_close(Some(a.duration), Some(b.duration))
            && are_close(a.training_load, b.training_load)
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
}

impl App {
    /// The report of a week as it would be kept now. Coaches only; it keeps nothing.
    pub async fn group_report(
        &self,
        viewer: &Viewer,
        id: GroupId,
        query: &ReportQuery,
    ) -> Result<WeekReport> {
        let mut tx = self.db().read().await?;
        access::group(&mut tx, viewer, id).await?.coached()?;
        drop(tx);
        let week = self.group_week(viewer, id, query.day, query.timezone.as_deref()).await?;
        self.report_of(viewer, &week, query.athlete).await
    }

    /// The report of the seven days from `first` on, whatever day weeks begin on by now.
    pub(super) async fn report_from(
        &self,
        viewer: &Viewer,
        id: GroupId,
        first: i64,
        timezone: &str,
        athlete: Option<UserId>,
    ) -> Result<WeekReport> {
        let week = self.group_week_from(viewer, id, first, timezone).await?;
        self.report_of(viewer, &week, athlete).await
    }

    /// The reports of all groups that had members in that week, by the groups' names. Coaches only. Each is
    /// read by itself: this is for a document that is printed, not for a page.
    pub async fn group_reports(&self, viewer: &Viewer, query: &ReportQuery) -> Result<Vec<WeekReport>> {
        viewer.coach()?;
        let mut reports = Vec::new();
        for listed in self.groups(viewer, false, None, MOST_GROUPS).await?.groups {
            let report = self.group_report(viewer, listed.group.id, query).await?;
            if !report.athletes.is_empty() {
                reports.push(report);
            }
        }
        Ok(reports)
    }

    async fn report_of(
        &self,
        viewer: &Viewer,
        week: &GroupSpan,
        athlete: Option<UserId>,
    ) -> Result<WeekReport> {
        let group = week.seen.group();
        let window = Window {
            org: group.org_id,
            group: group.id,
            members_at: week.period.members_at(self.now()),
            from: week.period.from,
            to: week.period.to,
            sub_types: Vec::new(),
            after: None,
            newer_than: None,
        };
        let mut tx = self.db().read().await?;
        let mut rows = db::group_feed::page(&mut tx, &window, MOST_RUNS + 1).await?;
        drop(tx);
        let is_cut = rows.len() as i64 > MOST_RUNS;
        rows.truncate(MOST_RUNS as usize);
        rows.reverse();
        let mut runs: HashMap<UserId, Vec<ReportRun>> = HashMap::new();
        for row in rows {
            let a = row.activity;
            // By its date: a week in which a zone left a day out has fewer places than days.
            let Some(place) = week.period.place(a.start_at) else { continue };
            let day = day_of(&week.period, place);
            runs.entry(a.user_id).or_default().push(ReportRun {
                day,
                title: a.title,
                sub_type: a.sub_type,
                distance: a.distance,
                duration: a.duration,
                training_load: a.training_load,
            });
        }
        let mut athletes: Vec<ReportAthlete> = week
            .members
            .iter()
            .zip(&week.member_trends)
            .map(|(member, trend)| ReportAthlete {
                user_id: Some(member.user_id),
                display_name: member.display_name.clone(),
                status: member.status,
                total: member.total,
                trend: trend.clone(),
                days: member.days.iter().fold(vec![0.0; 7], |mut days, (place, figures)| {
                    if let Some(day) = days.get_mut(day_of(&week.period, *place)) {
                        *day += figures.distance;
                    }
                    days
                }),
                runs: runs.remove(&member.user_id).unwrap_or_default(),
            })
            .collect();
        athletes.sort_by_cached_key(|a| (crate::domain::person::fold(&a.display_name), a.user_id));
        let trend = week.trend.iter().map(|week| ReportWeek {
            first_day: week.first_day,
            total: week.total,
            engagement: week.engagement,
            members: week.members,
        });
        let whole = WeekReport {
            org_name: viewer.membership.as_ref().map(|m| m.org_name.clone()).unwrap_or_default(),
            group_name: group.name.clone(),
            timezone: week.period.zone.name().to_owned(),
            first_day: week.period.first_day(),
            is_open: week.is_current,
            is_about_one: false,
            athlete: None,
            is_cut,
            trend: trend.collect(),
            athletes,
            made_at: self.now(),
        };
        match athlete {
            None => Ok(whole),
            Some(one) => whole.of(one).ok_or(Error::NotFound),
        }
    }
}
