//! Groups of athletes: who may find them, and the arithmetic of their figures.

use crate::words;

words! {
    /// Whether athletes of the organization can find a group and ask to join.
    pub enum Privacy {
        Public = "public", "Public";
        Private = "private", "Private";
    }
}

words! {
    /// Where a request to join stands.
    pub enum RequestState {
        Pending = "pending", "Waiting";
        Approved = "approved", "Approved";
        Declined = "declined", "Declined";
    }
}

words! {
    /// What a leaderboard is ordered by.
    pub enum Metric {
        Distance = "distance", "Distance";
        Duration = "duration", "Time";
        Activities = "activities", "Activities";
        VdotLoad = "vdot_load", "VDOT load";
        TrainingLoad = "nexrex_ete_plus", "Training load";
    }
}

/// Engagement rate: members with at least one completed activity, of those who are active now, in percent
/// with one decimal. None for a group without active members.
///
/// ```
/// # use harrier::domain::group::engagement;
/// assert_eq!(engagement(13, 20), Some(65.0));
/// assert_eq!(engagement(0, 0), None);
/// ```
pub fn engagement(engaged: usize, active: usize) -> Option<f64> {
    (active > 0).then(|| {
        let percent = 100.0 * engaged.min(active) as f64 / active as f64;
        (percent * 10.0).round() / 10.0
    })
}

/// The ranks of values that are in descending order: equal values share one, and the next skips (1, 1, 3).
pub fn ranks(descending: &[f64]) -> Vec<usize> {
    let mut ranks: Vec<usize> = Vec::with_capacity(descending.len());
    for (place, value) in descending.iter().enumerate() {
        let rank = match place.checked_sub(1) {
            Some(before) if descending[before].total_cmp(value).is_eq() => ranks[before],
            _ => place + 1,
        };
        ranks.push(rank);
    }
    ranks
}

/// How much something changed, in percent of what it was before; none where it was nothing.
pub fn change(now: f64, before: f64) -> Option<f64> {
    (before > 0.0).then(|| 100.0 * (now - before) / before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engagement_has_one_decimal_and_is_none_for_nobody() {
        assert_eq!(engagement(13, 20), Some(65.0));
        assert_eq!(engagement(1, 3), Some(33.3));
        assert_eq!(engagement(2, 3), Some(66.7));
        assert_eq!(engagement(0, 7), Some(0.0));
        assert_eq!(engagement(7, 7), Some(100.0));
        assert_eq!(engagement(0, 0), None);
    }

    #[test]
    fn equal_values_share_a_rank_and_the_next_skips() {
        assert_eq!(ranks(&[9.0, 9.0, 4.0, 4.0, 4.0, 0.0]), [1, 1, 3, 3, 3, 6]);
        assert_eq!(ranks(&[1.0]), [1]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn change_is_of_what_was_before() {
        assert_eq!(change(15.0, 10.0), Some(50.0));
        assert_eq!(change(0.0, 10.0), Some(-100.0));
        assert_eq!(change(5.0, 0.0), None);
    }
}
