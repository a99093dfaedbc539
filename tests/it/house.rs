//! The rules of the house, read from the sources: who may import whom, and what stands nowhere.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the house") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has files that end with {ending}");
    found
}

/// Every line of code (comments left out) in which one of the needles stands.
fn offences(folder: &str, needles: &[&str], spared: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder, ".rs") {
        if spared.iter().any(|s| path.to_string_lossy().contains(s)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if needles.iter().any(|n| code.contains(n)) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

fn none(found: Vec<String>) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_domain_knows_no_other_room() {
    none(offences(
        "src/domain",
        &["tokio", "sqlx", "axum", "askama", "crate::app", "crate::web", "crate::files", "crate::outside"],
        &[],
    ));
}

#[test]
fn the_side_rooms_know_neither_product_nor_web() {
    let needles = ["sqlx", "axum", "crate::app", "crate::web"];
    none(offences("src/files", &needles, &[]));
    none(offences("src/outside", &needles, &[]));
}

#[test]
fn services_know_neither_web_nor_sql() {
    none(offences("src/app", &["axum", "crate::web", "askama"], &[]));
    // The one `From` that turns a database fault into an error, and the room of SQL itself.
    none(offences("src/app", &["sqlx::"], &["src/app/db/", "src/app/error.rs"]));
}

#[test]
fn pages_and_api_do_not_know_each_other_nor_sql() {
    none(offences("src/web/pages", &["web::api", "sqlx", "SELECT "], &[]));
    none(offences("src/web/api", &["web::pages", "sqlx", "askama", "SELECT "], &[]));
}

#[test]
fn no_handler_looks_at_the_headers_of_htmx() {
    none(offences("src/web", &["hx-request", "hx-target", "HX-"], &["src/web/page.rs"]));
}

#[test]
fn statements_are_portable() {
    let needles =
        ["ILIKE", "date_trunc", "strftime", "INSERT OR", "AssertSqlSafe", "->>", "= ANY(", "AUTOINCREMENT"];
    none(offences("src", &needles, &["db/dialect.rs", "db/plan_tests.rs"]));
}

#[test]
fn templates_escape_everything_and_hold_no_inline_script_or_style() {
    let mut found = Vec::new();
    for (path, text) in sources("templates", ".html") {
        // Mail programs take no style sheets; the style attributes of mails are the program's own.
        let is_mail = path.to_string_lossy().contains("templates/mail");
        for (number, line) in text.lines().enumerate() {
            let bad = line.contains("|safe")
                || line.contains("| safe")
                || line.contains("|e(\"none\")")
                || line.contains(" onclick=")
                || line.contains("javascript:")
                || line.contains("hx-on")
                || (!is_mail && (line.contains(" style=\"") || line.contains("<style")))
                || (line.contains("<script") && !line.contains("src="));
            if bad {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(found);
}

#[test]
fn files_are_short_enough_to_read_in_one_sitting() {
    let long: Vec<String> = sources("src", ".rs")
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 600)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    none(long);
}
