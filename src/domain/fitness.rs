//! The physiological values of an athlete and the dates from which they hold.

use std::ops::RangeInclusive;

use crate::words;

words! {
    /// What is known about an athlete's physiology.
    pub enum FitnessKind {
        Vdot = "vdot", "VDOT";
        ThresholdPace = "threshold_pace", "Threshold pace";
        RestingHr = "resting_hr", "Resting heart rate";
        MaxHr = "max_hr", "Maximum heart rate";
        ThresholdHr = "threshold_hr", "Threshold heart rate";
    }
}

impl FitnessKind {
    /// Values that a person can have. Threshold pace is in seconds per kilometre (2:30 to 12:00), heart
    /// rates are in beats per minute.
    pub fn bounds(self) -> RangeInclusive<f64> {
        match self {
            Self::Vdot => 20.0..=90.0,
            Self::ThresholdPace => 150.0..=720.0,
            Self::RestingHr => 25.0..=110.0,
            Self::MaxHr => 110.0..=240.0,
            Self::ThresholdHr => 90.0..=230.0,
        }
    }

    /// The word after the figure; empty for VDOT, which has none. Pace is stored per kilometre and shown in
    /// the person's own units.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Vdot => "",
            Self::ThresholdPace => "/km",
            Self::RestingHr | Self::MaxHr | Self::ThresholdHr => "bpm",
        }
    }

    /// A sentence where the value is not one that a person can have.
    pub fn check(self, value: f64) -> Result<f64, &'static str> {
        if self.bounds().contains(&value) {
            return Ok(value);
        }
        Err(match self {
            Self::Vdot => "VDOT lies between 20 and 90.",
            Self::ThresholdPace => "Threshold pace lies between 2:30 /km and 12:00 /km.",
            Self::RestingHr => "Resting heart rate lies between 25 and 110 bpm.",
            Self::MaxHr => "Maximum heart rate lies between 110 and 240 bpm.",
            Self::ThresholdHr => "Threshold heart rate lies between 90 and 230 bpm.",
        })
    }
}

/// What is known about an athlete on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fitness {
    pub vdot: Option<f64>,
    /// Seconds per kilometre.
    pub threshold_pace: Option<f64>,
    /// Beats per minute, like the two that follow.
    pub resting_hr: Option<f64>,
    pub max_hr: Option<f64>,
    pub threshold_hr: Option<f64>,
}

impl Fitness {
    /// What held on a day, of all values that are known, in any order.
    pub fn on(day: i64, values: &[(FitnessKind, i64, f64)]) -> Self {
        let held = |kind| {
            let own = values.iter().filter(|value| value.0 == kind);
            held_on(day, own.map(|(_, valid_from, value)| (*valid_from, *value)))
        };
        Self {
            vdot: held(FitnessKind::Vdot),
            threshold_pace: held(FitnessKind::ThresholdPace),
            resting_hr: held(FitnessKind::RestingHr),
            max_hr: held(FitnessKind::MaxHr),
            threshold_hr: held(FitnessKind::ThresholdHr),
        }
    }
}

/// The value that held on a day, of (valid from day, value) in any order: the youngest that does not begin
/// after it, and of several from the same day the last. None before the first.
pub fn held_on(day: i64, values: impl IntoIterator<Item = (i64, f64)>) -> Option<f64> {
    let begun = values.into_iter().filter(|(valid_from, _)| *valid_from <= day);
    begun.max_by_key(|(valid_from, _)| *valid_from).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_value_that_has_begun_holds() {
        let values = [(100, 50.0), (200, 52.0), (150, 51.0), (200, 53.0)];
        assert_eq!(held_on(99, values), None);
        assert_eq!(held_on(100, values), Some(50.0));
        assert_eq!(held_on(199, values), Some(51.0));
        assert_eq!(held_on(200, values), Some(53.0));
        assert_eq!(held_on(9_999, values), Some(53.0));
        assert_eq!(held_on(1, []), None);
    }

    #[test]
    fn each_kind_is_looked_up_by_itself() {
        let values =
            [(FitnessKind::Vdot, 10, 50.0), (FitnessKind::MaxHr, 20, 190.0), (FitnessKind::Vdot, 30, 51.0)];
        let fitness = Fitness::on(25, &values);
        assert_eq!(fitness, Fitness { vdot: Some(50.0), max_hr: Some(190.0), ..Fitness::default() });
    }

    #[test]
    fn every_kind_has_bounds_and_a_sentence() {
        for kind in FitnessKind::ALL {
            let bounds = kind.bounds();
            assert_eq!(kind.check(*bounds.start()), Ok(*bounds.start()));
            assert!(kind.check(bounds.end() + 1.0).is_err());
            assert!(kind.check(f64::NAN).is_err());
            assert_eq!(kind.word().parse(), Ok(*kind));
        }
    }
}
