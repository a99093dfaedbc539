//! Groups by API: making and changing them, who may, members, requests and the trail.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Cast, Person, cast};

/// Tuesday Track with the athlete in it.
async fn track(cast: &Cast) -> String {
    cast.group(json!({"name": "Tuesday Track"}), &[cast.athlete.id]).await
}

async fn log(cast: &Cast, id: &str) -> Vec<(String, String)> {
    let answer = cast.coach.api("GET", &format!("/groups/{id}/audit"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let entries = answer.json()["entries"].as_array().expect("entries").clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.iter().map(|e| (text(&e["action"]), text(&e["subject_id"]))).collect()
}

#[tokio::test]
async fn a_group_is_made_read_and_listed() {
    let cast = cast().await;
    let id = cast
        .coach
        .make_group(
            json!({"name": "  Tuesday   Track ", "description": "Meets at six.", "privacy": "private",
            "user_id": cast.head_coach.id, "org_id": cast.org}),
        )
        .await;
    let put = json!({"members": [cast.other_athlete.id, cast.athlete.id, cast.athlete.id]});
    let changed = cast.head_coach.api("PUT", &format!("/groups/{id}"), Some(put)).await;
    assert_eq!(changed.json()["added"], json!([cast.other_athlete.id, cast.athlete.id]), "doubles are one");
    assert_eq!(changed.json()["removed"], json!([]));
    let group = cast.athlete.api("GET", &format!("/groups/{id}"), None).await.json();
    let mut members = [cast.athlete.id, cast.other_athlete.id];
    members.sort();
    assert_eq!(
        group,
        json!({"group_id": id, "name": "Tuesday Track", "description": "Meets at six.", "privacy": "private",
            "owner_id": cast.head_coach.id, "organization_id": cast.org, "members": members,
            "created_at": "2026-11-18T12:00:00Z", "updated_at": "2026-11-18T12:00:00Z"})
    );
    cast.coach.make_group(json!({"name": "5K Focus"})).await;
    let list = cast.other_coach.api("GET", "/groups", None).await.json();
    assert_eq!((&list["total_athletes"], &list["unassigned_count"]), (&json!(2), &json!(0)));
    let names: Vec<&Value> = list["groups"].as_array().unwrap().iter().map(|g| &g["name"]).collect();
    assert_eq!(names, ["5K Focus", "Tuesday Track"]);
    assert_eq!(list["groups"][1], group);
    let first = cast.coach.api("GET", "/groups?limit=1", None).await.json();
    let cursor = first["next_cursor"].as_str().expect("more");
    let second = cast.coach.api("GET", &format!("/groups?limit=1&cursor={cursor}"), None).await.json();
    assert_eq!(second["groups"][0]["name"], "Tuesday Track");
    assert!(second.get("next_cursor").is_none());
    // An athlete gets those that they own: none; and without the two counts.
    assert_eq!(cast.athlete.api("GET", "/groups", None).await.json(), json!({"groups": []}));
    let own = cast.athlete.api("GET", "/groups?member=true", None).await.json();
    assert_eq!(own, json!({"groups": [group]}));
    assert_eq!(cast.stranger.api("GET", "/groups", None).await.json()["groups"], json!([]));
    for query in ["limit=0", "limit=201", "cursor=nonsense", "member=perhaps", "colour=red"] {
        let answer = cast.coach.api("GET", &format!("/groups?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn wrong_values_are_told_by_field_and_nothing_is_made() {
    let cast = cast().await;
    track(&cast).await;
    let long = "é".repeat(81);
    for (body, status, code, field) in [
        (json!({}), 400, "REQUIRED", "name"),
        (json!({"name": " "}), 400, "REQUIRED", "name"),
        (json!({"name": long}), 400, "INVALID", "name"),
        (json!({"name": "\u{301}"}), 400, "INVALID", "name"),
        (json!({"name": "\u{0}\u{202e}"}), 400, "REQUIRED", "name"),
        (json!({"name": 5}), 400, "INVALID", "name"),
        (json!({"name": "A", "description": "x".repeat(2001)}), 400, "INVALID", "description"),
        (json!({"name": "A", "privacy": "secret"}), 400, "INVALID", "privacy"),
        (json!({"name": "A", "user_id": cast.athlete.id}), 400, "INVALID", "user_id"),
        (json!({"name": "A", "user_id": cast.stranger.id}), 400, "INVALID", "user_id"),
        (json!({"name": "A", "user_id": "me"}), 400, "INVALID", "user_id"),
        (json!({"name": "A", "colour": "red"}), 400, "UNKNOWN_FIELD", "colour"),
        (json!({"name": "TUESDAY  tráck"}), 409, "NAME_TAKEN", "name"),
    ] {
        let answer = cast.coach.api("POST", "/groups", Some(body.clone())).await;
        let details = &answer.json()["details"];
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        assert_eq!((&details["code"], &details["field"]), (&json!(code), &json!(field)), "{body}");
    }
    for (person, body, status) in [
        (&cast.coach, json!({"name": "A", "org_id": cast.other_org}), 404),
        (&cast.coach, json!({"name": "A", "org_id": "org"}), 404),
        (&cast.athlete, json!({"name": "A"}), 403),
        (&cast.anonymous, json!({"name": "A"}), 401),
    ] {
        assert_eq!(person.api("POST", "/groups", Some(body)).await.status.as_u16(), status);
    }
    // The same name in another organization is another name.
    cast.stranger.make_group(json!({"name": "Tuesday Track"})).await;
    assert_eq!(cast.coach.api("GET", "/groups", None).await.json()["groups"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_shown_is_left_out() {
    let cast = cast().await;
    let body = json!({"name": " Hill\u{0} \u{202e}group\n", "description": "One\r\ntwo\u{0}\u{202e}\n"});
    let id = cast.coach.make_group(body).await;
    let group = cast.coach.api("GET", &format!("/groups/{id}"), None).await.json();
    assert_eq!(
        (&group["name"], &group["description"]),
        (&json!("Hill group"), &json!("One\ntwo")),
        "{group}"
    );
}

#[tokio::test]
async fn a_retry_makes_one_group() {
    let cast = cast().await;
    let body = json!({"name": "Once"});
    let key = [("idempotency-key", "k-1")];
    let first = cast.coach.api_with("POST", "/groups", Some(body.clone()), &key).await;
    let retry = cast.coach.api_with("POST", "/groups", Some(body), &key).await;
    assert_eq!((first.status, first.body), (StatusCode::OK, retry.body));
}

#[tokio::test]
async fn a_change_replaces_the_members_and_each_is_one_entry() {
    let cast = cast().await;
    let id = track(&cast).await;
    let path = format!("/groups/{id}");
    let swap = json!({"name": "Wednesday Track", "members": [cast.other_athlete.id]});
    let changed = cast.other_coach.api("PUT", &path, Some(swap)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.json()["name"], "Wednesday Track");
    assert_eq!(changed.json()["added"], json!([cast.other_athlete.id]));
    assert_eq!(changed.json()["removed"], json!([cast.athlete.id]));
    // Nothing new is nothing done; what is left out stays.
    let again = json!({"members": [cast.other_athlete.id]});
    assert_eq!(cast.coach.api("PUT", &path, Some(again)).await.json()["added"], json!([]));
    let words = cast.coach.api("PUT", &path, Some(json!({"description": "Six o'clock."}))).await;
    assert_eq!(words.json()["members"], json!([cast.other_athlete.id]));
    assert_eq!(words.json()["name"], "Wednesday Track");
    let athlete = |person: &Person| person.id.to_string();
    assert_eq!(
        log(&cast, &id).await,
        [
            ("group.updated".to_owned(), id.clone()),
            ("group.member_added".to_owned(), athlete(&cast.other_athlete)),
            ("group.member_removed".to_owned(), athlete(&cast.athlete)),
            ("group.updated".to_owned(), id.clone()),
            ("group.member_added".to_owned(), athlete(&cast.athlete)),
            ("group.created".to_owned(), id.clone()),
        ]
    );
    let page = cast.coach.api("GET", &format!("{path}/audit?limit=4"), None).await.json();
    let cursor = page["next_cursor"].as_str().expect("more");
    let rest = cast.coach.api("GET", &format!("{path}/audit?limit=4&cursor={cursor}"), None).await.json();
    assert_eq!(rest["entries"].as_array().unwrap().len(), 2);
    assert!(rest.get("next_cursor").is_none());
    assert_eq!(page["entries"][0]["actor_id"], json!(cast.coach.id));
    assert_eq!(page["entries"][0]["details"]["description"]["to"], "Six o'clock.");

    cast.coach.make_group(json!({"name": "5K Focus"})).await;
    let taken = cast.coach.api("PUT", &path, Some(json!({"name": "5k focus", "members": []}))).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert_eq!(taken.json()["details"], json!({"code": "NAME_TAKEN", "field": "name"}));
    let kept = cast.coach.api("GET", &path, None).await.json();
    assert_eq!(kept["members"], json!([cast.other_athlete.id]), "nothing changed");
    // Its own name in other letters is no conflict.
    let louder = cast.coach.api("PUT", &path, Some(json!({"name": "WEDNESDAY TRACK"}))).await;
    assert_eq!(louder.json()["name"], "WEDNESDAY TRACK");
}

#[tokio::test]
async fn a_list_with_strangers_changes_nothing() {
    let cast = cast().await;
    let id = track(&cast).await;
    let path = format!("/groups/{id}");
    let many: Vec<String> = (0..10_000).map(|_| cast.athlete.id.to_string()).collect();
    for members in [
        json!([cast.other_athlete.id, cast.stranger.id]),
        json!([cast.other_athlete.id, cast.strange_athlete.id]),
        json!([cast.other_athlete.id, cast.coach.id]),
        json!([cast.other_athlete.id, "usr_01h455vb4pex5vsknk084sn02q"]),
        json!([cast.other_athlete.id, "nobody"]),
        json!(many),
    ] {
        let answer = cast.coach.api("PUT", &path, Some(json!({"name": "Other", "members": members}))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert_eq!(answer.json()["details"]["field"], "members");
    }
    for body in [json!({"members": "all"}), json!({"members": [5]}), json!({"owner_id": cast.coach.id})] {
        assert_eq!(cast.coach.api("PUT", &path, Some(body)).await.status, StatusCode::BAD_REQUEST);
    }
    let group = cast.coach.api("GET", &path, None).await.json();
    assert_eq!((&group["name"], &group["members"]), (&json!("Tuesday Track"), &json!([cast.athlete.id])));
    assert_eq!(log(&cast, &id).await.len(), 2, "no entry of what did not happen");
    let none = cast.coach.api("PUT", &path, Some(json!({"members": []}))).await;
    assert_eq!(none.json()["members"], json!([]));
}

#[tokio::test]
async fn who_comes_second_is_told() {
    let cast = cast().await;
    let id = track(&cast).await;
    let path = format!("/groups/{id}");
    let read = cast.coach.api("GET", &path, None).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(
        cast.coach.api_with("GET", &path, None, &[("if-none-match", &tag)]).await.status,
        StatusCode::NOT_MODIFIED
    );
    let first = json!({"members": [cast.athlete.id, cast.other_athlete.id]});
    let done = cast.coach.api_with("PUT", &path, Some(first), &[("if-match", &tag)]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_ne!(done.header("etag"), tag);
    for (method, body) in [("PUT", Some(json!({"members": []}))), ("DELETE", None)] {
        let late = cast.other_coach.api_with(method, &path, body, &[("if-match", &tag)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert_eq!(late.json()["details"]["code"], "STALE");
    }
    let group = cast.coach.api("GET", &path, None).await;
    assert_eq!(group.json()["members"].as_array().unwrap().len(), 2, "nothing is lost");
    assert_eq!(group.header("etag"), done.header("etag"));
    // Also what a member list is changed by elsewhere makes it another version.
    let org = cast.org;
    let bulk = json!({"user_ids": [cast.other_athlete.id], "group_id": id});
    let bulk = cast.coach.api("POST", &format!("/organizations/{org}/members/bulk"), Some(bulk)).await;
    assert_eq!(bulk.json()["results"][0]["outcome"], "unchanged");
    assert_eq!(cast.coach.api("GET", &path, None).await.header("etag"), done.header("etag"));
    let gone = format!("/organizations/{org}/members/{}", cast.other_athlete.id);
    assert_eq!(cast.coach.api("DELETE", &gone, None).await.status, StatusCode::OK);
    let after = cast.coach.api("GET", &path, None).await;
    assert_ne!(after.header("etag"), done.header("etag"));
    assert_eq!(after.json()["members"], json!([cast.athlete.id]));
}

/// Two at once, many times over: every change is whole, and the trail tells all of them in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_the_same_time_lose_nothing() {
    let cast = cast().await;
    let id = cast.coach.make_group(json!({"name": "Tuesday Track"})).await;
    let path = format!("/groups/{id}");
    let (one, other) = (json!([cast.athlete.id]), json!([cast.other_athlete.id]));
    let tag = cast.coach.api("GET", &path, None).await.header("etag").to_owned();
    let put = |person, members: &Value| {
        let (body, path, tag) = (json!({ "members": members }), path.clone(), tag.clone());
        async move { Person::api_with(person, "PUT", &path, Some(body), &[("if-match", &tag)]).await.status }
    };
    let statuses = tokio::join!(put(&cast.coach, &one), put(&cast.other_coach, &other));
    let mut statuses = [statuses.0, statuses.1];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "one of them is told");
    for _ in 0..5 {
        let (a, b) = (json!({ "members": one }), json!({ "members": other }));
        let done =
            tokio::join!(cast.coach.api("PUT", &path, Some(a)), cast.other_coach.api("PUT", &path, Some(b)));
        assert_eq!((done.0.status, done.1.status), (StatusCode::OK, StatusCode::OK), "the last one wins");
    }
    // Played from the beginning, the trail gives the members of now.
    let mut entries = log(&cast, &id).await;
    entries.reverse();
    let mut members: Vec<String> = Vec::new();
    for (action, subject) in entries {
        match action.as_str() {
            "group.member_added" => {
                assert!(!members.contains(&subject), "added twice");
                members.push(subject);
            }
            "group.member_removed" => {
                assert!(members.contains(&subject), "removed before it was added");
                members.retain(|m| *m != subject);
            }
            _ => {}
        }
    }
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["members"], json!(members));
}

#[tokio::test]
async fn a_deleted_group_leaves_its_athletes_and_its_trail() {
    let cast = cast().await;
    let id = track(&cast).await;
    let path = format!("/groups/{id}");
    assert_eq!(cast.coach.api("DELETE", &path, None).await.json(), json!({"status": "success"}));
    assert_eq!(cast.coach.api("GET", &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.coach.api("DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    let athlete = cast.coach.api("GET", &member, None).await.json();
    assert_eq!((&athlete["status"], &athlete["groups"]), (&json!("active"), &json!([])));
    let audit = cast.head_coach.api("GET", &format!("/organizations/{}/audit", cast.org), None).await.json();
    assert_eq!(audit["entries"][0]["action"], "group.deleted");
    assert_eq!(audit["entries"][0]["details"]["name"], "Tuesday Track");
    assert_eq!(audit["entries"][0]["group_id"], json!(id));
    cast.coach.make_group(json!({"name": "Tuesday Track"})).await;
}

#[tokio::test]
async fn an_administrator_reads_groups_everywhere_and_that_is_audited() {
    let cast = cast().await;
    let id = track(&cast).await;
    cast.stage
        .execute(&format!("UPDATE users SET is_admin = TRUE WHERE id = '{}'", cast.strange_athlete.id))
        .await;
    let admin = &cast.strange_athlete;
    for (rest, what) in [("", "group"), ("/stats", "stats"), ("/activities", "activities")] {
        assert_eq!(
            admin.api("GET", &format!("/groups/{id}{rest}"), None).await.status,
            StatusCode::OK,
            "{rest}"
        );
        let audit =
            cast.head_coach.api("GET", &format!("/organizations/{}/audit", cast.org), None).await.json();
        let entry = &audit["entries"][0];
        assert_eq!((&entry["action"], &entry["actor_id"]), (&json!("group.read"), &json!(admin.id)));
        assert_eq!(entry["details"]["what"], what);
    }
    for (method, body) in [("PUT", Some(json!({"name": "Mine"}))), ("DELETE", None)] {
        let answer = admin.api(method, &format!("/groups/{id}"), body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method}");
    }
}

#[tokio::test]
async fn an_athlete_finds_a_group_asks_and_is_let_in() {
    let cast = cast().await;
    let id = track(&cast).await;
    let hidden = cast.coach.make_group(json!({"name": "Secret", "privacy": "private"})).await;
    let found = cast.other_athlete.api("GET", "/groups/discover", None).await.json();
    assert_eq!(
        found,
        json!({"groups": [{"group_id": id, "name": "Tuesday Track", "description": "", "member_count": 1,
            "requested": false}]})
    );
    assert_eq!(cast.athlete.api("GET", "/groups/discover", None).await.json()["groups"], json!([]));
    let requests = format!("/groups/{id}/join-requests");
    let asked = cast.other_athlete.api("POST", &requests, None).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
    let twice = cast.other_athlete.api("POST", &requests, None).await;
    assert_eq!(
        (twice.status, twice.json()),
        (StatusCode::CREATED, asked.json()),
        "asking twice is asking once"
    );
    let found = cast.other_athlete.api("GET", "/groups/discover", None).await.json();
    assert_eq!(found["groups"][0]["requested"], true);
    for (person, path, status) in [
        (&cast.other_athlete, format!("/groups/{hidden}/join-requests"), 403),
        (&cast.athlete, requests.clone(), 409),
        (&cast.coach, requests.clone(), 403),
        (&cast.strange_athlete, requests.clone(), 404),
    ] {
        let answer = person.api("POST", &path, None).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    }
    let listed = cast.coach.api("GET", &requests, None).await.json();
    assert_eq!(listed["requests"], json!([asked.json()]));
    let request = asked.json()["request_id"].as_str().unwrap().to_owned();
    let decide = |word: &str| format!("{requests}/{request}/{word}");
    // Under another group's address it is not there.
    let elsewhere = format!("/groups/{hidden}/join-requests/{request}/approve");
    assert_eq!(cast.coach.api("POST", &elsewhere, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.other_athlete.api("POST", &decide("approve"), None).await.status, StatusCode::FORBIDDEN);
    let approved = cast.head_coach.api("POST", &decide("approve"), None).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    assert_eq!(approved.json()["state"], "approved");
    assert_eq!(approved.json()["decided_by"], json!(cast.head_coach.id));
    let again = cast.coach.api("POST", &decide("approve"), None).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, approved.json()));
    assert_eq!(cast.coach.api("POST", &decide("decline"), None).await.status, StatusCode::CONFLICT);
    assert_eq!(cast.coach.api("GET", &requests, None).await.json()["requests"], json!([]));
    let group = cast.other_athlete.api("GET", &format!("/groups/{id}"), None).await.json();
    assert!(group["members"].as_array().unwrap().contains(&json!(cast.other_athlete.id)));
    let other = cast.other_athlete.id.to_string();
    assert_eq!(
        log(&cast, &id).await[..2],
        [("group.request_approved".to_owned(), other.clone()), ("group.member_added".to_owned(), other)]
    );
    let told = cast.stage.app.session_viewer(cast.other_athlete.id).await.unwrap().unwrap();
    let notes = cast.stage.app.notifications(&told, Default::default(), 10).await.unwrap();
    assert_eq!(notes.iter().map(|n| n.text()).collect::<Vec<_>>(), ["You are now in “Tuesday Track”."]);
    assert_eq!(told.unread, 1);
    cast.stage.app.read_notifications(&told, notes[0].id).await.unwrap();
    let again = cast.stage.app.session_viewer(cast.other_athlete.id).await.unwrap().unwrap();
    assert_eq!(again.unread, 0);
}

#[tokio::test]
async fn a_request_is_declined_or_answered_by_a_coach_who_adds_the_athlete() {
    let cast = cast().await;
    let id = cast.coach.make_group(json!({"name": "Tuesday Track"})).await;
    let requests = format!("/groups/{id}/join-requests");
    let asked = cast.athlete.api("POST", &requests, None).await.json();
    let request = asked["request_id"].as_str().unwrap();
    let declined = cast.coach.api("POST", &format!("{requests}/{request}/decline"), None).await;
    assert_eq!(declined.json()["state"], "declined");
    assert_eq!(log(&cast, &id).await[0].0, "group.request_declined");
    // They may ask again, and that is another request.
    let second = cast.athlete.api("POST", &requests, None).await.json();
    assert_ne!(second["request_id"], asked["request_id"]);
    let bulk = json!({"user_ids": [cast.athlete.id], "group_id": id});
    let bulk = cast.coach.api("POST", &format!("/organizations/{}/members/bulk", cast.org), Some(bulk)).await;
    assert_eq!(bulk.json()["results"][0]["outcome"], "done");
    assert_eq!(cast.coach.api("GET", &requests, None).await.json()["requests"], json!([]));
    assert_eq!(log(&cast, &id).await[0].0, "group.request_approved");
    // Who leaves the organization asks no more.
    let third = cast.coach.make_group(json!({"name": "5K Focus"})).await;
    let requests = format!("/groups/{third}/join-requests");
    cast.athlete.api("POST", &requests, None).await;
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    assert_eq!(cast.coach.api("DELETE", &member, None).await.status, StatusCode::OK);
    assert_eq!(cast.coach.api("GET", &requests, None).await.json()["requests"], json!([]));
}

#[tokio::test]
async fn somebody_new_comes_into_the_group_at_once_and_a_suspended_one_sees_nothing() {
    let cast = cast().await;
    let id = track(&cast).await;
    let (org, athlete) = (cast.org, cast.athlete.id);
    let member = format!("/organizations/{org}/members/{athlete}");
    assert_eq!(cast.coach.api("DELETE", &member, None).await.status, StatusCode::OK);
    assert_eq!(cast.athlete.api("GET", &format!("/groups/{id}"), None).await.status, StatusCode::NOT_FOUND);
    let back = json!({"user_id": athlete, "group_id": id});
    let back = cast.coach.api("POST", &format!("/organizations/{org}/members"), Some(back)).await;
    assert_eq!(back.status, StatusCode::CREATED, "{}", back.body);
    assert_eq!(back.json()["groups"][0]["group_id"], json!(id));
    assert_eq!(log(&cast, &id).await[0], ("group.member_added".to_owned(), athlete.to_string()));
    let elsewhere = cast.stranger.make_group(json!({"name": "Theirs"})).await;
    let other = json!({"user_ids": [athlete], "group_id": elsewhere});
    let answer = cast.coach.api("POST", &format!("/organizations/{org}/members/bulk"), Some(other)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.athlete.api("GET", &format!("/groups/{id}"), None).await.status, StatusCode::OK);
    cast.coach.api("PATCH", &member, Some(json!({"status": "suspended"}))).await;
    for rest in ["", "/stats", "/activities"] {
        let answer = cast.athlete.api("GET", &format!("/groups/{id}{rest}"), None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{rest}");
    }
}
