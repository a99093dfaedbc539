//! What the arithmetic on streams shares: timer time, looking up between samples, smoothed elevation.

use super::recording::Streams;

/// A value known at rising positions, read between them by straight lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Track {
    at: Vec<f64>,
    value: Vec<f64>,
}

impl Track {
    /// From points whose positions never fall; points that are not finite or fall back are left out.
    pub fn new(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut track = Self::default();
        for (at, value) in points.filter(|(at, value)| at.is_finite() && value.is_finite()) {
            if track.at.last().is_none_or(|last| at >= *last) {
                track.at.push(at);
                track.value.push(value);
            }
        }
        track
    }

    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The first and the last position.
    pub fn span(&self) -> Option<(f64, f64)> {
        Some((*self.at.first()?, *self.at.last()?))
    }

    /// The value at a position; beyond an end, the value of the end. Where several points share a position
    /// it is that of the first, so a pause falls behind the boundary that it stands on.
    pub fn at(&self, position: f64) -> Option<f64> {
        self.before(self.at.partition_point(|at| *at < position), position)
    }

    /// Looks values up at positions that never fall, each in the time that the way from the last one takes.
    pub fn walk(&self) -> Walk<'_> {
        Walk { track: self, after: 0 }
    }

    /// The value at a position, of which `after` is the first point that is not before it.
    fn before(&self, after: usize, position: f64) -> Option<f64> {
        if after == 0 {
            return self.value.first().copied();
        }
        let Some((right, value)) = self.at.get(after).zip(self.value.get(after)) else {
            return self.value.last().copied();
        };
        let (left, before) = (self.at[after - 1], self.value[after - 1]);
        Some(before + (value - before) * (position - left) / (right - left))
    }
}

/// A walk along a [`Track`].
#[derive(Debug)]
pub struct Walk<'a> {
    track: &'a Track,
    after: usize,
}

impl Walk<'_> {
    /// As [`Track::at`], for a position that is not before the last one.
    pub fn at(&mut self, position: f64) -> Option<f64> {
        let ahead = &self.track.at[self.after..];
        self.after += ahead.iter().take_while(|at| **at < position).count();
        self.track.before(self.after, position)
    }
}

/// Timer time at each sample: seconds since the first, without the pauses. As long as `streams.time`; a time
/// that is not finite repeats the one before it.
pub fn timer_times(streams: &Streams) -> Vec<f64> {
    let mut pauses: Vec<(f64, f64)> =
        streams.pauses.iter().map(|(from, to)| (f64::from(*from), f64::from(*to))).collect();
    pauses.retain(|(from, to)| to > from);
    pauses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut timer, mut last, mut next) = (0.0, None, 0);
    let mut times = Vec::with_capacity(streams.time.len());
    for time in streams.time.iter().map(|t| f64::from(*t)) {
        if time.is_finite() && last.is_none_or(|last| time >= last) {
            let from = last.unwrap_or(time);
            while pauses.get(next).is_some_and(|pause| pause.1 <= from) {
                next += 1;
            }
            // Overlapping pauses count once: `covered` is how far the stretch is already taken off.
            let (mut covered, mut stopped) = (from, 0.0);
            for pause in pauses[next..].iter().take_while(|pause| pause.0 < time) {
                let (start, end) = (pause.0.max(covered), pause.1.min(time));
                stopped += (end - start).max(0.0);
                covered = covered.max(end);
            }
            timer += time - from - stopped;
            last = Some(time);
        }
        times.push(timer);
    }
    times
}

/// Distance (m) over timer time (s); empty where no distance was recorded.
pub fn distance_over_time(streams: &Streams, timer: &[f64]) -> Track {
    Track::new(timer.iter().copied().zip(streams.distance.iter().map(|d| f64::from(*d))))
}

/// Heart rates that a heart can have, in beats per minute; others are taken for noise.
pub fn is_heart_rate(value: f32) -> bool {
    (25.0..=250.0).contains(&value)
}

/// About the length of a cell of [`Elevation`], in metres; made to divide the whole.
const CELL: f64 = 5.0;
/// Cells on each side that the moving average takes in: 35 m in all.
const REACH: usize = 3;
/// Longer distances than this (5,000 km) are a broken recording, of which no grid is made.
const MOST_CELLS: usize = 1_000_000;

/// Elevation over distance, averaged in cells of 5 m and then over 35 m. Standing still adds nothing to the
/// distance, so drift of the altimeter at a traffic light is averaged into one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Elevation {
    start: f64,
    cell: f64,
    /// Metres above sea level at the middle of each cell.
    cells: Vec<f64>,
}

impl Elevation {
    /// None where distance or altitude was not recorded, or hardly.
    pub fn of(streams: &Streams) -> Option<Self> {
        let points: Vec<(f64, f64)> = streams
            .distance
            .iter()
            .zip(&streams.altitude)
            .map(|(d, e)| (f64::from(*d), f64::from(*e)))
            .filter(|(d, e)| d.is_finite() && e.is_finite())
            .collect();
        let start = points.first()?.0;
        let length = points.last()?.0 - start;
        let count = (length / CELL).round() as usize;
        if points.len() < 2 || length < CELL || count > MOST_CELLS {
            return None;
        }
        let cell = length / count as f64;
        let means = cell_means(&points, start, cell, count);
        let cells = (0..count)
            .map(|i| {
                // The same number on both sides, so that a steady slope stays as it is up to its ends.
                let reach = REACH.min(i).min(count - 1 - i);
                let window = &means[i - reach..=i + reach];
                window.iter().sum::<f64>() / window.len() as f64
            })
            .collect();
        Some(Self { start, cell, cells })
    }

    /// Metres above sea level at a distance; beyond an end, that of the end.
    pub fn at(&self, distance: f64) -> f64 {
        let place = ((distance - self.start) / self.cell - 0.5).clamp(0.0, (self.cells.len() - 1) as f64);
        let left = place.floor() as usize;
        let right = (left + 1).min(self.cells.len() - 1);
        self.cells[left] + (self.cells[right] - self.cells[left]) * (place - left as f64)
    }

    /// Rise over run around a distance, over a window of 30 m (shorter at the ends, none below 3 m).
    pub fn gradient(&self, distance: f64) -> f64 {
        let first = self.start + self.cell / 2.0;
        let last = first + self.cell * (self.cells.len() - 1) as f64;
        let (from, to) = ((distance - 15.0).clamp(first, last), (distance + 15.0).clamp(first, last));
        if to - from < 3.0 { 0.0 } else { (self.at(to) - self.at(from)) / (to - from) }
    }

    /// Metres climbed and descended between two distances: the sum from each turning point to the next, where
    /// a turn is a way of at least a metre back.
    pub fn climb(&self, from: f64, to: f64) -> (f64, f64) {
        let steps = ((to - from) / self.cell).ceil().clamp(1.0, MOST_CELLS as f64) as usize;
        let heights = (0..=steps).map(|step| self.at((from + self.cell * step as f64).min(to)));
        let turns = turning_points(heights, 1.0);
        turns
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .fold((0.0, 0.0), |(up, down), way| (up + way.max(0.0), down + (-way).max(0.0)))
    }
}

/// The first height, every height from which the way leads back by `least` at least, and the last; nothing
/// where the heights never differ by so much.
fn turning_points(heights: impl Iterator<Item = f64>, least: f64) -> Vec<f64> {
    let mut turns = Vec::new();
    // The lowest and the highest since the last turn; of these two only the one ahead matters once it is
    // known whether the way leads up or down.
    let (mut low, mut high, mut is_rising) = (f64::INFINITY, f64::NEG_INFINITY, None);
    for height in heights {
        (low, high) = (low.min(height), high.max(height));
        if is_rising != Some(false) && high - height >= least {
            turns.push(high);
            (low, is_rising) = (height, Some(false));
        } else if is_rising != Some(true) && height - low >= least {
            turns.push(low);
            (high, is_rising) = (height, Some(true));
        }
    }
    turns.extend(is_rising.map(|is_rising| if is_rising { high } else { low }));
    turns
}

/// Mean elevation in each cell; cells without a sample are filled by straight lines.
fn cell_means(points: &[(f64, f64)], start: f64, cell: f64, count: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0, 0u32); count];
    for (distance, height) in points {
        let index = (((distance - start) / cell).max(0.0) as usize).min(count - 1);
        let sum = &mut sums[index];
        *sum = (sum.0 + distance, sum.1 + height, sum.2 + 1);
    }
    let filled = sums.iter().filter(|sum| sum.2 > 0);
    // Each mean stands where its samples stand, so a slope keeps its steepness with few samples.
    let track = Track::new(filled.map(|(at, height, n)| (at / f64::from(*n), height / f64::from(*n))));
    (0..count).map(|i| track.at(start + cell * (i as f64 + 0.5)).unwrap_or_default()).collect()
}

#[cfg(test)]
pub mod samples {
    use super::*;

    /// A made-up run at one sample a second: constant speed (m/s), grade and heart rate.
    pub fn steady(seconds: usize, speed: f32, grade: f32, heart_rate: f32) -> Streams {
        let time: Vec<f32> = (0..=seconds).map(|s| s as f32).collect();
        let distance: Vec<f32> = time.iter().map(|t| t * speed).collect();
        Streams {
            altitude: distance.iter().map(|d| 100.0 + d * grade).collect(),
            heart_rate: vec![heart_rate; seconds + 1],
            time,
            distance,
            ..Streams::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_between_samples() {
        let track = Track::new([(0.0, 1.0), (10.0, 2.0), (10.0, 5.0), (20.0, 6.0), (15.0, 9.0)].into_iter());
        assert_eq!(track.at(-1.0), Some(1.0));
        assert_eq!(track.at(5.0), Some(1.5));
        assert_eq!(track.at(10.0), Some(2.0));
        assert_eq!(track.at(15.0), Some(5.5));
        assert_eq!(track.at(99.0), Some(6.0));
        assert_eq!(Track::default().at(1.0), None);
    }

    #[test]
    fn timer_time_leaves_pauses_out() {
        let streams = Streams {
            time: vec![0.0, 10.0, f32::NAN, 20.0, 80.0, 90.0],
            pauses: vec![(25.0, 60.0), (50.0, 75.0), (85.0, 200.0), (5.0, 5.0)],
            ..Streams::default()
        };
        assert_eq!(timer_times(&streams), [0.0, 10.0, 10.0, 20.0, 30.0, 35.0]);
        assert!(timer_times(&Streams::default()).is_empty());
    }

    #[test]
    fn a_steady_slope_keeps_its_gradient() {
        let elevation = Elevation::of(&samples::steady(600, 3.0, 0.05, 150.0)).unwrap();
        for distance in [0.0, 10.0, 500.0, 1795.0] {
            assert!((elevation.gradient(distance) - 0.05).abs() < 0.004, "{distance}");
        }
        let (up, down) = elevation.climb(0.0, 1800.0);
        assert!((up - 90.0).abs() < 2.0 && down == 0.0, "{up} {down}");
    }

    #[test]
    fn turns_are_found() {
        let turns = |heights: &[f64]| turning_points(heights.iter().copied(), 1.0);
        assert_eq!(turns(&[0.0, 5.0, 4.5, 7.0, 6.5]), [0.0, 7.0]);
        assert_eq!(turns(&[0.5, 0.0, 3.0, 1.0, 2.0, 1.9, 0.0]), [0.0, 3.0, 1.0, 2.0, 0.0]);
        assert_eq!(turns(&[9.0, 9.5, 2.0, 2.5]), [9.5, 2.0]);
        assert_eq!(turns(&[1.0, 1.4, 0.6, 1.2]), [0.0; 0]);
        assert_eq!(turns(&[]), [0.0; 0]);
    }

    #[test]
    fn small_waves_are_no_climb_and_rolling_ground_is() {
        let mut streams = samples::steady(3600, 3.0, 0.0, 150.0);
        let wave = |length: f32, height: f32| move |d: &f32| 100.0 + height * (d / length).sin();
        streams.altitude = streams.distance.iter().map(wave(20.0, 0.4)).collect();
        assert_eq!(Elevation::of(&streams).unwrap().climb(0.0, 10_800.0), (0.0, 0.0));
        // 10 m up and 10 m down every 628 m.
        streams.altitude = streams.distance.iter().map(wave(100.0, 5.0)).collect();
        let (up, down) = Elevation::of(&streams).unwrap().climb(0.0, 10_681.0);
        assert!((up - 170.0).abs() < 10.0 && (down - 170.0).abs() < 10.0, "{up} {down}");
    }

    #[test]
    fn a_broken_recording_has_no_elevation() {
        let mut streams = samples::steady(600, 3.0, 0.05, 150.0);
        streams.distance = vec![0.0; 601];
        assert_eq!(Elevation::of(&streams), None);
        streams.distance[600] = 1e12;
        assert_eq!(Elevation::of(&streams), None);
        streams.altitude.clear();
        assert_eq!(Elevation::of(&streams), None);
    }
}
