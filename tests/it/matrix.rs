//! The access matrix: every route and every person, with the status they get. The best documentation of
//! who may do what. It fails when a route is missing from it.
//!
//! Statuses: `in` is a redirect to the sign-in page, `ok` any answer of success (2xx, or a redirect after
//! an act), `bad` the form or body was looked at and found wanting (400, 409, 415, 422), so the person was
//! let in; the numbers are themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::support::{Answer, Cast, Person, cast};

/// Route, then what these people get: anonymous, head coach, coach, athlete (whose data it is), other
/// athlete, stranger (head coach elsewhere), strange athlete.
const PAGES: &str = include_str!("matrix/pages.txt");
const API: &str = include_str!("matrix/api.txt");

struct Line {
    method: String,
    path: String,
    expected: Vec<String>,
}

fn lines(table: &str) -> Vec<Line> {
    table
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|l| {
            let words: Vec<&str> = l.split_whitespace().collect();
            assert_eq!(words.len(), 9, "a method, a path and seven people: {l}");
            Line {
                method: words[0].into(),
                path: words[1].into(),
                expected: words[2..].iter().map(|w| (*w).to_owned()).collect(),
            }
        })
        .collect()
}

const PEOPLE: [&str; 7] =
    ["anonymous", "head coach", "coach", "athlete", "other athlete", "stranger", "strange athlete"];

fn person(cast: &Cast, number: usize) -> &Person {
    match number {
        0 => &cast.anonymous,
        1 => &cast.head_coach,
        2 => &cast.coach,
        3 => &cast.athlete,
        4 => &cast.other_athlete,
        5 => &cast.stranger,
        _ => &cast.strange_athlete,
    }
}

fn matches(expected: &str, answer: &Answer) -> bool {
    let status = answer.status;
    match expected {
        "in" => status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/session/new"),
        "ok" => {
            status.is_success()
                || (status == StatusCode::SEE_OTHER
                    && !answer.header("location").starts_with("/session/new?"))
        }
        "bad" => [400, 409, 415, 422].contains(&status.as_u16()),
        number => number == status.as_str(),
    }
}

/// What the addresses of the matrix name: things of the athlete, made before each act.
struct Things {
    activity: String,
    note: String,
    fitness: String,
    job: String,
    undo: String,
    session: String,
    token: String,
    group: String,
    request: String,
    key: String,
    invitation: String,
}

async fn things(cast: &Cast) -> Things {
    let run = json!({
        "activity_type": "run", "sub_type": "easy-run", "title": "Along the river", "timezone": "Europe/Lisbon",
        "start_time": "2026-11-17T07:00:00Z", "distance_in_meters": 8000, "duration_in_seconds": 2400
    });
    let made = cast.athlete.api("POST", "/activities", Some(run)).await;
    assert_eq!(made.status.as_u16() / 100, 2, "{}", made.body);
    // A public group with the athlete in it, which the other athlete has asked to join.
    let group_id = cast.group(json!({ "name": "Tuesday Track" }), &[cast.athlete.id]).await;
    let path = format!("/groups/{group_id}");
    let asked = cast.other_athlete.api("POST", &format!("{path}/join-requests"), None).await;
    let invite = json!({ "kind": "single", "first_name": "Yara", "email": "yara@lowfield.test" });
    let invited =
        cast.coach.api("POST", &format!("/organizations/{}/invitations", cast.org), Some(invite)).await;
    let id = |kind: &str| format!("{kind}_01h455vb4pex5vsknk084sn02q");
    Things {
        activity: made.json()["activity_id"].as_str().expect("an id").to_owned(),
        note: id("note"),
        fitness: id("fit"),
        job: id("job"),
        undo: id("undo"),
        session: id("ses"),
        token: id("tok"),
        group: group_id.clone(),
        request: asked.json()["request_id"].as_str().expect("an id").to_owned(),
        key: id("tok"),
        invitation: invited.json()["invitation_id"].as_str().expect("an id").to_owned(),
    }
}

fn fill(path: &str, cast: &Cast, things: &Things) -> String {
    let is_coach_path = path.contains("/coaches/");
    path.replace("{org_id}", &cast.org.to_string())
        .replace("{user_id}", &if is_coach_path { cast.other_coach.id } else { cast.athlete.id }.to_string())
        .replace("{athlete}", &cast.athlete.id.to_string())
        .replace("{activity_id}", &things.activity)
        .replace("{activity}", &things.activity)
        .replace("{note}", &things.note)
        .replace("{fitness}", &things.fitness)
        .replace("{job_id}", &things.job)
        .replace("{job}", &things.job)
        .replace("{undo}", &things.undo)
        .replace("{session}", &things.session)
        .replace("{token_id}", &things.token)
        .replace("{token}", &things.token)
        .replace("{group}", &things.group)
        .replace("{group_id}", &things.group)
        .replace("{request_id}", &things.request)
        .replace("{key_id}", &things.key)
        .replace("{invitation}", &things.invitation)
        .replace("{invitation_id}", &things.invitation)
        .replace("{other_coach}", &cast.other_coach.id.to_string())
        .replace("{notification}", "ntf_00000000000000000000000000")
        .replace("{report}", "rep_00000000000000000000000000")
        .replace("{kind}", "invitation")
        .replace("{value}", "vdot")
        .replace("{secret}", "no-such-secret")
        .replace("{file}", "no-such-file")
}

/// A body that lets permission decide: a serious one where the call refuses an empty one before it looks.
fn body(path: &str, cast: &Cast) -> serde_json::Value {
    match path {
        p if p.ends_with("/bulk") => json!({ "user_ids": [cast.athlete.id.to_string()], "status": "active" }),
        p if p.ends_with("/invitations") => json!({ "kind": "single" }),
        p if p.ends_with("/coaches") => json!({ "email": "", "first_name": "" }),
        p if p.ends_with("/api-keys") => json!({ "name": "", "scopes": ["read"] }),
        _ => json!({}),
    }
}

async fn ask(line: &Line, path: &str, person: &Person, cast: &Cast, is_api: bool) -> Answer {
    let is_read = line.method == "GET";
    if is_api {
        let body = (!is_read && line.method != "DELETE").then(|| body(&line.path, cast));
        person.api(&line.method, path, body).await
    } else if is_read {
        person.get(path).await
    } else {
        let request = Request::builder()
            .method(line.method.as_str())
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        person.send(request.body(Body::from("no_such_field=1")).expect("a request")).await
    }
}

async fn run(table: &str, is_api: bool) {
    let mut faults = Vec::new();
    for line in lines(table) {
        let is_read = line.method == "GET";
        let mut shared: Option<(Cast, Things)> = None;
        for (number, expected) in line.expected.iter().enumerate() {
            // A write begins on a fresh stage, so that no one stands in what another left.
            if !is_read || shared.is_none() {
                let cast = cast().await;
                let things = things(&cast).await;
                shared = Some((cast, things));
            }
            let Some((cast, things)) = &shared else { unreachable!("set above") };
            let path = fill(&line.path, cast, things);
            assert!(!path.contains('{'), "the matrix does not know what stands for {path}");
            let person = person(cast, number);
            let answer = ask(&line, &path, person, cast, is_api).await;
            if !matches(expected, &answer) {
                let name = PEOPLE[number];
                let got = answer.status.as_u16();
                let to = answer.header("location");
                faults.push(format!(
                    "{} {} as {name}: expected {expected}, got {got} {to}",
                    line.method, line.path
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn every_page_answers_each_person_as_written() {
    run(PAGES, false).await;
}

#[tokio::test]
async fn every_call_answers_each_person_as_written() {
    run(API, true).await;
}

/// Whether a route is about the athlete's own activities and values, which nobody takes from them.
fn is_own_data(path: &str) -> bool {
    let signs = ["{activity", "user_id={user_id}", "athlete={athlete}", "/fitness"];
    signs.iter().any(|sign| path.contains(sign))
        || ["/athletes/{athlete}", "/athletes/{athlete}/activities"].contains(&path)
}

/// Who is suspended may do in the organization what somebody from outside may: nothing. An athlete keeps what
/// is theirs.
async fn run_suspended(table: &str, is_api: bool) {
    let mut faults = Vec::new();
    for line in lines(table) {
        for (number, name) in [(2, "a suspended coach"), (3, "a suspended athlete")] {
            let cast = cast().await;
            let things = things(&cast).await;
            let person = person(&cast, number);
            let sql = format!("UPDATE memberships SET status = 'suspended' WHERE user_id = '{}'", person.id);
            cast.stage.execute(&sql).await;
            let path = fill(&line.path, &cast, &things);
            let answer = ask(&line, &path, person, &cast, is_api).await;
            let outside = &line.expected[6];
            let is_fine = if number == 3 && is_own_data(&line.path) || line.path.starts_with("/membership") {
                // One's own membership is one's own, suspended or not.
                matches(&line.expected[number], &answer)
            } else if line.path.starts_with("/groups") {
                // A list that somebody of another organization has too, of that one, is closed here.
                [403, 404].contains(&answer.status.as_u16())
                    || matches(outside, &answer) && answer.status != 200
            } else if ["403", "404"].contains(&outside.as_str()) {
                [403, 404].contains(&answer.status.as_u16())
            } else {
                matches(outside, &answer)
            };
            if !is_fine {
                let got = answer.status.as_u16();
                faults.push(format!("{} {} as {name}: got {got}", line.method, line.path));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn no_page_lets_a_suspended_member_into_the_organization() {
    run_suspended(PAGES, false).await;
}

#[tokio::test]
async fn no_call_lets_a_suspended_member_into_the_organization() {
    run_suspended(API, true).await;
}

/// The routes that stand in the sources: `.route("/path", get(…).post(…))`.
fn routes_in_sources() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages");
    for entry in fs::read_dir(folder).expect("the pages") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a source");
        for part in text.split(".route(").skip(1) {
            let mut quoted = part.split('"');
            let path = quoted.nth(1).unwrap_or_default().to_owned();
            // Up to the parenthesis that closes `.route(`.
            let mut depth = 1;
            let call: String = part
                .chars()
                .take_while(|c| {
                    match c {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    depth > 0
                })
                .collect();
            for (word, method) in [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE")]
            {
                if call.contains(word) {
                    found.insert((method.to_owned(), path.clone()));
                }
            }
        }
    }
    found
}

/// A route with its parameters' names left out: `/athletes/{}`.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut is_inside = false;
    for c in path.split('?').next().unwrap_or(path).chars() {
        match c {
            '{' => {
                is_inside = true;
                shape.push_str("{}");
            }
            '}' => is_inside = false,
            c if !is_inside => shape.push(c),
            _ => {}
        }
    }
    shape
}

fn missing(known: impl Iterator<Item = (String, String)>, table: &str) -> Vec<String> {
    let written: BTreeSet<(String, String)> =
        lines(table).into_iter().map(|l| (l.method, shape(&l.path))).collect();
    known
        .map(|(method, path)| (method, shape(&path)))
        .filter(|route| !written.contains(route))
        .map(|(method, path)| format!("{method} {path}"))
        .collect()
}

#[test]
fn no_page_is_missing_from_the_matrix() {
    let missing = missing(routes_in_sources().into_iter(), PAGES);
    assert!(missing.is_empty(), "not in tests/it/matrix/pages.txt:\n{}", missing.join("\n"));
}

#[tokio::test]
async fn no_call_is_missing_from_the_matrix() {
    let cast = cast().await;
    let document = cast.anonymous.api("GET", "/openapi.json", None).await.json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            routes.push((method.to_uppercase(), path.clone()));
        }
    }
    let missing = missing(routes.into_iter(), API);
    assert!(missing.is_empty(), "not in tests/it/matrix/api.txt:\n{}", missing.join("\n"));
}
