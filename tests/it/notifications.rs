//! The bell: what is told to whom, what it says, reading it.

use axum::http::StatusCode;
use harrier::app::notifications::Kind;
use serde_json::json;

use crate::support::{Cast, NOW, Person, cast};

/// Puts a notification of this kind in, as a service writes it.
async fn tell(cast: &Cast, person: &Person, number: i64, kind: &str, payload: serde_json::Value) -> String {
    let id = format!("ntf_01h455vb4pex5vsknk08{:06}", number);
    let sql = format!(
        "INSERT INTO notifications (id, user_id, org_id, kind, payload, created_at) VALUES ('{id}', '{}', NULL, '{kind}', '{payload}', {NOW})",
        person.id
    );
    cast.stage.execute(&sql).await;
    id
}

async fn texts(person: &Person, path: &str) -> Vec<String> {
    person.get(path).await.texts(".told li .two > span:first-child")
}

#[tokio::test]
async fn every_kind_is_a_sentence_that_leads_where_it_should() {
    let cast = cast().await;
    let group = "grp_01h455vb4pex5vsknk084sn02q";
    let person = cast.other_athlete.id.to_string();
    let facts = json!({ "group_id": group, "group_name": "Tuesday Track", "user_id": person, "name": "Kenji",
        "organization": "Lowfield", "by": "Marta", "to": "Aiko", "from": "Marta", "first": "Naledi", "note": "Take care",
        "count": 3 });
    for (number, kind) in (0..).zip(Kind::ALL) {
        tell(&cast, &cast.coach, number, kind.word(), facts.clone()).await;
    }
    let page = cast.coach.get("/notifications").await;
    let mut said = page.texts(".told li .two > span:first-child");
    said.reverse();
    assert_eq!(
        said,
        [
            "You are now in “Tuesday Track”.",
            "Your request to join “Tuesday Track” was declined.",
            "Kenji asks to join “Tuesday Track”.",
            "Kenji joined, into “Tuesday Track”.",
            "Kenji left the organization.",
            "Marta added you to Lowfield. Coaches see your name and email until you agree to more.",
            "You are no longer in Lowfield. Your account and your runs stay yours.",
            "Marta assigned you Naledi and 2 more athletes.",
            "Naledi and 2 more athletes went to Aiko.",
            "Kenji coaches you now.",
            "Marta made you head coach.",
        ]
    );
    let mut leads = page.attributes(".told li .two a", "href");
    leads.reverse();
    let expected = [
        format!("/groups/{group}"),
        "/groups".to_owned(),
        format!("/groups/{group}/members"),
        format!("/athletes/{person}"),
        "/membership".to_owned(),
        format!("/athletes?coach={}", cast.coach.id),
        "/membership".to_owned(),
        "/organization".to_owned(),
    ];
    assert_eq!(leads, expected);
    for address in [&expected[1], &expected[3], &expected[4], &expected[5]] {
        assert_eq!(cast.coach.get(address).await.status, StatusCode::OK, "{address}");
    }
}

#[tokio::test]
async fn the_bell_counts_what_is_unread_and_a_look_changes_nothing() {
    let cast = cast().await;
    let bell = |person: &Person| {
        let person = person.another();
        async move { person.get("/settings").await.attributes("#bell", "aria-label").remove(0) }
    };
    assert_eq!(bell(&cast.athlete).await, "Notifications");
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(tell(&cast, &cast.athlete, number, "member.coach", json!({ "name": "Marta" })).await);
    }
    tell(&cast, &cast.other_athlete, 9, "member.coach", json!({ "name": "Marta" })).await;
    assert_eq!(bell(&cast.athlete).await, "Notifications, 3 unread");
    cast.athlete.get("/notifications").await;
    assert_eq!(bell(&cast.athlete).await, "Notifications, 3 unread");

    // Nobody else's can be marked.
    let one = format!("/notifications/{}/reading", ids[0]);
    assert_eq!(cast.other_athlete.post(&one, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.athlete.post(&one, "").await.header("location"), "/notifications");
    assert_eq!(bell(&cast.athlete).await, "Notifications, 2 unread");
    assert_eq!(texts(&cast.athlete, "/notifications?unread=1").await.len(), 2);
    // All up to the one that was seen; what came since stays.
    let all = format!("up_to={}&back=https://elsewhere.test", ids[1]);
    assert_eq!(cast.athlete.post("/notifications/reading", &all).await.header("location"), "/notifications");
    assert_eq!(bell(&cast.athlete).await, "Notifications, 1 unread");
    assert_eq!(bell(&cast.other_athlete).await, "Notifications, 1 unread");
    // With htmx the bell comes along.
    let part = cast.athlete.get_region("/notifications", "main").await;
    assert_eq!(part.attributes("#bell[hx-swap-oob]", "aria-label"), ["Notifications, 1 unread"]);
}

#[tokio::test]
async fn notifications_are_chosen_by_category_and_come_in_pages() {
    let cast = cast().await;
    for number in 0..65 {
        let kind = if number % 5 == 0 { "group.requested" } else { "member.joined" };
        tell(
            &cast,
            &cast.coach,
            number,
            kind,
            json!({ "name": format!("Runner {number}"), "group_name": "G" }),
        )
        .await;
    }
    let bell = cast.coach.get("/notifications").await;
    assert_eq!(bell.attributes("#bell", "aria-label"), ["Notifications, 65 unread"]);
    assert_eq!(texts(&cast.coach, "/notifications?category=request").await.len(), 13);
    assert!(texts(&cast.coach, "/notifications?category=left").await.is_empty());
    let mut seen = Vec::new();
    let mut address = "/notifications?category=joined".to_owned();
    loop {
        let page = cast.coach.get(&address).await;
        seen.extend(page.texts(".told li .two > span:first-child"));
        match page.attributes("a[rel=next]", "href").first() {
            Some(next) => address = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 52);
    assert!(seen[0].starts_with("Runner 64") && seen[51].starts_with("Runner 1 "), "{seen:?}");
    assert_eq!(cast.coach.get("/notifications?category=nonsense&before=x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_is_told_to_the_coach_of_the_group_once() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "Tuesday Track" }), &[]).await;
    for _ in 0..2 {
        let asked = cast.athlete.api("POST", &format!("/groups/{group}/join-requests"), None).await;
        assert_eq!(asked.status, StatusCode::CREATED);
    }
    let told = texts(&cast.coach, "/notifications").await;
    assert_eq!(told, ["Naledi Mokoena asks to join “Tuesday Track”."]);
    assert!(texts(&cast.head_coach, "/notifications").await.is_empty());
}

#[tokio::test]
async fn who_was_removed_is_told_and_who_is_back_is_not_told_otherwise() {
    let cast = cast().await;
    let removed = cast.coach.post(&format!("/athletes/{}/removal", cast.athlete.id), "").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    let told = texts(&cast.athlete, "/notifications").await;
    assert_eq!(told, ["You are no longer in Lowfield. Your account and your runs stay yours."]);
    let undo = cast.coach.get("/athletes").await.attributes("form[action^='/undos/']", "action").remove(0);
    assert_eq!(cast.coach.post(&undo, "").await.status, StatusCode::SEE_OTHER);
    assert!(texts(&cast.athlete, "/notifications").await.is_empty());
}

#[tokio::test]
async fn an_athlete_is_told_on_their_own_page_until_they_have_got_it() {
    let cast = cast().await;
    let id = tell(&cast, &cast.athlete, 1, "member.coach", json!({ "name": "Marta" })).await;
    let own = cast.athlete.get("/me").await;
    assert!(own.texts(".notice")[0].contains("Marta coaches you now."));
    let got = cast.athlete.post("/notifications/reading", &format!("up_to={id}&back=/me")).await;
    assert_eq!(got.header("location"), "/me");
    assert_eq!(cast.athlete.get("/me").await.texts(".page .notice p"), Vec::<String>::new());
}
