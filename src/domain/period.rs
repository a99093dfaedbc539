//! Ranges of time over which figures of a group are summed, and the local days in them.

use chrono_tz::Tz;

use super::calendar::{day_at, day_start};
use crate::words;

words! {
    /// A range that callers ask for by name. The presets end with today.
    pub enum RangeWord {
        Days7 = "7d", "7 days";
        Days14 = "14d", "14 days";
        Days30 = "30d", "30 days";
        Days60 = "60d", "60 days";
        Days90 = "90d", "90 days";
        Custom = "custom", "Custom";
    }
}

impl RangeWord {
    /// How many local days a preset has, today included.
    pub fn days(self) -> Option<i64> {
        match self {
            Self::Days7 => Some(7),
            Self::Days14 => Some(14),
            Self::Days30 => Some(30),
            Self::Days60 => Some(60),
            Self::Days90 => Some(90),
            Self::Custom => None,
        }
    }
}

/// The longest custom range, in seconds.
pub const LONGEST: i64 = 366 * 86_400;
/// 1990-01-01 and 2100-01-01: instants outside are no time at which anybody ran.
pub const TIMES: std::ops::RangeInclusive<i64> = 631_152_000..=4_102_444_800;

/// Why a custom range is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error("A custom range needs from_timestamp.")]
    NoFrom,
    #[error("A custom range needs to_timestamp.")]
    NoTo,
    #[error("Times lie between 1990 and 2100, in Unix seconds.")]
    FromOutOfBounds,
    #[error("Times lie between 1990 and 2100, in Unix seconds.")]
    ToOutOfBounds,
    #[error("The end comes after the beginning.")]
    Reversed,
    #[error("A range has at most 366 days.")]
    TooLong,
}

impl RangeError {
    /// The field at fault, by its name in the API.
    pub fn field(self) -> &'static str {
        match self {
            Self::NoFrom | Self::FromOutOfBounds => "from_timestamp",
            _ => "to_timestamp",
        }
    }
}

/// A half-open range of instants and the local days that it touches.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    pub zone: Tz,
    /// Unix seconds; `to` is no longer in it.
    pub from: i64,
    pub to: i64,
    /// The local days in order, as days since 1970-01-01. A day that the zone left out when it changed sides
    /// of the date line is not among them.
    days: Vec<i64>,
    /// The instant at which each of these days begins.
    starts: Vec<i64>,
}

impl Period {
    fn new(from: i64, to: i64, first: i64, last: i64, zone: Tz) -> Self {
        let bounds: Vec<i64> = (first..=last + 1).map(|day| day_start(day, zone).timestamp()).collect();
        let is_there = |index: &usize| bounds[*index] < bounds[index + 1];
        let there: Vec<usize> = (0..bounds.len().saturating_sub(1)).filter(is_there).collect();
        let days = there.iter().map(|index| first + *index as i64).collect();
        let starts = there.iter().map(|index| bounds[*index]).collect();
        Self { zone, from, to, days, starts }
    }

    /// Whole local days, from the start of `first` to the end of `last`.
    pub fn of_days(first: i64, last: i64, zone: Tz) -> Self {
        let start = |day| day_start(day, zone).timestamp();
        Self::new(start(first), start(last + 1), first, last, zone)
    }

    /// The last `count` local days, today included.
    pub fn last_days(count: i64, now: i64, zone: Tz) -> Self {
        let today = day_at(now, zone);
        Self::of_days(today - count + 1, today, zone)
    }

    /// From one instant up to, and not with, another one, or everything that is wrong with them.
    pub fn custom(from: Option<i64>, to: Option<i64>, zone: Tz) -> Result<Self, Vec<RangeError>> {
        let mut wrong = Vec::new();
        wrong.extend(from.is_none().then_some(RangeError::NoFrom));
        wrong.extend(to.is_none().then_some(RangeError::NoTo));
        wrong.extend(from.is_some_and(|t| !TIMES.contains(&t)).then_some(RangeError::FromOutOfBounds));
        wrong.extend(to.is_some_and(|t| !TIMES.contains(&t)).then_some(RangeError::ToOutOfBounds));
        match (from, to) {
            (Some(from), Some(to)) if wrong.is_empty() => {
                if from >= to {
                    return Err(vec![RangeError::Reversed]);
                }
                if to - from > LONGEST {
                    return Err(vec![RangeError::TooLong]);
                }
                let day = |seconds| day_at(seconds, zone);
                Ok(Self::new(from, to, day(from), day(to - 1), zone))
            }
            _ => Err(wrong),
        }
    }

    /// The period of the same length that ends where this one begins: as many local days before it, or as
    /// many seconds for a range that is not made of whole days.
    pub fn before(&self) -> Self {
        let (first, last) = (self.first_day(), self.last_day());
        let is_whole = *self == Self::of_days(first, last, self.zone);
        if is_whole {
            return Self::of_days(first - (last - first + 1), first - 1, self.zone);
        }
        let (from, to) = (self.from - (self.to - self.from), self.from);
        let day = |seconds| day_at(seconds, self.zone);
        Self::new(from, to, day(from), day(to - 1), self.zone)
    }

    /// The local days that the period touches, in order.
    pub fn days(&self) -> &[i64] {
        &self.days
    }

    /// The first local day.
    pub fn first_day(&self) -> i64 {
        self.days.first().copied().unwrap_or_default()
    }

    /// The last local day.
    pub fn last_day(&self) -> i64 {
        self.days.last().copied().unwrap_or_default()
    }

    /// Whether an instant lies in it.
    pub fn contains(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// The place in [`Self::days`] of the local day of an instant, if that lies in the period.
    pub fn place(&self, at: i64) -> Option<usize> {
        if !self.contains(at) {
            return None;
        }
        // Days are a few hours off a straight line: the guess is right or one beside.
        let first = *self.starts.first()?;
        let mut place = usize::try_from((at - first) / 86_400).unwrap_or(0).min(self.starts.len() - 1);
        while self.starts[place] > at {
            place = place.checked_sub(1)?;
        }
        while self.starts.get(place + 1).is_some_and(|next| *next <= at) {
            place += 1;
        }
        Some(place)
    }

    /// The instant whose members count: the period's end, or now while it is still open.
    pub fn members_at(&self, now: i64) -> i64 {
        self.to.min(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{iso_date, parse_day};
    use chrono_tz::{America, Asia, Europe, Pacific};

    fn day(text: &str) -> i64 {
        parse_day(text).unwrap()
    }

    #[test]
    fn presets_are_today_and_the_days_before() {
        // 12:00 UTC on 18 November 2026 is the 19th in Kiritimati and the 18th at 01:00 in Pago Pago.
        let now = 1_795_003_200;
        for (zone, last) in [
            (Europe::Lisbon, "2026-11-18"),
            (Pacific::Kiritimati, "2026-11-19"),
            (Pacific::Pago_Pago, "2026-11-18"),
            (Asia::Kolkata, "2026-11-18"),
        ] {
            let period = Period::last_days(7, now, zone);
            assert_eq!((period.days().len(), iso_date(period.last_day())), (7, last.to_owned()), "{zone}");
            assert!(period.contains(now));
        }
    }

    #[test]
    fn days_are_right_across_changes_of_the_clocks() {
        for (zone, around) in [
            (Europe::Lisbon, "2026-03-29"),
            (Europe::Lisbon, "2026-10-25"),
            (Pacific::Chatham, "2026-04-05"),
            (Pacific::Chatham, "2026-09-27"),
            (America::Havana, "2026-11-01"),
            (Asia::Beirut, "2026-03-29"),
        ] {
            let period = Period::of_days(day(around) - 2, day(around) + 2, zone);
            for at in (period.from..period.to).step_by(600) {
                let place = period.place(at).unwrap();
                assert_eq!(period.days()[place], day_at(at, zone), "{zone} {at}");
            }
            assert_eq!((period.place(period.from - 1), period.place(period.to)), (None, None));
        }
    }

    #[test]
    fn a_day_that_a_zone_left_out_is_not_there() {
        let period = Period::of_days(day("2011-12-29"), day("2011-12-31"), Pacific::Apia);
        assert_eq!(period.days(), [day("2011-12-29"), day("2011-12-31")]);
        assert_eq!(period.place(period.to - 1), Some(1));
    }

    #[test]
    fn custom_ranges_say_what_is_wrong() {
        let zone = Europe::Lisbon;
        let (now, week) = (1_795_003_200, 7 * 86_400);
        let of = |from, to| Period::custom(from, to, zone).map(|p| p.days().len());
        assert_eq!(of(Some(now - week), Some(now)), Ok(8));
        assert_eq!(of(None, None), Err(vec![RangeError::NoFrom, RangeError::NoTo]));
        assert_eq!(of(Some(now), Some(now)), Err(vec![RangeError::Reversed]));
        assert_eq!(of(Some(now), Some(now - 1)), Err(vec![RangeError::Reversed]));
        assert_eq!(of(Some(now - LONGEST - 1), Some(now)), Err(vec![RangeError::TooLong]));
        assert!(of(Some(now - LONGEST), Some(now)).is_ok());
        assert_eq!(
            of(Some(i64::MIN), Some(i64::MAX)),
            Err(vec![RangeError::FromOutOfBounds, RangeError::ToOutOfBounds])
        );
    }

    #[test]
    fn the_period_before_is_as_long() {
        let week = Period::of_days(day("2026-10-19"), day("2026-10-25"), Europe::Lisbon);
        assert_eq!(week.before(), Period::of_days(day("2026-10-12"), day("2026-10-18"), Europe::Lisbon));
        let odd = Period::custom(Some(1_795_003_200), Some(1_795_003_200 + 5_000), Europe::Lisbon).unwrap();
        assert_eq!((odd.before().from, odd.before().to), (1_795_003_200 - 5_000, 1_795_003_200));
    }
}
