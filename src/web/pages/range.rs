//! Ranges of days in addresses: a preset by its name, or a first and a last day; with the zone whose days they
//! are, so that an address shows everybody the same.

use std::ops::Range;

use serde::Deserialize;

use crate::app::group_stats::RangeQuery;
use crate::app::{Error, Problem, Viewer};
use crate::domain::calendar;
use crate::domain::period::{LONGEST, Period, RangeWord};
use crate::web::charts::Column;
use crate::web::filters::percent_encode;

/// What an address or a form asks for, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AskedRange {
    /// `7d` and so on; with dates it may be left out.
    pub range: String,
    pub start_date: String,
    pub end_date: String,
    pub timezone: String,
}

/// Days of a custom range at most.
const MOST_DAYS: i64 = LONGEST / 86_400;

impl AskedRange {
    /// Whether it asks for a range at all.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty() && self.start_date.is_empty() && self.end_date.is_empty()
    }

    /// The zone, where one is named.
    pub fn zone_name(&self) -> Option<&str> {
        Some(self.timezone.as_str()).filter(|name| !name.is_empty())
    }

    /// The range that it means, a preset of `usual` where it names none; or everything that is wrong with it,
    /// by the names of the fields.
    pub fn query(&self, viewer: &Viewer, usual: RangeWord) -> Result<RangeQuery, Error> {
        let timezone = self.zone_name().map(str::to_owned);
        let are_dates = !(self.start_date.is_empty() && self.end_date.is_empty());
        let range = match self.range.as_str() {
            _ if are_dates => RangeWord::Custom,
            "" => usual,
            word => word.parse().map_err(|_| Error::invalid("range", "There is no such range."))?,
        };
        if range != RangeWord::Custom {
            return Ok(RangeQuery { range, from: None, to: None, timezone });
        }
        let zone = match &timezone {
            None => viewer.zone(),
            Some(name) => calendar::parse_zone(name)
                .ok_or_else(|| Error::invalid("timezone", "There is no such time zone."))?,
        };
        let mut problems = Vec::new();
        let mut day = |field: &'static str, text: &str, missing: &str| {
            let day = calendar::parse_day(text).filter(|day| calendar::DAYS.contains(day));
            match day {
                Some(_) => {}
                None if text.is_empty() => problems.push(Problem::required(field, missing)),
                None => problems
                    .push(Problem::invalid(field, "Write a date as 2026-11-16, in the years 1990 to 2099.")),
            }
            day
        };
        let first = day("start_date", &self.start_date, "Choose the first day.");
        let last = day("end_date", &self.end_date, "Choose the last day.");
        match first.zip(last) {
            Some((first, last)) if last < first => {
                problems.push(Problem::invalid("end_date", "The last day must not be before the first."));
            }
            Some((first, last)) if last - first >= MOST_DAYS => {
                let said =
                    format!("A range has at most {MOST_DAYS} days; this one has {}.", last - first + 1);
                problems.push(Problem::invalid("end_date", said));
            }
            Some((first, last)) => {
                let days = Period::of_days(first, last, zone);
                return Ok(RangeQuery { range, from: Some(days.from), to: Some(days.to), timezone });
            }
            None => {}
        }
        Err(Error::Invalid(problems))
    }
}

/// The day that `week=` names, if it names one.
pub fn parse_week(text: &str) -> Result<Option<i64>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("week", "Name a week by one of its days, such as 2026-11-16.");
    calendar::parse_day(text).map(Some).ok_or_else(wrong)
}

/// A zone for an address: `timezone=Europe/Lisbon`.
pub fn zone_in_address(name: &str) -> String {
    format!("timezone={}", percent_encode(name).replace("%2F", "/"))
}

/// A week for an address, by its first day.
pub fn week_in_address(first_day: i64, zone: &str) -> String {
    format!("week={}&{}", calendar::iso_date(first_day), zone_in_address(zone))
}

/// A range for an address: by its name, or by these days.
pub fn range_in_address(range: RangeWord, period: &Period) -> String {
    match range {
        RangeWord::Custom => days_in_address(period),
        preset => format!("range={preset}&{}", zone_in_address(period.zone.name())),
    }
}

/// These days for an address.
pub fn days_in_address(period: &Period) -> String {
    let (first, last) = (calendar::iso_date(period.first_day()), calendar::iso_date(period.last_day()));
    format!("start_date={first}&end_date={last}&{}", zone_in_address(period.zone.name()))
}

/// `16 to 22 November`, or one day.
pub fn in_words(period: &Period, today: i64) -> String {
    let (first, last) = (period.first_day(), period.last_day());
    match first == last {
        true => calendar::full_day(first, today),
        false => calendar::range_in_words(first, last, today),
    }
}

/// The columns of a chart of days: a day each up to five weeks, and weeks of seven days beyond. Each with its
/// places among the period's days.
pub fn columns(period: &Period) -> Vec<(Column, Range<usize>)> {
    let days = period.days();
    let size = if days.len() <= 35 { 1 } else { 7 };
    let is_week = days.len() <= 7;
    let column = |(place, chunk): (usize, &[i64])| {
        let date = calendar::date_of(chunk[0]);
        let of = |format: &str| date.format(format).to_string();
        let column = match (is_week, size) {
            (true, _) => Column { long: of("%A"), short: of("%a") },
            (false, 1) => Column { long: of("%-d %B"), short: of("%-d %b") },
            _ => Column { long: of("week of %-d %B"), short: of("%-d %b") },
        };
        (column, place * size..place * size + chunk.len())
    };
    days.chunks(size).enumerate().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_weeks_where_they_are_many() {
        let of = |count: i64| {
            let found = columns(&Period::of_days(20_000, 20_000 + count - 1, chrono_tz::UTC));
            (found.len(), found[0].0.short.clone(), found[found.len() - 1].1.clone())
        };
        assert_eq!(of(7), (7, "Fri".to_owned(), 6..7));
        assert_eq!(of(30), (30, "4 Oct".to_owned(), 29..30));
        assert_eq!(of(90), (13, "4 Oct".to_owned(), 84..90));
    }
}
