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

/// A secret is shown once and kept nowhere: the retry names what was made instead.
#[tokio::test]
async fn an_answer_with_a_secret_is_never_stored() {
    let cast = cast().await;
    let keys = format!("/organizations/{}/api-keys", cast.org);
    let calls = [("/auth/tokens", "token_id", "access_token"), (keys.as_str(), "key_id", "secret")];
    for (number, (path, id, secret)) in calls.into_iter().enumerate() {
        let (key, body) = (format!("k{number}"), json!({ "name": "Watch", "scopes": ["read"] }));
        let first = post(&cast.head_coach, path, &key, &body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        let (id, secret) = (first.json()[id].clone(), first.json()[secret].clone());
        for _ in 0..2 {
            let retry = post(&cast.head_coach, path, &key, &body).await;
            assert_eq!(retry.status, StatusCode::CONFLICT, "{}", retry.body);
            assert_eq!(retry.json()["details"], json!({ "code": "CONFLICT", "id": id }));
        }
        let secret = secret.as_str().expect("a secret");
        assert!(secret.len() > 20);
        let kept = format!("SELECT COUNT(*) FROM idempotency WHERE body LIKE '%{secret}%'");
        assert_eq!(cast.stage.number(&kept).await, 0);
        // It was made once.
        let list = cast.head_coach.api("GET", path, None).await;
        assert_eq!(list.body.matches("\"Watch\"").count(), 1, "{}", list.body);
    }
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM idempotency WHERE status = 409").await, 2);
    // The open calls answer with tokens as well, and leave nothing behind, with a token or without.
    let pair = json!({ "email": cast.coach.email, "password": crate::support::PASSWORD });
    for person in [&cast.coach, &cast.anonymous] {
        let (a, b) =
            (post(person, "/auth/token", "k9", &pair).await, post(person, "/auth/token", "k9", &pair).await);
        assert_eq!((a.status, b.status), (StatusCode::OK, StatusCode::OK), "{}", a.body);
        assert_ne!(a.json()["access_token"], b.json()["access_token"]);
    }
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM idempotency").await, 2);
}

/// The key needs to know the caller, and the call does not ask once more.
#[tokio::test]
async fn a_caller_is_looked_up_once() {
    let cast = cast().await;
    let count = async |key: Option<&str>, title: &str| {
        let before = harrier::app::statements();
        let answer = match key {
            Some(key) => post(&cast.athlete, "/activities", key, &run(title)).await,
            None => cast.athlete.api("POST", "/activities", Some(run(title))).await,
        };
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        harrier::app::statements() - before
    };
    // The first notes the token's use, which the others need not.
    count(None, "Zero").await;
    let without = count(None, "One").await;
    // Claiming the key and keeping the answer are one statement each.
    assert_eq!(count(Some("k1"), "Two").await, without + 2);
}
