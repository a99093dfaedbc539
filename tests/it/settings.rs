//! A person's own settings, and setting a club up.

use axum::http::StatusCode;
use serde_json::json;

use crate::support::{Cast, PASSWORD, Person, cast};

fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| harrier::web::filters::percent_encode(text);
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

async fn save(person: &Person, first: &str, last: &str, units: &str, theme: &str) -> crate::support::Answer {
    let fields = form(&[
        ("first_name", first),
        ("last_name", last),
        ("timezone", "Africa/Johannesburg"),
        ("units", units),
        ("theme", theme),
    ]);
    person.post("/settings", &fields).await
}

#[tokio::test]
async fn a_new_name_reaches_the_roster_and_its_search() {
    let cast = cast().await;
    assert_eq!(
        save(&cast.athlete, "Naledi", "Dlamini", "metric", "dark").await.status,
        StatusCode::SEE_OTHER
    );
    let found = cast.coach.get("/athletes?q=dlamini").await;
    assert!(found.body.contains("Naledi Dlamini"));
    assert!(!cast.coach.get("/athletes?q=mokoena").await.body.contains("naledi@lowfield.test"));
    let page = cast.athlete.get("/settings").await;
    assert!(page.body.contains("<html lang=\"en\" data-theme=\"dark\">"), "the theme is the server's word");
    // A name that a coach gave stays.
    let path = format!("/organizations/{}/members/{}", cast.org, cast.athlete.id);
    cast.coach.api("PATCH", &path, Some(json!({ "display_name": "Nally" }))).await;
    save(&cast.athlete, "Naledi", "Mokoena", "metric", "system").await;
    assert_eq!(cast.coach.api("GET", &path, None).await.json()["display_name"], "Nally");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let cast = cast().await;
    let fields = form(&[
        ("first_name", " "),
        ("last_name", "<b>Lindqvist"),
        ("timezone", "Mars/Olympus"),
        ("units", "furlongs"),
        ("theme", "dark"),
    ]);
    let page = cast.head_coach.post("/settings", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts(".field .error").len(), 3, "{}", page.body);
    assert!(page.body.contains("&#60;b&#62;Lindqvist") && !page.body.contains("<b>Lindqvist"));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let cast = cast().await;
    let elsewhere = Person::of(&cast.stage, cast.athlete.id, &cast.athlete.email).await;
    assert_eq!(cast.athlete.get("/settings/security").await.texts(".rows li").len(), 2);
    let wrong = form(&[("current", "not this one at all"), ("password", "short")]);
    let page = cast.athlete.post("/settings/password", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts(".field .error").len(), 2, "{}", page.body);
    let right = form(&[("current", PASSWORD), ("password", "seven lanes and a kerb")]);
    assert_eq!(cast.athlete.post("/settings/password", &right).await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.athlete.get("/me").await.status, StatusCode::OK);
    assert_eq!(elsewhere.get("/me").await.status, StatusCode::SEE_OTHER, "signed out");
    let old = form(&[("email", &cast.athlete.email), ("password", PASSWORD)]);
    assert_eq!(cast.anonymous.post("/session", &old).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// Tokens are for programs and outlive a change of password, unless the person says otherwise.
#[tokio::test]
async fn a_new_password_revokes_the_tokens_on_demand() {
    let cast = cast().await;
    let works = async || cast.head_coach.api("GET", "/auth/me", None).await.status == StatusCode::OK;
    let label =
        async |person: &Person| person.get("/settings/security").await.texts("label[for=tokens] span");
    let said = |text: &str| text.starts_with("Also revoke my one API token");
    assert!(label(&cast.head_coach).await.iter().any(|text| said(text)), "one token, of these tests");
    let keys = format!("/organizations/{}/api-keys", cast.org);
    let body = json!({ "name": "Sheet", "scopes": ["read"] });
    let key = cast.head_coach.api("POST", &keys, Some(body)).await.json();
    let key = cast.head_coach.with_token(key["secret"].as_str().expect("a secret"));
    assert!(label(&cast.head_coach).await[0].starts_with("Also revoke my 2 API tokens"));
    // A mistake changes nothing and forgets no tick.
    let wrong =
        form(&[("current", "not this one"), ("password", "seven lanes and a kerb"), ("tokens", "yes")]);
    let page = cast.head_coach.post("/settings/password", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts("input#tokens[checked]").len(), 1);
    let keep = form(&[("current", PASSWORD), ("password", "seven lanes and a kerb")]);
    assert_eq!(cast.head_coach.post("/settings/password", &keep).await.status, StatusCode::SEE_OTHER);
    assert!(works().await);
    let end = form(&[
        ("current", "seven lanes and a kerb"),
        ("password", "eight lanes and a kerb"),
        ("tokens", "yes"),
    ]);
    assert_eq!(cast.head_coach.post("/settings/password", &end).await.status, StatusCode::SEE_OTHER);
    assert!(!works().await);
    assert_eq!(key.api("GET", "/auth/me", None).await.status, StatusCode::UNAUTHORIZED);
    assert!(label(&cast.head_coach).await.is_empty(), "nothing to revoke, nothing to tick");
    // The mail says which it was.
    cast.stage.app.send_due_mail().await.expect("sent");
    let mails = cast.stage.app.transport().kept();
    let texts: Vec<bool> = mails.iter().map(|m| m.text.contains("tokens are revoked too")).collect();
    assert_eq!(texts, [false, true]);
}

#[tokio::test]
async fn one_session_and_all_others_can_be_ended() {
    let cast = cast().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Person::of(&cast.stage, cast.coach.id, &cast.coach.email).await);
    }
    let page = cast.coach.get("/settings/security").await;
    let start = page.body.find("/settings/sessions/ses_").expect("a session to end");
    let action = page.body[start..].split('"').next().expect("an address");
    // Not for anybody else.
    assert_eq!(cast.head_coach.post(action, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.coach.post(action, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.coach.get("/settings/security").await.texts(".rows li").len(), 3);
    cast.coach.post("/settings/sessions/ending", "").await;
    assert_eq!(cast.coach.get("/settings/security").await.texts(".rows li").len(), 1);
}

async fn made(cast: &Cast, name: &str, scope: &str) -> String {
    let fields = form(&[("name", name), ("scope", scope), ("days", "30")]);
    let page = cast.coach.post("/settings/tokens", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let start = page.body.find("value=\"hrt_").expect("the secret") + 7;
    page.body[start..].split('"').next().expect("a value").to_owned()
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends_at_once() {
    let cast = cast().await;
    let secret = made(&cast, "Watch <bridge>", "read").await;
    let page = cast.coach.get("/settings/tokens").await;
    assert!(!page.body.contains(&secret) && page.body.contains("Watch &#60;bridge&#62;"));
    let reader = cast.coach.with_token(&secret);
    assert_eq!(reader.api("GET", "/auth/me", None).await.status, StatusCode::OK);
    let run = json!({ "name": "wider", "scopes": ["write"] });
    assert_eq!(reader.api("POST", "/auth/tokens", Some(run)).await.status, StatusCode::FORBIDDEN);
    let listed = cast.coach.api("GET", "/auth/tokens", None).await.json();
    let tokens = listed["tokens"].as_array().expect("a list");
    let token = tokens.iter().find(|t| t["name"] == "Watch <bridge>").expect("the token");
    let id = token["token_id"].as_str().expect("an id").to_owned();
    let path = format!("/settings/tokens/{id}/revocation");
    assert_eq!(cast.head_coach.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.head_coach.post(&path, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.coach.post(&path, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(reader.api("GET", "/auth/me", None).await.status, StatusCode::UNAUTHORIZED);
}

/// The id under which a page of tokens shows its form.
fn form_id(page: &crate::support::Answer) -> String {
    let start = page.body.find("name=\"form\" value=\"").expect("an id") + 19;
    page.body[start..].split('"').next().expect("a value").to_owned()
}

#[tokio::test]
async fn a_form_that_is_sent_again_makes_no_second_token() {
    let cast = cast().await;
    let ninety = "<option value=\"90\" selected>";
    let first = cast.coach.get("/settings/tokens").await;
    assert!(first.body.contains(ninety));
    let fields = form(&[("name", "Once"), ("scope", "read"), ("days", ""), ("form", &form_id(&first))]);
    let made = cast.coach.post("/settings/tokens", &fields).await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.body.contains("value=\"hrt_") && made.body.contains(ninety), "{}", made.body);
    let count = "SELECT COUNT(*) FROM tokens WHERE name = 'Once'";
    assert_eq!(cast.stage.number(count).await, 1);
    for _ in 0..2 {
        let again = cast.coach.post("/settings/tokens", &fields).await;
        assert_eq!((again.status, again.texts("#main [role=alert]").len()), (StatusCode::CONFLICT, 1));
        assert!(!again.body.contains("hrt_") && again.body.contains(ninety));
        assert_eq!(cast.stage.number(count).await, 1);
        // Also after it was revoked.
        cast.stage.execute("DELETE FROM tokens WHERE name = 'Once'").await;
        assert_eq!(cast.coach.post("/settings/tokens", &fields).await.status, StatusCode::CONFLICT);
        assert_eq!(cast.stage.number(count).await, 0);
        let second = form(&[("name", "Once"), ("scope", "read"), ("form", &form_id(&again))]);
        assert_eq!(cast.coach.post("/settings/tokens", &second).await.status, StatusCode::OK);
    }
    // A mistake uses nothing up.
    let page = cast.coach.get("/settings/tokens").await;
    let id = form_id(&page);
    let nameless = form(&[("name", " "), ("scope", "write"), ("days", ""), ("form", &id)]);
    let back = cast.coach.post("/settings/tokens", &nameless).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.body.contains("<option value=\"\" selected>never"), "what was chosen stays");
    let named = form(&[("name", "Late"), ("form", &id)]);
    assert_eq!(cast.coach.post("/settings/tokens", &named).await.status, StatusCode::OK);
    // When what was sent is not remembered any more, neither is the form taken.
    cast.stage.app.clock().advance(20 * 3600);
    cast.stage.execute("DELETE FROM idempotency").await;
    assert_eq!(cast.coach.post("/settings/tokens", &named).await.status, StatusCode::CONFLICT);
    // The secret stands nowhere in the clear.
    for (table, column) in [("idempotency", "body"), ("sessions", "data")] {
        let stored = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%hrt!_%' ESCAPE '!'");
        assert_eq!(cast.stage.number(&stored).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_token_makes_none_that_lasts_longer() {
    let cast = cast().await;
    let secret = made(&cast, "A month", "write").await;
    let month = cast.coach.with_token(&secret);
    let ask = async |expires_at: serde_json::Value| {
        let body = json!({ "name": "child", "scopes": ["read"], "expires_at": expires_at });
        month.api("POST", "/auth/tokens", Some(body)).await.status
    };
    assert_eq!(ask(json!(null)).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(json!("2027-11-18T12:00:00Z")).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(json!("2026-11-20T12:00:00Z")).await, StatusCode::CREATED);
    assert_eq!(ask(json!("2020-01-01T00:00:00Z")).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_the_head_coach_writes_what_the_club_says_of_itself() {
    let cast = cast().await;
    let fields = form(&[("name", "Lowfield Harriers"), ("description", "Tuesdays"), ("first_weekday", "7")]);
    assert_eq!(cast.coach.post("/organization", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.post("/organization", &fields).await.status, StatusCode::SEE_OTHER);
    let shape = cast.athlete.api("GET", &format!("/organizations/{}", cast.org), None).await.json();
    assert_eq!((&shape["name"], &shape["first_weekday"]), (&json!("Lowfield Harriers"), &json!(7)));
    let trail = cast.head_coach.api("GET", &format!("/organizations/{}/audit", cast.org), None).await.json();
    assert_eq!(trail["entries"][0]["action"], "organization.updated");
    let wrong = form(&[("name", ""), ("first_weekday", "8")]);
    let page = cast.head_coach.post("/organization", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts(".field .error").len(), 2);
}

/// From the sign-up link to a club of one's own, beside one of the same name.
#[tokio::test]
async fn setting_a_club_up_never_joins_one_of_the_same_name() {
    let cast = cast().await;
    let nobody = &cast.anonymous;
    nobody.api("POST", "/auth/request-verification", Some(json!({ "email": "rosa@new.test" }))).await;
    cast.stage.app.send_due_mail().await.expect("sent");
    let mails = cast.stage.app.transport().kept();
    let text = format!("{:?}", mails.last().expect("a mail"));
    let start = text.find("/signup/").expect("a link") + 8;
    let secret: String =
        text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let fields = form(&[
        ("first_name", "Rosa"),
        ("last_name", "Lima"),
        ("timezone", "Europe/Lisbon"),
        ("password", "a rather long password"),
    ]);
    let answer = nobody.post(&format!("/signup/{secret}"), &fields).await;
    assert_eq!(answer.header("location"), "/organization/new", "{}", answer.body);
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let rosa = nobody.with_cookie(&cookie);
    assert_eq!(rosa.get("/").await.header("location"), "/organization/new");
    // Nothing of a coach's is there yet, and each of it leads to where it begins.
    for path in ["/athletes", "/athletes/new", "/athletes/import", "/athletes/export", "/organization"] {
        let answer = rosa.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/organization/new"));
    }
    let region = rosa.get_region("/athletes", "results").await;
    assert_eq!((region.status, region.header("hx-redirect")), (StatusCode::FORBIDDEN, "/organization/new"));
    assert_eq!(rosa.get("/settings").await.status, StatusCode::OK);
    let club = form(&[("name", "Lowfield"), ("first_weekday", "1")]);
    assert_eq!(rosa.post("/organization/new", &club).await.status, StatusCode::SEE_OTHER);
    let roster = rosa.get("/athletes").await;
    assert_eq!(roster.status, StatusCode::OK);
    assert!(!roster.body.contains("Naledi"), "another club, though of the same name");
    assert_eq!(rosa.post("/organization/new", &club).await.status, StatusCode::FORBIDDEN);
}
