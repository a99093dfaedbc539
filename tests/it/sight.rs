//! A coach sees nothing from before the day from which the athlete agreed to be seen, by no way round.

use axum::http::StatusCode;
use harrier::app::Viewer;
use harrier::app::fitness::SetValue;
use harrier::domain::calendar::parse_day;
use harrier::domain::fitness::FitnessKind;
use rustyfit::profile::typedef::Sport;
use serde_json::{Value, json};

use crate::support::recordings::Run;
use crate::support::{Cast, NOW, Person, cast};

/// The middle of 14 November 2026: four days before every test begins.
const AGREED: i64 = NOW - 4 * 86_400;

async fn viewer(cast: &Cast, person: &Person) -> Viewer {
    cast.stage.app.operator_for(&person.email).await.expect("an account")
}

fn value(kind: FitnessKind, value: f64, day: &str) -> SetValue {
    SetValue { kind, value, valid_from: Some(parse_day(day).expect("a day")) }
}

/// Runs of the mornings of so many days before today.
async fn enter(person: &Person, days: &[i64]) {
    for day in days {
        let start = chrono::DateTime::from_timestamp(NOW - day * 86_400 - 3600, 0).expect("a time");
        let run = json!({
            "activity_type": "run", "sub_type": "easy-run", "title": "Morning", "start_time": start.to_rfc3339(),
            "distance_in_meters": 8000, "duration_in_seconds": 2400
        });
        let answer = person.api("POST", "/activities", Some(run)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_coachs_value_counts_and_reaches_no_older_runs() {
    let cast = cast().await;
    let (app, user) = (&cast.stage.app, cast.athlete.id);
    let (coach, athlete) = (viewer(&cast, &cast.coach).await, viewer(&cast, &cast.athlete).await);
    // Three that the coach does not see, one of them on the very day; two that the coach sees.
    enter(&cast.athlete, &[20, 10, 4, 3, 1]).await;
    cast.stage.agree_from(user, AGREED).await;
    let vdot = FitnessKind::Vdot;
    for day in ["2026-10-01", "2026-11-13"] {
        let refused = app.set_fitness(&coach, user, &value(vdot, 50.0, day)).await.expect_err("refused");
        assert!(refused.to_string().starts_with("You see this athlete from"), "{refused}");
    }
    let change = app.set_fitness(&coach, user, &value(vdot, 50.0, "2026-11-14")).await.expect("set");
    assert_eq!((change.activities, change.job), (2, None), "the two that the coach sees");
    // The athlete's own reach is the whole of it.
    let change = app.set_fitness(&athlete, user, &value(vdot, 48.0, "2026-10-01")).await.expect("set");
    assert_eq!(change.activities, 2, "up to the coach's value");
    // The page says no more.
    let path = format!("/athletes/{user}/fitness/vdot");
    let page = cast.coach.post(&path, "value=51&valid_from=2026-10-01").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = page.texts(".field .error").join(" ");
    assert!(said.contains("Choose that day or a later one"), "{said}");
}

#[tokio::test]
async fn a_coach_sees_of_older_values_only_what_still_holds() {
    let cast = cast().await;
    let (app, user) = (&cast.stage.app, cast.athlete.id);
    let (coach, athlete) = (viewer(&cast, &cast.coach).await, viewer(&cast, &cast.athlete).await);
    let mut ids = Vec::new();
    for (number, day) in [(41.5, "2026-01-01"), (43.5, "2026-05-01"), (47.5, "2026-11-15")] {
        ids.push(
            app.set_fitness(&athlete, user, &value(FitnessKind::Vdot, number, day)).await.expect("set").id,
        );
    }
    cast.stage.agree_from(user, AGREED).await;
    let seen: Vec<f64> =
        app.fitness_values(&coach, user).await.expect("values").iter().map(|v| v.value).collect();
    assert_eq!(seen, [47.5, 43.5]);
    assert_eq!(app.fitness_values(&athlete, user).await.expect("values").len(), 3);
    let page = cast.coach.get(&format!("/athletes/{user}/fitness")).await;
    assert!(page.body.contains("43.5") && !page.body.contains("41.5"));
    assert_eq!(page.texts("form[action$=removal]").len(), 1, "the older one stays");
    assert!(!cast.coach.get(&format!("/athletes/{user}")).await.body.contains("41.5"));
    // What the page does not offer is refused, and what is out of sight is not there.
    for (id, status) in [(ids[0], 404), (ids[1], 403), (ids[2], 303)] {
        let path = format!("/athletes/{user}/fitness/{id}/removal");
        assert_eq!(cast.coach.post(&path, "").await.status.as_u16(), status);
    }
}

/// An entry or a file that turns out to be a duplicate would tell of a run that the coach does not see.
#[tokio::test]
async fn a_coach_finds_no_older_run_by_entering_its_like() {
    let cast = cast().await;
    let older = Run::days_ago(10);
    let there = cast.athlete.upload(&[("older.fit", &older.fit())], &[]).await;
    assert_eq!(there.json()["created"], 1, "{}", there.body);
    cast.stage.agree_from(cast.athlete.id, AGREED).await;
    let owner = cast.athlete.id.to_string();
    // The same bytes, the same run from another watch, and a day without a run: no difference.
    let other = Run { serial: 1, ..older }.fit();
    let nothing = Run::days_ago(12).fit();
    let mut messages = std::collections::BTreeSet::new();
    for bytes in [&older.fit(), &other, &nothing] {
        let answer = cast.coach.upload(&[("x.fit", bytes)], &[("user_id", &owner)]).await.json();
        let result = &answer["results"][0];
        assert_eq!(
            (&result["outcome"], &result["activity_id"]),
            (&json!("refused"), &Value::Null),
            "{answer}"
        );
        messages.insert(result.to_string());
    }
    assert_eq!(messages.len(), 1, "{messages:?}");
    let entry = |start: &str| {
        json!({
            "user_id": owner, "activity_type": "run", "sub_type": "easy-run", "title": "x", "start_time": start,
            "timezone": "Europe/Lisbon", "distance_in_meters": 5400, "duration_in_seconds": 1800
        })
    };
    let answer = cast.coach.api("POST", "/activities", Some(entry("2026-11-08T06:00:00Z"))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.json()["details"]["field"], "start_time");
    let made = cast.coach.api("POST", "/activities", Some(entry("2026-11-17T06:00:00Z"))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let path = format!("/activities/{}", made.json()["activity_id"].as_str().expect("an id"));
    let back = json!({ "start_time": "2026-11-08T06:00:00Z" });
    assert_eq!(cast.coach.api("PATCH", &path, Some(back.clone())).await.status, StatusCode::BAD_REQUEST);
    // The athlete's own hand reaches everywhere, and their file is known by its bytes.
    assert_eq!(cast.athlete.api("PATCH", &path, Some(back)).await.status, StatusCode::OK);
    let again = cast.athlete.upload(&[("older.fit", &older.fit())], &[]).await.json();
    assert_eq!(again["duplicates"], 1, "{again}");
}

/// The bytes of a file hold all of its runs.
#[tokio::test]
async fn a_file_that_holds_an_older_run_is_not_given_to_a_coach() {
    let cast = cast().await;
    let bytes = Run::days_ago(5).fit_legs(&[Sport::CYCLING, Sport::RUNNING]);
    let answer = cast.athlete.upload(&[("brick.fit", &bytes)], &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let listed = cast.athlete.api("GET", "/activities", None).await.json();
    let of_kind = |kind: &str| -> Value {
        let all = listed["activities"].as_array().expect("a list").clone();
        all.into_iter().find(|a| a["activity_type"] == kind).unwrap_or_else(|| panic!("no {kind}: {listed}"))
    };
    let (ride, run) = (of_kind("bike"), of_kind("run"));
    let start = chrono::DateTime::parse_from_rfc3339(run["start_time"].as_str().expect("a start"));
    let file =
        |activity: &Value| format!("/activities/{}/file", activity["activity_id"].as_str().expect("an id"));
    let ask = async |person: &Person, path: &str| person.api("GET", path, None).await.status.as_u16();
    assert_eq!(ask(&cast.coach, &file(&run)).await, 200);
    // Agreed between the ride and the run.
    cast.stage.agree_from(cast.athlete.id, start.expect("a start").timestamp()).await;
    assert_eq!(ask(&cast.coach, file(&run).trim_end_matches("/file")).await, 200);
    for activity in [&ride, &run] {
        assert_eq!(ask(&cast.coach, &file(activity)).await, 404);
        assert_eq!(ask(&cast.athlete, &file(activity)).await, 200);
    }
    let page = format!("/activities/{}/file", run["activity_id"].as_str().expect("an id"));
    assert_eq!(cast.coach.get(&page).await.status, StatusCode::NOT_FOUND);
}
