//! Inviting: by API and on the pages, what is refused, what becomes of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Cast, NOW, Person, cast};

fn path(cast: &Cast) -> String {
    format!("/organizations/{}/invitations", cast.org)
}

async fn invite(cast: &Cast, by: &Person, body: Value) -> crate::support::Answer {
    by.api("POST", &path(cast), Some(body)).await
}

#[tokio::test]
async fn an_invitation_has_the_shape_of_the_contract_and_its_link_once() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "Tuesday Track" }), &[]).await;
    let body =
        json!({ "kind": "single", "first_name": "Yara", "email": "Yara@lowfield.test", "group_id": group });
    let made = invite(&cast, &cast.coach, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let mut shape = made.json();
    let link = shape["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("http://harrier.test/join/") && link.len() == 25 + 43, "{link}");
    let id = shape["invitation_id"].clone();
    assert!(id.as_str().expect("an id").starts_with("inv_"));
    for field in ["invitation_id", "link"] {
        shape.as_object_mut().expect("an object").remove(field);
    }
    assert_eq!(
        shape,
        json!({ "kind": "single", "role": "athlete", "first_name": "Yara", "email": "Yara@lowfield.test",
            "group_id": group, "training_plan_id": null, "start_date": null, "max_uses": 1, "uses": 0,
            "expires_at": "2026-12-02T12:00:00Z", "state": "pending",
            "created_by": cast.coach.id.to_string(), "created_at": "2026-11-18T12:00:00Z" })
    );
    let list = cast.coach.api("GET", &path(&cast), None).await.json();
    assert_eq!(list["invitations"][0]["invitation_id"], id);
    assert!(list["invitations"][0].get("link").is_none());
    let secret = link.rsplit('/').next().expect("a secret");
    let kept = format!("SELECT COUNT(*) FROM invitations WHERE secret_hash = '{secret}'");
    assert_eq!(cast.stage.number(&kept).await, 0);
    let mail = &cast.mails().await[0];
    assert_eq!(mail.to, "Yara@lowfield.test");
    assert!(!mail.text.contains(secret), "the mail has a ticket of its own");
    assert!(mail.text.contains("Hello Yara,") && mail.text.contains("“Tuesday Track”"), "{}", mail.text);
    assert!(mail.text.contains("until 2 December 2026"), "{}", mail.text);
}

#[tokio::test]
async fn a_link_for_many_takes_a_limit_an_end_or_neither() {
    let cast = cast().await;
    for (body, most, end) in [
        (json!({ "kind": "multi" }), Value::Null, Value::Null),
        (json!({ "kind": "multi", "max_uses": null, "expires_at": null }), Value::Null, Value::Null),
        (
            json!({ "kind": "multi", "max_uses": 25, "expires_at": "2027-05-31T00:00:00Z" }),
            json!(25),
            json!("2027-05-31T00:00:00Z"),
        ),
    ] {
        let made = invite(&cast, &cast.coach, body).await.json();
        assert_eq!((&made["max_uses"], &made["expires_at"]), (&most, &end), "{made}");
    }
    assert!(cast.mails().await.is_empty());
    let page = cast.coach.post("/invitations", "kind=many&max_uses=3").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("#uses"), ["0 of 3 joined"]);
    assert_eq!(page.attributes("svg.qr", "role").len(), 2, "one in the page and one over all of it");
    assert!(page.attributes("#made-link", "value")[0].starts_with("http://harrier.test/join/"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_beside_its_field() {
    let cast = cast().await;
    let strange = cast.stranger.make_group(json!({ "name": "Elsewhere" })).await;
    for (body, status, field) in [
        (json!({ "kind": "double" }), 400, "kind"),
        (json!({ "kind": "single", "email": "a@b.test" }), 400, "first_name"),
        (json!({ "kind": "single", "first_name": "A", "email": "nobody" }), 400, "email"),
        (json!({ "kind": "single", "first_name": "A", "email": "a@b.test\r\nBcc: c@d.test" }), 400, "email"),
        (json!({ "kind": "single", "first_name": "A", "email": "a@b.test", "max_uses": 2 }), 400, "max_uses"),
        (json!({ "kind": "multi", "email": "a@b.test" }), 400, "email"),
        (json!({ "kind": "multi", "max_uses": 0 }), 400, "max_uses"),
        (json!({ "kind": "multi", "max_uses": -1 }), 400, "max_uses"),
        (json!({ "kind": "multi", "max_uses": 10_001 }), 400, "max_uses"),
        (json!({ "kind": "multi", "expires_at": "2026-11-18T12:00:00Z" }), 400, "expires_at"),
        (json!({ "kind": "multi", "expires_at": "2099-01-01T00:00:00Z" }), 400, "expires_at"),
        (json!({ "kind": "multi", "expires_at": "tomorrow" }), 400, "expires_at"),
        (json!({ "kind": "multi", "start_date": "2026-12-01" }), 400, "start_date"),
        (json!({ "kind": "multi", "role": "coach" }), 400, "role"),
        (json!({ "kind": "multi", "group_id": strange }), 404, ""),
        (json!({ "kind": "multi", "group_id": "nonsense" }), 404, ""),
        (json!({ "kind": "multi", "training_plan_id": "plan_01h455vb4pex5vsknk084sn02q" }), 404, ""),
    ] {
        let answer = invite(&cast, &cast.coach, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        if !field.is_empty() {
            assert!(answer.body.contains(&format!("\"{field}\"")), "{body}: {}", answer.body);
        }
    }
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM invitations").await, 0);
    let typed = "kind=one&first_name=&email=nobody&message=Come+along";
    let page = cast.coach.post("/invitations", typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts("#i-first_name-error"), ["Enter the first name."]);
    assert_eq!(page.texts("#i-email-error").len(), 1);
    assert_eq!(page.texts("#i-message"), ["Come along"]);
}

#[tokio::test]
async fn an_address_is_invited_once_and_members_never() {
    let cast = cast().await;
    let body = |email: &str| json!({ "kind": "single", "first_name": "A", "email": email });
    let naledi = invite(&cast, &cast.coach, body("NALEDI@lowfield.test")).await;
    assert_eq!((naledi.status.as_u16(), &naledi.json()["details"]["code"]), (409, &json!("ALREADY_MEMBER")));
    assert_eq!(invite(&cast, &cast.coach, body("new@b.test")).await.status, StatusCode::CREATED);
    let again = invite(&cast, &cast.other_coach, body(" NEW@b.test ")).await;
    assert_eq!((again.status.as_u16(), &again.json()["details"]["code"]), (409, &json!("CONFLICT")));
    // Somebody of another organization is invited like somebody whom nobody knows.
    let known = invite(&cast, &cast.coach, body("wren@elsewhere.test")).await;
    let unknown = invite(&cast, &cast.coach, body("nobody@elsewhere.test")).await;
    assert_eq!((known.status, unknown.status), (StatusCode::CREATED, StatusCode::CREATED));
    let words = |answer: &crate::support::Answer| {
        let mut json = answer.json();
        for field in ["invitation_id", "link", "email"] {
            json.as_object_mut().expect("an object").remove(field);
        }
        json
    };
    assert_eq!(words(&known), words(&unknown));
}

#[tokio::test]
async fn a_list_gets_an_answer_for_each_line() {
    let cast = cast().await;
    let list = "Yara Santos <yara@b.test>\n\nnobody\nnaledi@lowfield.test\nemre@b.test;Emre\nYARA@b.test\n";
    let form = format!("kind=list&list={}", list.replace('@', "%40").replace('\n', "%0A").replace(' ', "+"));
    let page = cast.coach.post("/invitations", &form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts("#dialog-title"), ["2 invitations are on their way"]);
    let rows = page.texts(".rows li");
    assert_eq!(rows.len(), 4, "empty lines and doubles are passed over: {rows:?}");
    assert!(rows[1].contains("nobody") && rows[1].contains("no email address in this line"), "{rows:?}");
    assert!(rows[2].contains("in your organization already"), "{rows:?}");
    let mails = cast.mails().await;
    let hello: Vec<&str> = mails.iter().filter_map(|mail| mail.text.lines().next()).collect();
    assert_eq!(hello, ["Hello Yara,", "Hello Emre,"]);
    let too_many = "a%40b.test%0A".repeat(101);
    let refused = cast.coach.post("/invitations", &format!("kind=list&list={too_many}")).await;
    assert!(refused.texts("#i-list-error")[0].contains("101 lines"));
    assert_eq!(cast.coach.post("/invitations", "kind=list").await.texts("#i-list-error").len(), 1);
}

#[tokio::test]
async fn sending_again_replaces_the_link_and_revoking_ends_it() {
    let cast = cast().await;
    let body = json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test" });
    let made = invite(&cast, &cast.coach, body).await.json();
    let id = made["invitation_id"].as_str().expect("an id").to_owned();
    let first = cast.mailed("yara@b.test", "/join/").await;
    cast.stage.app.clock().advance(3 * 86_400);
    let again = cast.other_coach.api("POST", &format!("{}/{id}/resend", path(&cast)), None).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.body);
    assert_ne!(again.json()["link"], made["link"]);
    // As long as at first, from now on.
    assert_eq!(again.json()["expires_at"], "2026-12-05T12:00:00Z");
    let second = cast.mailed("yara@b.test", "/join/").await;
    assert_ne!(first, second);
    assert_eq!(cast.anonymous.get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.anonymous.get(&second).await.status, StatusCode::OK);
    let old = made["link"].as_str().expect("a link").replace("http://harrier.test", "");
    assert_eq!(cast.anonymous.get(&old).await.status, StatusCode::NOT_FOUND);

    let revoked = cast.coach.api("DELETE", &format!("{}/{id}", path(&cast)), None).await;
    assert_eq!((revoked.status, &revoked.json()["state"]), (StatusCode::OK, &json!("revoked")));
    let gone = cast.anonymous.get(&second).await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert_eq!(gone.texts("h1"), ["This invitation was taken back"]);
    assert_eq!(cast.coach.api("DELETE", &format!("{}/{id}", path(&cast)), None).await.status, StatusCode::OK);
    let late = cast.coach.api("POST", &format!("{}/{id}/resend", path(&cast)), None).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = cast.coach.get("/invitations?state=revoked").await;
    assert!(page.texts(".invitations li")[0].contains("yara@b.test"));
    assert!(cast.coach.get("/invitations").await.texts(".invitations li").is_empty());
    let actions = "SELECT COUNT(*) FROM audit WHERE action LIKE 'invitation.%'";
    assert_eq!(cast.stage.number(actions).await, 3);
}

#[tokio::test]
async fn loading_the_answer_again_makes_no_second_link() {
    let cast = cast().await;
    let form =
        cast.coach.get("/invitations/new?kind=many").await.attributes("input[name=form]", "value").remove(0);
    let body = format!("kind=many&form={form}");
    assert_eq!(cast.coach.post("/invitations", &body).await.status, StatusCode::OK);
    assert_eq!(cast.coach.post("/invitations", &body).await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM invitations").await, 1);
    let id =
        cast.coach.api("GET", &path(&cast), None).await.json()["invitations"][0]["invitation_id"].clone();
    let renewal = format!("/invitations/{}/renewal", id.as_str().expect("an id"));
    let form = cast.coach.get(&renewal).await.attributes("input[name=form]", "value").remove(0);
    let page = cast.coach.post(&renewal, &format!("form={form}")).await;
    let link = page.attributes("#made-link", "value")[0].replace("http://harrier.test", "");
    assert_eq!(cast.coach.post(&renewal, &format!("form={form}")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.anonymous.get(&link).await.status, StatusCode::OK, "the link that was shown goes on");
}

#[tokio::test]
async fn coaches_invite_athletes_and_the_head_coach_alone_coaches() {
    let cast = cast().await;
    let coaches = format!("/organizations/{}/coaches", cast.org);
    let body = || Some(json!({ "email": "new@coach.test", "first_name": "Nia" }));
    assert_eq!(cast.coach.api("POST", &coaches, body()).await.status, StatusCode::FORBIDDEN);
    let made = cast.head_coach.api("POST", &coaches, body()).await;
    assert_eq!((made.status, &made.json()["role"]), (StatusCode::CREATED, &json!("coach")));
    let id = made.json()["invitation_id"].as_str().expect("an id").to_owned();
    for (method, address) in
        [("DELETE", format!("{}/{id}", path(&cast))), ("POST", format!("{}/{id}/resend", path(&cast)))]
    {
        assert_eq!(cast.coach.api(method, &address, None).await.status, StatusCode::FORBIDDEN, "{address}");
    }
    let line = cast.coach.get("/invitations").await;
    assert!(line.texts(".menu[id^=more-]").is_empty(), "what the coach may not do is not offered");
    assert_eq!(cast.head_coach.get("/invitations").await.texts(".menu[id^=more-]").len(), 1);
}

#[tokio::test]
async fn a_retry_with_the_same_key_gets_no_second_link() {
    let cast = cast().await;
    let body = json!({ "kind": "multi" });
    let first =
        cast.coach.api_with("POST", &path(&cast), Some(body.clone()), &[("idempotency-key", "k1")]).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = cast.coach.api_with("POST", &path(&cast), Some(body), &[("idempotency-key", "k1")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.json()["details"]["id"], first.json()["invitation_id"]);
}

#[tokio::test]
async fn invitations_come_in_pages_and_by_state() {
    let cast = cast().await;
    for number in 0..5 {
        invite(&cast, &cast.coach, json!({ "kind": "multi", "max_uses": number + 1 })).await;
    }
    let page = |query: String| {
        let address = format!("{}?{query}", path(&cast));
        let coach = &cast.coach;
        async move { coach.api("GET", &address, None).await.json() }
    };
    let first = page("limit=2&state=pending".into()).await;
    let next = first["next_cursor"].as_str().expect("a cursor").to_owned();
    let second = page(format!("limit=2&cursor={next}")).await;
    let uses = |page: &Value| -> Vec<i64> {
        let all = page["invitations"].as_array().expect("a list");
        all.iter().filter_map(|i| i["max_uses"].as_i64()).collect()
    };
    assert_eq!((uses(&first), uses(&second)), (vec![5, 4], vec![3, 2]));
    assert!(page("state=accepted".into()).await["invitations"].as_array().expect("a list").is_empty());
    let wrong = cast.coach.api("GET", &format!("{}?state=lost", path(&cast)), None).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(NOW, cast.stage.app.now());
}
