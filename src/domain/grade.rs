//! Graded speed: the speed on level ground that would cost as much as the speed on the slope.
//!
//! Two models. *Empirical* (default): the curve that Strava fitted to heart rates of many runs, at the
//! points tabulated in GoldenCheetah's `DanielsPoints.cpp` from the post "An improved GAP model", joined by
//! monotone cubic interpolation (Fritsch and Butland 1984). *Minetti*: the cost of running measured by
//! Minetti et al., J Appl Physiol 2002;93:1039, which flatters running downhill.
//!
//! Gradients are taken over 30 m of smoothed elevation and held within ±0.35; see `series::Elevation`.

use std::sync::LazyLock;

use super::recording::Streams;
use super::series::{Elevation, Track, timer_times};
use crate::words;

words! {
    /// How a slope is reckoned.
    pub enum GradeModel {
        Empirical = "empirical", "Empirical";
        Minetti = "minetti", "Minetti";
    }
}

/// Gradients beyond this are held there.
pub const STEEPEST: f64 = 0.35;
/// Nobody runs faster, in m/s; a faster sample is a jump of the satellite fix.
const FASTEST: f64 = 12.5;
/// Graded speed is averaged over this many seconds.
const SMOOTHING: f64 = 30.0;
/// Longer timer times (ten days) are a broken recording.
const MOST_SECONDS: f64 = 864_000.0;

/// Gradient and factor of the empirical curve.
const EMPIRICAL: [(f64, f64); 14] = [
    (-0.40, 1.937),
    (-0.20, 1.085),
    (-0.15, 0.940),
    (-0.10, 0.875),
    (-0.05, 0.900),
    (-0.02, 0.950),
    (0.00, 1.000),
    (0.02, 1.050),
    (0.05, 1.190),
    (0.10, 1.480),
    (0.15, 1.850),
    (0.20, 2.280),
    (0.30, 3.160),
    (0.40, 3.739),
];

/// The cost of a gradient (rise over run) relative to level ground: graded speed = speed × factor.
pub fn factor(model: GradeModel, gradient: f64) -> f64 {
    let gradient = if gradient.is_finite() { gradient.clamp(-STEEPEST, STEEPEST) } else { 0.0 };
    match model {
        GradeModel::Empirical => empirical(gradient),
        GradeModel::Minetti => minetti_cost(gradient) / minetti_cost(0.0),
    }
}

/// The cost of running in J/kg/m at a gradient within ±0.45.
fn minetti_cost(i: f64) -> f64 {
    ((((155.4 * i - 30.4) * i - 43.3) * i + 46.3) * i + 19.5) * i + 3.6
}

/// Cubic Hermite interpolation of the table.
fn empirical(gradient: f64) -> f64 {
    let right = EMPIRICAL.partition_point(|point| point.0 <= gradient).clamp(1, EMPIRICAL.len() - 1);
    let ((x0, y0), (x1, y1)) = (EMPIRICAL[right - 1], EMPIRICAL[right]);
    let (h, t) = (x1 - x0, (gradient - x0) / (x1 - x0));
    let (s0, s1) = (SLOPES[right - 1], SLOPES[right]);
    let (t2, t3) = (t * t, t * t * t);
    y0 * (2.0 * t3 - 3.0 * t2 + 1.0)
        + h * s0 * (t3 - 2.0 * t2 + t)
        + y1 * (3.0 * t2 - 2.0 * t3)
        + h * s1 * (t3 - t2)
}

/// The slope at each point of the table.
static SLOPES: LazyLock<[f64; EMPIRICAL.len()]> = LazyLock::new(|| std::array::from_fn(slope));

/// The slope at a point of the table: the weighted harmonic mean of its neighbours' (Fritsch and Butland),
/// level at the lowest point, and that of the only neighbour at the ends.
fn slope(index: usize) -> f64 {
    let secant = |left: usize| {
        let ((x0, y0), (x1, y1)) = (EMPIRICAL[left], EMPIRICAL[left + 1]);
        (x1 - x0, (y1 - y0) / (x1 - x0))
    };
    if index == 0 {
        return secant(0).1;
    }
    let (h0, d0) = secant(index - 1);
    if index == EMPIRICAL.len() - 1 {
        return d0;
    }
    let (h1, d1) = secant(index);
    if d0 * d1 <= 0.0 {
        return 0.0;
    }
    let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
    (w0 + w1) / (w0 / d0 + w1 / d1)
}

/// Graded speed over the timer time of an activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// Metres per second for each second of timer time, a mean over the 30 s around it (fewer at the ends).
    pub speeds: Vec<f64>,
    /// Timer time in seconds.
    pub timer: f64,
    /// Level metres that would have cost as much.
    pub distance: f64,
    /// Whether elevation was known. Without it the ground counts as level, as on a treadmill.
    pub has_elevation: bool,
}

impl Graded {
    /// The mean graded speed in m/s, as shown beside the average pace.
    pub fn average(&self) -> f64 {
        self.distance / self.timer
    }

    /// The fourth-power mean of graded speed in m/s, in which hard minutes weigh more; the speed of rTSS.
    pub fn weighted(&self) -> f64 {
        let sum: f64 = self.speeds.iter().map(|speed| speed.powi(4)).sum();
        (sum / self.speeds.len() as f64).powf(0.25)
    }
}

/// Graded speed from time, distance and, where it was recorded, altitude. None without distance or movement.
pub fn graded(streams: &Streams, model: GradeModel) -> Option<Graded> {
    let elevation = Elevation::of(streams);
    let times = timer_times(streams);
    let cost = level_distance(streams, &times, |middle| match &elevation {
        Some(elevation) => factor(model, elevation.gradient(middle)),
        None => 1.0,
    });
    let (start, end) = cost.span()?;
    let (timer, distance) = (end - start, cost.at(end)?);
    if !(1.0..=MOST_SECONDS).contains(&timer) || distance <= 0.0 {
        return None;
    }
    // Both edges of the window only move on, so each walks along the track once.
    let (mut behind, mut ahead) = (cost.walk(), cost.walk());
    let speeds = (0..timer.round() as usize)
        .map(|second| {
            let middle = start + second as f64 + 0.5;
            let (from, to) = ((middle - SMOOTHING / 2.0).max(start), (middle + SMOOTHING / 2.0).min(end));
            Some((ahead.at(to)? - behind.at(from)?) / (to - from))
        })
        .collect::<Option<Vec<f64>>>()?;
    Some(Graded { speeds, timer, distance, has_elevation: elevation.is_some() })
}

/// Level metres over timer time. Distance that passes while the timer stands, or faster than anybody runs,
/// does not count.
fn level_distance(streams: &Streams, times: &[f64], factor_at: impl Fn(f64) -> f64) -> Track {
    let (mut sum, mut last): (f64, Option<(f64, f64)>) = (0.0, None);
    let samples = times.iter().zip(&streams.distance).map(|(t, d)| (*t, f64::from(*d)));
    Track::new(samples.filter(|(_, distance)| distance.is_finite()).map(|(time, distance)| {
        let (since, from) = last.unwrap_or((time, distance));
        let metres = (distance - from).clamp(0.0, (time - since) * FASTEST);
        sum += metres * factor_at(from + metres / 2.0);
        last = Some((time, distance.max(from)));
        (time, sum)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::samples::steady;
    use proptest::prelude::*;

    #[test]
    fn minetti_as_printed() {
        for (gradient, cost, ratio) in [
            (-0.30, 2.462, 0.6840),
            (-0.20, 1.800, 0.5000),
            (-0.15, 1.836, 0.5099),
            (-0.10, 2.152, 0.5977),
            (-0.05, 2.746, 0.7628),
            (-0.02, 3.229, 0.8969),
            (0.00, 3.600, 1.0000),
            (0.02, 4.008, 1.1134),
            (0.05, 4.685, 1.3014),
            (0.10, 5.968, 1.6578),
            (0.15, 7.417, 2.0603),
            (0.20, 9.007, 2.5019),
            (0.30, 12.579, 3.4942),
            (0.45, 19.426, 5.3961),
        ] {
            assert!((minetti_cost(gradient) - cost).abs() < 0.0006, "{gradient}");
            assert!((minetti_cost(gradient) / 3.6 - ratio).abs() < 0.0001, "{gradient}");
            if gradient.abs() <= STEEPEST {
                assert!((factor(GradeModel::Minetti, gradient) - ratio).abs() < 0.0001, "{gradient}");
            }
        }
    }

    #[test]
    fn the_empirical_curve_meets_its_points() {
        for (gradient, ratio) in EMPIRICAL.iter().filter(|point| point.0.abs() <= STEEPEST) {
            assert!((factor(GradeModel::Empirical, *gradient) - ratio).abs() < 1e-12, "{gradient}");
        }
        assert_eq!(factor(GradeModel::Empirical, 0.9), factor(GradeModel::Empirical, STEEPEST));
        assert_eq!(factor(GradeModel::Empirical, f64::NAN), 1.0);
    }

    #[test]
    fn level_ground_changes_nothing() {
        let run = graded(&steady(1800, 3.5, 0.0, 150.0), GradeModel::Empirical).unwrap();
        assert_eq!(run.speeds.len(), 1800);
        assert!((run.average() - 3.5).abs() < 1e-4 && (run.weighted() - 3.5).abs() < 1e-4);
        let mut treadmill = steady(1800, 3.5, 0.0, 150.0);
        treadmill.altitude.clear();
        let indoors = graded(&treadmill, GradeModel::Empirical).unwrap();
        assert!(!indoors.has_elevation && (indoors.average() - 3.5).abs() < 1e-4);
    }

    #[test]
    fn a_steady_slope_costs_its_factor() {
        for gradient in [-0.1f32, 0.05, 0.1] {
            for model in GradeModel::ALL {
                let run = graded(&steady(1800, 3.0, gradient, 150.0), *model).unwrap();
                let expected = 3.0 * factor(*model, f64::from(gradient));
                assert!((run.average() - expected).abs() < 0.01 * expected, "{model} {gradient}");
            }
        }
    }

    /// An altimeter that wavers by a metre and a half and one that steps in whole metres change little.
    #[test]
    fn a_noisy_altimeter_does_not_make_hills() {
        let mut noisy = steady(3600, 3.0, 0.0, 150.0);
        let mut seed: u32 = 1;
        for height in &mut noisy.altitude {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *height += (seed >> 8) as f32 / (1 << 24) as f32 * 3.0 - 1.5;
        }
        let run = graded(&noisy, GradeModel::Empirical).unwrap();
        assert!((run.average() / 3.0 - 1.0).abs() < 0.01, "{}", run.average());
        assert!((run.weighted() / 3.0 - 1.0).abs() < 0.02, "{}", run.weighted());
        let mut stepped = steady(3600, 3.0, 0.03, 150.0);
        stepped.altitude.iter_mut().for_each(|height| *height = height.round());
        let run = graded(&stepped, GradeModel::Empirical).unwrap();
        let expected = 3.0 * factor(GradeModel::Empirical, 0.03);
        assert!((run.average() / expected - 1.0).abs() < 0.01, "{} {expected}", run.average());
    }

    #[test]
    fn pauses_and_jumps_do_not_count() {
        let mut streams = steady(1800, 3.0, 0.0, 150.0);
        // A pause of ten minutes in the middle, then a jump of a kilometre in one second.
        for time in &mut streams.time[901..] {
            *time += 600.0;
        }
        for distance in &mut streams.distance[1201..] {
            *distance += 1000.0;
        }
        streams.pauses = vec![(900.0, 1500.0)];
        let run = graded(&streams, GradeModel::Empirical).unwrap();
        assert!((run.timer - 1800.0).abs() < 1e-6);
        assert!((run.distance - 5400.0).abs() < 15.0, "{}", run.distance);
        assert!(run.weighted() < 3.1);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(graded(&Streams::default(), GradeModel::Empirical), None);
        assert_eq!(graded(&steady(600, 0.0, 0.0, 150.0), GradeModel::Empirical), None);
        let mut streams = steady(600, 3.0, 0.0, 150.0);
        streams.distance.fill(f32::NAN);
        assert_eq!(graded(&streams, GradeModel::Empirical), None);
    }

    proptest! {
        #[test]
        fn the_curve_falls_to_ten_percent_down_and_rises_after(low in -0.35..0.35f64, high in -0.35..0.35f64) {
            let (low, high) = (low.min(high), low.max(high));
            let (left, right) = (factor(GradeModel::Empirical, low), factor(GradeModel::Empirical, high));
            prop_assert!((0.875 - 1e-12..4.0).contains(&left));
            if low >= -0.10 { prop_assert!(left <= right + 1e-12) }
            if high <= -0.10 { prop_assert!(left >= right - 1e-12) }
        }
    }
}
