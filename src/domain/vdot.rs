//! VDOT, race prediction and training paces after Daniels and Gilbert.
//!
//! Equations: Daniels J, Gilbert J, *Oxygen Power: Performance Tables for Distance Runners*, 1979. The
//! fractions of the training paces are a fit to the tables of *Daniels' Running Formula*, 3rd edition, not
//! the author's own words; other calculators differ by a second or two.
//!
//! Inside the equations, speeds are metres per minute and times minutes; at the doors of this module times
//! are seconds, distances metres and paces seconds per kilometre.

use std::ops::RangeInclusive;

/// The fraction of VDOT at threshold pace.
pub const THRESHOLD: f64 = 0.88;
/// VDOTs outside this range are refused.
pub const VDOT_RANGE: RangeInclusive<f64> = 20.0..=90.0;
/// Races for which the equations hold, in seconds: about 3.5 minutes to 4 hours.
pub const RACE_SECONDS: RangeInclusive<f64> = 210.0..=14_400.0;

/// Why a race says nothing about VDOT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The race is shorter than 3.5 minutes, where the equations do not hold.")]
    TooShort,
    #[error("The race is longer than 4 hours, where the equations do not hold.")]
    TooLong,
    #[error("This time over this distance lies outside VDOT 20 to 90.")]
    OutOfRange,
}

/// Oxygen that running at `speed` (m/min) costs, in ml/kg/min.
pub fn oxygen_cost(speed: f64) -> f64 {
    -4.60 + 0.182258 * speed + 0.000104 * speed * speed
}

/// The fraction of VO2max that can be held for a time in minutes.
pub fn fraction_held(minutes: f64) -> f64 {
    0.8 + 0.1894393 * (-0.012778 * minutes).exp() + 0.2989558 * (-0.1932605 * minutes).exp()
}

/// The equation alone, for any distance (m) and time (s) above zero.
pub fn equation(metres: f64, seconds: f64) -> f64 {
    let minutes = seconds / 60.0;
    oxygen_cost(metres / minutes) / fraction_held(minutes)
}

/// The VDOT that a race shows, in metres and seconds.
pub fn from_race(metres: f64, seconds: f64) -> Result<f64, Refusal> {
    if seconds < *RACE_SECONDS.start() {
        return Err(Refusal::TooShort);
    }
    if seconds > *RACE_SECONDS.end() {
        return Err(Refusal::TooLong);
    }
    let vdot = equation(metres, seconds);
    if VDOT_RANGE.contains(&vdot) { Ok(vdot) } else { Err(Refusal::OutOfRange) }
}

/// The speed in m/min at which running costs a fraction of VDOT: the exact root of [`oxygen_cost`].
pub fn speed_at(vdot: f64, fraction: f64) -> f64 {
    const A: f64 = 0.000104;
    const B: f64 = 0.182258;
    ((B * B + 4.0 * A * (4.60 + fraction * vdot)).sqrt() - B) / (2.0 * A)
}

/// The pace in seconds per kilometre at a fraction of VDOT.
pub fn pace_at(vdot: f64, fraction: f64) -> f64 {
    60_000.0 / speed_at(vdot, fraction)
}

/// The time in seconds in which somebody of this VDOT races a distance in metres. None for a VDOT outside
/// [`VDOT_RANGE`] and for races that would take less than a minute or more than a day.
///
/// Bisection: VDOT falls as the time rises. Outside [`RACE_SECONDS`] the prediction is a continuation.
pub fn predict(vdot: f64, metres: f64) -> Option<f64> {
    let (mut fast, mut slow) = (60.0, 86_400.0);
    let is_between = equation(metres, fast) >= vdot && equation(metres, slow) <= vdot;
    if !VDOT_RANGE.contains(&vdot) || !is_between {
        return None;
    }
    for _ in 0..60 {
        let middle = (fast + slow) / 2.0;
        if equation(metres, middle) > vdot {
            fast = middle;
        } else {
            slow = middle;
        }
    }
    Some((fast + slow) / 2.0)
}

/// Training paces in seconds per kilometre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingPaces {
    /// The slow and the fast end of easy running.
    pub easy: (f64, f64),
    /// The predicted pace of a marathon.
    pub marathon: f64,
    pub threshold: f64,
    pub interval: f64,
    pub repetition: f64,
}

/// The training paces of a VDOT; none outside [`VDOT_RANGE`].
pub fn training_paces(vdot: f64) -> Option<TrainingPaces> {
    Some(TrainingPaces {
        marathon: predict(vdot, 42_195.0)? / 42.195,
        easy: (pace_at(vdot, 0.6304), pace_at(vdot, 0.7346)),
        threshold: pace_at(vdot, THRESHOLD),
        interval: pace_at(vdot, 0.975),
        repetition: pace_at(vdot, 1.089),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::parse_duration;
    use proptest::prelude::*;

    const HALF: f64 = 21_097.5;
    const MARATHON: f64 = 42_195.0;

    fn near(left: f64, right: f64, tolerance: f64) {
        assert!((left - right).abs() <= tolerance, "{left} is not {right} within {tolerance}");
    }

    #[test]
    fn intermediate_values_of_the_equations() {
        for (metres, seconds, speed, cost, fraction, vdot) in [
            (5000.0, 1200.0, 250.0, 47.4645, 0.952983, 49.8062),
            (10_000.0, 2400.0, 250.0, 47.4645, 0.913761, 51.9441),
            (HALF, 5400.0, 234.4167, 43.8392, 0.859982, 50.9769),
            (MARATHON, 11_400.0, 222.0789, 41.0048, 0.816714, 50.2071),
            (3000.0, 540.0, 333.3333, 67.7082, 1.021367, 66.2918),
            (5000.0, 1800.0, 166.6667, 28.6652, 0.930025, 30.8220),
            (MARATHON, 18_000.0, 140.65, 23.0920, 0.804099, 28.7178),
        ] {
            near(metres / seconds * 60.0, speed, 1e-4);
            near(oxygen_cost(metres / seconds * 60.0), cost, 1e-4);
            near(fraction_held(seconds / 60.0), fraction, 1e-6);
            near(equation(metres, seconds), vdot, 1e-4);
        }
    }

    #[test]
    fn predictions_from_ten_kilometres_in_forty_minutes() {
        let vdot = from_race(10_000.0, 2400.0).unwrap();
        for (metres, seconds) in [
            (1500.0, 312.9),
            (1609.344, 338.1),
            (3000.0, 669.9),
            (5000.0, 1157.6),
            (10_000.0, 2400.0),
            (15_000.0, 3690.0),
            (HALF, 5312.8),
            (MARATHON, 11_077.7),
        ] {
            near(predict(vdot, metres).unwrap(), seconds, 0.06);
        }
    }

    /// All 503 cells of the published table, `tests/data/vdot_table.tsv`.
    #[test]
    fn the_published_table() {
        let table = include_str!("../../tests/data/vdot_table.tsv");
        let columns = [
            (1500.0, 0.30),
            (1609.344, 0.30),
            (3000.0, 0.16),
            (3218.688, 0.16),
            (5000.0, 0.12),
            (10_000.0, 0.12),
            (15_000.0, 0.12),
            (HALF, 0.12),
            (MARATHON, 0.12),
        ];
        let mut cells = 0;
        for row in table.lines().skip(1) {
            let mut fields = row.split('\t');
            let vdot: f64 = fields.next().unwrap().parse().unwrap();
            for (time, (metres, tolerance)) in fields.zip(columns).filter(|(time, _)| !time.is_empty()) {
                let book = parse_duration(time).unwrap();
                near(equation(metres, book), vdot, tolerance);
                if metres >= 3000.0 {
                    near(predict(vdot, metres).unwrap(), book, book * 0.002 + 1.0);
                }
                cells += 1;
            }
        }
        assert_eq!(cells, 503);
    }

    #[test]
    fn exact_training_paces() {
        let paces = training_paces(equation(10_000.0, 2400.0)).unwrap();
        near(paces.easy.0, 323.8, 0.06);
        near(paces.easy.1, 286.3, 0.06);
        near(paces.marathon, 262.5, 0.06);
        near(paces.threshold, 247.4, 0.06);
        near(paces.interval, 227.7, 0.06);
        near(paces.repetition, 208.2, 0.06);
        near(pace_at(equation(10_000.0, 2400.0), 1.0), 223.1, 0.06);
    }

    #[test]
    fn training_paces_of_the_book() {
        let paces = |vdot| training_paces(vdot).unwrap();
        for (vdot, book) in [
            (30.0, 384.0),
            (35.0, 340.0),
            (40.0, 306.0),
            (45.0, 278.0),
            (50.0, 255.0),
            (55.0, 236.0),
            (60.0, 220.0),
            (65.0, 206.0),
            (70.0, 194.0),
            (75.0, 184.0),
            (80.0, 174.0),
            (85.0, 166.0),
        ] {
            near(paces(vdot).threshold, book, 0.75);
        }
        for (vdot, book) in [
            (40.0, 282.0),
            (45.0, 256.0),
            (50.0, 235.0),
            (55.0, 217.0),
            (60.0, 203.0),
            (65.0, 190.0),
            (70.0, 177.0),
        ] {
            near(paces(vdot).interval, book, 2.0);
        }
        for (vdot, book) in [(50.0, 271.0), (60.0, 232.0), (70.0, 204.0), (80.0, 181.0)] {
            near(paces(vdot).marathon, book, 1.0);
        }
        for (vdot, fast, slow, tolerance) in
            [(40.0, 356.0, 398.0, 3.1), (50.0, 296.0, 334.0, 1.2), (60.0, 255.0, 289.0, 1.2)]
        {
            near(paces(vdot).easy.0, slow, tolerance);
            near(paces(vdot).easy.1, fast, tolerance);
        }
        for (vdot, per_400) in [(50.0, 87.0), (60.0, 75.0), (70.0, 64.0)] {
            near(paces(vdot).repetition * 0.4, per_400, 1.5);
        }
    }

    #[test]
    fn refuses_what_the_equations_do_not_cover() {
        assert_eq!(from_race(800.0, 150.0), Err(Refusal::TooShort));
        assert_eq!(from_race(MARATHON, 15_000.0), Err(Refusal::TooLong));
        assert_eq!(from_race(5000.0, 3600.0), Err(Refusal::OutOfRange));
        assert_eq!(from_race(0.0, 1200.0), Err(Refusal::OutOfRange));
        assert_eq!(from_race(f64::NAN, f64::NAN), Err(Refusal::OutOfRange));
        assert_eq!(predict(95.0, 5000.0), None);
        assert_eq!(predict(50.0, 100.0), None);
        assert_eq!(predict(50.0, f64::NAN), None);
        assert_eq!(training_paces(10.0), None);
    }

    proptest! {
        #[test]
        fn vdot_falls_with_time_and_rises_with_distance(
            metres in 800.0..50_000.0f64, pace in 150.0..600.0f64, more in 1.001..1.5f64,
        ) {
            let seconds = metres * pace / 1000.0;
            prop_assert!(equation(metres, seconds * more) < equation(metres, seconds));
            prop_assert!(equation(metres * more, seconds) > equation(metres, seconds));
        }

        #[test]
        fn a_race_predicts_itself(metres in 1200.0..50_000.0f64, vdot in 20.0..90.0f64) {
            let seconds = predict(vdot, metres).unwrap();
            prop_assert!((equation(metres, seconds) - vdot).abs() < 1e-6);
            prop_assert!((predict(equation(metres, seconds), metres).unwrap() - seconds).abs() < 1e-3);
        }

        #[test]
        fn speed_is_the_root_of_the_cost(vdot in 20.0..90.0f64, fraction in 0.4..1.5f64) {
            prop_assert!((oxygen_cost(speed_at(vdot, fraction)) - fraction * vdot).abs() < 1e-9);
        }
    }
}
