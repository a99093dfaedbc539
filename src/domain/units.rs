//! Distances and paces, the one formatter of figures for people, and the reader of what people type.
//!
//! Everything inside the program is metres, seconds, metres per second and seconds per kilometre. Miles and
//! feet exist only here. Unknown figures (`NaN`, infinite, a pace of nothing) are written as [`NOTHING`].

use super::activity::ActivityType;
use super::person::UnitSystem;

mod parse;
pub use parse::{Unreadable, parse_distance, parse_duration, parse_pace};

/// Metres in an international mile.
pub const METRES_PER_MILE: f64 = 1609.344;
/// Metres in an international foot.
pub const METRES_PER_FOOT: f64 = 0.3048;
/// Metres in an international yard.
pub const METRES_PER_YARD: f64 = 0.9144;
/// Written where nothing was recorded; 0 means zero.
pub const NOTHING: &str = "–";

/// A length in metres.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Distance(pub f64);

impl Distance {
    /// From kilometres.
    pub fn from_km(km: f64) -> Self {
        Self(km * 1000.0)
    }

    /// From miles.
    pub fn from_miles(miles: f64) -> Self {
        Self(miles * METRES_PER_MILE)
    }

    /// In kilometres or miles.
    pub fn in_units(self, units: UnitSystem) -> f64 {
        self.0 / metres_per_unit(units)
    }
}

/// Time for distance, in seconds per kilometre. Smaller is faster.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Pace(pub f64);

impl Pace {
    /// The average over `metres` in `seconds`; none where either is not above zero.
    pub fn over(metres: f64, seconds: f64) -> Option<Self> {
        let is_real = metres.is_finite() && seconds.is_finite() && metres > 0.0 && seconds > 0.0;
        is_real.then(|| Self(seconds / metres * 1000.0))
    }

    /// From metres per second; none for standing still.
    pub fn from_speed(speed: f64) -> Option<Self> {
        Self::over(speed, 1.0)
    }

    /// In metres per second.
    pub fn speed(self) -> f64 {
        1000.0 / self.0
    }

    /// In seconds per kilometre or per mile.
    pub fn in_units(self, units: UnitSystem) -> f64 {
        self.0 * metres_per_unit(units) / 1000.0
    }
}

/// Metres in the kilometre or the mile.
pub fn metres_per_unit(units: UnitSystem) -> f64 {
    match units {
        UnitSystem::Metric => 1000.0,
        UnitSystem::Imperial => METRES_PER_MILE,
    }
}

/// `km` or `mi`.
pub fn distance_unit(units: UnitSystem) -> &'static str {
    match units {
        UnitSystem::Metric => "km",
        UnitSystem::Imperial => "mi",
    }
}

/// `12.4 km`, `7.7 mi`, `101 km`, `2,244 km`; `0 km` for nothing at all.
///
/// One decimal below 100, none above; two below a tenth, so that 40 m do not read as nothing.
pub fn distance(metres: f64, units: UnitSystem) -> String {
    if !metres.is_finite() {
        return NOTHING.to_owned();
    }
    format!("{} {}", distance_figure(metres, units), distance_unit(units))
}

/// The figure of [`distance`] without its unit, for columns whose head names the unit.
pub fn distance_figure(metres: f64, units: UnitSystem) -> String {
    let value = Distance(metres.max(0.0)).in_units(units);
    if !metres.is_finite() {
        NOTHING.to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else if value < 0.095 {
        format!("{:.2}", value.max(0.01))
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        with_thousands(value)
    }
}

/// `8.04 km`, `12.43 km`: with two decimals, where one activity or lap is looked at closely.
pub fn distance_exact(metres: f64, units: UnitSystem) -> String {
    if !metres.is_finite() {
        return NOTHING.to_owned();
    }
    format!("{} {}", distance_exact_figure(metres, units), distance_unit(units))
}

/// The figure of [`distance_exact`] without its unit.
pub fn distance_exact_figure(metres: f64, units: UnitSystem) -> String {
    if !metres.is_finite() {
        return NOTHING.to_owned();
    }
    match Distance(metres.max(0.0)).in_units(units) {
        0.0 => "0".to_owned(),
        value if value < 999.995 => format!("{:.2}", value.max(0.01)),
        value => with_thousands(value),
    }
}

/// `76 km`: whole kilometres or miles, for totals of a week and more.
pub fn distance_whole(metres: f64, units: UnitSystem) -> String {
    if !metres.is_finite() {
        return NOTHING.to_owned();
    }
    format!("{} {}", with_thousands(Distance(metres.max(0.0)).in_units(units)), distance_unit(units))
}

/// `4:37 /km` or `7:26 /mi`, of seconds per kilometre.
pub fn pace(seconds_per_km: f64, units: UnitSystem) -> String {
    let seconds = Pace(seconds_per_km).in_units(units);
    if !seconds.is_finite() || seconds <= 0.0 {
        return NOTHING.to_owned();
    }
    format!("{} /{}", minutes_seconds(seconds), distance_unit(units))
}

/// The pace of the API: `M:SS` per kilometre, none where there is no pace.
pub fn api_pace(seconds_per_km: f64) -> Option<String> {
    (seconds_per_km.is_finite() && seconds_per_km > 0.0).then(|| minutes_seconds(seconds_per_km))
}

/// `27.4 km/h` or `17.0 mph`, of metres per second.
pub fn speed(metres_per_second: f64, units: UnitSystem) -> String {
    let per_hour = Distance(metres_per_second * 3600.0).in_units(units);
    let unit = match units {
        UnitSystem::Metric => "km/h",
        UnitSystem::Imperial => "mph",
    };
    if !per_hour.is_finite() || per_hour < 0.0 {
        return NOTHING.to_owned();
    }
    format!("{per_hour:.1} {unit}")
}

/// How fast it was, in the way the sport says it: pace on foot, speed on wheels, time for 100 m or yards in
/// the water. Metres and seconds; none where the two say nothing or the sport has no speed.
pub fn rate(activity_type: ActivityType, metres: f64, seconds: f64, units: UnitSystem) -> Option<String> {
    let average = Pace::over(metres, seconds)?;
    match activity_type {
        ActivityType::Run | ActivityType::Walk | ActivityType::Hike => Some(pace(average.0, units)),
        ActivityType::Bike | ActivityType::Other => Some(speed(average.speed(), units)),
        ActivityType::Swim => Some(match units {
            UnitSystem::Metric => format!("{} /100 m", minutes_seconds(average.0 / 10.0)),
            UnitSystem::Imperial => {
                format!("{} /100 yd", minutes_seconds(average.0 * METRES_PER_YARD / 10.0))
            }
        }),
        ActivityType::Strength | ActivityType::Workout => None,
    }
}

/// `58:12`, `1:04:06`, of seconds, to the nearest second.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return NOTHING.to_owned();
    }
    let whole = seconds.round() as i64;
    match whole / 3600 {
        0 => minutes_seconds(whole as f64),
        hours => format!("{hours}:{:02}:{:02}", whole % 3600 / 60, whole % 60),
    }
}

/// `5 h 12 min`, `12 min`, `124 h`: totals, of seconds, to the nearest minute (hour from 100 h up).
pub fn hours(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return NOTHING.to_owned();
    }
    let minutes = (seconds / 60.0).round() as i64;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, _) if hours >= 100 => format!("{} h", with_thousands(seconds / 3600.0)),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `124 m` or `407 ft`, of metres, up or down.
pub fn elevation(metres: f64, units: UnitSystem) -> String {
    if !metres.is_finite() {
        return NOTHING.to_owned();
    }
    let (value, unit) = match units {
        UnitSystem::Metric => (metres, "m"),
        UnitSystem::Imperial => (metres / METRES_PER_FOOT, "ft"),
    };
    format!("{} {unit}", with_thousands(value))
}

/// `M:SS` of seconds, rounded before it is cut so that 59.6 s carry into the minute.
fn minutes_seconds(seconds: f64) -> String {
    let whole = seconds.round() as i64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// A whole number with commas between thousands and a true minus sign.
fn with_thousands(value: f64) -> String {
    let whole = value.round() as i64;
    let digits = whole.unsigned_abs().to_string();
    let mut text = String::from(if whole < 0 { "−" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::UnitSystem::{Imperial, Metric};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn distances_read_well_at_every_size() {
        for (metres, km, miles) in [
            (0.0, "0 km", "0 mi"),
            (2.0, "0.01 km", "0.01 mi"),
            (40.0, "0.04 km", "0.02 mi"),
            (400.0, "0.4 km", "0.2 mi"),
            (9_000.0, "9.0 km", "5.6 mi"),
            (12_432.0, "12.4 km", "7.7 mi"),
            (99_949.0, "99.9 km", "62.1 mi"),
            (99_960.0, "100 km", "62.1 mi"),
            (101_400.0, "101 km", "63.0 mi"),
            (2_244_000.0, "2,244 km", "1,394 mi"),
            (f64::NAN, "–", "–"),
        ] {
            assert_eq!(distance(metres, Metric), km, "{metres}");
            assert_eq!(distance(metres, Imperial), miles, "{metres}");
        }
        for (metres, exact) in [
            (0.0, "0 km"),
            (2.0, "0.01 km"),
            (400.0, "0.40 km"),
            (8_043.0, "8.04 km"),
            (101_400.0, "101.40 km"),
        ] {
            assert_eq!(distance_exact(metres, Metric), exact, "{metres}");
        }
        assert_eq!(distance_exact(f64::INFINITY, Metric), NOTHING);
        assert_eq!(distance_exact_figure(8_043.0, Imperial), "5.00");
        assert_eq!(distance_whole(75_600.0, Metric), "76 km");
        assert_eq!(distance_whole(0.0, Metric), "0 km");
    }

    #[test]
    fn paces_carry_the_minute() {
        assert_eq!(pace(277.0, Metric), "4:37 /km");
        assert_eq!(pace(277.0, Imperial), "7:26 /mi");
        assert_eq!(pace(419.6, Metric), "7:00 /km");
        assert_eq!(pace(59.6, Metric), "1:00 /km");
        assert_eq!(pace(0.0, Metric), "–");
        assert_eq!(pace(f64::INFINITY, Metric), "–");
        assert_eq!(api_pace(312.4).as_deref(), Some("5:12"));
        assert_eq!(api_pace(0.0), None);
    }

    #[test]
    fn durations_totals_speeds_and_heights() {
        assert_eq!(duration(3492.0), "58:12");
        assert_eq!(duration(3846.0), "1:04:06");
        assert_eq!(duration(3599.6), "1:00:00");
        assert_eq!(duration(45.0), "0:45");
        assert_eq!(hours(18_720.0), "5 h 12 min");
        assert_eq!(hours(3_590.0), "1 h");
        assert_eq!(hours(720.0), "12 min");
        assert_eq!(hours(0.0), "0 min");
        assert_eq!(hours(446_400.0), "124 h");
        assert_eq!(hours(359_970.0), "100 h");
        assert_eq!(speed(7.6111, Metric), "27.4 km/h");
        assert_eq!(speed(7.6, Imperial), "17.0 mph");
        assert_eq!(elevation(124.0, Metric), "124 m");
        assert_eq!(elevation(124.0, Imperial), "407 ft");
        assert_eq!(elevation(-12.0, Metric), "−12 m");
    }

    #[test]
    fn every_sport_says_it_in_its_own_way() {
        let rate = |sport, metres, seconds| rate(sport, metres, seconds, Metric);
        assert_eq!(rate(ActivityType::Run, 10_000.0, 2_770.0).as_deref(), Some("4:37 /km"));
        assert_eq!(rate(ActivityType::Bike, 40_000.0, 5_256.0).as_deref(), Some("27.4 km/h"));
        assert_eq!(rate(ActivityType::Swim, 1_500.0, 1_800.0).as_deref(), Some("2:00 /100 m"));
        assert_eq!(rate(ActivityType::Strength, 10.0, 1_800.0), None);
        assert_eq!(rate(ActivityType::Run, 0.0, 1_800.0), None);
    }

    proptest! {
        #[test]
        fn no_figure_shows_sixty(seconds in 0.0..700_000.0f64) {
            for text in [duration(seconds), pace(seconds, Metric), pace(seconds, Imperial)] {
                prop_assert!(!text.contains(":60"), "{text}");
            }
            prop_assert!(!hours(seconds).contains(" 60 min"));
        }

        #[test]
        fn a_distance_survives_writing_and_reading(metres in 0.0..500_000.0f64) {
            for units in [Metric, Imperial] {
                let read = parse_distance(&distance(metres, units), units).unwrap().0;
                let step = if metres < 99.95 * metres_per_unit(units) { 0.1 } else { 1.0 };
                prop_assert!((read - metres).abs() <= step / 1.999 * metres_per_unit(units), "{read}");
            }
        }

        #[test]
        fn a_duration_survives_writing_and_reading(seconds in 0.0..604_800.0f64) {
            prop_assert!((parse_duration(&duration(seconds)).unwrap() - seconds).abs() <= 0.5);
            let tolerance = if seconds < 359_970.0 { 30.0 } else { 1800.0 };
            prop_assert!((parse_duration(&hours(seconds)).unwrap() - seconds).abs() <= tolerance);
        }

        #[test]
        fn a_pace_survives_writing_and_reading(seconds in 90.0..1_500.0f64) {
            for units in [Metric, Imperial] {
                let read = parse_pace(&pace(seconds, units), units).unwrap().0;
                prop_assert!((read - seconds).abs() <= 0.5 + 1e-9);
            }
        }
    }
}
