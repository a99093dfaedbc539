//! Small files made up for tests: nobody ever ran them.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use embedded_io::SeekFrom;
use rustyfit::Encoder;
use rustyfit::profile::mesgdef::{Activity, Event, FileId, Lap, Record, Session};
use rustyfit::profile::typedef::{self, DateTime, EventType, MesgNum, Sport, SubSport};
use rustyfit::proto::{FIT, Message};

/// 2026-01-05T08:00:00Z in Unix seconds.
pub const START: i64 = 1_767_600_000;

/// An instant so many seconds after [`START`].
pub fn instant(seconds: i64) -> DateTime {
    DateTime::from_unix_timestamp(START + seconds)
}

/// What the encoder writes to: it comes back to the header at the end.
#[derive(Default)]
struct Buffer(Cursor<Vec<u8>>);

impl embedded_io::ErrorType for Buffer {
    type Error = Infallible;
}

impl embedded_io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(self.0.write(bytes).expect("memory"))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl embedded_io::Seek for Buffer {
    fn seek(&mut self, position: SeekFrom) -> Result<u64, Infallible> {
        let position = match position {
            SeekFrom::Start(at) => std::io::SeekFrom::Start(at),
            SeekFrom::End(by) => std::io::SeekFrom::End(by),
            SeekFrom::Current(by) => std::io::SeekFrom::Current(by),
        };
        Ok(std::io::Seek::seek(&mut self.0, position).expect("memory"))
    }
}

/// Encodes messages as a FIT file with its checksum.
pub fn encode(messages: Vec<Message>) -> Vec<u8> {
    let mut fit = FIT { messages, ..Default::default() };
    let mut buffer = Buffer::default();
    if Encoder::new().encode(&mut buffer, &mut fit).is_err() {
        panic!("the sample cannot be encoded");
    }
    buffer.0.into_inner()
}

pub fn file_id() -> Message {
    let mut file_id = FileId::new();
    file_id.r#type = typedef::File::ACTIVITY;
    file_id.manufacturer = typedef::Manufacturer::GARMIN;
    file_id.product = typedef::GarminProduct::EDGE_820.0;
    file_id.serial_number = 4_711;
    file_id.time_created = instant(0);
    file_id.into()
}

pub fn session(sport: Sport, sub_sport: SubSport, start: i64, seconds: u32, metres: f64) -> Message {
    let mut session = Session::new();
    session.start_time = instant(start);
    session.timestamp = instant(start + i64::from(seconds));
    session.sport = sport;
    session.sub_sport = sub_sport;
    session.total_elapsed_time = seconds * 1000;
    session.total_timer_time = seconds * 1000;
    session.total_distance = (metres * 100.0) as u32;
    session.avg_heart_rate = 150;
    session.max_heart_rate = 160;
    session.avg_cadence = 85;
    session.into()
}

pub fn timer(kind: EventType, seconds: i64) -> Message {
    let mut event = Event::new();
    event.timestamp = instant(seconds);
    event.event = typedef::Event::TIMER;
    event.event_type = kind;
    event.into()
}

/// A record of somebody running north at 3 m/s.
pub fn record(seconds: i64) -> Message {
    let mut record = Record::new();
    record.timestamp = instant(seconds);
    record.distance = (seconds * 300) as u32;
    record.enhanced_speed = 3_000;
    record.enhanced_altitude = (400 + 500) * 5;
    record.heart_rate = 150;
    record.cadence = 85;
    record.fractional_cadence = 64;
    record.position_lat = 560_000_000 + (seconds * 322) as i32;
    record.position_long = 100_000_000;
    record.temperature = 12;
    record.into()
}

pub fn lap(start: i64, seconds: u32) -> Message {
    let mut lap = Lap::new();
    lap.start_time = instant(start);
    lap.timestamp = instant(start + i64::from(seconds));
    lap.total_elapsed_time = seconds * 1000;
    lap.total_timer_time = seconds * 1000;
    lap.total_distance = seconds * 300;
    lap.avg_heart_rate = 150;
    lap.avg_cadence = 85;
    lap.into()
}

/// The activity message of a place one hour east of UTC.
pub fn activity(seconds: i64) -> Message {
    let mut activity = Activity::new();
    activity.timestamp = instant(seconds);
    activity.local_timestamp = typedef::LocalDateTime(instant(seconds).0 + 3_600);
    activity.num_sessions = 1;
    activity.into()
}

/// A run of so many seconds with a record for each, two laps and all that a watch writes.
pub fn fit(seconds: u32) -> Vec<u8> {
    let mut messages = vec![file_id(), timer(EventType::START, 0)];
    messages.extend((0..=i64::from(seconds)).map(record));
    messages.push(timer(EventType::STOP_ALL, i64::from(seconds)));
    messages.push(lap(0, seconds / 2));
    messages.push(lap(i64::from(seconds / 2), seconds - seconds / 2));
    messages.push(session(Sport::RUNNING, SubSport::GENERIC, 0, seconds, f64::from(seconds) * 3.0));
    messages.push(activity(i64::from(seconds)));
    encode(messages)
}

/// The same without some kinds of message.
pub fn fit_without(seconds: u32, kinds: &[MesgNum]) -> Vec<u8> {
    let mut messages = vec![file_id(), timer(EventType::START, 0)];
    messages.extend((0..=i64::from(seconds)).map(record));
    messages.push(timer(EventType::STOP_ALL, i64::from(seconds)));
    messages.push(lap(0, seconds));
    messages.push(session(Sport::RUNNING, SubSport::GENERIC, 0, seconds, f64::from(seconds) * 3.0));
    messages.retain(|message| !kinds.contains(&message.num));
    encode(messages)
}

/// `08:00:00` and so many seconds later, as XML writes it.
pub fn clock(seconds: u32) -> String {
    format!("2026-01-05T{:02}:{:02}:{:02}Z", 8 + seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A track point of somebody running north at 3 m/s.
pub fn trkpt(seconds: u32) -> String {
    format!(
        "<trkpt lat=\"{:.7}\" lon=\"8.0\"><ele>400</ele><time>{}</time><extensions><gpxtpx:TrackPointExtension>\
         <gpxtpx:hr>150</gpxtpx:hr><gpxtpx:cad>85</gpxtpx:cad></gpxtpx:TrackPointExtension></extensions></trkpt>",
        47.0 + f64::from(seconds) * 3.0 / 111_195.08,
        clock(seconds)
    )
}

/// A run with a point for each second, under a prefix that is not declared.
pub fn gpx(seconds: u32) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx creator=\"Watch\" version=\"1.1\"><trk>\
         <name>Tom &amp; J&#233;r&#xf4;me</name><type>running</type><trkseg>",
    );
    (0..=seconds).for_each(|second| text.push_str(&trkpt(second)));
    text.push_str("</trkseg></trk></gpx>");
    text.into_bytes()
}

/// A track point with the distance since the start.
pub fn trackpoint(seconds: u32, metres: f64) -> String {
    format!(
        "<Trackpoint><Time>{}</Time><Position><LatitudeDegrees>{:.7}</LatitudeDegrees><LongitudeDegrees>8.0\
         </LongitudeDegrees></Position><AltitudeMeters>400</AltitudeMeters><DistanceMeters>{metres}\
         </DistanceMeters><HeartRateBpm><Value>150</Value></HeartRateBpm><Extensions><ns3:TPX><ns3:Speed>3.0\
         </ns3:Speed><ns3:RunCadence>85</ns3:RunCadence></ns3:TPX></Extensions></Trackpoint>",
        clock(seconds),
        47.0 + f64::from(seconds) * 3.0 / 111_195.08
    )
}

/// One lap with a point for each second.
pub fn tcx_lap(from: u32, seconds: u32) -> String {
    let mut text = format!(
        "<Lap StartTime=\"{}\"><TotalTimeSeconds>{seconds}</TotalTimeSeconds><DistanceMeters>{}</DistanceMeters>\
         <Calories>10</Calories><AverageHeartRateBpm><Value>150</Value></AverageHeartRateBpm><Track>",
        clock(from),
        seconds * 3
    );
    (from..=from + seconds).for_each(|second| text.push_str(&trackpoint(second, f64::from(second) * 3.0)));
    text + "</Track></Lap>"
}

/// A TCX file of these activities, each a sport and its laps.
pub fn tcx_of(activities: &[(&str, String)]) -> Vec<u8> {
    let mut text = String::from("  \n<?xml version=\"1.0\"?><TrainingCenterDatabase><Activities>");
    for (sport, laps) in activities {
        let _ = write!(
            text,
            "<Activity Sport=\"{sport}\"><Id>{}</Id>{laps}<Notes>Fine</Notes><Creator><Name>Watch</Name>\
             <UnitId>4711</UnitId></Creator></Activity>",
            clock(0)
        );
    }
    text.push_str("</Activities></TrainingCenterDatabase>");
    text.into_bytes()
}

/// A run of so many seconds in two laps, with blanks before the declaration.
pub fn tcx(seconds: u32) -> Vec<u8> {
    let half = seconds / 2;
    tcx_of(&[("Running", tcx_lap(0, half) + &tcx_lap(half, seconds - half))])
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// An archive of these names and contents; a name with `/` at its end is a folder.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}
