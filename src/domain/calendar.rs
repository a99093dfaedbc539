//! Local days, weeks and zones.
//!
//! A day is an `i64`: days since 1970-01-01 in somebody's local calendar, as it is stored and counted. Weeks
//! begin on a first weekday (ISO: 1 Monday to 7 Sunday) and are named by their first day.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// 1970-01-01, counted from the first day of the year 1.
const EPOCH_FROM_CE: i64 = 719_163;

/// The local day of an instant.
pub fn local_day(instant: DateTime<Utc>, tz: Tz) -> i64 {
    day_of(instant.with_timezone(&tz).date_naive())
}

/// The instant of so many Unix seconds; of more than the calendar of chrono holds, 1970-01-01.
pub fn instant(unix_seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(unix_seconds, 0).unwrap_or_default()
}

/// The local day in a zone of so many Unix seconds.
pub fn day_at(unix_seconds: i64, tz: Tz) -> i64 {
    local_day(instant(unix_seconds), tz)
}

/// The day of a date.
pub fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH_FROM_CE
}

/// The date of a day. Days outside the calendar of chrono (262,000 years each way) give its ends.
pub fn date_of(day: i64) -> NaiveDate {
    let end = if day < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    let from_ce = day.checked_add(EPOCH_FROM_CE).and_then(|days| i32::try_from(days).ok());
    from_ce.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or(end)
}

/// The days on which anybody ran: 1990-01-01 to 2099-12-31, as days since 1970-01-01.
pub const DAYS: std::ops::RangeInclusive<i64> = 7_305..=47_481;

/// Reads `YYYY-MM-DD`, the form of addresses, the API and date inputs.
pub fn parse_day(text: &str) -> Option<i64> {
    let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    is_plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(day_of)).flatten()
}

/// Writes `YYYY-MM-DD`.
pub fn iso_date(day: i64) -> String {
    date_of(day).format("%Y-%m-%d").to_string()
}

/// ISO weekday: 1 Monday to 7 Sunday.
pub fn weekday(day: i64) -> i64 {
    // Day 0 was a Thursday.
    (day + 3).rem_euclid(7) + 1
}

/// The first day of the week that holds `day`. A first weekday outside 1 to 7 counts as Monday.
pub fn week_start(day: i64, first_weekday: i64) -> i64 {
    let first = if (1..=7).contains(&first_weekday) { first_weekday } else { 1 };
    day - (weekday(day) - first).rem_euclid(7)
}

/// The first days of `count` weeks, oldest first; the last is the week that holds `day`.
pub fn weeks_back(day: i64, first_weekday: i64, count: usize) -> Vec<i64> {
    let last = week_start(day, first_weekday);
    (0..count as i64).rev().map(|ago| last - 7 * ago).collect()
}

/// The first instant of a local day: midnight, or what follows where the clocks skip it. The day before
/// ends there.
///
/// Where midnight comes twice (Havana in autumn) it is the earlier one.
pub fn day_start(day: i64, tz: Tz) -> DateTime<Utc> {
    let midnight = date_of(day).and_time(chrono::NaiveTime::MIN);
    if let Some(found) = tz.from_local_datetime(&midnight).earliest() {
        return found.with_timezone(&Utc);
    }
    // Clocks jumped over midnight. No zone is further than 26 h from UTC even while it changes sides of the
    // date line, so the jump lies between; seek the first second that is already in the new day.
    let about = midnight.and_utc();
    let (mut before, mut after) = (-26 * 3600, 26 * 3600);
    while after - before > 1 {
        let middle = (before + after) / 2;
        if local_day(about + TimeDelta::seconds(middle), tz) < day {
            before = middle;
        } else {
            after = middle;
        }
    }
    about + TimeDelta::seconds(after)
}

/// The instants of a local day, half open: 23, 24 or 25 hours, and none at all for a day that the zone left
/// out when it changed sides of the date line.
pub fn day_bounds(day: i64, tz: Tz) -> Range<DateTime<Utc>> {
    days_bounds(day, day, tz)
}

/// The instants from the start of `first` to the end of `last`, half open.
pub fn days_bounds(first: i64, last: i64, tz: Tz) -> Range<DateTime<Utc>> {
    day_start(first, tz)..day_start(last + 1, tz)
}

/// `Today`, `Yesterday`, `Tomorrow`, `Fri 17 April`, and with the year where it is not this one.
pub fn day_in_words(day: i64, today: i64) -> String {
    match day - today {
        0 => "Today".to_owned(),
        -1 => "Yesterday".to_owned(),
        1 => "Tomorrow".to_owned(),
        _ => full_day(day, today),
    }
}

/// `Today`, `Yesterday`, `Sat 17 Apr`, or `17 Apr 2025` of another year: for tables. `today` is that of the
/// person whose day it is, whoever looks, so that one run is nowhere "today" and elsewhere "yesterday".
pub fn brief_day(day: i64, today: i64) -> String {
    let date = date_of(day);
    match (today - day, date.year() == date_of(today).year()) {
        (0 | 1, _) => day_in_words(day, today),
        (_, true) => date.format("%a %-d %b").to_string(),
        (_, false) => date.format("%-d %b %Y").to_string(),
    }
}

/// `Fri 17 April`, or `Fri 17 April 2024` where the year is not that of `today`.
pub fn full_day(day: i64, today: i64) -> String {
    let date = date_of(day);
    let form = if date.year() == date_of(today).year() { "%a %-d %B" } else { "%a %-d %B %Y" };
    date.format(form).to_string()
}

/// `17 Apr`, for the axis of a chart.
pub fn short_day(day: i64) -> String {
    date_of(day).format("%-d %b").to_string()
}

/// `13 to 19 April`, `27 April to 3 May`, with the years where they are not this one.
pub fn range_in_words(first: i64, last: i64, today: i64) -> String {
    let (from, to) = (date_of(first), date_of(last));
    let end =
        if to.year() == date_of(today).year() && from.year() == to.year() { "%-d %B" } else { "%-d %B %Y" };
    let start = match (from.year() == to.year(), from.month() == to.month()) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    if first == last {
        return to.format(end).to_string();
    }
    format!("{} to {}", from.format(start), to.format(end))
}

/// `06:41`, the local time of an instant.
pub fn time_of_day(instant: DateTime<Utc>, tz: Tz) -> String {
    instant.with_timezone(&tz).format("%H:%M").to_string()
}

/// The age in full years that somebody born on `birth` has on `day`.
pub fn years_between(birth: i64, day: i64) -> Option<u32> {
    date_of(day).years_since(date_of(birth))
}

/// The same day `months` earlier, or the last day of that month.
pub fn months_before(day: i64, months: u32) -> i64 {
    date_of(day).checked_sub_months(chrono::Months::new(months)).map_or(day, day_of)
}

/// Local time minus UTC at an instant, in seconds.
pub fn offset_seconds(instant: DateTime<Utc>, tz: Tz) -> i32 {
    tz.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
}

/// One zone for each country and part of it, by the names people know, for a list to choose from: `UTC` and
/// the names of tz's `zone.tab` (public domain), in order.
pub fn zones() -> impl Iterator<Item = Tz> {
    std::iter::once(Tz::UTC).chain(include_str!("zones.txt").lines().filter_map(|name| name.parse().ok()))
}

/// Reads an IANA name. Older names that are not in [`zones`] are known too.
pub fn parse_zone(name: &str) -> Option<Tz> {
    name.trim().parse().ok()
}

/// The name for people: `Europe / Oslo` becomes `Oslo (Europe)`, underscores become spaces.
pub fn zone_label(tz: Tz) -> String {
    let name = tz.name().replace('_', " ");
    match name.split_once('/') {
        Some((region, place)) if region != "Etc" => format!("{} ({region})", place.replace('/', ", ")),
        _ => name,
    }
}

/// The zone of a recording of which only the offset is known.
///
/// The athlete's own zone where it has that offset at that instant; otherwise the fixed zone of a whole hour
/// (whose name has the opposite sign: `Etc/GMT-2` is two hours ahead of UTC); otherwise, for an offset that
/// no such zone has, the athlete's own.
pub fn zone_for(offset: i32, athlete_zone: Tz, instant: DateTime<Utc>) -> Tz {
    if offset == offset_seconds(instant, athlete_zone) || offset % 3600 != 0 {
        return athlete_zone;
    }
    let name = match offset / 3600 {
        0 => "Etc/GMT".to_owned(),
        hours => format!("Etc/GMT{:+}", -hours),
    };
    name.parse().unwrap_or(athlete_zone)
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
