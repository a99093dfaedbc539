//! How the databases find what figures of groups are made of: by index, never by reading through all
//! activities. Asked on a filled and analyzed database, since an empty one is read any way.

use sqlx::{AssertSqlSafe, QueryBuilder, Row};

use super::group_feed::{Window, push_feed};
use super::{Db, cells};
use crate::domain::activity::SubType;
use crate::domain::ids::{ActivityId, GroupId, OrgId};

/// Ten organizations with thirty athletes each, two groups of ten each, a hundred runs for everybody.
const FILL: &str = "
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
INSERT INTO organizations SELECT 'org_' || ID, 'Club', 'club', '', 1, 0, 0 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
INSERT INTO users (id, email, email_folded, password_hash, first_name, last_name, timezone, units, theme, is_admin,
    is_coach_account, created_at, updated_at)
SELECT 'usr_' || ID, 'a' || i, 'a' || i, '', 'A', 'B', 'UTC', 'metric', 'system', FALSE, FALSE, 0, 0 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, status,
    joined_at, visible_from, version)
SELECT 'org_0000000000000000000000000' || (i % 10), 'usr_' || ID, 'athlete', 'A', 'a' || i, 'a', '',
    'active', 0, 0, 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO groups SELECT 'grp_' || ID, 'org_0000000000000000000000000' || (i % 10),
    (SELECT MIN(u.id) FROM users u), 'G', 'g' || i, '', 'public', 0, 0, 1 FROM n;
INSERT INTO group_members SELECT g.id, m.user_id, 0 FROM memberships m JOIN groups g ON g.org_id = m.org_id
    WHERE (m.name_folded < 'a2') = (g.name_folded < 'g2');
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, timezone, local_day,
    distance, duration, elapsed, note, is_indoor, source, training_load, vdot_load, is_vdot_load_estimate,
    formula_version, is_unlinked, warnings, created_at, updated_at, version)
SELECT u.id || i, u.id, 'A long enough title', 'a long enough title', 'run', 'easy-run', 'completed', i * 86400, 'UTC', i,
    9000.0, 3000.0, 3000.0, 'A note of ordinary length', FALSE, 'manual', 50.0, 9.0, FALSE, 1, FALSE, '', 0, 0, 1
FROM users u CROSS JOIN n;
ANALYZE;";

/// Twenty-six digits of a number, in words that both databases take.
const ID: &str = "substr('00000000000000000000000000' || i, length('' || i) + 1)";

fn fill() -> AssertSqlSafe<String> {
    AssertSqlSafe(FILL.replace("|| ID", &format!("|| {ID}")))
}

/// Eight of the hundred days.
const RANGE: (i64, i64) = (90 * 86_400, 98 * 86_400);

fn window() -> Window {
    let uuid = uuid::Uuid::nil();
    Window {
        org: OrgId::from_uuid(uuid),
        group: GroupId::from_uuid(uuid),
        members_at: RANGE.1,
        from: RANGE.0,
        to: RANGE.1,
        sub_types: vec![SubType::Easy, SubType::Race],
        after: Some((RANGE.1, ActivityId::from_uuid(uuid))),
        newer_than: None,
    }
}

#[tokio::test]
async fn sqlite_scans_no_activities() {
    let folder = std::env::temp_dir().join(format!("harrier-plans-{}", std::process::id()));
    let db = Db::open(&format!("sqlite://{}", folder.join("plans.db").display())).await.unwrap();
    db.migrate().await.unwrap();
    let Db::Sqlite { write, .. } = &db else { unreachable!("opened as SQLite") };
    let mut feed: QueryBuilder<sqlx::Sqlite> = QueryBuilder::new("SELECT a.title");
    push_feed!(feed, window());
    let feed = format!("{} ORDER BY a.start_at DESC, a.id DESC LIMIT 51", feed.sql().as_str());
    let statements = [(cells::GROUP.to_owned(), true), (cells::ORGANIZATION.to_owned(), true), (feed, false)];
    for is_filled in [false, true] {
        if is_filled {
            sqlx::raw_sql(fill()).execute(write).await.unwrap();
        }
        for (sql, is_covered) in &statements {
            let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(write).await;
            let steps: Vec<String> = rows.unwrap().iter().map(|row| row.get::<String, _>("detail")).collect();
            let plan = steps.join("\n");
            let step = steps.iter().find(|step| step.starts_with("SEARCH a "));
            let step = step.unwrap_or_else(|| panic!("{plan}"));
            assert!(step.contains("(user_id=? AND start_at>? AND start_at<?)"), "{plan}");
            let is_first =
                steps.iter().rposition(|step| step.contains("gm")) < steps.iter().position(|s| s == step);
            assert!(is_first, "the members come before their activities:\n{plan}");
            assert_eq!(step.contains("USING COVERING INDEX activities_of_groups"), *is_covered, "{plan}");
        }
    }
    db.close().await;
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "tests read their own settings")]
async fn postgresql_scans_no_activities() {
    let Ok(server) = std::env::var("HARRIER_TEST_POSTGRES") else {
        eprintln!("skipped: HARRIER_TEST_POSTGRES names no server");
        return;
    };
    let admin = sqlx::PgPool::connect(&server).await.unwrap();
    let name = format!("harrier_plans_{}", std::process::id());
    let run = |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&admin);
    run(format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let db = Db::open(&format!("{base}/{name}")).await.unwrap();
    db.migrate().await.unwrap();
    let Db::Postgres(pool) = &db else { unreachable!("opened as PostgreSQL") };
    sqlx::raw_sql(fill()).execute(pool).await.unwrap();
    let mut feed: QueryBuilder<sqlx::Postgres> = QueryBuilder::new("EXPLAIN SELECT a.title");
    push_feed!(feed, window());
    feed.push(" ORDER BY a.start_at DESC, a.id DESC LIMIT 51");
    let mut plans = vec![feed.build().fetch_all(pool).await.unwrap()];
    let (org, group) = (window().org, window().group);
    let of_group = sqlx::query(AssertSqlSafe(format!("EXPLAIN {}", cells::GROUP)));
    let of_group = of_group.bind(org).bind(group).bind(RANGE.0).bind(RANGE.1).bind(RANGE.1).bind(RANGE.1);
    plans.push(of_group.fetch_all(pool).await.unwrap());
    let of_all = sqlx::query(AssertSqlSafe(format!("EXPLAIN {}", cells::ORGANIZATION)));
    plans.push(of_all.bind(org).bind(RANGE.0).bind(RANGE.1).fetch_all(pool).await.unwrap());
    db.close().await;
    run(format!("DROP DATABASE {name}")).await.unwrap();
    for plan in plans {
        let plan = plan.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n");
        assert!(!plan.contains("Seq Scan on activities"), "{plan}");
        assert!(plan.contains("activities_of_groups") || plan.contains("activities_by_user"), "{plan}");
    }
}
