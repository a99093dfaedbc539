//! Figures of one athlete over time.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Person, cast};

async fn run(person: &Person, start: &str, metres: f64) {
    let body = json!({
        "activity_type": "run", "start_time": start, "distance_in_meters": metres, "duration_in_seconds": 1800,
        "average_heart_rate": 150
    });
    let answer = person.api("POST", "/activities", Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
}

fn unix(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp()
}

async fn buckets(person: &Person, from: &str, to: &str, rest: &str) -> Vec<String> {
    let path =
        format!("/analytics/running_stats?from_timestamp={}&to_timestamp={}&{rest}", unix(from), unix(to));
    let answer = person.api("GET", &path, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let word = |b: &Value| {
        let text = |field: &str| b[field].as_str().expect("a date").to_owned();
        format!("{}..{}: {} {}", text("start_date"), &text("end_date")[5..], b["activities"], b["distance"])
    };
    answer.json()["buckets"].as_array().expect("buckets").iter().map(word).collect()
}

#[tokio::test]
async fn running_stats_are_right_across_changes_of_the_clocks() {
    let cast = cast().await;
    // In New York the clocks go back on Sunday 1 November 2026 at 02:00: that day has 25 hours.
    for start in
        ["2026-11-01T03:30:00Z", "2026-11-01T04:30:00Z", "2026-11-02T04:30:00Z", "2026-11-02T05:30:00Z"]
    {
        run(&cast.athlete, start, 1000.0).await;
    }
    let zone = "timezone=America/New_York&granularity=daily";
    let found = buckets(&cast.athlete, "2026-10-31T04:00:00Z", "2026-11-03T05:00:00Z", zone).await;
    assert_eq!(
        found,
        ["2026-10-31..10-31: 1 1000.0", "2026-11-01..11-01: 2 2000.0", "2026-11-02..11-02: 1 1000.0"]
    );
    // In UTC the days are others.
    let found = buckets(&cast.athlete, "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", "timezone=UTC").await;
    assert_eq!(found, ["2026-11-01..11-01: 2 2000.0", "2026-11-02..11-02: 2 2000.0"]);
    // Spring forward in Lisbon, the caller's own zone: 29 March 2026 has 23 hours.
    run(&cast.athlete, "2026-03-28T23:30:00Z", 1000.0).await;
    run(&cast.athlete, "2026-03-29T22:30:00Z", 1000.0).await;
    run(&cast.athlete, "2026-03-29T23:30:00Z", 1000.0).await;
    let found = buckets(&cast.athlete, "2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z", "").await;
    assert_eq!(
        found,
        ["2026-03-28..03-28: 1 1000.0", "2026-03-29..03-29: 1 1000.0", "2026-03-30..03-30: 1 1000.0"]
    );
    let weeks =
        buckets(&cast.coach, "2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z", "granularity=weekly").await;
    assert_eq!(weeks, ["2026-03-23..03-29: 0 0.0", "2026-03-30..04-05: 0 0.0"], "the coach's own");
    let rest = format!("granularity=weekly&user_id={}", cast.athlete.id);
    let weeks = buckets(&cast.coach, "2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z", &rest).await;
    assert_eq!(weeks, ["2026-03-23..03-29: 2 2000.0", "2026-03-30..04-05: 1 1000.0"]);
    let months =
        buckets(&cast.athlete, "2026-10-15T00:00:00Z", "2026-11-18T00:00:00Z", "granularity=monthly").await;
    assert_eq!(months, ["2026-10-01..10-31: 0 0.0", "2026-11-01..11-30: 4 4000.0"]);
    let years =
        buckets(&cast.athlete, "2025-12-15T00:00:00Z", "2026-11-18T00:00:00Z", "granularity=yearly").await;
    assert_eq!(years, ["2025-01-01..12-31: 0 0.0", "2026-01-01..12-31: 7 7000.0"]);
}

#[tokio::test]
async fn figures_count_each_completed_run_once() {
    let cast = cast().await;
    run(&cast.athlete, "2026-11-17T07:00:00Z", 6000.0).await;
    run(&cast.athlete, "2026-11-11T07:00:00Z", 4000.0).await;
    let mut ride = json!({ "activity_type": "bike", "start_time": "2026-11-16T07:00:00Z", "duration_in_seconds": 3600, "distance_in_meters": 30000 });
    cast.athlete.api("POST", "/activities", Some(ride.take())).await;
    let stats = cast.athlete.api("GET", "/analytics/fitness_stats?days=7", None).await.json();
    assert_eq!(
        stats,
        json!({ "total_activities": 1, "total_distance": 6000.0, "total_duration": 1800.0, "avg_pace": "5:00", "avg_heart_rate": 150.0 })
    );
    let stats = cast.athlete.api("GET", "/analytics/fitness_stats?days=8", None).await.json();
    assert_eq!((&stats["total_activities"], &stats["avg_pace"]), (&2.into(), &"6:00".into()));
    let none = cast.other_athlete.api("GET", "/analytics/fitness_stats", None).await.json();
    assert_eq!(
        (&none["total_activities"], &none["avg_pace"], &none["avg_heart_rate"]),
        (&0.into(), &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let cast = cast().await;
    for path in [
        "fitness_stats?days=0",
        "fitness_stats?days=366",
        "fitness_stats?days=x",
        "fitness_stats?colour=red",
        "running_stats?granularity=hourly",
        "running_stats?timezone=Mars/Olympus",
        "running_stats?from_timestamp=5",
        "running_stats?to_timestamp=99999999999999999999",
        "running_stats?to_timestamp=9223372036854775807",
        "running_stats?from_timestamp=1790000000&to_timestamp=1790000000",
        "running_stats?from_timestamp=1000000000&granularity=daily",
        "running_stats?from_timestamp=1.5",
    ] {
        let answer = cast.athlete.api("GET", &format!("/analytics/{path}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.body);
        assert!(answer.json()["details"]["code"].is_string());
    }
    let nobody = cast.coach.api("GET", "/analytics/fitness_stats?user_id=usr_1", None).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
