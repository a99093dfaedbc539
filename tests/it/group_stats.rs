//! A group's feed and statistics by API: shapes, bounds, permission, and when an answer still holds.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Cast, NOW, Person, cast};

async fn run(person: &Person, title: &str, start: &str, kind: &str, metres: i64, seconds: i64) -> String {
    let body = json!({"activity_type": kind, "sub_type": if kind == "run" { "easy-run" } else { "other" },
        "title": title, "timezone": "Europe/Lisbon", "start_time": start, "distance_in_meters": metres,
        "duration_in_seconds": seconds, "average_heart_rate": 150, "note": "private"});
    let made = person.api("POST", "/activities", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()["activity_id"].as_str().expect("an id").to_owned()
}

async fn group(cast: &Cast) -> String {
    cast.group(json!({"name": "Tuesday Track"}), &[cast.athlete.id, cast.other_athlete.id]).await
}

#[tokio::test]
async fn statistics_have_the_shape_of_the_contract() {
    let cast = cast().await;
    let id = group(&cast).await;
    run(&cast.athlete, "A", "2026-11-17T07:00:00Z", "run", 10_000, 3_600).await;
    run(&cast.athlete, "B", "2026-11-17T18:00:00Z", "run", 5_000, 1_500).await;
    run(&cast.other_athlete, "Ride", "2026-11-16T18:00:00Z", "bike", 30_000, 3_600).await;
    run(&cast.athlete, "Before", "2026-11-11T23:59:59Z", "run", 7_000, 2_400).await;
    let answer = cast.athlete.api("GET", &format!("/groups/{id}/stats"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let stats = answer.json();
    let mut keys: Vec<&str> = stats.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "daily",
            "end_date",
            "engagement_rate",
            "group_id",
            "leaderboard",
            "range",
            "start_date",
            "timezone",
            "total_activities",
            "total_distance"
        ]
    );
    assert_eq!((&stats["range"], &stats["timezone"]), (&json!("7d"), &json!("Europe/Lisbon")));
    assert_eq!((&stats["start_date"], &stats["end_date"]), (&json!("2026-11-12"), &json!("2026-11-18")));
    assert_eq!((&stats["total_distance"], &stats["total_activities"]), (&json!(15_000.0), &json!(2)));
    assert_eq!(stats["engagement_rate"], json!(100.0), "a ride counts for engagement");
    let daily = stats["daily"].as_array().unwrap();
    let dates: Vec<&Value> = daily.iter().map(|d| &d["date"]).collect();
    assert_eq!(
        dates,
        ["2026-11-12", "2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18"]
    );
    assert_eq!(daily[4], json!({"date": "2026-11-16"}), "no key without a run");
    let day = &daily[5][cast.athlete.id.to_string()];
    assert_eq!((&day["distance"], &day["duration"]), (&json!(15.0), &json!(85.0)));
    assert!(day["vdot_load"].as_f64().unwrap() > 0.0 && day["nexrex_ete_plus"].as_f64().unwrap() > 0.0);
    let board = &stats["leaderboard"];
    assert_eq!(board[0]["user_id"], json!(cast.athlete.id));
    assert_eq!(board[0]["display_name"], "Naledi Mokoena");
    assert_eq!((&board[0]["rank"], &board[1]["rank"]), (&json!(1), &json!(2)));
    assert_eq!((&board[1]["activities"], &board[1]["distance"]), (&json!(0), &json!(0.0)));
}

#[tokio::test]
async fn equal_distances_share_a_rank() {
    let cast = cast().await;
    let id = group(&cast).await;
    for person in [&cast.athlete, &cast.other_athlete] {
        run(person, "A", "2026-11-17T07:00:00Z", "run", 10_000, 3_600).await;
    }
    let stats = cast.coach.api("GET", &format!("/groups/{id}/stats"), None).await.json();
    let board = &stats["leaderboard"];
    assert_eq!((&board[0]["rank"], &board[1]["rank"]), (&json!(1), &json!(1)));
    assert_eq!(board[0]["display_name"], "Kenji Watanabe", "equal ones by name");
}

#[tokio::test]
async fn wrong_ranges_are_told_by_field() {
    let cast = cast().await;
    let id = group(&cast).await;
    let day = 86_400;
    for (query, field) in [
        ("range=8d".to_owned(), "range"),
        ("timezone=Europe/Atlantis".to_owned(), "timezone"),
        (format!("range=custom&from_timestamp={NOW}"), "to_timestamp"),
        (format!("range=custom&to_timestamp={NOW}"), "from_timestamp"),
        (format!("range=custom&from_timestamp={NOW}&to_timestamp={}", NOW - 1), "to_timestamp"),
        (format!("range=custom&from_timestamp={NOW}&to_timestamp={NOW}"), "to_timestamp"),
        (format!("range=custom&from_timestamp={}&to_timestamp={NOW}", NOW - 367 * day), "to_timestamp"),
        (format!("range=custom&from_timestamp={}&to_timestamp={NOW}", NOW - 5_000 * day), "to_timestamp"),
        (format!("range=custom&from_timestamp=yesterday&to_timestamp={NOW}"), "from_timestamp"),
        (format!("range=custom&from_timestamp={NOW}&to_timestamp=9223372036854775807"), "to_timestamp"),
        (format!("range=custom&from_timestamp=-9223372036854775808&to_timestamp={NOW}"), "from_timestamp"),
    ] {
        let answer = cast.coach.api("GET", &format!("/groups/{id}/stats?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json()["details"]["field"], field, "{query}: {}", answer.body);
    }
    let unknown = cast.coach.api("GET", &format!("/groups/{id}/stats?days=7"), None).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let year = format!("range=custom&from_timestamp={}&to_timestamp={NOW}", NOW - 366 * day);
    let answer = cast.coach.api("GET", &format!("/groups/{id}/stats?{year}"), None).await;
    assert_eq!(answer.json()["daily"].as_array().unwrap().len(), 367);
}

#[tokio::test]
async fn the_feed_shows_fellows_what_they_may_know() {
    let cast = cast().await;
    let id = group(&cast).await;
    let long = run(&cast.athlete, "Long", "2026-11-15T07:00:00Z", "run", 20_000, 7_200).await;
    let same = run(&cast.other_athlete, "Kenji's", "2026-11-15T07:00:00Z", "run", 10_000, 3_000).await;
    run(&cast.athlete, "Ride", "2026-11-16T07:00:00Z", "bike", 20_000, 3_600).await;
    let old = run(&cast.athlete, "Years ago", "2019-05-01T07:00:00Z", "run", 8_000, 2_400).await;
    let path = format!("/groups/{id}/activities");
    let coach = cast.coach.api("GET", &path, None).await.json();
    let ids = |answer: &Value| -> Vec<Value> {
        answer["activities"].as_array().unwrap().iter().map(|a| a["activity_id"].clone()).collect()
    };
    assert_eq!(ids(&coach), [json!(same), json!(long), json!(old)], "newest first, runs only");
    assert_eq!(coach["activities"][1]["average_heart_rate"], json!(150.0));
    let fellow = cast.other_athlete.api("GET", &path, None).await.json();
    let (whole, part) = (&coach["activities"][1], &fellow["activities"][1]);
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(whole), keys(part), "every field is there");
    let seen = [
        "activity_id",
        "user_id",
        "title",
        "activity_type",
        "sub_type",
        "local_date",
        "distance_in_meters",
        "duration_in_seconds",
        "average_pace",
    ];
    for key in keys(part) {
        match seen.contains(&key.as_str()) {
            true => assert_eq!(part[&key], whole[&key], "{key}"),
            false => assert_eq!(part[&key], Value::Null, "{key}"),
        }
    }
    assert_eq!(fellow["activities"][0], coach["activities"][0], "one's own is whole");

    let mut found = Vec::new();
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = cast.coach.api("GET", &format!("{path}?limit=1{cursor}"), None).await.json();
        found.extend(ids(&page));
        cursor = page["next_cursor"].as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
    }
    assert_eq!(found, ids(&coach));
    assert!(cursor.is_empty(), "no further page");
    for (query, count) in [
        ("sub_type=easy-run", 3),
        ("sub_type=tempo,interval", 0),
        ("start_date=2026-11-15", 2),
        ("end_date=2026-11-14", 1),
        ("start_date=2026-11-15&end_date=2026-11-15", 2),
        // 07:00 UTC on the 15th is the 15th at 21:00 in Kiritimati, and the 14th at 20:00 in Pago Pago.
        ("start_date=2026-11-15&timezone=Pacific/Pago_Pago", 0),
        ("start_date=2026-11-15&timezone=Pacific/Kiritimati", 2),
    ] {
        let answer = cast.coach.api("GET", &format!("{path}?{query}"), None).await;
        assert_eq!(ids(&answer.json()).len(), count, "{query}: {}", answer.body);
    }
    for (query, field) in [
        ("sub_type=sprint", "sub_type"),
        ("start_date=2026-13-01", "start_date"),
        ("end_date=today", "end_date"),
        ("start_date=2026-11-15&end_date=2026-11-14", "end_date"),
        ("start_date=0001-01-01", "start_date"),
        ("timezone=Mars/Olympus", "timezone"),
        ("limit=1000", "limit"),
        ("cursor=xyz", "cursor"),
    ] {
        let answer = cast.coach.api("GET", &format!("{path}?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.body);
        assert_eq!(answer.json()["details"]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn news_are_counted_from_the_answer_on() {
    use harrier::app::group_feed::FeedQuery;
    let cast = cast().await;
    let id = group(&cast).await.parse().expect("an id");
    run(&cast.athlete, "Here", "2026-11-15T07:00:00Z", "run", 20_000, 7_200).await;
    let app = &cast.stage.app;
    let viewer = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    let query = FeedQuery::default();
    let feed = app.group_feed(&viewer, id, &query, 20).await.unwrap();
    assert_eq!(feed.entries.len(), 1);
    assert_eq!(app.count_feed_news(&viewer, id, &query, feed.newest).await.unwrap(), 0);
    // Also one that was run before the newest that is shown.
    run(&cast.athlete, "New", "2026-11-14T07:00:00Z", "run", 9_000, 3_000).await;
    assert_eq!(app.count_feed_news(&viewer, id, &query, feed.newest).await.unwrap(), 1);
}

#[tokio::test]
async fn visible_runs_count_for_members_of_the_period_and_nobody_else() {
    let cast = cast().await;
    let id = group(&cast).await;
    run(&cast.athlete, "Old", "2026-11-13T07:00:00Z", "run", 1_000, 600).await;
    run(&cast.athlete, "New", "2026-11-17T07:00:00Z", "run", 10_000, 3_600).await;
    run(&cast.other_athlete, "B", "2026-11-17T07:00:00Z", "run", 5_000, 1_800).await;
    let stats =
        async |query: &str| cast.coach.api("GET", &format!("/groups/{id}/stats?{query}"), None).await.json();
    assert_eq!(stats("").await["total_distance"], json!(16_000.0), "also from before they joined");
    // A range that ends with this second has the members of this second.
    let week = format!("range=custom&from_timestamp={}&to_timestamp={NOW}", NOW - 7 * 86_400);
    assert_eq!(stats(&week).await["total_distance"], json!(16_000.0));
    // At the end of last week nobody was in the group yet.
    let before = format!("range=custom&from_timestamp={}&to_timestamp={}", NOW - 14 * 86_400, NOW - 86_400);
    let past = stats(&before).await;
    assert_eq!((&past["total_distance"], &past["engagement_rate"]), (&json!(0.0), &Value::Null));
    assert_eq!(past["leaderboard"], json!([]));
    let user = cast.athlete.id;
    cast.stage
        .execute(&format!(
            "UPDATE memberships SET visible_from = {} WHERE user_id = '{user}'",
            NOW - 3 * 86_400
        ))
        .await;
    assert_eq!(stats("").await["total_distance"], json!(15_000.0), "from visible_from on");
    cast.stage.execute(&format!("UPDATE memberships SET visible_from = NULL WHERE user_id = '{user}'")).await;
    let closed = stats("").await;
    assert_eq!((&closed["total_distance"], &closed["engagement_rate"]), (&json!(5_000.0), &json!(50.0)));
    let feed = cast.coach.api("GET", &format!("/groups/{id}/activities"), None).await.json();
    assert_eq!(feed["activities"].as_array().unwrap().len(), 1);
    // Inactive and suspended members leave engagement only.
    cast.stage.execute("UPDATE memberships SET visible_from = 0 WHERE role = 'athlete'").await;
    let member = format!("/organizations/{}/members/{}", cast.org, cast.other_athlete.id);
    for status in ["inactive", "suspended"] {
        cast.coach.api("PATCH", &member, Some(json!({"status": status}))).await;
        let answer = stats("").await;
        assert_eq!(answer["total_distance"], json!(16_000.0), "{status}");
        assert_eq!(answer["engagement_rate"], json!(100.0), "{status}");
    }
    // Who leaves is out of the period that goes on, and stays in one that was over before.
    cast.stage.app.clock().advance(2 * 86_400);
    let group = format!("/groups/{id}");
    cast.coach.api("PUT", &group, Some(json!({"members": [cast.other_athlete.id]}))).await;
    assert_eq!(stats("").await["total_distance"], json!(5_000.0));
    let over = format!("range=custom&from_timestamp={}&to_timestamp={}", NOW - 7 * 86_400, NOW + 86_400);
    assert_eq!(stats(&over).await["total_distance"], json!(16_000.0));
}

/// Everything that can change the answer changes its tag; everything else leaves it.
#[tokio::test]
async fn an_answer_that_still_holds_is_told_before_the_sums() {
    let cast = cast().await;
    let id = group(&cast).await;
    let first = run(&cast.athlete, "A", "2026-11-17T07:00:00Z", "run", 10_000, 3_600).await;
    let path = format!("/groups/{id}/stats?range=30d&timezone=Asia/Kolkata");
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    let mut tag = cast.coach.api("GET", &path, None).await.header("etag").to_owned();
    let holds = async |tag: &str| {
        let headers = [("if-none-match", tag)];
        let before = harrier::app::statements();
        let answer = cast.coach.api_with("GET", &path, None, &headers).await;
        let count = harrier::app::statements() - before;
        match answer.status {
            StatusCode::NOT_MODIFIED => {
                assert!(answer.body.is_empty());
                assert!(count <= 5, "token, its use, viewer, group and versions only: {count}");
            }
            status => assert_eq!(status, StatusCode::OK, "{}", answer.body),
        }
        (answer.status == StatusCode::NOT_MODIFIED, answer.header("etag").to_owned())
    };
    assert!(holds(&tag).await.0);
    assert!(holds(&format!("W/{tag}")).await.0);
    assert!(holds(&format!("\"other\", {tag}")).await.0);
    // Another member asks for the same: it is the same answer.
    let other = cast.other_athlete.api("GET", &path, None).await;
    assert_eq!(other.header("etag"), tag);
    let mut changed: Vec<&str> = Vec::new();
    macro_rules! changes {
        ($what:literal, $act:expr) => {{
            let _ = $act;
            let (is_held, next) = holds(&tag).await;
            assert!(!is_held, "{} changes the answer", $what);
            assert!(holds(&next).await.0, "{}: the new one holds", $what);
            tag = next;
            changed.push($what);
        }};
    }
    changes!("a new run", run(&cast.athlete, "B", "2026-11-16T07:00:00Z", "run", 5_000, 1_800).await);
    let activity = format!("/activities/{first}");
    changes!(
        "an edit",
        cast.athlete.api("PATCH", &activity, Some(json!({"distance_in_meters": 9000}))).await
    );
    changes!("a twin", run(&cast.athlete, "A2", "2026-11-17T07:00:20Z", "run", 9_010, 3_590).await);
    changes!("a deletion", cast.athlete.api("DELETE", &activity, None).await);
    let viewer = cast.stage.app.session_viewer(cast.athlete.id).await.unwrap().unwrap();
    changes!(
        "taking it back",
        cast.stage.app.restore_activity(&viewer, first.parse().unwrap()).await.unwrap()
    );
    changes!(
        "a threshold, by which loads are recomputed",
        cast.athlete
            .post(&format!("/athletes/{}/fitness/vdot", cast.athlete.id), "value=50&valid_from=2026-01-01")
            .await
    );
    changes!("a status", cast.coach.api("PATCH", &member, Some(json!({"status": "inactive"}))).await);
    changes!("a name", cast.coach.api("PATCH", &member, Some(json!({"display_name": "Nali"}))).await);
    changes!(
        "sight",
        cast.stage
            .execute(&format!(
                "UPDATE memberships SET visible_from = {NOW} WHERE user_id = '{}'",
                cast.athlete.id
            ))
            .await
    );
    changes!("leaving the organization", cast.coach.api("DELETE", &member, None).await);
    let group = format!("/groups/{id}");
    changes!("leaving the group", cast.coach.api("PUT", &group, Some(json!({"members": []}))).await);
    changes!(
        "joining",
        cast.coach.api("PUT", &group, Some(json!({"members": [cast.other_athlete.id]}))).await
    );
    changes!("the next day", cast.stage.app.clock().advance(86_400));
    assert_eq!(changed.len(), 13);
    // What is none of it leaves the answer as it is.
    run(&cast.strange_athlete, "Elsewhere", "2026-11-17T07:00:00Z", "run", 5_000, 1_800).await;
    assert!(holds(&tag).await.0);
    for query in ["range=7d&timezone=Asia/Kolkata", "range=30d&timezone=UTC"] {
        let other = cast.coach.api("GET", &format!("/groups/{id}/stats?{query}"), None).await;
        assert_ne!(other.header("etag"), tag, "{query}");
    }
}
