//! The screens of groups: made, filled, looked at week by week, asked to join, changed and deleted.

use axum::http::StatusCode;
use serde_json::json;

use crate::support::recordings::Run;
use crate::support::{Cast, Person, cast};

/// A group with the athlete in it.
async fn group(cast: &Cast, name: &str, privacy: &str) -> String {
    let body = json!({"name": name, "privacy": privacy, "description": "Meets at six."});
    cast.group(body, &[cast.athlete.id]).await
}

async fn version(person: &Person, id: &str) -> String {
    let page = person.get(&format!("/groups/{id}/edit")).await;
    page.attributes("input[name=version]", "value").first().cloned().expect("a version")
}

#[tokio::test]
async fn a_coach_makes_a_group_and_fills_it() {
    let cast = cast().await;
    let made = cast.coach.post("/groups", "name=Tuesday+Track&description=&privacy=public").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let taken = cast.coach.post("/groups", "name=tuesday++TRACK&description=Kept&privacy=private").await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(taken.texts("#g-name-error"), ["There is a group called “tuesday TRACK” already."]);
    assert_eq!(taken.texts("#g-description"), ["Kept"], "nothing typed is lost");
    let list = cast.coach.get("/groups").await;
    assert_eq!(list.texts("tbody th a"), ["Tuesday Track"]);
    assert!(list.texts(".figures dd").contains(&"2".to_owned()), "two are in no group: {}", list.body);
    let address = list.attributes("tbody th a", "href").remove(0);

    let nobody = cast.coach.post(&format!("{address}/members"), "").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nobody.texts("#m-athlete-error"), ["Choose at least one athlete."]);
    // Who was ticked stays there when the search finds others.
    let search = format!("{address}/members/new?q=kenji&athlete={}", cast.athlete.id);
    let found = cast.coach.get(&search).await;
    assert_eq!(found.attributes("input[name=athlete][checked]", "value"), [cast.athlete.id.to_string()]);
    assert_eq!(found.attributes("input[name=athlete]", "value").len(), 2);
    let both = format!("athlete={}&athlete={}", cast.athlete.id, cast.other_athlete.id);
    let added = cast.coach.post(&format!("{address}/members"), &both).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let members = cast.coach.get(&format!("{address}/members")).await;
    assert!(members.body.contains("2 athletes added."), "{}", members.body);
    assert_eq!(members.texts(".rows bdi").len(), 2);
    cast.stage.execute("UPDATE group_members SET joined_at = joined_at - 60").await;
    let removal = format!("{address}/members/{}/removal", cast.other_athlete.id);
    assert_eq!(cast.coach.post(&removal, "").await.status, StatusCode::SEE_OTHER);
    let left = cast.coach.get(&format!("{address}/members")).await;
    assert_eq!(left.texts(".rows bdi").len(), 1);
    assert_eq!(cast.coach.post(&removal, "").await.status, StatusCode::NOT_FOUND);
    // Who asks to come back meanwhile is answered by that.
    assert_eq!(
        cast.other_athlete.post(&format!("{address}/join-requests"), "").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(cast.coach.get("/groups").await.body.contains("1 athlete asks to join"));
    // Taken back, they never left.
    let undo = left.attributes("#notice form", "action").remove(0);
    assert_eq!(cast.other_coach.post(&undo, "").await.status, StatusCode::NOT_FOUND, "another's own");
    let undone = cast.coach.post(&undo, "").await;
    assert_eq!(undone.header("location"), format!("{address}/members"));
    assert_eq!(cast.coach.get(&format!("{address}/members")).await.texts(".rows bdi").len(), 2);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM group_departures").await, 0);
    assert!(!cast.coach.get("/groups").await.body.contains("asks to join"));
}

#[tokio::test]
async fn the_overview_adds_a_week_up_and_moves_to_others() {
    let cast = cast().await;
    let id = group(&cast, "Tuesday Track", "public").await;
    let run = Run::days_ago(1);
    assert_eq!(cast.athlete.upload(&[("a.fit", &run.fit())], &[]).await.status, StatusCode::OK);
    let page = cast.coach.get(&format!("/groups/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let stats = cast.coach.api("GET", &format!("/groups/{id}/stats?range=7d"), None).await.json();
    let distance = stats["total_distance"].as_f64().expect("metres") / 1000.0;
    assert!(distance > 0.1, "{stats}");
    assert_eq!(page.texts(".figure dd:not(.note)")[0], format!("{distance:.1}km"), "{}", page.body);
    assert_eq!(page.texts(".figure dd:not(.note)")[1..], ["1".to_owned(), "100%".to_owned()]);
    assert_eq!(page.texts("[aria-sort=descending]"), ["Distance"]);
    let before = page.attributes("#week-before", "href").remove(0);
    assert!(page.attributes("#week-after", "href").is_empty(), "no week has begun after this one");
    let earlier = cast.coach.get(&before).await;
    assert_eq!(earlier.texts(".figure dd:not(.note)")[0], "0km");
    assert_eq!(earlier.attributes("#week-after", "href").len(), 1);
    let by_time = cast.coach.get(&format!("/groups/{id}?metric=duration")).await;
    assert_eq!(by_time.texts("[aria-sort=descending]"), ["Time"]);
    // Going to another week, or back from it, keeps the figure.
    let before = by_time.attributes("#week-before", "href").remove(0);
    assert!(before.ends_with("&metric=duration"), "{before}");
    let earlier = cast.coach.get(&before).await;
    assert_eq!(earlier.attributes("#week-now", "href"), [format!("/groups/{id}?metric=duration")]);
    assert_eq!(earlier.attributes(".week-nav input[name=metric]", "value"), ["duration"]);
    for wrong in ["week=yesterday", "week=1066-10-14", "metric=charm"] {
        let answer = cast.coach.get(&format!("/groups/{id}?{wrong}")).await;
        assert!(answer.status.is_client_error(), "{wrong}: {}", answer.status);
    }
}

#[tokio::test]
async fn athletes_see_their_groups_and_ask_to_join_open_ones() {
    let cast = cast().await;
    let id = group(&cast, "Tuesday Track", "public").await;
    group(&cast, "Secret", "private").await;
    let own = cast.athlete.get("/groups").await;
    assert_eq!(own.texts("section[aria-labelledby=h-own] a"), ["Secret", "Tuesday Track"]);
    let page = cast.athlete.get(&format!("/groups/{id}/members")).await;
    assert!(
        page.attributes("#add-members", "href").is_empty() && page.texts(".status").is_empty(),
        "{}",
        page.body
    );
    let other = cast.other_athlete.get("/groups").await;
    assert_eq!(other.texts("section[aria-labelledby=h-open] bdi")[0], "Tuesday Track");
    assert!(!other.body.contains("Secret"));
    let asked = cast.other_athlete.post(&format!("/groups/{id}/join-requests"), "").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    assert!(cast.other_athlete.get("/groups").await.body.contains("Asked"));
    let members = cast.coach.get(&format!("/groups/{id}/members")).await;
    let approval = members.attributes("form[action$=approval]", "action").remove(0);
    assert_eq!(cast.coach.post(&approval, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.other_athlete.get(&format!("/groups/{id}")).await.status, StatusCode::OK);
    // Told on their own page, until they have read it.
    let me = cast.other_athlete.get("/me").await;
    assert!(me.body.contains("You are now in “Tuesday Track”."), "{}", me.body);
    let up_to = me.attributes("form[action$=reading] [name=up_to]", "value").remove(0);
    let (read, form) = ("/notifications/reading", format!("up_to={up_to}&back=/me"));
    assert_eq!(
        cast.athlete.post(read, &form).await.status,
        StatusCode::SEE_OTHER,
        "another's reading changes nothing"
    );
    assert!(cast.other_athlete.get("/me").await.body.contains("You are now in"));
    assert_eq!(cast.other_athlete.post(read, &form).await.header("location"), "/me");
    assert!(!cast.other_athlete.get("/me").await.body.contains("You are now in"));
}

#[tokio::test]
async fn a_group_is_edited_knowingly_and_deleted() {
    let cast = cast().await;
    let id = group(&cast, "Tuesday Track", "public").await;
    let seen = version(&cast.coach, &id).await;
    let form =
        |name: &str, version: &str| format!("name={name}&description=&privacy=private&version={version}");
    let address = format!("/groups/{id}/edit");
    assert_eq!(cast.head_coach.post(&address, &form("Track", &seen)).await.status, StatusCode::SEE_OTHER);
    let late = cast.coach.post(&address, &form("Mine", &seen)).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(late.attributes("#g-name", "value"), ["Mine"]);
    let again = late.attributes("input[name=version]", "value").remove(0);
    assert_eq!(cast.coach.post(&address, &form("Mine", &again)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.coach.get(&format!("/groups/{id}")).await.texts("h1"), ["Mine"]);
    assert_eq!(cast.coach.post(&format!("/groups/{id}/removal"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.coach.get(&format!("/groups/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.coach.get(&format!("/athletes/{}", cast.athlete.id)).await.status, StatusCode::OK);
}
