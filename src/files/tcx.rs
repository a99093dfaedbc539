//! Training Center XML, version 2.

use crate::domain::activity::{ActivityType, FileFormat};
use crate::domain::recording::{Lap, Recording};

use super::draft::Draft;
use super::refusal::Refusal;
use super::time::Zones;
use super::track::{self, Point};
use super::xml::{self, Attributes, Ending};
use super::{each, limits, sport};

/// Reads every activity of a TCX file. One that is unusable is left out, unless it is the only one.
///
/// Errors: [`Refusal::NotAnActivity`] for courses and workouts, [`Refusal::Malformed`],
/// [`Refusal::TooLarge`], [`Refusal::Invalid`].
pub fn read(bytes: &[u8]) -> Result<Vec<Recording>, Refusal> {
    let text = xml::decode(bytes);
    let mut reading = Reading::default();
    let ending = xml::walk(&text, &mut reading)?;
    if ending == Ending::CutOff {
        reading.end_activity();
        if reading.activities.is_empty() {
            return Err(Refusal::Malformed("The TCX file is broken before its first activity.".into()));
        }
    }
    if reading.activities.is_empty() {
        return Err(Refusal::NotAnActivity(match reading.has_course {
            true => "The TCX file is a course to follow; it records no activity.".into(),
            false => "The TCX file holds no activity.".into(),
        }));
    }
    let zones = reading.zones;
    let last = reading.activities.len() - 1;
    each(reading.activities.into_iter().enumerate().map(|(index, mut draft)| {
        draft.utc_offset_seconds = zones.offset_seconds;
        if zones.has_bare {
            draft.warnings.push(super::BARE_TIMES.to_owned());
        }
        if ending == Ending::CutOff && index == last {
            draft.cut_off();
        }
        draft
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Activity,
    Id,
    Notes,
    Creator,
    Name,
    UnitId,
    Lap,
    TotalTimeSeconds,
    DistanceMeters,
    Calories,
    AverageHeartRateBpm,
    MaximumHeartRateBpm,
    HeartRateBpm,
    Value,
    Cadence,
    AvgRunCadence,
    Track,
    Trackpoint,
    Time,
    LatitudeDegrees,
    LongitudeDegrees,
    AltitudeMeters,
    RunCadence,
    Speed,
    Watts,
    Course,
    Unknown,
}

#[derive(Default)]
struct Reading {
    activities: Vec<Draft>,
    zones: Zones,
    has_course: bool,
    points: usize,
    laps: usize,
    activity: Option<Draft>,
    unit: Option<String>,
    id: Option<String>,
    lap: Option<Lap>,
    lap_calories: f64,
    tracks_in_lap: usize,
    /// The index of the first point of the lap.
    lap_first_point: usize,
    point: Option<Point>,
    is_after_break: bool,
}

impl xml::Handler for Reading {
    type Tag = Tag;

    fn tag(name: &str) -> Tag {
        match name {
            "Activity" => Tag::Activity,
            "Id" => Tag::Id,
            "Notes" => Tag::Notes,
            "Creator" => Tag::Creator,
            "Name" => Tag::Name,
            "UnitId" => Tag::UnitId,
            "Lap" => Tag::Lap,
            "TotalTimeSeconds" => Tag::TotalTimeSeconds,
            "DistanceMeters" => Tag::DistanceMeters,
            "Calories" => Tag::Calories,
            "AverageHeartRateBpm" => Tag::AverageHeartRateBpm,
            "MaximumHeartRateBpm" => Tag::MaximumHeartRateBpm,
            "HeartRateBpm" => Tag::HeartRateBpm,
            "Value" => Tag::Value,
            "Cadence" => Tag::Cadence,
            "AvgRunCadence" => Tag::AvgRunCadence,
            "Track" => Tag::Track,
            "Trackpoint" => Tag::Trackpoint,
            "Time" => Tag::Time,
            "LatitudeDegrees" => Tag::LatitudeDegrees,
            "LongitudeDegrees" => Tag::LongitudeDegrees,
            "AltitudeMeters" => Tag::AltitudeMeters,
            "RunCadence" => Tag::RunCadence,
            "Speed" => Tag::Speed,
            "Watts" => Tag::Watts,
            "Course" => Tag::Course,
            _ => Tag::Unknown,
        }
    }

    fn open(&mut self, path: &[Tag], attributes: &Attributes<'_>) -> Result<(), Refusal> {
        match path.last() {
            Some(Tag::Course) => self.has_course = true,
            Some(Tag::Activity) => {
                if self.activities.len() >= 1_000 {
                    return Err(Refusal::TooLarge("The TCX file holds more than 1,000 activities.".into()));
                }
                self.end_activity();
                let mut draft = Draft::new(FileFormat::Tcx);
                match attributes.get("Sport") {
                    // TCX knows running, biking and "other", which is all the rest and no statement.
                    Some(word) if word.eq_ignore_ascii_case("other") => {
                        draft.fallback_type = Some(ActivityType::Other);
                    }
                    Some(word) => draft.stated_type = sport::from_text(&word),
                    None => {}
                }
                self.activity = Some(draft);
            }
            Some(Tag::Lap) if self.activity.is_some() => {
                let start = attributes.get("StartTime").and_then(|text| self.zones.read(&text));
                self.end_lap();
                self.lap = Some(Lap { start: start.unwrap_or(f64::NAN), ..Lap::default() });
                self.lap_first_point = self.activity.as_ref().map_or(0, |draft| draft.points.len());
                self.tracks_in_lap = 0;
                self.lap_calories = 0.0;
            }
            Some(Tag::Track) => {
                self.tracks_in_lap += 1;
                // A lap begins a track of its own; only a further one in the same lap tells of a pause.
                self.is_after_break = self.tracks_in_lap > 1;
            }
            Some(Tag::Trackpoint) if self.activity.is_some() => self.point = Some(Point::at(f64::NAN)),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[Tag], text: &str) -> Result<(), Refusal> {
        if self.point.is_some() {
            return self.close_in_point(path, text);
        }
        let Some(draft) = &mut self.activity else { return Ok(()) };
        if let Some(lap) = &mut self.lap {
            let value = xml::number(text);
            match path {
                [.., Tag::Lap] => self.end_lap(),
                [.., Tag::Lap, Tag::TotalTimeSeconds] => lap.timer = value.unwrap_or(0.0),
                [.., Tag::Lap, Tag::DistanceMeters] => lap.distance = value,
                [.., Tag::Lap, Tag::Calories] => self.lap_calories = value.unwrap_or(0.0),
                [.., Tag::AverageHeartRateBpm, Tag::Value] => lap.average_heart_rate = value,
                [.., Tag::MaximumHeartRateBpm, Tag::Value] => lap.max_heart_rate = value,
                [.., Tag::Lap, Tag::Cadence] => lap.average_cadence = lap.average_cadence.or(value),
                [.., Tag::AvgRunCadence] => lap.average_cadence = value,
                _ => {}
            }
            return Ok(());
        }
        match path {
            [.., Tag::Activity] => self.end_activity(),
            [.., Tag::Activity, Tag::Id] => {
                draft.start = self.zones.read(text);
                self.id = Some(text.to_owned());
            }
            [.., Tag::Activity, Tag::Notes] => draft.note = Some(text.to_owned()),
            [.., Tag::Creator, Tag::Name] => draft.device = Some(text.to_owned()),
            [.., Tag::Creator, Tag::UnitId] => self.unit = Some(text.to_owned()),
            _ => {}
        }
        Ok(())
    }
}

impl Reading {
    fn close_in_point(&mut self, path: &[Tag], text: &str) -> Result<(), Refusal> {
        let Some(point) = &mut self.point else { return Ok(()) };
        let value = || xml::number(text).unwrap_or(f64::NAN);
        // Where an element stands twice in a point, the first one counts.
        let first = |field: &mut f32| {
            if field.is_nan() {
                *field = value() as f32;
            }
        };
        match path {
            [.., Tag::Trackpoint] => {
                let mut point = *point;
                self.point = None;
                // Points without a time can be drawn on a map and nothing else.
                if let Some(draft) = self.activity.as_mut().filter(|_| !point.time.is_nan()) {
                    self.points += 1;
                    if self.points > limits::MAX_POINTS {
                        return Err(limits::too_many_points());
                    }
                    point.follows_break = std::mem::take(&mut self.is_after_break);
                    draft.points.push(point);
                }
            }
            [.., Tag::Time] => point.time = self.zones.read(text).unwrap_or(f64::NAN),
            [.., Tag::LatitudeDegrees] => point.latitude = value(),
            [.., Tag::LongitudeDegrees] => point.longitude = value(),
            [.., Tag::AltitudeMeters] => first(&mut point.altitude),
            [.., Tag::Trackpoint, Tag::DistanceMeters] => point.distance = value(),
            [.., Tag::HeartRateBpm, Tag::Value] => first(&mut point.heart_rate),
            [.., Tag::Cadence | Tag::RunCadence] => first(&mut point.cadence),
            [.., Tag::Speed] => first(&mut point.speed),
            [.., Tag::Watts] => first(&mut point.power),
            _ => {}
        }
        Ok(())
    }

    fn end_lap(&mut self) {
        let (Some(mut lap), Some(draft)) = (self.lap.take(), &mut self.activity) else { return };
        let first_point = self.lap_first_point.min(draft.points.len());
        let points = &mut draft.points[first_point..];
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            if !limits::is_plausible_time(lap.start) {
                lap.start = first.time;
            }
            lap.elapsed = (last.time - lap.start).max(0.0);
        }
        lap.elapsed = lap.elapsed.max(lap.timer);
        rebase(points, draft.totals.distance.unwrap_or(0.0), lap.distance);
        let add = |total: &mut Option<f64>, value: f64| {
            if value.is_finite() && value > 0.0 {
                *total = Some(total.unwrap_or(0.0) + value);
            }
        };
        add(&mut draft.totals.timer, lap.timer);
        add(&mut draft.totals.distance, lap.distance.unwrap_or(0.0));
        add(&mut draft.totals.calories, self.lap_calories);
        self.laps += 1;
        if self.laps <= limits::MAX_LAPS {
            draft.laps.push(lap);
        }
    }

    fn end_activity(&mut self) {
        self.point = None;
        self.end_lap();
        let Some(mut draft) = self.activity.take() else { return };
        // The lap's start is the finer one; the Id is what identifies the activity.
        draft.start =
            draft.laps.first().map(|lap| lap.start).filter(|start| start.is_finite()).or(draft.start);
        let (unit, id) = (self.unit.take(), self.id.take());
        if let (Some(unit), Some(id)) = (unit.filter(|unit| !matches!(unit.as_str(), "" | "0")), id) {
            draft.external_id = Some(format!("tcx:{unit}:{id}"));
        }
        if track::mean(&draft.points, |point| point.heart_rate).is_none() {
            average_of_laps(&mut draft);
        }
        // A file of laps without a single point ends where its last lap does.
        if let (true, Some(start), Some(last)) = (draft.points.is_empty(), draft.start, draft.laps.last()) {
            draft.totals.elapsed = Some(last.start + last.elapsed - start);
        }
        let is_on_foot = draft.stated_type.is_some_and(ActivityType::is_on_foot);
        draft.is_indoor =
            is_on_foot && draft.points.len() > 1 && !draft.points.iter().any(Point::has_position);
        self.activities.push(draft);
    }
}

/// Some programs let the distance begin at zero in each lap: then what came before is added.
fn rebase(points: &mut [Point], before: f64, of_lap: Option<f64>) {
    let highest = points.iter().map(|point| point.distance).fold(f64::NAN, f64::max);
    let Some(of_lap) = of_lap else { return };
    if before > 20.0 && highest < before && highest <= of_lap * 1.1 + 10.0 {
        points.iter_mut().for_each(|point| point.distance += before);
    }
}

/// Heart rates from the laps where no point has one.
fn average_of_laps(draft: &mut Draft) {
    let known = || draft.laps.iter().filter_map(|lap| Some((lap.average_heart_rate?, lap.timer)));
    let seconds: f64 = known().map(|(_, seconds)| seconds).sum();
    if seconds > 0.0 {
        draft.totals.average_heart_rate =
            Some(known().map(|(rate, seconds)| rate * seconds).sum::<f64>() / seconds);
        draft.totals.max_heart_rate = draft.laps.iter().filter_map(|lap| lap.max_heart_rate).reduce(f64::max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::hostile_test::check;
    use crate::files::samples::{START, clock, tcx, tcx_lap, tcx_of, trackpoint};

    fn one(bytes: &[u8]) -> Recording {
        let mut recordings = read(bytes).expect("readable");
        assert_eq!(recordings.len(), 1);
        recordings.iter().for_each(check);
        recordings.remove(0)
    }

    #[test]
    fn all_that_a_watch_writes() {
        let run = one(&tcx(100));
        assert_eq!((run.activity_type, run.is_type_stated, run.is_indoor), (ActivityType::Run, true, false));
        assert_eq!((run.start.timestamp(), run.utc_offset_seconds), (START, None));
        assert_eq!((run.distance, run.timer, run.elapsed), (Some(300.0), 100.0, 100.0));
        assert_eq!((run.average_heart_rate, run.average_cadence), (Some(150.0), Some(170.0)));
        assert_eq!(
            (run.calories, run.note.as_deref(), run.device.as_deref()),
            (Some(20.0), Some("Fine"), Some("Watch"))
        );
        assert_eq!(run.external_id.as_deref(), Some("tcx:4711:2026-01-05T08:00:00Z"));
        assert_eq!((run.laps.len(), run.laps[1].start, run.laps[1].timer), (2, 50.0, 50.0));
        // The second that ends one lap and begins the next is one point.
        assert_eq!(run.streams.time.len(), 101);
        assert_eq!(
            (run.streams.distance[100], run.streams.cadence[0], run.streams.speed[0]),
            (300.0, 170.0, 3.0)
        );
        assert!(run.warnings.is_empty(), "{:?}", run.warnings);
    }

    #[test]
    fn a_new_track_in_a_lap_is_a_pause() {
        let lap = format!(
            "<Lap StartTime=\"{}\"><TotalTimeSeconds>20</TotalTimeSeconds><DistanceMeters>60</DistanceMeters>\
             <Track>{}{}</Track><Track>{}{}</Track></Lap>",
            clock(0),
            trackpoint(0, 0.0),
            trackpoint(10, 30.0),
            trackpoint(100, 30.0),
            trackpoint(110, 60.0)
        );
        let run = one(&tcx_of(&[("Running", lap)]));
        assert_eq!((run.timer, run.elapsed), (20.0, 110.0));
        assert_eq!(run.streams.pauses, [(10.0, 100.0)]);
    }

    #[test]
    fn distances_that_begin_anew_in_each_lap() {
        let lap = |from: u32| {
            let points: String =
                (0..=60).map(|second| trackpoint(from + second, f64::from(second) * 3.0)).collect();
            format!(
                "<Lap StartTime=\"{}\"><TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>180</DistanceMeters>\
                 <Track>{points}</Track></Lap>",
                clock(from)
            )
        };
        let run = one(&tcx_of(&[("Running", lap(0) + &lap(60) + &lap(120))]));
        assert_eq!((run.distance, run.streams.distance.last()), (Some(540.0), Some(&540.0)));
    }

    #[test]
    fn several_activities_and_sports() {
        let both = read(&tcx_of(&[("Biking", tcx_lap(0, 20)), ("Other", tcx_lap(100, 20))])).unwrap();
        assert_eq!(both[0].activity_type, ActivityType::Bike);
        assert_eq!((both[1].activity_type, both[1].is_type_stated), (ActivityType::Other, false));
        assert_eq!(both[1].start.timestamp(), START + 100);
    }

    #[test]
    fn laps_alone_and_nothing_at_all() {
        let lap = "<Lap StartTime=\"2026-01-05T08:00:00Z\"><TotalTimeSeconds>1800</TotalTimeSeconds>\
                   <DistanceMeters>5000</DistanceMeters></Lap>";
        let run = one(&tcx_of(&[("Running", lap.to_owned())]));
        assert_eq!((run.timer, run.elapsed, run.distance), (1_800.0, 1_800.0, Some(5_000.0)));
        assert!(!run.is_indoor);
        assert_eq!(read(&tcx_of(&[])).unwrap_err().code(), "NOT_AN_ACTIVITY");
        assert_eq!(read(&tcx_of(&[("Running", String::new())])).unwrap_err().code(), "NOT_AN_ACTIVITY");
        let course = b"<TrainingCenterDatabase><Courses><Course/></Courses></TrainingCenterDatabase>";
        assert_eq!(read(course).unwrap_err().code(), "NOT_AN_ACTIVITY");
    }

    #[test]
    fn local_times_are_told_apart() {
        let text = String::from_utf8(tcx(20)).unwrap();
        let bare = one(text.replace("Z\"", "\"").replace("Z<", "<").as_bytes());
        assert_eq!((bare.start.timestamp(), bare.warnings.len()), (START, 1));
        let east = one(text.replace("Z\"", "+02:00\"").replace("Z<", "+02:00<").as_bytes());
        assert_eq!((east.start.timestamp(), east.utc_offset_seconds), (START - 7_200, Some(7_200)));
    }
}
