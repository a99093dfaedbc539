//! Lines along one activity: pace, heart rate and elevation.

use super::backend::Ink;
use super::canvas::{Frame, Spoken, render};
use super::scale::ticks;
use super::{Chart, Svg};
use crate::domain::person::UnitSystem;

/// What the line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Seconds per kilometre. Quicker is higher.
    Pace,
    /// Beats per minute.
    HeartRate,
    /// Metres above the sea, with the area below it filled.
    Elevation,
}

/// What the line runs along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// `x` in seconds from the start.
    Time,
    /// `x` in metres from the start.
    Distance,
}

/// One reading.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Seconds or metres, never falling.
    pub x: f64,
    /// In the measure's unit; none is a pause or a lost signal, and leaves a gap in the line.
    pub y: Option<f64>,
}

/// What to draw. `title` and `finding` are read out and should say what is seen: "Heart rate", "Average 152
/// bpm, highest 178 bpm after 41 minutes."
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub measure: Measure,
    pub along: Along,
    pub points: &'a [Point],
    pub units: UnitSystem,
    pub title: &'a str,
    pub finding: &'a str,
}

type Run = Vec<(f64, f64)>;

/// Draws the series. `id` is unique on the page; the ids inside begin with it.
pub fn series(series: &Series, id: &str) -> Chart {
    let runs = converted(series);
    let draw = |class, id: &str, width, height, detail| -> Svg {
        let spoken = Spoken::Full { class, id, title: series.title, finding: series.finding };
        let plan = Plan::new(series, &runs, width, height);
        render(&plan.frame, &spoken, |canvas| {
            let runs: Vec<Run> = runs.iter().map(|run| plan.thin(run, detail)).collect();
            let drawn = || runs.iter().filter(|run| run.len() > 1);
            if series.measure == Measure::Elevation {
                for run in drawn() {
                    canvas.area(run.clone(), Ink::Area)?;
                }
            }
            canvas.scale(&plan.scale, |tick| label(series.measure, tick))?;
            for run in drawn() {
                canvas.line(run.clone(), Ink::Line)?;
            }
            for (x, label) in plan.along_labels(series) {
                canvas.below(x, &label)?;
            }
            Ok(())
        })
    };
    let wide = draw("wide", id, 760, 180, 240);
    let narrow = draw("narrow", &format!("{id}-n"), 340, 160, 120);
    Chart { title: series.title.to_owned(), finding: series.finding.to_owned(), wide, narrow }
}

/// The line's unbroken parts, in the reader's units, with whatever cannot be drawn taken out.
fn converted(series: &Series) -> Vec<Run> {
    let (per_x, per_y) = match (series.units, series.along, series.measure) {
        (_, Along::Time, Measure::HeartRate) => (60.0, 1.0),
        (UnitSystem::Metric, Along::Time, _) => (60.0, 1.0),
        (UnitSystem::Metric, Along::Distance, _) => (1000.0, 1.0),
        (UnitSystem::Imperial, along, measure) => {
            let x = if along == Along::Time { 60.0 } else { 1609.344 };
            let y = match measure {
                Measure::Pace => 1.0 / 1.609344,
                Measure::HeartRate => 1.0,
                Measure::Elevation => 0.3048,
            };
            (x, y)
        }
    };
    let drawable = |y: f64| match series.measure {
        // A pace of an hour for a kilometre is standing.
        Measure::Pace => y > 30.0 && y < 3600.0,
        Measure::HeartRate => y > 0.0 && y < 300.0,
        Measure::Elevation => y > -500.0 && y < 10_000.0,
    };
    let mut runs: Vec<Run> = vec![Vec::new()];
    let mut reached = f64::NEG_INFINITY;
    for point in series.points {
        let x = point.x / per_x;
        if !x.is_finite() || x < reached || x.abs() > 1e6 {
            continue;
        }
        match point.y.filter(|y| drawable(*y)) {
            Some(y) => {
                reached = x;
                if let Some(run) = runs.last_mut() {
                    run.push((x, y / per_y));
                }
            }
            None if runs.last().is_some_and(|run| !run.is_empty()) => runs.push(Vec::new()),
            None => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

struct Plan {
    frame: Frame,
    scale: Vec<f64>,
}

impl Plan {
    fn new(series: &Series, runs: &[Run], width: i32, height: i32) -> Self {
        let mut values: Vec<f64> = runs.iter().flatten().map(|(_, y)| *y).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get(((values.len() as f64 - 1.0) * share).round() as usize).copied();
        // A few readings at a crossing would flatten the whole run: pace shows all but its slowest twentieth.
        let (low_share, high_share, least, steps): (_, _, f64, &[f64]) = match series.measure {
            Measure::Pace => (0.005, 0.95, 30.0, &[10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0]),
            Measure::HeartRate => (0.0, 1.0, 20.0, &[5.0, 10.0, 20.0, 40.0, 50.0]),
            Measure::Elevation => (0.0, 1.0, 20.0, &[]),
        };
        let (low, high) = (at(low_share).unwrap_or(0.0), at(high_share).unwrap_or(least));
        let spare = ((least - (high - low)) / 2.0).max(0.0);
        let mut scale = ticks(low - spare, high + spare, 4, steps);
        if series.measure == Measure::Pace {
            scale.reverse();
        }
        let (bottom, top) = (scale.first().copied().unwrap_or(0.0), scale.last().copied().unwrap_or(1.0));
        let start = runs.first().and_then(|run| run.first()).map_or(0.0, |(x, _)| x.min(0.0));
        let end = runs.last().and_then(|run| run.last()).map_or(1.0, |(x, _)| *x);
        let longest =
            scale.iter().map(|t| label(series.measure, *t).chars().count() as i32).max().unwrap_or(1);
        let frame = Frame {
            width,
            height,
            left: (9 + 7 * longest).max(30),
            right: width - 8,
            top: 12,
            bottom: height - 24,
            x: start..if end > start { end } else { start + 1.0 },
            y: bottom..top,
            radius: 0,
        };
        Self { frame, scale }
    }

    /// At most `detail` points across the whole width, each the mean of those it stands for, kept inside the
    /// plot.
    fn thin(&self, run: &Run, detail: usize) -> Run {
        let (start, end) = (self.frame.x.start, self.frame.x.end);
        let column = |x: f64| ((x - start) / (end - start) * detail as f64).floor() as i64;
        let (low, high) =
            (self.frame.y.start.min(self.frame.y.end), self.frame.y.start.max(self.frame.y.end));
        run.chunk_by(|a, b| column(a.0) == column(b.0))
            .map(|chunk| {
                let count = chunk.len() as f64;
                let (x, y) = chunk.iter().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
                (x / count, (y / count).clamp(low, high))
            })
            .collect()
    }

    /// Labels below the plot: round kilometres, miles or minutes, the last one with its unit.
    fn along_labels(&self, series: &Series) -> Vec<(f64, String)> {
        let (start, end) = (self.frame.x.start, self.frame.x.end);
        let most = if self.frame.width > 400 { 8 } else { 4 };
        let steps: &[f64] = match series.along {
            Along::Time => &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 240.0],
            Along::Distance => &[],
        };
        let inside: Vec<f64> =
            ticks(start, end, most, steps).into_iter().filter(|x| *x >= start && *x <= end).collect();
        let unit = match (series.along, series.units) {
            (Along::Time, _) if end >= 90.0 => "",
            (Along::Time, _) => " min",
            (_, UnitSystem::Metric) => " km",
            (_, UnitSystem::Imperial) => " mi",
        };
        let last = inside.len().saturating_sub(1);
        let said = |(i, x): (usize, &f64)| {
            let number = match series.along {
                Along::Time if end >= 90.0 => format!("{}:{:02}", *x as i64 / 60, *x as i64 % 60),
                _ if x.fract() == 0.0 => format!("{x:.0}"),
                _ => format!("{x:.2}").trim_end_matches('0').to_owned(),
            };
            (*x, if i == last { number + unit } else { number })
        };
        inside.iter().enumerate().map(said).collect()
    }
}

fn label(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Pace => {
            let seconds = value.max(0.0).round() as i64;
            format!("{}:{:02}", seconds / 60, seconds % 60)
        }
        _ if value < 0.0 => format!("−{:.0}", -value),
        _ => format!("{:.0}", value.abs()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::check;
    use super::*;

    fn run(measure: Measure) -> Vec<Point> {
        (0..3600)
            .map(|second| {
                let wave = (f64::from(second) / 240.0).sin();
                let y = match measure {
                    Measure::Pace => 290.0 + 18.0 * wave,
                    Measure::HeartRate => 148.0 + 14.0 * wave,
                    Measure::Elevation => 80.0 + 35.0 * wave,
                };
                Point { x: f64::from(second), y: (!(1500..1620).contains(&second)).then_some(y) }
            })
            .collect()
    }

    fn drawn(measure: Measure, points: &[Point], units: UnitSystem, along: Along) -> Chart {
        series(
            &Series { measure, along, points, units, title: "Heart rate", finding: "Average 152 <bpm>." },
            "s",
        )
    }

    #[test]
    fn an_hour_is_small_and_a_pause_is_a_gap() {
        for measure in [Measure::Pace, Measure::HeartRate, Measure::Elevation] {
            let chart = drawn(measure, &run(measure), UnitSystem::Metric, Along::Time);
            check(&chart.wide);
            check(&chart.narrow);
            let bytes = chart.wide.as_str().len() + chart.narrow.as_str().len();
            assert!(bytes < 9_000, "{measure:?} {bytes} bytes");
            let line = chart.wide.as_str().split(r#"class="line" d=""#).nth(1).unwrap();
            assert_eq!(line.split('"').next().unwrap().matches('M').count(), 2, "{measure:?}");
            assert!(chart.wide.as_str().contains("&lt;bpm&gt;"));
        }
    }

    #[test]
    fn slower_is_lower() {
        let points: Vec<Point> =
            (0..600).map(|i| Point { x: f64::from(i) * 10.0, y: Some(240.0 + f64::from(i) / 5.0) }).collect();
        let chart = drawn(Measure::Pace, &points, UnitSystem::Metric, Along::Distance);
        let text = chart.wide.as_str();
        // The axis, lowest on the paper, is written first.
        assert!(text.find(">6:00<").unwrap() < text.find(">4:00<").unwrap());
        assert!(text.contains(" km</text>"));
    }

    #[test]
    fn units_change_the_numbers() {
        let points: Vec<Point> =
            (0..100).map(|i| Point { x: f64::from(i) * 100.0, y: Some(100.0 + f64::from(i)) }).collect();
        let chart = drawn(Measure::Elevation, &points, UnitSystem::Imperial, Along::Distance);
        assert!(chart.wide.as_str().contains(" mi</text>"));
        assert!(chart.wide.as_str().contains(">600<") || chart.wide.as_str().contains(">650<"));
    }

    #[test]
    fn nothing_to_draw_still_says_its_title() {
        let chart = drawn(Measure::HeartRate, &[], UnitSystem::Metric, Along::Time);
        check(&chart.wide);
        assert!(chart.wide.as_str().contains(">Heart rate</title>"));
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_drawing(
            points in prop::collection::vec((prop::num::f64::ANY, prop::option::of(prop::num::f64::ANY)), 0..80),
            kind in 0usize..3,
            is_time in any::<bool>(),
            is_metric in any::<bool>(),
        ) {
            let points: Vec<Point> = points.into_iter().map(|(x, y)| Point { x, y }).collect();
            let measure = [Measure::Pace, Measure::HeartRate, Measure::Elevation][kind];
            let along = if is_time { Along::Time } else { Along::Distance };
            let units = if is_metric { UnitSystem::Metric } else { UnitSystem::Imperial };
            let chart = drawn(measure, &points, units, along);
            check(&chart.wide);
            check(&chart.narrow);
        }
    }
}
