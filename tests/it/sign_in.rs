//! Signing in and out.

use axum::http::StatusCode;

use crate::support::{PASSWORD, cast};

#[tokio::test]
async fn a_wrong_pair_gets_one_message_and_keeps_the_email() {
    let cast = cast().await;
    let known =
        cast.anonymous.post("/session", "email=marta%40lowfield.test&password=wrong+wrong+wrong").await;
    let unknown =
        cast.anonymous.post("/session", "email=nobody%40lowfield.test&password=wrong+wrong+wrong").await;
    for answer in [&known, &unknown] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.texts(".error").len(), 1, "{}", answer.body);
        assert!(!answer.body.contains("wrong wrong"), "a password is never sent back");
    }
    assert!(known.body.contains("marta@lowfield.test"));
    assert_eq!(known.texts(".error"), unknown.texts(".error"));
}

#[tokio::test]
async fn the_way_in_leads_back_to_where_one_wanted_to_go_and_never_elsewhere() {
    let cast = cast().await;
    let answer = cast.anonymous.get("/athletes?status=active").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/session/new?to=%2Fathletes%3Fstatus%3Dactive");
    let password = PASSWORD.replace(' ', "+");
    for (to, location) in
        [("/athletes", "/athletes"), ("//evil.test/", "/"), ("https%3A%2F%2Fevil.test", "/"), ("/a%01b", "/")]
    {
        let form = format!("email=marta%40lowfield.test&password={password}&to={to}");
        assert_eq!(cast.anonymous.post("/session", &form).await.header("location"), location);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let cast = cast().await;
    assert_eq!(cast.athlete.get("/session/new").await.status, StatusCode::SEE_OTHER);
    cast.athlete.post("/session/delete", "").await;
    assert_eq!(cast.athlete.get("/session/new").await.status, StatusCode::OK);
}

#[tokio::test]
async fn ten_wrong_passwords_are_enough() {
    let cast = cast().await;
    for _ in 0..9 {
        cast.anonymous.post("/session", "email=kenji%40lowfield.test&password=wrong+wrong+wrong").await;
    }
    cast.anonymous.post("/session", "email=kenji%40lowfield.test&password=wrong+wrong+wrong").await;
    let answer =
        cast.anonymous.post("/session", "email=kenji%40lowfield.test&password=wrong+wrong+wrong").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let cast = cast().await;
    let request = axum::http::Request::post("/session/delete").header("sec-fetch-site", "cross-site");
    let answer = cast.athlete.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_api_knows_its_caller_by_token_alone() {
    let cast = cast().await;
    let me = cast.coach.api("GET", "/auth/me", None).await;
    assert_eq!(me.json()["organization_id"], cast.org.to_string());
    assert_eq!(me.json()["roles"], serde_json::json!(["coach"]));
    let anonymous = cast.anonymous.api("GET", "/auth/me", None).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anonymous.json()["details"]["code"], "UNAUTHENTICATED");
}
