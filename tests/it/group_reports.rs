//! Weekly reports: what they hold, and that a kept one stays as it was.

use harrier::app::group_report::{ReportQuery, WeekReport};
use harrier::app::{App, Error, Viewer};
use harrier::domain::ids::{GroupId, ReportId};
use serde_json::json;

use crate::support::{Cast, Person, cast};

async fn run(person: &Person, start: &str, metres: i64) -> String {
    let body = json!({"activity_type": "run", "sub_type": "easy-run", "title": "Along the river",
        "timezone": "Europe/Lisbon", "start_time": start, "distance_in_meters": metres, "duration_in_seconds": 3600});
    let made = person.api("POST", "/activities", Some(body)).await;
    made.json()["activity_id"].as_str().expect("an id").to_owned()
}

async fn group(cast: &Cast) -> GroupId {
    let id = cast.group(json!({"name": "Tuesday Track"}), &[cast.athlete.id, cast.other_athlete.id]).await;
    id.parse().expect("an id")
}

fn total(report: &WeekReport) -> f64 {
    report.this_week().expect("a week").total.distance
}

/// Whether a report of the same week would have other figures now.
async fn changed(app: &App, coach: &Viewer, kept: ReportId) -> Option<bool> {
    let kept = app.kept_report(coach, kept).await.expect("a report");
    app.is_report_changed(coach, &kept).await.expect("an answer")
}

#[tokio::test]
async fn a_kept_report_stays_as_it_was_and_says_when_figures_changed() {
    let cast = cast().await;
    let app = &cast.stage.app;
    let id = group(&cast).await;
    let first = run(&cast.athlete, "2026-11-16T07:00:00Z", 10_000).await;
    run(&cast.other_athlete, "2026-11-17T07:00:00Z", 5_000).await;
    let coach = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    let athlete = app.session_viewer(cast.athlete.id).await.unwrap().unwrap();
    let stranger = app.session_viewer(cast.stranger.id).await.unwrap().unwrap();
    let query = ReportQuery::default();
    let preview = app.group_report(&coach, id, &query).await.unwrap();
    assert_eq!(total(&preview), 15_000.0);
    assert_eq!((preview.first_day, preview.timezone.as_str()), (20_773, "Europe/Lisbon"));
    assert_eq!((preview.org_name.as_str(), preview.group_name.as_str()), ("Lowfield", "Tuesday Track"));
    let names: Vec<&str> = preview.athletes.iter().map(|a| a.display_name.as_str()).collect();
    assert_eq!(names, ["Kenji Watanabe", "Naledi Mokoena"]);
    assert_eq!((preview.athletes[0].runs[0].day, preview.athletes[1].runs[0].day), (1, 0));
    assert!(
        app.kept_reports(&coach, Some(id), None, 10).await.unwrap().is_empty(),
        "a preview keeps nothing"
    );
    for (viewer, is_there) in [(&athlete, true), (&stranger, false)] {
        let error = app.group_report(viewer, id, &query).await.unwrap_err();
        assert_eq!(matches!(error, Error::Forbidden(_)), is_there);
        assert!(app.keep_group_report(viewer, id, &query, "").await.is_err());
    }

    let kept = app.keep_group_report(&coach, id, &query, "A good week.\r\n").await.unwrap();
    let read = app.kept_report(&coach, kept).await.unwrap();
    assert_eq!((read.report.clone(), changed(app, &coach, kept).await), (preview.clone(), Some(false)));
    assert_eq!(read.note, "A good week.");
    assert!(app.kept_report(&athlete, kept).await.is_err());
    assert!(matches!(app.kept_report(&stranger, kept).await, Err(Error::NotFound)));
    // Another title is no other figure; another distance is.
    let path = format!("/activities/{first}");
    cast.athlete.api("PATCH", &path, Some(json!({"title": "By the sea"}))).await;
    assert_eq!(changed(app, &coach, kept).await, Some(false));
    cast.athlete.api("PATCH", &path, Some(json!({"distance_in_meters": 11_000}))).await;
    let read = app.kept_report(&coach, kept).await.unwrap();
    assert_eq!((total(&read.report), changed(app, &coach, kept).await), (15_000.0, Some(true)));

    let one = ReportQuery { athlete: Some(cast.athlete.id), ..ReportQuery::default() };
    let own = app.group_report(&coach, id, &one).await.unwrap();
    assert_eq!((total(&own), own.athletes.len()), (11_000.0, 1));
    assert_eq!(own.this_week().unwrap().engagement, None);
    let nobody = ReportQuery { athlete: Some(cast.stranger.id), ..ReportQuery::default() };
    assert!(matches!(app.group_report(&coach, id, &nobody).await, Err(Error::NotFound)));

    // The group goes, what was kept stays; an erased person is blanked in it.
    cast.coach.api("DELETE", &format!("/groups/{id}"), None).await;
    let read = app.kept_report(&coach, kept).await.unwrap();
    let changed = changed(app, &coach, kept).await;
    assert_eq!((read.group_id, changed, total(&read.report)), (None, None, 15_000.0));
    let athlete = app.session_viewer(cast.athlete.id).await.unwrap().unwrap();
    assert_eq!(app.erase_person(&athlete).await.unwrap().reports, 1);
    let read = app.kept_report(&coach, kept).await.unwrap();
    let text = serde_json::to_string(&read.report).unwrap();
    assert!(!text.contains("Naledi") && !text.contains(&cast.athlete.id.to_string()), "{text}");
    assert!(text.contains("Kenji"));
    assert_eq!(total(&read.report), 15_000.0);
    assert_eq!(app.kept_reports(&coach, None, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn weeks_begin_on_the_weekday_of_the_organization_and_their_words_are_checked() {
    let cast = cast().await;
    let app = &cast.stage.app;
    let id = group(&cast).await;
    cast.stage.execute("UPDATE organizations SET first_weekday = 7").await;
    let coach = app.session_viewer(cast.coach.id).await.unwrap().unwrap();
    let week = app.group_week(&coach, id, None, Some("Pacific/Kiritimati")).await.unwrap();
    // Sunday 15 November 2026; in Kiritimati it is the 19th already.
    assert_eq!((week.period.first_day(), week.today, week.is_current), (20_772, 20_776, true));
    assert_eq!((week.shown().members, week.before().members), (2, 0));
    let before = harrier::app::statements();
    app.group_week(&coach, id, None, None).await.unwrap();
    assert!(harrier::app::statements() - before <= 3, "room for session, viewer and sidebar");
    let before = harrier::app::statements();
    app.groups_this_week(&coach, None).await.unwrap();
    assert!(harrier::app::statements() - before <= 4);
    for (day, zone, field) in
        [(Some(-9_000), None, "week"), (Some(i64::MAX), None, "week"), (None, Some("Mars"), "timezone")]
    {
        let error = app.group_week(&coach, id, day, zone).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid(p) if p[0].field == field), "{error:?}");
    }
}
