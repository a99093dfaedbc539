//! Round numbers for axes.

/// A step from `steps` (or, beyond them, 1, 2, 2.5 or 5 times a power of ten) such that whole steps cover
/// `low..=high` with at most `most` intervals. Answers the ticks, from the one at or below `low` to the one at
/// or above `high`. `low < high`, both finite.
pub(super) fn ticks(low: f64, high: f64, most: usize, steps: &[f64]) -> Vec<f64> {
    let span = high - low;
    let fits = |step: f64| (high / step).ceil() - (low / step).floor() <= most as f64;
    let step = steps.iter().copied().find(|step| fits(*step)).unwrap_or_else(|| {
        let power = 10f64.powf((span / most as f64).log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0];
        round.into_iter().map(|r| r * power).find(|step| fits(*step)).unwrap_or(span)
    });
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    (first..=last).take(most + 2).map(|i| i as f64 * step).collect()
}

/// A number as short as it can be said: one decimal below ten, none above.
pub(super) fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    if tenths.abs() >= 10.0 || tenths.fract() == 0.0 {
        format!("{:.0}", value.round())
    } else {
        format!("{tenths:.1}")
    }
}

/// What stands beside a tick: 2.5 stays 2.5; 100 is 100.
pub(super) fn tick(value: f64) -> String {
    if value.fract() == 0.0 || value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// What may be drawn: finite and not absurd. Anything else counts as nothing.
pub(super) fn sane(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-1e9, 1e9) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        assert_eq!(ticks(0.0, 86.0, 4, &[]), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(0.0, 41.0, 4, &[]), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(ticks(0.0, 100.0, 4, &[]), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(121.0, 178.0, 4, &[]), [120.0, 140.0, 160.0, 180.0]);
        assert_eq!(ticks(250.0, 330.0, 4, &[15.0, 30.0, 60.0]), [240.0, 270.0, 300.0, 330.0]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 4.26, 9.96, 41.2, 85.6].map(short), ["0", "4.3", "10", "41", "86"]);
    }
}
