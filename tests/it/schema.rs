//! Both databases hold the same tables, and the migrations have the same numbers and names.

use std::collections::BTreeMap;
use std::fs;

fn migrations(folder: &str) -> BTreeMap<String, String> {
    let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    fs::read_dir(folder)
        .expect("the folder of migrations")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a migration"))
        })
        .collect()
}

/// A migration with the words in which the two dialects differ made one.
fn neutral(text: &str) -> String {
    let mut neutral = text.to_owned();
    let words = [
        (" COLLATE \"C\"", ""),
        ("DOUBLE PRECISION", "REAL"),
        ("BIGINT", "INTEGER"),
        ("BOOLEAN", "INTEGER"),
        ("BYTEA", "BLOB"),
        (") STRICT;", ");"),
    ];
    for (theirs, ours) in words {
        neutral = neutral.replace(theirs, ours);
    }
    // Triggers cannot be written alike.
    let (differ, agree) = ("-- The dialects differ from here on.", "-- The dialects are one again.");
    while let Some((before, after)) = neutral.split_once(differ) {
        let (_, after) = after.split_once(agree).expect("where the dialects are one again");
        neutral = format!("{before}{after}");
    }
    neutral
        .lines()
        .map(str::trim_end)
        .filter(|l| !l.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn both_folders_hold_the_same_schema() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, text) in &sqlite {
        assert_eq!(neutral(text), neutral(&postgres[name]), "{name}");
    }
}

#[test]
fn ordered_text_is_compared_byte_by_byte_on_postgresql() {
    for (name, text) in migrations("postgres") {
        for line in text.lines().filter(|l| !l.trim_start().starts_with("--")) {
            let is_column = line.starts_with("    ") && line.contains(" TEXT");
            assert!(!is_column || line.contains("COLLATE \"C\""), "{name}: {line}");
        }
    }
}

/// The statements of a source file: the texts of its `const … : &str = "…";`.
fn statements(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in source.split("\nconst ").skip(1) {
        let Some((name, rest)) = part.split_once(": &str") else { continue };
        let Some(start) = rest.find('"') else { continue };
        let mut sql = String::new();
        let mut chars = rest[start + 1..].chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                // A line that goes on: the break and the white space after it are no part of the text.
                '\\' => match chars.next() {
                    Some('\n') => {
                        let ahead = chars.as_str();
                        chars = ahead.trim_start().chars();
                    }
                    Some(other) => sql.push(other),
                    None => break,
                },
                other => sql.push(other),
            }
        }
        let is_whole =
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|w| sql.starts_with(w));
        if is_whole {
            found.push((name.to_owned(), sql));
        }
    }
    found
}

#[tokio::test]
async fn every_statement_prepares_on_the_migrated_database() {
    use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

    let stage = crate::support::stage().await;
    let mut count = 0;
    let mut faults = Vec::new();
    let folder = format!("{}/src/app/db", env!("CARGO_MANIFEST_DIR"));
    let server = crate::support::postgres();
    let mut postgres = None;
    let mut sqlite = None;
    match server {
        Some(_) => postgres = Some(sqlx::PgPool::connect(&stage.url()).await.expect("the database")),
        None => sqlite = Some(sqlx::SqlitePool::connect(&stage.url()).await.expect("the database")),
    }
    for entry in fs::read_dir(folder).expect("the room of SQL") {
        let path = entry.expect("an entry").path();
        for (name, sql) in statements(&fs::read_to_string(&path).expect("a source")) {
            count += 1;
            let text = AssertSqlSafe(sql.clone()).into_sql_str();
            let outcome = match (&postgres, &sqlite) {
                (Some(pool), _) => pool.prepare(text).await.map(|_| ()),
                (_, Some(pool)) => pool.prepare(text).await.map(|_| ()),
                _ => unreachable!("one of them is open"),
            };
            if let Err(error) = outcome {
                faults.push(format!("{} {name}: {error}\n  {sql}", path.display()));
            }
        }
    }
    assert!(count > 20, "only {count} statements were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
