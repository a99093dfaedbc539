//! The roster's pages.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use harrier::app::admin::NewPerson;
use harrier::domain::ids::UserId;
use harrier::domain::text;
use serde_json::json;

use crate::support::{Answer, Cast, PASSWORD, Person, cast};

async fn athlete(cast: &Cast, email: &str, name: &str) -> UserId {
    let new = NewPerson {
        email: email.into(),
        name: name.into(),
        password: PASSWORD.into(),
        timezone: "Pacific/Auckland".into(),
    };
    cast.stage.app.admin_create_athlete(&new, "Lowfield").await.expect("made").user_id
}

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.texts("tbody .c-name a")
}

/// The address of the undo that the next page offers.
fn undo(answer: &Answer) -> String {
    let addresses = answer.attributes("form[action^='/undos/']", "action");
    addresses.into_iter().next().unwrap_or_else(|| panic!("an undo: {}", answer.body))
}

async fn version(cast: &Cast, id: UserId) -> String {
    let path = format!("/organizations/{}/members/{id}", cast.org);
    cast.coach.api("GET", &path, None).await.header("etag").trim_matches('"').to_owned()
}

async fn upload(person: &Person, parts: &[(&str, &str)]) -> Answer {
    let mut body = String::new();
    for (name, value) in parts {
        let file = if *name == "file" { "; filename=\"a.csv\"" } else { "" };
        body.push_str(&format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--XX--\r\n");
    let request =
        Request::post("/athletes/import").header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
    person.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn only_coaches_see_the_roster() {
    let cast = cast().await;
    for coach in [&cast.head_coach, &cast.coach, &cast.other_coach] {
        assert_eq!(names(&coach.get("/athletes").await), ["Kenji Watanabe", "Naledi Mokoena"]);
    }
    assert_eq!(names(&cast.stranger.get("/athletes").await), ["Wren Abernathy"]);
    for path in
        ["/athletes", "/athletes/export", "/athletes/import", "/athletes/new", "/athletes/bulk/new?do=label"]
    {
        assert_eq!(cast.athlete.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(cast.anonymous.get(path).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    let id = cast.athlete.id;
    for part in ["edit", "removal", "notes"] {
        let path = format!("/athletes/{id}/{part}");
        assert_eq!(cast.coach.get(&path).await.status, StatusCode::OK, "{path}");
        assert_eq!(cast.athlete.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(cast.stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(cast.coach.get(&format!("/athletes/nonsense/{part}")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn search_folds_case_and_accents_and_takes_signs_for_signs() {
    let cast = cast().await;
    athlete(&cast, "z@x.test", "Mateusz Zieliński").await;
    athlete(&cast, "o@x.test", "Ólafur 100%").await;
    for (typed, found) in [
        ("ZIELINSKI", vec!["Mateusz Zieliński"]),
        ("zieli%C5%84", vec!["Mateusz Zieliński"]),
        ("olafur", vec!["Ólafur 100%"]),
        ("x.test", vec!["Mateusz Zieliński", "Ólafur 100%"]),
        ("%25", vec!["Ólafur 100%"]),
        ("_", vec![]),
        ("%21", vec![]),
    ] {
        assert_eq!(names(&cast.coach.get(&format!("/athletes?q={typed}")).await), found, "{typed}");
    }
}

#[tokio::test]
async fn filters_stand_in_the_address_and_come_off_one_by_one() {
    let cast = cast().await;
    let (org, id) = (cast.org, cast.athlete.id);
    let change = serde_json::json!({"labels": ["@marathon", "tue-track"], "member_level": "Elite",
        "assigned_to_coach_id": cast.coach.id});
    let path = format!("/organizations/{org}/members/{id}");
    assert_eq!(cast.head_coach.api("PATCH", &path, Some(change)).await.status, StatusCode::OK);
    let me = cast.coach.id;
    for (query, found) in [
        ("status=active", 2),
        ("status=inactive", 0),
        ("level=Elite", 1),
        ("level=%C3%A9LITE", 1),
        ("level=Novice", 0),
        ("label=%40Marathon", 1),
        ("label=marathon&label=tue-track", 1),
        ("label=marathon&label=other", 0),
        (&format!("coach={me}"), 1),
        ("coach=none", 1),
        (&format!("coach=none&coach={me}"), 2),
        ("status=nonsense&sort=nonsense&page=nonsense", 2),
    ] {
        assert_eq!(names(&cast.coach.get(&format!("/athletes?{query}")).await).len(), found, "{query}");
    }
    let both = cast.coach.get("/athletes?label=marathon&status=inactive").await;
    assert_eq!(both.texts("a.is-on"), ["Inactive , remove filter", "@marathon , remove filter"]);
    assert!(both.texts("h2")[0].contains("@marathon"), "{}", both.body);
    let elite = cast.coach.get("/athletes?level=elite").await;
    assert_eq!(elite.texts("#f-level input[checked] + bdi"), ["Elite"]);
    let found =
        cast.coach.api("GET", &format!("/organizations/{org}/members?member_level=elite"), None).await;
    assert_eq!(found.json()["members"].as_array().map(Vec::len), Some(1), "{}", found.body);
    // The same region alone, as htmx asks for it, with the menus beside it.
    let region = cast.coach.get_region("/athletes?label=marathon", "results").await;
    assert!(!region.body.contains("<h1"), "{}", region.body);
    assert!(region.body.trim_start().starts_with("<div id=\"results\""), "{}", region.body);
    assert_eq!(region.texts("#menus[hx-swap-oob] input[checked] + bdi"), ["@marathon"]);
}

#[tokio::test]
async fn every_order_pages_through_everybody() {
    let cast = cast().await;
    for i in 0..53 {
        athlete(&cast, &format!("a{i}@x.test"), &format!("Runner {:02}", i)).await;
    }
    for sort in ["name", "-name", "status", "-level", "coach", "-last", "distance", "-distance"] {
        let first = cast.coach.get(&format!("/athletes?sort={sort}")).await;
        let second = cast.coach.get(&format!("/athletes?sort={sort}&page=2")).await;
        let mut all = [names(&first), names(&second)].concat();
        assert_eq!(first.texts(".pages p"), ["1 to 50 of 55"]);
        assert_eq!(first.texts("th[aria-sort]").len(), 1, "{sort}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 55, "{sort}");
    }
    let beyond = cast.coach.get("/athletes?page=9").await;
    assert_eq!(beyond.texts("h2"), ["There is no such page"]);
    assert_eq!(beyond.texts(".empty .actions a[href='/athletes']"), ["First page"]);
    let page = cast.coach.get("/athletes?page=2").await;
    assert_eq!(page.texts(".on-paper"), ["Athletes 51 to 55 of 55, by name."]);
}

#[tokio::test]
async fn what_the_address_says_wrongly_is_told_and_goes_no_further() {
    let cast = cast().await;
    let page = cast.coach.get("/athletes?status=nonsense&status=active&sort=zzz&coach=nobody").await;
    assert_eq!(names(&page).len(), 2);
    let told = "Not understood, and left out: status “nonsense”, coach “nobody”, order “zzz”.";
    assert_eq!(page.texts("#results .notice p"), [told]);
    assert_eq!(page.texts(".chip.is-on bdi"), ["Active"]);
    assert!(!page.texts("main").is_empty());
    assert!(!page.body.contains("status=nonsense") && !page.body.contains("sort=zzz"), "{}", page.body);
}

#[tokio::test]
async fn hostile_names_are_shown_as_they_are() {
    let cast = cast().await;
    let id = cast.athlete.id;
    for name in ["<script>alert(1)</script>", "\u{202e}kenji", "🏃‍♀️ Ana", "{{ 7*7 }} \" onload=x"] {
        let form = serde_html_form(&[
            ("version", &version(&cast, id).await),
            ("display_name", name),
            ("status", "active"),
            ("labels", "<b>bold</b>"),
            ("private_notes", "<i>it</i>"),
        ]);
        let answer = cast.coach.post(&format!("/athletes/{id}"), &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {}", answer.body);
        let roster = cast.coach.get("/athletes").await;
        assert!(
            // But for what turns the direction of all that follows.
            names(&roster).contains(&text::cut(&text::one_line(name), 50)),
            "{}",
            roster.body
        );
        assert!(!roster.body.contains("<script>alert") && !roster.body.contains("<b>bold"));
        assert!(!cast.coach.get(&format!("/athletes/{id}/notes")).await.body.contains("<i>it"));
    }
    let form = serde_html_form(&[
        ("version", &version(&cast, id).await),
        ("display_name", &"x".repeat(300)),
        ("status", "active"),
        ("labels", ""),
        ("private_notes", ""),
    ]);
    let answer = cast.coach.post(&format!("/athletes/{id}"), &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(&"x".repeat(300)), "what was typed is kept");
}

fn serde_html_form(pairs: &[(&str, &str)]) -> String {
    let encode = |t: &str| t.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    pairs.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_stale_edit_tells_and_keeps_what_was_typed() {
    let cast = cast().await;
    let id = cast.athlete.id;
    let path = format!("/athletes/{id}");
    let old = version(&cast, id).await;
    let form = |version: &str, name: &str| {
        format!("version={version}&display_name={name}&status=active&labels=&private_notes=")
    };
    assert_eq!(cast.coach.post(&path, &form(&old, "First")).await.status, StatusCode::SEE_OTHER);
    let stale = cast.other_coach.post(&path, &form(&old, "Second")).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.body.contains("value=\"Second\"") && stale.body.contains("“First”"), "{}", stale.body);
    let now = version(&cast, id).await;
    assert!(stale.body.contains(&format!("name=\"version\" value=\"{now}\"")));
    assert_eq!(cast.other_coach.post(&path, &form(&now, "Second")).await.status, StatusCode::SEE_OTHER);
    // Only the head coach assigns, whatever a form says.
    let now = version(&cast, id).await;
    let assign = format!("{}&assigned_to_coach_id={}", form(&now, "Third"), cast.coach.id);
    assert_eq!(cast.coach.post(&path, &assign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.head_coach.post(&path, &assign).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_bulk_act_has_a_result_for_each_and_can_be_taken_back() {
    let cast = cast().await;
    let (a, b, far) = (cast.athlete.id, cast.other_athlete.id, cast.strange_athlete.id);
    let dialog = cast
        .coach
        .get_region(&format!("/athletes/bulk/new?do=label&athlete={a}&athlete={b}"), "dialog")
        .await;
    assert_eq!(dialog.texts("h1"), ["Label 2 athletes"]);
    cast.coach.post("/athletes/bulk", &format!("do=label&value=marathon&athlete={a}")).await;
    let form = format!("do=label&value=%40marathon&athlete={a}&athlete={b}&athlete={far}");
    let answer = cast.coach.post("/athletes/bulk", &form).await;
    assert_eq!(dialog.texts("button.btn-primary"), ["Change labels of 2 athletes"]);
    assert_eq!(answer.texts("h1"), ["Label @marathon added to 1 athlete"]);
    assert_eq!(answer.texts(".dialog-body > p"), ["1 unchanged, 1 refused."]);
    assert_eq!(
        answer.texts(".rows .end"),
        ["Unchanged", "Done", "Refused: Not an athlete of your organization."]
    );
    assert_eq!(names(&cast.coach.get("/athletes?label=marathon").await).len(), 2);
    let undo = undo(&answer);
    assert_eq!(cast.other_coach.post(&undo, "").await.status, StatusCode::NOT_FOUND, "only who did it");
    let taken_back = cast.coach.post(&undo, "back=%2Fathletes%3Flabel%3Dmarathon").await;
    assert_eq!(taken_back.header("location"), "/athletes?label=marathon", "where the act was begun");
    assert_eq!(
        names(&cast.coach.get("/athletes?label=marathon").await),
        ["Naledi Mokoena"],
        "who had it keeps it"
    );
    assert_eq!(cast.coach.post(&undo, "").await.status, StatusCode::NOT_FOUND, "once");
    let assign = format!("do=coach&value={}&athlete={a}", cast.coach.id);
    assert_eq!(cast.coach.post("/athletes/bulk", &assign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        cast.head_coach.post("/athletes/bulk", &assign).await.texts("h1"),
        ["Tomás Ferreira assigned to 1 athlete"]
    );
    let again = cast.head_coach.post("/athletes/bulk", &assign).await;
    assert_eq!(again.texts("h1"), ["Nothing changed"]);
    let status = format!("do=status&value=inactive&athlete={a}&athlete={b}&back=https%3A%2F%2Fevil.test");
    let answer = cast.coach.post("/athletes/bulk", &status).await;
    assert_eq!(answer.texts("h1"), ["Status Inactive set for 2 athletes"]);
    assert!(!answer.body.contains("evil.test"), "back to the roster and nowhere else");
    let wrong = cast.coach.post("/athletes/bulk", &format!("do=label&value=&athlete={a}")).await;
    assert_eq!(wrong.texts("#b-value[aria-invalid][aria-describedby~=b-value-error]").len(), 1);
    assert_eq!(wrong.texts("#b-value-error"), ["Name at least one label."]);
    assert!(wrong.texts(".dialog-body .notice").is_empty(), "said once, beside the field");
    let none = cast.coach.post("/athletes/bulk", "do=status&value=inactive").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_removal_ends_sight_at_once_and_an_undo_brings_everything_back() {
    let cast = cast().await;
    let (org, id) = (cast.org, cast.athlete.id);
    let path = format!("/organizations/{org}/members/{id}");
    let change = serde_json::json!({"labels": ["marathon"], "private_notes": "Sore calf",
        "assigned_to_coach_id": cast.coach.id, "member_level": "Elite"});
    cast.head_coach.api("PATCH", &path, Some(change)).await;
    let before = cast.coach.api("GET", &path, None).await.json();
    let answer = cast.coach.post(&format!("/athletes/{id}/removal"), "").await;
    assert_eq!(answer.header("location"), "/athletes");
    let roster = cast.coach.get("/athletes").await;
    assert_eq!(names(&roster), ["Kenji Watanabe"]);
    assert_eq!(cast.coach.api("GET", &path, None).await.status, StatusCode::NOT_FOUND);
    let undo = undo(&roster);
    assert_eq!(cast.coach.post(&undo, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.coach.api("GET", &path, None).await.json(), before);
    // A minute later it is too late.
    cast.coach.post(&format!("/athletes/{id}/removal"), "").await;
    let undo = self::undo(&cast.coach.get("/athletes").await);
    cast.stage.app.clock().advance(61);
    assert_eq!(cast.coach.post(&undo, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn notes_are_signed_and_only_their_author_deletes_them() {
    let cast = cast().await;
    let path = format!("/athletes/{}/notes", cast.athlete.id);
    assert_eq!(cast.coach.post(&path, "note=").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    cast.coach.post(&path, "note=Left+Achilles+stiff").await;
    cast.stage.app.clock().advance(5);
    cast.other_coach.post(&path, "note=Better+now").await;
    let page = cast.coach.get(&path).await;
    assert_eq!(page.texts(".feed b"), ["Aiko Tanabe", "Tomás Ferreira"]);
    let forms = page.attributes(".feed form", "action");
    assert_eq!(forms.len(), 1, "one's own only");
    assert_eq!(cast.other_coach.post(&forms[0], "").await.status, StatusCode::FORBIDDEN);
    cast.coach.post(&forms[0], "").await;
    let page = cast.coach.get(&path).await;
    assert_eq!(page.texts(".feed b"), ["Aiko Tanabe"]);
    cast.coach.post(&undo(&page), "").await;
    assert_eq!(cast.coach.get(&path).await.texts(".feed b").len(), 2);
}

#[tokio::test]
async fn the_export_is_harmless_and_holds_no_notes() {
    let cast = cast().await;
    athlete(&cast, "evil@x.test", "=HYPERLINK(1)").await;
    cast.coach.post(&format!("/athletes/{}/notes", cast.athlete.id), "note=Secret").await;
    let csv = cast.coach.get("/athletes/export").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.body.contains("'=HYPERLINK(1)") && !csv.body.contains(",=HYPERLINK"), "{}", csv.body);
    assert!(!csv.body.contains("Secret"));
    assert_eq!(csv.body.lines().count(), 4);
    assert_eq!(cast.coach.get("/athletes/export?q=naledi").await.body.lines().count(), 2);
    // What was exported changes nothing when it comes back.
    let back = upload(&cast.coach, &[("file", &csv.body)]).await;
    assert!(back.texts(".dialog-body > p")[0].starts_with("0 athletes will change, 3 stay"), "{}", back.body);
}

#[tokio::test]
async fn an_import_shows_first_and_changes_on_confirmation_alone() {
    let cast = cast().await;
    let csv = "email,level,labels,status,coach_email\nNALEDI@lowfield.test,Elite,@marathon tempo,inactive,\n\
        kenji@lowfield.test,,,bogus,\nwho@x.test,,,,\nnaledi@lowfield.test,x,,,\n";
    let dry = upload(&cast.coach, &[("file", csv)]).await;
    assert_eq!(dry.status, StatusCode::OK, "{}", dry.body);
    let words: Vec<String> = dry.texts("tbody th + td + td");
    assert!(words[0].starts_with("Changes") && words[1].starts_with("Refused"), "{words:?}");
    assert!(words[2].starts_with("Not in the roster") && words[3].starts_with("Refused"), "{words:?}");
    assert_eq!(names(&cast.coach.get("/athletes?level=Elite").await).len(), 0, "nothing has changed yet");
    let plan = dry.attributes("input[name=plan]", "value").remove(0);
    let stale = upload(&cast.coach, &[("text", csv), ("plan", "other")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let done = upload(&cast.coach, &[("text", csv), ("plan", &plan)]).await;
    // What did not go in stays in view, with its lines, and what did can be taken back.
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.texts("h1").last().map(String::as_str), Some("Imported: 1 athlete changed"));
    assert_eq!(done.texts("tbody td.num"), ["3", "4", "5"]);
    let elite = "/athletes?level=Elite&label=tempo&status=inactive";
    assert_eq!(names(&cast.coach.get(elite).await), ["Naledi Mokoena"]);
    assert_eq!(cast.coach.post(&undo(&done), "back=%2Fathletes").await.status, StatusCode::SEE_OTHER);
    assert_eq!(names(&cast.coach.get(elite).await).len(), 0);
    assert_eq!(names(&cast.coach.get("/athletes?level=Elite").await).len(), 0);
    assert_eq!(names(&cast.coach.get("/athletes?status=active&q=naledi").await), ["Naledi Mokoena"]);
    let empty = upload(&cast.coach, &[("file", "")]).await;
    assert_eq!(empty.texts("#i-file-error"), ["The file is empty."]);
    for bad in ["", "name\nx\n", "email\n"] {
        assert_eq!(
            upload(&cast.coach, &[("file", bad)]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad:?}"
        );
    }
}

#[tokio::test]
async fn an_import_says_what_it_reads_and_what_it_does_not() {
    let cast = cast().await;
    let path = format!("/athletes/{}", cast.athlete.id);
    let version = version(&cast, cast.athlete.id).await;
    let form = format!("version={version}&status=active&labels=&member_level=Elite&private_notes=");
    let saved = cast.head_coach.post(&path, &format!("{form}&display_name=Naledi+Mokoena")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let csv = "First Name\tE-mail\tLevel\tCoach email\r\n\r\nK\tkenji@lowfield.test\telite\ttomas@lowfield.test\r\n\
        N\tnotamail\t\t\r\nW\twho@x.test\t\t\r\n";
    let dry = upload(&cast.head_coach, &[("file", csv)]).await;
    assert_eq!(dry.status, StatusCode::OK, "{}", dry.body);
    assert_eq!(dry.texts("tbody td.num"), ["3", "4", "5"]);
    let words: Vec<String> = dry.texts("tbody th + td + td");
    assert!(words[0].contains("level: none to Elite") && words[0].contains("to Tom"), "{words:?}");
    assert!(words[1].contains("“notamail” is not an email address."), "{words:?}");
    assert!(words[2].contains("harrier admin create-athlete"), "{words:?}");
    assert!(dry.texts(".dialog-body > p").contains(&"Columns that were not read: First Name.".to_owned()));
}

#[tokio::test]
async fn hostile_words_of_an_import_stay_words() {
    let cast = cast().await;
    let hostile = "<script>alert(1)</script>'&amp;";
    let csv = format!(
        "email,level,labels,status,{hostile}\nnaledi@lowfield.test,{hostile},{hostile},active,x\n\
         kenji@lowfield.test,,,{hostile},\n{hostile},,,,\n{hostile}@x.test,,,,\n"
    );
    let dry = upload(&cast.coach, &[("file", &csv)]).await;
    let plan = dry.attributes("input[name=plan]", "value").remove(0);
    let done = upload(&cast.coach, &[("text", &csv), ("plan", &plan)]).await;
    for page in [dry, done] {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(
            page.body.contains("&#60;script&#62;") && !page.body.contains("<script>alert"),
            "{}",
            page.body
        );
        let mut ids = page.attributes("[id]", "id");
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice: {}", page.body);
    }
}

#[tokio::test]
async fn an_empty_roster_says_the_way_that_works() {
    let cast = cast().await;
    for id in [cast.athlete.id, cast.other_athlete.id] {
        cast.head_coach.post(&format!("/athletes/{id}/removal"), "").await;
    }
    let roster = cast.head_coach.get("/athletes").await;
    assert_eq!(roster.texts(".empty a[href='/invitations/new']"), ["Invite athlete"]);
    assert_eq!(roster.texts("#roster-more a[href='/athletes/import']").len(), 1);
    assert!(roster.texts("#roster-more a[download]").is_empty());
    let dialog = cast.head_coach.get("/athletes/new").await;
    assert_eq!(dialog.texts(".hint a[href='/invitations/new']"), ["Invite them"]);
    let refused = cast.head_coach.post("/athletes", "email=no%40one.test").await;
    assert!(refused.texts("#n-email-error").concat().contains("Invite them instead"));
    assert!(cast.anonymous.get("/session/new").await.body.contains("the link that your coach gives you"));
}

#[tokio::test]
async fn a_person_made_by_the_operator_lives_where_the_head_coach_does() {
    let cast = cast().await;
    let app = &cast.stage.app;
    let person = |email: &str, timezone: &str| NewPerson {
        email: email.into(),
        name: "Aaron Newcomer".into(),
        password: PASSWORD.into(),
        timezone: timezone.into(),
    };
    for (email, timezone, expected) in
        [("a@x.test", "", "Europe/Lisbon"), ("b@x.test", "Asia/Tokyo", "Asia/Tokyo")]
    {
        app.admin_create_athlete(&person(email, timezone), "Lowfield").await.expect("made");
        assert_eq!(app.operator_for(email).await.expect("an account").user.timezone, expected);
    }
    let wrong = app.admin_create_athlete(&person("a@x.test", "Mars/Base"), "Nowhere").await;
    let harrier::app::Error::Invalid(problems) = wrong.expect_err("all wrong") else { panic!("not that") };
    let fields: Vec<&str> = problems.iter().map(|p| p.field.as_ref()).collect();
    assert_eq!(fields, ["timezone", "email", "organization"]);
}

#[tokio::test]
async fn the_height_of_rows_is_remembered_by_the_browser() {
    let cast = cast().await;
    let compact = |answer: &Answer| answer.texts("#density-compact[checked]").len() == 1;
    assert!(!compact(&cast.coach.get("/athletes").await));
    let done = cast.coach.post("/athletes/rows", "rows=compact&back=%2Fathletes%3Fsort%3Dlevel").await;
    assert_eq!(done.header("location"), "/athletes?sort=level");
    let cookie = done.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert_eq!(cookie, "rows=compact");
    let browser = cast.coach.with_cookie(&format!("{}; {cookie}", cast.coach.sign_in().await));
    assert!(compact(&browser.get("/athletes?status=active").await));
    assert_eq!(browser.post("/athletes/rows", "rows=roomy").await.header("location"), "/athletes");
}

#[tokio::test]
async fn who_has_not_run_is_at_nothing_and_only_who_cannot_be_seen_has_a_dash() {
    let cast = cast().await;
    let id = athlete(&cast, "new@x.test", "Aaron Newcomer").await;
    let unseen = athlete(&cast, "unseen@x.test", "Bo Unseen").await;
    let hide = format!("UPDATE memberships SET visible_from = NULL WHERE user_id = '{unseen}'");
    cast.stage.execute(&hide).await;
    let body = serde_json::json!({ "activity_type": "run", "start_time": "2026-11-17T07:00:00Z",
        "timezone": "Europe/Lisbon", "distance_in_meters": 8000, "duration_in_seconds": 2400 });
    cast.athlete.api("POST", "/activities", Some(body)).await;
    let before = serde_json::json!({ "activity_type": "run", "start_time": "2026-11-12T07:00:00Z",
        "timezone": "Europe/Lisbon", "distance_in_meters": 5000, "duration_in_seconds": 1600 });
    cast.athlete.api("POST", "/activities", Some(before)).await;
    let roster = cast.coach.get("/athletes").await;
    let row = |id: UserId, cell: &str| roster.texts(&format!("tr:has(input[value='{id}']) {cell}")).concat();
    assert_eq!(row(id, ".c-mark .this-week"), "0 km");
    assert_eq!(row(unseen, ".c-mark"), "–");
    assert_eq!(row(cast.athlete.id, ".c-mark .this-week"), "8.0 km");
    // The week before stands below, from the same row.
    assert_eq!(row(cast.athlete.id, ".c-mark .last-week"), "last 5.0 km");
    // The same order on the page and, in steps of one, in the API.
    let (new, kenji, naledi, bo) = ("Aaron Newcomer", "Kenji Watanabe", "Naledi Mokoena", "Bo Unseen");
    for (sort, expected) in [("distance", [new, kenji, naledi, bo]), ("-distance", [naledi, new, kenji, bo])]
    {
        assert_eq!(names(&cast.coach.get(&format!("/athletes?sort={sort}")).await), expected, "{sort}");
        let path = format!("/organizations/{}/members?limit=1&sort={sort}", cast.org);
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = cast.coach.api("GET", &format!("{path}{cursor}"), None).await.json();
            paged.push(page["members"][0]["display_name"].as_str().expect("a name").to_owned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, expected, "{sort}");
    }
    // Whose weeks they are is said once, and the column points to it.
    let weeks = "Weeks are each athlete’s own: from Monday in their time zone. \
        All bars have one scale: the tallest is 8.0 km.";
    assert_eq!(roster.texts("#weeks"), [weeks]);
    assert_eq!(roster.texts("#sort-week[aria-describedby=weeks]"), ["This week"]);
}

#[tokio::test]
async fn a_swapped_page_brings_its_title_and_the_count_beside_it() {
    let cast = cast().await;
    let first = cast.coach.get_region("/athletes", "main").await;
    assert_eq!(first.texts("title"), ["Athletes · Harrier"]);
    assert_eq!(first.texts("#nav[hx-swap-oob] .count"), ["2 in the roster"]);
    cast.coach.post(&format!("/athletes/{}/removal", cast.athlete.id), "").await;
    let after = cast.coach.get_region("/athletes", "main").await;
    assert_eq!(after.texts("#nav[hx-swap-oob] .count"), ["1 in the roster"]);
    assert_eq!(after.texts("#notice[tabindex] p").len(), 1);
    assert_eq!(after.texts("#notice form[hx-post^='/undos/'][hx-target='#main']").len(), 1);
    // The whole page has it where it belongs, and a region of its own comes alone but for its menus.
    assert!(!cast.coach.get("/athletes").await.body.contains("hx-swap-oob"));
    let region = cast.coach.get_region("/athletes", "results").await;
    assert!(region.texts("#nav, title").is_empty());
    assert_eq!(region.texts("#results[data-announce^='1 athlete, by name']").len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_several_above_as_well() {
    let cast = cast().await;
    let path = format!("/athletes/{}", cast.athlete.id);
    let version = version(&cast, cast.athlete.id).await;
    let form = format!("version={version}&status=active&labels=&member_level=&private_notes=");
    let one = cast.coach.post(&path, &format!("{form}&display_name=")).await;
    assert_eq!(one.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(one.texts("#d-display_name-error"), ["Enter a name, up to 50 characters."]);
    assert!(one.texts(".dialog-body .notice").is_empty());
    let form = form.replace("labels=", &format!("labels={}", "x".repeat(60)));
    let two = cast.coach.post(&path, &format!("{form}&display_name=")).await;
    assert_eq!(two.texts(".notice li a[href='#d-display_name']"), two.texts("#d-display_name-error"));
    assert_eq!(two.texts(".notice li a[href='#d-labels']"), two.texts("#d-labels-error"));
    assert_eq!(two.texts("[aria-invalid=true][aria-describedby$='-error']").len(), 2);
}

#[tokio::test]
async fn a_hint_names_some_labels_and_the_field_offers_all() {
    let cast = cast().await;
    let labels: Vec<String> = (10..30).map(|n| format!("label-{n}")).collect();
    let path = format!("/organizations/{}/members/{}", cast.org, cast.other_athlete.id);
    for part in labels.chunks(10) {
        let change = serde_json::json!({ "labels": part });
        assert_eq!(cast.coach.api("PATCH", &path, Some(change)).await.status, StatusCode::OK);
        // Another athlete takes the rest.
        let form = format!("do=label&value={}&athlete={}", part.join(","), cast.athlete.id);
        assert_eq!(cast.coach.post("/athletes/bulk", &form).await.status, StatusCode::OK);
    }
    let dialog = cast.coach.get_region(&format!("/athletes/{}/edit", cast.athlete.id), "dialog").await;
    assert!(dialog.texts("#d-labels-hint")[0].ends_with("and 8 more, type to find them."), "{}", dialog.body);
    assert_eq!(dialog.texts("#d-known option").len(), 20);
}

/// Fails unless the kept counts of every organization are those of its memberships.
async fn assert_counted(cast: &Cast, expected: [i64; 3], when: &str) {
    let mut kept = Vec::new();
    for status in ["active", "inactive", "suspended"] {
        let own = format!("SELECT {status} FROM roster_counts WHERE org_id = '{}'", cast.org);
        kept.push(cast.stage.number(&own).await);
        let wrong = format!(
            "SELECT COUNT(*) FROM organizations o LEFT JOIN roster_counts r ON r.org_id = o.id \
             WHERE COALESCE(r.{status}, 0) <> (SELECT COUNT(*) FROM memberships m \
             WHERE m.org_id = o.id AND m.role = 'athlete' AND m.status = '{status}')"
        );
        assert_eq!(cast.stage.number(&wrong).await, 0, "{status}, {when}");
    }
    assert_eq!(kept, expected, "{when}");
}

/// The table is kept by triggers: each way in which a membership comes, changes and goes has to reach it.
#[tokio::test]
async fn the_kept_counts_are_those_of_the_memberships() {
    let cast = cast().await;
    let (a, b) = (cast.athlete.id, cast.other_athlete.id);
    let member = |id: UserId| format!("/organizations/{}/members/{id}", cast.org);
    assert_counted(&cast, [2, 0, 0], "at first").await;
    let third = athlete(&cast, "third@lowfield.test", "Third Athlete").await;
    assert_counted(&cast, [3, 0, 0], "made by the operator").await;
    let status = |status: &str| Some(serde_json::json!({ "status": status }));
    let answer = cast.coach.api("PATCH", &member(a), status("suspended")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_counted(&cast, [2, 0, 1], "one changed").await;
    cast.coach.api("PATCH", &member(a), Some(serde_json::json!({ "member_level": "Elite" }))).await;
    assert_counted(&cast, [2, 0, 1], "another column changed").await;
    let bulk = format!("do=status&value=inactive&athlete={b}&athlete={third}");
    let answer = cast.coach.post("/athletes/bulk", &bulk).await;
    assert_counted(&cast, [0, 2, 1], "a bulk act").await;
    assert_eq!(cast.coach.post(&undo(&answer), "").await.status, StatusCode::SEE_OTHER);
    assert_counted(&cast, [2, 0, 1], "a bulk act undone").await;
    cast.coach.post(&format!("/athletes/{a}/removal"), "").await;
    assert_counted(&cast, [2, 0, 0], "a removal").await;
    cast.coach.post(&undo(&cast.coach.get("/athletes").await), "").await;
    assert_counted(&cast, [2, 0, 1], "a removal undone").await;
    cast.coach.api("DELETE", &member(third), None).await;
    let back = format!("/organizations/{}/members", cast.org);
    let answer = cast.coach.api("POST", &back, Some(serde_json::json!({ "user_id": third }))).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    assert_counted(&cast, [2, 0, 1], "removed and added").await;
    let csv = "email,status\nnaledi@lowfield.test,active\nkenji@lowfield.test,inactive\n";
    let dry = upload(&cast.coach, &[("file", csv)]).await;
    let start = dry.body.find("name=\"plan\" value=\"").expect("a plan") + 19;
    let plan = dry.body[start..].split('"').next().expect("a value");
    let done = upload(&cast.coach, &[("text", csv), ("plan", plan)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_counted(&cast, [2, 1, 0], "an import").await;
    let over = format!("/organizations/{}/coaches/{}/head", cast.org, cast.coach.id);
    assert!(cast.head_coach.api("POST", &over, None).await.status.is_success());
    let gone = format!("/organizations/{}/coaches/{}", cast.org, cast.other_coach.id);
    assert!(cast.coach.api("DELETE", &gone, None).await.status.is_success());
    assert_counted(&cast, [2, 1, 0], "coaches come and go").await;
}

#[tokio::test]
async fn the_roster_shows_who_is_in_a_group_and_who_is_in_none() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "Tuesday Track" }), &[cast.athlete.id]).await;
    let names = async |query: &str| {
        let page = cast.coach.get(&format!("/athletes?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.texts(".c-name a")
    };
    assert_eq!(names("group=none").await, ["Kenji Watanabe"]);
    assert_eq!(names("status=active&group=none").await, ["Kenji Watanabe"]);
    assert_eq!(names(&format!("group={group}")).await, ["Naledi Mokoena"]);
    assert_eq!(names(&format!("group={group}&group=none")).await, ["Kenji Watanabe", "Naledi Mokoena"]);
    let page = cast.coach.get("/athletes?group=none").await;
    assert!(page.texts(".chip.is-on").iter().any(|text| text.starts_with("In no group")), "{}", page.body);
}
