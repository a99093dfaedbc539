//! What a reader gathers from a file, and how it becomes a recording whose figures agree.

use chrono::DateTime;

use crate::domain::activity::{ActivityType, FileFormat};
use crate::domain::recording::{Lap, Recording};

use super::pauses::{self, Stretch};
use super::refusal::Refusal;
use super::track::{self, Point};
use super::{limits, sport};

/// Seconds by which points may outlast the elapsed time that a device states.
pub const LATE_POINTS: f64 = 10.0;

/// The totals that a file states for a whole activity, in the units of [`Recording`]; cadence as written.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub distance: Option<f64>,
    pub timer: Option<f64>,
    pub elapsed: Option<f64>,
    pub ascent: Option<f64>,
    pub descent: Option<f64>,
    pub average_heart_rate: Option<f64>,
    pub max_heart_rate: Option<f64>,
    pub average_cadence: Option<f64>,
    pub average_power: Option<f64>,
    pub calories: Option<f64>,
}

/// One activity as a file states it, before anything is checked.
#[derive(Debug, Clone)]
pub struct Draft {
    pub format: FileFormat,
    /// What the file says it was; `None` where it says nothing that is understood.
    pub stated_type: Option<ActivityType>,
    /// What to call it where the file says nothing and its speed is no guide.
    pub fallback_type: Option<ActivityType>,
    pub is_indoor: bool,
    pub title: Option<String>,
    pub note: Option<String>,
    pub device: Option<String>,
    pub external_id: Option<String>,
    /// Unix seconds.
    pub start: Option<f64>,
    pub utc_offset_seconds: Option<i32>,
    pub totals: Totals,
    /// Laps whose `start` is in Unix seconds.
    pub laps: Vec<Lap>,
    pub points: Vec<Point>,
    /// Pauses in Unix seconds where the file states them; `None` where it has no such events.
    pub stops: Option<Vec<Stretch>>,
    /// See [`Draft::cut_off`].
    pub is_cut_off: bool,
    pub warnings: Vec<String>,
}

impl Draft {
    pub fn new(format: FileFormat) -> Self {
        Self {
            format,
            stated_type: None,
            fallback_type: None,
            is_indoor: false,
            title: None,
            note: None,
            device: None,
            external_id: None,
            start: None,
            utc_offset_seconds: None,
            totals: Totals::default(),
            laps: Vec::new(),
            points: Vec::new(),
            stops: None,
            is_cut_off: false,
            warnings: Vec::new(),
        }
    }

    /// Notes that the file broke off within this activity.
    pub fn cut_off(&mut self) {
        self.is_cut_off = true;
        self.warnings.push(super::CUT_OFF.to_owned());
    }

    /// Checks, mends and completes it.
    ///
    /// Errors: [`Refusal::NotAnActivity`] where no time passes in it, [`Refusal::Invalid`] where its date,
    /// distance or duration cannot be true.
    pub fn finish(mut self) -> Result<Recording, Refusal> {
        track::tidy(&mut self.points, &mut self.warnings);
        self.laps.retain(|lap| limits::is_plausible_time(lap.start));
        let start = self.start()?;
        let (timer, elapsed, stops) = self.durations(start)?;
        let distance = self.distance()?;

        let guess = || self.fallback_type.unwrap_or_else(|| sport::guess(distance, timer));
        let activity_type = self.stated_type.unwrap_or_else(guess);
        self.mend_cadence(activity_type);
        let totals = &self.totals;
        let heart_rate_range = 1.0..=250.0;
        let of_points = |value: fn(&Point) -> f32| track::mean(&self.points, value);
        let average_heart_rate = totals
            .average_heart_rate
            .filter(|rate| heart_rate_range.contains(rate))
            .or_else(|| of_points(|point| point.heart_rate));
        let max_heart_rate = totals
            .max_heart_rate
            .filter(|rate| heart_rate_range.contains(rate))
            .or_else(|| highest(self.points.iter().map(|point| point.heart_rate)));
        // Standing still does not count towards an average cadence.
        let average_cadence = totals
            .average_cadence
            .filter(|steps| (1.0..=300.0).contains(steps))
            .or_else(|| of_points(|point| if point.cadence > 0.0 { point.cadence } else { f32::NAN }));
        let average_power = totals
            .average_power
            .filter(|watts| (1.0..=5_000.0).contains(watts))
            .or_else(|| of_points(|point| point.power).filter(|watts| *watts >= 1.0));
        let mut streams = track::streams(&self.points, start);
        streams.pauses =
            stops.iter().map(|(from, to)| ((from - start) as f32, (to - start) as f32)).collect();

        Ok(Recording {
            format: self.format,
            activity_type,
            is_type_stated: self.stated_type.is_some(),
            is_indoor: self.is_indoor,
            title: tidy_text(self.title, 200),
            note: tidy_text(self.note, 10_000),
            start: DateTime::from_timestamp_millis((start * 1000.0).round() as i64)
                .ok_or_else(|| Refusal::Invalid("The file's date cannot be true.".into()))?,
            utc_offset_seconds: self.utc_offset_seconds.filter(|offset| (-50_400..=50_400).contains(offset)),
            distance,
            timer,
            elapsed,
            ascent: totals.ascent.filter(|metres| (0.0..=50_000.0).contains(metres)),
            descent: totals.descent.filter(|metres| (0.0..=50_000.0).contains(metres)),
            average_heart_rate,
            max_heart_rate,
            average_cadence,
            average_power,
            calories: totals.calories.filter(|kilocalories| (1.0..=100_000.0).contains(kilocalories)),
            device: tidy_text(self.device, 100),
            external_id: tidy_text(self.external_id, 200),
            laps: laps(self.laps, start, elapsed),
            streams,
            is_cut_off: self.is_cut_off,
            warnings: self.warnings,
        })
    }

    /// The stated start, unless the points contradict it.
    fn start(&self) -> Result<f64, Refusal> {
        let first = self.points.first().map(|point| point.time);
        let stated = self.start.or_else(|| self.laps.first().map(|lap| lap.start));
        match (stated.filter(|start| limits::is_plausible_time(*start)), first) {
            // A watch may wait minutes for satellites, and write a point or two before the timer starts.
            (Some(start), Some(first)) if (-60.0..21_600.0).contains(&(first - start)) => Ok(start),
            (_, Some(first)) => Ok(first),
            (Some(start), None) => Ok(start),
            (None, None) if stated.is_some() => {
                Err(Refusal::Invalid("The file's date cannot be true; the watch's clock was not set.".into()))
            }
            (None, None) => {
                Err(Refusal::NotAnActivity("The file holds no times, so it records no activity.".into()))
            }
        }
    }

    /// Timer, elapsed and pauses that fit each other.
    fn durations(&mut self, start: f64) -> Result<(f64, f64, Vec<Stretch>), Refusal> {
        let sane = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
        let span = self.points.last().map_or(0.0, |point| (point.time - start).max(0.0));
        let stated_timer = self.totals.timer.filter(sane);
        let stated_elapsed = self.totals.elapsed.filter(sane);

        let mut timer = stated_timer;
        // A point or two after the timer stopped do not make the outing longer than the device says.
        let mut elapsed = match stated_elapsed {
            Some(stated) if span <= stated + LATE_POINTS => stated,
            stated => span.max(stated.unwrap_or(0.0)),
        };
        if elapsed > limits::MAX_DURATION && span <= limits::MAX_DURATION && span > 0.0 {
            elapsed = span;
            self.warnings.push("The elapsed time it states cannot be true; its points were used.".into());
        }
        if let Some(seconds) = timer {
            if span > 0.0 && seconds > elapsed * 1.2 + 60.0 {
                timer = None;
                self.warnings.push(
                    "The timer time it states is longer than the activity; its points were used.".into(),
                );
            } else {
                elapsed = elapsed.max(seconds);
            }
        }
        if elapsed <= 0.0 {
            return Err(Refusal::NotAnActivity(
                "No time passes in the file, so it records no activity.".into(),
            ));
        }
        if elapsed > limits::MAX_DURATION {
            return Err(Refusal::Invalid(
                "The activity lasts more than a week, which cannot be true.".into(),
            ));
        }
        let stops = match self.stops.take() {
            Some(stops) => stops,
            None => pauses::from_gaps(&self.points, timer.map(|timer| elapsed - timer)),
        };
        let stops = pauses::tidy(stops, start, start + elapsed);
        let paused: f64 = stops.iter().map(|(from, to)| to - from).sum();
        let timer = timer.unwrap_or(elapsed - paused);
        let (timer, elapsed) = (milliseconds(timer), milliseconds(elapsed));
        if timer <= 0.0 {
            return Err(Refusal::NotAnActivity(
                "No time passes in the file, so it records no activity.".into(),
            ));
        }
        Ok((timer, elapsed, stops))
    }

    /// The stated distance, or that of the laps, or that of the points.
    fn distance(&self) -> Result<Option<f64>, Refusal> {
        let sane = |metres: &f64| (0.0..=limits::MAX_DISTANCE).contains(metres) && *metres > 0.0;
        let of_laps = || Some(self.laps.iter().filter_map(|lap| lap.distance).sum::<f64>());
        let of_points = || highest(self.points.iter().map(|point| point.distance as f32));
        let found = self
            .totals
            .distance
            .filter(sane)
            .or_else(|| of_laps().filter(sane))
            .or_else(|| of_points().filter(sane));
        match (found, self.totals.distance) {
            (None, Some(stated)) if stated > limits::MAX_DISTANCE => {
                Err(Refusal::Invalid("The distance is more than 500 km, which cannot be true.".into()))
            }
            (None, _) if of_points().is_some_and(|metres| metres > limits::MAX_DISTANCE) => {
                Err(Refusal::Invalid("The distance is more than 500 km, which cannot be true.".into()))
            }
            (found, _) => Ok(found),
        }
    }

    /// Makes steps per minute of strides per minute, everywhere or nowhere.
    fn mend_cadence(&mut self, kind: ActivityType) {
        let of_points =
            track::mean(&self.points, |point| if point.cadence > 0.0 { point.cadence } else { f32::NAN });
        let of_laps = || {
            let known: Vec<f64> =
                self.laps.iter().filter_map(|lap| lap.average_cadence).filter(|steps| *steps > 0.0).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        match of_points {
            // A sensor that was never heard of writes zeros.
            None => self.points.iter_mut().for_each(|point| point.cadence = f32::NAN),
            Some(mean) if sport::is_strides(kind, mean) => {
                self.points.iter_mut().for_each(|point| point.cadence *= 2.0);
            }
            Some(_) => {}
        }
        let mean = of_points.or(self.totals.average_cadence.filter(|steps| *steps > 0.0)).or_else(of_laps);
        if mean.is_some_and(|mean| sport::is_strides(kind, mean)) {
            self.totals.average_cadence = self.totals.average_cadence.map(|strides| strides * 2.0);
            for lap in &mut self.laps {
                lap.average_cadence = lap.average_cadence.map(|strides| strides * 2.0);
            }
        }
    }
}

/// Without the noise of subtracting large numbers.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn highest(values: impl Iterator<Item = f32>) -> Option<f64> {
    values.filter(|value| !value.is_nan()).reduce(f32::max).map(f64::from)
}

/// Laps with starts relative to the recording, in order, without what cannot be.
fn laps(mut laps: Vec<Lap>, start: f64, elapsed: f64) -> Vec<Lap> {
    laps.sort_by(|a, b| a.start.total_cmp(&b.start));
    for lap in &mut laps {
        let seconds = |value: f64| if (0.0..=limits::MAX_DURATION).contains(&value) { value } else { 0.0 };
        lap.start = (lap.start - start).clamp(0.0, elapsed);
        lap.timer = seconds(lap.timer);
        lap.elapsed = seconds(lap.elapsed);
        if lap.timer == 0.0 {
            lap.timer = lap.elapsed;
        }
        lap.elapsed = lap.elapsed.max(lap.timer);
        lap.distance = lap.distance.filter(|metres| (0.0..=limits::MAX_DISTANCE).contains(metres));
        lap.ascent = lap.ascent.filter(|metres| (0.0..=50_000.0).contains(metres));
        lap.average_heart_rate = lap.average_heart_rate.filter(|rate| (1.0..=250.0).contains(rate));
        lap.max_heart_rate = lap.max_heart_rate.filter(|rate| (1.0..=250.0).contains(rate));
        lap.average_cadence = lap.average_cadence.filter(|steps| (1.0..=300.0).contains(steps));
    }
    laps.retain(|lap| lap.timer > 0.0 || lap.distance.is_some_and(|metres| metres > 0.0));
    laps
}

/// Text without control characters and outer blanks, cut to `most` characters; nothing where it is empty.
fn tidy_text(text: Option<String>, most: usize) -> Option<String> {
    let text: String = text?
        .trim()
        .chars()
        .filter(|character| *character == '\n' || !character.is_control())
        .take(most)
        .collect();
    (!text.is_empty()).then_some(text)
}
