//! Members, coaches, keys and the audit trail by API.

use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::recordings::Run;
use crate::support::{Answer, Cast, Person, cast};

fn path(cast: &Cast, rest: &str) -> String {
    format!("/organizations/{}{rest}", cast.org)
}

fn emails(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let members = answer.json()["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|m| m["email"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn if_match(person: &Person, path: &str, tag: &str, body: Value) -> Answer {
    let request = Request::patch(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, tag);
    person.send(request.body(body.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn coaches_list_members_and_athletes_read_their_own_without_labels_and_notes() {
    let cast = cast().await;
    let list = cast.coach.api("GET", &path(&cast, "/members?include_profile_status=true"), None).await;
    assert_eq!(emails(&list), ["kenji@lowfield.test", "naledi@lowfield.test"]);
    assert_eq!(list.json()["total"], 2);
    assert_eq!(list.json()["members"][0]["profile_status"]["integrations"]["strava"], false);
    assert_eq!(list.json()["members"][0]["profile_status"]["zones"], false);
    assert_eq!(cast.athlete.api("GET", &path(&cast, "/members"), None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.stranger.api("GET", &path(&cast, "/members"), None).await.status, StatusCode::NOT_FOUND);

    let one = path(&cast, &format!("/members/{}", cast.athlete.id));
    let change = json!({"labels": ["@marathon", "Marathon", "half"], "private_notes": "Sore calf"});
    let answer = cast.coach.api("PATCH", &one, Some(change)).await;
    assert_eq!(answer.json()["labels"], json!(["@half", "@marathon"]));
    assert_eq!(answer.json()["private_notes"], "Sore calf");
    let own = cast.athlete.api("GET", &one, None).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(!own.body.contains("marathon") && !own.body.contains("Sore calf"), "{}", own.body);
    assert_eq!(cast.other_athlete.api("GET", &one, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        cast.athlete.api("PATCH", &one, Some(json!({"status": "active"}))).await.status,
        StatusCode::FORBIDDEN
    );
    for (query, found) in [
        ("label=%40marathon", 1),
        ("label=half&label=marathon", 1),
        ("search=N%C3%81LEDI", 1),
        ("assigned_to_coach_id=none", 2),
        ("status=suspended", 0),
    ] {
        let list = cast.coach.api("GET", &path(&cast, &format!("/members?{query}")), None).await;
        assert_eq!(emails(&list).len(), found, "{query}");
    }
    for query in
        ["status=gone", "sort=shoe", "limit=0", "limit=201", "limit=x", "cursor=x", "assigned_to_coach_id=x"]
    {
        let list = cast.coach.api("GET", &path(&cast, &format!("/members?{query}")), None).await;
        assert_eq!(list.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn pages_hold_everybody_once_in_every_order() {
    let cast = cast().await;
    for sort in ["name", "-name", "status", "level", "-coach", "last_run", "-distance"] {
        let first = cast.coach.api("GET", &path(&cast, &format!("/members?limit=1&sort={sort}")), None).await;
        let cursor = first.json()["next_cursor"].as_str().expect("a next page").to_owned();
        let next = format!("/members?limit=1&sort={sort}&cursor={cursor}");
        let second = cast.coach.api("GET", &path(&cast, &next), None).await;
        let mut all = [emails(&first), emails(&second)].concat();
        all.sort();
        assert_eq!(all, ["kenji@lowfield.test", "naledi@lowfield.test"], "{sort}");
        assert!(second.json().get("next_cursor").is_none());
    }
}

#[tokio::test]
async fn a_change_is_checked_versioned_and_audited_without_the_note() {
    let cast = cast().await;
    let one = path(&cast, &format!("/members/{}", cast.athlete.id));
    let tag = cast.coach.api("GET", &one, None).await.header("etag").to_owned();
    assert_eq!(if_match(&cast.coach, &one, &tag, json!({"status": "inactive"})).await.status, StatusCode::OK);
    let stale = if_match(&cast.coach, &one, &tag, json!({"status": "active"})).await;
    assert_eq!(
        (stale.status, stale.json()["details"]["code"].clone()),
        (StatusCode::CONFLICT, json!("STALE"))
    );
    for (body, field) in [
        (json!({"shoe": 1}), "shoe"),
        (json!({"status": "gone"}), "status"),
        (json!({"display_name": " "}), "display_name"),
        (json!({"display_name": "x".repeat(51)}), "display_name"),
        (json!({"labels": ["tue track"]}), "labels"),
    ] {
        let answer = cast.coach.api("PATCH", &one, Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {}", answer.body);
        assert_eq!(answer.json()["details"]["field"], field, "{}", answer.body);
    }
    let assign = json!({"assigned_to_coach_id": cast.other_coach.id});
    assert_eq!(cast.coach.api("PATCH", &one, Some(assign.clone())).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.api("PATCH", &one, Some(assign)).await.status, StatusCode::OK);
    let wrong = json!({"assigned_to_coach_id": cast.stranger.id});
    assert_eq!(cast.head_coach.api("PATCH", &one, Some(wrong)).await.status, StatusCode::BAD_REQUEST);
    let cleared = cast.head_coach.api("PATCH", &one, Some(json!({"assigned_to_coach_id": null}))).await;
    assert_eq!(cleared.json()["assigned_to_coach_id"], Value::Null);
    cast.coach.api("PATCH", &one, Some(json!({"private_notes": "Very private"}))).await;
    let audit = cast.head_coach.api("GET", &path(&cast, "/audit?limit=2"), None).await;
    assert_eq!(audit.json()["entries"].as_array().map(Vec::len), Some(2));
    // Both entries are of one moment: the note and the change.
    let mut actions: Vec<String> = (0..2)
        .map(|i| audit.json()["entries"][i]["action"].as_str().unwrap_or_default().to_owned())
        .collect();
    actions.sort();
    assert_eq!(actions, ["member.updated", "note.added"]);
    assert!(audit.json()["next_cursor"].is_string() && !audit.body.contains("Very private"));
    assert_eq!(cast.coach.api("GET", &path(&cast, "/audit"), None).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_bulk_act_gives_nobody_more_labels_than_one_may_have() {
    let cast = cast().await;
    let bulk = path(&cast, "/members/bulk");
    let labels: Vec<String> = (0..19).map(|number| format!("label-{number}")).collect();
    let member = path(&cast, &format!("/members/{}", cast.athlete.id));
    let answer = cast.coach.api("PATCH", &member, Some(json!({ "labels": labels }))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let add = async |labels: serde_json::Value| {
        let body = json!({ "user_ids": [cast.athlete.id, cast.other_athlete.id], "add_labels": labels });
        let answer = cast.coach.api("POST", &bulk, Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()["results"].clone()
    };
    // The twentieth in three writings is one label.
    let results = add(json!(["Tempo", "@tempo", "TEMPO"])).await;
    assert_eq!(
        (&results[0]["outcome"], &results[1]["outcome"]),
        (&json!("done"), &json!("done")),
        "{results}"
    );
    let results = add(json!(["hills", "tempo"])).await;
    assert_eq!(results[0]["outcome"], "refused");
    assert_eq!(results[0]["reason"], "An athlete has up to 20 labels; this would make 21.");
    assert_eq!(results[1]["outcome"], "done", "the others get theirs");
    let shape = cast.coach.api("GET", &member, None).await.json();
    assert_eq!(shape["labels"].as_array().map(Vec::len), Some(20));
    // What they have already is no more.
    assert_eq!(add(json!(["tempo"])).await[0]["outcome"], "unchanged");
}

#[tokio::test]
async fn a_bulk_act_answers_for_each() {
    let cast = cast().await;
    let bulk = path(&cast, "/members/bulk");
    let ids = json!([cast.athlete.id, cast.strange_athlete.id, "nonsense", cast.athlete.id]);
    let answer = cast.coach.api("POST", &bulk, Some(json!({"user_ids": ids, "status": "inactive"}))).await;
    let outcomes: Vec<Value> =
        answer.json()["results"].as_array().unwrap().iter().map(|r| r["outcome"].clone()).collect();
    assert_eq!(outcomes, [json!("done"), json!("refused"), json!("refused")]);
    for body in [
        json!({"user_ids": [cast.athlete.id]}),
        json!({"user_ids": [], "status": "active"}),
        json!({"user_ids": [cast.athlete.id], "status": "active", "add_labels": ["x"]}),
    ] {
        assert_eq!(cast.coach.api("POST", &bulk, Some(body)).await.status, StatusCode::BAD_REQUEST);
    }
    let coach = json!({"user_ids": [cast.athlete.id], "assigned_to_coach_id": cast.coach.id});
    assert_eq!(cast.coach.api("POST", &bulk, Some(coach.clone())).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.api("POST", &bulk, Some(coach)).await.json()["results"][0]["outcome"], "done");
    let group = json!({"user_ids": [cast.athlete.id], "group_id": "grp_01h455vb4pex5vsknk084sn02q"});
    assert_eq!(cast.coach.api("POST", &bulk, Some(group)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn somebody_with_an_account_is_added_and_opens_later() {
    let cast = cast().await;
    let all = path(&cast, "/members");
    let add = |body: Value| cast.coach.api("POST", &all, Some(body));
    assert_eq!(
        add(json!({"email": "wren@elsewhere.test"})).await.status,
        StatusCode::NOT_FOUND,
        "belongs elsewhere"
    );
    assert_eq!(add(json!({"email": "nobody@x.test"})).await.status, StatusCode::NOT_FOUND);
    let twice = add(json!({"user_id": cast.athlete.id})).await;
    assert_eq!(
        (twice.status, twice.json()["details"]["code"].clone()),
        (StatusCode::CONFLICT, json!("ALREADY_MEMBER"))
    );
    assert_eq!(add(json!({})).await.status, StatusCode::BAD_REQUEST);
    let one = path(&cast, &format!("/members/{}", cast.athlete.id));
    assert_eq!(cast.other_athlete.api("DELETE", &one, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.coach.api("DELETE", &one, None).await.status, StatusCode::OK);
    assert_eq!(cast.athlete.api("GET", "/auth/me", None).await.json()["organization_id"], Value::Null);
    let added = add(json!({"email": "NALEDI@lowfield.test"})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    assert_eq!(added.json()["last_activity_at"], Value::Null);
    let roster = cast.coach.get("/athletes").await;
    assert!(roster.body.contains("Has not agreed yet"), "{}", roster.body);
    for _ in 0..20 {
        add(json!({"email": "nobody@x.test"})).await;
    }
    assert_eq!(add(json!({"email": "nobody@x.test"})).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_suspended_member_can_do_nothing_in_the_organization() {
    let cast = cast().await;
    let one = path(&cast, &format!("/members/{}", cast.athlete.id));
    cast.coach.api("PATCH", &one, Some(json!({"status": "suspended"}))).await;
    assert_eq!(cast.athlete.api("GET", &one, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.athlete.api("GET", &path(&cast, ""), None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.athlete.api("GET", "/auth/me", None).await.status, StatusCode::OK);
    // What is their own stays theirs to read, write and take along; the matrix has the rest.
    let bytes = Run::days_ago(2).fit();
    let answer = cast.athlete.upload(&[("own.fit", &bytes)], &[]).await;
    assert_eq!(answer.json()["created"], 1, "{}", answer.body);
    let own = format!("/activities/{}", answer.json()["results"][0]["activity_id"].as_str().expect("an id"));
    let file = cast.athlete.api("GET", &format!("{own}/file"), None).await;
    assert_eq!(file.status, StatusCode::OK);
    let answer = cast.athlete.api("PATCH", &own, Some(json!({"title": "Mine"}))).await;
    assert_eq!(answer.json()["title"], "Mine", "{}", answer.body);
    // The coaches go on seeing it.
    assert_eq!(cast.coach.api("GET", &own, None).await.json()["title"], "Mine");
    assert_eq!(cast.athlete.api("DELETE", &own, None).await.status.as_u16() / 100, 2);
    cast.stage
        .execute(&format!("UPDATE memberships SET status = 'suspended' WHERE user_id = '{}'", cast.coach.id))
        .await;
    assert_eq!(cast.coach.get("/").await.header("location"), "/me");
    // Nobody hands the club over to whom it is closed.
    let head = path(&cast, &format!("/coaches/{}/head", cast.coach.id));
    assert_eq!(cast.head_coach.api("POST", &head, None).await.status, StatusCode::BAD_REQUEST);
}

/// A job that waits does nothing for a coach who was suspended meanwhile.
#[tokio::test]
async fn an_upload_of_a_coach_who_is_suspended_meanwhile_stops() {
    let cast = cast().await;
    let files: Vec<(String, Vec<u8>)> =
        (1..=21).map(|day| (format!("{day}.fit"), Run { seconds: 60, ..Run::days_ago(day) }.fit())).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let owner = cast.athlete.id.to_string();
    let answer = cast.coach.upload(&files, &[("user_id", &owner)]).await;
    let job = format!("/jobs/{}", answer.json()["job_id"].as_str().expect("a job"));
    cast.stage
        .execute(&format!("UPDATE memberships SET status = 'suspended' WHERE user_id = '{}'", cast.coach.id))
        .await;
    assert_eq!(cast.coach.api("GET", &job, None).await.status, StatusCode::FORBIDDEN);
    cast.stage.app.run_due_jobs().await.expect("work");
    let job = cast.athlete.api("GET", &job, None).await.json();
    assert_eq!((&job["state"], &job["done"]), (&json!("failed"), &json!(0)), "{job}");
}

#[tokio::test]
async fn the_head_coach_alone_removes_coaches_and_hands_over() {
    let cast = cast().await;
    let athlete = path(&cast, &format!("/members/{}", cast.athlete.id));
    cast.head_coach.api("PATCH", &athlete, Some(json!({"assigned_to_coach_id": cast.coach.id}))).await;
    let coach = path(&cast, &format!("/coaches/{}", cast.coach.id));
    let head = path(&cast, &format!("/coaches/{}", cast.head_coach.id));
    assert_eq!(cast.other_coach.api("DELETE", &coach, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.api("DELETE", &head, None).await.status, StatusCode::CONFLICT);
    let wrong = format!("{coach}?reassign_to={}", cast.athlete.id);
    assert_eq!(cast.head_coach.api("DELETE", &wrong, None).await.status, StatusCode::BAD_REQUEST);
    let right = format!("{coach}?reassign_to={}", cast.other_coach.id);
    assert_eq!(cast.head_coach.api("DELETE", &right, None).await.status, StatusCode::OK);
    let seen = cast.head_coach.api("GET", &athlete, None).await;
    assert_eq!(seen.json()["assigned_to_coach_id"], json!(cast.other_coach.id));

    let keys = path(&cast, "/api-keys");
    let key = cast.head_coach.api("POST", &keys, Some(json!({"name": "Sheet", "scopes": ["read"]}))).await;
    assert_eq!(key.status, StatusCode::CREATED);
    assert!(key.json()["secret"].is_string());
    let listed = cast.head_coach.api("GET", &keys, None).await;
    assert_eq!(listed.json()["api_keys"][0]["key_id"], key.json()["key_id"]);
    assert!(listed.json()["api_keys"][0].get("secret").is_none());
    assert_eq!(cast.other_coach.api("GET", &keys, None).await.status, StatusCode::FORBIDDEN);
    let secret = key.json()["secret"].as_str().unwrap_or_default().to_owned();
    let mut by_key = Vec::new();
    for _ in 0..2 {
        let request = Request::get(format!("/api/v1{}", path(&cast, "/members")))
            .header(header::AUTHORIZATION, format!("Bearer {secret}"));
        by_key.push(cast.anonymous.send(request.body(axum::body::Body::empty()).unwrap()).await.status);
        let over = path(&cast, &format!("/coaches/{}/head", cast.other_coach.id));
        cast.head_coach.api("POST", &over, None).await;
    }
    assert_eq!(by_key, [StatusCode::OK, StatusCode::UNAUTHORIZED], "a key goes with its maker's role");
    assert_eq!(cast.other_coach.api("GET", &keys, None).await.status, StatusCode::OK, "the new head coach");
    assert_eq!(cast.head_coach.api("GET", &keys, None).await.status, StatusCode::FORBIDDEN);
}
