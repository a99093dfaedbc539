//! Files in, activities out: what is added, what is recognised, what is refused, and what survives a crash.

use axum::http::StatusCode;
use harrier::domain::activity::ActivityType;
use rustyfit::profile::typedef::Sport;
use serde_json::Value;

use crate::support::recordings::{Run, gzip, zip};
use crate::support::{Answer, Cast, Person, cast};

fn outcomes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let results = answer.json()["results"].as_array().expect("results").clone();
    results.iter().map(|r| r["outcome"].as_str().expect("a word").to_owned()).collect()
}

async fn activities(person: &Person) -> Vec<Value> {
    let answer = person.api("GET", "/activities?limit=200", None).await;
    answer.json()["activities"].as_array().expect("activities").clone()
}

async fn activity(person: &Person, id: &Value) -> Value {
    person.api("GET", &format!("/activities/{}", id.as_str().expect("an id")), None).await.json()
}

#[tokio::test]
async fn a_fit_file_becomes_an_activity_with_laps_streams_and_its_original() {
    let cast = cast().await;
    let bytes = Run::days_ago(1).fit();
    let answer = cast.athlete.upload(&[("morning.fit", &bytes)], &[]).await;
    assert_eq!(outcomes(&answer), ["created"]);
    let result = &answer.json()["results"][0];
    assert_eq!(result["duplicate_of"], Value::Null);
    let id = result["activity_id"].as_str().expect("an id");
    let detail = cast.coach.api("GET", &format!("/activities/{id}?detail=true"), None).await;
    let detail = detail.json();
    assert_eq!(detail["title"], "Morning run");
    assert_eq!(detail["activity_type"], "run");
    assert_eq!(detail["sub_type"], "other");
    assert_eq!(detail["start_time"], "2026-11-17T06:00:00Z");
    assert_eq!(detail["local_date"], "2026-11-17");
    assert_eq!(detail["timezone"], "Europe/Lisbon");
    assert_eq!(detail["distance_in_meters"], 5400.0);
    assert_eq!(detail["duration_in_seconds"], 1800.0);
    assert_eq!(detail["average_pace"], "5:33");
    assert_eq!(detail["source"], "file");
    assert_eq!(detail["file_format"], "fit");
    assert_eq!(detail["load_method"], "estimate");
    assert_eq!(detail["nexrex_ete_plus"], 30.0);
    assert_eq!(detail["laps"].as_array().map(Vec::len), Some(1));
    assert_eq!(detail["streams"]["time"].as_array().map(Vec::len), Some(1801));
    assert_eq!(detail["streams"]["heart_rate"][7], 150.0);
    assert_eq!(detail["streams"]["power"], Value::Null);
    let request = axum::http::Request::get(format!("/api/v1/activities/{id}/file"))
        .header("authorization", format!("Bearer {}", cast.coach.token))
        .body(axum::body::Body::empty())
        .expect("a request");
    let response = tower::ServiceExt::oneshot(cast.stage.router.clone(), request).await.expect("an answer");
    assert_eq!(
        response.headers()["content-disposition"],
        "attachment; filename=\"morning.fit\"; filename*=UTF-8''morning.fit"
    );
    assert_eq!(response.headers()["content-security-policy"], "default-src 'none'; sandbox");
    let back = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes();
    assert_eq!(back.as_ref(), bytes.as_slice());
}

#[tokio::test]
async fn the_same_recording_twice_is_one_activity() {
    let cast = cast().await;
    let run = Run::days_ago(1);
    let (fit, gpx) = (run.fit(), Run::days_ago(3).gpx());
    assert_eq!(
        outcomes(&cast.athlete.upload(&[("a.fit", &fit), ("b.gpx", &gpx)], &[]).await),
        ["created"; 2]
    );
    let again = cast.athlete.upload(&[("other.fit", &fit), ("b.gpx", &gpx)], &[]).await;
    assert_eq!(outcomes(&again), ["duplicate"; 2]);
    assert_eq!(again.json()["duplicates"], 2);
    assert_ne!(again.json()["results"][0]["activity_id"], Value::Null);
    assert_eq!(activities(&cast.athlete).await.len(), 2);
    // The same recording in other bytes is kept, and the one that was there counts.
    let packed = cast.athlete.upload(&[("a.fit.gz", &gzip(&fit))], &[]).await;
    assert_eq!(outcomes(&packed), ["created"]);
    assert_eq!(packed.json()["results"][0]["duplicate_of"], again.json()["results"][0]["activity_id"]);
    assert_eq!(counted(&cast, &cast.athlete).await, 2);
    // Somebody else's is theirs.
    assert_eq!(outcomes(&cast.other_athlete.upload(&[("a.fit", &fit)], &[]).await), ["created"]);
}

/// How many activities of the last week count.
async fn counted(cast: &Cast, person: &Person) -> Value {
    let path = format!("/analytics/fitness_stats?days=7&user_id={}", person.id);
    cast.head_coach.api("GET", &path, None).await.json()["total_activities"].clone()
}

/// A sync that broke off and is repeated: whichever comes first, the whole recording is there and counts.
#[tokio::test]
async fn a_file_that_breaks_off_never_shuts_out_the_whole_one() {
    let cast = cast().await;
    let run = Run::days_ago(1);
    let anonymous = Run { serial: 0, ..Run::days_ago(2) };
    let whole = [("a.fit", run.fit()), ("b.fit", anonymous.fit()), ("c.gpx", Run::days_ago(3).gpx())];
    for stump_is_first in [true, false] {
        let person = if stump_is_first { &cast.athlete } else { &cast.other_athlete };
        for (name, bytes) in &whole {
            let mut ids = Vec::new();
            let stump = &bytes[..bytes.len() / 3];
            let order = if stump_is_first { [stump, bytes.as_slice()] } else { [bytes.as_slice(), stump] };
            for bytes in order {
                let answer = person.upload(&[(*name, bytes)], &[]).await;
                assert_eq!(outcomes(&answer), ["created"], "{name} {}", answer.body);
                ids.push(answer.json()["results"][0]["activity_id"].clone());
                let again = person.upload(&[(*name, bytes)], &[]).await;
                assert_eq!(outcomes(&again), ["duplicate"], "{name}");
            }
            if !stump_is_first {
                ids.reverse();
            }
            let (stump, whole) = (activity(person, &ids[0]).await, activity(person, &ids[1]).await);
            assert_eq!((&stump["duplicate_of"], &whole["duplicate_of"]), (&ids[1], &Value::Null), "{name}");
            assert_eq!(whole["duration_in_seconds"], 1800.0, "{name}");
        }
        assert_eq!(counted(&cast, person).await, 3);
    }
    // The legs of a triathlon of which a part was there stay apart.
    let legs = Run::days_ago(6).fit_legs(&[Sport::RUNNING, Sport::CYCLING, Sport::RUNNING]);
    cast.athlete.upload(&[("half.fit", &legs[..legs.len() / 2])], &[]).await;
    let answer = cast.athlete.upload(&[("whole.fit", &legs)], &[]).await;
    assert_eq!(outcomes(&answer), ["created"]);
    let found = activities(&cast.athlete).await;
    let legs = found.iter().filter(|a| a["local_date"] == "2026-11-12" && a["duplicate_of"] == Value::Null);
    assert_eq!(legs.count(), 3);
}

#[tokio::test]
async fn a_deleted_recording_can_be_added_again_but_not_stand_twice() {
    let cast = cast().await;
    let athlete = viewer(&cast, &cast.athlete).await;
    let app = &cast.stage.app;
    let id = |answer: &Answer| {
        answer.json()["results"][0]["activity_id"].as_str().expect("an id").parse().expect("an id")
    };
    let fit = Run::days_ago(1).fit();
    let first = id(&cast.athlete.upload(&[("a.fit", &fit)], &[]).await);
    app.delete_activity(&athlete, first, None).await.expect("deleted");
    // Other bytes of the same recording are another one: both can be there, and one counts.
    cast.athlete.upload(&[("a.fit", &fit[..fit.len() / 2])], &[]).await;
    let back = app.restore_activity(&athlete, first).await.expect("restored");
    assert_eq!(back.duplicate_of, None);
    assert_eq!(counted(&cast, &cast.athlete).await, 1);
    app.delete_activity(&athlete, first, None).await.expect("deleted");
    let again = cast.athlete.upload(&[("a.fit", &fit)], &[]).await;
    assert_eq!(outcomes(&again), ["created"]);
    assert!(app.restore_activity(&athlete, first).await.is_err());
    assert_eq!(counted(&cast, &cast.athlete).await, 1);
}

#[tokio::test]
async fn one_run_on_two_devices_is_linked_counted_once_and_can_be_parted() {
    let cast = cast().await;
    let run = Run::days_ago(1);
    let other_watch = Run { start: run.start + 9, seconds: 1785, speed: 2.95, serial: 99, ..run };
    let gpx = cast.athlete.upload(&[("phone.gpx", &other_watch.gpx())], &[]).await;
    let gpx_id = gpx.json()["results"][0]["activity_id"].clone();
    let fit = cast.athlete.upload(&[("watch.fit", &run.fit())], &[]).await;
    let fit_result = &fit.json()["results"][0];
    // The FIT file is the richer one: it counts, though it came later.
    assert_eq!(fit_result["duplicate_of"], Value::Null);
    assert_eq!(activity(&cast.athlete, &gpx_id).await["duplicate_of"], fit_result["activity_id"]);
    let tcx = cast.athlete.upload(&[("export.tcx", &run.tcx("Fine"))], &[]).await;
    assert_eq!(tcx.json()["results"][0]["duplicate_of"], fit_result["activity_id"]);
    let path = format!("/analytics/fitness_stats?days=7&user_id={}", cast.athlete.id);
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["total_activities"], 1);

    let athlete = viewer(&cast, &cast.athlete).await;
    let id = |v: &Value| v.as_str().expect("an id").parse().expect("an id");
    let app = &cast.stage.app;
    let detail = app.activity_detail(&athlete, id(&fit_result["activity_id"])).await.expect("a detail");
    assert_eq!(detail.duplicates.len(), 2);
    let parted = app.unlink_duplicate(&athlete, id(&gpx_id)).await.expect("unlinked");
    assert!(parted.is_unlinked && parted.duplicate_of.is_none());
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["total_activities"], 2);
    // A person's word holds: it is a candidate and no more.
    let detail = app.activity_detail(&athlete, id(&gpx_id)).await.expect("a detail");
    assert_eq!((detail.duplicates.len(), detail.candidates.len()), (0, 2));
    app.link_duplicate(&athlete, id(&gpx_id), id(&fit_result["activity_id"])).await.expect("linked");
    app.choose_primary(&athlete, id(&gpx_id)).await.expect("chosen");
    let fit_now = activity(&cast.athlete, &fit_result["activity_id"]).await;
    assert_eq!(fit_now["duplicate_of"], gpx_id);
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["total_activities"], 1);
    // When the one that counts goes, the richest of the others counts.
    app.delete_activity(&athlete, id(&gpx_id), None).await.expect("deleted");
    assert_eq!(activity(&cast.athlete, &fit_result["activity_id"]).await["duplicate_of"], Value::Null);
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["total_activities"], 1);
    let restored = app.restore_activity(&athlete, id(&gpx_id)).await.expect("restored");
    assert_eq!(Value::from(restored.duplicate_of.map(|d| d.to_string())), fit_result["activity_id"]);
}

/// A person as services know them.
async fn viewer(cast: &Cast, person: &Person) -> harrier::app::Viewer {
    cast.stage.app.operator_for(&person.email).await.expect("an account")
}

#[tokio::test]
async fn two_outings_and_the_legs_of_a_triathlon_stay_apart() {
    let cast = cast().await;
    let morning = Run::days_ago(1);
    let evening = Run { start: morning.start + 11 * 3600, ..morning };
    let both = cast.athlete.upload(&[("a.fit", &morning.fit()), ("b.fit", &evening.fit())], &[]).await;
    assert_eq!(outcomes(&both), ["created"; 2]);
    let legs = Run { start: morning.start - 5 * 86_400, ..morning };
    let triathlon = legs.fit_legs(&[Sport::SWIMMING, Sport::CYCLING, Sport::RUNNING]);
    let answer = cast.athlete.upload(&[("triathlon.fit", &triathlon)], &[]).await;
    assert_eq!(outcomes(&answer), ["created"]);
    let found = activities(&cast.athlete).await;
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|a| a["duplicate_of"] == Value::Null), "{found:?}");
    let kinds: Vec<&str> = found.iter().skip(2).filter_map(|a| a["activity_type"].as_str()).collect();
    assert_eq!(kinds, [ActivityType::Run.word(), ActivityType::Bike.word(), ActivityType::Swim.word()]);
    assert_eq!(outcomes(&cast.athlete.upload(&[("triathlon.fit", &triathlon)], &[]).await), ["duplicate"]);
}

#[tokio::test]
async fn every_file_of_an_archive_has_its_own_result() {
    let cast = cast().await;
    let (first, second) = (Run::days_ago(1).fit(), Run::days_ago(2).gpx());
    let archive = zip(&[
        ("runs/a.fit", &first),
        ("runs/b.gpx", &second),
        ("runs/again.fit", &first),
        ("runs/broken.tcx", b"<TrainingCenterDatabase><Activities>"),
        ("readme.txt", b"hello"),
        ("../../etc/passwd.gpx", &second),
    ]);
    let answer = cast.athlete.upload(&[("export.zip", &archive)], &[]).await;
    assert_eq!(outcomes(&answer), ["created", "created", "duplicate", "refused", "refused"]);
    assert_eq!((&answer.json()["created"], &answer.json()["refused"]), (&2.into(), &2.into()));
    assert_eq!(answer.json()["results"][0]["file"], "runs/a.fit");
    let empty = cast.athlete.upload(&[("empty.zip", &zip(&[("readme.txt", b"hello")]))], &[]).await;
    assert_eq!(outcomes(&empty), ["refused"]);
    assert_eq!(empty.json()["results"][0]["code"], "NOT_AN_ACTIVITY");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_reason_and_nothing_is_stored() {
    let cast = cast().await;
    let future = Run { start: crate::support::NOW + 3 * 86_400, ..Run::days_ago(0) };
    let fit = Run::days_ago(1).fit();
    let route = b"<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='1.1' lon='1'/></trkseg></trk></gpx>";
    let hostile = "\u{202E}\"><script>alert(1)</script>.exe";
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("empty.fit", Vec::new()),
        ("notes.txt", b"hello".to_vec()),
        ("photo.fit", vec![0xFF; 5000]),
        ("route.gpx", route.to_vec()),
        ("future.gpx", future.gpx()),
        ("cut.fit", fit[..40].to_vec()),
        ("broken.zip", b"PK\x03\x04 and no more".to_vec()),
        (hostile, b"MZ".to_vec()),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let answer = cast.athlete.upload(&files, &[]).await;
    assert_eq!(outcomes(&answer), ["refused"; 8]);
    for result in answer.json()["results"].as_array().expect("results") {
        assert!(result["code"].is_string() && result["message"].is_string(), "{result}");
        assert_eq!(result["activity_id"], Value::Null);
    }
    let name = answer.json()["results"][7]["file"].as_str().expect("a name").to_owned();
    assert!(!name.contains('\u{202E}'), "{name:?}");
    assert!(activities(&cast.athlete).await.is_empty());
}

#[tokio::test]
async fn names_from_files_are_text_and_nothing_else() {
    let cast = cast().await;
    let run = Run::days_ago(1);
    let note = "&lt;script&gt;alert(1)&lt;/script&gt;";
    let name = "..\\..\\a\"; filename=\"evil\r\nX: y.tcx";
    let answer = cast.athlete.upload(&[(name, &run.tcx(note))], &[]).await;
    assert_eq!(outcomes(&answer), ["created"]);
    let id = answer.json()["results"][0]["activity_id"].as_str().expect("an id").to_owned();
    let shown = cast.athlete.api("GET", &format!("/activities/{id}"), None).await;
    assert_eq!(shown.json()["note"], "<script>alert(1)</script>");
    let file = cast.athlete.api("GET", &format!("/activities/{id}/file"), None).await;
    let disposition = file.header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("x"), "");
    assert_eq!(file.body.as_bytes(), run.tcx(note), "what was packed comes back as it was sent");
}

#[tokio::test]
async fn only_the_athlete_and_the_coaches_upload() {
    let cast = cast().await;
    let fit = Run::days_ago(1).fit();
    let owner = cast.athlete.id.to_string();
    let fields = [("user_id", owner.as_str())];
    for (person, status) in [
        (&cast.head_coach, 200),
        (&cast.coach, 200),
        (&cast.athlete, 200),
        (&cast.other_athlete, 403),
        (&cast.stranger, 404),
        (&cast.strange_athlete, 404),
        (&cast.anonymous, 401),
    ] {
        let answer = person.upload(&[("a.fit", &fit)], &fields).await;
        assert_eq!(answer.status.as_u16(), status, "{}: {}", person.email, answer.body);
    }
    assert_eq!(activities(&cast.athlete).await.len(), 1);
    assert!(activities(&cast.head_coach).await.is_empty());
    let unknown = cast.coach.upload(&[("a.fit", &fit)], &[("user_id", "usr_nobody")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn forms_that_are_wrong_are_answered_as_such() {
    let cast = cast().await;
    let nothing = cast.athlete.upload(&[], &[]).await;
    assert_eq!(
        (nothing.status, nothing.json()["details"]["code"].clone()),
        (StatusCode::BAD_REQUEST, "REQUIRED".into())
    );
    let unknown = cast.athlete.upload(&[], &[("colour", "red")]).await;
    assert_eq!(unknown.json()["details"]["code"], "UNKNOWN_FIELD");
    let json = cast.athlete.api("POST", "/activities/upload", Some(serde_json::json!({}))).await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = vec![b' '; 50 * 1024 * 1024 + 1];
    let answer = cast.athlete.upload(&[("huge.gpx", &huge)], &[]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    assert_eq!(answer.json()["details"]["code"], "TOO_LARGE");
}

/// More files than are imported while the request waits, one of them an archive.
fn many() -> Vec<(String, Vec<u8>)> {
    let short = |days| Run { seconds: 60, ..Run::days_ago(days) };
    let mut files: Vec<(String, Vec<u8>)> =
        (1..=20).map(|day| (format!("{day}.fit"), short(day).fit())).collect();
    let (a, b, c) = (short(30).fit(), short(31).fit(), short(32).fit());
    files.insert(
        5,
        ("more.zip".into(), zip(&[("a.fit", &a), ("b.fit", &b), ("c.fit", &c), ("no.txt", b"no")])),
    );
    files.push(("broken.fit".into(), b"not a FIT file".to_vec()));
    files
}

async fn start_job(cast: &Cast) -> String {
    let files = many();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let owner = cast.athlete.id.to_string();
    let answer = cast.coach.upload(&files, &[("user_id", &owner)]).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    format!("/jobs/{}", answer.json()["job_id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_large_upload_goes_on_in_a_job_and_survives_a_crash_anywhere() {
    let cast = cast().await;
    let path = start_job(&cast).await;
    let job = cast.coach.api("GET", &path, None).await.json();
    assert_eq!((&job["state"], &job["done"], &job["total"]), (&"queued".into(), &0.into(), &22.into()));
    assert!(activities(&cast.athlete).await.is_empty());
    // Killed after three files, then in the middle of the archive, then after ten more.
    for files in [3, 4, 10] {
        cast.stage.app.run_due_jobs_at_most(files).await.expect("work");
        let job = cast.coach.api("GET", &path, None).await.json();
        assert_eq!(job["state"], "running");
        // The dead worker's lease holds: nobody else takes the job up.
        cast.stage.app.run_due_jobs().await.expect("no work");
        assert_eq!(cast.coach.api("GET", &path, None).await.json()["done"], job["done"]);
        cast.stage.app.clock().advance(121);
    }
    cast.stage.app.run_due_jobs().await.expect("work");
    let job = cast.athlete.api("GET", &path, None).await.json();
    assert_eq!((&job["state"], &job["done"], &job["total"]), (&"done".into(), &24.into(), &24.into()));
    let outcomes: Vec<&str> =
        job["results"].as_array().expect("results").iter().filter_map(|r| r["outcome"].as_str()).collect();
    assert_eq!(outcomes.iter().filter(|o| **o == "created").count(), 23);
    assert_eq!(outcomes.last(), Some(&"refused"));
    assert_eq!(job["results"][5]["file"], "a.fit");
    assert_eq!(activities(&cast.athlete).await.len(), 23);
    // The whole upload once more makes no doubles.
    let again = start_job(&cast).await;
    cast.stage.app.run_due_jobs().await.expect("work");
    let again = cast.coach.api("GET", &again, None).await.json();
    assert_eq!(
        again["results"].as_array().expect("results").iter().filter(|r| r["outcome"] == "duplicate").count(),
        23
    );
    assert_eq!(activities(&cast.athlete).await.len(), 23);
}

#[tokio::test]
async fn a_job_can_be_cancelled_and_is_nobody_elses() {
    let cast = cast().await;
    let path = start_job(&cast).await;
    for (person, status) in [
        (&cast.head_coach, 200),
        (&cast.athlete, 200),
        (&cast.other_athlete, 403),
        (&cast.stranger, 404),
        (&cast.anonymous, 401),
    ] {
        assert_eq!(person.api("GET", &path, None).await.status.as_u16(), status, "{}", person.email);
    }
    assert_eq!(cast.coach.api("GET", "/jobs/job_1", None).await.status, StatusCode::NOT_FOUND);
    cast.stage.app.run_due_jobs_at_most(2).await.expect("work");
    let cancelled = cast.coach.api("DELETE", &path, None).await.json();
    assert_eq!((&cancelled["state"], &cancelled["done"]), (&"cancelled".into(), &2.into()));
    cast.stage.app.clock().advance(1_000);
    cast.stage.app.run_due_jobs().await.expect("no work");
    assert_eq!(activities(&cast.athlete).await.len(), 2);
}

/// A job's results name files and activities: they end with the right to see them.
#[tokio::test]
async fn a_job_is_seen_by_those_who_may_see_the_data_now() {
    let cast = cast().await;
    let path = start_job(&cast).await;
    let files = many();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let own = cast.athlete.upload(&files, &[]).await.json();
    let own = format!("/jobs/{}", own["job_id"].as_str().expect("an id"));
    assert_eq!(cast.athlete.api("GET", &own, None).await.status, StatusCode::OK);
    // What an athlete uploads may be older than what their coaches see.
    assert_eq!(cast.coach.api("GET", &own, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.coach.api("DELETE", &own, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.coach.get(&own).await.status, StatusCode::FORBIDDEN);
    // The athlete leaves while the coach's job waits.
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    assert_eq!(cast.head_coach.api("DELETE", &member, None).await.status, StatusCode::OK);
    for coach in [&cast.coach, &cast.head_coach] {
        assert_eq!(coach.api("GET", &path, None).await.status, StatusCode::NOT_FOUND);
        assert_eq!(coach.api("DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
        assert_eq!(coach.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(coach.post(&format!("{path}/cancellation"), "").await.status, StatusCode::NOT_FOUND);
    }
    // And nothing is written with a right that has ended.
    cast.stage.app.run_due_jobs().await.expect("work");
    let job = cast.athlete.api("GET", &path, None).await.json();
    assert_eq!((&job["state"], &job["done"]), (&"failed".into(), &0.into()), "{job}");
}

/// Every real recording, twice: no doubles, and the known twins are linked.
#[tokio::test]
async fn real_recordings() {
    #[allow(clippy::disallowed_methods, reason = "tests read their own settings")]
    let Ok(folder) = std::env::var("HARRIER_TEST_RECORDINGS") else {
        println!("skipped: HARRIER_TEST_RECORDINGS is not set");
        return;
    };
    let folder = std::path::Path::new(&folder);
    let cast = cast().await;
    let athlete = viewer(&cast, &cast.athlete).await;
    let app = &cast.stage.app;
    let table = std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("EXPECTED.tsv");
    let mut ids = std::collections::HashMap::new();
    let mut count = [0usize; 3];
    for file in table.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        for outcome in app.import_file(&athlete, athlete.user.id, file, bytes).await.expect(file) {
            count[outcome.outcome as usize] += 1;
            if let Some(id) = outcome.activity_id() {
                ids.insert(file.to_owned(), id);
            }
        }
    }
    println!("created, duplicate, refused: {count:?}");
    let before = activities(&cast.athlete).await.len();
    for file in ids.keys() {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        for outcome in app.import_file(&athlete, athlete.user.id, file, bytes).await.expect(file) {
            assert_eq!(outcome.outcome.word(), "duplicate", "{file}");
        }
    }
    assert_eq!(activities(&cast.athlete).await.len(), before);
    let twins = std::fs::read_to_string(folder.join("TWINS.tsv")).expect("TWINS.tsv");
    for line in twins.lines().skip(1) {
        let mut columns = line.split('\t');
        let mut counted = Vec::new();
        for file in columns.by_ref().take(2) {
            let found = app.activity(&athlete, ids[file]).await.expect(file);
            counted.push(found.duplicate_of.unwrap_or(found.id));
        }
        assert_eq!(counted[0], counted[1], "{line}");
    }
}

#[tokio::test]
async fn the_same_file_sent_twice_at_once_is_one_activity() {
    let cast = cast().await;
    let (fit, gpx) = (Run::days_ago(1).fit(), Run::days_ago(2).gpx());
    let files: [(&str, &[u8]); 2] = [("a.fit", &fit), ("b.gpx", &gpx)];
    let send = || cast.athlete.upload(&files, &[]);
    let (a, b, c) = tokio::join!(send(), send(), send());
    let all: Vec<String> = [a, b, c].iter().flat_map(outcomes).collect();
    assert_eq!(all.iter().filter(|o| *o == "created").count(), 2, "{all:?}");
    assert_eq!(activities(&cast.athlete).await.len(), 2);
}

/// CPU time of this process in seconds.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Prints the CPU time of decoding files and of storing them, and their ratio.
async fn weigh(cast: &Cast, what: &str, files: &[(&Person, &[u8])]) {
    let app = &cast.stage.app;
    let begin = cpu_seconds();
    for (_, bytes) in files {
        std::hint::black_box(harrier::files::read("a.fit", bytes).expect("readable"));
    }
    let decoding = cpu_seconds() - begin;
    let mut people = std::collections::HashMap::new();
    for (person, _) in files {
        people.insert(person.id, viewer(cast, person).await);
    }
    let begin = cpu_seconds();
    for (person, bytes) in files {
        let outcome = app.import_file(&people[&person.id], person.id, "a.fit", bytes.to_vec()).await;
        assert_eq!(outcome.expect("stored")[0].outcome.word(), "created");
    }
    let storing = cpu_seconds() - begin;
    let per = |seconds: f64| seconds * 1000.0 / files.len() as f64;
    println!(
        "{what}: decoding {:.2} ms, storing {:.2} ms a file, {:.2} times",
        per(decoding),
        per(storing),
        storing / decoding
    );
}

/// `cargo test --release --test it -- --ignored --nocapture cost_of`
#[tokio::test]
#[ignore = "a measurement, to be run by itself in a release build"]
async fn cost_of_storing_an_hour() {
    use harrier::domain::fitness::FitnessKind;
    let cast = cast().await;
    let people = [
        &cast.head_coach,
        &cast.coach,
        &cast.other_coach,
        &cast.athlete,
        &cast.other_athlete,
        &cast.stranger,
    ];
    for person in people {
        let own = viewer(&cast, person).await;
        for (kind, value) in
            [(FitnessKind::Vdot, 50.0), (FitnessKind::RestingHr, 50.0), (FitnessKind::MaxHr, 190.0)]
        {
            let command = harrier::app::fitness::SetValue { kind, value, valid_from: Some(10_000) };
            cast.stage.app.set_fitness(&own, person.id, &command).await.expect("set");
        }
    }
    let hours: Vec<Vec<u8>> = (0..150).map(|n| Run { seconds: 3600, ..Run::days_ago(n * 2) }.fit()).collect();
    let files: Vec<(&Person, &[u8])> = hours.iter().map(|bytes| (&cast.athlete, bytes.as_slice())).collect();
    weigh(&cast, "made up", &files).await;
    #[allow(clippy::disallowed_methods, reason = "tests read their own settings")]
    let Ok(folder) = std::env::var("HARRIER_TEST_RECORDINGS") else { return };
    let folder = std::path::Path::new(&folder);
    let table = std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("EXPECTED.tsv");
    for file in table
        .lines()
        .filter_map(|line| line.split('\t').next())
        .filter(|f| f.to_lowercase().ends_with(".fit"))
    {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        let Ok(read) = harrier::files::read(file, &bytes) else { continue };
        if read.len() == 1 && (1800..9000).contains(&read[0].streams.time.len()) {
            let what = format!("{} points in {} kB", read[0].streams.time.len(), bytes.len() / 1000);
            let files: Vec<(&Person, &[u8])> =
                people.iter().map(|person| (*person, bytes.as_slice())).collect();
            weigh(&cast, &what, &files).await;
        }
    }
}
