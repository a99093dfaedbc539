//! The messages of a FIT file that matter to a recording, in the units of a recording.
//!
//! Field numbers, scales and offsets are those of Garmin's FIT profile 21.218, as rustyfit has them.

use rustyfit::profile::mesgdef::{
    Activity, Event, FileId, Lap as LapFields, Record, Session as SessionFields,
};
use rustyfit::profile::mesgdef::{Sport as SportFields, TimestampCorrelation};
use rustyfit::profile::typedef;
use rustyfit::proto::{Field, Message, Value};

use crate::domain::recording::Lap;

use super::draft::Totals;
use super::track::Point;

/// FIT counts seconds from 1989-12-31T00:00:00Z.
pub const EPOCH: f64 = 631_065_600.0;
/// Smaller time stamps are seconds since the device was switched on.
pub const FIRST_DATE: f64 = EPOCH + 0x1000_0000 as f64;

/// A valid number of a field, unscaled; each base type has one value that stands for "nothing".
fn number(field: &Field) -> Option<f64> {
    match field.value {
        Value::Uint8(value) if value != u8::MAX => Some(f64::from(value)),
        Value::Int8(value) if value != i8::MAX => Some(f64::from(value)),
        Value::Uint16(value) if value != u16::MAX => Some(f64::from(value)),
        Value::Int16(value) if value != i16::MAX => Some(f64::from(value)),
        Value::Uint32(value) if value != u32::MAX => Some(f64::from(value)),
        Value::Int32(value) if value != i32::MAX => Some(f64::from(value)),
        Value::Float32(value) if value.is_finite() => Some(f64::from(value)),
        Value::Float64(value) if value.is_finite() => Some(value),
        _ => None,
    }
}

/// The valid numbers of a message's fields, with the fields' numbers.
fn numbers(message: &Message) -> impl Iterator<Item = (u8, f64)> + '_ {
    message.fields.iter().filter_map(|field| Some((field.num, number(field)?)))
}

fn degrees(semicircles: f64) -> f64 {
    semicircles * (180.0 / 2_147_483_648.0)
}

/// Reads a record, whose time stamp becomes Unix seconds as if it were one. `None` without a time stamp.
pub fn record(message: &Message) -> Option<Point> {
    let mut point = Point::at(f64::NAN);
    let (mut speed, mut altitude) = (f32::NAN, f32::NAN);
    let mut fraction = 0.0;
    for (field, value) in numbers(message) {
        match field {
            Record::TIMESTAMP => point.time = value + EPOCH,
            Record::POSITION_LAT => point.latitude = degrees(value),
            Record::POSITION_LONG => point.longitude = degrees(value),
            Record::ENHANCED_ALTITUDE => point.altitude = (value / 5.0 - 500.0) as f32,
            Record::ALTITUDE => altitude = (value / 5.0 - 500.0) as f32,
            Record::HEART_RATE => point.heart_rate = value as f32,
            Record::CADENCE => point.cadence = value as f32,
            Record::FRACTIONAL_CADENCE => fraction = (value / 128.0) as f32,
            Record::DISTANCE => point.distance = value / 100.0,
            Record::ENHANCED_SPEED => point.speed = (value / 1000.0) as f32,
            Record::SPEED => speed = (value / 1000.0) as f32,
            Record::POWER => point.power = value as f32,
            Record::TEMPERATURE => point.temperature = value as f32,
            _ => {}
        }
    }
    if point.speed.is_nan() {
        point.speed = speed;
    }
    if point.altitude.is_nan() {
        point.altitude = altitude;
    }
    point.cadence += fraction;
    (!point.time.is_nan()).then_some(point)
}

/// One session message. Times are Unix seconds, or seconds since the device was switched on plus [`EPOCH`].
#[derive(Debug, Clone)]
pub struct Session {
    pub start: f64,
    pub end: f64,
    pub sport: u8,
    pub sub_sport: u8,
    pub totals: Totals,
}

pub fn session(message: &Message) -> Session {
    let mut session = Session {
        start: f64::NAN,
        end: f64::NAN,
        sport: u8::MAX,
        sub_sport: u8::MAX,
        totals: Totals::default(),
    };
    let totals = &mut session.totals;
    let mut fraction = 0.0;
    for (field, value) in numbers(message) {
        match field {
            SessionFields::START_TIME => session.start = value + EPOCH,
            SessionFields::TIMESTAMP => session.end = value + EPOCH,
            SessionFields::SPORT => session.sport = value as u8,
            SessionFields::SUB_SPORT => session.sub_sport = value as u8,
            SessionFields::TOTAL_ELAPSED_TIME => totals.elapsed = Some(value / 1000.0),
            SessionFields::TOTAL_TIMER_TIME => totals.timer = Some(value / 1000.0),
            SessionFields::TOTAL_DISTANCE => totals.distance = Some(value / 100.0),
            SessionFields::TOTAL_CALORIES => totals.calories = Some(value),
            SessionFields::AVG_HEART_RATE => totals.average_heart_rate = Some(value),
            SessionFields::MAX_HEART_RATE => totals.max_heart_rate = Some(value),
            SessionFields::AVG_CADENCE => totals.average_cadence = Some(value),
            SessionFields::AVG_FRACTIONAL_CADENCE => fraction = value / 128.0,
            SessionFields::AVG_POWER => totals.average_power = Some(value),
            SessionFields::TOTAL_ASCENT => totals.ascent = Some(value),
            SessionFields::TOTAL_DESCENT => totals.descent = Some(value),
            _ => {}
        }
    }
    totals.average_cadence = totals.average_cadence.map(|cadence| cadence + fraction);
    session
}

/// Reads a lap, whose start becomes Unix seconds as if it were one.
pub fn lap(message: &Message) -> Lap {
    let mut lap = Lap { start: f64::NAN, ..Lap::default() };
    let (mut end, mut fraction) = (f64::NAN, 0.0);
    for (field, value) in numbers(message) {
        match field {
            LapFields::START_TIME => lap.start = value + EPOCH,
            LapFields::TIMESTAMP => end = value + EPOCH,
            LapFields::TOTAL_ELAPSED_TIME => lap.elapsed = value / 1000.0,
            LapFields::TOTAL_TIMER_TIME => lap.timer = value / 1000.0,
            LapFields::TOTAL_DISTANCE => lap.distance = Some(value / 100.0),
            LapFields::AVG_HEART_RATE => lap.average_heart_rate = Some(value),
            LapFields::MAX_HEART_RATE => lap.max_heart_rate = Some(value),
            LapFields::AVG_CADENCE => lap.average_cadence = Some(value),
            LapFields::AVG_FRACTIONAL_CADENCE => fraction = value / 128.0,
            LapFields::TOTAL_ASCENT => lap.ascent = Some(value),
            _ => {}
        }
    }
    lap.average_cadence = lap.average_cadence.map(|cadence| cadence + fraction);
    if lap.start.is_nan() {
        lap.start = end - lap.elapsed;
    }
    lap
}

/// The timer stopped or started at an instant.
#[derive(Debug, Clone, Copy)]
pub struct TimerEvent {
    pub time: f64,
    pub is_start: bool,
}

/// Reads an event; `None` where it isn't one of the timer.
pub fn timer_event(message: &Message) -> Option<TimerEvent> {
    let (mut time, mut event, mut kind) = (None, None, None);
    for (field, value) in numbers(message) {
        match field {
            Event::TIMESTAMP => time = Some(value + EPOCH),
            Event::EVENT => event = Some(typedef::Event(value as u8)),
            Event::EVENT_TYPE => kind = Some(typedef::EventType(value as u8)),
            _ => {}
        }
    }
    if event != Some(typedef::Event::TIMER) {
        return None;
    }
    use typedef::EventType;
    let is_start = match kind? {
        EventType::START => true,
        EventType::STOP | EventType::STOP_ALL | EventType::STOP_DISABLE | EventType::STOP_DISABLE_ALL => {
            false
        }
        _ => return None,
    };
    Some(TimerEvent { time: time?, is_start })
}

/// What made the file and when.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    pub kind: Option<u8>,
    pub manufacturer: Option<u16>,
    pub product: Option<u16>,
    pub product_name: Option<String>,
    pub serial_number: Option<u32>,
    /// Unix seconds.
    pub time_created: Option<f64>,
}

pub fn identity(message: &Message) -> Identity {
    let mut identity = Identity::default();
    for (field, value) in numbers(message) {
        match field {
            FileId::TYPE => identity.kind = Some(value as u8),
            FileId::MANUFACTURER => identity.manufacturer = Some(value as u16),
            FileId::PRODUCT => identity.product = Some(value as u16),
            // 0 is how this base type says "nothing".
            FileId::SERIAL_NUMBER if value > 0.0 => identity.serial_number = Some(value as u32),
            FileId::TIME_CREATED => {
                identity.time_created = Some(value + EPOCH).filter(|time| *time >= FIRST_DATE)
            }
            _ => {}
        }
    }
    identity.product_name = message.fields.iter().find_map(|field| match &field.value {
        Value::String(text) if field.num == FileId::PRODUCT_NAME && !text.is_empty() => {
            Some(text.to_string())
        }
        _ => None,
    });
    identity
}

impl Identity {
    /// Maker and product for people: "Garmin Forerunner 645m".
    pub fn device(&self) -> Option<String> {
        let maker = self.manufacturer.map(|number| typedef::Manufacturer(number).to_string()).filter(is_word);
        let product = self.product_name.clone().or_else(|| {
            let is_garmin = self.manufacturer == Some(typedef::Manufacturer::GARMIN.0);
            let name =
                is_garmin.then(|| typedef::GarminProduct(self.product.unwrap_or(u16::MAX)).to_string());
            name.filter(is_word).map(|name| capitalised(&name))
        });
        let maker = maker.map(|maker| capitalised(&maker));
        match (maker, product) {
            (Some(maker), Some(product)) if product.to_lowercase().starts_with(&maker.to_lowercase()) => {
                Some(product)
            }
            (Some(maker), Some(product)) => Some(format!("{maker} {product}")),
            (maker, product) => maker.or(product),
        }
    }

    /// What identifies the session with this number in the file. Nothing without a serial number: programs
    /// that convert many files write the same instant into all of them.
    pub fn external_id(&self, session: usize) -> Option<String> {
        let created = self.time_created? as i64;
        let (maker, product) = (self.manufacturer.unwrap_or(0), self.product.unwrap_or(0));
        Some(format!("fit:{maker}:{product}:{}:{created}:{session}", self.serial_number?))
    }
}

/// Numbers without a name come out of the profile as `Manufacturer(4711)`.
#[allow(clippy::ptr_arg, reason = "for Option<String>::filter")]
fn is_word(name: &String) -> bool {
    !name.contains('(')
}

/// `edge_820` → `Edge 820`, `fr645m` → `Forerunner 645m`.
fn capitalised(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty()).map(|word| match word.strip_prefix("fr") {
        Some(model) if model.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("Forerunner {model}")
        }
        _ => {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Sport and sub sport of the message that names them for files without a session.
pub fn sport(message: &Message) -> (u8, u8) {
    let find = |number| {
        numbers(message).find(|(field, _)| *field == number).map_or(u8::MAX, |(_, value)| value as u8)
    };
    (find(SportFields::SPORT), find(SportFields::SUB_SPORT))
}

/// Local time minus UTC in seconds, from the activity message or a time stamp correlation. The two clocks
/// may be read some seconds apart, and every zone in use is a multiple of 15 minutes.
pub fn utc_offset(message: &Message) -> Option<i32> {
    let local_field = match message.num {
        typedef::MesgNum::ACTIVITY => Activity::LOCAL_TIMESTAMP,
        _ => TimestampCorrelation::LOCAL_TIMESTAMP,
    };
    let find = |number| numbers(message).find(|(field, _)| *field == number).map(|(_, value)| value);
    let difference = find(local_field)? - find(Activity::TIMESTAMP)?;
    let rounded = (difference / 900.0).round() * 900.0;
    ((difference - rounded).abs() <= 60.0 && rounded.abs() <= 50_400.0).then_some(rounded as i32)
}
