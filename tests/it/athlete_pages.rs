//! The pages about one athlete: who sees what, and how it reads.

use axum::http::StatusCode;
use serde_json::json;

use crate::support::{Cast, NOW, Person, cast};

/// An activity of this person, entered through the API.
async fn enter(person: &Person, title: &str, start: &str, metres: u32, seconds: u32) -> String {
    let body = json!({
        "activity_type": "run", "sub_type": "easy-run", "title": title, "start_time": start,
        "timezone": "Europe/Lisbon", "distance_in_meters": metres, "duration_in_seconds": seconds,
        "average_heart_rate": 148,
    });
    let made = person.api("POST", "/activities", Some(body)).await;
    assert!(made.status.is_success(), "{}", made.body);
    made.json()["activity_id"].as_str().expect("an id").to_owned()
}

/// Labels and a note about the athlete, which they must never see.
async fn secrets(cast: &Cast) {
    let path = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    let body = json!({ "labels": ["marathon"], "private_notes": "Left Achilles stiff" });
    let answer = cast.coach.api("PATCH", &path, Some(body)).await;
    assert!(answer.status.is_success(), "{}", answer.body);
}

#[tokio::test]
async fn coaches_see_the_whole_page() {
    let cast = cast().await;
    secrets(&cast).await;
    enter(&cast.athlete, "Canal loop", "2026-11-17T07:00:00Z", 12_400, 3_846).await;
    let page = cast.coach.get(&format!("/athletes/{}", cast.athlete.id)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts("h1"), ["Naledi Mokoena"]);
    assert_eq!(page.texts(".page-head .tag"), ["@marathon"]);
    assert_eq!(page.texts("nav.tabs .count"), ["1"]);
    assert_eq!(page.texts(".figure dd:not(.note)")[0], "12.4km");
    assert_eq!(page.texts("#h-recent"), ["Recent activities"]);
    let row = page.texts("table tbody tr").into_iter().find(|row| row.contains("Canal loop")).expect("a row");
    for figure in ["Yesterday", "12.4 km", "1:04:06", "5:10 /km"] {
        assert!(row.contains(figure), "{figure} in {row}");
    }
    // The short list stands beside the fitness values: what it has no room for is in the whole one.
    assert!(!row.contains("Entered by hand"), "{row}");
    let list = cast.coach.get(&format!("/athletes/{}/activities", cast.athlete.id)).await;
    let row = list.texts("table tbody tr").concat();
    assert!(row.contains("148") && row.contains("Entered by hand"), "{row}");
    assert_eq!(page.texts("svg.wide title"), ["Weekly distance, last 26 weeks"]);
    assert_eq!(page.texts("figure.chart tbody tr").len(), 26);
}

#[tokio::test]
async fn everybody_gets_what_is_theirs() {
    let cast = cast().await;
    let path = format!("/athletes/{}", cast.athlete.id);
    for (person, status) in [
        (&cast.head_coach, 200),
        (&cast.other_coach, 200),
        (&cast.athlete, 303),
        (&cast.other_athlete, 403),
        (&cast.stranger, 404),
        (&cast.strange_athlete, 404),
        (&cast.anonymous, 303),
    ] {
        for tail in ["", "/activities"] {
            let answer = person.get(&format!("{path}{tail}")).await;
            assert_eq!(answer.status.as_u16(), status, "{} {tail}", person.email);
        }
    }
    assert_eq!(cast.athlete.get(&path).await.header("location"), "/me");
    for odd in ["/athletes/nobody", "/athletes/act_01h455vb4pex5vsknk084sn02q", "/athletes/-1/activities"] {
        assert_eq!(cast.coach.get(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
}

#[tokio::test]
async fn an_athlete_never_sees_labels_and_notes() {
    let cast = cast().await;
    secrets(&cast).await;
    let id = enter(&cast.athlete, "Canal loop", "2026-11-17T07:00:00Z", 12_400, 3_846).await;
    for path in [
        "/me".to_owned(),
        "/me/activities".to_owned(),
        format!("/activities/{id}"),
        format!("/activities/{id}/edit"),
        format!("/athletes/{}/fitness", cast.athlete.id),
        format!("/athletes/{}/fitness/vdot", cast.athlete.id),
    ] {
        let page = cast.athlete.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.texts("h1").len(), 1, "{path}");
        assert!(!page.body.contains("marathon") && !page.body.contains("Achilles"), "{path}");
        assert!(!page.body.contains("/notes"), "{path}");
    }
}

#[tokio::test]
async fn the_first_page_of_a_new_athlete_shows_the_way_in() {
    let cast = cast().await;
    let page = cast.athlete.get("/me").await;
    assert_eq!(page.texts("#h-first"), ["Your runs will stand here"]);
    assert!(page.texts(".empty a").contains(&"Upload recordings".to_owned()));
    assert!(page.texts("figure.chart").is_empty());
    // Coaches run too.
    assert_eq!(cast.coach.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_list_filters_pages_and_keeps_its_address() {
    let cast = cast().await;
    for day in 1..=3 {
        let start = format!("2026-11-0{day}T07:00:00Z");
        enter(&cast.athlete, &format!("Run of day {day}"), &start, 8_000, 2_400).await;
    }
    let base = format!("/athletes/{}/activities", cast.athlete.id);
    let names = async |query: &str| cast.coach.get(&format!("{base}{query}")).await.texts("tbody th a");
    assert_eq!(names("").await, ["Run of day 3", "Run of day 2", "Run of day 1"]);
    assert_eq!(names("?from=2026-11-02&to=2026-11-02").await, ["Run of day 2"]);
    assert_eq!(names("?type=run&sub_type=easy-run").await.len(), 3);
    assert!(names("?sub_type=race").await.is_empty());
    let none = cast.coach.get(&format!("{base}?sub_type=race&from=2026-11-01")).await;
    assert_eq!(none.texts("#h-none"), ["Nothing matches"]);
    assert!(none.body.contains("Race, from Sun 1 November"), "{}", none.body);
    // What cannot be read is said, not an error.
    for query in ["?from=yesterday", "?type=chess", "?sub_type=stroll", "?from=2026-11-03&to=2026-11-01"] {
        let page = cast.coach.get(&format!("{base}{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.texts("#results [role=alert]").len(), 1, "{query}");
    }
    let part = cast.coach.get_region(&format!("{base}?to=2026-11-01"), "results").await;
    assert!(part.body.trim_start().starts_with("<div id=\"results\""), "{}", part.body);
    assert_eq!(part.texts("tbody th a"), ["Run of day 1"]);
    assert_eq!(names("?after=nonsense").await.len(), 3);
}

#[tokio::test]
async fn long_lists_have_pages() {
    let cast = cast().await;
    for minute in 0..52 {
        let start = format!("2026-11-01T{:02}:{:02}:00Z", 3 + minute / 4, (minute % 4) * 15);
        enter(&cast.athlete, &format!("Run {minute}"), &start, 1_000 + minute * 50, 300).await;
    }
    let page = cast.athlete.get("/me/activities?type=run").await;
    assert_eq!(page.texts("tbody th a").len(), 50);
    let href = page.attributes("nav.pages a[rel=next]", "href").remove(0);
    assert!(href.starts_with("/me/activities?type=run&after="), "{href}");
    let next = cast.athlete.get(&href).await;
    assert_eq!(next.texts("tbody th a"), ["Run 1", "Run 0"]);
    assert!(next.texts("nav.pages a").contains(&"Newest".to_owned()));
}

#[tokio::test]
async fn figures_read_in_the_viewers_units() {
    let cast = cast().await;
    enter(&cast.coach, "Own run", "2026-11-17T07:00:00Z", 16_093, 4_500).await;
    let settings = format!(
        "first_name=Tom%C3%A1s&last_name=Ferreira&display_name=Tom%C3%A1s&timezone=Europe%2FLisbon&units={}&theme=system",
        "imperial"
    );
    let saved = cast.coach.post("/settings", &settings).await;
    if saved.status == StatusCode::NOT_FOUND {
        println!("skipped: there is no settings page yet");
        return;
    }
    let page = cast.coach.get("/me").await;
    let row = page.texts("tbody tr").into_iter().find(|row| row.contains("Own run")).expect("a row");
    assert!(row.contains("10.0 mi") && row.contains("7:30 /mi"), "{row}");
    assert!(page.body.contains("mi"));
}

#[tokio::test]
async fn fitness_values_are_set_beside_their_day() {
    let cast = cast().await;
    let id = enter(&cast.athlete, "Canal loop", "2026-11-17T07:00:00Z", 12_000, 3_240).await;
    let base = format!("/athletes/{}/fitness", cast.athlete.id);
    let dialog = cast.coach.get_region(&format!("{base}/threshold_pace"), "dialog").await;
    assert!(dialog.body.contains("<dialog") && !dialog.body.contains(" open"), "{}", dialog.body);
    let wrong = cast.coach.post(&format!("{base}/threshold_pace"), "value=fast&valid_from=some+day").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.texts(".error").len(), 2);
    assert!(wrong.body.contains("value=\"fast\"") && wrong.body.contains("value=\"some day\""));
    let far = cast.coach.post(&format!("{base}/vdot"), "value=200&valid_from=2026-11-01").await;
    assert_eq!(far.texts(".error"), ["VDOT lies between 20 and 90."]);
    let done = cast.coach.post(&format!("{base}/threshold_pace"), "value=4:30&valid_from=2026-11-01").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.header("location"), format!("/athletes/{}", cast.athlete.id));
    // An hour at threshold is 100: 54 minutes at it are 90.
    let activity = cast.athlete.get(&format!("/activities/{id}")).await;
    assert!(activity.texts(".figure").iter().any(|f| f.starts_with("Training load90")), "{}", activity.body);
    let history = cast.athlete.get(&base).await;
    let row = history.texts("tbody tr");
    assert!(row[0].contains("Sun 1 November") && row[0].contains("4:30 /km"), "{row:?}");
    assert!(row[0].contains("Tomás Ferreira"), "{row:?}");
    // Removed by mistake, and taken back: the loads follow both times.
    let load = async || cast.athlete.get(&format!("/activities/{id}")).await.texts(".figure").concat();
    let undo_of = async || {
        let page = cast.athlete.get(&base).await;
        let form = page.body.split("action=\"/undos/").nth(1).expect("an undo");
        format!("/undos/{}", form.split('"').next().unwrap_or_default())
    };
    let remove = async || {
        let removal = history.body.split(&format!("action=\"{base}/")).nth(1).expect("a removal").to_owned();
        let path = format!("{base}/{}", removal.split('"').next().unwrap_or_default());
        assert_eq!(cast.athlete.post(&path, "").await.status, StatusCode::SEE_OTHER);
    };
    remove().await;
    let undo = undo_of().await;
    assert!(!load().await.contains("Training load90"));
    assert_eq!(cast.coach.post(&undo, "").await.status, StatusCode::NOT_FOUND, "only who did it");
    let back = cast.athlete.post(&undo, "").await;
    assert_eq!((back.status, back.header("location")), (StatusCode::SEE_OTHER, base.as_str()));
    assert!(load().await.contains("Training load90"));
    assert!(cast.athlete.get(&base).await.texts("tbody tr")[0].contains("Tomás Ferreira"));
    // One that was set for the same day since stays.
    remove().await;
    let undo = undo_of().await;
    cast.athlete.post(&format!("{base}/threshold_pace"), "value=4:00&valid_from=2026-11-01").await;
    cast.athlete.post(&undo, "").await;
    assert!(cast.athlete.get(&base).await.texts("tbody tr")[0].contains("4:00 /km"));
    assert_eq!(cast.other_athlete.get(&base).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.stranger.post(&format!("{base}/vdot"), "value=50").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.coach.get(&format!("{base}/luck")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn how_figures_are_computed_is_open_to_everybody() {
    let cast = cast().await;
    for person in [&cast.anonymous, &cast.athlete, &cast.coach] {
        let page = person.get("/how").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.texts("h1"), ["How figures are computed"]);
        assert!(page.body.contains("49.8062") && page.body.contains("id=\"load\""));
    }
    assert_eq!(NOW % 3600, 0);
}
