//! A server that is killed in the middle of a job, and the next one that takes it up.

use std::time::{Duration, Instant};

use harrier::app::admin::NewPerson;

use crate::cli::{Place, Server, recordings};
use crate::support::recordings::{BOUNDARY, form, zip};
use crate::support::{PASSWORD, Stage, stage};

/// Waits until a number in the database is at least so much; half a minute at most.
async fn wait_for(stage: &Stage, sql: &str, least: i64) -> i64 {
    let begun = Instant::now();
    loop {
        let number = stage.number(sql).await;
        if number >= least {
            return number;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{sql}: {number}, and no {least} in half a minute"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A token of an athlete.
async fn token(stage: &Stage) -> String {
    let person = |email: &str| NewPerson {
        email: email.into(),
        name: "Naledi Mokoena".into(),
        password: PASSWORD.into(),
        timezone: "Europe/Lisbon".into(),
    };
    let app = &stage.app;
    app.admin_create_coach(&person("marta@lowfield.test"), "Lowfield").await.expect("a coach");
    app.admin_create_athlete(&person("naledi@lowfield.test"), "Lowfield").await.expect("an athlete");
    app.admin_create_token("naledi@lowfield.test", "tests", true).await.expect("a token").1
}

#[tokio::test]
async fn an_upload_whose_server_was_killed_loses_nothing_and_doubles_nothing() {
    const DONE: &str = "SELECT done FROM jobs";
    let (stage, place) = (stage().await, Place::new());
    let (url, token) = (stage.url(), token(&stage).await);
    recordings(&place.0.join("runs"));
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(place.0.join("runs"))
        .expect("the recordings")
        .map(|entry| entry.expect("an entry"))
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("bytes")))
        .collect();
    files.sort();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let total = files.len() as i64;
    let body = form(&[("runs.zip", &zip(&files))], &[]);

    let server = Server::serve_on(&place, Some(&url));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let (status, answer) = server.api("POST /api/v1/activities/upload", &token, &kind, &body);
    assert_eq!(status, 202, "{answer}");
    let job = format!("GET /api/v1/jobs/{}", answer["job_id"].as_str().expect("an id"));
    wait_for(&stage, DONE, 20).await;
    server.kill();
    let acknowledged = stage.number(DONE).await;
    assert!((20..total).contains(&acknowledged), "{acknowledged} of {total}: killed too late");
    assert_eq!(stage.number("SELECT COUNT(*) FROM jobs WHERE state = 'running'").await, 1);
    // What is told as done is there, and nothing else is.
    assert_eq!(stage.number("SELECT COUNT(*) FROM activities").await, acknowledged);

    // The dead server's lease ends by itself after two minutes; here they pass at once.
    stage.execute("UPDATE jobs SET leased_until = 0 WHERE state = 'running'").await;
    let server = Server::serve_on(&place, Some(&url));
    wait_for(&stage, "SELECT COUNT(*) FROM jobs WHERE state = 'done'", 1).await;
    let (status, answer) = server.api(&job, &token, "application/json", b"");
    assert_eq!((status, answer["done"].as_i64(), answer["total"].as_i64()), (200, Some(total), Some(total)));
    let results = answer["results"].as_array().expect("results");
    assert!(results.iter().all(|r| r["outcome"] == "created"), "none was met a second time: {answer}");
    let named: std::collections::BTreeSet<_> = results.iter().filter_map(|r| r["file"].as_str()).collect();
    assert_eq!((results.len() as i64, named.len() as i64), (total, total), "one result for each file");
    server.kill();
    for (sql, count) in [
        ("SELECT COUNT(*) FROM activities", total),
        ("SELECT COUNT(DISTINCT local_day) FROM activities", total),
        ("SELECT COUNT(duplicate_of) FROM activities", 0),
        ("SELECT COUNT(*) FROM recordings", total),
        ("SELECT COUNT(*) FROM files", total),
        ("SELECT COUNT(*) FROM job_files", 0),
    ] {
        assert_eq!(stage.number(sql).await, count, "{sql}");
    }
}
