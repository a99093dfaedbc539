//! Checks of the layout and the parts in `templates/ui`: they compile, escape, and keep to the policy. With
//! `HARRIER_SAMPLE_PAGES` set to a folder, the pages are also written there, to be looked at in a browser.

use askama::Template;
use chrono::{Days, NaiveDate};
use scraper::{Html as Document, Selector};

use super::charts::{self, Along, Chart, Measure, Point, Series, Svg, Week};
use crate::domain::person::UnitSystem;

/// Stands in for `web::page`'s rendered content.
struct Ready(String);
impl std::fmt::Display for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl askama::FastWritable for Ready {
    fn write_into(&self, out: &mut dyn std::fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(out.write_str(&self.0)?)
    }
}
impl askama::filters::HtmlSafe for Ready {}

struct Counts {
    athletes: Option<i64>,
}
struct Nav {
    current: &'static str,
    counts: Counts,
}
struct Viewer {
    name: &'static str,
    initials: &'static str,
    role: &'static str,
    organization: &'static str,
    is_coach: bool,
    theme: &'static str,
}
struct Flash {
    kind: &'static str,
    text: &'static str,
    undo: Option<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout {
    title: &'static str,
    content: Ready,
    nav: Nav,
    viewer: Option<Viewer>,
    flash: Option<Flash>,
}

#[derive(Template)]
#[template(path = "bare.html")]
struct Bare {
    title: &'static str,
    content: Ready,
    flash: Option<Flash>,
}

#[derive(Template)]
#[template(path = "samples/page.html")]
struct Sample {
    name: &'static str,
    weekly: Chart,
    lines: Vec<Chart>,
    spark: Svg,
    error: Option<&'static str>,
    none: Option<&'static str>,
    count: Option<i64>,
    next: Option<&'static str>,
    options: Vec<(&'static str, &'static str)>,
    is_page: bool,
}

fn sample() -> Sample {
    let start = NaiveDate::from_ymd_opt(2025, 10, 20).unwrap();
    let km = [
        38, 41, 44, 36, 46, 49, 52, 40, 50, 53, 55, 42, 22, 44, 48, 54, 58, 46, 60, 64, 68, 54, 66, 72, 86,
        41,
    ];
    let weeks: Vec<Week> = km
        .iter()
        .enumerate()
        .map(|(i, km)| Week {
            start: start + Days::new(7 * i as u64),
            metres: f64::from(*km) * 1000.0,
            is_current: i == 25,
        })
        .collect();
    let line = |measure, title, finding, id| {
        let points: Vec<Point> = (0..3600)
            .map(|s| {
                let t = f64::from(s);
                let wave = (t / 330.0).sin() + 0.35 * (t / 41.0).sin() + 0.2 * (t / 7.3).sin();
                let y = match measure {
                    Measure::Pace => 284.0 + 16.0 * wave,
                    Measure::HeartRate => 138.0 + t / 150.0 + 8.0 * wave,
                    Measure::Elevation => 64.0 + 22.0 * (t / 500.0).sin() + 8.0 * (t / 130.0).cos(),
                };
                Point { x: t, y: (!(1700..1800).contains(&s)).then_some(y) }
            })
            .collect();
        let units = UnitSystem::Metric;
        charts::series(&Series { measure, along: Along::Time, points: &points, units, title, finding }, id)
    };
    Sample {
        name: "Naledi <Mokoena> & \"Co\"",
        weekly: charts::weekly_distance(&weeks, UnitSystem::Metric, "weekly"),
        lines: vec![
            line(Measure::Pace, "Pace", "Average 4:44 /km.", "pace"),
            line(Measure::HeartRate, "Heart rate", "Average 152 bpm, highest 171 bpm.", "heart"),
            line(Measure::Elevation, "Elevation", "112 m up, 108 m down.", "elevation"),
        ],
        spark: charts::sparkline(&[46.0, 60.0, 64.0, 68.0, 54.0, 72.0, 86.0, 41.0], "Last eight weeks in km"),
        error: Some("Write the name as the club knows it."),
        none: None,
        count: Some(128),
        next: Some("/athletes?page=2"),
        options: vec![("metric", "Kilometres"), ("imperial", "Miles")],
        is_page: false,
    }
}

fn layout(theme: &'static str, is_coach: bool) -> String {
    let viewer = Viewer {
        name: "Marta Lindqvist",
        initials: "ML",
        role: if is_coach { "Head coach" } else { "Athlete" },
        organization: "Lowfield Running Club",
        is_coach,
        theme,
    };
    let nav =
        Nav { current: if is_coach { "athletes" } else { "me" }, counts: Counts { athletes: Some(64) } };
    let undo = Some(("/members/1/restoration", "Undo"));
    let flash = Some(Flash { kind: "done", text: "Removed Emre Aydın.", undo });
    let content = Ready(sample().render().unwrap());
    Layout { title: "Naledi", content, nav, viewer: Some(viewer), flash }.render().unwrap()
}

fn bare() -> String {
    let content = Ready(
        r#"<div><h1>Sign in</h1><p class="muted">Lowfield Running Club</p></div>
<form method="post" action="/session"><div class="field"><label for="email">Email</label><input class="input" id="email" name="email" type="email"></div>
<div class="field"><label for="password">Password</label><input class="input" id="password" name="password" type="password"></div>
<button class="btn btn-primary">Sign in</button></form>"#
            .to_owned(),
    );
    Bare { title: "Sign in", content, flash: None }.render().unwrap()
}

fn check(html: &str) {
    let page = Document::parse_document(html);
    let all = |selector: &str| {
        page.select(&Selector::parse(selector).unwrap()).map(|e| e.value().clone()).collect::<Vec<_>>()
    };
    assert_eq!(all("h1").len(), 1);
    assert_eq!(all("main#main[tabindex='-1']").len(), 1);
    assert_eq!(all("script:not([src]), style, [style], [onclick], [href='']").len(), 0);
    assert_eq!(all("#dialog, #live[role=status]").len(), 2);
    let mut ids: Vec<String> = all("[id]").iter().filter_map(|e| e.attr("id").map(str::to_owned)).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
    for control in all("input:not([type=hidden]), select, textarea") {
        let id = control.attr("id").unwrap_or_default();
        assert!(!all(&format!("label[for='{id}']")).is_empty(), "{id} has a label");
    }
    for described in all("[aria-describedby], [aria-labelledby]") {
        let wanted = described.attr("aria-describedby").or(described.attr("aria-labelledby"));
        for id in wanted.unwrap_or_default().split(' ') {
            assert!(ids.iter().any(|known| known == id), "{id} exists");
        }
    }
    let icons = include_str!("../../static/icons/icons.svg");
    for used in all("use") {
        let href = used.attr("href").unwrap_or_default();
        let id = href.split('#').nth(1).unwrap_or_default();
        assert!(icons.contains(&format!("id=\"{id}\"")), "{href} is an icon");
    }
}

#[test]
fn pages_keep_to_the_rules() {
    for html in [layout("system", true), layout("dark", true), layout("light", false), bare()] {
        check(&html);
    }
    let coach = layout("dark", true);
    assert!(coach.contains(r#"<html lang="en" data-theme="dark">"#));
    assert!(!layout("system", true).contains("data-theme="));
    assert!(coach.contains(r#"href="/organization""#) && !layout("light", false).contains("/organization"));
    assert!(!coach.contains("<Mokoena>"), "escaped");
}

#[test]
fn samples_can_be_looked_at() {
    let Some(folder) = std::env::var_os("HARRIER_SAMPLE_PAGES").map(std::path::PathBuf::from) else {
        return;
    };
    let assets = folder.join("assets");
    std::fs::create_dir_all(&assets).unwrap();
    for name in ["app.css", "app.js", "icons.svg", "favicon.svg"] {
        let bytes = std::fs::read(std::path::Path::new(env!("OUT_DIR")).join(name)).unwrap();
        std::fs::write(folder.join(super::assets::asset(name).trim_start_matches('/')), bytes).unwrap();
    }
    for (name, html) in [
        ("light.html", layout("light", true)),
        ("dark.html", layout("dark", true)),
        ("athlete.html", layout("light", false)),
        ("sign-in.html", bare()),
    ] {
        std::fs::write(folder.join(name), html).unwrap();
    }
}
