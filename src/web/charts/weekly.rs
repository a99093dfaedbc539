//! Weekly distance as bars: the past quiet, the last whole week dark, the current one an outline.

use chrono::{Datelike, NaiveDate};
use plotters::style::text_anchor::HPos;

use super::backend::Ink;
use super::canvas::{Canvas, Drawn, Frame, Spoken, render};
use super::scale::{sane, short, tick};
use super::{Chart, Svg};
use crate::domain::person::UnitSystem;
use crate::domain::{calendar, units};

/// One week of a person's running.
#[derive(Clone, Copy, Debug)]
pub struct Week {
    /// Its first day.
    pub start: NaiveDate,
    pub metres: f64,
    /// Whether it is still going on.
    pub is_current: bool,
}

impl Week {
    /// Weeks by their first day (days since 1970-01-01) and metres, oldest first. `is_going_on` is about the last.
    pub fn all(weeks: impl ExactSizeIterator<Item = (i64, f64)>, is_going_on: bool) -> Vec<Self> {
        let count = weeks.len();
        let week = |(index, (first_day, metres))| Self {
            start: calendar::date_of(first_day),
            metres,
            is_current: is_going_on && index + 1 == count,
        };
        weeks.enumerate().map(week).collect()
    }
}

struct Bar {
    start: NaiveDate,
    /// In the reader's unit.
    distance: f64,
    is_current: bool,
}

/// Draws `weeks`, oldest first, none left out. `id` is unique on the page; the ids inside begin with it.
pub fn weekly_distance(weeks: &[Week], system: UnitSystem, id: &str) -> Chart {
    let (metres_in_unit, unit) = (units::metres_per_unit(system), units::distance_unit(system));
    let bars: Vec<Bar> = weeks
        .iter()
        .map(|week| Bar {
            start: week.start,
            distance: sane(week.metres).max(0.0) / metres_in_unit,
            is_current: week.is_current,
        })
        .collect();

    let title = match bars.as_slice() {
        [only] if only.is_current => "Weekly distance, this week".to_owned(),
        [_] => "Weekly distance, one week".to_owned(),
        many => format!("Weekly distance, last {} weeks", many.len()),
    };
    let finding = finding(&bars, unit);
    let highest = bars.iter().map(|bar| bar.distance).fold(0.0, f64::max);
    let draw = |class, id: &str, width, height, apart| -> Svg {
        let spoken = Spoken::Full { class, id, title: &title, finding: &finding };
        let (frame, scale) = Frame::of_bars((width, height), (18, 8, 15), bars.len(), highest);
        render(&frame, &spoken, |canvas| draw(canvas, &frame, &scale, &bars, apart))
    };
    let wide = draw("wide", id, 760, 220, 40.0);
    let narrow = draw("narrow", &format!("{id}-n"), 340, 200, 60.0);
    Chart { title, finding, wide, narrow }
}

/// The index of the week with the most, the latest of equals. None if nothing was run.
fn most(bars: &[Bar]) -> Option<usize> {
    let found = (0..bars.len()).max_by(|a, b| bars[*a].distance.total_cmp(&bars[*b].distance))?;
    (bars[found].distance > 0.0).then_some(found)
}

fn finding(bars: &[Bar], unit: &str) -> String {
    let Some(most) = most(bars) else {
        return if bars.is_empty() { "No weeks yet." } else { "Nothing recorded in these weeks." }.to_owned();
    };
    let peak = &bars[most];
    let peak_said = format!("{} {unit} in week of {}", short(peak.distance), peak.start.format("%-d %B"));
    match bars.iter().find(|bar| bar.is_current) {
        Some(now) if bars.len() == 1 => format!("{} {unit} so far.", short(now.distance)),
        Some(now) if peak.is_current => {
            format!("This week {} {unit} so far, already the most of all.", short(now.distance))
        }
        Some(now) => format!("This week {} {unit} so far; most {peak_said}.", short(now.distance)),
        None => format!("Most {peak_said}."),
    }
}

fn draw(canvas: &Canvas, frame: &Frame, scale: &[f64], bars: &[Bar], apart: f64) -> Drawn {
    canvas.scale(scale, tick)?;

    // A bar takes 72 % of its week's room, and is never so wide that it reads as an area.
    let room = f64::from(frame.right - frame.left) / bars.len().max(1) as f64;
    let width = 0.72f64.min(36.0 / room);
    let last_whole = bars.iter().rposition(|bar| !bar.is_current);
    for (i, bar) in bars.iter().enumerate() {
        let ink = match (bar.is_current, Some(i) == last_whole) {
            (true, _) => Ink::Now,
            (_, true) => Ink::Done,
            _ => Ink::Quiet,
        };
        canvas.bar(i as f64 + 0.5, width, bar.distance, ink)?;
    }

    for i in labelled(bars, room, apart) {
        let format = if bars.len() <= 6 { "%-d %b" } else { "%b" };
        canvas.below(i as f64 + 0.5, &bars[i].start.format(format).to_string())?;
    }

    // The most, and the last week if its number does not run into the first.
    let peak = most(bars);
    let last = bars.len().checked_sub(1).filter(|i| bars[*i].distance > 0.0);
    let place = |i: usize| canvas.place(i as f64 + 0.5, bars[i].distance);
    let clear = |a: usize, b: usize| {
        let ((ax, ay), (bx, by)) = (place(a), place(b));
        (ax - bx).abs() > 28.0 || (ay - by).abs() > 16.0
    };
    for i in peak.into_iter().chain(last.filter(|l| peak.is_some_and(|p| p != *l && clear(p, *l)))) {
        let (x, y) = place(i);
        canvas.text(&short(bars[i].distance), x, y - 6.0, HPos::Center, Ink::Strong)?;
    }
    Ok(())
}

/// Which weeks have their month (or, when they are few, their date) written below: the first of each month,
/// from the right, `apart` pixels or more from the next.
fn labelled(bars: &[Bar], room: f64, apart: f64) -> Vec<usize> {
    let begins = |i: usize| bars.len() <= 6 || i == 0 || bars[i].start.month() != bars[i - 1].start.month();
    let mut kept: Vec<usize> = Vec::new();
    for i in (0..bars.len()).rev().filter(|i| begins(*i)) {
        if kept.last().is_none_or(|next| (next - i) as f64 * room >= apart) {
            kept.push(i);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::super::tests::check;
    use super::*;

    fn weeks(kilometres: &[f64]) -> Vec<Week> {
        let last = NaiveDate::from_ymd_opt(2026, 4, 13).unwrap();
        let count = kilometres.len();
        let week = |(i, km): (usize, &f64)| Week {
            start: last - Days::new(7 * (count - 1 - i) as u64),
            metres: km * 1000.0,
            is_current: i + 1 == count,
        };
        kilometres.iter().enumerate().map(week).collect()
    }

    const HALF_YEAR: [f64; 26] = [
        38.21, 41.07, 44.9, 36.34, 46.6, 49.8, 52.13, 40.02, 50.5, 53.77, 55.01, 42.6, 22.4, 44.18, 48.32,
        54.9, 58.41, 46.03, 60.77, 64.2, 68.15, 54.44, 66.9, 72.31, 86.2, 40.7,
    ];

    #[test]
    fn half_a_year_is_small_in_both_widths() {
        let chart = weekly_distance(&weeks(&HALF_YEAR), UnitSystem::Metric, "weekly");
        check(&chart.wide);
        check(&chart.narrow);
        let bytes = chart.wide.as_str().len() + chart.narrow.as_str().len();
        assert!(bytes < 12_000, "{bytes} bytes");
        assert!(bytes < 6_500, "{bytes} bytes: more than it was when this was written");
    }

    #[test]
    fn says_what_it_shows() {
        let chart = weekly_distance(&weeks(&HALF_YEAR), UnitSystem::Metric, "weekly");
        assert_eq!(chart.title, "Weekly distance, last 26 weeks");
        assert_eq!(chart.finding, "This week 41 km so far; most 86 km in week of 6 April.");
        let text = chart.narrow.as_str();
        for month in ["Oct", "Dec", "Feb", "Apr"] {
            assert!(text.contains(&format!(">{month}<")), "{month}");
        }
        assert!(text.contains(r#"aria-labelledby="weekly-n-t weekly-n-d""#));
        let miles = weekly_distance(&weeks(&HALF_YEAR), UnitSystem::Imperial, "weekly");
        assert_eq!(miles.finding, "This week 25 mi so far; most 54 mi in week of 6 April.");
    }

    #[test]
    fn few_weeks_none_and_nothing() {
        let one = weekly_distance(&weeks(&[12.4]), UnitSystem::Metric, "w");
        assert_eq!(
            (one.title.as_str(), one.finding.as_str()),
            ("Weekly distance, this week", "12 km so far.")
        );
        assert!(one.wide.as_str().contains(">13 Apr<"));
        let zeros = weekly_distance(&weeks(&[0.0; 26]), UnitSystem::Metric, "w");
        assert_eq!(zeros.finding, "Nothing recorded in these weeks.");
        assert!(!zeros.wide.as_str().contains("quiet"));
        let empty = weekly_distance(&[], UnitSystem::Metric, "w");
        assert_eq!(empty.finding, "No weeks yet.");
        for chart in [one, zeros, empty, weekly_distance(&weeks(&[30.0; 52]), UnitSystem::Metric, "w")] {
            check(&chart.wide);
            check(&chart.narrow);
        }
    }

    #[test]
    fn bars_stand_on_zero_and_grid_lines_are_few() {
        let chart = weekly_distance(&weeks(&HALF_YEAR), UnitSystem::Metric, "w");
        let grid =
            chart.wide.as_str().split(r#"class="grid" d=""#).nth(1).unwrap().split('"').next().unwrap();
        assert!(grid.matches('M').count() <= 4, "{grid}");
        assert!(chart.wide.as_str().contains(r#"class="axis" d="M30 196H752""#));
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_drawing(km in prop::collection::vec(prop::num::f64::ANY, 0..60)) {
            let chart = weekly_distance(&weeks(&km), UnitSystem::Metric, "w");
            check(&chart.wide);
            check(&chart.narrow);
        }
    }
}
