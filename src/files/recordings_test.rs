//! Real recordings against what independent decoders read in them. They show where people live, so they
//! are not part of the program: `HARRIER_TEST_RECORDINGS` names the folder.

use std::collections::HashMap;
use std::path::PathBuf;

use chrono::DateTime;

use crate::domain::recording::Recording;

/// The folder and the lines of its table, each by the names of the columns.
fn expected() -> Option<(PathBuf, Vec<HashMap<String, String>>)> {
    let Some(folder) = std::env::var_os("HARRIER_TEST_RECORDINGS").map(PathBuf::from) else {
        println!("skipped: HARRIER_TEST_RECORDINGS is not set");
        return None;
    };
    let table = std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("EXPECTED.tsv in the folder");
    let mut lines = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().expect("a line of names");
    Some((folder, lines.map(|line| names.iter().cloned().zip(line).collect()).collect()))
}

/// Every difference beyond the tolerances, in words.
fn differences(line: &HashMap<String, String>, file: &str, recordings: &[Recording]) -> Vec<String> {
    let mut found = Vec::new();
    let expected = |name: &str| line.get(name).and_then(|text| text.parse::<f64>().ok());
    let is_gpx = file.ends_with(".gpx");
    if let Some(start) = line.get("start_utc").and_then(|text| DateTime::parse_from_rfc3339(text).ok()) {
        let gap = (recordings[0].start - start.to_utc()).num_milliseconds().abs();
        if gap > 1_000 {
            found.push(format!("start {} for {start}", recordings[0].start));
        }
    }
    if let Some(metres) = expected("distance_m") {
        let read: f64 = recordings.iter().filter_map(|recording| recording.distance).sum();
        if (read - metres).abs() > metres * if is_gpx { 0.02 } else { 0.01 } {
            found.push(format!("distance {read:.1} for {metres:.1}"));
        }
    }
    if let Some(seconds) = expected("timer_s").filter(|_| !is_gpx) {
        let read: f64 = recordings.iter().map(|recording| recording.timer).sum();
        if (read - seconds).abs() > 2.0 {
            found.push(format!("timer {read:.1} for {seconds:.1}"));
        }
    }
    if let Some(seconds) = expected("elapsed_s").filter(|_| file.to_lowercase().ends_with(".fit")) {
        let read: f64 = recordings.iter().map(|recording| recording.elapsed).sum();
        if (read - seconds).abs() > 2.0 {
            found.push(format!("elapsed {read:.1} for {seconds:.1}"));
        }
    }
    if let Some(rate) = expected("avg_hr") {
        let read = recordings[0].average_heart_rate.unwrap_or(0.0);
        if (read - rate).abs() > 1.0 {
            found.push(format!("heart rate {read:.1} for {rate:.1}"));
        }
    }
    found
}

#[test]
fn real_recordings() {
    let Some((folder, lines)) = expected() else { return };
    let (mut runs, mut right) = (0, 0);
    for line in &lines {
        let file = &line["file"];
        let bytes = std::fs::read(folder.join(file)).expect(file);
        let outcome = super::read(file, &bytes);
        let is_run = line["kind"] == "run";
        runs += usize::from(is_run);
        match outcome {
            Ok(recordings) => {
                recordings.iter().for_each(super::hostile_test::check);
                let wrong = differences(line, file, &recordings);
                right += usize::from(is_run && wrong.is_empty());
                if !wrong.is_empty() {
                    println!("{} {file}: {}", line["kind"], wrong.join(", "));
                }
                let warnings: Vec<&String> =
                    recordings.iter().flat_map(|recording| &recording.warnings).collect();
                if !warnings.is_empty() {
                    println!("{} {file}: warns {warnings:?}", line["kind"]);
                }
            }
            Err(refusal) => println!("{} {file}: {} {refusal}", line["kind"], refusal.code()),
        }
    }
    let rate = right as f64 / runs as f64;
    println!("{right} of {runs} runs as expected, {:.1} %", rate * 100.0);
    assert!(rate >= 0.97);
}

#[test]
fn twins_agree() {
    let Some((folder, _)) = expected() else { return };
    let twins = std::fs::read_to_string(folder.join("TWINS.tsv")).expect("TWINS.tsv in the folder");
    for line in twins.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let read = |file: &str| {
            super::read(file, &std::fs::read(folder.join(file)).expect(file)).expect(file).remove(0)
        };
        let (a, b) = (read(columns[0]), read(columns[1]));
        let gap: f64 = columns[2].parse().expect("a number");
        let read_gap = (b.start - a.start).num_milliseconds().abs() as f64 / 1000.0;
        assert!((read_gap - gap).abs() <= 1.0, "{line}: {read_gap}");
        let (a, b) = (a.distance.expect("a distance"), b.distance.expect("a distance"));
        assert!((a - b).abs() < a * 0.02, "{line}: {a} {b}");
    }
}
