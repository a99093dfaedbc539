//! A small chart of days, one of several that stand together on one scale.

use plotters::style::text_anchor::HPos;

use super::Svg;
use super::backend::Ink;
use super::canvas::{Frame, Spoken, render};
use super::scale::{sane, short, ticks};
use crate::domain::person::UnitSystem;
use crate::domain::units;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 300 by 96 pixels, with a scale and words under the bars.
    Card,
    /// 150 by 44 pixels: bars alone.
    Thumbnail,
}

/// What to draw.
#[derive(Clone, Copy, Debug)]
pub struct Days<'a> {
    /// Metres of each day, or of several days together.
    pub metres: &'a [f64],
    /// What stands under each bar: one letter, or a date.
    pub letters: &'a [String],
    /// What each is called aloud: "Mon".
    pub names: &'a [String],
    /// Metres of the tallest bar among all charts that stand together.
    pub most: f64,
    pub system: UnitSystem,
    /// What it shows: "Tuesday Track, km for each active member".
    pub label: &'a str,
}

/// Draws one of them; its longest day is dark.
pub fn days(given: &Days, size: Size) -> Svg {
    let in_units = |metres: f64| sane(metres).max(0.0) / units::metres_per_unit(given.system);
    let values: Vec<f64> = given.metres.iter().copied().map(in_units).collect();
    let most = values.iter().copied().fold(in_units(given.most), f64::max);
    let scale = ticks(0.0, if most > 0.0 { most } else { 10.0 }, 3, &[]);
    let peak =
        (0..values.len()).filter(|at| values[*at] > 0.0).max_by(|a, b| values[*a].total_cmp(&values[*b]));
    let named = given.names.iter().zip(&values);
    let spoken: Vec<String> = named.map(|(name, value)| format!("{name} {}", short(*value))).collect();
    let label = match peak {
        Some(_) => format!("{}: {}", given.label, spoken.join(", ")),
        None => format!("{}: nothing", given.label),
    };
    let (is_card, count) = (size == Size::Card, values.len().max(1) as f64);
    let longest = scale.iter().map(|tick| short(*tick).len() as i32).max().unwrap_or(1);
    let frame = Frame {
        width: if is_card { 300 } else { 150 },
        height: if is_card { 96 } else { 44 },
        left: if is_card { 10 + 7 * longest } else { 0 },
        right: if is_card { 298 } else { 150 },
        top: if is_card { 18 } else { 2 },
        bottom: if is_card { 76 } else { 42 },
        x: 0.0..count,
        y: 0.0..scale.last().copied().unwrap_or(10.0),
        radius: 10,
    };
    let room = f64::from(frame.right - frame.left) / count;
    render(&frame, &Spoken::Short { class: "days", label: &label }, |canvas| {
        if is_card {
            canvas.scale(&scale, short)?;
        } else {
            canvas.line(vec![(0.0, 0.0), (count, 0.0)], Ink::Axis)?;
        }
        for (at, value) in values.iter().enumerate() {
            let ink = if Some(at) == peak { Ink::Done } else { Ink::Quiet };
            canvas.bar(at as f64 + 0.5, 0.74f64.min(30.0 / room), *value, ink)?;
        }
        if !is_card {
            return Ok(());
        }
        let widest = given.letters.iter().map(|letter| letter.chars().count()).max().unwrap_or(1);
        let every = ((widest as f64 * 7.0 + 8.0) / room).ceil().max(1.0) as usize;
        for (at, letter) in given.letters.iter().enumerate().take(values.len()).step_by(every) {
            canvas.below(at as f64 + 0.5, letter)?;
        }
        if let Some(at) = peak {
            let (x, y) = canvas.place(at as f64 + 0.5, values[at]);
            canvas.text(&short(values[at]), x.clamp(34.0, 286.0), y - 5.0, HPos::Center, Ink::Strong)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::check;
    use super::*;

    fn words(count: usize) -> Vec<String> {
        (0..count).map(|i| ["M", "T", "W", "T", "F", "S", "S"][i % 7].to_owned()).collect()
    }

    fn drawn(metres: &[f64], most: f64, size: Size) -> Svg {
        let words = words(metres.len());
        let given = Days {
            metres,
            letters: &words,
            names: &words,
            most,
            system: UnitSystem::Metric,
            label: "Tuesday <Track>, km",
        };
        days(&given, size)
    }

    #[test]
    fn bars_stand_on_one_scale() {
        let week = [3_100.0, 6_400.0, 0.0, 6_800.0, 2_200.0, 5_800.0, 6_600.0];
        let alone = drawn(&week, 0.0, Size::Card);
        let among = drawn(&week, 18_000.0, Size::Card);
        check(&alone);
        check(&among);
        assert!(alone.as_str().contains(">7.5<") && !alone.as_str().contains(">20<"), "{}", alone.as_str());
        assert!(among.as_str().contains(">20<"), "{}", among.as_str());
        let said = "Tuesday &lt;Track&gt;, km: M 3.1, T 6.4, W 0, T 6.8, F 2.2, S 5.8, S 6.6";
        assert!(alone.as_str().contains(said), "{}", alone.as_str());
        assert_eq!(alone.as_str().matches(r#"class="done""#).count(), 1);
        let small = drawn(&week, 0.0, Size::Thumbnail);
        check(&small);
        assert!(small.as_str().len() < 700, "{} bytes", small.as_str().len());
        assert!(drawn(&[0.0; 7], 0.0, Size::Card).as_str().contains("km: nothing"));
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_drawing(
            metres in prop::collection::vec(prop::num::f64::ANY, 0..60), most in prop::num::f64::ANY,
        ) {
            check(&drawn(&metres, most, Size::Card));
            check(&drawn(&metres, most, Size::Thumbnail));
        }
    }
}
