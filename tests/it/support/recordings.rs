//! Small recordings made up for tests: nobody ever ran them.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use axum::body::Body;
use axum::http::{Request, header};
use embedded_io::SeekFrom;
use rustyfit::Encoder;
use rustyfit::profile::mesgdef::{Activity, FileId, Lap, Record, Session};
use rustyfit::profile::typedef::{self, DateTime, Sport, SubSport};
use rustyfit::proto::{FIT, Message};

use super::{Answer, Person};

/// Somebody runs north on level ground.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Unix seconds.
    pub start: i64,
    pub seconds: u32,
    /// Metres per second.
    pub speed: f64,
    /// Beats per minute.
    pub rate: u8,
    /// Of the watch.
    pub serial: u32,
}

impl Run {
    /// Half an hour at 3 m/s, from 06:00 UTC on the day so many days before the 18th of November 2026.
    pub fn days_ago(days: i64) -> Self {
        let start = super::NOW - 6 * 3600 - days * 86_400;
        Self { start, seconds: 1800, speed: 3.0, rate: 150, serial: 4711 }
    }

    fn metres(&self, second: u32) -> f64 {
        f64::from(second) * self.speed
    }

    fn clock(&self, second: u32) -> String {
        let time = chrono::DateTime::from_timestamp(self.start + i64::from(second), 0).expect("a time");
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn instant(&self, second: u32) -> DateTime {
        DateTime::from_unix_timestamp(self.start + i64::from(second))
    }

    /// A point each second, one lap.
    pub fn fit(&self) -> Vec<u8> {
        self.fit_legs(&[Sport::RUNNING])
    }

    /// One session after the other, each of the whole duration.
    pub fn fit_legs(&self, sports: &[Sport]) -> Vec<u8> {
        let mut file_id = FileId::new();
        file_id.r#type = typedef::File::ACTIVITY;
        file_id.manufacturer = typedef::Manufacturer::GARMIN;
        file_id.product = typedef::GarminProduct::EDGE_820.0;
        file_id.serial_number = self.serial;
        file_id.time_created = self.instant(0);
        let mut messages: Vec<Message> = vec![file_id.into()];
        let mut sessions: Vec<Message> = Vec::new();
        for (leg, sport) in sports.iter().enumerate() {
            let from = leg as u32 * (self.seconds + 60);
            for second in 0..=self.seconds {
                let mut record = Record::new();
                record.timestamp = self.instant(from + second);
                record.distance = (self.metres(second) * 100.0) as u32;
                record.enhanced_speed = (self.speed * 1000.0) as u32;
                record.enhanced_altitude = (400 + 500) * 5;
                record.heart_rate = self.rate;
                record.position_lat = 560_000_000 + (self.metres(from + second) * 107.0) as i32;
                record.position_long = 100_000_000;
                messages.push(record.into());
            }
            let mut lap = Lap::new();
            lap.start_time = self.instant(from);
            lap.timestamp = self.instant(from + self.seconds);
            lap.total_elapsed_time = self.seconds * 1000;
            lap.total_timer_time = self.seconds * 1000;
            lap.total_distance = (self.metres(self.seconds) * 100.0) as u32;
            messages.push(lap.into());
            let mut session = Session::new();
            session.start_time = self.instant(from);
            session.timestamp = self.instant(from + self.seconds);
            session.sport = *sport;
            session.sub_sport = SubSport::GENERIC;
            session.total_elapsed_time = self.seconds * 1000;
            session.total_timer_time = self.seconds * 1000;
            session.total_distance = (self.metres(self.seconds) * 100.0) as u32;
            session.avg_heart_rate = self.rate;
            sessions.push(session.into());
        }
        let end = sports.len() as u32 * (self.seconds + 60);
        messages.append(&mut sessions);
        let mut activity = Activity::new();
        activity.timestamp = self.instant(end);
        activity.local_timestamp = typedef::LocalDateTime(self.instant(end).0);
        activity.num_sessions = sports.len() as u16;
        messages.push(activity.into());
        encode(messages)
    }

    pub fn gpx(&self) -> Vec<u8> {
        let mut text = String::from("<gpx creator=\"Watch\"><trk><type>running</type><trkseg>");
        for second in 0..=self.seconds {
            let latitude = 47.0 + self.metres(second) / 111_195.08;
            let _ = write!(
                text,
                "<trkpt lat=\"{latitude:.7}\" lon=\"8.0\"><ele>400</ele><time>{}</time></trkpt>",
                self.clock(second)
            );
        }
        text.push_str("</trkseg></trk></gpx>");
        text.into_bytes()
    }

    /// With a title and a note.
    pub fn tcx(&self, note: &str) -> Vec<u8> {
        let mut text = format!(
            "<?xml version=\"1.0\"?><TrainingCenterDatabase><Activities><Activity Sport=\"Running\"><Id>{start}</Id>\
             <Lap StartTime=\"{start}\"><TotalTimeSeconds>{seconds}</TotalTimeSeconds><DistanceMeters>{metres}\
             </DistanceMeters><Track>",
            start = self.clock(0),
            seconds = self.seconds,
            metres = self.metres(self.seconds),
        );
        for second in 0..=self.seconds {
            let _ = write!(
                text,
                "<Trackpoint><Time>{}</Time><DistanceMeters>{}</DistanceMeters><HeartRateBpm><Value>{}</Value>\
                 </HeartRateBpm></Trackpoint>",
                self.clock(second),
                self.metres(second),
                self.rate
            );
        }
        let _ = write!(
            text,
            "</Track></Lap><Notes>{note}</Notes></Activity></Activities></TrainingCenterDatabase>"
        );
        text.into_bytes()
    }
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

fn encode(messages: Vec<Message>) -> Vec<u8> {
    let mut fit = FIT { messages, ..Default::default() };
    let mut buffer = Buffer::default();
    assert!(Encoder::new().encode(&mut buffer, &mut fit).is_ok(), "the sample can be encoded");
    buffer.0.into_inner()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

/// What stands between the parts of [`form`].
pub const BOUNDARY: &str = "a-boundary-that-no-file-holds";

/// The form of an upload: parts named `file` with their names and bytes, then other fields.
pub fn form(files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in files {
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

impl Person {
    /// Uploads files through the API.
    pub async fn upload(&self, files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Answer {
        let request = Request::post("/api/v1/activities/upload")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(Body::from(form(files, fields)))
            .expect("a request");
        let answer = tower::ServiceExt::oneshot(self.router.clone(), request).await.expect("an answer");
        Answer::read(answer).await
    }
}
