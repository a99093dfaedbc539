//! Figures of groups. Promises: statistics of 500 members over 90 days (32,000 runs) cost at most twice what
//! reading the same rows costs through SQLite's C interface, or through sqlx on PostgreSQL; the feed's page
//! 500 costs what its first page costs; the comparison of 40 groups is one pass over the activities.
//!
//! `HARRIER_TEST_POSTGRES` names a server for the second half; without one it says that it skips.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use harrier::app::group_feed::FeedQuery;
use harrier::app::group_stats::{Asked, RangeQuery};
use harrier::app::seal::Key;
use harrier::app::{App, Clock, Db, Entropy, Settings, Viewer};
use harrier::domain::ids::{ActivityId, GroupId};
use harrier::domain::period::RangeWord;
use harrier::outside::mail::Transport;

use common::{House, NOW, elapsed, medians, report};

const MEMBERS: i64 = 500;
/// Runs of each member in 90 days.
const RUNS: i64 = 64;
/// Rounds of each comparison.
const ROUNDS: usize = 61;

/// Words that both databases take; `ID` is the number `i` in twenty-six digits. Group 0 has everybody, the
/// other forty have every fortieth and his neighbour.
const FILL: [&str; 6] = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < MEMBERS)
     INSERT INTO users (id, email, email_folded, password_hash, first_name, last_name, timezone, units, theme,
         is_admin, is_coach_account, created_at, updated_at)
     SELECT 'usr_' || ID, 'a' || i || '@x.test', 'a' || i || '@x.test', '', 'Runner', 'Number ' || i, 'Europe/Lisbon',
         'metric', 'system', FALSE, FALSE, 0, 0 FROM n",
    "INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, status,
         assigned_coach_id, joined_at, visible_from, version)
     SELECT (SELECT MIN(o.id) FROM organizations o), id, 'athlete', last_name, lower(last_name), lower(last_name), '',
         'active', NULL, 0, 0, 1 FROM users WHERE password_hash = ''",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
     INSERT INTO groups SELECT 'grp_' || ID, (SELECT MIN(o.id) FROM organizations o), (SELECT MAX(u.id) FROM users u),
         'Group ' || i, 'group ' || i, '', 'public', 0, 0, 1 FROM n",
    "INSERT INTO group_members SELECT g.id, u.id, 0 FROM users u CROSS JOIN groups g WHERE u.password_hash = ''
         AND (g.name = 'Group 0' OR g.name = 'Group ' || (1 + CAST(substr(u.last_name, 8) AS INTEGER) % 40)
         OR g.name = 'Group ' || (1 + (CAST(substr(u.last_name, 8) AS INTEGER) + 1) % 40))",
    // Four starts in every five days and a bit, none at the same second as another member's.
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < RUNS - 1)
     INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, timezone,
         local_day, distance, duration, elapsed, note, is_indoor, source, training_load, vdot_load,
         is_vdot_load_estimate, formula_version, is_unlinked, warnings, created_at, updated_at, version)
     SELECT 'act_' || substr(u.id, 15, 16) || ID10, u.id, 'Morning run', 'morning run', 'run', 'easy-run', 'completed',
         NOW - 3600 - i * 120000 - CAST(substr(u.last_name, 8) AS INTEGER), 'Europe/Lisbon',
         (NOW - 3600 - i * 120000) / 86400, 9000.0 + i, 3000.0, 3000.0, '', FALSE, 'file', 50.0 + i, 9.0 + i, FALSE, 1,
         FALSE, '', 0, 0, 1 FROM users u CROSS JOIN n WHERE u.password_hash = ''",
    "ANALYZE",
];

fn fill() -> Vec<String> {
    let id = |digits: usize| format!("substr('{}' || i, length('' || i) + 1)", "0".repeat(digits));
    FILL.iter()
        .map(|sql| {
            sql.replace("ID10", &id(10))
                .replace("ID,", &format!("{},", id(26)))
                .replace("MEMBERS", &MEMBERS.to_string())
                .replace("RUNS", &RUNS.to_string())
                .replace("NOW", &NOW.to_string())
        })
        .collect()
}

/// The rows that the statistics are made of, and nothing else.
const RAW: &str = "SELECT a.user_id, a.start_at, a.activity_type, a.distance, a.duration, a.vdot_load, a.training_load \
     FROM group_members gm CROSS JOIN activities a WHERE gm.group_id = $1 AND a.user_id = gm.user_id \
     AND a.start_at >= $2 AND a.start_at < $3 AND a.deleted_at IS NULL AND a.duplicate_of IS NULL \
     AND a.status = 'completed'";

/// What one row holds, with the person's id in the form in which it is compared.
type Row = (u64, i64, bool, Option<f64>, f64, Option<f64>, Option<f64>);

fn whole() -> GroupId {
    format!("grp_{}", "0".repeat(26)).parse().expect("an id")
}

/// Bounds that hold the ninety days and everything in them.
const RANGE: (i64, i64) = (NOW - 91 * 86_400, NOW + 86_400);

/// The floor: the rows through SQLite's C interface, on a connection that stays open.
fn raw_sqlite(connection: &rusqlite::Connection) -> Vec<Row> {
    let mut statement = connection.prepare_cached(RAW).expect("a statement");
    let values = (whole().to_string(), RANGE.0, RANGE.1);
    let rows = statement.query_map(values, |row| {
        let user = row.get_ref(0)?.as_str()?.bytes().fold(7_u64, |h, b| h.wrapping_mul(31) + u64::from(b));
        let is_run = row.get_ref(2)?.as_str()? == "run";
        Ok((user, row.get(1)?, is_run, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
    });
    rows.expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn stats(house: &House, viewer: &Viewer, held: &[&str]) -> (String, bool) {
    let query = RangeQuery::of(RangeWord::Days90);
    let (tag, asked) =
        house.runtime.block_on(house.app.group_stats(viewer, whole(), &query, held)).expect("statistics");
    match asked {
        Asked::Unchanged => (tag, false),
        Asked::Fresh(stats) => {
            assert_eq!((stats.members.len() as i64, stats.total.activities), (MEMBERS, MEMBERS * RUNS));
            black_box(stats);
            (tag, true)
        }
    }
}

fn feed(house: &House, viewer: &Viewer, after: Option<ActivityId>) {
    let query = FeedQuery { after, ..FeedQuery::default() };
    let feed = house.runtime.block_on(house.app.group_feed(viewer, whole(), &query, 50)).expect("the feed");
    assert_eq!(feed.entries.len(), 50);
    black_box(feed);
}

fn compare(house: &House, viewer: &Viewer) {
    let query = RangeQuery::of(RangeWord::Days30);
    let compared = house.runtime.block_on(house.app.compare_groups(viewer, &query)).expect("a comparison");
    assert_eq!(compared.groups.len(), 41);
    black_box(compared);
}

fn sqlite(c: &mut Criterion) {
    let house = House::new("groups");
    let (_, viewer) = house.person("marta@lowfield.test", true);
    let file = house.folder.join("bench.db");
    let connection = rusqlite::Connection::open(&file).expect("the database");
    for sql in fill() {
        connection.execute_batch(&sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    }
    assert_eq!(raw_sqlite(&connection).len() as i64, MEMBERS * RUNS);
    let mut group = c.benchmark_group("groups on SQLite");
    group.sample_size(20);
    group.bench_function("the rows alone", |b| b.iter(|| black_box(raw_sqlite(&connection))));
    group.bench_function("statistics", |b| b.iter(|| stats(&house, &viewer, &[])));
    group.bench_function("comparison of 40 groups", |b| b.iter(|| compare(&house, &viewer)));
    group.finish();
    let rows = || elapsed(|| drop(black_box(raw_sqlite(&connection))));
    let figures = medians(ROUNDS, rows, || elapsed(|| drop(stats(&house, &viewer, &[]))));
    report("statistics, 500 members and 90 days, against the rows alone on SQLite", figures, 2.0);
    let (tag, _) = stats(&house, &viewer, &[]);
    let held = || elapsed(|| assert!(!stats(&house, &viewer, &[&tag]).1, "nothing has changed"));
    let fresh = || elapsed(|| drop(stats(&house, &viewer, &[])));
    report("statistics that still hold, against fresh ones", medians(ROUNDS, fresh, held), 0.5);
    // The last row of page 499.
    let sql = "SELECT id FROM activities ORDER BY start_at DESC, id DESC LIMIT 1 OFFSET 24949";
    let id: String = connection.query_row(sql, (), |row| row.get(0)).expect("a row");
    let deep = Some(id.parse().expect("an id"));
    let first = || elapsed(|| feed(&house, &viewer, None));
    let figures = medians(ROUNDS, first, || elapsed(|| feed(&house, &viewer, deep)));
    report("the feed's page 500 against its first", figures, 1.5);
    let figures = medians(ROUNDS, rows, || elapsed(|| compare(&house, &viewer)));
    report(
        "comparison of 40 groups over 30 days (and the 30 before) against 90 days of rows alone",
        figures,
        2.0,
    );
}

/// The same on PostgreSQL: a database of its own, dropped at the end.
fn postgres(_: &mut Criterion) {
    #[allow(clippy::disallowed_methods, reason = "a benchmark reads its own settings")]
    let Ok(server) = std::env::var("HARRIER_TEST_POSTGRES") else {
        println!("skipped: HARRIER_TEST_POSTGRES names no PostgreSQL server");
        return;
    };
    let mut other = House::new("groups-on-postgresql");
    let name = format!("harrier_bench_{}", std::process::id());
    let url = format!("{}/{name}", server.rsplit_once('/').expect("an address").0);
    let run = |sql: String, on: sqlx::PgPool| async move {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone()))
            .execute(&on)
            .await
            .unwrap_or_else(|e| panic!("{e}: {sql}"));
    };
    let admin = other.runtime.block_on(sqlx::PgPool::connect(&server)).expect("the server answers");
    other.runtime.block_on(run(format!("CREATE DATABASE {name} TEMPLATE template0"), admin.clone()));
    let (app, pool) = other.runtime.block_on(async {
        let db = Db::open(&url).await.expect("the database");
        db.migrate().await.expect("migrations");
        let settings = Settings {
            public_url: "http://harrier.test".into(),
            is_signup_open: true,
            mail_from: "Harrier <harrier@harrier.test>".into(),
            chromium: None,
            key: Key::new([7; 32]),
            shows_mails: false,
        };
        let app = App::new(db, Clock::still(NOW), Entropy::seeded(7), settings, Transport::memory());
        (app, sqlx::PgPool::connect(&url).await.expect("the database"))
    });
    other.app = app;
    let (_, viewer) = other.person("marta@lowfield.test", true);
    for sql in fill() {
        other.runtime.block_on(run(sql, pool.clone()));
    }
    let raw = || {
        elapsed(|| {
            type Read = (String, i64, String, Option<f64>, f64, Option<f64>, Option<f64>);
            let query = sqlx::query_as::<_, Read>(RAW).bind(whole().to_string()).bind(RANGE.0).bind(RANGE.1);
            let rows = other.runtime.block_on(query.fetch_all(&pool)).expect("rows");
            assert_eq!(rows.len() as i64, MEMBERS * RUNS);
            black_box(rows);
        })
    };
    let figures: [Duration; 2] = medians(ROUNDS, raw, || elapsed(|| drop(stats(&other, &viewer, &[]))));
    report("statistics, 500 members and 90 days, against the raw query on PostgreSQL", figures, 2.0);
    other.runtime.block_on(async {
        pool.close().await;
        other.app.close().await;
    });
    other.runtime.block_on(run(format!("DROP DATABASE {name}"), admin));
}

criterion_group!(benches, sqlite, postgres);
criterion_main!(benches);
