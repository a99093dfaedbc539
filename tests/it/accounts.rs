//! The way in: signing up, forgotten passwords, tokens for passwords, and their limits.

use axum::http::StatusCode;
use harrier::outside::mail::{Mail, Transport};
use serde_json::json;

use crate::support::{Answer, Cast, PASSWORD, Person, cast};

/// A password that nobody has yet.
const NEW: &str = "granite otter lantern";
const FORM: &str =
    "first_name=Ingrid&last_name=S%C3%B8rli&password=granite+otter+lantern&timezone=Europe%2FOslo";

async fn mails(cast: &Cast) -> Vec<Mail> {
    cast.stage.app.send_due_mail().await.expect("the outbox is worked off");
    cast.stage.app.transport().kept()
}

/// The path of the newest link with a secret in it.
async fn link(cast: &Cast) -> String {
    let path = |line: &str| line.strip_prefix("http://harrier.test").map(str::to_owned);
    let has_secret = |path: &String| path.starts_with("/signup/") || path.starts_with("/password/reset/");
    let mails = mails(cast).await;
    let mut links = mails.iter().flat_map(|mail| mail.text.lines()).filter_map(path).filter(has_secret);
    links.next_back().expect("a link")
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

/// What an answer says with this address left out, which is the asker's own.
fn said(answer: &Answer, email: &str) -> (StatusCode, String) {
    (answer.status, answer.body.replace(email, "ADDRESS"))
}

async fn sign_in(person: &Person, email: &str, password: &str) -> StatusCode {
    let form = format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
    person.post("/session", &form).await.status
}

#[tokio::test]
async fn from_an_address_to_a_coach_who_is_signed_in() {
    let mut cast = cast().await;
    let anyone = &cast.anonymous;
    assert_eq!(anyone.get("/signup").await.texts("h1"), ["Sign up as a coach"]);
    let answer = anyone.post("/signup", "email=ingrid%40fjell.test").await;
    assert_eq!(answer.texts("h1"), ["Look into your mail"]);
    let sent = mails(&cast).await;
    assert_eq!((sent.len(), sent[0].to.as_str()), (1, "ingrid@fjell.test"));
    let path = link(&cast).await;
    assert!(sent[0].html.contains(&path), "both parts hold the link");

    let page = cast.anonymous.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("ingrid@fjell.test") && page.body.contains("autocomplete=\"new-password\""));
    assert_eq!(page.texts("select[data-timezone] option[value='Europe/Oslo']"), ["Oslo (Europe)"]);

    let answer = cast.anonymous.post(&path, FORM).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.header("location"), "/organization/new");
    cast.anonymous.cookie = Some(cookie(&answer));
    assert_eq!(cast.anonymous.get("/").await.header("location"), "/organization/new");
    cast.anonymous.cookie = None;
    assert_eq!(sign_in(&cast.anonymous, "Ingrid@Fjell.test", NEW).await, StatusCode::SEE_OTHER);

    // The link and every other one to the address are used up.
    for method in ["get", "post"] {
        let again = if method == "get" {
            cast.anonymous.get(&path).await
        } else {
            cast.anonymous.post(&path, FORM).await
        };
        assert_eq!(again.status, StatusCode::GONE);
        assert_eq!(again.texts("h1"), ["This link does not work"]);
        assert_eq!(again.texts(".btn-primary"), ["Ask for a new link"]);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let cast = cast().await;
    let answer = cast.anonymous.post("/signup", "email=ingrid").await;
    assert_eq!((answer.status, answer.texts(".error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    assert!(answer.body.contains("value=\"ingrid\""));
    cast.anonymous.post("/signup", "email=ingrid%40fjell.test").await;
    let path = link(&cast).await;
    let form = "first_name=+&last_name=%3Cb%3ES%C3%B8rli&password=ingrid%40fjell&timezone=Europe%2FOlso";
    let answer = cast.anonymous.post(&path, form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#first_name-error"), ["Enter your first name."]);
    assert!(answer.texts("#password-error")[0].contains("your email address"), "{}", answer.body);
    assert_eq!(answer.texts("#timezone-error").len(), 1);
    assert!(!answer.body.contains("ingrid@fjell\"") && !answer.body.contains("<b>S"));
    let short = cast.anonymous.post(&path, &FORM.replace("granite+otter+lantern", "short")).await;
    assert_eq!(short.texts("#password-error"), ["The password has 5 characters. Use at least 10."]);
    assert_eq!(short.texts("option[selected]"), ["Oslo (Europe)"]);
    // The link still works.
    assert_eq!(cast.anonymous.post(&path, FORM).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_up_tells_nobody_who_has_an_account() {
    let cast = cast().await;
    let anyone = &cast.anonymous;
    let known = anyone.post("/signup", "email=marta%40lowfield.test").await;
    let unknown = anyone.post("/signup", "email=nobody%40lowfield.test").await;
    assert_eq!(said(&known, "marta@lowfield.test"), said(&unknown, "nobody@lowfield.test"));
    let ask = |email: &str| anyone.api("POST", "/auth/request-verification", Some(json!({"email": email})));
    let (known, unknown) = (ask("marta@lowfield.test").await, ask("nobody@lowfield.test").await);
    assert_eq!((known.status, &known.body), (StatusCode::OK, &unknown.body));
    assert_eq!(known.json()["expires_in"], 86_400);
    let sent = mails(&cast).await;
    let to = |address: &str| sent.iter().filter(|m| m.to == address).collect::<Vec<_>>();
    let (known, unknown) = (to("marta@lowfield.test"), to("nobody@lowfield.test"));
    assert_eq!((known.len(), unknown.len(), sent.len()), (2, 2, 4));
    assert!(known[0].subject.contains("account already") && !known[0].text.contains("/signup/"));
    assert!(known[0].text.contains("http://harrier.test/password/reset\n"));
    assert!(unknown[0].text.contains("http://harrier.test/signup/"));
}

#[tokio::test]
async fn a_link_to_sign_up_is_good_for_a_day() {
    let cast = cast().await;
    cast.anonymous.post("/signup", "email=ingrid%40fjell.test").await;
    let path = link(&cast).await;
    cast.stage.app.clock().advance(86_399);
    assert_eq!(cast.anonymous.get(&path).await.status, StatusCode::OK);
    cast.stage.app.clock().advance(1);
    let late = cast.anonymous.post(&path, FORM).await;
    assert_eq!(
        (late.status, late.texts("h1")),
        (StatusCode::GONE, vec!["This link does not work".to_owned()])
    );
    assert_eq!(cast.anonymous.get("/signup/no-such-secret").await.status, StatusCode::NOT_FOUND);
    // A link for one thing opens no other.
    let elsewhere = path.replace("/signup/", "/password/reset/");
    assert_eq!(cast.anonymous.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn three_mails_an_hour_for_each_address_known_or_not_also_after_a_restart() {
    let cast = cast().await;
    for path in ["/signup", "/password/reset"] {
        for email in ["marta%40lowfield.test", "nobody%40lowfield.test"] {
            for _ in 0..3 {
                let answer = cast.anonymous.post(path, &format!("email={email}")).await;
                assert_eq!(answer.status, StatusCode::OK);
            }
            let answer = cast.anonymous.post(path, &format!("email={}", email.to_uppercase())).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path} {email}");
            assert_eq!(answer.header("retry-after"), "3600");
        }
    }
    let restarted = cast.stage.another(true, Transport::memory()).await;
    let outcome = restarted.request_reset("marta@lowfield.test", "unknown").await;
    assert_eq!(outcome.expect_err("a limit").code(), "RATE_LIMITED");
    cast.stage.app.clock().advance(3_600);
    assert_eq!(cast.anonymous.post("/signup", "email=nobody%40lowfield.test").await.status, StatusCode::OK);
}

#[tokio::test]
async fn twenty_mails_an_hour_from_one_source_and_thirty_guesses_at_links() {
    let cast = cast().await;
    for number in 0..20 {
        let answer = cast.anonymous.post("/signup", &format!("email=a{number}%40lowfield.test")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let answer = cast.anonymous.post("/password/reset", "email=a99%40lowfield.test").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..30 {
        assert_eq!(cast.anonymous.get("/signup/guess").await.status, StatusCode::NOT_FOUND);
    }
    for path in ["/signup/guess", "/password/reset/guess"] {
        assert_eq!(cast.anonymous.get(path).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let cast = cast().await;
    let unknown = cast.anonymous.post("/password/reset", "email=nobody%40lowfield.test").await;
    assert!(mails(&cast).await.is_empty());
    let known = cast.anonymous.post("/password/reset", "email=NALEDI%40lowfield.test").await;
    assert_eq!(said(&known, "NALEDI@lowfield.test"), said(&unknown, "nobody@lowfield.test"));
    let path = link(&cast).await;
    assert_eq!(mails(&cast).await[0].to, "naledi@lowfield.test");
    assert_eq!(cast.anonymous.get(&path).await.texts("h1"), ["Choose a new password"]);
    let weak = cast.anonymous.post(&path, "password=naledi+mokoena").await;
    assert_eq!((weak.status, weak.texts("#password-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));

    // Locked out by somebody's guesses before.
    for _ in 0..11 {
        sign_in(&cast.anonymous, "naledi@lowfield.test", "wrong wrong wrong").await;
    }
    let answer = cast.anonymous.post(&path, "password=granite+otter+lantern").await;
    assert_eq!(answer.header("location"), "/session/new", "no one is signed in by a reset: {}", answer.body);
    assert_eq!(cast.athlete.get("/me").await.header("location"), "/session/new?to=%2Fme");
    assert_eq!(
        sign_in(&cast.anonymous, "naledi@lowfield.test", PASSWORD).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(sign_in(&cast.anonymous, "naledi@lowfield.test", NEW).await, StatusCode::SEE_OTHER);
    let told = mails(&cast).await;
    assert_eq!(told.last().expect("a mail").subject, "Your Harrier password was changed");
    let again = cast.anonymous.post(&path, "password=another+otter+lantern").await;
    assert_eq!(again.status, StatusCode::GONE);
}

/// Whoever knew the old password may have made tokens with it.
#[tokio::test]
async fn a_forgotten_password_revokes_tokens_and_api_keys() {
    let cast = cast().await;
    let keys = format!("/organizations/{}/api-keys", cast.org);
    let body = json!({ "name": "Sheet", "scopes": ["read"] });
    let key = cast.head_coach.api("POST", &keys, Some(body)).await.json();
    let key = cast.head_coach.with_token(key["secret"].as_str().expect("a secret"));
    let me = async |person: &Person| person.api("GET", "/auth/me", None).await.status;
    assert_eq!((me(&cast.head_coach).await, me(&key).await), (StatusCode::OK, StatusCode::OK));
    cast.anonymous.post("/password/reset", "email=marta%40lowfield.test").await;
    let path = link(&cast).await;
    assert_eq!(me(&cast.head_coach).await, StatusCode::OK, "asking alone changes nothing");
    assert!(cast.anonymous.get(&path).await.texts("p").join(" ").contains("API tokens are revoked"));
    cast.anonymous.post(&path, "password=granite+otter+lantern").await;
    assert_eq!(me(&cast.head_coach).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&cast.coach).await, StatusCode::OK, "nobody else's");
}

#[tokio::test]
async fn a_link_to_reset_is_good_for_an_hour_and_the_newest_ends_the_others() {
    let cast = cast().await;
    cast.anonymous.post("/password/reset", "email=kenji%40lowfield.test").await;
    let first = link(&cast).await;
    cast.anonymous.post("/password/reset", "email=kenji%40lowfield.test").await;
    let second = link(&cast).await;
    assert_eq!(
        cast.anonymous.post(&second, "password=granite+otter+lantern").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(cast.anonymous.get(&first).await.status, StatusCode::GONE);
    cast.anonymous.post("/password/reset", "email=kenji%40lowfield.test").await;
    cast.stage.app.send_due_mail().await.expect("sent");
    let third = link(&cast).await;
    cast.stage.app.clock().advance(3_600);
    assert_eq!(cast.anonymous.get(&third).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn two_at_once_use_a_link_once() {
    let cast = cast().await;
    cast.anonymous.post("/signup", "email=ingrid%40fjell.test").await;
    let path = link(&cast).await;
    let (one, two) = tokio::join!(cast.anonymous.post(&path, FORM), cast.anonymous.post(&path, FORM));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
}

#[tokio::test]
async fn signing_up_through_the_api() {
    let mut cast = cast().await;
    let anyone = &cast.anonymous;
    anyone.api("POST", "/auth/request-verification", Some(json!({"email": "ingrid@fjell.test"}))).await;
    let token = link(&cast).await.trim_start_matches("/signup/").to_owned();
    let verify = |token: &str| anyone.api("POST", "/auth/verify-token", Some(json!({"token": token})));
    assert_eq!(verify(&token).await.json(), json!({"valid": true, "email": "ingrid@fjell.test"}));
    let wrong = verify("no-such-token").await;
    assert_eq!((wrong.status, &wrong.json()["valid"]), (StatusCode::OK, &json!(false)));
    assert!(wrong.json()["error"].is_string());
    let mut body =
        json!({"token": token, "password": "short", "first_name": "", "last_name": "", "timezone": "Oslo"});
    let bad = anyone.api("POST", "/auth/complete-signup", Some(body.clone())).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let fields = bad.json()["details"]["fields"].as_array().expect("fields").len();
    assert_eq!(fields, 3, "{}", bad.body);
    body["password"] = json!(NEW);
    body["first_name"] = json!("Ingrid");
    body["timezone"] = json!("Europe/Oslo");
    let made = anyone.api("POST", "/auth/complete-signup", Some(body.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.json()["token_type"], "Bearer");
    let again = anyone.api("POST", "/auth/complete-signup", Some(body)).await;
    assert_eq!((again.status, &again.json()["details"]["field"]), (StatusCode::BAD_REQUEST, &json!("token")));
    assert_eq!(verify(&token).await.json()["valid"], false);
    cast.anonymous.token = made.json()["access_token"].as_str().expect("a token").to_owned();
    let me = cast.anonymous.api("GET", "/auth/me", None).await.json();
    assert_eq!((&me["email"], &me["timezone"]), (&json!("ingrid@fjell.test"), &json!("Europe/Oslo")));
    assert_eq!((&me["user_id"], &me["organization_id"]), (&made.json()["user_id"], &json!(null)));
}

#[tokio::test]
async fn a_token_for_a_password_and_back() {
    let mut cast = cast().await;
    let body = |email: &str, password: &str| json!({"email": email, "password": password, "name": "Script"});
    let ask = |body| cast.anonymous.api("POST", "/auth/token", Some(body));
    let known = ask(body("marta@lowfield.test", "wrong wrong wrong")).await;
    let unknown = ask(body("nobody@lowfield.test", "wrong wrong wrong")).await;
    let endless = ask(body("marta@lowfield.test", &"x".repeat(100_000))).await;
    for answer in [&known, &unknown, &endless] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.body, known.body, "one message for every wrong pair");
    }
    let made = ask(body("marta@lowfield.test", PASSWORD)).await.json();
    assert_eq!(
        (&made["token_type"], &made["expires_at"]),
        (&json!("Bearer"), &json!("2027-02-16T12:00:00Z"))
    );
    assert_eq!(made["user_id"], cast.head_coach.id.to_string());
    cast.anonymous.token = made["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(cast.anonymous.api("GET", "/auth/me", None).await.status, StatusCode::OK);
    assert_eq!(cast.anonymous.api("DELETE", "/auth/token", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(cast.anonymous.api("GET", "/auth/me", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        cast.head_coach.api("GET", "/auth/me", None).await.status,
        StatusCode::OK,
        "the other one stays"
    );
}

#[tokio::test]
async fn a_token_that_only_reads_may_give_itself_back() {
    let mut cast = cast().await;
    let made = cast.stage.app.admin_create_token("aiko@lowfield.test", "reads", false).await;
    cast.anonymous.token = made.expect("a token").1;
    assert_eq!(cast.anonymous.api("DELETE", "/auth/token", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(cast.anonymous.api("DELETE", "/auth/token", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guesses_through_the_api_count_with_those_on_the_page() {
    let cast = cast().await;
    for number in 0..10 {
        let wrong = json!({"email": "kenji@lowfield.test", "password": "wrong wrong wrong", "name": ""});
        let status = if number % 2 == 0 {
            cast.anonymous.api("POST", "/auth/token", Some(wrong)).await.status
        } else {
            sign_in(&cast.anonymous, "kenji@lowfield.test", "wrong wrong wrong").await
        };
        assert_ne!(status, StatusCode::TOO_MANY_REQUESTS);
    }
    let right = json!({"email": "kenji@lowfield.test", "password": PASSWORD, "name": ""});
    let answer = cast.anonymous.api("POST", "/auth/token", Some(right)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn where_signing_up_is_closed_the_page_says_so() {
    let cast = cast().await;
    let closed = cast.stage.another(false, Transport::memory()).await;
    let anyone = cast.anonymous.nobody(closed);
    for path in ["/signup", "/signup/some-secret"] {
        let page = anyone.get(path).await;
        assert_eq!(
            (page.status, page.texts("h1")),
            (StatusCode::FORBIDDEN, vec!["Signing up is closed".to_owned()])
        );
    }
    assert_eq!(anyone.post("/signup", "email=ingrid%40fjell.test").await.status, StatusCode::FORBIDDEN);
    assert!(!anyone.get("/session/new").await.body.contains("href=\"/signup\""));
    let signup =
        json!({"token": "x", "password": NEW, "first_name": "I", "last_name": "", "timezone": "UTC"});
    for (path, body) in [
        ("/auth/request-verification", json!({"email": "ingrid@fjell.test"})),
        ("/auth/verify-token", json!({"token": "x"})),
        ("/auth/complete-signup", signup),
    ] {
        assert_eq!(anyone.api("POST", path, Some(body)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}
