use rustyfit::profile::mesgdef::{FileId, Record};
use rustyfit::profile::typedef::{self, EventType, MesgNum, Sport, SubSport};

use super::*;
use crate::domain::activity::ActivityType;
use crate::files::hostile_test::check;
use crate::files::samples::{
    self, START, activity, encode, file_id, fit, instant, lap, record, session, timer,
};

fn one(bytes: &[u8]) -> Recording {
    let mut recordings = read(bytes).expect("readable");
    assert_eq!(recordings.len(), 1);
    recordings.iter().for_each(check);
    recordings.remove(0)
}

#[test]
fn all_that_a_watch_writes() {
    let run = one(&fit(600));
    assert_eq!((run.activity_type, run.is_type_stated, run.is_indoor), (ActivityType::Run, true, false));
    assert_eq!(run.start.timestamp(), START);
    assert_eq!(run.utc_offset_seconds, Some(3_600));
    assert_eq!((run.distance, run.timer, run.elapsed), (Some(1_800.0), 600.0, 600.0));
    assert_eq!((run.average_heart_rate, run.max_heart_rate), (Some(150.0), Some(160.0)));
    assert_eq!(run.average_cadence, Some(170.0));
    assert_eq!(run.device.as_deref(), Some("Garmin Edge 820"));
    assert_eq!(run.external_id, Some(format!("fit:1:{}:4711:{START}:1", typedef::GarminProduct::EDGE_820.0)));
    assert_eq!(run.warnings, Vec::<String>::new());

    assert_eq!(run.laps.len(), 2);
    assert_eq!((run.laps[1].start, run.laps[1].timer, run.laps[1].distance), (300.0, 300.0, Some(900.0)));
    assert_eq!(run.laps[1].average_cadence, Some(170.0));

    let streams = &run.streams;
    assert_eq!((streams.time.len(), streams.time[600]), (601, 600.0));
    assert_eq!((streams.distance[600], streams.speed[600]), (1_800.0, 3.0));
    assert_eq!((streams.altitude[0], streams.heart_rate[0], streams.cadence[0]), (400.0, 150.0, 171.0));
    assert!((streams.latitude[0] - 46.9385).abs() < 0.001, "{}", streams.latitude[0]);
    assert!(streams.power.is_empty() && streams.pauses.is_empty());
}

#[test]
fn stops_of_the_timer_are_pauses() {
    let mut messages = vec![file_id(), timer(EventType::START, 0)];
    messages.extend((0..=100).map(record));
    messages.push(timer(EventType::STOP_ALL, 100));
    messages.push(timer(EventType::START, 160));
    messages.extend((160..=200).map(record));
    messages.push(timer(EventType::STOP_ALL, 200));
    messages.push(session(Sport::RUNNING, SubSport::GENERIC, 0, 200, 600.0));
    assert_eq!(one(&encode(messages)).streams.pauses, [(100.0, 160.0)]);
}

#[test]
fn legs_are_recordings_and_transitions_are_not() {
    let mut messages = vec![file_id()];
    messages.extend((0..=300).map(record));
    messages.extend([lap(0, 100), lap(100, 30), lap(130, 170)]);
    messages.push(session(Sport::SWIMMING, SubSport::OPEN_WATER, 0, 100, 300.0));
    messages.push(session(Sport::TRANSITION, SubSport::GENERIC, 100, 30, 90.0));
    messages.push(session(Sport::RUNNING, SubSport::TRAIL, 130, 170, 510.0));
    messages.push(activity(300));
    let legs = read(&encode(messages)).unwrap();
    legs.iter().for_each(check);
    let kinds: Vec<ActivityType> = legs.iter().map(|leg| leg.activity_type).collect();
    assert_eq!(kinds, [ActivityType::Swim, ActivityType::Run]);
    assert_ne!(legs[0].external_id, legs[1].external_id);
    assert_eq!((legs[1].laps.len(), legs[1].start.timestamp()), (1, START + 130));
    // The distance of a leg begins at its own start, whatever the records count.
    let distance = &legs[1].streams.distance;
    assert!(distance[0] <= 3.0 && (distance[170] - 510.0).abs() <= 3.0, "{} {}", distance[0], distance[170]);
}

#[test]
fn chained_files() {
    let mut bytes = fit(60);
    let second = samples::encode(vec![
        file_id(),
        record(5_000),
        record(5_060),
        session(Sport::CYCLING, SubSport::INDOOR_CYCLING, 5_000, 60, 500.0),
    ]);
    bytes.extend(second);
    let both = read(&bytes).unwrap();
    assert_eq!((both.len(), both[1].activity_type, both[1].is_indoor), (2, ActivityType::Bike, true));
}

#[test]
fn a_wrong_checksum_is_a_warning() {
    let mut bytes = fit(60);
    let last = bytes.len() - 1;
    bytes[last] ^= 0xFF;
    let run = one(&bytes);
    assert_eq!((run.timer, run.warnings.len()), (60.0, 1));
}

#[test]
fn a_file_without_its_end_is_completed_from_its_records() {
    let whole = fit(600);
    let run = one(&whole[..whole.len() / 2]);
    assert!(run.timer > 200.0 && run.timer < 400.0, "{}", run.timer);
    assert!((run.distance.unwrap() / run.timer - 3.0).abs() < 0.05);
    assert_eq!(run.average_heart_rate, Some(150.0));
    assert_eq!(run.average_cadence, Some(171.0));
    assert_eq!(run.warnings.len(), 2, "{:?}", run.warnings);
    assert!(!run.is_type_stated);
    assert_eq!(run.activity_type, ActivityType::Run);

    // A watch that died leaves a length of 0 in the header.
    let mut died = whole[..whole.len() / 2].to_vec();
    died[4..8].fill(0);
    assert_eq!(one(&died).timer, run.timer);
}

#[test]
fn a_file_without_a_session() {
    let run = one(&samples::fit_without(120, &[MesgNum::SESSION]));
    assert_eq!((run.timer, run.elapsed, run.distance), (120.0, 120.0, Some(360.0)));
}

#[test]
fn a_session_without_records() {
    let run = one(&samples::fit_without(120, &[MesgNum::RECORD]));
    assert_eq!((run.timer, run.streams.time.len(), run.laps.len()), (120.0, 0, 1));
}

#[test]
fn a_clock_that_was_not_set() {
    let booted = |seconds: u32| -> Message {
        let mut record = Record::new();
        record.timestamp = typedef::DateTime(1_000 + seconds);
        record.distance = seconds * 300;
        record.into()
    };
    let mut messages = vec![file_id()];
    messages.extend((0..=60).map(booted));
    let run = one(&encode(messages.clone()));
    assert_eq!((run.start.timestamp(), run.timer), (START, 60.0));

    let mut unknown = FileId::new();
    unknown.r#type = typedef::File::ACTIVITY;
    messages[0] = unknown.into();
    assert_eq!(read(&encode(messages)).unwrap_err().code(), "INVALID");
}

#[test]
fn what_is_no_activity() {
    for kind in [typedef::File::WORKOUT, typedef::File::COURSE, typedef::File::MONITORING_B] {
        let mut file_id = FileId::new();
        file_id.r#type = kind;
        file_id.time_created = instant(0);
        assert_eq!(read(&encode(vec![file_id.into(), record(0)])).unwrap_err().code(), "NOT_AN_ACTIVITY");
    }
    assert_eq!(read(&encode(vec![file_id()])).unwrap_err().code(), "NOT_AN_ACTIVITY");
}

#[test]
fn a_treadmill_is_indoors_and_still_a_run() {
    let bytes = encode(vec![file_id(), session(Sport::RUNNING, SubSport::TREADMILL, 0, 600, 1_800.0)]);
    let run = one(&bytes);
    assert_eq!((run.activity_type, run.is_indoor), (ActivityType::Run, true));
}

#[test]
fn figures_that_cannot_be_true() {
    let week = session(Sport::RUNNING, SubSport::GENERIC, 0, 700_000, 1_800.0);
    assert_eq!(read(&encode(vec![file_id(), week])).unwrap_err().code(), "INVALID");
    let far = session(Sport::RUNNING, SubSport::GENERIC, 0, 600, 600_000.0);
    assert_eq!(read(&encode(vec![file_id(), far])).unwrap_err().code(), "INVALID");
}

/// Prints how much the reader adds to the decoder, for an hour with a record each second:
/// `cargo test --release --lib files::fit -- --ignored --nocapture an_hour`.
#[test]
#[ignore = "measures time"]
fn an_hour() {
    let bytes = fit(3_600);
    let time = |work: &dyn Fn()| {
        work();
        let start = std::time::Instant::now();
        (0..50).for_each(|_| work());
        start.elapsed() / 50
    };
    let alone = time(&|| {
        let mut decoder = Decoder::builder().checksum(false).expand_components(false).build();
        let mut stream = decoder.stream(&*bytes);
        let mut messages = 0;
        while let Some(Ok(event)) = stream.next() {
            if matches!(event, DecoderEvent::Message(_)) {
                messages += 1;
            }
        }
        assert!(messages > 3_600);
    });
    let whole = time(&|| assert_eq!(read(&bytes).unwrap().len(), 1));
    for (name, bytes) in [("a.tcx", samples::tcx(3_600)), ("a.gpx", samples::gpx(3_600))] {
        let took = time(&|| assert_eq!(crate::files::read(name, &bytes).unwrap().len(), 1));
        println!("{name} of {} bytes: {took:?}", bytes.len());
    }
    println!("{} bytes: decoder alone {alone:?}, recording {whole:?}", bytes.len());
}
