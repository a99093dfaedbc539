//! The first page of the roster, by name, total included. Promise: at 10,000 athletes it takes at most 1.5
//! times what it takes at 100. And the whole page of 50 rows, from the request to its last byte, against the
//! statement that finds its rows and the template that draws them. Promise: at most twice that.

mod common;

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use criterion::{Criterion, criterion_group, criterion_main};
use harrier::app::Viewer;
use harrier::app::athletes::{Order, RosterQuery, Start};
use harrier::web::pages::roster::rows_alone;
use harrier::web::{Proxies, Site};
use http_body_util::BodyExt;
use tower::ServiceExt;

use common::{House, NOW, PASSWORD, elapsed, medians, report};

/// Rows on a page.
const PAGE: i64 = 50;

/// Athletes with two runs a week for eight weeks, straight into the tables: making each as the product does
/// would hash ten thousand passwords.
const ATHLETES: &str = "
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
INSERT INTO users (id, email, email_folded, password_hash, first_name, last_name, timezone, units, theme,
    is_admin, is_coach_account, created_at, updated_at)
SELECT printf('usr_%026d', i), 'a' || i || '@lowfield.test', 'a' || i || '@lowfield.test',
    '', 'Runner', 'Number ' || i, 'Europe/Lisbon', 'metric', 'system', 0, 0, $2, $2 FROM n";
const MEMBERSHIPS: &str = "
INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, status,
    assigned_coach_id, joined_at, visible_from, version)
SELECT (SELECT id FROM organizations), id, 'athlete', first_name || ' ' || last_name,
    lower(first_name || ' ' || last_name), lower(first_name || ' ' || last_name || ' ' || email),
    'intermediate', 'active', NULL, created_at, 0, 1 FROM users WHERE password_hash = ''";
const RUNS: &str = "
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 15)
INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, timezone,
    local_day, distance, duration, elapsed, note, is_indoor, source, training_load, is_vdot_load_estimate,
    formula_version, is_unlinked, warnings, created_at, updated_at, version)
SELECT printf('act_%02d%024d', i, substr(m.user_id, 5)), m.user_id, 'Easy', 'easy', 'run', 'easy-run', 'completed',
    $1 - i * 302400, 'Europe/Lisbon', ($1 - i * 302400) / 86400, 9000.0 + i, 3000.0, 3000.0, '', 0, 'manual',
    50.0, 0, 1, 0, '', $1, $1, 1
FROM memberships m CROSS JOIN n WHERE m.role = 'athlete'";

fn club(athletes: i64) -> (House, Viewer) {
    let house = House::new(&athletes.to_string());
    let (_, viewer) = house.person("marta@lowfield.test", true);
    house.runtime.block_on(async {
        let address = format!("sqlite://{}", house.folder.join("bench.db").display());
        let pool = sqlx::SqlitePool::connect(&address).await.expect("the database");
        sqlx::query(ATHLETES).bind(athletes).bind(NOW - 86_400).execute(&pool).await.expect("athletes");
        sqlx::query(MEMBERSHIPS).execute(&pool).await.expect("memberships");
        sqlx::query(RUNS).bind(NOW - 3_600).execute(&pool).await.expect("runs");
        sqlx::query("ANALYZE").execute(&pool).await.expect("statistics");
        pool.close().await;
    });
    (house, viewer)
}

fn query() -> RosterQuery {
    RosterQuery {
        groups: Vec::new(),
        search: String::new(),
        statuses: Vec::new(),
        levels: Vec::new(),
        coaches: Vec::new(),
        labels: Vec::new(),
        order: Order::Name,
        is_descending: false,
        start: Start::Offset(0),
        limit: PAGE,
    }
}

fn first_page(house: &House, viewer: &Viewer, athletes: i64) {
    let roster = house.runtime.block_on(house.app.roster(viewer, &query())).expect("the roster");
    assert_eq!((roster.athletes.len() as i64, roster.total), (PAGE, athletes));
    black_box(roster);
}

fn sizes(c: &mut Criterion) {
    let small = club(100);
    let large = club(10_000);
    let mut group = c.benchmark_group("first page of the roster");
    group.bench_function("100 athletes", |b| b.iter(|| first_page(&small.0, &small.1, 100)));
    group.bench_function("10,000 athletes", |b| b.iter(|| first_page(&large.0, &large.1, 10_000)));
    group.finish();
    let figures = medians(
        201,
        || elapsed(|| first_page(&small.0, &small.1, 100)),
        || elapsed(|| first_page(&large.0, &large.1, 10_000)),
    );
    report("first page of the roster, 10,000 athletes against 100", figures, 1.5);
}

/// The page as a browser gets it, but for compression.
async fn whole_page(site: &Router, cookie: &str) {
    let request = Request::get("/athletes").header("cookie", cookie).body(Body::empty()).expect("a request");
    let answer = site.clone().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let page = answer.into_body().collect().await.expect("a page").to_bytes();
    assert!(page.len() > 20_000);
    black_box(page);
}

async fn sign_in(site: &Router) -> String {
    let form = format!("email=marta%40lowfield.test&password={}", PASSWORD.replace(' ', "+"));
    let request = Request::post("/session")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(form))
        .expect("a request");
    let answer = site.clone().oneshot(request).await.expect("an answer");
    let cookie = answer.headers().get("set-cookie").expect("a session").to_str().expect("a cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

fn page_against_rows(_: &mut Criterion) {
    let (house, viewer) = club(1_000);
    let site = harrier::web::router(Site { app: house.app.clone(), proxies: Proxies::default() });
    let cookie = house.runtime.block_on(sign_in(&site));
    let drawn = house.runtime.block_on(house.app.roster(&viewer, &query())).expect("the roster").athletes;
    let rows = || {
        let found = house.runtime.block_on(house.app.row_statement(&viewer, &query())).expect("rows");
        assert_eq!(found.len() as i64, PAGE);
        black_box(found);
        black_box(rows_alone(drawn.clone(), viewer.user.units).expect("rows"));
    };
    let figures =
        medians(401, || elapsed(rows), || elapsed(|| house.runtime.block_on(whole_page(&site, &cookie))));
    report("a page of 50 athletes against its row statement and row template", figures, 2.0);
}

criterion_group!(benches, sizes, page_against_rows);
criterion_main!(benches);
