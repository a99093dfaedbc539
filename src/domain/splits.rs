//! Splits by kilometre or mile, and series short enough to draw.

use super::recording::Streams;
use super::series::{Elevation, Track, distance_over_time, is_heart_rate, timer_times};

/// Parts shorter than this many metres at the end are no split of their own.
const SHORTEST_REST: f64 = 10.0;
/// More splits than this are a broken recording.
const MOST_SPLITS: usize = 5_000;

/// One kilometre or mile.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// From 1.
    pub number: usize,
    /// Metres: the whole unit, or what was left at the end.
    pub distance: f64,
    /// Timer time in seconds, without pauses.
    pub seconds: f64,
    /// Beats per minute.
    pub average_heart_rate: Option<f64>,
    /// Metres up and down.
    pub ascent: Option<f64>,
    pub descent: Option<f64>,
    /// Shorter than the unit: the last.
    pub is_partial: bool,
}

impl Split {
    /// Seconds per kilometre.
    pub fn pace(&self) -> f64 {
        self.seconds / self.distance * 1000.0
    }
}

/// The splits of a recording, `unit` metres each, and the rest as the last. Boundaries between two samples
/// are interpolated. Empty without distance.
pub fn splits(streams: &Streams, unit: f64) -> Vec<Split> {
    let timer = timer_times(streams);
    // Timer time over distance: at a boundary the first moment that reached it.
    let pairs = streams.distance.iter().zip(&timer);
    let passed = Track::new(pairs.map(|(distance, time)| (f64::from(*distance), *time)));
    let Some((start, end)) = passed.span() else { return Vec::new() };
    let is_sound = unit >= 1.0 && (end - start) / unit < MOST_SPLITS as f64;
    if !is_sound {
        return Vec::new();
    }
    let elevation = Elevation::of(streams);
    let finish = timer.last().copied().unwrap_or_default();
    let whole = ((end - start) / unit).floor() as usize;
    let rest = end - start - whole as f64 * unit;
    let count = whole + usize::from(rest >= SHORTEST_REST);
    let mut splits = Vec::with_capacity(count);
    let mut since = passed.at(start).unwrap_or_default();
    for number in 1..=count {
        let from = start + (number - 1) as f64 * unit;
        let to = (from + unit).min(end);
        // The last takes the time to the finish, standing still included, so that the sum is the whole.
        let until = if number == count { finish } else { passed.at(to).unwrap_or(finish) };
        let climb = elevation.as_ref().map(|elevation| elevation.climb(from, to));
        splits.push(Split {
            number,
            distance: to - from,
            seconds: until - since,
            average_heart_rate: mean_heart_rate(streams, &timer, since, until),
            ascent: climb.map(|climb| climb.0),
            descent: climb.map(|climb| climb.1),
            is_partial: number > whole,
        });
        since = until;
    }
    splits
}

/// Mean heart rate between two timer times, weighted by time.
fn mean_heart_rate(streams: &Streams, timer: &[f64], from: f64, to: f64) -> Option<f64> {
    let (mut beats, mut seconds) = (0.0, 0.0);
    let first = timer.partition_point(|time| *time <= from).max(1);
    for index in first..timer.len().min(streams.heart_rate.len()) {
        let (start, end) = (timer[index - 1].max(from), timer[index].min(to));
        if timer[index - 1] >= to {
            break;
        }
        let rate = streams.heart_rate[index];
        if is_heart_rate(rate) && end > start {
            beats += f64::from(rate) * (end - start);
            seconds += end - start;
        }
    }
    (seconds > 0.0).then(|| beats / seconds)
}

/// Series for charts, index-aligned. A series that was not recorded is empty; `NaN` stands for a gap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartSeries {
    /// Timer time in seconds at the middle of each point's stretch.
    pub seconds: Vec<f64>,
    /// Metres at the same moment.
    pub distance: Vec<f64>,
    /// Metres per second, a moving mean over 30 s or the stretch, whichever is longer. Pace follows by
    /// [`Pace::from_speed`](super::units::Pace::from_speed), which has no pace for standing still.
    pub speed: Vec<f64>,
    /// Beats per minute, mean of the stretch.
    pub heart_rate: Vec<f64>,
    /// Metres above sea level, smoothed.
    pub elevation: Vec<f64>,
}

/// Cuts a recording into at most `points` stretches of equal timer time (never shorter than a second). Empty
/// for a recording without time.
pub fn chart_series(streams: &Streams, points: usize) -> ChartSeries {
    let timer = timer_times(streams);
    let total = timer.last().copied().unwrap_or_default();
    let count = points.min(total.floor() as usize);
    let mut series = ChartSeries::default();
    if count == 0 {
        return series;
    }
    let covered = distance_over_time(streams, &timer);
    let elevation = Elevation::of(streams);
    let has_heart_rate = streams.heart_rate.iter().any(|rate| is_heart_rate(*rate));
    let step = total / count as f64;
    let half = (step / 2.0).max(15.0);
    for index in 0..count {
        let middle = (index as f64 + 0.5) * step;
        series.seconds.push(middle);
        if let Some(distance) = covered.at(middle) {
            let (from, to) = ((middle - half).max(0.0), (middle + half).min(total));
            let metres = covered.at(to).unwrap_or(distance) - covered.at(from).unwrap_or(distance);
            series.distance.push(distance);
            series.speed.push(metres / (to - from));
            series.elevation.extend(elevation.as_ref().map(|elevation| elevation.at(distance)));
        }
        if has_heart_rate {
            let mean = mean_heart_rate(streams, &timer, middle - step / 2.0, middle + step / 2.0);
            series.heart_rate.push(mean.unwrap_or(f64::NAN));
        }
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::samples::steady;
    use crate::domain::units::METRES_PER_MILE;
    use proptest::prelude::*;

    #[test]
    fn kilometres_and_the_rest() {
        let splits = splits(&steady(800, 3.0, 0.0, 150.0), 1000.0);
        assert_eq!(splits.len(), 3);
        for split in &splits[..2] {
            assert!((split.seconds - 1000.0 / 3.0).abs() < 1e-3 && !split.is_partial);
            assert!((split.pace() - 1000.0 / 3.0).abs() < 1e-3);
            assert_eq!(split.average_heart_rate, Some(150.0));
            assert_eq!(split.ascent, Some(0.0));
        }
        assert_eq!((splits[2].number, splits[2].distance, splits[2].is_partial), (3, 400.0, true));
    }

    #[test]
    fn a_whole_distance_leaves_no_rest() {
        assert_eq!(splits(&steady(1000, 3.0, 0.0, 150.0), 1000.0).len(), 3);
        assert_eq!(splits(&steady(537, 3.0, 0.0, 150.0), METRES_PER_MILE).len(), 1);
    }

    #[test]
    fn pauses_and_hills_are_seen() {
        let mut streams = steady(1000, 3.0, 0.1, 150.0);
        streams.pauses = vec![(400.0, 1000.0)];
        for time in &mut streams.time[401..] {
            *time += 600.0;
        }
        streams.heart_rate[..=333].fill(120.0);
        let splits = splits(&streams, 1000.0);
        assert!(splits.iter().all(|split| (split.seconds - 1000.0 / 3.0).abs() < 0.01), "{splits:?}");
        assert!(splits.iter().all(|split| (split.ascent.unwrap() - 100.0).abs() < 2.5), "{splits:?}");
        assert!((splits[0].average_heart_rate.unwrap() - 120.0).abs() < 0.1);
        assert!((splits[2].average_heart_rate.unwrap() - 150.0).abs() < 0.1);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(splits(&Streams::default(), 1000.0).is_empty());
        let mut streams = steady(100, 3.0, 0.0, 150.0);
        assert!(splits(&streams, 0.0).is_empty());
        streams.distance[100] = f32::MAX;
        assert!(splits(&streams, 1000.0).is_empty());
        assert_eq!(chart_series(&Streams::default(), 100), ChartSeries::default());
        assert_eq!(chart_series(&streams, 0), ChartSeries::default());
    }

    #[test]
    fn charts_have_the_points_they_were_asked_for() {
        let streams = steady(1800, 3.0, 0.02, 150.0);
        let series = chart_series(&streams, 200);
        for length in
            [series.seconds.len(), series.speed.len(), series.heart_rate.len(), series.elevation.len()]
        {
            assert_eq!(length, 200);
        }
        assert!(series.speed.iter().all(|speed| (speed - 3.0).abs() < 1e-3));
        assert!(series.heart_rate.iter().all(|rate| *rate == 150.0));
        assert!((series.elevation[100] - (100.0 + series.distance[100] * 0.02)).abs() < 0.5);
        assert_eq!(chart_series(&steady(50, 3.0, 0.0, 150.0), 200).seconds.len(), 50);
        let mut bare = streams;
        bare.heart_rate.clear();
        bare.altitude.clear();
        let series = chart_series(&bare, 200);
        assert!(series.heart_rate.is_empty() && series.elevation.is_empty());
    }

    proptest! {
        #[test]
        fn splits_add_up(steps in proptest::collection::vec((0.5..9.0f32, 0.0..40.0f32), 2..400), unit in 50.0..2000.0f64) {
            let mut streams = Streams { time: vec![0.0], distance: vec![0.0], ..Streams::default() };
            for (seconds, metres) in steps {
                streams.time.push(streams.time.last().unwrap() + seconds);
                streams.distance.push(streams.distance.last().unwrap() + metres);
            }
            let splits = splits(&streams, unit);
            let metres: f64 = splits.iter().map(|split| split.distance).sum();
            prop_assert!((metres - f64::from(*streams.distance.last().unwrap())).abs() < SHORTEST_REST);
            if !splits.is_empty() {
                let seconds: f64 = splits.iter().map(|split| split.seconds).sum();
                prop_assert!((seconds - f64::from(*streams.time.last().unwrap())).abs() < 1e-3);
            }
            prop_assert!(splits.iter().all(|split| split.seconds >= 0.0 && split.distance > 0.0));
        }
    }
}
