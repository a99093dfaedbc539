//! Erasing a person: nothing of theirs is left anywhere, and nothing of anybody else's goes.

use axum::http::StatusCode;
use harrier::app::Error;
use harrier::app::group_report::ReportQuery;
use serde_json::json;

use crate::support::{Cast, Person, cast, postgres};

/// Every text column of the schema, as `table.column`.
async fn text_columns(cast: &Cast) -> Vec<String> {
    let sql = if postgres().is_some() {
        "SELECT table_name || '.' || column_name FROM information_schema.columns \
         WHERE table_schema = 'public' AND data_type = 'text' AND table_name NOT LIKE '\\_%'"
    } else {
        "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name NOT LIKE '\\_%' ESCAPE '\\'"
    };
    cast.stage.texts(sql).await
}

/// Where one of these stands in the database, in whatever case.
async fn traces(cast: &Cast, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let columns = text_columns(cast).await;
    assert!(columns.len() > 60, "the schema was read: {columns:?}");
    for place in columns {
        let (table, column) = place.split_once('.').expect("a table and its column");
        let all = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        for text in cast.stage.texts(&all).await {
            let lower = text.to_lowercase();
            if let Some(needle) = needles.iter().find(|needle| lower.contains(**needle)) {
                found.push(format!("{place} has {needle}: {text}"));
            }
        }
    }
    found
}

async fn ok(person: &Person, method: &str, path: &str, body: serde_json::Value) -> serde_json::Value {
    let answer = person.api(method, path, Some(body)).await;
    assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap_or_default()
}

async fn run(person: &Person, title: &str, metres: i64) {
    let body = json!({"activity_type": "run", "sub_type": "easy-run", "title": title, "timezone": "Europe/Lisbon",
        "start_time": "2026-11-17T07:00:00Z", "distance_in_meters": metres, "duration_in_seconds": metres / 3});
    ok(person, "POST", "/activities", body).await;
}

/// As if a person had lived in the club for years: a row of hers in every place that can hold one. Returns the group
/// and the kept report.
async fn lived(cast: &Cast) -> (String, harrier::domain::ids::ReportId) {
    let (org, id) = (cast.org, cast.athlete.id);
    let member = format!("/organizations/{org}/members/{id}");
    let change = json!({"labels": ["@mokoena-fans"], "private_notes": "Tight hamstring"});
    ok(&cast.coach, "PATCH", &member, change).await;
    // A name that she had for a while.
    ok(&cast.coach, "PATCH", &member, json!({"display_name": "Naledi Oldname"})).await;
    ok(&cast.coach, "PATCH", &member, json!({"display_name": "Naledi Mokoena"})).await;
    run(&cast.athlete, "Mokoena's secret loop", 9_000).await;
    run(&cast.other_athlete, "Around the lake", 6_000).await;
    let both = [id, cast.other_athlete.id];
    let group = cast.group(json!({"name": "Tuesday Track", "privacy": "public"}), &both).await;
    let other = cast.coach.make_group(json!({"name": "Hills", "privacy": "public"})).await;
    ok(&cast.athlete, "POST", &format!("/groups/{other}/join-requests"), json!({})).await;
    let app = &cast.stage.app;
    let coach = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    let group_id = group.parse().unwrap();
    let note = "Naledi Mokoena flew, NALEDI MOKOENA! Kenji was steady; Naledi's best week.";
    let kept =
        app.keep_group_report(&coach, group_id, &ReportQuery::default(), note).await.expect("a report");
    let one = ReportQuery { athlete: Some(id), ..ReportQuery::default() };
    app.keep_group_report(&coach, group_id, &one, "Only about her").await.expect("a report");
    cast.anonymous
        .post("/password/reset", &format!("email={}", cast.athlete.email.replace('@', "%40")))
        .await;
    cast.athlete.post("/settings/tokens", "name=Naledi%27s+laptop&scope=read&days=90").await;
    // Somebody elsewhere looked for her, and invited her.
    let elsewhere = format!("email={}", cast.athlete.email.replace('@', "%40"));
    cast.stranger.post("/athletes", &elsewhere).await;
    let invited = format!("kind=one&first_name=Naledi&message=Dear+Naledi&{elsewhere}");
    assert_eq!(cast.stranger.post("/invitations", &invited).await.status, StatusCode::SEE_OTHER);
    // What was said about it is shown once, on the next page.
    cast.stranger.get("/invitations").await;
    let fields = "value=45&valid_from=2026-11-01";
    cast.athlete.post(&format!("/athletes/{id}/fitness/vdot"), fields).await;
    let sql = [
        format!(
            "INSERT INTO files (user_id, sha256, name, encoding, size, bytes, created_at) \
             VALUES ('{id}', 'aa', 'naledi.fit', 'identity', 1, {}, 1)",
            if postgres().is_some() { "'\\x00'::bytea" } else { "x'00'" }
        ),
        format!(
            "INSERT INTO jobs (id, user_id, subject_id, kind, state, done, total, payload, created_at, finished_at) \
             VALUES ('job_01h455vb4pex5vsknk084sn02q', '{}', '{id}', 'import', 'done', 1, 1, '{{}}', 1794900000, 1794900000)",
            cast.coach.id
        ),
        format!(
            "INSERT INTO undos (id, user_id, org_id, kind, payload, created_at, expires_at) VALUES \
             ('undo_01h455vb4pex5vsknk084sn02q', '{}', '{org}', 'member_changes', \
              '{{\"changes\": [{{\"user\": \"{id}\", \"name\": [\"Naledi Oldname\", \"\"]}}]}}', 1, 1)",
            cast.coach.id
        ),
        format!(
            "INSERT INTO idempotency (user_id, key, request_hash, status, body, created_at) \
             VALUES ('{}', 'k', 'h', 200, '{{\"user_id\": \"{id}\", \"display_name\": \"Naledi Mokoena\"}}', 1)",
            cast.coach.id
        ),
        "INSERT INTO job_results (job_id, position, entry, result) \
         VALUES ('job_01h455vb4pex5vsknk084sn02q', 0, 0, '{\"file\": \"naledi.fit\"}')"
            .to_owned(),
        format!(
            "INSERT INTO notifications (id, user_id, org_id, kind, payload, created_at, read_at) VALUES \
             ('ntf_00000000000000000000000001', '{coach}', '{org}', 'athletes.assigned', \
              '{{\"count\":2,\"by\":\"Marta Lindqvist\",\"first\":\"Naledi Oldname\",\"note\":\"Naledi is shy, Kenji is not.\"}}', 1, NULL), \
             ('ntf_00000000000000000000000002', '{coach}', '{org}', 'member.joined', \
              '{{\"user_id\":\"{id}\",\"name\":\"N. Mokoena\"}}', 2, NULL)",
            coach = cast.other_coach.id
        ),
    ];
    for statement in sql {
        cast.stage.execute(&statement).await;
    }
    (group, kept)
}

const HER: [&str; 4] = ["naledi", "mokoena", "hamstring", "oldname"];

#[tokio::test]
async fn of_an_erased_person_nothing_is_left_in_any_column() {
    let cast = cast().await;
    let (group, kept) = lived(&cast).await;
    let before = traces(&cast, &HER).await;
    let places = |found: &[String], table: &str| found.iter().filter(|p| p.starts_with(table)).count();
    for table in [
        "users.",
        "memberships.",
        "member_labels.",
        "notes.",
        "activities.",
        "group_reports.",
        "audit.",
        "undos.",
        "notifications.",
        "outbox.",
        "email_links.",
        "tokens.",
        "idempotency.",
        "files.",
        "job_results.",
    ] {
        assert!(places(&before, table) > 0, "{table} holds something of hers before");
    }
    let app = &cast.stage.app;
    let others = "SELECT COUNT(*) FROM activities WHERE user_id <> '";
    let others = format!("{others}{}'", cast.athlete.id);
    let untouched = cast.stage.number(&others).await;

    // The page says what goes, and wants the password.
    let page = cast.athlete.get("/settings/deletion").await;
    assert!(page.body.contains("Your 1 activity with"), "{}", page.body);
    let wrong = cast.athlete.post("/settings/deletion", "current=granite").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.texts("#current-error"), ["That is not your current password."]);
    let form = format!("current={}", crate::support::PASSWORD.replace(' ', "+"));
    let gone = cast.athlete.post("/settings/deletion", &form).await;
    assert_eq!((gone.status, gone.header("location")), (StatusCode::SEE_OTHER, "/goodbye"), "{}", gone.body);
    assert_eq!(cast.anonymous.get("/goodbye").await.texts("h1"), ["Your account is deleted"]);

    // Locked out at once, whatever they hold.
    assert!(cast.athlete.get("/me").await.header("location").starts_with("/session/new"));
    assert_eq!(cast.athlete.api("GET", "/auth/me", None).await.status, StatusCode::UNAUTHORIZED);
    let sign_in =
        format!("email={}&password={}", cast.athlete.email, crate::support::PASSWORD.replace(' ', "+"));
    assert_eq!(cast.anonymous.post("/session", &sign_in).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(app.admin_list().await.unwrap().users.iter().all(|user| user.user_id != cast.athlete.id));
    let roster = cast.coach.get("/athletes").await;
    assert!(!roster.body.contains("Naledi") && roster.body.contains("Kenji"));
    assert_eq!(cast.coach.get(&format!("/athletes/{}", cast.athlete.id)).await.status, StatusCode::NOT_FOUND);

    // A worker that dies with the job leaves it to the next one.
    cast.stage.execute("UPDATE jobs SET state = 'running', leased_until = 1 WHERE kind = 'erasure'").await;
    app.run_due_jobs().await.unwrap();
    let left = traces(&cast, &HER).await;
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(
        cast.stage.number("SELECT COUNT(*) FROM jobs WHERE kind = 'erasure' AND state = 'done'").await,
        1
    );
    assert_eq!(cast.stage.number(&others).await, untouched);

    // Nobody is written to, whichever address is typed.
    let waiting = "SELECT COUNT(*) FROM outbox WHERE state IN ('waiting', 'sending')";
    let mails = cast.stage.number(waiting).await;
    for email in [cast.athlete.email.clone(), format!("erased-{}@invalid", cast.athlete.id)] {
        cast.anonymous.post("/password/reset", &format!("email={}", email.replace('@', "%40"))).await;
        assert_eq!(cast.stage.number(waiting).await, mails, "no mail for {email}");
    }

    // The kept report has its totals, and says that somebody was erased; the one about her alone is gone.
    let coach = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    let read = app.kept_report(&coach, kept).await.unwrap();
    assert!((read.report.this_week().unwrap().total.distance - 15_000.0).abs() < 0.1);
    assert_eq!(read.note, "[erased] flew, [erased]! Kenji was steady; [erased]'s best week.");
    let shown = cast.coach.get(&format!("/reports/{kept}")).await;
    assert!(shown.body.to_lowercase().contains("erased"), "{}", shown.body);
    assert_eq!(app.kept_reports(&coach, None, None, 10).await.unwrap().len(), 1);
    // The log goes on, without a name; what others were told reads on.
    let log = cast.coach.get(&format!("/groups/{group}/log")).await;
    assert!(log.body.contains("Erased person"), "{}", log.body);
    let told = cast.other_coach.get("/notifications").await;
    assert_eq!(
        told.texts(".told li .two > span:first-child"),
        ["Somebody joined.", "Marta Lindqvist assigned you 2 athletes."]
    );
    assert_eq!(told.texts(".told .said"), ["[erased] is shy, Kenji is not."]);
    // Whoever has the address anew begins anew.
    let viewer = app.session_viewer(cast.athlete.id).await.unwrap().unwrap();
    assert!(matches!(app.erase_person(&viewer).await, Err(Error::NotFound)), "once is enough");
}

#[tokio::test]
async fn guesses_at_the_password_are_counted_and_nothing_goes() {
    let cast = cast().await;
    for _ in 0..10 {
        let wrong = cast.athlete.post("/settings/deletion", "current=wrong").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let form = format!("current={}", crate::support::PASSWORD.replace(' ', "+"));
    assert_eq!(cast.athlete.post("/settings/deletion", &form).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(cast.athlete.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_coach_leaves_athletes_and_groups_behind_and_the_head_coach_stays() {
    let cast = cast().await;
    let app = &cast.stage.app;
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    ok(&cast.head_coach, "PATCH", &member, json!({"assigned_to_coach_id": cast.coach.id})).await;
    cast.coach.make_group(json!({"name": "Tuesday Track"})).await;
    cast.coach
        .post(&format!("/athletes/{}/notes", cast.athlete.id), "text=A+good+runner&body=A+good+runner")
        .await;
    let form = format!("current={}", crate::support::PASSWORD.replace(' ', "+"));
    let head = cast.head_coach.post("/settings/deletion", &form).await;
    assert_eq!(head.status, StatusCode::CONFLICT);
    assert!(head.body.contains("Hand the role over"), "{}", head.body);
    let asked = cast.head_coach.get("/settings/deletion").await;
    assert!(asked.body.contains("Hand the role over") && asked.texts("#current").is_empty());
    let page = cast.coach.get("/settings/deletion").await;
    assert!(page.body.contains("Your groups go to the head coach"));
    let viewer = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    app.erase_person(&viewer).await.expect("erased");
    app.run_due_jobs().await.unwrap();
    let found = cast.head_coach.api("GET", &member, None).await.json();
    assert_eq!(found["assigned_to_coach_id"], json!(null), "{found}");
    let sql = format!("SELECT COUNT(*) FROM groups WHERE owner_id = '{}'", cast.head_coach.id);
    assert_eq!(cast.stage.number(&sql).await, 1);
    let left = traces(&cast, &["ferreira", "tomas@"]).await;
    assert!(left.is_empty(), "{left:#?}");
    let told = cast.athlete.get("/notifications").await;
    assert_eq!(
        told.texts(".told li .two > span:first-child"),
        ["You have no coach of your own any more.", "Somebody coaches you now."]
    );
    let told = cast.head_coach.get("/notifications?category=left").await;
    assert_eq!(told.texts(".told li .two > span:first-child"), ["Somebody left the organization."]);
}

#[tokio::test]
async fn the_operator_erases_to_the_last_file_at_once() {
    let cast = cast().await;
    lived(&cast).await;
    assert!(matches!(cast.stage.app.admin_erase("nobody@lowfield.test").await, Err(Error::Invalid(_))));
    let erased = cast.stage.app.admin_erase(&cast.athlete.email.to_uppercase()).await.expect("erased");
    assert_eq!((erased.user_id, erased.activities, erased.reports), (cast.athlete.id, 1, 1));
    let left = traces(&cast, &HER).await;
    assert!(left.is_empty(), "{left:#?}");
    assert!(cast.stage.app.admin_erase(&cast.athlete.email).await.is_err(), "there is no such account");
}
