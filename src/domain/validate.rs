//! What people may enter by hand. Each check gives the value back or a sentence for the form.

use chrono::{DateTime, TimeDelta, Utc};

use super::activity::ActivityType;
use super::calendar::day_of;

/// A week, in seconds.
pub const LONGEST_SECONDS: f64 = 604_800.0;
/// 500 km, in metres.
pub const FURTHEST_METRES: f64 = 500_000.0;
/// The first day on which an activity may begin, as `YYYY-MM-DD`.
pub const FIRST_DATE: &str = "1990-01-01";

/// A duration in seconds: from one second to a week.
pub fn duration(seconds: f64) -> Result<f64, &'static str> {
    let is_possible = (1.0..=LONGEST_SECONDS).contains(&seconds);
    if is_possible { Ok(seconds) } else { Err("The duration is between one second and seven days.") }
}

/// A distance in metres: from nothing to 500 km.
pub fn distance(metres: f64) -> Result<f64, &'static str> {
    let is_possible = (0.0..=FURTHEST_METRES).contains(&metres);
    if is_possible { Ok(metres) } else { Err("The distance is between 0 and 500 km.") }
}

/// A start between 1990 and a day from now; the day leaves room for the zones ahead of the clock's.
pub fn start(instant: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, &'static str> {
    let first = super::calendar::parse_day(FIRST_DATE).unwrap_or_default();
    if day_of(instant.date_naive()) < first {
        Err("The date is before 1990.")
    } else if instant > now + TimeDelta::days(1) {
        Err("The date lies in the future.")
    } else {
        Ok(instant)
    }
}

/// An effort from 1 to 10.
pub fn effort(value: f64) -> Result<f64, &'static str> {
    if (1.0..=10.0).contains(&value) { Ok(value) } else { Err("Effort goes from 1 to 10.") }
}

/// An average heart rate in beats per minute.
pub fn heart_rate(value: f64) -> Result<f64, &'static str> {
    if (25.0..=250.0).contains(&value) { Ok(value) } else { Err("Heart rate lies between 25 and 250 bpm.") }
}

/// The average speed in metres per second above which a figure is wrong: nobody does it. On foot a sprinter's
/// best; on wheels and elsewhere what only a motor does.
fn fastest(activity_type: ActivityType) -> f64 {
    match activity_type {
        ActivityType::Run | ActivityType::Walk | ActivityType::Hike => 12.0,
        ActivityType::Swim => 3.0,
        ActivityType::Bike | ActivityType::Strength | ActivityType::Workout => 30.0,
        // Skiing, sailing, gliding.
        ActivityType::Other => 70.0,
    }
}

/// Whether so many metres in so many seconds can be true of this sport.
pub fn is_possible_speed(activity_type: ActivityType, metres: f64, seconds: f64) -> bool {
    metres <= seconds * fastest(activity_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive_and_nonsense_is_out() {
        for (value, is_fine) in
            [(0.9, false), (1.0, true), (604_800.0, true), (604_801.0, false), (f64::NAN, false)]
        {
            assert_eq!(duration(value).is_ok(), is_fine, "{value}");
        }
        for (value, is_fine) in [(-1.0, false), (0.0, true), (500_000.0, true), (500_000.1, false)] {
            assert_eq!(distance(value).is_ok(), is_fine, "{value}");
        }
        assert!(effort(0.0).is_err() && effort(1.0).is_ok() && effort(10.0).is_ok() && effort(11.0).is_err());
        assert!(heart_rate(20.0).is_err() && heart_rate(150.0).is_ok());
    }

    #[test]
    fn nobody_runs_ten_kilometres_in_a_minute() {
        for (sport, metres, seconds, is_fine) in [
            (ActivityType::Run, 10_000.0, 60.0, false),
            (ActivityType::Run, 100.0, 9.58, true),
            (ActivityType::Run, 0.0, 60.0, true),
            (ActivityType::Bike, 57_000.0, 3600.0, true),
            (ActivityType::Bike, 1_600.0, 2.0, false),
            (ActivityType::Swim, 10_000.0, 600.0, false),
        ] {
            assert_eq!(is_possible_speed(sport, metres, seconds), is_fine, "{metres} m in {seconds} s");
        }
    }

    #[test]
    fn starts_lie_between_1990_and_tomorrow() {
        let now: DateTime<Utc> = "2026-04-17T06:00:00Z".parse().unwrap();
        for (text, is_fine) in [
            ("1989-12-31T23:59:59Z", false),
            ("1990-01-01T00:00:00Z", true),
            ("2026-04-18T06:00:00Z", true),
            ("2026-04-18T06:00:01Z", false),
        ] {
            assert_eq!(start(text.parse().unwrap(), now).is_ok(), is_fine, "{text}");
        }
    }
}
