//! Reads the durations, distances and paces that people type into forms.

use super::{Distance, METRES_PER_FOOT, METRES_PER_YARD, Pace, metres_per_unit};
use crate::domain::person::UnitSystem;

/// What was typed cannot be read; the text says how it may be written, for the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

const DURATION: Unreadable = Unreadable("Write a duration as 45 (minutes), 45:00, 1:02:03 or 1h 2m.");
const DISTANCE: Unreadable = Unreadable("Write a distance as 12.4, 12.4 km, 7.7 mi or 400 m.");
const UNCLEAR: Unreadable =
    Unreadable("The dot and the comma leave open what is meant. Write it without thousands, as 1234.5.");
const PACE: Unreadable = Unreadable("Write a pace as 4:37, 4:37 /km or 7:26 /mi.");

/// Reads a duration into seconds: `45` (minutes), `45:00` (minutes and seconds), `1:02:03`, `1h 2m`, `1h02`,
/// `90 min`, `1.5 h`, `5 h 12 min`, `45'30"`. Two numbers with a colon are minutes and seconds, always.
pub fn parse_duration(text: &str) -> Result<f64, Unreadable> {
    let text = text.trim().to_lowercase();
    if text.contains(':') {
        return clock(&text).ok_or(DURATION);
    }
    let mut rest = text.as_str();
    let (mut seconds, mut last_unit, mut is_empty) = (0.0, f64::INFINITY, true);
    while !rest.is_empty() {
        let (value, after) = leading_number(rest).ok_or(DURATION)?;
        let (word, after) = leading_word(after);
        let unit = match word {
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "m" | "min" | "mins" | "minute" | "minutes" | "'" | "′" => 60.0,
            "s" | "sec" | "secs" | "second" | "seconds" | "\"" | "″" | "''" => 1.0,
            // A bare number is minutes, or what comes after the unit before it: 1h02, 45'30.
            "" if after.is_empty() && last_unit == 60.0 => 1.0,
            "" if after.is_empty() => 60.0,
            _ => return Err(DURATION),
        };
        // Units fall, and a smaller unit after a greater one stays below 60.
        if unit >= last_unit || (!is_empty && value >= 60.0) {
            return Err(DURATION);
        }
        seconds += value * unit;
        (last_unit, is_empty, rest) = (unit, false, after);
    }
    if is_empty { Err(DURATION) } else { Ok(seconds) }
}

/// Reads a distance: a number with a dot or a comma and an optional unit, or the name of a usual race.
/// A bare number is in the person's own units.
///
/// A comma before three digits parts thousands with metres, yards and feet (`1,500 m`) and whenever another
/// comma or a dot follows; otherwise it is the decimal mark (`12,4`, `21,097 km`).
pub fn parse_distance(text: &str, units: UnitSystem) -> Result<Distance, Unreadable> {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "marathon" => return Ok(Distance(42_195.0)),
        "half" | "half marathon" | "half-marathon" => return Ok(Distance(21_097.5)),
        "mile" => return Ok(Distance::from_miles(1.0)),
        _ => {}
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (figures, unit) = (&text[..end], text[end..].trim());
    // `1.234,5` is a thousand in one country and one in another.
    if figures.find('.').is_some_and(|dot| figures[dot..].contains(',')) {
        return Err(UNCLEAR);
    }
    let (metres, is_small) = match unit {
        "" => (metres_per_unit(units), false),
        "km" | "k" | "kms" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => (1000.0, false),
        "mi" | "mile" | "miles" => (metres_per_unit(UnitSystem::Imperial), false),
        "m" | "metre" | "metres" | "meter" | "meters" => (1.0, true),
        "yd" | "yds" | "yard" | "yards" => (METRES_PER_YARD, true),
        "ft" | "foot" | "feet" => (METRES_PER_FOOT, true),
        _ => return Err(DISTANCE),
    };
    Ok(Distance(decimal(figures, is_small).ok_or(DISTANCE)? * metres))
}

/// Reads a pace: `4:37`, `4:37 /km`, `4:37 min/km`, `7:26 /mi`, `4'37"`, or `5` for five minutes. Without a
/// unit it is per the person's own unit.
pub fn parse_pace(text: &str, units: UnitSystem) -> Result<Pace, Unreadable> {
    let text = text.trim().to_lowercase().replace(" per ", "/");
    let (time, unit) = text.split_once('/').unwrap_or((&text, ""));
    let time = time.trim().trim_end_matches("min").trim_end();
    let units = match unit.trim() {
        "" => units,
        "km" | "k" => UnitSystem::Metric,
        "mi" | "mile" => UnitSystem::Imperial,
        _ => return Err(PACE),
    };
    // Half a minute is written :30. In a pace the dot is as often meant as a colon: better to ask.
    if time.contains(['.', ',', 'h']) {
        return Err(PACE);
    }
    let seconds = parse_duration(time).map_err(|_| PACE)?;
    if seconds > 0.0 { Ok(Pace(seconds * 1000.0 / metres_per_unit(units))) } else { Err(PACE) }
}

/// `M:SS` or `H:MM:SS`, with decimals on the seconds.
fn clock(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    if parts.len() > 3 {
        return None;
    }
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let value = if is_last { decimal(part, false)? } else { whole(part)? };
        if index > 0 && value >= 60.0 {
            return None;
        }
        seconds = seconds * 60.0 + value;
    }
    Some(seconds)
}

fn whole(text: &str) -> Option<f64> {
    let is_whole = (1..=7).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_whole { text.parse().ok() } else { None }
}

/// A number that is never negative, with a dot or a comma.
fn decimal(text: &str, has_thousands: bool) -> Option<f64> {
    let commas = text.matches(',').count();
    let in_threes = text.split(['.']).next()?.split(',').skip(1).all(|group| group.len() == 3);
    if text.find('.').is_some_and(|dot| text[dot..].contains(',')) {
        return None;
    }
    let is_grouped = in_threes && (commas > 1 || (commas == 1 && (has_thousands || text.contains('.'))));
    let plain = if is_grouped { text.replace(',', "") } else { text.replace(',', ".") };
    let is_number = plain.len() <= 12
        && plain.bytes().any(|b| b.is_ascii_digit())
        && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_number { plain.parse().ok() } else { None }
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    Some((decimal(&text[..end], false)?, &text[end..]))
}

fn leading_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::UnitSystem::{Imperial, Metric};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_durations() {
        for (text, seconds) in [
            ("45", 2700.0),
            ("45:00", 2700.0),
            ("1:02:03", 3723.0),
            ("1h 2m", 3720.0),
            ("1h02", 3720.0),
            ("1 h 2 min 3 s", 3723.0),
            ("90 min", 5400.0),
            ("1.5h", 5400.0),
            ("1,5 h", 5400.0),
            ("30s", 30.0),
            ("45'30\"", 2730.0),
            ("45'30", 2730.0),
            ("19:57.4", 1197.4),
            (" 0:45 ", 45.0),
        ] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "x", "1:60", "1:2:3:4", "-5", "1:-5", "5m 2h", "1h 90m", "5 5", "1e5", "::", ":30"] {
            assert_eq!(parse_duration(text), Err(DURATION), "{text}");
        }
        for text in ["1.234,5", "1.234,5 min"] {
            assert_eq!(parse_duration(text), Err(DURATION), "{text}");
        }
    }

    #[test]
    fn reads_distances() {
        for (text, metres) in [
            ("12.4", 12_400.0),
            ("12,4", 12_400.0),
            ("12,4 km", 12_400.0),
            ("10K", 10_000.0),
            ("400m", 400.0),
            ("1,500 m", 1500.0),
            ("2,244.5 km", 2_244_500.0),
            ("1 mile", 1609.344),
            ("Half marathon", 21_097.5),
        ] {
            let read = parse_distance(text, Metric).unwrap().0;
            assert!((read - metres).abs() < 1e-6, "{text}: {read}");
        }
        for text in ["1.234,5", "1.234,5 km", "1.500,0 m", "1.234.567,8"] {
            assert_eq!(parse_distance(text, Metric), Err(UNCLEAR), "{text}");
        }
        assert_eq!(parse_distance("10", Imperial), Ok(Distance(16_093.44)));
        for text in ["", "km", "-3", "1.2.3", "5 parsecs", "NaN", "1e9", "12 4"] {
            assert_eq!(parse_distance(text, Metric), Err(DISTANCE), "{text}");
        }
    }

    #[test]
    fn reads_paces() {
        for text in ["4:37", "4:37 /km", "4:37/km", "4:37 min/km", "4:37 per km", "4'37\""] {
            assert_eq!(parse_pace(text, Metric), Ok(Pace(277.0)), "{text}");
        }
        assert_eq!(parse_pace("5", Metric), Ok(Pace(300.0)));
        assert!((parse_pace("7:26", Imperial).unwrap().0 - 277.13).abs() < 0.01);
        assert!((parse_pace("7:26 /mi", Metric).unwrap().0 - 277.13).abs() < 0.01);
        for text in ["", "4.37", "0:00", "4:75", "fast", "4:37 /lap"] {
            assert_eq!(parse_pace(text, Metric), Err(PACE), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_typed_can_break_the_reader(text in "\\PC{0,24}") {
            for value in [
                parse_duration(&text).ok(),
                parse_distance(&text, Metric).ok().map(|d| d.0),
                parse_pace(&text, Metric).ok().map(|p| p.0),
            ].into_iter().flatten() {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
        }
    }
}
