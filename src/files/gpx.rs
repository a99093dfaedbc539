//! GPX 1.0 and 1.1 tracks with the usual extensions.

use crate::domain::activity::FileFormat;
use crate::domain::recording::Recording;

use super::draft::Draft;
use super::refusal::Refusal;
use super::time::Zones;
use super::track::Point;
use super::xml::{self, Attributes, Ending};
use super::{each, limits, sport};

/// Seconds between two tracks up to which they are one outing that was stored in parts.
const SAME_OUTING: f64 = 900.0;

/// Reads every track of a GPX file. Tracks of one kind that follow each other closely are one outing.
///
/// Errors: [`Refusal::NotAnActivity`] for a route without times, [`Refusal::Malformed`],
/// [`Refusal::TooLarge`], [`Refusal::Invalid`].
pub fn read(bytes: &[u8]) -> Result<Vec<Recording>, Refusal> {
    let text = xml::decode(bytes);
    let mut reading = Reading::default();
    let ending = xml::walk(&text, &mut reading)?;
    if ending == Ending::CutOff {
        reading.end_track();
    }
    let has_timed_points = reading.tracks.iter().any(|draft| !draft.points.is_empty());
    if !has_timed_points {
        return Err(match ending {
            _ if reading.has_untimed || reading.has_route => Refusal::NotAnActivity(
                "The GPX file is a route: its points have no times, so it records no activity.".into(),
            ),
            Ending::CutOff => Refusal::Malformed("The GPX file is broken before its first point.".into()),
            Ending::Whole => Refusal::NotAnActivity("The GPX file holds no track.".into()),
        });
    }
    reading.tracks.retain(|draft| !draft.points.is_empty());
    let outings = join(reading.tracks);
    let Reading { zones, creator, file_title, has_untimed, .. } = reading;
    let last = outings.len() - 1;
    each(outings.into_iter().enumerate().map(|(index, mut draft)| {
        draft.utc_offset_seconds = zones.offset_seconds;
        draft.device.clone_from(&creator);
        if draft.title.is_none() {
            draft.title.clone_from(&file_title);
        }
        if zones.has_bare {
            draft.warnings.push(super::BARE_TIMES.to_owned());
        }
        if has_untimed {
            draft.warnings.push("Points without a time were left out.".to_owned());
        }
        if ending == Ending::CutOff && index == last {
            draft.cut_off();
        }
        draft
    }))
}

/// Joins tracks of the same kind that begin soon after the one before ended.
fn join(tracks: Vec<Draft>) -> Vec<Draft> {
    let mut outings: Vec<Draft> = Vec::with_capacity(tracks.len());
    for mut track in tracks {
        if let (Some(before), Some(first)) = (outings.last_mut(), track.points.first_mut())
            && let Some(last) = before.points.last()
            && (0.0..=SAME_OUTING).contains(&(first.time - last.time))
            && before.stated_type == track.stated_type
        {
            first.follows_break = true;
            before.points.append(&mut track.points);
        } else {
            outings.push(track);
        }
    }
    outings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Gpx,
    Metadata,
    Name,
    Description,
    Type,
    Track,
    Segment,
    Point,
    Route,
    Elevation,
    Time,
    HeartRate,
    Cadence,
    Temperature,
    Speed,
    Power,
    Unknown,
}

#[derive(Default)]
struct Reading {
    tracks: Vec<Draft>,
    zones: Zones,
    creator: Option<String>,
    file_title: Option<String>,
    has_untimed: bool,
    has_route: bool,
    points: usize,
    track: Option<Draft>,
    point: Option<Point>,
    is_after_break: bool,
}

impl xml::Handler for Reading {
    type Tag = Tag;

    fn tag(name: &str) -> Tag {
        match name {
            "gpx" => Tag::Gpx,
            "metadata" => Tag::Metadata,
            "name" => Tag::Name,
            "desc" | "cmt" => Tag::Description,
            "type" => Tag::Type,
            "trk" => Tag::Track,
            "trkseg" => Tag::Segment,
            "trkpt" => Tag::Point,
            "rte" => Tag::Route,
            "ele" => Tag::Elevation,
            "time" => Tag::Time,
            "hr" | "heartrate" | "heartRate" | "HeartRate" | "heart_rate" => Tag::HeartRate,
            "cad" | "cadence" | "Cadence" | "RunCadence" => Tag::Cadence,
            "atemp" | "temp" | "temperature" | "Temperature" => Tag::Temperature,
            "speed" | "Speed" => Tag::Speed,
            "power" | "PowerInWatts" | "watts" | "Power" => Tag::Power,
            _ => Tag::Unknown,
        }
    }

    fn open(&mut self, path: &[Tag], attributes: &Attributes<'_>) -> Result<(), Refusal> {
        match path.last() {
            Some(Tag::Route) => self.has_route = true,
            Some(Tag::Gpx) => self.creator = attributes.get("creator"),
            Some(Tag::Track) => {
                if self.tracks.len() >= 1_000 {
                    return Err(Refusal::TooLarge("The GPX file holds more than 1,000 tracks.".into()));
                }
                self.end_track();
                self.track = Some(Draft::new(FileFormat::Gpx));
            }
            Some(Tag::Segment) => {
                self.is_after_break = self.track.as_ref().is_some_and(|draft| !draft.points.is_empty());
            }
            Some(Tag::Point) if self.track.is_some() => {
                let mut point = Point::at(f64::NAN);
                point.latitude = attributes.number("lat").unwrap_or(f64::NAN);
                point.longitude = attributes.number("lon").unwrap_or(f64::NAN);
                self.point = Some(point);
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[Tag], text: &str) -> Result<(), Refusal> {
        if let Some(point) = &mut self.point {
            let value = || xml::number(text).unwrap_or(f64::NAN);
            match path {
                [.., Tag::Point] => {
                    let mut point = *point;
                    self.point = None;
                    if point.time.is_nan() {
                        self.has_untimed = true;
                    } else if let Some(track) = &mut self.track {
                        self.points += 1;
                        if self.points > limits::MAX_POINTS {
                            return Err(limits::too_many_points());
                        }
                        point.follows_break = std::mem::take(&mut self.is_after_break);
                        track.points.push(point);
                    }
                }
                [.., Tag::Point, Tag::Time] => point.time = self.zones.read(text).unwrap_or(f64::NAN),
                [.., Tag::Point, Tag::Elevation] => point.altitude = value() as f32,
                [.., Tag::HeartRate] => point.heart_rate = value() as f32,
                [.., Tag::Cadence] => point.cadence = value() as f32,
                [.., Tag::Temperature] => point.temperature = value() as f32,
                [.., Tag::Speed] => point.speed = value() as f32,
                [.., Tag::Power] => point.power = value() as f32,
                _ => {}
            }
            return Ok(());
        }
        match (path, &mut self.track) {
            ([.., Tag::Track], _) => self.end_track(),
            ([.., Tag::Track, Tag::Name], Some(draft)) => draft.title = Some(text.to_owned()),
            ([.., Tag::Track, Tag::Description], Some(draft)) if !text.is_empty() => {
                draft.note = Some(text.to_owned());
            }
            ([.., Tag::Track, Tag::Type], Some(draft)) => {
                draft.stated_type = sport::from_text(text);
                draft.is_indoor = sport::is_indoor_text(text);
            }
            // GPX 1.0 has the name of the file beside its tracks, 1.1 in its metadata.
            ([Tag::Gpx, Tag::Name] | [Tag::Gpx, Tag::Metadata, Tag::Name], _) => {
                self.file_title = Some(text.to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

impl Reading {
    fn end_track(&mut self) {
        self.point = None;
        self.tracks.extend(self.track.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::activity::ActivityType;
    use crate::files::hostile_test::check;
    use crate::files::samples::{START, gpx, trkpt};

    fn one(bytes: &[u8]) -> Recording {
        let mut recordings = read(bytes).expect("readable");
        assert_eq!(recordings.len(), 1);
        recordings.iter().for_each(check);
        recordings.remove(0)
    }

    fn tracks(segments: &[&[&[u32]]]) -> String {
        let segment = |seconds: &[u32]| {
            let points: String = seconds.iter().map(|second| trkpt(*second)).collect();
            format!("<trkseg>{points}</trkseg>")
        };
        let track = |segments: &[&[u32]]| {
            format!("<trk>{}</trk>", segments.iter().map(|seconds| segment(seconds)).collect::<String>())
        };
        format!("<gpx>{}</gpx>", segments.iter().map(|segments| track(segments)).collect::<String>())
    }

    #[test]
    fn all_that_a_program_writes() {
        let run = one(&gpx(600));
        assert_eq!((run.activity_type, run.is_type_stated), (ActivityType::Run, true));
        assert_eq!((run.start.timestamp(), run.timer, run.elapsed), (START, 600.0, 600.0));
        assert!((run.distance.unwrap() - 1_800.0).abs() < 1.0, "{:?}", run.distance);
        assert_eq!((run.average_heart_rate, run.average_cadence), (Some(150.0), Some(170.0)));
        assert_eq!((run.title.as_deref(), run.device.as_deref()), (Some("Tom & Jérôme"), Some("Watch")));
        assert_eq!((run.streams.time.len(), run.streams.altitude[0]), (601, 400.0));
        assert!(run.laps.is_empty() && run.streams.pauses.is_empty() && run.warnings.is_empty());
    }

    #[test]
    fn segments_and_long_gaps_are_pauses() {
        let run = one(tracks(&[&[&[0, 10, 20], &[50, 60]]]).as_bytes());
        assert_eq!((run.elapsed, run.timer), (60.0, 30.0));
        assert_eq!(run.streams.pauses, [(20.0, 50.0)]);
        // What lies between two segments does not count; within one, the runner went on.
        assert!((run.distance.unwrap() - 90.0).abs() < 0.5, "{:?}", run.distance);
        let run = one(tracks(&[&[&[0, 10, 80, 90]]]).as_bytes());
        assert!(run.streams.pauses.is_empty());
    }

    #[test]
    fn tracks_are_outings_unless_they_follow_closely() {
        assert_eq!(read(tracks(&[&[&[0, 60]], &[&[10_000, 10_060]]]).as_bytes()).unwrap().len(), 2);
        let run = one(tracks(&[&[&[0, 60]], &[&[100, 160]]]).as_bytes());
        assert_eq!((run.timer, run.elapsed), (120.0, 160.0));
    }

    #[test]
    fn the_type_is_guessed_where_it_is_missing() {
        let text = String::from_utf8(gpx(600)).unwrap();
        let run = one(text.replace("<type>running</type>", "").as_bytes());
        assert_eq!((run.activity_type, run.is_type_stated), (ActivityType::Run, false));
        assert!(one(text.replace("running", "9").as_bytes()).is_type_stated);
    }

    #[test]
    fn routes_are_no_activities() {
        let route = "<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='2' lon='1'/></trkseg></trk></gpx>";
        assert_eq!(read(route.as_bytes()).unwrap_err().code(), "NOT_AN_ACTIVITY");
        assert_eq!(
            read(b"<gpx><rte><rtept lat='1' lon='1'/></rte></gpx>").unwrap_err().code(),
            "NOT_AN_ACTIVITY"
        );
        assert_eq!(read(b"<gpx/>").unwrap_err().code(), "NOT_AN_ACTIVITY");
        assert_eq!(read(b"<gpx><trk>").unwrap_err().code(), "MALFORMED");
        let point = format!("<gpx><trk><trkseg>{}</trkseg></trk></gpx>", trkpt(0));
        assert_eq!(read(point.as_bytes()).unwrap_err().code(), "NOT_AN_ACTIVITY");
    }
}
