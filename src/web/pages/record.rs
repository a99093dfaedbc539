//! What is drawn and tabled of a recording: charts along the way, laps and splits.

use super::person;
use crate::app::activities::Activity;
use crate::domain::activity::ActivityType;
use crate::domain::person::UnitSystem;
use crate::domain::recording::{Lap, Streams};
use crate::domain::splits::{ChartSeries, chart_series, splits};
use crate::domain::units::{self, Pace, metres_per_unit};
use crate::web::charts::{Along, Chart, Measure, Point, Series, series};

/// Points of a chart: two pixels each at the wide size.
const POINTS: usize = 360;
/// Rows of the table of readings.
const READINGS: usize = 20;
/// Slower than this (m/s) is standing still: it has no pace.
const STANDING: f64 = 0.5;

/// One row of the table of readings along the way.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub seconds: f64,
    pub distance: Option<f64>,
    /// Seconds per kilometre.
    pub pace: Option<f64>,
    pub heart_rate: Option<f64>,
    pub elevation: Option<f64>,
}

/// The charts of a recording and their numbers.
#[derive(Default)]
pub struct Drawn {
    pub charts: Vec<Chart>,
    pub readings: Vec<Reading>,
    pub has_pace: bool,
    pub is_along_distance: bool,
}

/// Draws pace (on foot), heart rate and elevation, as far as they were recorded.
pub fn draw(activity: &Activity, streams: &Streams, units: UnitSystem) -> Drawn {
    let data = chart_series(streams, POINTS);
    if data.seconds.len() < 2 {
        return Drawn::default();
    }
    let is_along_distance =
        data.distance.len() == data.seconds.len() && data.distance.last().is_some_and(|metres| *metres > 0.0);
    let has_pace = activity.activity_type.is_on_foot() && is_along_distance && !data.speed.is_empty();
    let along = if is_along_distance { Along::Distance } else { Along::Time };
    let points = |values: &dyn Fn(usize) -> Option<f64>| -> Vec<Point> {
        let places = if is_along_distance { &data.distance } else { &data.seconds };
        places.iter().enumerate().map(|(index, x)| Point { x: *x, y: values(index) }).collect()
    };
    let mut charts = Vec::new();
    let mut add = |measure, title: &str, id: &str, finding: String, points: Vec<Point>| {
        let drawing = Series { measure, along, points: &points, units, title, finding: &finding };
        charts.push(series(&drawing, id));
    };
    if has_pace {
        let finding = match person::rate(activity, units) {
            Some(rate) => format!("Average {rate}."),
            None => "Pace along the way.".to_owned(),
        };
        add(Measure::Pace, "Pace", "c-pace", finding, points(&|index| pace_at(&data, index)));
    }
    if data.heart_rate.iter().any(|rate| rate.is_finite()) {
        let figure = |rate: Option<f64>| rate.map_or(units::NOTHING.to_owned(), |r| format!("{r:.0} bpm"));
        let finding = format!(
            "Average {}, highest {}.",
            figure(activity.average_heart_rate),
            figure(activity.max_heart_rate)
        );
        let points = points(&|index| reading(&data.heart_rate, index));
        add(Measure::HeartRate, "Heart rate", "c-heart", finding, points);
    }
    if data.elevation.iter().any(|metres| metres.is_finite()) {
        let (low, high) = extent(&data.elevation);
        let finding =
            format!("Between {} and {}.", units::elevation(low, units), units::elevation(high, units));
        let points = points(&|index| reading(&data.elevation, index));
        add(Measure::Elevation, "Elevation", "c-elevation", finding, points);
    }
    Drawn { readings: readings(&data, has_pace), charts, has_pace, is_along_distance }
}

fn reading(values: &[f64], index: usize) -> Option<f64> {
    values.get(index).copied().filter(|value| value.is_finite())
}

fn pace_at(data: &ChartSeries, index: usize) -> Option<f64> {
    let speed = reading(&data.speed, index).filter(|speed| *speed >= STANDING)?;
    Pace::from_speed(speed).map(|pace| pace.0)
}

fn extent(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn readings(data: &ChartSeries, has_pace: bool) -> Vec<Reading> {
    let count = data.seconds.len();
    let step = count.div_ceil(READINGS).max(1);
    (0..count)
        .step_by(step)
        .map(|index| Reading {
            seconds: data.seconds[index],
            distance: reading(&data.distance, index),
            pace: if has_pace { pace_at(data, index) } else { None },
            heart_rate: reading(&data.heart_rate, index),
            elevation: reading(&data.elevation, index),
        })
        .collect()
}

/// Metres climbed, from the elevation along the way, where the device gave no sum of its own.
pub fn climbed(streams: &Streams) -> Option<f64> {
    let parts = splits(streams, 1000.0);
    parts.iter().map(|part| part.ascent).sum::<Option<f64>>().filter(|_| !parts.is_empty())
}

/// Laps as the device cut them, or whole kilometres or miles.
pub struct Splits {
    pub heading: &'static str,
    pub column: &'static str,
    pub is_laps: bool,
    /// Whether there are both, to choose from.
    pub has_both: bool,
    pub has_heart_rate: bool,
    pub has_ascent: bool,
    pub rows: Vec<SplitRow>,
}

pub struct SplitRow {
    pub name: String,
    pub distance: Option<f64>,
    pub seconds: f64,
    pub rate: Option<String>,
    pub average_heart_rate: Option<f64>,
    pub ascent: Option<f64>,
    /// How quick it was, as percent of the quickest.
    pub part: i64,
}

impl Splits {
    /// `by` is `laps` or `splits`; anything else chooses: laps where the device cut some.
    pub fn new(
        activity: &Activity,
        laps: &[Lap],
        streams: &Streams,
        units: UnitSystem,
        by: &str,
    ) -> Option<Self> {
        let kind = activity.activity_type;
        let cut = splits(streams, metres_per_unit(units));
        let has_laps = laps.len() > 1;
        let is_laps = has_laps && (by == "laps" || by != "splits" || cut.is_empty());
        let rate = |metres: Option<f64>, seconds: f64| units::rate(kind, metres?, seconds, units);
        let mut rows: Vec<SplitRow> = if is_laps {
            let row = |(index, lap): (usize, &Lap)| SplitRow {
                name: (index + 1).to_string(),
                distance: lap.distance,
                seconds: lap.timer,
                rate: rate(lap.distance, lap.timer),
                average_heart_rate: lap.average_heart_rate,
                ascent: lap.ascent,
                part: 0,
            };
            laps.iter().enumerate().map(row).collect()
        } else {
            let row = |split: &crate::domain::splits::Split| SplitRow {
                name: match split.is_partial {
                    true => units::distance_exact(split.distance, units),
                    false => split.number.to_string(),
                },
                distance: Some(split.distance),
                seconds: split.seconds,
                rate: rate(Some(split.distance), split.seconds),
                average_heart_rate: split.average_heart_rate,
                ascent: split.ascent,
                part: 0,
            };
            cut.iter().map(row).collect()
        };
        if rows.is_empty() {
            return None;
        }
        let speed = |row: &SplitRow| match row.distance {
            Some(metres) if row.seconds > 0.0 && metres.is_finite() => metres / row.seconds,
            _ => 0.0,
        };
        let quickest = rows.iter().map(speed).fold(0.0, f64::max);
        for row in &mut rows {
            let part = if quickest > 0.0 { speed(row) / quickest * 100.0 } else { 0.0 };
            row.part = part.round().clamp(0.0, 100.0) as i64;
        }
        let (heading, column) = match (is_laps, kind, units) {
            (true, ActivityType::Swim, _) => ("Lengths and laps", "Lap"),
            (true, ..) => ("Laps", "Lap"),
            (false, _, UnitSystem::Metric) => ("Kilometre splits", "Kilometre"),
            (false, _, UnitSystem::Imperial) => ("Mile splits", "Mile"),
        };
        Some(Self {
            heading,
            column,
            is_laps,
            has_both: has_laps && !cut.is_empty(),
            has_heart_rate: rows.iter().any(|row| row.average_heart_rate.is_some()),
            has_ascent: rows.iter().any(|row| row.ascent.is_some()),
            rows,
        })
    }
}
