//! Eight weeks in a table cell.

use super::Svg;
use super::backend::Ink;
use super::canvas::{Frame, Spoken, render};
use super::scale::{sane, short};

const WEEKS: usize = 8;
const WIDTH: i32 = 88;
const HEIGHT: i32 = 24;
/// Of one bar, in pixels.
const BAR: f64 = 8.4;
/// Even an empty week leaves a stub, so that eight weeks are seen as eight.
const STUB: f64 = 1.5;
/// The highest bar keeps two pixels above it.
const HIGHEST: f64 = 22.0;

/// Bars for the last eight values, oldest first, the last one (the current week) dark. Fewer than eight stand
/// at the right. `label` says what they are, with the unit: "Last eight weeks in km"; the values follow it.
///
/// `most` is the value of the tallest bar among all that stand together, so that they can be compared.
pub fn sparkline(values: &[f64], most: f64, label: &str) -> Svg {
    let values: Vec<f64> =
        values[values.len().saturating_sub(WEEKS)..].iter().map(|v| sane(*v).max(0.0)).collect();
    let most = values.iter().copied().fold(sane(most).max(0.0), f64::max);
    let spoken: Vec<String> = values.iter().map(|v| short(*v)).collect();
    let label = if spoken.is_empty() {
        format!("{label}: nothing recorded")
    } else {
        format!("{label}: {}", spoken.join(", "))
    };

    let frame = Frame {
        width: WIDTH,
        height: HEIGHT,
        left: 0,
        right: WIDTH,
        top: 0,
        bottom: HEIGHT,
        x: 0.0..f64::from(WIDTH),
        y: 0.0..f64::from(HEIGHT),
        radius: 10,
    };
    let pitch = (f64::from(WIDTH) - BAR) / (WEEKS - 1) as f64;
    render(&frame, &Spoken::Short { class: "spark", label: &label }, |canvas| {
        let first = WEEKS - values.len();
        for (i, value) in values.iter().enumerate() {
            let ink = if i + 1 == values.len() { Ink::Done } else { Ink::Quiet };
            let height = if most > 0.0 { (value / most * HIGHEST).max(STUB) } else { STUB };
            canvas.bar((first + i) as f64 * pitch + BAR / 2.0, BAR, height, ink)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn eight_weeks_as_in_the_design() {
        let svg = sparkline(&[46.0, 60.0, 64.0, 68.0, 54.0, 72.0, 86.0, 41.0], 0.0, "Last eight weeks in km");
        check(&svg);
        assert!(
            svg.as_str().contains(r#"aria-label="Last eight weeks in km: 46, 60, 64, 68, 54, 72, 86, 41""#)
        );
        assert_eq!(svg.as_str().matches("<path").count(), 2);
        assert!(svg.as_str().len() < 520, "{}", svg.as_str().len());
    }

    #[test]
    fn says_when_there_is_nothing_and_escapes() {
        let svg = sparkline(&[], 0.0, r#"<b>"x" & y"#);
        check(&svg);
        assert!(svg.as_str().contains("&lt;b&gt;&quot;x&quot; &amp; y: nothing recorded"));
        check(&sparkline(&[f64::NAN, f64::INFINITY, -3.0, 1e300], f64::NAN, "km"));
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_drawing(values in prop::collection::vec(prop::num::f64::ANY, 0..12)) {
            check(&sparkline(&values, 0.0, "Last eight weeks in km"));
        }
    }
}
