//! Distance by day, each bar split by athlete: who made the day. Up to eight athletes have a share of their
//! own; of more, the seven who ran most, and the others together. Shares are told apart by their order, which
//! is that of the key, and by the letters on them; colour only helps.

use std::collections::HashMap;
use std::ops::Range;

use plotters::style::text_anchor::HPos;

use super::backend::Ink;
use super::canvas::{Canvas, Drawn, Frame, Spoken, render};
use super::scale::{sane, short, tick};
use super::{Chart, Svg};
use crate::domain::person::{UnitSystem, initials};
use crate::domain::units;

/// A day, or several days together.
#[derive(Clone, Debug)]
pub struct Column {
    /// Under the bar where there is room: "Monday".
    pub long: String,
    /// Where there is less: "Mon".
    pub short: String,
}

/// What an athlete ran.
#[derive(Clone, Debug)]
pub struct Share {
    pub name: String,
    /// Of each column.
    pub metres: Vec<f64>,
}

impl Share {
    fn total(&self) -> f64 {
        self.metres.iter().map(|metres| sane(*metres).max(0.0)).sum()
    }
}

/// An entry of the key: the share lowest in the bars first.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Of its colour.
    pub class: &'static str,
    /// What is written on its parts: initials, with a number where two have the same.
    pub mark: String,
    pub name: String,
    pub metres: f64,
}

/// The chart and its key.
#[derive(Clone, Debug)]
pub struct Shares {
    pub chart: Chart,
    pub key: Vec<Key>,
    /// Whether some have no share of their own.
    pub has_others: bool,
}

/// So many have a share of their own.
const MOST: usize = Ink::SHARES.len();
/// A share that is lower, in pixels, has no letters on it.
const LEGIBLE: f64 = 13.0;

struct Part {
    mark: String,
    name: String,
    ink: Ink,
    /// In the reader's unit, of each column.
    values: Vec<f64>,
}

/// Draws `shares`, in any order. `title` says what the days are: "Distance by day, 16 to 22 November". `id` is
/// unique on the page; the ids inside begin with it.
pub fn shares(columns: &[Column], shares: &[Share], system: UnitSystem, title: &str, id: &str) -> Shares {
    let parts = parts(columns.len(), shares, system);
    let totals: Vec<f64> =
        (0..columns.len()).map(|at| parts.iter().map(|part| part.values[at]).sum()).collect();
    let unit = units::distance_unit(system);
    let finding = finding(columns, &totals, &parts, unit);
    let highest = totals.iter().copied().fold(0.0, f64::max);
    let draw = |class, id: &str, width, height, is_wide| -> Svg {
        let spoken = Spoken::Full { class, id, title, finding: &finding };
        let (frame, scale) = Frame::of_bars((width, height), (20, 4, 0), totals.len(), highest);
        render(&frame, &spoken, |canvas| {
            canvas.scale(&scale, tick)?;
            draw(canvas, &frame, columns, &parts, &totals, is_wide)
        })
    };
    let wide = draw("wide", id, 760, 300, true);
    let narrow = draw("narrow", &format!("{id}-n"), 340, 260, false);
    let key = parts.iter().map(|part| Key {
        class: part.ink.class(),
        mark: part.mark.clone(),
        name: part.name.clone(),
        metres: part.values.iter().sum::<f64>() * units::metres_per_unit(system),
    });
    let key: Vec<Key> = key.collect();
    let has_others = parts.iter().any(|part| part.ink == Ink::Rest);
    Shares { chart: Chart { title: title.to_owned(), finding, wide, narrow }, key, has_others }
}

/// The shares that are drawn, the greatest first, and the others last. Who ran nothing has none.
fn parts(columns: usize, shares: &[Share], system: UnitSystem) -> Vec<Part> {
    let mut ordered: Vec<&Share> = shares.iter().filter(|share| share.total() > 0.0).collect();
    ordered.sort_by(|a, b| b.total().total_cmp(&a.total()));
    let own = if ordered.len() > MOST { MOST - 1 } else { ordered.len() };
    let value = |share: &Share, at: usize| {
        let metres = share.metres.get(at).copied().unwrap_or(0.0);
        sane(metres).max(0.0) / units::metres_per_unit(system)
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut parts: Vec<Part> = ordered[..own]
        .iter()
        .zip(Ink::SHARES)
        .map(|(share, ink)| {
            let letters = initials(&share.name);
            let count = seen.entry(letters.clone()).or_default();
            *count += 1;
            Part {
                mark: if *count == 1 { letters } else { format!("{letters}{count}") },
                name: share.name.clone(),
                ink,
                values: (0..columns).map(|at| value(share, at)).collect(),
            }
        })
        .collect();
    let others = &ordered[own..];
    if !others.is_empty() {
        parts.push(Part {
            mark: format!("+{}", others.len()),
            name: format!("{} others", others.len()),
            ink: Ink::Rest,
            values: (0..columns).map(|at| others.iter().map(|share| value(share, at)).sum()).collect(),
        });
    }
    parts
}

fn finding(columns: &[Column], totals: &[f64], parts: &[Part], unit: &str) -> String {
    // Of equal ones the first.
    let most = (0..totals.len()).rev().max_by(|a, b| totals[*a].total_cmp(&totals[*b]));
    let Some(most) = most.filter(|most| totals[*most] > 0.0) else {
        return "Nothing was run in these days.".to_owned();
    };
    let said = |value: f64| format!("{} {unit}", short(value));
    let mut text = format!("{} in all", said(totals.iter().sum()));
    if totals.len() > 1 {
        text.push_str(&format!(". Most: {}, {}", columns[most].long, said(totals[most])));
    }
    let first = parts.iter().find(|part| part.ink != Ink::Rest);
    if let Some(first) = first.filter(|_| parts.len() > 1) {
        text.push_str(&format!(". {} ran most, {}", first.name, said(first.values.iter().sum())));
    }
    text + "."
}

fn draw(
    canvas: &Canvas,
    frame: &Frame,
    columns: &[Column],
    parts: &[Part],
    totals: &[f64],
    is_wide: bool,
) -> Drawn {
    let room = f64::from(frame.right - frame.left) / columns.len().max(1) as f64;
    let width = 0.74f64.min(84.0 / room);
    // By athlete, so that each has one path however many days there are.
    let mut from = vec![0.0; columns.len()];
    let mut placed: Vec<Vec<Range<f64>>> = Vec::with_capacity(parts.len());
    for part in parts {
        let mut ranges = Vec::with_capacity(columns.len());
        for (at, value) in part.values.iter().enumerate() {
            let between = from[at]..from[at] + value;
            from[at] = between.end;
            if *value > 0.0 {
                canvas.block(at as f64 + 0.5, width, between.clone(), part.ink)?;
            }
            ranges.push(between);
        }
        placed.push(ranges);
    }
    for (part, ranges) in parts.iter().zip(&placed) {
        for (at, between) in ranges.iter().enumerate() {
            let (x, bottom) = canvas.place(at as f64 + 0.5, between.start);
            let (_, top) = canvas.place(at as f64 + 0.5, between.end);
            if bottom - top < LEGIBLE || room * width < 22.0 {
                continue;
            }
            let ink = if part.ink == Ink::Rest { Ink::RestLabel } else { Ink::ShareLabel };
            let text = match room * width >= 62.0 {
                true => format!("{} {}", part.mark, short(between.end - between.start)),
                false => part.mark.clone(),
            };
            canvas.text(&text, x, (bottom + top) / 2.0 + 4.0, HPos::Center, ink)?;
        }
    }
    // Words under the bars, as many as there is room for; the sums above them where all of them have it.
    let apart = if is_wide { 54.0 } else { 42.0 };
    let every = (apart / room).ceil().max(1.0) as usize;
    for (at, column) in columns.iter().enumerate() {
        if at % every == 0 {
            canvas.below(at as f64 + 0.5, if room >= 74.0 { &column.long } else { &column.short })?;
        }
        if totals[at] > 0.0 && room >= 30.0 {
            let (x, y) = canvas.place(at as f64 + 0.5, totals[at]);
            canvas.text(&short(totals[at]), x, y - 5.0, HPos::Center, Ink::Strong)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::check;
    use super::*;

    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    fn week() -> Vec<Column> {
        DAYS.iter().map(|day| Column { long: (*day).to_owned(), short: day[..3].to_owned() }).collect()
    }

    /// So many athletes; the first ran most.
    fn athletes(count: usize) -> Vec<Share> {
        let share = |i: usize| Share {
            name: format!("{}{} Runner", ["Ana", "Ben", "Cid"][i % 3], i),
            metres: (0..7)
                .map(|day| if (day + i).is_multiple_of(2) { 12_000.0 - 100.0 * i as f64 } else { 0.0 })
                .collect(),
        };
        (0..count).map(share).collect()
    }

    fn drawn(count: usize) -> Shares {
        shares(&week(), &athletes(count), UnitSystem::Metric, "Distance by day", "days")
    }

    #[test]
    fn eight_have_a_share_each_and_of_more_the_rest_is_one() {
        for (count, key, has_others) in
            [(0, 0, false), (1, 1, false), (8, 8, false), (9, 8, true), (60, 8, true)]
        {
            let found = drawn(count);
            assert_eq!((found.key.len(), found.has_others), (key, has_others), "{count}");
            check(&found.chart.wide);
            check(&found.chart.narrow);
            let bytes = found.chart.wide.as_str().len() + found.chart.narrow.as_str().len();
            assert!(bytes < 12_000, "{count}: {bytes} bytes");
        }
        let sixty = drawn(60);
        assert_eq!((sixty.key[7].mark.as_str(), sixty.key[7].name.as_str()), ("+53", "53 others"));
        let all: f64 = athletes(60).iter().map(Share::total).sum();
        let keyed: f64 = sixty.key.iter().map(|key| key.metres).sum();
        assert!((all - keyed).abs() < 1.0, "nothing is left out: {all} {keyed}");
    }

    #[test]
    fn letters_tell_shares_apart_also_where_two_have_the_same() {
        let twins = ["Ana Berg", "Ada Blum", "Cid Dorn"];
        let twins: Vec<Share> =
            twins.iter().map(|name| Share { name: (*name).to_owned(), metres: vec![9_000.0; 7] }).collect();
        let found = shares(&week(), &twins, UnitSystem::Metric, "Distance by day", "days");
        let marks: Vec<&str> = found.key.iter().map(|key| key.mark.as_str()).collect();
        assert_eq!(marks, ["AB", "AB2", "CD"]);
        for mark in ["AB 9", "AB2 9", "CD 9"] {
            assert!(found.chart.wide.as_str().contains(&format!(">{mark}<")), "{mark}");
        }
        assert!(found.chart.narrow.as_str().contains(">AB2<"));
    }

    #[test]
    fn says_what_it_shows() {
        assert_eq!(drawn(2).chart.finding, "84 km in all. Most: Monday, 12 km. Ana0 Runner ran most, 48 km.");
        assert_eq!(drawn(0).chart.finding, "Nothing was run in these days.");
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_drawing(
            metres in prop::collection::vec(prop::collection::vec(prop::num::f64::ANY, 0..9), 0..12),
            days in 0usize..40,
        ) {
            let columns: Vec<Column> =
                (0..days).map(|day| Column { long: format!("{day} <May>"), short: day.to_string() }).collect();
            let given: Vec<Share> =
                metres.into_iter().map(|metres| Share { name: "<b> & \"x\"".to_owned(), metres }).collect();
            let found = shares(&columns, &given, UnitSystem::Imperial, "Days", "d");
            check(&found.chart.wide);
            check(&found.chart.narrow);
        }
    }
}
