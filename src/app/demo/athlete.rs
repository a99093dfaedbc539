//! One athlete's rows: fitness values, and activities with their figures and loads.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dice::Dice;
use super::people::{ATHLETES, Athlete, Story};
use super::recording::{Heart, record};
use super::season::{Session, WEEKS, season, vdot_at};
use crate::app::db::activities::Activity;
use crate::app::loads::{self, Known};
use crate::app::streams;
use crate::domain::activity::{ActivityStatus, ActivityType, FileFormat, Source};
use crate::domain::calendar::{day_at, day_start, offset_seconds, parse_zone};
use crate::domain::fitness::FitnessKind;
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::load::{self, Evidence};
use crate::domain::recording::{Recording, Streams};
use crate::domain::series::Elevation;

/// Days back from today that have streams and laps, not figures alone.
const RECORDED_DAYS: i64 = 22;
/// Seconds from the end of an outing until it is here.
const UPLOAD: i64 = 420;
const TELEPHONE: &str = "Pixel 8";
const DEVICES: &[&str] = &[
    "Garmin Forerunner 265",
    "Garmin Forerunner 965",
    "COROS PACE 3",
    "Polar Vantage V3",
    "Suunto Race",
    "Garmin Fenix 7",
];

/// What is stored of one athlete.
pub struct Training {
    /// Kind, day from which it holds, value.
    pub fitness: Vec<(FitnessKind, i64, f64)>,
    pub activities: Vec<Activity>,
    /// Of the last weeks, with the activity that each belongs to.
    pub recordings: Vec<Packed>,
    /// Recordings of an outing that has one already: id, start, seconds. To be linked once they are stored.
    pub twins: Vec<(ActivityId, i64, f64)>,
}

/// A recording as it is stored.
pub struct Packed {
    pub activity_id: ActivityId,
    pub sample_count: i64,
    /// JSON.
    pub laps: String,
    pub streams: Vec<u8>,
}

impl Training {
    /// Makes the rows of the athlete with this number as they are at `now` (Unix seconds).
    pub fn of(number: usize, now: i64, user: UserId, mut uuid: impl FnMut() -> Uuid) -> Self {
        let athlete = &ATHLETES[number];
        let zone = parse_zone(athlete.zone).unwrap_or(chrono_tz::UTC);
        let today = day_at(now, zone);
        let mut dice = Dice::new(7_000 + number as u64);
        let heart = Heart {
            resting: (66.0 - athlete.vdot.1 * 0.4 + 12.0 * dice.unit()).round(),
            max: if athlete.groups.contains('V') { 172.0 } else { 188.0 } + (7.0 * dice.noise()).round(),
        };
        let fitness = fitness(athlete, &heart, today, &mut dice);
        let device = dice.pick(DEVICES);
        let mut training =
            Self { fitness, activities: Vec::new(), recordings: Vec::new(), twins: Vec::new() };
        for session in season(athlete, number, today) {
            let instant = day_start(session.day, zone)
                + chrono::TimeDelta::seconds(session.minute * 60 + dice.between(0.0, 59.0) as i64);
            let mut row = figures(&session, &heart, &mut dice);
            if instant.timestamp() + row.elapsed as i64 + UPLOAD > now {
                continue;
            }
            row.user_id = user;
            row.timezone = athlete.zone.to_owned();
            row.local_day = session.day;
            let is_typed = matches!(session.activity_type, ActivityType::Strength)
                || matches!(athlete.story, Story::Beginner { .. }) && dice.chance(0.15);
            if is_typed {
                row.source = Source::Manual;
                row.average_heart_rate = None;
                row.max_heart_rate = None;
                row.elevation_gain = None;
                row.average_cadence = None;
                training.add(row, instant, None, uuid());
                continue;
            }
            row.file_format = Some(FileFormat::Fit);
            row.device = Some(device.to_owned());
            let is_recent = session.day > today - RECORDED_DAYS;
            let offset = offset_seconds(instant, zone);
            let recording = is_recent.then(|| record(&session, heart, instant, offset, device, &mut dice));
            training.add(row, instant, recording, uuid());
            if is_recent && athlete.story == Story::TwoDevices && session.activity_type == ActivityType::Run {
                let mut twin = record(
                    &session,
                    heart,
                    instant + chrono::TimeDelta::seconds(5),
                    offset,
                    TELEPHONE,
                    &mut dice,
                );
                twin.format = FileFormat::Gpx;
                // A telephone in a pocket: no heart rate, and it cuts the corners.
                twin.streams.heart_rate.clear();
                twin.streams.cadence.clear();
                (twin.average_heart_rate, twin.max_heart_rate, twin.average_cadence) = (None, None, None);
                twin.streams.distance.iter_mut().for_each(|d| *d *= 0.976);
                twin.distance = twin.distance.map(|d| (d * 9.76).round() / 10.0);
                let mut row = training.activities[training.activities.len() - 1].clone();
                row.title = "Morning Run".to_owned();
                row.effort = None;
                row.note = String::new();
                row.device = Some(TELEPHONE.to_owned());
                row.file_format = Some(FileFormat::Gpx);
                training.add(row, twin.start, Some(twin), uuid());
                training
                    .twins
                    .extend(training.activities.last().map(|twin| (twin.id, twin.start_at, twin.elapsed)));
            }
        }
        training
    }

    /// Adds an activity with what its recording and the fitness of its day say of it.
    fn add(&mut self, mut row: Activity, start: DateTime<Utc>, recording: Option<Recording>, uuid: Uuid) {
        row.id = ActivityId::from_uuid(uuid);
        row.start_at = start.timestamp();
        if let Some(recording) = &recording {
            row.distance = recording.distance;
            row.duration = recording.timer;
            row.elapsed = row.elapsed.max(recording.elapsed);
            row.average_heart_rate = recording.average_heart_rate;
            row.max_heart_rate = recording.max_heart_rate;
            row.average_cadence = recording.average_cadence;
            let elevation = Elevation::of(&recording.streams);
            let climb = elevation.zip(recording.distance).map(|(e, distance)| e.climb(0.0, distance).0);
            row.elevation_gain = climb.map(f64::round);
        }
        row.created_at = row.start_at + row.elapsed as i64 + UPLOAD;
        row.updated_at = row.created_at;
        weigh(&mut row, &self.fitness, recording.as_ref().map(|r| &r.streams));
        if let Some(recording) = recording {
            self.recordings.push(Packed {
                activity_id: row.id,
                sample_count: recording.streams.time.len() as i64,
                laps: serde_json::to_string(&recording.laps).unwrap_or_else(|_| "[]".into()),
                streams: streams::pack(&recording.streams),
            });
        }
        self.activities.push(row);
    }
}

/// Values with their history, as coaches would have set them: VDOT every quarter, heart rates now and then.
fn fitness(athlete: &Athlete, heart: &Heart, today: i64, dice: &mut Dice) -> Vec<(FitnessKind, i64, f64)> {
    let mut values = Vec::new();
    if matches!(athlete.story, Story::New) {
        return values;
    }
    let first = today - WEEKS * 7;
    values.push((FitnessKind::MaxHr, first, heart.max));
    values.push((FitnessKind::RestingHr, first, heart.resting + 3.0));
    values.push((FitnessKind::RestingHr, today - 190, heart.resting));
    if athlete.level != 'b' {
        values.push((FitnessKind::ThresholdHr, today - 300, (heart.max * 0.9).round()));
    }
    // Beginners have raced nothing yet.
    if let Story::Beginner { .. } = athlete.story {
        return values;
    }
    for quarter in 0..6 {
        let weeks = WEEKS - quarter * 13;
        let value = vdot_at(athlete, weeks as f64) + 0.3 * dice.noise();
        values.push((FitnessKind::Vdot, today - weeks * 7, (value * 10.0).round() / 10.0));
    }
    values.push((FitnessKind::Vdot, today - 20, (vdot_at(athlete, 3.0) * 10.0).round() / 10.0));
    values
}

/// The figures of a session as a watch would sum them up.
fn figures(session: &Session, heart: &Heart, dice: &mut Dice) -> Activity {
    let seconds = session.seconds().round();
    let metres = session.metres();
    let beats = |reserve: f64| heart.resting + (heart.max - heart.resting) * reserve;
    let average = beats(session.reserve()) + 2.0 * dice.noise();
    let hardest = session.blocks.iter().map(|b| b.reserve).fold(0.0, f64::max);
    let is_foot = session.activity_type.is_on_foot();
    let speed = metres / seconds.max(1.0);
    let climb = (session.climb > 0.0).then(|| (session.climb * metres / 1000.0).round());
    Activity {
        // Replaced by the caller, who knows whose it is and when it was.
        id: ActivityId::from_uuid(Uuid::nil()),
        user_id: UserId::from_uuid(Uuid::nil()),
        title: session.title.clone(),
        activity_type: session.activity_type,
        sub_type: session.sub_type,
        status: ActivityStatus::Completed,
        start_at: 0,
        timezone: String::new(),
        local_day: 0,
        distance: (metres > 0.0).then_some((metres * 10.0).round() / 10.0),
        duration: seconds,
        elapsed: seconds + if is_foot { dice.between(0.0, 90.0).round() } else { 0.0 },
        average_heart_rate: Some(average.round()),
        max_heart_rate: Some(
            (beats(hardest) + 6.0 + 2.0 * dice.noise()).min(heart.max).max(average + 4.0).round(),
        ),
        average_cadence: is_foot.then(|| (148.0 + 8.0 * speed + 2.0 * dice.noise()).round()),
        elevation_gain: climb,
        calories: None,
        effort: session.effort,
        note: session.note.to_owned(),
        is_indoor: session.is_indoor,
        source: Source::File,
        file_format: None,
        device: None,
        external_id: None,
        training_load: None,
        load_method: None,
        vdot_load: None,
        is_vdot_load_estimate: false,
        formula_version: load::FORMULA_VERSION,
        duplicate_of: None,
        is_unlinked: false,
        warnings: String::new(),
        created_at: 0,
        updated_at: 0,
        version: 1,
    }
}

/// Loads, from the evidence in the row and its streams, as an import computes them.
fn weigh(row: &mut Activity, known: &Known, streams: Option<&Streams>) {
    let evidence = Evidence {
        activity_type: row.activity_type,
        sub_type: row.sub_type,
        duration: row.duration,
        distance: row.distance,
        average_heart_rate: row.average_heart_rate,
        effort: row.effort.map(|e| e as f64),
        streams,
    };
    let loads = loads::compute(&evidence, row.local_day, known);
    row.training_load = loads.training_load;
    row.load_method = loads.load_method;
    row.vdot_load = loads.vdot_load;
    row.is_vdot_load_estimate = loads.is_vdot_load_estimate;
    row.formula_version = loads.formula_version;
}
