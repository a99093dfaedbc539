//! Free text with characters in it that nobody can see. U+0000 is the one that SQLite stores and PostgreSQL
//! refuses: both answer alike, since it reaches neither.

use axum::http::StatusCode;
use base64::Engine;
use serde_json::{Value, json};

use crate::support::cast;

#[tokio::test]
async fn what_cannot_be_shown_is_not_stored() {
    let cast = cast().await;
    let member = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    let change = json!({
        "display_name": "Naledi\u{0} M\u{202e}.", "member_level": "El\u{1}ite\u{0}", "labels": ["tempo\u{0}"],
        "private_notes": "Knee\u{0}\r\nbetter\u{7}"
    });
    let answer = cast.coach.api("PATCH", &member, Some(change)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let shape = cast.coach.api("GET", &member, None).await.json();
    let stored: Vec<&Value> = ["display_name", "member_level", "labels", "private_notes"]
        .iter()
        .map(|name| &shape[*name])
        .collect();
    assert_eq!(
        stored,
        [&json!("Naledi M ."), &json!("El ite"), &json!(["@tempo"]), &json!("Knee\nbetter")],
        "{shape}"
    );
    let odd = cast.coach.api("PATCH", &member, Some(json!({ "labels": ["te\u{0}mpo"] }))).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST, "a gap in the middle is no label");

    let notes = format!("/athletes/{}/notes", cast.athlete.id);
    assert_eq!(cast.coach.post(&notes, "note=Rest%00+day").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.coach.api("GET", &member, None).await.json()["private_notes"], "Rest day");
    assert_eq!(cast.coach.post(&notes, "note=%00%01").await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let club = "name=Low%00field&description=On+%00Tuesdays%0D%0Aat+six&first_weekday=1";
    assert_eq!(cast.head_coach.post("/organization", club).await.status, StatusCode::SEE_OTHER);
    let shape = cast.athlete.api("GET", &format!("/organizations/{}", cast.org), None).await.json();
    assert_eq!((&shape["name"], &shape["description"]), (&json!("Low field"), &json!("On Tuesdays\nat six")));

    let me = "first_name=Ken%00&last_name=%01W&timezone=UTC&units=metric&theme=dark";
    assert_eq!(cast.other_athlete.post("/settings", me).await.status, StatusCode::SEE_OTHER);
    let shape = cast.other_athlete.api("GET", "/auth/me", None).await.json();
    assert_eq!((&shape["first_name"], &shape["last_name"]), (&json!("Ken"), &json!("W")), "{shape}");

    let pair =
        json!({ "email": cast.coach.email, "password": crate::support::PASSWORD, "name": "Wa\u{0}tch" });
    assert_eq!(cast.anonymous.api("POST", "/auth/token", Some(pair)).await.status, StatusCode::OK);
    let tokens = cast.coach.api("GET", "/auth/tokens", None).await.json();
    assert!(tokens["tokens"].as_array().expect("a list").iter().any(|t| t["name"] == "Wa tch"), "{tokens}");
}

#[tokio::test]
async fn what_cannot_be_shown_is_not_looked_for() {
    let cast = cast().await;
    for query in ["q=%00", "label=%00", "level=%00", "q=a%00b", "status=%00", "coach=%00", "sort=%00"] {
        for path in ["/athletes", "/athletes/export"] {
            let status = cast.coach.get(&format!("{path}?{query}")).await.status;
            assert_eq!(status, StatusCode::OK, "{path}?{query}");
        }
    }
    let members = format!("/organizations/{}/members", cast.org);
    for (query, status) in [
        ("search=%00", 200),
        ("search=na%00", 200),
        ("label=%00", 200),
        ("member_level=%00", 200),
        ("status=%00", 400),
        ("sort=%00", 400),
        ("assigned_to_coach_id=%00", 400),
        ("cursor=%00", 400),
    ] {
        let answer = cast.coach.api("GET", &format!("{members}?{query}"), None).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.body);
    }
    // A cursor is read from outside as well.
    let forged = |place: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(place.to_string());
    let place = |key: &str, name: &str| {
        forged(json!({ "sort": "level", "key": key, "name": name, "id": cast.athlete.id.to_string() }))
    };
    for (cursor, status) in [(place("a", "b"), 200), (place("\u{0}", "b"), 400), (place("a", "\u{0}"), 400)] {
        let answer = cast.coach.api("GET", &format!("{members}?sort=level&cursor={cursor}"), None).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    }
    for (path, cursor) in [
        ("/activities", forged(json!([0, "act_\u{0}"]))),
        (format!("/organizations/{}/audit", cast.org).as_str(), forged(json!("\u{0}"))),
    ] {
        let answer = cast.head_coach.api("GET", &format!("{path}?cursor={cursor}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
    // Addresses of mail: none with such a character has an account.
    let pair = "email=marta%00%40lowfield.test%01&password=correct+horse+battery";
    assert_eq!(cast.anonymous.post("/session", pair).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["/signup", "/password/reset"] {
        let answer = cast.anonymous.post(path, "email=a%00b%40x.test").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    let ask = json!({ "email": "a\u{0}b@x.test" });
    let answer = cast.anonymous.api("POST", "/auth/request-verification", Some(ask.clone())).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(cast.coach.api("POST", &members, Some(ask)).await.status, StatusCode::NOT_FOUND);
    let bulk = json!({ "user_ids": ["usr_\u{0}"], "add_labels": ["tempo"] });
    let answer = cast.coach.api("POST", &format!("{members}/bulk"), Some(bulk)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
