//! What a device recorded, free of the format it was stored in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::{ActivityType, FileFormat};

/// One activity as read from a file. A file with several sessions (a triathlon) gives several.
///
/// Distances are metres, times seconds, heart rates beats per minute, cadence steps per minute for
/// activities on foot, power watts, temperature degrees Celsius.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    pub format: FileFormat,
    pub activity_type: ActivityType,
    /// Whether the file itself named the sport; otherwise `activity_type` was guessed from the speed.
    pub is_type_stated: bool,
    /// On a treadmill or a track indoors: no coordinates, and still a run.
    pub is_indoor: bool,
    pub title: Option<String>,
    pub note: Option<String>,
    pub start: DateTime<Utc>,
    /// Local time minus UTC where it was recorded, if the file says so.
    pub utc_offset_seconds: Option<i32>,
    pub distance: Option<f64>,
    /// Time with the timer running, without pauses.
    pub timer: f64,
    pub elapsed: f64,
    pub ascent: Option<f64>,
    pub descent: Option<f64>,
    pub average_heart_rate: Option<f64>,
    pub max_heart_rate: Option<f64>,
    pub average_cadence: Option<f64>,
    pub average_power: Option<f64>,
    pub calories: Option<f64>,
    /// Maker and product as the file names them.
    pub device: Option<String>,
    /// What identifies this recording beyond its bytes: for FIT, maker, product, serial number, time of
    /// creation and the number of the session in the file.
    pub external_id: Option<String>,
    pub laps: Vec<Lap>,
    pub streams: Streams,
    /// Whether the file broke off before its end, so that the end of this is not the outing's.
    pub is_cut_off: bool,
    /// What was left out or mended, in sentences for the person who sent the file.
    pub warnings: Vec<String>,
}

/// One lap as the device cut it. `start` is in seconds since the start of the recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lap {
    pub start: f64,
    pub timer: f64,
    pub elapsed: f64,
    pub distance: Option<f64>,
    pub ascent: Option<f64>,
    pub average_heart_rate: Option<f64>,
    pub max_heart_rate: Option<f64>,
    pub average_cadence: Option<f64>,
}

/// Index-aligned series: every series that is not empty has the length of `time`, and `NaN` stands where
/// nothing was recorded. An empty series was not recorded at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Streams {
    /// Seconds since the start of the recording, never falling.
    pub time: Vec<f32>,
    /// Metres since the start, never falling.
    pub distance: Vec<f32>,
    pub latitude: Vec<f64>,
    pub longitude: Vec<f64>,
    /// Metres above sea level.
    pub altitude: Vec<f32>,
    /// Metres per second.
    pub speed: Vec<f32>,
    pub heart_rate: Vec<f32>,
    /// Steps per minute on foot, revolutions per minute otherwise.
    pub cadence: Vec<f32>,
    pub power: Vec<f32>,
    pub temperature: Vec<f32>,
    /// Stretches with the timer stopped, as (from, to) seconds since the start.
    pub pauses: Vec<(f32, f32)>,
}
