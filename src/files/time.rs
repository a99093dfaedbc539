//! Times as TCX and GPX files write them.

use chrono::NaiveDate;

/// One time stamp: seconds since 1970 in UTC, and the offset it was written with, if it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    pub unix: f64,
    /// `None` without any zone (taken as UTC); `Some(0)` for `Z`.
    pub offset_seconds: Option<i32>,
}

/// Reads `2026-01-05T08:00:00`, with or without a fraction, with `Z`, `+01:00`, `+0100`, `+01` or nothing
/// at the end, and with a blank for the `T`. Anything else is `None`.
pub fn parse(text: &str) -> Option<Stamp> {
    let text = text.trim().as_bytes();
    if text.len() < 19 || text.len() > 64 {
        return None;
    }
    let fixed = |at: usize, byte: u8| text[at] == byte;
    if !(fixed(4, b'-') && fixed(7, b'-') && fixed(13, b':') && fixed(16, b':')) {
        return None;
    }
    if !matches!(text[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits(text.get(range)?);
    let date = NaiveDate::from_ymd_opt(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
    // A leap second has no place in Unix time.
    let time = date.and_hms_opt(number(11..13)?, number(14..16)?, number(17..19)?.min(59))?;

    let mut rest = &text[19..];
    let mut fraction = 0.0;
    if let [b'.' | b',', tail @ ..] = rest {
        let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let kept = length.min(6);
        fraction = f64::from(digits(&tail[..kept])?) / 10f64.powi(kept as i32);
        rest = &tail[length..];
    }
    let offset_seconds = match rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), tail @ ..] => {
            let (hours, minutes) = match tail {
                [_, _] => (digits(tail)?, 0),
                [_, _, _, _] => (digits(&tail[..2])?, digits(&tail[2..])?),
                [_, _, b':', _, _] => (digits(&tail[..2])?, digits(&tail[3..])?),
                _ => return None,
            };
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 3600 + minutes * 60) as i32;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => return None,
    };
    let unix = time.and_utc().timestamp() as f64 - f64::from(offset_seconds.unwrap_or(0)) + fraction;
    Some(Stamp { unix, offset_seconds })
}

fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0')))
}

/// What the time stamps of one file have in common.
#[derive(Debug, Default)]
pub struct Zones {
    pub has_bare: bool,
    pub offset_seconds: Option<i32>,
}

impl Zones {
    /// Reads a time stamp and remembers how it was written.
    pub fn read(&mut self, text: &str) -> Option<f64> {
        let stamp = parse(text)?;
        match stamp.offset_seconds {
            None => self.has_bare = true,
            // `Z` and `+00:00` are how everybody writes UTC; they say nothing about the place.
            Some(0) => {}
            Some(seconds) => self.offset_seconds = self.offset_seconds.or(Some(seconds)),
        }
        Some(stamp.unix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_time() {
        let eight = 1_767_600_000.0;
        for (text, unix, offset) in [
            ("2026-01-05T08:00:00Z", eight, Some(0)),
            ("2026-01-05T08:00:00.250Z", eight + 0.25, Some(0)),
            (" 2026-01-05T08:00:00.123456789Z\n", eight + 0.123456, Some(0)),
            ("2026-01-05T10:00:00+02:00", eight, Some(7200)),
            ("2026-01-05T10:00:00+0200", eight, Some(7200)),
            ("2026-01-05T05:00:00-03", eight, Some(-10800)),
            ("2026-01-05T08:00:00", eight, None),
            ("2026-01-05 08:00:00", eight, None),
            ("2026-01-05T07:59:60Z", eight - 1.0, Some(0)),
        ] {
            assert_eq!(parse(text), Some(Stamp { unix, offset_seconds: offset }), "{text:?}");
        }
        for text in ["", "2026-01-05", "2026-13-05T08:00:00Z", "2026-01-05T25:00:00Z", "2026-01-05T08:00:00X"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse("２０２６-01-05T08:00:00Z"), None);
    }
}
