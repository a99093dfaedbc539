//! An hour of running from a watch: decoding the FIT file alone, reading it, and keeping it with its
//! original, laps and streams. Promise: keeping costs at most three times the processor time of decoding. What
//! it costs against reading the file to its figures, laps and streams is shown beside it.

mod common;
#[path = "../src/files/samples.rs"]
#[allow(dead_code, reason = "made for the tests of the readers; one kind is needed here")]
mod samples;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use harrier::files;
use rustyfit::profile::mesgdef::FileId;
use rustyfit::profile::typedef::{EventType, File, Sport, SubSport};
use rustyfit::{Decoder, DecoderEvent, StreamingIterator};

use common::{House, cost, medians, report};

const HOUR: u32 = 3_600;
/// So many that their processor time can be told.
const FILES: i64 = 50;
const ROUNDS: i64 = 3;

/// An hour with a record each second, of somebody who runs once a day: so many days after the samples' start.
fn hour(number: i64) -> Vec<u8> {
    let start = number * 86_400;
    let end = start + i64::from(HOUR);
    // A watch names each of its files by its serial number and the second it was made.
    let mut file_id = FileId::new();
    file_id.r#type = File::ACTIVITY;
    file_id.serial_number = 4_711;
    file_id.time_created = samples::instant(start);
    let mut messages = vec![file_id.into(), samples::timer(EventType::START, start)];
    messages.extend((start..=end).map(samples::record));
    messages.push(samples::timer(EventType::STOP_ALL, end));
    messages.push(samples::lap(start, HOUR / 2));
    messages.push(samples::lap(start + i64::from(HOUR / 2), HOUR / 2));
    messages.push(samples::session(Sport::RUNNING, SubSport::GENERIC, start, HOUR, f64::from(HOUR) * 3.0));
    messages.push(samples::activity(end));
    samples::encode(messages)
}

/// What the decoder costs when nothing is done with what it finds.
fn decode(bytes: &[u8]) {
    let mut decoder = Decoder::builder().checksum(false).expand_components(false).build();
    let mut stream = decoder.stream(bytes);
    let mut messages = 0;
    while let Some(Ok(event)) = stream.next() {
        if matches!(event, DecoderEvent::Message(_)) {
            messages += 1;
        }
    }
    assert!(black_box(messages) > HOUR);
}

fn an_hour(c: &mut Criterion) {
    let bytes = hour(0);
    let mut group = c.benchmark_group("an hour of FIT");
    group.bench_function("decoder alone", |b| b.iter(|| decode(black_box(&bytes))));
    group.bench_function("read", |b| b.iter(|| files::read("hour.fit", black_box(&bytes)).expect("a run")));
    group.finish();

    let house = House::new("files");
    house.person("marta@lowfield.test", true);
    let (made, viewer) = house.person("naledi@lowfield.test", false);
    let keep = |bytes: &Vec<u8>| {
        let kept = house.app.import_file(&viewer, made.user_id, "hour.fit", bytes.clone());
        let outcomes = house.runtime.block_on(kept).expect("an outcome");
        assert_eq!(outcomes[0].outcome.word(), "created", "{:?}", outcomes[0].message);
    };
    let read = |bytes: &Vec<u8>| {
        black_box(files::read("hour.fit", black_box(bytes)).expect("a run"));
    };
    let runs: Vec<Vec<Vec<u8>>> =
        (0..2 * ROUNDS).map(|round| (0..FILES).map(|n| hour(round * FILES + n)).collect()).collect();
    let (mut ahead, mut behind) = (runs.iter(), runs.iter());
    let mut compare = |what, alone: &dyn Fn(&Vec<u8>), at_most| {
        let figures = medians(
            ROUNDS as usize,
            || cost(|| ahead.next().into_iter().flatten().for_each(alone)),
            || cost(|| behind.next().into_iter().flatten().for_each(keep)),
        );
        report(what, figures.map(|figure| figure / FILES as u32), at_most);
    };
    compare("an hour of FIT, kept against decoded", &|bytes| decode(bytes), 3.0);
    compare("an hour of FIT, kept against read", &read, f64::INFINITY);
}

criterion_group!(benches, an_hour);
criterion_main!(benches);
