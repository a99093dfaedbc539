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
            canvas.scale(&plan.scale, |tick| plan.beside(series.measure, tick))?;
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

/// Whether the readings along the way stay below a kilometre: then metres say more.
fn is_in_metres(series: &Series) -> bool {
    series.along == Along::Distance && series.units == UnitSystem::Metric && reach(series.points) < 1000.0
}

/// What a value is divided by to be in the reader's units: across and upwards.
fn per_unit(series: &Series) -> (f64, f64) {
    let x = match (series.along, series.units) {
        (Along::Time, _) => 60.0,
        (Along::Distance, UnitSystem::Metric) if is_in_metres(series) => 1.0,
        (Along::Distance, UnitSystem::Metric) => 1000.0,
        (Along::Distance, UnitSystem::Imperial) => 1609.344,
    };
    let y = match (series.units, series.measure) {
        (UnitSystem::Imperial, Measure::Pace) => 1.0 / 1.609344,
        (UnitSystem::Imperial, Measure::Elevation) => 0.3048,
        _ => 1.0,
    };
    (x, y)
}

/// How far the recording goes, in seconds or metres, also where this measure has no reading: the charts of one
/// activity end together.
fn reach(points: &[Point]) -> f64 {
    points.iter().map(|p| p.x).filter(|x| x.is_finite() && x.abs() < 1e8).fold(0.0, f64::max)
}

/// The line's unbroken parts, in the reader's units, with whatever cannot be drawn taken out.
fn converted(series: &Series) -> Vec<Run> {
    let (per_x, per_y) = per_unit(series);
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
        if !x.is_finite() || x < reached || point.x.abs() >= 1e8 {
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

/// Of the plot, in pixels: the same for every measure, so that a kilometre lies at the same place in all
/// charts of one activity. Wide enough for `12:30` and `10:00+`.
const LEFT: i32 = 46;

struct Plan {
    frame: Frame,
    scale: Vec<f64>,
    /// The lower end of a scale of pace that does not go down to the slowest readings: they are drawn at it.
    cut: Option<f64>,
}

/// From which value to which the scale has to go. A few readings at a crossing, or a jump of the signal, would
/// flatten a whole run: of pace the outermost readings are left out, and what is far from a good pace of this
/// run (one that a tenth of it is quicker than).
fn span(measure: Measure, runs: &[Run]) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = runs.iter().flatten().map(|(_, y)| *y).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((values.len() as f64 - 1.0) * share).round() as usize).copied();
    match measure {
        Measure::Pace => {
            let good = at(0.1)?;
            Some((at(0.005)?.max(good * 0.75), at(0.95)?.min(good * 2.0)))
        }
        _ => Some((at(0.0)?, at(1.0)?)),
    }
}

impl Plan {
    fn new(series: &Series, runs: &[Run], width: i32, height: i32) -> Self {
        // Steps of pace at most double, and there are five: then the scale never begins at zero.
        let (least, most, steps): (_, _, &[f64]) = match series.measure {
            Measure::Pace => (30.0, 5, &[10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1200.0]),
            Measure::HeartRate => (20.0, 4, &[5.0, 10.0, 20.0, 40.0, 50.0]),
            Measure::Elevation => (20.0, 4, &[]),
        };
        let (low, high) = span(series.measure, runs).unwrap_or((0.0, least));
        let spare = ((least - (high - low)) / 2.0).max(0.0);
        let mut scale = ticks(low - spare, high + spare, most, steps);
        let slowest = runs.iter().flatten().map(|(_, y)| *y).fold(0.0, f64::max);
        let cut = scale.last().copied().filter(|end| series.measure == Measure::Pace && slowest > *end);
        if series.measure == Measure::Pace {
            scale.reverse();
        }
        let (bottom, top) = (scale.first().copied().unwrap_or(0.0), scale.last().copied().unwrap_or(1.0));
        let start = runs.first().and_then(|run| run.first()).map_or(0.0, |(x, _)| x.min(0.0));
        let end = reach(series.points) / per_unit(series).0;
        let frame = Frame {
            width,
            height,
            left: LEFT,
            // Half of the last label, which stands under the end.
            right: width - 20,
            top: 12,
            bottom: height - 24,
            x: start..if end > start { end } else { start + 1.0 },
            y: bottom..top,
            radius: 0,
        };
        Self { frame, scale, cut }
    }

    /// What stands beside a line of the scale; "7:00+" where slower readings are drawn at it, too.
    fn beside(&self, measure: Measure, tick: f64) -> String {
        let label = label(measure, tick);
        if self.cut == Some(tick) { label + "+" } else { label }
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

    /// Labels below the plot: round metres, kilometres, miles or minutes, the last one with its unit.
    fn along_labels(&self, series: &Series) -> Vec<(f64, String)> {
        let (start, end) = (self.frame.x.start, self.frame.x.end);
        let most = if self.frame.width > 400 { 8 } else { 4 };
        let steps: &[f64] = match series.along {
            Along::Time => &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 240.0],
            Along::Distance if is_in_metres(series) => &[10.0, 20.0, 50.0, 100.0, 200.0, 500.0],
            Along::Distance => &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0],
        };
        let inside: Vec<f64> =
            ticks(start, end, most, steps).into_iter().filter(|x| *x >= start && *x <= end).collect();
        let is_hours = series.along == Along::Time && end >= 90.0;
        let unit = match (series.along, series.units) {
            (Along::Time, _) if is_hours => " h",
            (Along::Time, _) => " min",
            (_, UnitSystem::Metric) if is_in_metres(series) => " m",
            (_, UnitSystem::Metric) => " km",
            (_, UnitSystem::Imperial) => " mi",
        };
        // The same decimals all along: "0.5, 1.0, 1.5".
        let step = inside.get(1).map_or(1.0, |second| second - inside[0]);
        let decimals = [0, 1].into_iter().find(|d| is_whole(step * 10f64.powi(*d))).unwrap_or(2) as usize;
        let last = inside.len().saturating_sub(1);
        let said = |(i, x): (usize, &f64)| {
            let number = match *x {
                0.0 => "0".to_owned(),
                x if is_hours => format!("{}:{:02}", x as i64 / 60, x as i64 % 60),
                x => format!("{x:.decimals$}"),
            };
            (*x, if i == last { number + unit } else { number })
        };
        inside.iter().enumerate().map(said).collect()
    }
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
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

    /// The labels of a drawing, in their order.
    fn labels(chart: &Chart) -> Vec<String> {
        let texts = chart.wide.as_str().split("<text").skip(1);
        texts.filter_map(|t| Some(t.split('>').nth(1)?.split('<').next()?.to_owned())).collect()
    }

    #[test]
    fn standing_at_a_crossing_does_not_flatten_a_run() {
        // A tenth of it is a walk at 20:00, some of it a stop.
        let pace = |i: i32| match i % 20 {
            0 => 1200.0,
            1 => 3000.0,
            _ => 280.0 + f64::from(i % 7) * 5.0,
        };
        let points: Vec<Point> =
            (0..400).map(|i| Point { x: f64::from(i) * 25.0, y: Some(pace(i)) }).collect();
        let labels = labels(&drawn(Measure::Pace, &points, UnitSystem::Metric, Along::Distance));
        assert!(!labels.contains(&"0:00".to_owned()), "{labels:?}");
        // The lower end says that slower readings lie on it.
        assert_eq!(labels[0], "10:00+");
        assert_eq!(labels.last().map(String::as_str), Some("8 km"));
    }

    #[test]
    fn kilometres_line_up_and_short_runs_are_in_metres() {
        let points = |metres: f64, value: f64, readings: i32| -> Vec<Point> {
            let at = |i: i32| Point { x: f64::from(i) * metres / 99.0, y: (i < readings).then_some(value) };
            (0..100).map(at).collect()
        };
        let plan = |measure, value, readings| {
            let points = points(10_000.0, value, readings);
            let (along, units) = (Along::Distance, UnitSystem::Metric);
            let series = Series { measure, along, points: &points, units, title: "", finding: "" };
            let frame = Plan::new(&series, &converted(&series), 760, 180).frame;
            (frame.left, frame.right, frame.x.end.round() as i64)
        };
        // The strap gave up half way, and the hill needs four digits: all the same.
        let pace = plan(Measure::Pace, 700.0, 100);
        assert_eq!(pace, plan(Measure::HeartRate, 150.0, 50));
        assert_eq!(pace, plan(Measure::Elevation, 2400.0, 100));

        let short =
            drawn(Measure::HeartRate, &points(400.0, 150.0, 100), UnitSystem::Metric, Along::Distance);
        assert_eq!(labels(&short).last().map(String::as_str), Some("400 m"));
        let longer =
            drawn(Measure::HeartRate, &points(3_000.0, 150.0, 100), UnitSystem::Metric, Along::Distance);
        let labels = labels(&longer);
        assert!(labels.ends_with(&["2.5".to_owned(), "3.0 km".to_owned()]), "{labels:?}");
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
