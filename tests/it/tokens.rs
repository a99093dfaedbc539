//! What tokens may make, and what dies with them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Cast, Person, cast};

const MONTH: &str = "2026-12-18T12:00:00Z";

/// Makes a token (`/auth/tokens`) or a key (`…/api-keys`); its id and who it lets in.
async fn made(by: &Person, path: &str, scopes: Value, expires_at: Value) -> (String, Person) {
    let body = json!({ "name": "made", "scopes": scopes, "expires_at": expires_at });
    let answer = by.api("POST", path, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let shape = answer.json();
    let text =
        |names: [&str; 2]| names.iter().find_map(|name| shape[name].as_str()).expect("a text").to_owned();
    (text(["token_id", "key_id"]), by.with_token(&text(["access_token", "secret"])))
}

fn keys(cast: &Cast) -> String {
    format!("/organizations/{}/api-keys", cast.org)
}

async fn works(person: &Person) -> bool {
    match person.api("GET", "/auth/me", None).await.status {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_api_key_has_no_part_in_the_account_of_its_maker() {
    let cast = cast().await;
    let (own, _) = made(&cast.head_coach, "/auth/tokens", json!(["read"]), json!(null)).await;
    let (_, key) = made(&cast.head_coach, &keys(&cast), json!(["read", "write"]), json!(null)).await;
    let new = json!({ "name": "own", "scopes": ["read"] });
    assert_eq!(key.api("GET", "/auth/tokens", None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(key.api("POST", "/auth/tokens", Some(new)).await.status, StatusCode::FORBIDDEN);
    let path = format!("/auth/tokens/{own}");
    assert_eq!(key.api("DELETE", &path, None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.api("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    // It may give itself back, and the trail tells of it.
    assert_eq!(key.api("DELETE", "/auth/token", None).await.status, StatusCode::NO_CONTENT);
    assert!(!works(&key).await);
    let trail = cast.head_coach.api("GET", &format!("/organizations/{}/audit", cast.org), None).await.json();
    assert_eq!(trail["entries"][0]["action"], "api_key.deleted");
}

#[tokio::test]
async fn what_a_token_made_dies_with_it() {
    let cast = cast().await;
    let head = &cast.head_coach;
    let (id, parent) = made(head, "/auth/tokens", json!(["read", "write"]), json!(MONTH)).await;
    let (_, child) = made(&parent, "/auth/tokens", json!(["read", "write"]), json!(MONTH)).await;
    let (_, key) = made(&parent, &keys(&cast), json!(["read", "write"]), json!(MONTH)).await;
    let (_, key_of_key) = made(&key, &keys(&cast), json!(["read"]), json!(MONTH)).await;
    let (_, grandchild) = made(&child, "/auth/tokens", json!(["read"]), json!(MONTH)).await;
    let (_, other) = made(head, "/auth/tokens", json!(["read"]), json!(null)).await;
    let all = [&parent, &child, &key, &key_of_key, &grandchild];
    for person in all {
        assert!(works(person).await);
    }
    assert_eq!(head.api("DELETE", &format!("/auth/tokens/{id}"), None).await.status, StatusCode::NO_CONTENT);
    for person in all {
        assert!(!works(person).await);
    }
    assert!(works(&other).await && works(head).await);
}

#[tokio::test]
async fn an_api_key_makes_no_wider_or_longer_lived_one() {
    let cast = cast().await;
    let (id, key) = made(&cast.head_coach, &keys(&cast), json!(["read", "write"]), json!(MONTH)).await;
    let ask = async |by: &Person, scopes: Value, expires_at: Value| {
        let body = json!({ "name": "child", "scopes": scopes, "expires_at": expires_at });
        by.api("POST", &keys(&cast), Some(body)).await.status
    };
    assert_eq!(ask(&key, json!(["read"]), json!(null)).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(&key, json!(["read"]), json!("2027-11-18T12:00:00Z")).await, StatusCode::FORBIDDEN);
    let (_, reader) = made(&cast.head_coach, "/auth/tokens", json!(["read"]), json!(null)).await;
    assert_eq!(ask(&reader, json!(["write"]), json!(MONTH)).await, StatusCode::FORBIDDEN);
    let (_, child) = made(&key, &keys(&cast), json!(["read", "write"]), json!(MONTH)).await;
    let path = format!("{}/{id}", keys(&cast));
    assert_eq!(cast.head_coach.api("DELETE", &path, None).await.status, StatusCode::OK);
    assert!(!works(&key).await && !works(&child).await);
}

/// One check of the name, wherever a token is made.
#[tokio::test]
async fn a_token_has_a_plain_name() {
    let cast = cast().await;
    for path in ["/auth/tokens", &keys(&cast)] {
        for (name, code) in [(json!("  "), "REQUIRED"), (json!("n".repeat(101)), "INVALID")] {
            let body = json!({ "name": name, "scopes": ["read"] });
            let answer = cast.head_coach.api("POST", path, Some(body)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
            assert_eq!(answer.json()["details"]["code"], code);
            assert_eq!(answer.json()["details"]["field"], "name");
        }
        let body = json!({ "name": " Watch\u{0}  bridge\u{202e}\n", "scopes": ["read"] });
        let answer = cast.head_coach.api("POST", path, Some(body)).await;
        assert_eq!(answer.json()["name"], "Watch bridge", "{}", answer.body);
    }
}
