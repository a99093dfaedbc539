//! Signing in and out.

use axum::http::StatusCode;
use harrier::app::accounts::SignIn;
use harrier::app::limits::SIGN_IN_ACCOUNT;
use serde_json::json;

use crate::support::{Cast, PASSWORD, cast};

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

/// Signs in from this network; the code of what stands against it.
async fn from(cast: &Cast, source: &str, email: &str, password: &str) -> Result<(), &'static str> {
    let command = SignIn { email: email.into(), password: password.into(), source: source.into() };
    cast.stage.app.sign_in(&command).await.map(|_| ()).map_err(|error| error.code())
}

#[tokio::test]
async fn a_strangers_guesses_shut_nobody_out_but_the_stranger() {
    let cast = cast().await;
    for email in ["kenji@lowfield.test", "nobody@lowfield.test"] {
        // One network, many addresses of it.
        for number in 0..10 {
            let outcome = from(&cast, &format!("2001:db8:1:2::{number}"), email, "wrong wrong wrong").await;
            assert_eq!(outcome, Err("INVALID"), "{email}");
        }
        assert_eq!(from(&cast, "2001:db8:1:2::ffff", email, PASSWORD).await, Err("RATE_LIMITED"), "{email}");
    }
    assert_eq!(from(&cast, "198.51.100.1", "kenji@lowfield.test", PASSWORD).await, Ok(()));
    // What is refused does not count against the account: a single network never fills its limit.
    for _ in 0..15 {
        let outcome = from(&cast, "2001:db8:1:2::1", "kenji@lowfield.test", "wrong wrong wrong").await;
        assert_eq!(outcome, Err("RATE_LIMITED"));
    }
    assert_eq!(from(&cast, "198.51.100.2", "kenji@lowfield.test", PASSWORD).await, Ok(()));
}

#[tokio::test]
async fn guesses_from_many_networks_are_slowed_known_or_not() {
    let cast = cast().await;
    cast.stage.execute("DELETE FROM rate_limits").await;
    for (number, email) in ["naledi@lowfield.test", "nobody@lowfield.test"].into_iter().enumerate() {
        for _ in 0..99 {
            cast.stage.app.count_attempt(SIGN_IN_ACCOUNT, email).await.expect("not yet");
        }
        let source = |last: usize| format!("203.0.113.{}", 10 * number + last);
        assert_eq!(from(&cast, &source(1), email, "wrong wrong wrong").await, Err("INVALID"), "{email}");
        assert_eq!(from(&cast, &source(2), email, PASSWORD).await, Err("RATE_LIMITED"), "{email}");
    }
    cast.stage.app.clock().advance(901);
    assert_eq!(from(&cast, "203.0.113.3", "naledi@lowfield.test", PASSWORD).await, Ok(()));
}

/// Not the time is compared, which is never quite the same, but what is done.
#[tokio::test]
async fn as_much_is_done_for_an_unknown_account() {
    let cast = cast().await;
    let anyone = &cast.anonymous;
    let mut done = Vec::new();
    for email in ["naledi@lowfield.test", "nobody@lowfield.test"] {
        let encoded = email.replace('@', "%40");
        let mut of_email = Vec::new();
        for number in 0..5 {
            let before = (harrier::app::statements(), cast.stage.app.hashed_passwords());
            let outbox = cast.stage.number("SELECT COUNT(*) FROM outbox").await;
            let answer = match number {
                0 => anyone.post("/session", &format!("email={encoded}&password=wrong+wrong+wrong")).await,
                1 => {
                    let wrong = json!({ "email": email, "password": "wrong wrong wrong" });
                    anyone.api("POST", "/auth/token", Some(wrong)).await
                }
                2 => anyone.post("/password/reset", &format!("email={encoded}")).await,
                3 => anyone.post("/signup", &format!("email={encoded}")).await,
                _ => anyone.api("POST", "/auth/request-verification", Some(json!({ "email": email }))).await,
            };
            let statements = harrier::app::statements() - before.0;
            let hashed = cast.stage.app.hashed_passwords() - before.1;
            let mails = cast.stage.number("SELECT COUNT(*) FROM outbox").await - outbox;
            of_email.push((answer.status, statements, hashed, mails));
        }
        done.push(of_email);
    }
    assert_eq!(done[0], done[1]);
    assert!(done[0].iter().take(2).all(|(_, _, hashed, mails)| (*hashed, *mails) == (1, 0)), "{done:?}");
    assert!(done[0].iter().skip(2).all(|(_, _, hashed, mails)| (*hashed, *mails) == (0, 1)), "{done:?}");
    // And nobody gets a mail that they did not ask for: of the reset, one to the address that is known.
    cast.stage.app.send_due_mail().await.expect("sent");
    let mails = cast.stage.app.transport().kept();
    let resets: Vec<&str> =
        mails.iter().filter(|m| m.text.contains("/password/reset/")).map(|m| m.to.as_str()).collect();
    assert_eq!(resets, ["naledi@lowfield.test"]);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM outbox WHERE recipient = ''").await, 1);
}

/// A hash from when hashing was cheaper is renewed by the one who can: the person who types the password.
#[tokio::test]
async fn a_cheap_hash_is_renewed_at_the_next_sign_in() {
    use argon2::PasswordHasher;
    let cost = argon2::Params::new(64, 1, 1, None).expect("parameters");
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, cost);
    let cheap = argon.hash_password(PASSWORD.as_bytes()).expect("a hash").to_string();
    let cast = cast().await;
    let id = cast.athlete.id;
    cast.stage.execute(&format!("UPDATE users SET password_hash = '{cheap}' WHERE id = '{id}'")).await;
    let cheap = format!("SELECT COUNT(*) FROM users WHERE password_hash = '{cheap}'");
    let dear = "SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    let email = "naledi@lowfield.test";
    assert_eq!(from(&cast, "203.0.113.1", email, "wrong wrong wrong").await, Err("INVALID"));
    assert_eq!((cast.stage.number(&cheap).await, cast.stage.number(dear).await), (1, 6));
    assert_eq!(from(&cast, "203.0.113.1", email, PASSWORD).await, Ok(()));
    assert_eq!((cast.stage.number(&cheap).await, cast.stage.number(dear).await), (0, 7));
    // Once: the next sign-in hashes nothing, and the password is the same as before.
    let before = cast.stage.app.hashed_passwords();
    assert_eq!(from(&cast, "203.0.113.1", email, PASSWORD).await, Ok(()));
    assert_eq!(cast.stage.app.hashed_passwords() - before, 1);
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
