//! Retries with the same `Idempotency-Key`.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, Person, cast};

async fn post(person: &Person, path: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key);
    person.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

fn run(title: &str) -> Value {
    json!({
        "activity_type": "run", "sub_type": "easy-run", "title": title, "timezone": "Europe/Lisbon",
        "start_time": "2026-11-17T07:00:00Z", "distance_in_meters": 8000, "duration_in_seconds": 2400
    })
}

async fn count(person: &Person) -> usize {
    person.api("GET", "/activities", None).await.json()["activities"].as_array().expect("a list").len()
}

#[tokio::test]
async fn a_retry_answers_what_the_first_call_answered() {
    let cast = cast().await;
    let first = post(&cast.athlete, "/activities", "k1", &run("Once")).await;
    let retry = post(&cast.athlete, "/activities", "k1", &run("Once")).await;
    assert_eq!((first.status, &first.body), (retry.status, &retry.body));
    assert_eq!(count(&cast.athlete).await, 1);
    // The same key for another call is a conflict; another person's key is another key.
    let other = post(&cast.athlete, "/activities", "k1", &run("Twice")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.json()["details"]["code"], "CONFLICT");
    assert_eq!(post(&cast.other_athlete, "/activities", "k1", &run("Twice")).await.status, first.status);
    assert_eq!(count(&cast.athlete).await, 1);
}

#[tokio::test]
async fn two_calls_at_once_do_it_once() {
    let cast = cast().await;
    let body = run("Together");
    let (a, b) = tokio::join!(
        post(&cast.athlete, "/activities", "k2", &body),
        post(&cast.athlete, "/activities", "k2", &body)
    );
    assert!(a.status.is_success() || b.status.is_success());
    assert_eq!(count(&cast.athlete).await, 1);
}

#[tokio::test]
async fn mistakes_are_answered_alike_and_odd_keys_are_refused() {
    let cast = cast().await;
    let wrong = json!({ "activity_type": "chess" });
    let first = post(&cast.athlete, "/activities", "k3", &wrong).await;
    assert_eq!(first.status, StatusCode::BAD_REQUEST);
    assert_eq!(post(&cast.athlete, "/activities", "k3", &wrong).await.body, first.body);
    for key in ["", " ", "ä", &"k".repeat(201)] {
        let answer = post(&cast.athlete, "/activities", key, &run("Odd")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key:?}");
    }
    assert_eq!(count(&cast.athlete).await, 0);
}

#[tokio::test]
async fn a_secret_is_never_answered_twice() {
    let cast = cast().await;
    let body = json!({ "name": "bridge", "scopes": ["read"] });
    let first = post(&cast.coach, "/auth/tokens", "k4", &body).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let secret = first.json()["access_token"].as_str().expect("a secret").to_owned();
    let retry = post(&cast.coach, "/auth/tokens", "k4", &body).await;
    assert_eq!(retry.status, StatusCode::CONFLICT);
    assert!(!retry.body.contains(&secret));
    assert_eq!(retry.json()["details"]["id"], first.json()["token_id"]);
}
