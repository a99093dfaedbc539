use super::*;
use proptest::prelude::*;

fn day(text: &str) -> i64 {
    parse_day(text).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hours(text: &str, tz: Tz) -> i64 {
    let bounds = day_bounds(day(text), tz);
    (bounds.end - bounds.start).num_minutes() / 60
}

#[test]
fn days_and_dates_agree() {
    assert_eq!(day("1970-01-01"), 0);
    assert_eq!(day("2026-11-23"), 20_780);
    assert_eq!(iso_date(20_780), "2026-11-23");
    assert_eq!(date_of(i64::MAX), NaiveDate::MAX);
    assert_eq!(date_of(i64::MIN), NaiveDate::MIN);
    for text in ["", "2026-02-30", "2026-1-1", "+026-01-01", "2026-11-23 ", "20261123"] {
        assert_eq!(parse_day(text), None, "{text}");
    }
}

#[test]
fn the_local_day_is_that_of_the_place() {
    let evening = utc("2026-04-17T10:30:00Z");
    assert_eq!(local_day(evening, Tz::Pacific__Kiritimati), day("2026-04-18"));
    assert_eq!(local_day(evening, Tz::Pacific__Pago_Pago), day("2026-04-16"));
    assert_eq!(local_day(evening, Tz::Europe__Oslo), day("2026-04-17"));
}

#[test]
fn weeks_begin_where_the_club_begins_them() {
    let friday = day("2026-04-17");
    assert_eq!(weekday(friday), 5);
    assert_eq!(week_start(friday, 1), day("2026-04-13"));
    assert_eq!(week_start(friday, 7), day("2026-04-12"));
    assert_eq!(week_start(friday, 6), day("2026-04-11"));
    assert_eq!(week_start(friday, 0), day("2026-04-13"));
    assert_eq!(weeks_back(friday, 1, 3), [day("2026-03-30"), day("2026-04-06"), day("2026-04-13")]);
    assert!(weeks_back(friday, 1, 0).is_empty());
}

#[test]
fn days_have_the_hours_they_have() {
    assert_eq!(hours("2026-03-29", Tz::Europe__Oslo), 23);
    assert_eq!(hours("2026-10-25", Tz::Europe__Oslo), 25);
    assert_eq!(hours("2026-04-17", Tz::Europe__Oslo), 24);
    assert_eq!(day_start(day("2026-04-17"), Tz::Europe__Oslo), utc("2026-04-16T22:00:00Z"));
    // Midnight is skipped in Cairo's spring and comes twice in Havana's autumn.
    assert_eq!(day_start(day("2026-04-24"), Tz::Africa__Cairo), utc("2026-04-23T22:00:00Z"));
    assert_eq!(hours("2026-04-24", Tz::Africa__Cairo), 23);
    assert_eq!(hours("2026-11-01", Tz::America__Havana), 25);
    // Samoa had no 30 December 2011.
    assert_eq!(hours("2011-12-30", Tz::Pacific__Apia), 0);
    assert_eq!(hours("2011-12-29", Tz::Pacific__Apia), 24);
}

#[test]
fn dates_are_said_plainly() {
    let today = day("2026-04-17");
    assert_eq!(day_in_words(today, today), "Today");
    assert_eq!(day_in_words(today - 1, today), "Yesterday");
    assert_eq!(day_in_words(today + 1, today), "Tomorrow");
    assert_eq!(day_in_words(day("2026-04-07"), today), "Tue 7 April");
    assert_eq!(day_in_words(day("2025-04-17"), today), "Thu 17 April 2025");
    assert_eq!(short_day(today), "17 Apr");
    assert_eq!(range_in_words(day("2026-04-13"), day("2026-04-19"), today), "13 to 19 April");
    assert_eq!(range_in_words(day("2026-04-27"), day("2026-05-03"), today), "27 April to 3 May");
    assert_eq!(
        range_in_words(day("2025-12-29"), day("2026-01-04"), today),
        "29 December 2025 to 4 January 2026"
    );
    assert_eq!(range_in_words(today, today, today), "17 April");
    assert_eq!(time_of_day(utc("2026-04-17T04:41:00Z"), Tz::Europe__Oslo), "06:41");
    assert_eq!(years_between(day("1990-04-18"), today), Some(35));
    assert_eq!(months_before(day("2026-03-31"), 1), day("2026-02-28"));
}

#[test]
fn every_listed_zone_is_known_once_and_has_a_label() {
    let zones: Vec<Tz> = zones().collect();
    assert_eq!(zones.len(), 1 + include_str!("zones.txt").lines().count());
    let labels: std::collections::BTreeSet<String> = zones.iter().map(|tz| zone_label(*tz)).collect();
    assert_eq!(labels.len(), zones.len());
    assert!(zones.contains(&Tz::Europe__Oslo) && zones.contains(&Tz::Asia__Kolkata));
    assert!(!zones.contains(&Tz::Asia__Calcutta));
    assert_eq!(zone_label(Tz::America__Argentina__Buenos_Aires), "Argentina, Buenos Aires (America)");
    assert_eq!(zone_label(Tz::UTC), "UTC");
}

#[test]
fn an_offset_finds_a_sensible_zone() {
    let summer = utc("2026-07-01T06:00:00Z");
    assert_eq!(zone_for(7200, Tz::Europe__Oslo, summer), Tz::Europe__Oslo);
    assert_eq!(zone_for(3600, Tz::Europe__Oslo, summer), Tz::Etc__GMTMinus1);
    assert_eq!(zone_for(-18_000, Tz::Europe__Oslo, summer), Tz::Etc__GMTPlus5);
    assert_eq!(zone_for(0, Tz::Europe__Oslo, summer), Tz::Etc__GMT);
    assert_eq!(zone_for(19_800, Tz::Asia__Kolkata, summer), Tz::Asia__Kolkata);
    assert_eq!(zone_for(19_800, Tz::Europe__Oslo, summer), Tz::Europe__Oslo);
    assert_eq!(zone_for(20 * 3600, Tz::Europe__Oslo, summer), Tz::Europe__Oslo);
    for hours in -12..=14 {
        let zone = zone_for(hours * 3600, Tz::Asia__Kathmandu, summer);
        assert_eq!(offset_seconds(summer, zone), hours * 3600, "{zone}");
    }
}

proptest! {
    #[test]
    fn every_instant_lies_in_the_bounds_of_its_day(
        seconds in 1_325_376_000i64..2_200_000_000,
        index in 0usize..419,
    ) {
        let tz = zones().nth(index).unwrap();
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let bounds = day_bounds(local_day(instant, tz), tz);
        prop_assert!(bounds.contains(&instant), "{tz} {instant} {bounds:?}");
    }

    #[test]
    fn moving_the_instant_and_the_zone_together_changes_nothing(
        seconds in -2_000_000_000i64..4_000_000_000,
        hours in -12i64..=14,
    ) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let zone = zone_for((hours * 3600) as i32, Tz::Asia__Kathmandu, instant);
        let moved = instant - TimeDelta::hours(hours);
        prop_assert_eq!(local_day(moved, zone), local_day(instant, Tz::UTC));
        let (here, there) = (day_bounds(local_day(instant, Tz::UTC), Tz::UTC), day_bounds(local_day(moved, zone), zone));
        prop_assert_eq!(here.start - TimeDelta::hours(hours), there.start);
    }

    #[test]
    fn weeks_hold_their_days(day in -200_000i64..200_000, first in 1i64..=7) {
        let start = week_start(day, first);
        prop_assert_eq!(weekday(start), first);
        prop_assert!((0..7).contains(&(day - start)));
        prop_assert_eq!(day_of(date_of(day)), day);
    }
}
