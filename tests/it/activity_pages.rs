//! The page of one activity, uploads, and entry by hand.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::support::recordings::{Run, zip};
use crate::support::{Answer, Cast, Person, cast};

/// A GPX recording of `minutes` along a meridian, one point every ten seconds at 3 m/s, with heart rate.
fn gpx(start_hour: u32, minutes: u32) -> String {
    let mut points = String::new();
    for step in 0..=minutes * 6 {
        let seconds = step * 10;
        let latitude = 38.7 + f64::from(seconds) * 3.0 / 111_195.0;
        let (hour, minute, second) = (start_hour + seconds / 3600, seconds / 60 % 60, seconds % 60);
        points.push_str(&format!(
            "<trkpt lat=\"{latitude:.7}\" lon=\"-9.1\"><ele>{}</ele><time>2026-11-17T{hour:02}:{minute:02}:{second:02}Z</time>\
             <extensions><hr xmlns=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\">{}</hr></extensions></trkpt>",
            20 + step % 30,
            140 + step % 20,
        ));
    }
    format!(
        "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"Test\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk>\
         <name>Harbour &lt;b&gt;loop&lt;/b&gt;</name><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    )
}

async fn upload(person: &Person, path: &str, files: &[(&str, &str)]) -> Answer {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    upload_bytes(person, path, &files).await
}

async fn upload_bytes(person: &Person, path: &str, files: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, bytes) in files {
        body.extend_from_slice(
            format!(
                "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    let request = Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=frontier");
    person.send(request.body(Body::from(body)).expect("a request")).await
}

/// Uploads one recording for the athlete and returns the address of its page.
async fn recorded(cast: &Cast) -> String {
    let answer = upload(&cast.athlete, "/activities", &[("loop.gpx", &gpx(7, 40))]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

#[tokio::test]
async fn a_recording_has_figures_charts_splits_and_its_file() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let page = cast.athlete.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("h1"), ["Harbour <b>loop</b>"], "a hostile title is text");
    assert!(!page.body.contains("<b>loop"));
    let figures = page.texts(".figure").join(" | ");
    for figure in
        ["Distance7.20km", "Time40:00", "Pace5:3", "Heart rate149", "Climbed", "Training load40Estimate"]
    {
        assert!(figures.contains(figure), "{figure} in {figures}");
    }
    assert_eq!(page.texts("figure.chart svg.wide title"), ["Pace", "Heart rate", "Elevation"]);
    assert_eq!(page.texts("#h-splits"), ["Kilometre splits"]);
    let splits = page.texts("#splits tbody tr");
    assert_eq!(splits.len(), 8, "{splits:?}");
    assert!(splits[7].starts_with("0.20 km"), "{splits:?}");
    let again = cast.coach.get_region(&format!("{path}?by=splits"), "splits").await;
    assert!(again.body.trim_start().starts_with("<section class=\"card\" id=\"splits\""), "{}", again.body);
    let file = cast.coach.get(&format!("{path}/file")).await;
    assert_eq!(file.body, gpx(7, 40));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"loop.gpx\""));
    assert_eq!(file.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn an_activity_is_its_owners_and_their_coaches() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    for (person, status) in [
        (&cast.athlete, 200),
        (&cast.head_coach, 200),
        (&cast.other_coach, 200),
        (&cast.other_athlete, 403),
        (&cast.stranger, 404),
        (&cast.strange_athlete, 404),
        (&cast.anonymous, 303),
    ] {
        for tail in ["", "/edit", "/deletion", "/file"] {
            let answer = person.get(&format!("{path}{tail}")).await;
            assert_eq!(answer.status.as_u16(), status, "{} {tail}", person.email);
        }
    }
    for act in ["edit", "deletion", "unlinking", "restoration"] {
        let answer = cast.stranger.post(&format!("{path}/{act}"), "activity_type=run&sub_type=race").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{act}");
    }
}

#[tokio::test]
async fn splits_are_miles_for_those_who_run_miles() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let form = "first_name=Naledi&last_name=Mokoena&display_name=Naledi&timezone=Europe%2FLisbon&units=imperial&theme=system";
    if cast.athlete.post("/settings", form).await.status == StatusCode::NOT_FOUND {
        println!("skipped: there is no settings page yet");
        return;
    }
    let page = cast.athlete.get(&path).await;
    assert_eq!(page.texts("#h-splits"), ["Mile splits"]);
    assert_eq!(page.texts("#splits tbody tr").len(), 5);
    assert!(page.texts(".figure").join(" ").contains("Distance4.47mi"));
}

#[tokio::test]
async fn every_file_gets_its_result() {
    let cast = cast().await;
    recorded(&cast).await;
    let files = [
        ("loop.gpx", gpx(7, 40)),
        ("noon.gpx", gpx(12, 20)),
        ("notes.txt", "not a recording".to_owned()),
        ("<img src=x>.fit", String::new()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let page = upload(&cast.athlete, "/activities", &files).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts("#h-results"), ["1 added, 1 already there, 2 not added"]);
    let rows = page.texts("section[aria-labelledby=h-results] li");
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(!page.body.contains("<img src=x>"));
    let none = upload(&cast.athlete, "/activities", &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(none.texts("#files[aria-invalid=true] ~ #files-error"), ["Choose at least one file first."]);
    let plain = cast.athlete.post("/activities", "file=nothing").await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn files_of_an_archive_are_named_with_it_and_others_told_of() {
    let cast = cast().await;
    let (first, long) = (gpx(7, 40), format!("a/{}/evening.gpx", "folder/".repeat(20)));
    let files = [("a/morning.gpx", first.as_bytes()), (&long, b"nothing"), ("readme.txt", b"hello")];
    let one = zip(&files);
    let more = zip(&[
        ("x.jpg", b"x".as_slice()),
        ("y.jpg", b"y"),
        ("z/1.csv", b"z"),
        ("z/2.csv", b"z"),
        ("a.gpx", b""),
    ]);
    let page = upload_bytes(&cast.athlete, "/activities", &[("one.zip", &one), ("more.zip", &more)]).await;
    assert_eq!(page.texts("#h-results"), ["1 added, 2 not added, 5 left out"]);
    let names = page.texts(".results .two > span:first-child");
    assert_eq!((&*names[0], &*names[2]), ("one.zip › a/morning.gpx", "one.zip › readme.txt"));
    assert!(names[1].starts_with("one.zip › a/") && names[1].ends_with("/evening.gpx"), "{names:?}");
    assert!(names[1].contains('…') && names[1].chars().count() <= 56);
    assert!(page.body.contains(&format!("title=\"one.zip › {long}\"")));
    assert_eq!((&*names[3], &*names[4]), ("more.zip › a.gpx", "more.zip"));
    let rows = page.texts(".results li");
    assert!(rows[2].contains("Left out") && rows[2].contains("It is no recording."), "{rows:?}");
    assert!(
        rows[4].contains("4 files that are no recordings: x.jpg, y.jpg, z/1.csv and 1 more."),
        "{rows:?}"
    );
    // One recording and nothing else leads to it, as before.
    let alone = zip(&[("a/noon.gpx", gpx(12, 20).as_bytes())]);
    let done = upload_bytes(&cast.athlete, "/activities", &[("alone.zip", &alone)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn coaches_upload_for_their_athletes_alone() {
    let cast = cast().await;
    let path = format!("/activities?athlete={}", cast.athlete.id);
    let done = upload(&cast.coach, &path, &[("loop.gpx", &gpx(7, 40))]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(cast.athlete.get("/me/activities").await.texts("tbody th a").len(), 1);
    assert_eq!(cast.coach.get("/me/activities").await.texts("tbody th a").len(), 0);
    for (person, status) in [(&cast.other_athlete, 403), (&cast.stranger, 404)] {
        let answer = upload(person, &path, &[("loop.gpx", &gpx(9, 40))]).await;
        assert_eq!(answer.status.as_u16(), status);
        let form = person.get(&format!("/activities/manual?athlete={}", cast.athlete.id)).await;
        assert_eq!(form.status.as_u16(), status);
    }
    let form = cast.coach.get(&format!("/activities/new?athlete={}", cast.athlete.id)).await;
    assert_eq!(form.texts("h1"), ["Upload for Naledi Mokoena"]);
}

#[tokio::test]
async fn a_large_upload_goes_on_in_a_job() {
    let cast = cast().await;
    let texts: Vec<(String, String)> =
        (0..22).map(|n| (format!("{n}.gpx"), gpx(1 + n % 20, 5 + n))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let answer = upload(&cast.athlete, "/activities", &files).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let job = answer.header("location").to_owned();
    assert!(job.starts_with("/jobs/job_"), "{job}");
    let waiting = cast.athlete.get(&job).await;
    assert!(waiting.body.contains("hx-trigger=\"every 2s\""), "{}", waiting.body);
    cast.stage.app.run_due_jobs().await.expect("the worker");
    let part = cast.athlete.get_region(&job, "job").await;
    assert!(part.body.contains("22 of 22") && !part.body.contains("hx-trigger"), "{}", part.body);
    assert_eq!(part.texts("li").len(), 22);
    assert_eq!(cast.stranger.get(&job).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn entry_by_hand_keeps_what_was_typed_and_says_everything_at_once() {
    let cast = cast().await;
    let form = cast.athlete.get("/activities/manual").await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.body.contains("value=\"2026-11-18\""), "today is there already");
    let wrong = "date=17.11.&time=&timezone=Mars%2FBase&duration=soon&distance=-4&average_heart_rate=900\
                 &activity_type=chess&sub_type=easy-run&effort=11&title=%3Cscript%3E&note=Wind+and+rain";
    let answer = cast.athlete.post("/activities/manual", wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts(".error").len(), 8, "{:?}", answer.texts(".error"));
    for kept in ["17.11.", "soon", "-4", "900", "&#60;script&#62;", "Wind and rain"] {
        assert!(answer.body.contains(kept), "{kept}");
    }
    assert_eq!(cast.athlete.get("/me/activities").await.texts("tbody th a").len(), 0);
    let right = "date=2026-11-17&time=06:30&timezone=Europe%2FLisbon&duration=45:00&distance=9,5\
                 &average_heart_rate=&activity_type=run&sub_type=tempo-run&effort=7&title=&note=";
    let done = cast.athlete.post("/activities/manual", right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = cast.athlete.get(done.header("location")).await;
    assert_eq!(page.texts("h1"), ["Morning run"]);
    let figures = page.texts(".figure").join(" | ");
    assert!(figures.contains("Distance9.50km") && figures.contains("Time45:00"), "{figures}");
    assert!(figures.contains("Training load75Effort"), "{figures}");
    assert!(page.body.contains("7 of 10, very hard"));
    let late = right.replace("2026-11-17", "2027-01-01");
    let answer = cast.athlete.post("/activities/manual", &late).await;
    assert_eq!(answer.texts(".error"), ["The date lies in the future."]);
}

#[tokio::test]
async fn figures_that_nobody_reaches_are_asked_about() {
    let cast = cast().await;
    let right = "date=2026-11-17&time=06:30&timezone=Europe%2FLisbon&duration=45:00&distance=9,5\
                 &average_heart_rate=&activity_type=run&sub_type=tempo-run&effort=7&title=&note=";
    let fast = right.replace("duration=45:00&distance=9,5", "duration=1:00&distance=10");
    let answer = cast.athlete.post("/activities/manual", &fast).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = "10.0 km in 1:00 would be 0:06 /km. Check the time and the distance.";
    assert_eq!(answer.texts("#a-duration-error"), [told], "{}", answer.body);
    let unclear = right.replace("distance=9,5", "distance=1.234,5");
    let answer = cast.athlete.post("/activities/manual", &unclear).await;
    assert_eq!(answer.texts("#a-distance-error").len(), 1, "{}", answer.body);
    assert!(answer.body.contains("value=\"1.234,5\""));
    assert!(cast.athlete.get("/me/activities").await.texts("tbody th a").is_empty());
    // A file is what it is; its page says that it cannot be right.
    let run = Run { seconds: 60, speed: 200.0, ..Run::days_ago(1) };
    let sent = cast.athlete.upload(&[("a.tcx", &run.tcx(""))], &[]).await;
    let id = sent.json()["results"][0]["activity_id"].as_str().expect("an id").to_owned();
    let page = cast.athlete.get(&format!("/activities/{id}")).await;
    let told = page.texts("section[aria-label='About the recording'] p").join(" ");
    assert!(told.contains("720.0 km/h: the distance or the time cannot be right"), "{told}");
}

#[tokio::test]
async fn what_was_entered_by_hand_can_be_put_right() {
    let cast = cast().await;
    let entry = json!({
        "activity_type": "run", "sub_type": "easy-run", "start_time": "2026-11-17T07:00:10Z",
        "timezone": "Europe/Lisbon", "distance_in_meters": 7212.3456, "duration_in_seconds": 2400.4,
    });
    let made = cast.athlete.api("POST", "/activities", Some(entry)).await.json();
    let path = format!("/activities/{}", made["activity_id"].as_str().expect("an id"));
    let form = cast.coach.get(&format!("{path}/edit")).await;
    for field in ["date", "time", "timezone", "duration", "distance", "average_heart_rate", "title"] {
        assert_eq!(form.texts(&format!("dialog #a-{field}")).len(), 1, "{field}");
    }
    assert!(form.body.contains("value=\"7.212\"") && form.body.contains("value=\"40:00\""), "{}", form.body);
    // What is left as the form had it stays as exact as it was.
    let same = "version=1&date=2026-11-17&time=07:00&timezone=Europe%2FLisbon&duration=40:00&distance=7.212\
                &average_heart_rate=&title=Lunch&activity_type=run&sub_type=easy-run&effort=&note=";
    let done = cast.athlete.post(&format!("{path}/edit"), same).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let now = cast.athlete.api("GET", &path, None).await.json();
    assert_eq!(&now["title"], "Lunch", "{now}");
    for field in ["start_time", "distance_in_meters", "duration_in_seconds", "nexrex_ete_plus"] {
        assert_eq!(now[field], made[field], "{field}");
    }
    let fast = same.replace("version=1", "version=2").replace("40:00", "0:40");
    let refused = cast.athlete.post(&format!("{path}/edit"), &fast).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.texts("#a-duration-error").len(), 1, "{}", refused.body);
    let right = same.replace("version=1", "version=2").replace("40:00", "1:20:00").replace("07:00", "18:30");
    let right = right.replace("7.212", "14,4").replace("average_heart_rate=", "average_heart_rate=151");
    let done = cast.coach.post(&format!("{path}/edit"), &right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let now = cast.athlete.api("GET", &path, None).await.json();
    assert_eq!(now["start_time"], "2026-11-17T18:30:00Z");
    assert_eq!((&now["distance_in_meters"], &now["duration_in_seconds"]), (&json!(14_400.0), &json!(4800.0)));
    assert_eq!(now["average_heart_rate"], 151.0);
    assert_ne!(now["nexrex_ete_plus"], made["nexrex_ete_plus"]);
    let stale = cast.athlete.post(&format!("{path}/edit"), &right).await;
    assert!(stale.body.contains("changed by someone else"), "{}", stale.body);
    // A recording's figures are the device's.
    let path = recorded(&cast).await;
    assert!(cast.athlete.get(&format!("{path}/edit")).await.texts("dialog #a-distance").is_empty());
}

#[tokio::test]
async fn words_are_edited_in_a_dialog_and_a_stale_one_is_refused() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let dialog = cast.athlete.get_region(&format!("{path}/edit"), "dialog").await;
    assert!(dialog.body.contains("<dialog") && !dialog.body.contains(" open>"), "{}", dialog.body);
    let whole = cast.athlete.get(&format!("{path}/edit")).await;
    assert_eq!(whole.texts("dialog[open] h1"), ["Edit activity"]);
    let form = "version=1&title=Race+day&activity_type=run&sub_type=race&effort=9&note=Headwind";
    let done = cast.coach.post(&format!("{path}/edit"), form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = cast.athlete.get(&path).await;
    assert_eq!(page.texts("h1"), ["Race day"]);
    assert!(page.body.contains("Headwind") && page.body.contains("9 of 10"));
    let stale = cast.athlete.post(&format!("{path}/edit"), form).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.body.contains("changed by someone else") && stale.body.contains("value=\"Race day\""));
    let wrong = form.replace("sub_type=race", "sub_type=stroll");
    let refused = cast.athlete.post(&format!("{path}/edit"), &wrong).await;
    assert_eq!(refused.texts(".error").len(), 1);
}

#[tokio::test]
async fn a_deletion_can_be_taken_back() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let dialog = cast.athlete.get(&format!("{path}/deletion")).await;
    assert_eq!(dialog.texts("h1"), ["Delete Harbour <b>loop</b>?"]);
    let done = cast.athlete.post(&format!("{path}/deletion"), "").await;
    assert_eq!(done.header("location"), "/me/activities");
    let list = cast.athlete.get("/me/activities").await;
    assert!(list.texts("tbody th a").is_empty());
    assert!(list.body.contains(&format!("action=\"{path}/restoration\"")), "{}", list.body);
    assert_eq!(cast.athlete.get(&path).await.status, StatusCode::NOT_FOUND);
    let back = cast.athlete.post(&format!("{path}/restoration"), "").await;
    assert_eq!(back.header("location"), path);
    assert_eq!(cast.athlete.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn duplicates_are_shown_parted_and_joined() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let entry = json!({
        "activity_type": "run", "sub_type": "easy-run", "title": "By hand", "start_time": "2026-11-17T07:00:10Z",
        "timezone": "Europe/Lisbon", "distance_in_meters": 7200, "duration_in_seconds": 2400,
    });
    let made = cast.athlete.api("POST", "/activities", Some(entry)).await;
    let id = made.json()["activity_id"].as_str().expect("an id").to_owned();
    let page = cast.athlete.get(&format!("/activities/{id}")).await;
    assert_eq!(page.texts("section[aria-label=Duplicate]").len(), 1, "{}", page.body);
    let primary = cast.athlete.get(&path).await;
    assert!(
        primary.texts("section[aria-label='Other recordings of this run'] a").contains(&"By hand".to_owned())
    );
    let list = cast.athlete.get("/me/activities").await;
    assert!(list.texts("tbody .status").contains(&"Duplicate, not counted".to_owned()));
    let parted = cast.athlete.post(&format!("/activities/{id}/unlinking"), "").await;
    assert_eq!(parted.status, StatusCode::SEE_OTHER);
    assert!(
        cast.athlete
            .get(&format!("/activities/{id}"))
            .await
            .texts("section[aria-label=Duplicate]")
            .is_empty()
    );
    let of = path.trim_start_matches("/activities/");
    let joined = cast.athlete.post(&format!("/activities/{id}/link?of={of}"), "").await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    let page = cast.athlete.get(&format!("/activities/{id}")).await;
    assert_eq!(page.texts("section[aria-label=Duplicate]").len(), 1);
}

#[tokio::test]
async fn the_pages_of_activities_run_few_statements() {
    let cast = cast().await;
    let path = recorded(&cast).await;
    let id = cast.athlete.id;
    for path in [
        path.clone(),
        format!("{path}/edit"),
        format!("/athletes/{id}"),
        format!("/athletes/{id}/activities"),
        format!("/athletes/{id}/fitness"),
        format!("/athletes/{id}/fitness/vdot"),
        "/me".to_owned(),
        format!("/activities/manual?athlete={id}"),
    ] {
        let before = harrier::app::statements();
        let answer = cast.head_coach.get(&path).await;
        let count = harrier::app::statements() - before;
        assert!(
            answer.status.is_success() && count <= 8,
            "{path}: {} with {count} statements",
            answer.status
        );
    }
}
