//! Sums over the activities of groups: by person, by day, and by group.

use std::collections::HashMap;

use super::db::cells::Cells;
use super::db::group_stats::Stay;
use crate::domain::group::{Metric, engagement, ranks};
use crate::domain::ids::UserId;
use crate::domain::period::Period;
use crate::domain::person::{MemberStatus, fold};

/// Sums over runs. Metres, seconds, points.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Figures {
    pub distance: f64,
    pub duration: f64,
    pub activities: i64,
    pub vdot_load: f64,
    pub training_load: f64,
}

impl Figures {
    /// Adds other sums to these.
    pub fn add(&mut self, other: &Self) {
        self.distance += other.distance;
        self.duration += other.duration;
        self.activities += other.activities;
        self.vdot_load += other.vdot_load;
        self.training_load += other.training_load;
    }

    /// The figure of a leaderboard.
    pub fn by(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Distance => self.distance,
            Metric::Duration => self.duration,
            Metric::Activities => self.activities as f64,
            Metric::VdotLoad => self.vdot_load,
            Metric::TrainingLoad => self.training_load,
        }
    }
}

/// What one person did in a period.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// Places in [`Period::days`] with a run, in order.
    pub days: Vec<(usize, Figures)>,
    /// Places with any completed activity, in order, doubles possible.
    pub touched: Vec<usize>,
}

impl Sums {
    fn run(&mut self, place: usize, figures: &Figures) {
        // Rows come by person and start, so that this is nearly always the last day or a new one.
        match self.days.last_mut() {
            Some((last, sum)) if *last == place => sum.add(figures),
            Some((last, _)) if *last > place => {
                match self.days.binary_search_by_key(&place, |(day, _)| *day) {
                    Ok(index) => self.days[index].1.add(figures),
                    Err(index) => self.days.insert(index, (place, *figures)),
                }
            }
            _ => self.days.push((place, *figures)),
        }
    }

    /// Everything.
    pub fn total(&self) -> Figures {
        self.between(0, usize::MAX)
    }

    /// The days from one place up to, and not with, another one.
    pub fn between(&self, from: usize, to: usize) -> Figures {
        let mut total = Figures::default();
        for (_, figures) in self.days.iter().filter(|(place, _)| (from..to).contains(place)) {
            total.add(figures);
        }
        total
    }

    /// Whether there is any completed activity on these days.
    pub fn is_engaged(&self, from: usize, to: usize) -> bool {
        self.touched.iter().any(|place| (from..to).contains(place))
    }
}

/// What each person did in the period; people without an activity in it are left out.
pub(super) fn sum_up(cells: &Cells, period: &Period) -> HashMap<UserId, Sums> {
    let mut sums = vec![Sums::default(); cells.users.len()];
    for cell in &cells.rows {
        let Some(place) = period.place(cell.start_at) else { continue };
        let Some(person) = sums.get_mut(cell.user as usize) else { continue };
        if person.touched.last() != Some(&place) {
            person.touched.push(place);
        }
        if cell.is_run {
            let figures = Figures {
                distance: cell.distance,
                duration: cell.duration,
                activities: 1,
                vdot_load: cell.vdot_load,
                training_load: cell.training_load,
            };
            person.run(place, &figures);
        }
    }
    cells.users.iter().copied().zip(sums).filter(|(_, sums)| !sums.touched.is_empty()).collect()
}

/// One member and what they did.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberFigures {
    pub user_id: UserId,
    pub display_name: String,
    pub status: MemberStatus,
    /// Since when they are, or until they left were, in the group.
    pub joined_at: i64,
    pub total: Figures,
    /// Places in [`Period::days`] with a run, in order.
    pub days: Vec<(usize, Figures)>,
    /// Whether they have any completed activity in the period.
    pub is_engaged: bool,
}

/// Who was in the group at the end of a period, each once, in the order of joining.
pub(super) fn members_at(stays: &[Stay], end: i64) -> Vec<&Stay> {
    let mut seen = std::collections::HashSet::with_capacity(stays.len());
    stays.iter().filter(|stay| stay.covers(end) && seen.insert(stay.user_id)).collect()
}

/// Engagement of the members, by what says whether one of them is engaged: active ones only.
pub(super) fn engagement_of<'a>(members: impl Iterator<Item = (&'a Stay, bool)>) -> Option<f64> {
    let (mut active, mut engaged) = (0, 0);
    for (_, is_engaged) in members.filter(|(stay, _)| stay.status == MemberStatus::Active) {
        active += 1;
        engaged += usize::from(is_engaged);
    }
    engagement(engaged, active)
}

/// A place on a leaderboard.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// From 1; equal figures share one.
    pub rank: usize,
    pub member: &'a MemberFigures,
}

/// The members by a figure, the greatest first; equal ones by name. Figures are equal when they are the same to
/// a hundredth, as they are shown.
pub fn leaderboard(members: &[MemberFigures], metric: Metric) -> Vec<Ranked<'_>> {
    let value = |member: &MemberFigures| (member.total.by(metric) * 100.0).round() / 100.0;
    let mut ordered: Vec<(f64, String, &MemberFigures)> =
        members.iter().map(|member| (value(member), fold(&member.display_name), member)).collect();
    ordered.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)).then_with(|| a.2.user_id.cmp(&b.2.user_id))
    });
    let values: Vec<f64> = ordered.iter().map(|(value, _, _)| *value).collect();
    let places = ranks(&values);
    places.into_iter().zip(ordered).map(|(rank, (_, _, member))| Ranked { rank, member }).collect()
}
