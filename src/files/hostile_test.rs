//! Bytes that nobody means well with: nothing panics, and what is read stays within the bounds.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::domain::recording::{Recording, Streams};

use super::draft::LATE_POINTS;
use super::samples::{self, gzip};
use super::{Refusal, entries, limits, read};

/// What holds for every recording, whatever it was read from.
pub fn check(recording: &Recording) {
    let start = recording.start.timestamp() as f64;
    assert!(limits::is_plausible_time(start), "{start}");
    assert!((0.0..=limits::MAX_DURATION).contains(&recording.elapsed) && recording.elapsed > 0.0);
    assert!(recording.timer > 0.0 && recording.timer <= recording.elapsed + 0.001);
    assert!(recording.distance.is_none_or(|metres| (0.0..=limits::MAX_DISTANCE).contains(&metres)));
    assert!(recording.average_heart_rate.is_none_or(|rate| (1.0..=250.0).contains(&rate)));
    assert!(recording.average_cadence.is_none_or(|steps| (0.0..=600.0).contains(&steps)));
    assert!(recording.laps.len() <= limits::MAX_LAPS);
    for lap in &recording.laps {
        assert!(
            lap.start >= 0.0
                && lap.start <= recording.elapsed
                && lap.timer.is_finite()
                && lap.elapsed.is_finite()
        );
    }
    check_streams(&recording.streams, (recording.elapsed + LATE_POINTS) as f32);
}

fn check_streams(streams: &Streams, elapsed: f32) {
    let length = streams.time.len();
    assert!(length <= limits::MAX_POINTS);
    for single in [
        &streams.distance,
        &streams.altitude,
        &streams.speed,
        &streams.heart_rate,
        &streams.cadence,
        &streams.power,
        &streams.temperature,
    ] {
        assert!(single.is_empty() || single.len() == length);
        assert!(single.iter().all(|value| !value.is_infinite()));
    }
    for (double, most) in [(&streams.latitude, 90.0), (&streams.longitude, 180.0)] {
        assert!(double.is_empty() || double.len() == length);
        assert!(double.iter().all(|degrees| degrees.is_nan() || degrees.abs() <= most));
    }
    assert!(streams.time.iter().all(|seconds| (0.0..=elapsed + 1.0).contains(seconds)));
    assert!(streams.time.is_sorted());
    let distances: Vec<f32> = streams.distance.iter().copied().filter(|metres| !metres.is_nan()).collect();
    assert!(distances.is_sorted());
    assert!(streams.pauses.iter().all(|(from, to)| 0.0 <= *from && from <= to && *to <= elapsed + 1.0));
    assert!(streams.pauses.is_sorted_by(|a, b| a.1 <= b.0));
}

/// Reads it under every name and checks whatever comes out.
fn survives(bytes: &[u8]) {
    for name in ["a.fit", "a.tcx", "a.gpx", "a.gpx.gz", "a"] {
        if let Ok(recordings) = read(name, bytes) {
            assert!(!recordings.is_empty());
            recordings.iter().for_each(check);
        }
    }
    if let Ok(archive) = entries(bytes) {
        for entry in archive.take(1_000) {
            assert!(entry.bytes.is_ok_and(|bytes| bytes.len() <= limits::MAX_FILE) || !entry.name.is_empty());
        }
    }
}

/// A valid file with some bytes overwritten, some taken out and its end cut off.
fn mutated(sample: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = sample.len();
    let writes = prop::collection::vec((0..length, any::<u8>()), 0..12);
    let cut = (0..length, 0..40usize);
    (writes, cut, 0..=length).prop_map(move |(writes, (from, count), end)| {
        let mut bytes = sample.clone();
        writes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        bytes.truncate(end.max(length / 4));
        let from = from.min(bytes.len());
        bytes.drain(from..(from + count).min(bytes.len()));
        bytes
    })
}

/// A valid text with numbers replaced by others, which reach deeper than broken bytes do.
fn renumbered(sample: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let text = String::from_utf8(sample).expect("text");
    let strange = prop::sample::select(vec![
        "-1",
        "0",
        "1e308",
        "-1e308",
        "1e-320",
        "NaN",
        "inf",
        "99999999999999999999",
        "",
        " ",
        "1,5",
        "½",
        "2026-13-45",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-00-00T00:00:00Z",
        "2026-01-05T08:00:00+14:00",
    ]);
    prop::collection::vec((any::<prop::sample::Index>(), strange), 1..6).prop_map(move |changes| {
        let mut parts: Vec<String> = text.split_inclusive(['>', '"']).map(str::to_owned).collect();
        for (index, number) in changes {
            let at = index.index(parts.len());
            let part = &mut parts[at];
            if let Some(end) = part.find(['<', '"']) {
                part.replace_range(..end, number);
            }
        }
        parts.concat().into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        survives(&bytes);
    }

    #[test]
    fn any_bytes_behind_a_fit_header(bytes in prop::collection::vec(any::<u8>(), 0..600), size in any::<u32>()) {
        let mut file = vec![14, 0x10, 0, 0];
        file.extend(size.to_le_bytes());
        file.extend(b".FIT\0\0");
        file.extend(bytes);
        survives(&file);
    }

    #[test]
    fn mutated_fit(bytes in mutated(samples::fit(40))) {
        survives(&bytes);
    }

    #[test]
    fn mutated_tcx(bytes in mutated(samples::tcx(10))) {
        survives(&bytes);
    }

    #[test]
    fn mutated_gpx(bytes in mutated(samples::gpx(10))) {
        survives(&bytes);
    }

    #[test]
    fn strange_numbers_in_tcx(bytes in renumbered(samples::tcx(4))) {
        survives(&bytes);
    }

    #[test]
    fn strange_numbers_in_gpx(bytes in renumbered(samples::gpx(4))) {
        survives(&bytes);
    }

    #[test]
    fn mutated_archive(bytes in mutated(samples::zip(&[("a.gpx", &samples::gpx(5)), ("b.zip", &samples::zip(&[("c.fit", &samples::fit(5))]))]))) {
        survives(&bytes);
    }

    #[test]
    fn mutated_gzip(bytes in mutated(gzip(&samples::gpx(20)))) {
        survives(&bytes);
    }
}

#[test]
fn cut_off_at_every_place() {
    for (name, sample) in
        [("a.fit", samples::fit(200)), ("a.tcx", samples::tcx(20)), ("a.gpx", samples::gpx(20))]
    {
        let step = (sample.len() / 60).max(1);
        let mut read_anything = 0;
        for end in (0..sample.len()).step_by(step) {
            if let Ok(recordings) = read(name, &sample[..end]) {
                recordings.iter().for_each(check);
                assert!(!recordings[0].warnings.is_empty(), "{name} cut off at {end} without a word");
                read_anything += 1;
            }
        }
        assert!(read_anything > 40, "{name}: {read_anything}");
    }
}

#[test]
fn files_of_the_collection_cut_off_at_every_thousandth_byte() {
    let Some(folder) = std::env::var_os("HARRIER_TEST_RECORDINGS").map(std::path::PathBuf::from) else {
        println!("skipped: HARRIER_TEST_RECORDINGS is not set");
        return;
    };
    for file in ["runpandas/run.fit", "saf/fit_format_test_File.FIT", "runpandas/run_garmin.tcx"] {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        for end in (0..bytes.len()).step_by(1_000) {
            if let Ok(recordings) = read(file, &bytes[..end]) {
                recordings.iter().for_each(check);
            }
        }
    }
}

fn code(name: &str, bytes: &[u8]) -> &'static str {
    read(name, bytes).map_or_else(|refusal| refusal.code(), |_| "read")
}

#[test]
fn what_is_no_recording_is_refused_with_a_reason() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";
    assert_eq!(read("a.fit", b""), Err(Refusal::Empty));
    assert_eq!(code("a.png", png), "UNSUPPORTED_MEDIA");
    assert_eq!(code("a.fit", png), "MALFORMED");
    assert_eq!(code("a.gpx", png), "MALFORMED");
    assert_eq!(code("a.txt", b"hello"), "UNSUPPORTED_MEDIA");
    assert_eq!(code("a.gpx", b"<html><body>Sign in</body></html>"), "NOT_AN_ACTIVITY");
    assert_eq!(code("a.gpx.gz", &gzip(b"")), "EMPTY");
    assert_eq!(code("a.gpx.gz", b"\x1f\x8b rubbish"), "MALFORMED");
    assert_eq!(code("a.gpx", &samples::zip(&[("a.gpx", &samples::gpx(5))])), "UNSUPPORTED_MEDIA");
    assert_eq!(code("a.gpx", &vec![b' '; limits::MAX_FILE + 1]), "TOO_LARGE");
}

#[test]
fn the_bytes_count_for_more_than_the_name() {
    for (name, bytes) in [
        ("a.gpx", samples::fit(20)),
        ("a.fit", samples::gpx(20)),
        ("a.txt", samples::tcx(20)),
        ("a.tcx", gzip(&samples::gpx(20))),
        ("", gzip(&samples::fit(20))),
    ] {
        assert_eq!(code(name, &bytes), "read", "{name}");
    }
}

#[test]
fn a_file_in_utf_16() {
    let text = String::from_utf8(samples::gpx(20)).expect("text").replace("UTF-8", "UTF-16");
    let bytes: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let recording = read("a.gpx", &bytes).expect("readable").remove(0);
    assert_eq!((recording.timer, recording.title.as_deref()), (20.0, Some("Tom & Jérôme")));
}

#[test]
fn bombs_are_refused_at_once() {
    let start = Instant::now();
    let zeros = gzip(&vec![b' '; limits::MAX_FILE + 1_000]);
    assert_eq!(code("a.gpx.gz", &zeros), "TOO_LARGE");

    let mut laughs = String::from("<?xml version=\"1.0\"?><!DOCTYPE gpx [<!ENTITY a \"ha\">");
    (1..30).for_each(|level| laughs += &format!("<!ENTITY a{level} \"&a{0};&a{0};\">", level - 1));
    laughs += "]><gpx><trk><name>&a29;</name><trkseg>";
    (0..5).for_each(|second| laughs += &samples::trkpt(second));
    laughs += "</trkseg></trk></gpx>";
    let recording = read("a.gpx", laughs.as_bytes()).expect("readable").remove(0);
    assert_eq!(recording.title, None);

    let nested = "<a>".repeat(2_000_000);
    assert_eq!(code("a.gpx", format!("<gpx>{nested}").as_bytes()), "MALFORMED");
    let wide = format!("<gpx><trk a=\"{}\"/></gpx>", "x".repeat(100_000));
    assert_eq!(code("a.gpx", wide.as_bytes()), "MALFORMED");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn more_points_than_anybody_records() {
    let points =
        "<trkpt lat='47' lon='8'><time>2026-01-05T08:00:00Z</time></trkpt>".repeat(limits::MAX_POINTS + 1);
    let text = format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>");
    assert_eq!(code("a.gpx", text.as_bytes()), "TOO_LARGE");
}

/// A definition of 255 fields of no bytes, and a message of it in each byte that follows: little to send,
/// much to decode.
#[test]
fn a_fit_file_that_is_all_work() {
    let start = Instant::now();
    let mut data = vec![0x40, 0, 0, 20, 0, 255];
    (0..255u8).for_each(|field| data.extend([field, 0, 2]));
    data.resize(5_000_000, 0);
    let mut file = vec![14, 0x10, 0, 0];
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(b".FIT\0\0");
    file.extend(data);
    file.extend([0, 0]);
    assert_eq!(code("a.fit", &file), "TOO_LARGE");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
