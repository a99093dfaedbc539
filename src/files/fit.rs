//! Garmin's FIT: activity files of watches and bike computers.

use std::borrow::Cow;

use rustyfit::profile::typedef::{File, MesgNum, Sport};
use rustyfit::proto::Message;
use rustyfit::{Decoder, DecoderError, DecoderEvent, StreamingIterator};

use crate::domain::activity::FileFormat;
use crate::domain::recording::{Lap, Recording};

use super::draft::{Draft, Totals};
use super::fit_messages::{self as messages, Identity, Session, TimerEvent};
use super::pauses::Stretch;
use super::refusal::Refusal;
use super::track::Point;
use super::{each, limits, sport};

/// Fields of all messages together; a file of 200,000 records with every sensor has about 5 million. A file
/// of a few bytes for each message could otherwise keep the decoder busy for minutes.
const MAX_FIELDS: usize = 20_000_000;
const MAX_SESSIONS: usize = 100;
const MAX_EVENTS: usize = 100_000;
/// Files in a chain.
const MAX_CHAIN: usize = 1_000;

/// What was used up so far of the bounds that hold for a whole chain.
#[derive(Default)]
struct Used {
    fields: usize,
    points: usize,
    laps: usize,
    events: usize,
}

/// Reads every session of a FIT file, of chained ones too.
///
/// Errors: [`Refusal::NotAnActivity`] for settings, workouts and the like, [`Refusal::Malformed`],
/// [`Refusal::TooLarge`], [`Refusal::Invalid`].
pub fn read(bytes: &[u8]) -> Result<Vec<Recording>, Refusal> {
    let mut drafts = Vec::new();
    let mut refusal = None;
    let mut used = Used::default();
    let mut rest = bytes;
    for _ in 0..MAX_CHAIN {
        let Some((sequence, after)) = split(rest) else { break };
        match Contents::decode(&sequence, &mut used).and_then(Contents::drafts) {
            Ok(found) => drafts.extend(found),
            Err(reason @ Refusal::TooLarge(_)) => return Err(reason),
            Err(reason) => refusal = refusal.or(Some(reason)),
        }
        if drafts.len() > MAX_SESSIONS {
            return Err(Refusal::TooLarge("The FIT file holds more than 100 sessions.".into()));
        }
        rest = after;
    }
    if drafts.is_empty() {
        return Err(
            refusal.unwrap_or_else(|| Refusal::Malformed("The FIT file is broken at its beginning.".into()))
        );
    }
    each(drafts.into_iter())
}

/// One FIT file of a chain: its bytes with a header that states their length, and what was seen amiss.
struct Sequence<'a> {
    bytes: Cow<'a, [u8]>,
    is_cut_off: bool,
    has_bad_checksum: bool,
}

/// Takes the first file off a chain. `None` where the bytes do not begin with a FIT header.
fn split(bytes: &[u8]) -> Option<(Sequence<'_>, &[u8])> {
    let header = usize::from(*bytes.first()?);
    if !matches!(header, 12 | 14) || bytes.len() < header || bytes.get(8..12)? != b".FIT" {
        return None;
    }
    let stated = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    let available = bytes.len() - header;
    if stated > 0 && stated + 2 <= available {
        let (sequence, after) = bytes.split_at(header + stated + 2);
        // Over a sound file with its own two bytes the checksum is 0; some devices leave the header out.
        let has_bad_checksum = checksum(sequence) != 0 && checksum(&sequence[header..]) != 0;
        return Some((
            Sequence { bytes: Cow::Borrowed(sequence), is_cut_off: false, has_bad_checksum },
            after,
        ));
    }
    // A device that died before it could write the length leaves 0, a broken transfer leaves less than it
    // says: then everything up to the end is data.
    let mut mended = bytes.to_vec();
    mended[4..8].copy_from_slice(&(available as u32).to_le_bytes());
    Some((Sequence { bytes: Cow::Owned(mended), is_cut_off: true, has_bad_checksum: false }, &[]))
}

/// The CRC-16 of the FIT protocol: polynomial 0x8005 reflected, initial value 0. Eight bytes at a time, for
/// byte by byte it takes a third of the time of decoding.
fn checksum(bytes: &[u8]) -> u16 {
    /// `TABLES[n][byte]`: the checksum of a byte and `n` zeros after it.
    const TABLES: [[u16; 256]; 8] = {
        let mut tables = [[0; 256]; 8];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u16;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xA001 } else { value >> 1 };
                bit += 1;
            }
            tables[0][index] = value;
            index += 1;
        }
        let mut zeros = 1;
        while zeros < 8 {
            let mut index = 0;
            while index < 256 {
                let before = tables[zeros - 1][index];
                tables[zeros][index] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
                index += 1;
            }
            zeros += 1;
        }
        tables
    };
    let (blocks, rest) = bytes.as_chunks::<8>();
    let crc = blocks.iter().fold(0u16, |crc, block| {
        let [low, high] = crc.to_le_bytes();
        let after = block[2..].iter().zip(TABLES[..6].iter().rev());
        TABLES[7][usize::from(block[0] ^ low)]
            ^ TABLES[6][usize::from(block[1] ^ high)]
            ^ after.fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)])
    });
    rest.iter().fold(crc, |crc, byte| (crc >> 8) ^ TABLES[0][usize::from((crc as u8) ^ byte)])
}

/// What one FIT file says, message by message.
#[derive(Default)]
struct Contents {
    identity: Identity,
    sessions: Vec<Session>,
    laps: Vec<Lap>,
    points: Vec<Point>,
    events: Vec<TimerEvent>,
    utc_offset: Option<i32>,
    sport: Option<(u8, u8)>,
    is_cut_off: bool,
    /// Whether a message was cut through: only then is what comes before known to be a beginning.
    breaks_off: bool,
    warnings: Vec<String>,
}

impl Contents {
    fn decode(sequence: &Sequence<'_>, used: &mut Used) -> Result<Self, Refusal> {
        let mut contents = Self { is_cut_off: sequence.is_cut_off, ..Self::default() };
        if sequence.has_bad_checksum {
            contents.warnings.push("The file's checksum is wrong; it was read all the same.".to_owned());
        }
        // A record of a modern watch has about 30 bytes, the smallest useful one 12.
        contents.points.reserve((sequence.bytes.len() / 24).min(limits::MAX_POINTS));
        let mut decoder = Decoder::builder().checksum(false).expand_components(false).build();
        let mut stream = decoder.stream(&*sequence.bytes);
        while let Some(event) = stream.next() {
            match event {
                Ok(DecoderEvent::Message(message)) => {
                    used.fields += 1 + message.fields.len() + message.developer_fields.len();
                    if used.fields > MAX_FIELDS {
                        return Err(Refusal::TooLarge(
                            "The FIT file holds far more than an activity needs.".into(),
                        ));
                    }
                    contents.take(message, used)?;
                }
                Ok(DecoderEvent::Crc(_)) => break,
                Ok(_) => {}
                Err(DecoderError::MissingMessageDefinition { .. }) if !sequence.is_cut_off => {
                    contents.is_cut_off = true;
                    contents.warnings.push(
                        "Part of the file is not described in it; what comes before was kept.".to_owned(),
                    );
                    break;
                }
                Err(_) => {
                    contents.is_cut_off = true;
                    contents.breaks_off = true;
                    contents.warnings.push(super::CUT_OFF.to_owned());
                    break;
                }
            }
        }
        Ok(contents)
    }

    fn take(&mut self, message: &Message, used: &mut Used) -> Result<(), Refusal> {
        match message.num {
            MesgNum::RECORD => {
                used.points += 1;
                if used.points > limits::MAX_POINTS {
                    return Err(limits::too_many_points());
                }
                self.points.extend(messages::record(message));
            }
            MesgNum::LAP if used.laps < limits::MAX_LAPS => {
                used.laps += 1;
                self.laps.push(messages::lap(message));
            }
            MesgNum::EVENT if used.events < MAX_EVENTS => {
                used.events += 1;
                self.events.extend(messages::timer_event(message));
            }
            MesgNum::SESSION if self.sessions.len() < MAX_SESSIONS => {
                self.sessions.push(messages::session(message));
            }
            MesgNum::FILE_ID if self.identity.kind.is_none() => self.identity = messages::identity(message),
            MesgNum::ACTIVITY | MesgNum::TIMESTAMP_CORRELATION => {
                self.utc_offset = self.utc_offset.or_else(|| messages::utc_offset(message));
            }
            MesgNum::SPORT => self.sport = Some(messages::sport(message)),
            _ => {}
        }
        Ok(())
    }

    /// One draft for each session.
    fn drafts(mut self) -> Result<Vec<Draft>, Refusal> {
        if let Some(kind) = self.identity.kind.filter(|kind| File(*kind) != File::ACTIVITY) {
            return Err(Refusal::NotAnActivity(not_an_activity(File(kind)).into()));
        }
        if self.sessions.is_empty() && self.points.is_empty() {
            return Err(match self.is_cut_off {
                true => Refusal::Malformed("The FIT file is broken before its first record.".into()),
                false => Refusal::NotAnActivity("The FIT file holds no session and no record.".into()),
            });
        }
        self.set_clock()?;
        self.complete_sessions();
        let mut before = 0.0;
        let mut drafts = Vec::new();
        let total = self.sessions.len();
        let bounds: Vec<f64> = self.sessions.iter().skip(1).map(|session| session.start).collect();
        for (index, session) in std::mem::take(&mut self.sessions).into_iter().enumerate() {
            let end = bounds.get(index).copied().unwrap_or(f64::INFINITY);
            let mut points = if index + 1 == total {
                std::mem::take(&mut self.points)
            } else {
                take_before(&mut self.points, end, |point| point.time)
            };
            let laps = take_before(&mut self.laps, end, |lap| lap.start);
            let events = take_before(&mut self.events, end, |event| event.time);
            before = rebase(&mut points, before);
            if matches!(Sport(session.sport), Sport::TRANSITION | Sport::MULTISPORT) && total > 1 {
                continue;
            }
            let mut draft = Draft::new(FileFormat::Fit);
            draft.stated_type = sport::from_fit(session.sport, session.sub_sport);
            draft.is_indoor = sport::is_indoor_fit(session.sub_sport);
            draft.device = self.identity.device();
            draft.external_id = self.identity.external_id(index + 1);
            draft.start = Some(session.start).filter(|start| start.is_finite());
            draft.utc_offset_seconds = self.utc_offset;
            draft.totals = session.totals;
            draft.laps = laps;
            draft.stops = stops(&events);
            draft.points = points;
            draft.is_cut_off = self.breaks_off;
            draft.warnings.clone_from(&self.warnings);
            drafts.push(draft);
        }
        Ok(drafts)
    }

    /// Some devices count from when they were switched on until they know the time. The file's own date of
    /// creation, which is the start of the activity, then moves everything into place.
    fn set_clock(&mut self) -> Result<(), Refusal> {
        let is_unset = |time: &f64| *time < messages::FIRST_DATE;
        let times = self
            .points
            .iter()
            .map(|point| point.time)
            .chain(self.sessions.iter().map(|session| session.start));
        let Some(earliest) = times.filter(is_unset).reduce(f64::min) else { return Ok(()) };
        let Some(created) = self.identity.time_created else {
            // Points of a known date remain, if there are any.
            self.points.retain(|point| !is_unset(&point.time));
            if self.points.is_empty() && self.sessions.iter().all(|session| is_unset(&session.start)) {
                return Err(Refusal::Invalid(
                    "The watch's clock was not set, so the date is unknown.".into(),
                ));
            }
            return Ok(());
        };
        let shift = |time: &mut f64| {
            if is_unset(time) {
                *time += created - earliest;
            }
        };
        self.points.iter_mut().for_each(|point| shift(&mut point.time));
        self.laps.iter_mut().for_each(|lap| shift(&mut lap.start));
        self.events.iter_mut().for_each(|event| shift(&mut event.time));
        for session in &mut self.sessions {
            shift(&mut session.start);
            shift(&mut session.end);
        }
        self.warnings.push("The watch's clock was not set; the date is that of the file.".to_owned());
        Ok(())
    }

    /// Sorts the sessions by start and makes up for one that a broken file has lost.
    fn complete_sessions(&mut self) {
        for session in &mut self.sessions {
            if session.start.is_nan() {
                session.start = session.end - session.totals.elapsed.unwrap_or(0.0);
            }
        }
        self.sessions.sort_by(|a, b| a.start.total_cmp(&b.start));
        let ends = self.sessions.iter().map(|session| session.start + session.totals.elapsed.unwrap_or(0.0));
        let end = ends.fold(f64::NEG_INFINITY, f64::max);
        let lost = || self.points.iter().filter(|point| point.time > end + 30.0);
        let is_lost = self.sessions.is_empty() || (self.is_cut_off && lost().nth(30).is_some());
        if !is_lost {
            return;
        }
        let start = lost().map(|point| point.time).reduce(f64::min).unwrap_or(f64::NAN);
        let (sport, sub_sport) = self.sport.unwrap_or((u8::MAX, u8::MAX));
        self.sessions.push(Session { start, end: f64::NAN, sport, sub_sport, totals: Totals::default() });
        self.warnings
            .push("The file has no summary; its figures were worked out from its points.".to_owned());
    }
}

/// What a FIT file is that records no activity, in a sentence.
fn not_an_activity(kind: File) -> &'static str {
    match kind {
        File::WORKOUT => "The FIT file is a planned workout; it records no activity.",
        File::COURSE => "The FIT file is a course to follow; it records no activity.",
        File::MONITORING_A | File::MONITORING_B | File::MONITORING_DAILY => {
            "The FIT file holds the steps and heart rate of a day; it records no activity."
        }
        File::SETTINGS | File::DEVICE | File::SPORT => {
            "The FIT file holds the settings of a device; it records no activity."
        }
        _ => "The FIT file records no activity.",
    }
}

/// Takes out what belongs to a session that ends at `end`, in its order.
fn take_before<T>(items: &mut Vec<T>, end: f64, time: impl Fn(&T) -> f64) -> Vec<T> {
    if end == f64::INFINITY {
        return std::mem::take(items);
    }
    items.extract_if(.., |item| time(item) < end).collect()
}

/// In some multisport files the distance of a leg goes on from the one before. Gives the distance that the
/// file had reached at the end of this leg.
fn rebase(points: &mut [Point], before: f64) -> f64 {
    let mut known = points.iter().map(|point| point.distance).filter(|distance| !distance.is_nan());
    let Some(first) = known.next() else { return before };
    let last = known.fold(first, f64::max);
    if before > 0.0 && first >= before - 1.0 {
        for point in points.iter_mut().filter(|point| !point.distance.is_nan()) {
            point.distance = (point.distance - before).max(0.0);
        }
    }
    last
}

/// Pauses from the timer's events: each stop until the next start. `None` without any such event.
fn stops(events: &[TimerEvent]) -> Option<Vec<Stretch>> {
    if events.is_empty() {
        return None;
    }
    let mut stops = Vec::new();
    let mut stopped: Option<f64> = None;
    for event in events {
        match (event.is_start, stopped) {
            (true, Some(since)) => {
                stops.push((since, event.time));
                stopped = None;
            }
            (false, None) => stopped = Some(event.time),
            _ => {}
        }
    }
    Some(stops)
}

#[cfg(test)]
#[path = "fit_test.rs"]
mod tests;
