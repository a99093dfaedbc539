//! Activities by hand and by API: entering, changing, deleting, who may, and what is refused.

use axum::http::{Request, StatusCode, header};
use harrier::app::fitness::SetValue;
use harrier::domain::calendar::parse_day;
use harrier::domain::fitness::FitnessKind;
use serde_json::{Value, json};

use crate::support::recordings::Run;
use crate::support::{Answer, Cast, Person, cast};

fn run_at(start: &str) -> Value {
    json!({
        "activity_type": "run", "sub_type": "easy-run", "title": "Along the river", "start_time": start,
        "distance_in_meters": 8000, "duration_in_seconds": 2400, "average_heart_rate": 140, "effort": 4,
        "note": "Windy"
    })
}

async fn enter(person: &Person, body: Value) -> Value {
    let answer = person.api("POST", "/activities", Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

fn path(activity: &Value) -> String {
    format!("/activities/{}", activity["activity_id"].as_str().expect("an id"))
}

async fn patch(cast: &Cast, person: &Person, path: &str, tag: Option<&str>, body: Value) -> Answer {
    let mut request = Request::patch(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(tag) = tag {
        request = request.header(header::IF_MATCH, tag);
    }
    let request = request.body(axum::body::Body::from(body.to_string())).expect("a request");
    let answer = tower::ServiceExt::oneshot(cast.stage.router.clone(), request).await.expect("an answer");
    Answer::read(answer).await
}

#[tokio::test]
async fn an_activity_is_entered_changed_and_deleted() {
    let cast = cast().await;
    let made = enter(&cast.athlete, run_at("2026-11-17T07:00:00Z")).await;
    assert_eq!(made["user_id"], cast.athlete.id.to_string());
    assert_eq!(made["title"], "Along the river");
    assert_eq!(made["timezone"], "Europe/Lisbon");
    assert_eq!(made["local_date"], "2026-11-17");
    assert_eq!(made["average_pace"], "5:00");
    assert_eq!(made["source"], "manual");
    // 4 × 40 min × 100 / 420.
    assert_eq!((&made["load_method"], &made["nexrex_ete_plus"]), (&"effort".into(), &38.1.into()));
    for field in [
        "file_format",
        "device",
        "duplicate_of",
        "plan_session_id",
        "max_heart_rate",
        "elevation_gain_in_meters",
    ] {
        assert_eq!(made.get(field), Some(&Value::Null), "{field} is there and unknown");
    }
    let shown = cast.coach.api("GET", &path(&made), None).await;
    assert_eq!(shown.header("etag"), "\"1\"");
    assert_eq!(shown.json(), made);

    let change = json!({ "title": "", "effort": null, "start_time": "2026-11-17T19:30", "timezone": "Asia/Tokyo", "distance_in_meters": 9000 });
    let changed = patch(&cast, &cast.coach, &path(&made), Some("\"1\""), change).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let changed = changed.json();
    assert_eq!(changed["title"], "Evening run");
    assert_eq!(changed["start_time"], "2026-11-17T10:30:00Z");
    assert_eq!(changed["effort"], Value::Null);
    assert_eq!(changed["note"], "Windy");
    assert_eq!((&changed["load_method"], &changed["nexrex_ete_plus"]), (&"estimate".into(), &40.0.into()));
    let stale = patch(&cast, &cast.athlete, &path(&made), Some("\"1\""), json!({ "note": "Old" })).await;
    assert_eq!(
        (stale.status, stale.json()["details"]["code"].clone()),
        (StatusCode::CONFLICT, "STALE".into())
    );
    let last = patch(&cast, &cast.athlete, &path(&made), None, json!({ "note": "Last write wins" })).await;
    assert_eq!(last.status, StatusCode::OK);

    assert_eq!(cast.athlete.api("DELETE", &path(&made), None).await.json(), json!({ "status": "success" }));
    assert_eq!(cast.athlete.api("GET", &path(&made), None).await.status, StatusCode::NOT_FOUND);
    let viewer = cast.stage.app.operator_for(&cast.athlete.email).await.expect("an account");
    let id = made["activity_id"].as_str().expect("an id").parse().expect("an id");
    let back = cast.stage.app.restore_activity(&viewer, id).await.expect("restored");
    assert_eq!(back.note, "Last write wins");
    cast.athlete.api("DELETE", &path(&made), None).await;
    cast.stage.app.clock().advance(86_401);
    assert!(cast.stage.app.restore_activity(&viewer, id).await.is_err(), "a day has passed");
}

#[tokio::test]
async fn who_may_do_what() {
    let cast = cast().await;
    let made = enter(&cast.athlete, run_at("2026-11-17T07:00:00Z")).await;
    let list = format!("/activities?user_id={}", cast.athlete.id);
    for (person, read) in [
        (&cast.head_coach, 200),
        (&cast.coach, 200),
        (&cast.other_coach, 200),
        (&cast.athlete, 200),
        (&cast.other_athlete, 403),
        (&cast.stranger, 404),
        (&cast.strange_athlete, 404),
        (&cast.anonymous, 401),
    ] {
        for get in [
            path(&made),
            list.clone(),
            format!("/analytics/fitness_stats?user_id={}", cast.athlete.id),
            format!("/analytics/running_stats?user_id={}", cast.athlete.id),
        ] {
            let answer = person.api("GET", &get, None).await;
            assert_eq!(answer.status.as_u16(), read, "{} {get}: {}", person.email, answer.body);
        }
        let change = patch(&cast, person, &path(&made), None, json!({ "note": "x" })).await;
        assert_eq!(change.status.as_u16(), read, "{} changes", person.email);
        let mut body = run_at("2026-11-10T07:00:00Z");
        body["user_id"] = cast.athlete.id.to_string().into();
        let create = person.api("POST", "/activities", Some(body)).await;
        assert_eq!(create.status.as_u16(), if read == 200 { 201 } else { read }, "{} enters", person.email);
        if read != 200 {
            assert_eq!(person.api("DELETE", &path(&made), None).await.status.as_u16(), read);
            let file = person.api("GET", &format!("{}/file", path(&made)), None).await;
            assert_eq!(file.status.as_u16(), read, "{} downloads", person.email);
        }
    }
    // Entered by hand: there are no bytes.
    let file = cast.athlete.api("GET", &format!("{}/file", path(&made)), None).await;
    assert_eq!(file.status, StatusCode::NOT_FOUND);
    for id in ["act_1", "usr_01h455vb4pex5vsknk084sn02q", "act_01h455vb4pex5vsknk084sn02q", "%00"] {
        let answer = cast.athlete.api("GET", &format!("/activities/{id}"), None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn wrong_values_are_reported_all_at_once_and_change_nothing() {
    let cast = cast().await;
    let body = json!({
        "activity_type": "run", "start_time": "2026-13-01T00:00:00Z", "timezone": "Mars/Olympus",
        "distance_in_meters": 500_001, "duration_in_seconds": 0, "average_heart_rate": 9000, "effort": 11,
        "title": "x".repeat(121), "note": "x".repeat(5001)
    });
    let answer = cast.athlete.api("POST", "/activities", Some(body)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let mut fields: Vec<String> = answer.json()["details"]["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|f| f["field"].as_str().expect("a name").to_owned())
        .collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "average_heart_rate",
            "distance_in_meters",
            "duration_in_seconds",
            "effort",
            "note",
            "start_time",
            "timezone",
            "title"
        ]
    );
    let with = |field: &str, value: Value| {
        let mut body = run_at("2026-11-17T07:00:00Z");
        body[field] = value;
        body
    };
    for (body, code) in [
        (with("start_time", "2026-11-20T12:00:00Z".into()), "INVALID"),
        (with("start_time", "1989-12-31T12:00:00Z".into()), "INVALID"),
        (with("start_time", "9999999-01-01T00:00:00Z".into()), "INVALID"),
        (with("start_time", "".into()), "REQUIRED"),
        (with("start_time", 5.into()), "INVALID"),
        (with("activity_type", "quidditch".into()), "INVALID"),
        (with("sub_type", "tempo".into()), "INVALID"),
        (with("distance_in_meters", (-1).into()), "INVALID"),
        (with("distance_in_meters", "NaN".into()), "INVALID"),
        (with("duration_in_seconds", 604_801.into()), "INVALID"),
        (with("effort", 0.into()), "INVALID"),
        (with("effort", 3.5.into()), "INVALID"),
        (with("colour", "red".into()), "UNKNOWN_FIELD"),
        (with("vdot_load", 5.into()), "UNKNOWN_FIELD"),
        (json!({ "activity_type": "run", "duration_in_seconds": 5 }), "REQUIRED"),
        (json!([]), "INVALID"),
    ] {
        let answer = cast.athlete.api("POST", "/activities", Some(body.clone())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.body);
        assert_eq!(answer.json()["details"]["code"], code, "{body}: {}", answer.body);
    }
    let huge = Request::post("/api/v1/activities")
        .header(header::AUTHORIZATION, format!("Bearer {}", cast.athlete.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(axum::body::Body::from(
            r#"{"activity_type":"run","start_time":"2026-11-17T07:00:00Z","duration_in_seconds":1e999}"#,
        ))
        .expect("a request");
    let answer = tower::ServiceExt::oneshot(cast.stage.router.clone(), huge).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let list = cast.athlete.api("GET", "/activities", None).await.json();
    assert_eq!(list, json!({ "activities": [] }));
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "start_date=2026-02-30",
        "activity_type=x",
        "sub_type=easy-run,x",
        "status=x",
        "cursor=x",
        "colour=red",
        "start_date=18.11.2026",
    ] {
        let answer = cast.athlete.api("GET", &format!("/activities?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn control_characters_never_reach_the_database() {
    let cast = cast().await;
    let mut body = run_at("2026-11-17T07:00:00Z");
    body["title"] = "Tempo\u{0}\r\n<b>\u{202E}".into();
    body["note"] = "one\u{0}\r\ntwo".into();
    let made = enter(&cast.athlete, body).await;
    assert_eq!((&made["title"], &made["note"]), (&"Tempo <b>".into(), &"one\ntwo".into()));
}

#[tokio::test]
async fn lists_are_filtered_and_come_in_pages() {
    let cast = cast().await;
    for day in 1..=7 {
        let mut body = run_at(&format!("2026-11-{day:02}T07:00:00Z"));
        body["sub_type"] = if day % 2 == 0 { "tempo-run" } else { "easy-run" }.into();
        body["activity_type"] = if day == 7 { "walk" } else { "run" }.into();
        enter(&cast.athlete, body).await;
    }
    // Two that begin in the same second.
    let mut twin = run_at("2026-11-06T07:00:00Z");
    twin["activity_type"] = "swim".into();
    enter(&cast.athlete, twin).await;
    let dates = async |query: &str| {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let answer = cast.athlete.api("GET", &format!("/activities?{query}{cursor}"), None).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let page = answer.json();
            for a in page["activities"].as_array().expect("activities") {
                all.push(a["local_date"].as_str().expect("a date")[8..].to_owned());
            }
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all.join(" "),
            }
        }
    };
    assert_eq!(dates("limit=3").await, "07 06 06 05 04 03 02 01");
    assert_eq!(dates("limit=1&activity_type=run").await, "06 05 04 03 02 01");
    assert_eq!(dates("sub_type=tempo").await, "06 04 02");
    assert_eq!(dates("sub_type=tempo-run,easy-run&start_date=2026-11-03&end_date=2026-11-04").await, "04 03");
    assert_eq!(dates("status=scheduled").await, "");
}

#[tokio::test]
async fn what_a_device_measured_stays_and_the_rest_can_be_changed() {
    let cast = cast().await;
    let answer = cast.athlete.upload(&[("a.fit", &Run::days_ago(1).fit())], &[]).await;
    let path = path(&answer.json()["results"][0]);
    let refused =
        patch(&cast, &cast.athlete, &path, None, json!({ "distance_in_meters": 1, "effort": 5 })).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["details"]["field"], "distance_in_meters");
    let change = json!({ "effort": 7, "sub_type": "race", "title": "City 5k", "note": "Wet" });
    let changed = patch(&cast, &cast.athlete, &path, None, change).await.json();
    assert_eq!((&changed["load_method"], &changed["nexrex_ete_plus"]), (&"effort".into(), &50.0.into()));
    assert_eq!((&changed["title"], &changed["sub_type"]), (&"City 5k".into(), &"race".into()));
}

#[tokio::test]
async fn loads_follow_the_values_that_held_on_their_day() {
    let cast = cast().await;
    let files: Vec<(String, Vec<u8>)> =
        [1, 10, 20].iter().map(|days| (format!("{days}.fit"), Run::days_ago(*days).fit())).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    cast.athlete.upload(&files, &[]).await;
    let loads = async || {
        let list = cast.athlete.api("GET", "/activities", None).await.json();
        let all = list["activities"].as_array().expect("activities").clone();
        let word =
            |a: &Value| format!("{} {}", a["load_method"].as_str().unwrap_or("-"), a["nexrex_ete_plus"]);
        all.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(loads().await, "estimate 30.0, estimate 30.0, estimate 30.0");
    let app = &cast.stage.app;
    let coach = app.operator_for(&cast.coach.email).await.expect("an account");
    let user = cast.athlete.id;
    let set =
        |kind, value, day: &str| SetValue { kind, value, valid_from: Some(parse_day(day).expect("a day")) };
    // 3 m/s is the threshold pace: half an hour is 50. It holds from the 8th of November on.
    let pace = set(FitnessKind::ThresholdPace, 1000.0 / 3.0, "2026-11-08");
    let first = app.set_fitness(&coach, user, &pace).await.expect("set");
    assert_eq!((first.activities, first.job), (2, None));
    assert_eq!(loads().await, "pace 50.0, pace 50.0, estimate 30.0");
    // From the 12th on the threshold is faster: 3 of 3.75 m/s, squared.
    let faster = set(FitnessKind::ThresholdPace, 1000.0 / 3.75, "2026-11-12");
    let second = app.set_fitness(&coach, user, &faster).await.expect("set");
    assert_eq!(second.activities, 1);
    assert_eq!(loads().await, "pace 32.0, pace 50.0, estimate 30.0");
    // A new file takes the value of its day at once.
    cast.athlete.upload(&[("x.fit", &Run { serial: 1, ..Run::days_ago(2) }.fit())], &[]).await;
    assert_eq!(loads().await, "pace 32.0, pace 32.0, pace 50.0, estimate 30.0");
    let athlete = app.operator_for(&cast.athlete.email).await.expect("an account");
    app.delete_fitness(&athlete, user, second.id).await.expect("deleted");
    assert_eq!(loads().await, "pace 50.0, pace 50.0, pace 50.0, estimate 30.0");
    let history = app.fitness_values(&athlete, user).await.expect("values");
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].set_by_name, "Tomás Ferreira");
    assert_eq!(app.fitness_today(&athlete, user).await.expect("values").threshold_pace, Some(1000.0 / 3.0));
    for wrong in [
        set(FitnessKind::Vdot, 200.0, "2026-11-01"),
        set(FitnessKind::Vdot, f64::NAN, "2026-11-01"),
        set(FitnessKind::Vdot, 50.0, "2026-11-19"),
        set(FitnessKind::Vdot, 50.0, "1980-01-01"),
    ] {
        assert!(app.set_fitness(&coach, user, &wrong).await.is_err(), "{wrong:?}");
    }
    for stranger in [&cast.stranger, &cast.other_athlete] {
        let viewer = app.operator_for(&stranger.email).await.expect("an account");
        assert!(app.set_fitness(&viewer, user, &pace).await.is_err());
        assert!(app.delete_fitness(&viewer, user, first.id).await.is_err());
        assert!(app.fitness_values(&viewer, user).await.is_err());
    }
}

#[tokio::test]
async fn many_loads_are_computed_by_a_job() {
    let cast = cast().await;
    let app = &cast.stage.app;
    let athlete = app.operator_for(&cast.athlete.email).await.expect("an account");
    for number in 0..205 {
        let start = chrono::DateTime::from_timestamp(crate::support::NOW - 3600 * 3 * (number + 1), 0);
        let mut body = run_at(&start.expect("a time").to_rfc3339());
        body["effort"] = Value::Null;
        body["duration_in_seconds"] = 1800.into();
        enter(&cast.athlete, body).await;
    }
    let value = SetValue { kind: FitnessKind::Vdot, value: 50.0, valid_from: parse_day("2026-01-01") };
    let change = app.set_fitness(&athlete, cast.athlete.id, &value).await.expect("set");
    assert_eq!(change.activities, 205);
    let job = format!("/jobs/{}", change.job.expect("a job"));
    let page = async || cast.athlete.api("GET", "/activities?limit=200", None).await.json();
    assert_eq!(page().await["activities"][0]["nexrex_ete_plus"], 30.0);
    app.run_due_jobs().await.expect("work");
    let job = cast.athlete.api("GET", &job, None).await.json();
    assert_eq!((&job["kind"], &job["state"], &job["done"]), (&"loads".into(), &"done".into(), &205.into()));
    for activity in page().await["activities"].as_array().expect("activities") {
        assert_ne!(activity["nexrex_ete_plus"], 30.0);
    }
}

#[tokio::test]
async fn a_manual_entry_of_a_recorded_run_counts_once_until_it_is_moved() {
    let cast = cast().await;
    let run = Run::days_ago(1);
    let answer = cast.athlete.upload(&[("a.fit", &run.fit())], &[]).await;
    let mut body = run_at("2026-11-17T06:05:00Z");
    body["distance_in_meters"] = 5300.into();
    body["duration_in_seconds"] = 1700.into();
    let made = enter(&cast.athlete, body).await;
    assert_eq!(made["duplicate_of"], answer.json()["results"][0]["activity_id"]);
    let moved =
        patch(&cast, &cast.athlete, &path(&made), None, json!({ "start_time": "2026-11-16T06:05:00Z" }))
            .await;
    assert_eq!(moved.json()["duplicate_of"], Value::Null);
    let back =
        patch(&cast, &cast.athlete, &path(&made), None, json!({ "start_time": "2026-11-17T06:05:00Z" }))
            .await;
    assert_eq!(back.json()["duplicate_of"], answer.json()["results"][0]["activity_id"]);
}
