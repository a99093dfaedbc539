//! Whether two activities of one athlete are the same outing.
//!
//! The same bytes are caught before this by their digest. Here is the
//! rest of the rule (`reference/integrations.md`, section 5), measured on 75 pairs: conversions of one
//! recording start together and differ by 2 % of distance at most, two devices start 1 to 12 s apart and
//! differ by 8 %, one that was stopped early differed by 25 %, and one that was saved again had moved by
//! exactly two hours.

use chrono::{DateTime, Utc};

use super::activity::{ActivityType, FileFormat, Source};

/// When and what an activity was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub activity_type: ActivityType,
    pub start: DateTime<Utc>,
    /// Seconds from start to end, pauses included.
    pub elapsed: f64,
    /// Metres; nothing and zero both mean unknown.
    pub distance: Option<f64>,
    /// Whether the recording breaks off, so that its end is not the outing's.
    pub is_cut_off: bool,
}

/// What is known of two activities beyond what they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Both are sessions of one file, the legs of a triathlon, which are always different.
    pub is_same_file: bool,
    /// Both carry the same id of their source: the device says that they are one recording.
    pub is_same_id: bool,
}

/// How alike two activities are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Linked as one outing, of which only the primary counts. The athlete can part them.
    Same,
    /// Perhaps one outing: the athlete is asked.
    Candidate,
    Different,
}

/// Sports that devices and services take for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Foot,
    Wheels,
    Water,
    Indoors,
    Unknown,
}

fn family(activity_type: ActivityType) -> Family {
    match activity_type {
        ActivityType::Run | ActivityType::Walk | ActivityType::Hike => Family::Foot,
        ActivityType::Bike => Family::Wheels,
        ActivityType::Swim => Family::Water,
        ActivityType::Strength | ActivityType::Workout => Family::Indoors,
        ActivityType::Other => Family::Unknown,
    }
}

/// Overlap of the shorter one from which two are the same, and from which they may be.
const SAME_OVERLAP: f64 = 0.8;
const CANDIDATE_OVERLAP: f64 = 0.5;
/// Distances of one outing differ by less than this part of the longer.
const SAME_DISTANCE: f64 = 0.10;
/// Distance and duration of a recording saved again with a shifted clock.
const EQUAL: f64 = 0.01;
/// Zones differ by quarters of an hour, and by 14 hours at most from UTC.
const QUARTER: i64 = 15 * 60;
const FURTHEST_SHIFT: i64 = 14 * 3600;
/// Seconds by which a shifted start may miss the quarter.
const SHIFT_SLACK: i64 = 2;
/// Seconds between the starts of a recording that broke off and of the whole one.
const STUMP_SLACK: i64 = 2;

/// Compares two activities of the same athlete. The order of the two does not matter.
pub fn compare(a: &Span, b: &Span, facts: Facts) -> Likeness {
    if facts.is_same_file {
        return Likeness::Different;
    }
    if facts.is_same_id || is_stump(a, b) || is_stump(b, a) {
        return Likeness::Same;
    }
    let is_one_family = family(a.activity_type) == family(b.activity_type);
    let overlap = overlap(a, b);
    let distances = a.distance.filter(|d| *d > 0.0).zip(b.distance.filter(|d| *d > 0.0));
    let fits = distances.is_none_or(|(a, b)| differs_by(a, b) <= SAME_DISTANCE);
    if is_one_family && overlap >= SAME_OVERLAP && fits {
        return Likeness::Same;
    }
    let is_equal = distances.is_some_and(|(a, b)| differs_by(a, b) <= EQUAL)
        && differs_by(a.elapsed, b.elapsed) <= EQUAL;
    if overlap >= CANDIDATE_OVERLAP || is_one_family && is_equal && is_shifted_clock(a, b) {
        return Likeness::Candidate;
    }
    Likeness::Different
}

/// Whether `a` is the beginning of `b`: it breaks off, and both start together.
fn is_stump(a: &Span, b: &Span) -> bool {
    a.is_cut_off
        && family(a.activity_type) == family(b.activity_type)
        && (b.start - a.start).num_seconds().abs() <= STUMP_SLACK
        && (a.elapsed <= b.elapsed || b.is_cut_off)
}

/// The common time as a part of the shorter one. What has no length counts as one second.
fn overlap(a: &Span, b: &Span) -> f64 {
    let gap = (b.start - a.start).as_seconds_f64();
    let (first, second) = (a.elapsed.max(1.0), b.elapsed.max(1.0));
    let common = first.min(gap + second) - gap.max(0.0);
    (common / first.min(second)).clamp(0.0, 1.0)
}

/// The difference as a part of the greater.
fn differs_by(a: f64, b: f64) -> f64 {
    let greater = a.max(b);
    if greater > 0.0 { (a - b).abs() / greater } else { f64::INFINITY }
}

fn is_shifted_clock(a: &Span, b: &Span) -> bool {
    let gap = (b.start - a.start).num_seconds().abs();
    let to_quarter = (gap % QUARTER).min(QUARTER - gap % QUARTER);
    gap <= FURTHEST_SHIFT + SHIFT_SLACK && to_quarter <= SHIFT_SLACK
}

/// Which of several recordings of one outing counts: the one with the smallest order, the richest first:
/// FIT, TCX, what a service told us, GPX, by hand; then the one with more samples. The caller breaks ties by
/// age, so that the choice never wavers.
pub fn primary_order(
    source: Source,
    format: Option<FileFormat>,
    samples: usize,
) -> (u8, std::cmp::Reverse<usize>) {
    let rank = match (format, source) {
        (Some(FileFormat::Fit), _) => 0,
        (Some(FileFormat::Tcx), _) => 1,
        (Some(FileFormat::Gpx), _) => 3,
        (None, Source::Strava | Source::Garmin | Source::AppleHealth | Source::IntervalsIcu) => 2,
        (None, Source::File | Source::Manual) => 4,
    };
    (rank, std::cmp::Reverse(samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn run(start: f64, elapsed: f64, distance: f64) -> Span {
        let morning: DateTime<Utc> = "2026-04-17T06:00:00Z".parse().unwrap();
        Span {
            activity_type: ActivityType::Run,
            start: morning + TimeDelta::milliseconds((start * 1000.0) as i64),
            elapsed,
            distance: Some(distance),
            is_cut_off: false,
        }
    }

    fn both(a: Span, b: Span) -> Likeness {
        assert_eq!(compare(&a, &b, Facts::default()), compare(&b, &a, Facts::default()));
        compare(&a, &b, Facts::default())
    }

    /// Start gap and distances of the known twins, and the other cases that were measured.
    #[test]
    fn measured_pairs() {
        assert_eq!(both(run(0.0, 1800.0, 4689.2), run(0.0, 1800.0, 4689.2)), Likeness::Same);
        assert_eq!(both(run(0.0, 2400.0, 6018.2), run(9.0, 2390.0, 6002.4)), Likeness::Same);
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(12.0, 3590.0, 9_250.0)), Likeness::Same);
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(5.0, 2700.0, 7_500.0)), Likeness::Candidate);
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(7200.0, 3600.0, 10_000.0)), Likeness::Candidate);
    }

    #[test]
    fn two_outings_stay_two() {
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(7300.0, 3600.0, 10_000.0)), Likeness::Different);
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(7200.0, 3600.0, 9_000.0)), Likeness::Different);
        assert_eq!(
            both(run(0.0, 3600.0, 10_000.0), run(15.0 * 3600.0, 3600.0, 10_000.0)),
            Likeness::Different
        );
        assert_eq!(both(run(0.0, 3600.0, 10_000.0), run(3700.0, 600.0, 2_000.0)), Likeness::Different);
        // The warm-up recorded apart touches the race by seconds.
        assert_eq!(both(run(0.0, 1200.0, 3_000.0), run(1190.0, 2400.0, 10_000.0)), Likeness::Different);
    }

    #[test]
    fn the_sport_and_the_file_matter() {
        let outing = run(0.0, 3600.0, 10_000.0);
        let walk = Span { activity_type: ActivityType::Walk, ..outing };
        let ride = Span { activity_type: ActivityType::Bike, ..outing };
        let bare = Span { distance: None, ..outing };
        let still = Span { distance: Some(0.0), ..outing };
        assert_eq!(both(outing, walk), Likeness::Same);
        assert_eq!(both(outing, ride), Likeness::Candidate);
        assert_eq!(both(outing, bare), Likeness::Same);
        assert_eq!(both(outing, still), Likeness::Same);
        let shifted = Span { start: ride.start + TimeDelta::hours(2), ..ride };
        assert_eq!(both(outing, shifted), Likeness::Different);
        let one_file = Facts { is_same_file: true, is_same_id: true };
        assert_eq!(compare(&outing, &ride, one_file), Likeness::Different);
        assert_eq!(compare(&outing, &outing, one_file), Likeness::Different);
    }

    #[test]
    fn what_broke_off_is_the_beginning_of_the_whole() {
        let whole = run(0.0, 3600.0, 10_000.0);
        let stump = Span { is_cut_off: true, ..run(1.0, 900.0, 2_500.0) };
        assert_eq!(both(whole, stump), Likeness::Same);
        assert_eq!(both(whole, Span { is_cut_off: false, ..stump }), Likeness::Candidate);
        let later = Span { start: stump.start + TimeDelta::seconds(600), ..stump };
        assert_eq!(both(whole, later), Likeness::Candidate);
        let one_id = Facts { is_same_id: true, ..Facts::default() };
        assert_eq!(compare(&whole, &run(7200.0, 900.0, 2_500.0), one_id), Likeness::Same);
    }

    #[test]
    fn the_richest_recording_counts() {
        let mut order = [
            primary_order(Source::Manual, None, 0),
            primary_order(Source::File, Some(FileFormat::Gpx), 9_000),
            primary_order(Source::Strava, None, 4_000),
            primary_order(Source::File, Some(FileFormat::Tcx), 100),
            primary_order(Source::Garmin, Some(FileFormat::Fit), 50),
            primary_order(Source::File, Some(FileFormat::Fit), 60),
        ];
        order.sort();
        assert_eq!(
            order.map(|rank| (rank.0, rank.1.0)),
            [(0, 60), (0, 50), (1, 100), (2, 4000), (3, 9000), (4, 0)]
        );
    }

    proptest! {
        #[test]
        fn an_activity_is_like_itself_and_order_does_not_matter(
            start in -90_000.0..90_000.0f64, long in 1.0..20_000.0f64, short in 1.0..20_000.0f64, far in 0.0..50_000.0f64,
        ) {
            let (a, b) = (run(0.0, long, far), run(start, short, far));
            prop_assert_eq!(compare(&a, &b, Facts::default()), compare(&b, &a, Facts::default()));
            prop_assert_eq!(compare(&a, &a, Facts::default()), Likeness::Same);
        }
    }
}
