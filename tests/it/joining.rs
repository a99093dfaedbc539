//! Coming in: what a link says to whom, accepting, consent, leaving, adding who has an account.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, Cast, NOW, PASSWORD, Person, cast};

/// Invites by API and gives the link's path and the path of the ticket in the mail, if one went out.
pub async fn invited(cast: &Cast, body: Value) -> (String, Option<String>) {
    let address = format!("/organizations/{}/invitations", cast.org);
    let made = cast.coach.api("POST", &address, Some(body.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let link = made.json()["link"].as_str().expect("a link").replace("http://harrier.test", "");
    match body["email"].as_str() {
        Some(email) => (link, Some(cast.mailed(email, "/join/").await)),
        None => (link, None),
    }
}

/// The form of somebody new.
pub const NEW: &str =
    "first_name=Yara&last_name=Santos&password=long+enough+words&timezone=America%2FSao_Paulo&sight=all";

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

/// Asks for a ticket on a link and gives its path.
pub async fn ticket(cast: &Cast, link: &str, email: &str) -> String {
    let form = format!("email={}", email.replace('@', "%40"));
    let answer = cast.anonymous.post(&format!("{link}/ticket"), &form).await;
    assert_eq!(answer.texts("h1"), ["Look into your mail"], "{}", answer.body);
    cast.mailed(email, "/join/").await
}

/// An account in no organization, signed in.
async fn loner(cast: &Cast, email: &str) -> Person {
    let wren = &cast.strange_athlete;
    assert_eq!(wren.post("/membership/departure", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(wren.email, email);
    wren.with_cookie(wren.cookie.as_deref().expect("a cookie"))
}

#[tokio::test]
async fn somebody_new_reads_chooses_and_is_in_the_group_with_all_that_goes_with_it() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "First Steps" }), &[]).await;
    let body = json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test", "group_id": group });
    let (_, ticket) = invited(&cast, body).await;
    let ticket = ticket.expect("a ticket");
    let page = cast.anonymous.get(&ticket).await;
    assert_eq!(page.texts("h1"), ["Join Lowfield"]);
    assert!(page.body.contains("Tomás Ferreira") && page.body.contains("First Steps"));
    assert_eq!(page.attributes("#first_name", "value"), ["Yara"]);
    assert!(page.texts(".sees").concat().contains("What your coaches will see"));
    assert!(page.attributes("input[name=sight]", "checked").is_empty(), "nobody chooses for them");

    // Everything that is wrong is told at once, what was typed stays, and nothing has happened.
    let refused = cast.anonymous.post(&format!("{ticket}/acceptance"), "first_name=&last_name=Santos").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["first_name", "password", "timezone", "sight"] {
        assert_eq!(refused.texts(&format!("#{field}-error")).len(), 1, "{field}: {}", refused.body);
    }
    assert_eq!(refused.attributes("#last_name", "value"), ["Santos"]);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM users").await, 7);

    let done = cast.anonymous.post(&format!("{ticket}/acceptance"), NEW).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/me"));
    let yara = cast.anonymous.with_cookie(&cookie(&done));
    let own = yara.get("/me").await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.body.contains("Welcome to Lowfield. You are in “First Steps”."));
    let roster = cast.coach.get("/athletes?q=yara").await;
    assert!(roster.body.contains("Yara Santos") && roster.body.contains("First Steps"));
    let from =
        cast.stage.number("SELECT visible_from FROM memberships WHERE name_folded = 'yara santos'").await;
    assert_eq!(from, 0);
    for action in ["member.joined", "group.member_added", "invitation.created"] {
        let sql = format!("SELECT COUNT(*) FROM audit WHERE action = '{action}'");
        assert_eq!(cast.stage.number(&sql).await, 1, "{action}");
    }
    // The head coach and who invited are told, the third coach is not.
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'member.joined'";
    assert_eq!(cast.stage.number(told).await, 2);
    // The link is over, and says so.
    let again = cast.anonymous.get(&ticket).await;
    assert_eq!(
        (again.status, again.texts("h1")),
        (StatusCode::GONE, vec!["This invitation was accepted".into()])
    );
}

#[tokio::test]
async fn runs_from_before_stay_closed_for_who_wants_it_so() {
    let cast = cast().await;
    let (_, ticket) =
        invited(&cast, json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test" })).await;
    let form = NEW.replace("sight=all", "sight=now");
    let done = cast.anonymous.post(&format!("{}/acceptance", ticket.expect("a ticket")), &form).await;
    let yara = cast.anonymous.with_cookie(&cookie(&done));
    let from = "SELECT visible_from FROM memberships WHERE name_folded = 'yara santos'";
    assert_eq!(cast.stage.number(from).await, NOW);
    // And can change their mind, both ways.
    cast.stage.app.clock().advance(60);
    let show = yara.get("/membership").await;
    assert_eq!(show.attributes("input[name=sight][checked]", "value"), ["now"]);
    yara.post("/membership/consent", "sight=now").await;
    assert_eq!(cast.stage.number(from).await, NOW, "saying the same again moves nothing");
    yara.post("/membership/consent", "sight=all").await;
    assert_eq!(cast.stage.number(from).await, 0);
    yara.post("/membership/consent", "sight=now").await;
    assert_eq!(cast.stage.number(from).await, NOW + 60);
    let wrong = yara.post("/membership/consent", "sight=some").await;
    assert_eq!(wrong.texts("#sight-error").len(), 1);
}

#[tokio::test]
async fn each_link_that_does_not_work_says_why() {
    let cast = cast().await;
    let unknown = cast.anonymous.get("/join/nothing").await;
    assert_eq!(
        (unknown.status, unknown.texts("h1")),
        (StatusCode::NOT_FOUND, vec!["This link does not work".into()])
    );
    let (_, ticket) =
        invited(&cast, json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test" })).await;
    let ticket = ticket.expect("a ticket");
    cast.stage.app.clock().advance(14 * 86_400);
    let old = cast.anonymous.get(&ticket).await;
    assert_eq!((old.status, old.texts("h1")), (StatusCode::GONE, vec!["This invitation is too old".into()]));
    let late = cast.anonymous.post(&format!("{ticket}/acceptance"), NEW).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM users").await, 7);
}

#[tokio::test]
async fn the_page_of_a_shared_link_answers_alike_for_every_address() {
    let cast = cast().await;
    let (many, _) = invited(&cast, json!({ "kind": "multi", "max_uses": 5 })).await;
    let (one, _) =
        invited(&cast, json!({ "kind": "single", "first_name": "A", "email": "invited@b.test" })).await;
    let before = cast.mails().await.len();
    let ask = |link: &str, email: &str| {
        let (path, form) = (format!("{link}/ticket"), format!("email={}", email.replace('@', "%40")));
        let (anyone, email) = (&cast.anonymous, email.to_owned());
        async move {
            let answer = anyone.post(&path, &form).await;
            (answer.status, answer.body.replace(&email, "ADDRESS"))
        }
    };
    let links = |text: String| text.replace(&many, "LINK").replace(&one, "LINK");
    let mut said = Vec::new();
    // Unknown; of this organization; of another one; the head coach.
    for email in ["new@b.test", "naledi@lowfield.test", "wren@elsewhere.test", "marta@lowfield.test"] {
        let (status, body) = ask(&many, email).await;
        said.push((status, links(body)));
    }
    // The link to one address, with another one and with its own.
    for email in ["other@b.test", "invited@b.test"] {
        let (status, body) = ask(&one, email).await;
        said.push((status, links(body)));
    }
    for answer in &said {
        assert_eq!(answer, &said[0]);
    }
    let to: Vec<String> = cast.mails().await.into_iter().skip(before).map(|mail| mail.to).collect();
    assert_eq!(
        to,
        [
            "new@b.test",
            "naledi@lowfield.test",
            "wren@elsewhere.test",
            "marta@lowfield.test",
            "invited@b.test"
        ],
        "everybody who typed an address on the link for many gets a mail, and of the other one who was invited"
    );
    assert_eq!(cast.stage.number("SELECT uses FROM invitations WHERE kind = 'multi'").await, 0);
    let wrong = cast.anonymous.post(&format!("{many}/ticket"), "email=nobody").await;
    assert_eq!(wrong.texts("#email-error").len(), 1);
}

#[tokio::test]
async fn an_account_signs_in_first_and_confirms() {
    let cast = cast().await;
    let wren = loner(&cast, "wren@elsewhere.test").await;
    let (link, _) = invited(&cast, json!({ "kind": "multi", "max_uses": 1 })).await;
    let ticket = ticket(&cast, &link, "wren@elsewhere.test").await;
    let first = cast.anonymous.get(&ticket).await;
    assert_eq!(first.texts("h1"), ["Sign in to accept"]);
    assert_eq!(first.attributes(".actions a", "href"), [format!("/session/new?to={ticket}")]);
    // Nobody makes a second account for the address, and nobody else accepts for it.
    let forged = cast.anonymous.post(&format!("{ticket}/acceptance"), NEW).await;
    assert_eq!(forged.texts("h1"), ["Sign in to accept"]);
    let other = cast.athlete.get(&ticket).await;
    assert_eq!(other.texts("h1"), ["You are in already"]);

    let page = wren.get(&ticket).await;
    assert!(page.body.contains("You are signed in as") && page.attributes("#password", "id").is_empty());
    let refused = wren.post(&format!("{ticket}/acceptance"), "").await;
    assert_eq!(refused.texts("#sight-error").len(), 1);
    let done = wren.post(&format!("{ticket}/acceptance"), "sight=now").await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/me"));
    assert_eq!(cast.stage.number("SELECT uses FROM invitations").await, 1);
    assert_eq!(cast.anonymous.get(&link).await.texts("h1"), ["All places are taken"]);
}

#[tokio::test]
async fn who_is_signed_in_needs_no_mail_on_a_link_for_many() {
    let cast = cast().await;
    let wren = loner(&cast, "wren@elsewhere.test").await;
    let (link, _) = invited(&cast, json!({ "kind": "multi" })).await;
    let (single, _) =
        invited(&cast, json!({ "kind": "single", "first_name": "A", "email": "a@b.test" })).await;
    let wrong = wren.get(&single).await;
    assert_eq!(wrong.texts("h1"), ["This invitation is for another address"]);
    let forged = wren.post(&format!("{single}/acceptance"), "sight=all").await;
    assert_eq!(forged.texts("h1"), ["This invitation is for another address"]);
    let done = wren.post(&format!("{link}/acceptance"), "sight=all").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let nobody = cast.anonymous.post(&format!("{link}/acceptance"), NEW).await;
    assert_eq!(nobody.texts("h1"), ["Join Lowfield"], "without a ticket one is asked for the address");
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM users").await, 7);
}

#[tokio::test]
async fn members_of_an_organization_stay_where_they_are() {
    let cast = cast().await;
    let (link, _) = invited(&cast, json!({ "kind": "multi", "max_uses": 3 })).await;
    for (person, heading) in [
        (&cast.athlete, "You are in already"),
        (&cast.coach, "You are in already"),
        (&cast.strange_athlete, "One organization at a time"),
        (&cast.stranger, "One organization at a time"),
    ] {
        let page = person.get(&link).await;
        assert_eq!(page.texts("h1"), [heading], "{}", person.email);
        let tried = person.post(&format!("{link}/acceptance"), "sight=all").await;
        assert_eq!((tried.status, tried.texts("h1")), (StatusCode::CONFLICT, vec![heading.to_owned()]));
    }
    assert_eq!(cast.stage.number("SELECT uses FROM invitations").await, 0, "nobody took a place");
}

#[tokio::test]
async fn a_coach_comes_in_as_a_coach() {
    let cast = cast().await;
    let form = "first_name=Nia&email=nia%40b.test&message=Come+along";
    assert_eq!(cast.head_coach.post("/coaches", form).await.status, StatusCode::SEE_OTHER);
    let ticket = cast.mailed("nia@b.test", "/join/").await;
    let page = cast.anonymous.get(&ticket).await;
    assert!(page.texts(".sees").concat().contains("What you will see"));
    assert!(page.body.contains("Come along") && page.attributes("input[name=sight]", "id").is_empty());
    let done = cast.anonymous.post(&format!("{ticket}/acceptance"), NEW).await;
    assert_eq!(done.header("location"), "/athletes");
    let nia = cast.anonymous.with_cookie(&cookie(&done));
    assert_eq!(nia.get("/athletes").await.status, StatusCode::OK);
    assert_eq!(nia.get("/coaches/new").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_group_that_is_gone_keeps_nobody_outside() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "First Steps" }), &[]).await;
    let (link, _) = invited(&cast, json!({ "kind": "multi", "group_id": group })).await;
    cast.coach.api("DELETE", &format!("/groups/{group}"), None).await;
    let ticket = ticket(&cast, &link, "yara@b.test").await;
    let done = cast.anonymous.post(&format!("{ticket}/acceptance"), NEW).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM group_members").await, 0);
}

#[tokio::test]
async fn adding_somebody_finds_free_accounts_alone_and_opens_nothing() {
    let cast = cast().await;
    let find = |email: &str| {
        let form = format!("email={}", email.replace('@', "%40"));
        let coach = &cast.coach;
        async move { coach.post("/athletes", &form).await }
    };
    // Somebody elsewhere and nobody at all: one and the same answer.
    let (elsewhere, nobody) = (find("wren@elsewhere.test").await, find("nobody@b.test").await);
    assert_eq!(elsewhere.texts("#n-email-error"), nobody.texts("#n-email-error"));
    assert_eq!(elsewhere.texts("#n-email-error").len(), 1);
    assert!(find("kenji@lowfield.test").await.texts("#n-email-error")[0].contains("already"));
    let wren = loner(&cast, "wren@elsewhere.test").await;
    // Accents and case of an address are looked up as everywhere; parts of one are not.
    assert!(find("WREN@elsewhere.test").await.body.contains("Wren Abernathy"));
    assert_eq!(find("wren").await.texts("#n-email-error").len(), 1);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM memberships WHERE user_id = ''").await, 0);
    let looks = "SELECT COUNT(*) FROM audit WHERE action = 'member.looked_up'";
    assert_eq!(cast.stage.number(looks).await, 4);

    let group = cast.group(json!({ "name": "First Steps" }), &[]).await;
    let form = format!("email=x&user_id={}&group={group}", wren.id);
    let added = cast.coach.post("/athletes", &form).await;
    assert_eq!(added.header("location"), format!("/athletes/{}", wren.id));
    assert!(cast.coach.get("/athletes?q=wren").await.body.contains("First Steps"));
    let profile = cast.coach.get(&format!("/athletes/{}", wren.id)).await;
    assert!(profile.body.contains("has not agreed to be seen"));
    let mail = cast.mails().await.pop().expect("a mail");
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("wren@elsewhere.test", "You were added to Lowfield")
    );
    assert!(mail.text.contains("/membership"));

    // They read who would see what, agree with one click, or leave with one.
    let show = wren.get("/membership").await;
    assert_eq!(show.texts(".notice-watch").len(), 1);
    assert!(show.attributes("input[name=sight][checked]", "value").is_empty());
    wren.post("/membership/consent", "sight=all").await;
    assert!(!cast.coach.get(&format!("/athletes/{}", wren.id)).await.body.contains("has not agreed"));
}

#[tokio::test]
async fn who_was_added_is_asked_at_the_next_sign_in() {
    let cast = cast().await;
    let wren = loner(&cast, "wren@elsewhere.test").await;
    cast.coach.post("/athletes", &format!("user_id={}", wren.id)).await;
    let form = format!("email=wren%40elsewhere.test&password={}", PASSWORD.replace(' ', "+"));
    let sign_in = |to: &str| {
        let form = format!("{form}{to}");
        let anyone = &cast.anonymous;
        async move { anyone.post("/session", &form).await.header("location").to_owned() }
    };
    assert_eq!(sign_in("").await, "/membership");
    assert_eq!(sign_in("&to=/me/activities").await, "/me/activities");
    wren.post("/membership/consent", "sight=now").await;
    assert_eq!(sign_in("").await, "/");
}

#[tokio::test]
async fn searches_for_accounts_are_twenty_an_hour() {
    let cast = cast().await;
    for number in 0..20 {
        let answer = cast.coach.post("/athletes", &format!("email=nobody{number}%40b.test")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let late = cast.coach.post("/athletes", "email=nobody%40b.test").await;
    assert!(late.texts("#n-email-error")[0].contains("Too many attempts"), "{}", late.body);
    let members = format!("/organizations/{}/members", cast.org);
    let by_api = cast.coach.api("POST", &members, Some(json!({ "email": "nobody@b.test" }))).await;
    assert_eq!(by_api.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_athlete_leaves_with_one_click_and_takes_it_back_within_a_minute() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "Tuesday Track" }), &[cast.athlete.id]).await;
    let note = format!("/athletes/{}/notes", cast.athlete.id);
    cast.coach.post(&note, "note=Left+Achilles+stiff").await;
    let left = cast.athlete.post("/membership/departure", "").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    let profile = format!("/athletes/{}", cast.athlete.id);
    assert_eq!(cast.coach.get(&profile).await.status, StatusCode::NOT_FOUND);
    let page = cast.athlete.get("/membership").await;
    assert_eq!(page.texts(".empty h2"), ["On your own"]);
    let undo = page.attributes("form[action^='/undos/']", "action").remove(0);
    // Somebody else cannot.
    assert_eq!(cast.other_athlete.post(&undo, "").await.status, StatusCode::FORBIDDEN);
    cast.stage.app.clock().advance(59);
    assert_eq!(cast.athlete.post(&undo, "").await.header("location"), "/membership");
    assert_eq!(cast.coach.get(&profile).await.status, StatusCode::OK);
    assert!(cast.coach.get(&note).await.body.contains("Left Achilles stiff"));
    let members = cast.coach.api("GET", &format!("/groups/{group}"), None).await.json();
    assert_eq!(members["members"], json!([cast.athlete.id.to_string()]));

    let again = cast.athlete.post("/membership/departure", "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let undo =
        cast.athlete.get("/membership").await.attributes("form[action^='/undos/']", "action").remove(0);
    cast.stage.app.clock().advance(60);
    assert!(cast.athlete.post(&undo, "").await.status.is_client_error());
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'member.left'";
    assert_eq!(cast.stage.number(told).await, 2, "the head coach, each time");
}

#[tokio::test]
async fn who_comes_back_within_thirty_days_finds_the_notes_kept() {
    let cast = cast().await;
    let note = format!("/athletes/{}/notes", cast.athlete.id);
    cast.coach.post(&note, "note=Left+Achilles+stiff").await;
    cast.coach.post(&format!("/athletes/{}/removal", cast.athlete.id), "").await;
    cast.stage.app.clock().advance(29 * 86_400);
    cast.stage.app.keep_house().await.expect("a kept house");
    let members = format!("/organizations/{}/members", cast.org);
    let add = json!({ "email": "naledi@lowfield.test" });
    let back = cast.coach.api("POST", &members, Some(add)).await;
    assert_eq!(back.status, StatusCode::CREATED, "{}", back.body);
    assert_eq!(back.json()["private_notes"], "Left Achilles stiff");
    cast.stage.app.clock().advance(2 * 86_400);
    cast.stage.app.keep_house().await.expect("a kept house");
    let member = cast.coach.api("GET", &format!("{members}/{}", cast.athlete.id), None).await;
    assert_eq!(member.json()["private_notes"], "Left Achilles stiff");
}

#[tokio::test]
async fn athletes_change_hands_with_a_note_that_both_coaches_see() {
    let cast = cast().await;
    let (from, to) = (&cast.coach, &cast.other_coach);
    let assign = |coach: &Person, note: &str| {
        let (a, b) = (cast.athlete.id, cast.other_athlete.id);
        let form = format!("do=coach&value={}&athlete={a}&athlete={b}&note={note}", coach.id);
        let head = &cast.head_coach;
        async move { head.post("/athletes/bulk", &form).await }
    };
    assert_eq!(assign(from, "").await.status, StatusCode::OK);
    assert_eq!(assign(to, "Both+race+in+April").await.status, StatusCode::OK);
    for (person, kind) in [(from, "athletes.handed_over"), (to, "athletes.assigned")] {
        let sql = format!(
            "SELECT COUNT(*) FROM notifications WHERE user_id = '{}' AND kind = '{kind}' AND payload LIKE '%Both race in April%'",
            person.id
        );
        assert_eq!(cast.stage.number(&sql).await, 1, "{kind}");
    }
    for coach in [from, to] {
        for athlete in [cast.athlete.id, cast.other_athlete.id] {
            let notes = coach.get(&format!("/athletes/{athlete}/notes")).await;
            assert!(notes.body.contains("Hand-over: Both race in April"));
        }
    }
    // Athletes are told who, never the note.
    let told = format!(
        "SELECT COUNT(*) FROM notifications WHERE user_id = '{}' AND kind = 'member.coach' AND payload NOT LIKE '%April%'",
        cast.athlete.id
    );
    assert_eq!(cast.stage.number(&told).await, 2);
    let long = assign(from, &"x".repeat(1_001)).await;
    assert_eq!((long.status, long.texts("#b-note-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));

    // Removing a coach hands theirs over in the same dialog, and ends the links that they made.
    let (link, _) = invited(&cast, json!({ "kind": "multi" })).await;
    assign(from, "").await;
    let dialog = cast.head_coach.get(&format!("/coaches/{}/removal", from.id)).await;
    assert_eq!(dialog.texts("label[for=r-reassign_to]"), ["2 athletes go to"]);
    let wrong = cast.head_coach.post(&format!("/coaches/{}/removal", from.id), "reassign_to=usr_x").await;
    assert_eq!(wrong.texts("#r-reassign_to-error").len(), 1);
    let form = format!("reassign_to={}&note=Take+care", to.id);
    let removed = cast.head_coach.post(&format!("/coaches/{}/removal", from.id), &form).await;
    assert_eq!(removed.header("location"), "/organization");
    assert_eq!(cast.anonymous.get(&link).await.status, StatusCode::GONE);
    assert_eq!(from.get("/athletes").await.header("location"), "/organization/new", "one of their own");
    assert!(
        to.get(&format!("/athletes/{}/notes", cast.athlete.id)).await.body.contains("Hand-over: Take care")
    );
}

#[tokio::test]
async fn the_head_coach_hands_the_role_over() {
    let cast = cast().await;
    let path = format!("/coaches/{}/head", cast.coach.id);
    assert_eq!(cast.head_coach.get(&path).await.texts("#dialog-title"), ["Make Tomás Ferreira head coach?"]);
    assert_eq!(cast.head_coach.post(&path, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.head_coach.get("/coaches/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.coach.get("/coaches/new").await.status, StatusCode::OK);
    let own = cast.coach.get(&format!("/coaches/{}/removal", cast.coach.id)).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
}
