//! Every group of an organization side by side, from one pass over the activities.

use std::collections::HashMap;

use super::App;
use super::access::Viewer;
use super::db;
use super::db::cells::{self, Scope};
use super::db::group_stats::{self, Stay};
use super::db::groups::{Group, Which};
use super::error::{Error, Result};
use super::group_figures::{Figures, Sums, engagement_of, members_at, sum_up};
use super::group_stats::{RangeQuery, zone_of};
use super::groups::{Counts, counts};
use crate::domain::calendar::week_start;
use crate::domain::group::change;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::period::Period;
use crate::domain::person::MemberStatus;
use crate::words;

words! {
    /// What a comparison is ordered by.
    pub enum CompareBy {
        Name = "name", "Group";
        Members = "members", "Members";
        Distance = "distance", "Distance";
        PerMember = "per_member", "Per active member";
        Activities = "activities", "Activities";
        Engagement = "engagement", "Engagement";
        TrainingLoad = "nexrex_ete_plus", "Training load";
        Change = "change", "Change";
    }
}

/// One group of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedGroup {
    pub group: Group,
    /// Members at the period's end, and how many of them are active now.
    pub members: usize,
    pub active_members: usize,
    pub total: Figures,
    /// Percent with one decimal; none without active members.
    pub engagement: Option<f64>,
    /// Metres of each day of the period.
    pub days: Vec<f64>,
    /// The period before, as long, with its own members.
    pub before: Figures,
    pub engagement_before: Option<f64>,
}

impl ComparedGroup {
    /// Metres for each active member; none without one.
    pub fn per_active_member(&self) -> Option<f64> {
        (self.active_members > 0).then(|| self.total.distance / self.active_members as f64)
    }

    /// How much the distance changed, in percent; none where there was none before.
    pub fn change(&self) -> Option<f64> {
        change(self.total.distance, self.before.distance)
    }

    fn key(&self, by: CompareBy) -> Option<f64> {
        match by {
            CompareBy::Name => None,
            CompareBy::Members => Some(self.members as f64),
            CompareBy::Distance => Some(self.total.distance),
            CompareBy::PerMember => self.per_active_member(),
            CompareBy::Activities => Some(self.total.activities as f64),
            CompareBy::Engagement => self.engagement,
            CompareBy::TrainingLoad => Some(self.total.training_load),
            CompareBy::Change => self.change(),
        }
    }
}

/// Every group of an organization over one period, by name.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub period: Period,
    pub before: Period,
    pub groups: Vec<ComparedGroup>,
    /// Whether the organization has more groups than are compared.
    pub is_cut: bool,
    pub counts: Counts,
    /// Today in the zone, as days since 1970-01-01.
    pub today: i64,
}

impl Comparison {
    /// Puts the groups in another order; those without the figure come last, equal ones by name.
    pub fn sort(&mut self, by: CompareBy, is_descending: bool) {
        self.groups.sort_by(|a, b| a.group.name_folded.cmp(&b.group.name_folded));
        if by == CompareBy::Name {
            if is_descending {
                self.groups.reverse();
            }
            return;
        }
        self.groups.sort_by(|a, b| match (a.key(by), b.key(by)) {
            (Some(a), Some(b)) if is_descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (None, None) => std::cmp::Ordering::Equal,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), None) => std::cmp::Ordering::Less,
        });
    }
}

/// So many groups are compared, by name.
const MOST_GROUPS: usize = 500;

impl App {
    /// Every group over a range. For coaches.
    pub async fn compare_groups(&self, viewer: &Viewer, query: &RangeQuery) -> Result<Comparison> {
        let org = viewer.coach()?.org_id();
        let period = self.period(viewer, query)?;
        self.comparison(org, period).await
    }

    /// Every group over this week, which may still be going on, in the zone of this name or the viewer's: the
    /// Group Dashboard. For coaches.
    pub async fn groups_this_week(&self, viewer: &Viewer, timezone: Option<&str>) -> Result<Comparison> {
        let org = viewer.coach()?.org_id();
        let zone = zone_of(viewer, timezone).map_err(|problem| Error::Invalid(vec![problem]))?;
        let first = week_start(self.today(zone), viewer.first_weekday());
        self.comparison(org, Period::of_days(first, first + 6, zone)).await
    }

    async fn comparison(&self, org: OrgId, period: Period) -> Result<Comparison> {
        let now = self.now();
        let before = period.before();
        let (end, end_before) = (period.members_at(now), before.members_at(now));
        let mut tx = self.db().read().await?;
        let mut listed = db::groups::page(&mut tx, org, Which::All, None, MOST_GROUPS as i64 + 1).await?;
        let is_cut = listed.len() > MOST_GROUPS;
        listed.truncate(MOST_GROUPS);
        let stays = group_stats::all_stays(&mut tx, org, end, end_before).await?;
        let counts = counts(&mut tx, org).await?;
        // Given back before the other read: nobody waits for a second connection while holding one.
        drop(tx);
        let cells = cells::read(self.db(), Scope::Organization(org), (before.from, period.to)).await?;
        let (sums, sums_before) = (sum_up(&cells, &period), sum_up(&cells, &before));
        let mut by_group: HashMap<GroupId, Vec<Stay>> = HashMap::with_capacity(listed.len());
        for stay in stays {
            by_group.entry(stay.group_id).or_default().push(stay);
        }
        let groups = listed.into_iter().map(|listed| {
            let stays = by_group.remove(&listed.group.id).unwrap_or_default();
            let (members, members_before) = (members_at(&stays, end), members_at(&stays, end_before));
            let mut days = vec![0.0; period.days().len()];
            for own in members.iter().filter_map(|stay| sums.get(&stay.user_id)) {
                for (place, figures) in &own.days {
                    days[*place] += figures.distance;
                }
            }
            let is_active = |stay: &&&Stay| stay.status == MemberStatus::Active;
            ComparedGroup {
                group: listed.group,
                members: members.len(),
                active_members: members.iter().filter(is_active).count(),
                total: total(&members, &sums),
                engagement: engagement_of(members.iter().map(|s| (*s, sums.contains_key(&s.user_id)))),
                days,
                before: total(&members_before, &sums_before),
                engagement_before: engagement_of(
                    members_before.iter().map(|s| (*s, sums_before.contains_key(&s.user_id))),
                ),
            }
        });
        let groups = groups.collect();
        let today = self.today(period.zone);
        Ok(Comparison { period, before, groups, is_cut, counts, today })
    }
}

fn total(members: &[&Stay], sums: &HashMap<UserId, Sums>) -> Figures {
    let mut total = Figures::default();
    for own in members.iter().filter_map(|stay| sums.get(&stay.user_id)) {
        total.add(&own.total());
    }
    total
}
