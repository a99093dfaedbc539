//! Figures of one athlete over time. All of them take counted runs: completed, not deleted, no duplicate.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::access::{self, Viewer};
use super::error::{Error, Problem, Result};
use super::{App, db, imports};
use crate::domain::calendar::{self, day_of, week_start};
use crate::domain::ids::UserId;
use crate::words;

/// Weeks of the trend on an athlete's page.
pub const TREND_WEEKS: usize = 26;
/// Buckets of one answer.
const MOST_BUCKETS: usize = 1_000;
/// Runs of one answer: forty years with seven a week.
const MOST_RUNS: i64 = 15_000;
/// 1990-01-01 and 2100-01-01: instants outside are no time at which anybody ran.
const TIMES: std::ops::RangeInclusive<i64> = 631_152_000..=4_102_444_800;

words! {
    /// The length of a bucket.
    pub enum Granularity {
        Daily = "daily", "Day";
        Weekly = "weekly", "Week";
        Monthly = "monthly", "Month";
        Yearly = "yearly", "Year";
    }
}

/// One of an athlete's own local weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Week {
    /// Days since 1970-01-01.
    pub first_day: i64,
    /// Metres.
    pub distance: f64,
    /// Seconds.
    pub duration: f64,
    pub activities: i64,
    pub training_load: f64,
}

/// Sums over an athlete's last days.
#[derive(Debug, Clone, PartialEq)]
pub struct FitnessStats {
    pub activities: i64,
    /// Metres.
    pub distance: f64,
    /// Seconds.
    pub duration: f64,
    /// Seconds per kilometre, over the runs that have a distance.
    pub pace: Option<f64>,
    /// Beats per minute, weighted by duration.
    pub average_heart_rate: Option<f64>,
}

/// Which runs to sum up, and how.
#[derive(Debug, Clone)]
pub struct StatsQuery {
    /// Unix seconds, half open.
    pub from: i64,
    pub to: i64,
    pub granularity: Granularity,
    /// IANA name; the viewer's if none.
    pub timezone: Option<String>,
}

/// The runs of one local day, week, month or year.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its first and last day, also where the range begins or ends within it.
    pub first_day: i64,
    pub last_day: i64,
    pub activities: i64,
    pub distance: f64,
    pub duration: f64,
    pub training_load: f64,
}

/// Buckets without a gap, oldest first, and the zone whose days they are.
#[derive(Debug, Clone)]
pub struct RunningStats {
    pub zone: Tz,
    pub granularity: Granularity,
    pub buckets: Vec<Bucket>,
}

impl App {
    /// Sums over an athlete's last `days` local days, today included.
    pub async fn fitness_stats(&self, viewer: &Viewer, user: UserId, days: i64) -> Result<FitnessStats> {
        if !(1..=365).contains(&days) {
            return Err(Error::invalid("days", "Days go from 1 to 365."));
        }
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let today = self.today_of(&mut tx, user).await?;
        let sums =
            db::analytics::totals(&mut tx, data.user_id(), today - days + 1, today, data.since()).await?;
        let rate = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        Ok(FitnessStats {
            activities: sums.activities,
            distance: sums.distance,
            duration: sums.duration,
            pace: rate(sums.paced_duration * 1000.0, sums.distance),
            average_heart_rate: rate(sums.beats, sums.beaten_duration),
        })
    }

    /// An athlete's runs in buckets of local days, weeks, months or years, right across changes of the
    /// clocks. Every bucket that the range touches is there, also where nobody ran; weeks begin on the
    /// organization's first weekday.
    pub async fn running_stats(
        &self,
        viewer: &Viewer,
        user: UserId,
        query: &StatsQuery,
    ) -> Result<RunningStats> {
        let mut problems = Vec::new();
        let zone = match &query.timezone {
            None => viewer.zone(),
            Some(name) => calendar::parse_zone(name).unwrap_or_else(|| {
                problems.push(Problem::invalid("timezone", "There is no such time zone."));
                Tz::UTC
            }),
        };
        for (field, time) in [("from_timestamp", query.from), ("to_timestamp", query.to)] {
            if !TIMES.contains(&time) {
                problems.push(Problem::invalid(field, "Times lie between 1990 and 2100, in Unix seconds."));
            }
        }
        if problems.is_empty() && query.from >= query.to {
            problems.push(Problem::invalid("to_timestamp", "The end comes after the beginning."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let day = |time| calendar::day_at(time, zone);
        let starts =
            bucket_starts(day(query.from), day(query.to - 1), query.granularity, viewer.first_weekday());
        let Some(starts) = starts else {
            let words = "The range has more than 1,000 buckets; choose a coarser granularity.";
            return Err(Error::invalid("granularity", words));
        };
        let mut buckets: Vec<Bucket> = starts
            .windows(2)
            .map(|pair| Bucket {
                first_day: pair[0],
                last_day: pair[1] - 1,
                activities: 0,
                distance: 0.0,
                duration: 0.0,
                training_load: 0.0,
            })
            .collect();
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let from = query.from.max(data.since());
        let rows = db::analytics::runs(&mut tx, data.user_id(), from, query.to, MOST_RUNS + 1).await?;
        if rows.len() as i64 > MOST_RUNS {
            return Err(Error::invalid(
                "from_timestamp",
                "The range holds more than 15,000 runs; shorten it.",
            ));
        }
        for row in rows {
            let run_day = day(row.start_at);
            let place = buckets.partition_point(|bucket| bucket.first_day <= run_day);
            if let Some(bucket) = place.checked_sub(1).and_then(|place| buckets.get_mut(place)) {
                bucket.activities += 1;
                bucket.distance += row.distance.unwrap_or(0.0);
                bucket.duration += row.duration;
                bucket.training_load += row.training_load.unwrap_or(0.0);
            }
        }
        Ok(RunningStats { zone, granularity: query.granularity, buckets })
    }

    /// The zone whose days an athlete's own weeks are made of, to be named on screen.
    pub async fn zone_of_athlete(&self, viewer: &Viewer, user: UserId) -> Result<Tz> {
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        imports::zone_of(&mut tx, data.user_id()).await
    }
}

/// The first days of the buckets that hold the days from `first` to `last`, and the day after the last one.
/// `None` for too many.
fn bucket_starts(first: i64, last: i64, granularity: Granularity, first_weekday: i64) -> Option<Vec<i64>> {
    let month = |day: i64| {
        let date = calendar::date_of(day);
        NaiveDate::from_ymd_opt(date.year(), date.month(), 1).map(day_of)
    };
    let year = |day: i64| NaiveDate::from_ymd_opt(calendar::date_of(day).year(), 1, 1).map(day_of);
    let mut starts = vec![match granularity {
        Granularity::Daily => first,
        Granularity::Weekly => week_start(first, first_weekday),
        Granularity::Monthly => month(first)?,
        Granularity::Yearly => year(first)?,
    }];
    while let Some(start) = starts.last().copied()
        && start <= last
    {
        if starts.len() > MOST_BUCKETS {
            return None;
        }
        starts.push(match granularity {
            Granularity::Daily => start + 1,
            Granularity::Weekly => start + 7,
            // From a 1st, 32 days on is always within the next month, 367 within the next year.
            Granularity::Monthly => month(start + 32)?,
            Granularity::Yearly => year(start + 367)?,
        });
    }
    Some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(first: &str, last: &str, granularity: Granularity) -> Vec<String> {
        let day = |text| calendar::parse_day(text).expect("a day");
        let found = bucket_starts(day(first), day(last), granularity, 1).expect("not too many");
        found.into_iter().map(calendar::iso_date).collect()
    }

    #[test]
    fn buckets_are_whole() {
        assert_eq!(
            starts("2024-02-28", "2024-03-01", Granularity::Daily),
            ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]
        );
        assert_eq!(starts("2026-11-18", "2026-11-18", Granularity::Weekly), ["2026-11-16", "2026-11-23"]);
        assert_eq!(
            starts("2025-12-31", "2026-02-01", Granularity::Monthly),
            ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]
        );
        assert_eq!(
            starts("2024-12-31", "2025-01-01", Granularity::Yearly),
            ["2024-01-01", "2025-01-01", "2026-01-01"]
        );
        assert_eq!(bucket_starts(0, 1_000, Granularity::Daily, 1), None);
    }
}
