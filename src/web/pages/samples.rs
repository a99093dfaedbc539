//! Views of the pages about one person, rendered from samples: empty, ordinary and hostile, whole and as
//! fragments. One heading, unique ids, a label for every field, nothing unescaped.

use scraper::{Html, Selector};
use std::collections::HashSet;
use uuid::Uuid;

use super::athlete::{RecordView, Show};
use super::person::{Coached, Header, Problems, Tab};
use super::uploads::{Athlete, New, Told};
use super::{activities, fitness, manual};
use crate::app::Problem;
use crate::app::profile::{Record, Week};
use crate::domain::fitness::FitnessKind;
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::person::{MemberStatus, UnitSystem};
use crate::web::page::{Context, View};

pub(super) const NOW: i64 = 1_795_003_200;
pub(super) const HOSTILE: &str =
    "<script>alert(\"1\")</script>'\u{202e}&amp; Wolfeschlegelsteinhausenbergerdorff";

fn user() -> UserId {
    UserId::from_uuid(Uuid::from_u128(1))
}

fn header(name: &str, is_visible: bool) -> Header {
    Header {
        id: user(),
        name: name.to_owned(),
        initials: "<W".to_owned(),
        base: format!("/athletes/{}", user()),
        tab: Tab::Overview,
        is_coach: true,
        coached: Some(Coached {
            email: "naledi@lowfield.test".to_owned(),
            status: MemberStatus::Suspended,
            level: name.to_owned(),
            coach_name: Some(name.to_owned()),
            labels: vec![name.to_owned()],
            notes: 0,
            is_visible,
        }),
    }
}

fn empty_record(today: i64) -> Record {
    let week = |back: i64| Week { first_day: today - back * 7, ..Week::default() };
    Record { today, weeks: (0..26).rev().map(week).collect(), recent: Vec::new(), fitness: Vec::new() }
}

/// Renders the view and checks what holds for every page.
pub(super) fn check(view: &dyn View, headings: usize) -> Html {
    let whole = view.whole(&Context::public(NOW)).expect("renders");
    let html = Html::parse_document(&whole);
    let all = |selector: &str| -> Vec<scraper::ElementRef<'_>> {
        html.select(&Selector::parse(selector).expect("a selector")).collect()
    };
    assert_eq!(all("h1").len(), headings, "{whole}");
    assert!(all("script").is_empty() && !whole.contains("alert(\"1\")</script>"), "{whole}");
    let mut ids = HashSet::new();
    for element in all("[id]") {
        let id = element.attr("id").unwrap_or_default().to_owned();
        assert!(ids.insert(id.clone()), "the id {id} stands twice");
    }
    let labelled: HashSet<&str> = all("label[for]").iter().filter_map(|label| label.attr("for")).collect();
    for field in all("input:not([type=hidden]), select, textarea") {
        let id = field.attr("id").unwrap_or_default();
        assert!(labelled.contains(id), "{id} has a label in {whole}");
    }
    for element in all("[aria-labelledby], [aria-describedby]") {
        let named = element.attr("aria-labelledby").into_iter().chain(element.attr("aria-describedby"));
        for id in named.flat_map(str::split_whitespace) {
            assert!(ids.contains(id), "{id} is named and not there");
        }
    }
    html
}

fn text(html: &Html) -> String {
    html.root_element().text().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_athlete_who_has_not_agreed_is_a_name_and_an_email() {
    let view =
        Show { header: header("Naledi Mokoena", false), record: None, news: Vec::new(), must_agree: false };
    let html = check(&view, 1);
    let said = text(&html);
    assert!(said.contains("has not agreed to be seen") && said.contains("naledi@lowfield.test"));
    for hidden in ["Weekly distance", "Fitness values", "Upload", "Add activity"] {
        assert!(!said.contains(hidden), "{hidden}");
    }
}

#[test]
fn overviews_hold_hostile_names_and_nothing_recorded() {
    for name in ["Naledi Mokoena", HOSTILE, ""] {
        let record = RecordView::new(&empty_record(20_775), "Nowhere/Else", UnitSystem::Imperial);
        check(
            &Show { header: header(name, true), record: Some(record), news: Vec::new(), must_agree: true },
            1,
        );
    }
}

#[test]
fn forms_come_back_as_typed_with_every_problem_beside_its_field() {
    let fields = [
        "date",
        "time",
        "timezone",
        "duration",
        "distance",
        "average_heart_rate",
        "title",
        "activity_type",
        "sub_type",
        "effort",
        "note",
    ];
    let problems = || Problems(fields.iter().map(|f| Problem::invalid(*f, HOSTILE)).collect());
    let typed = manual::Typed { title: HOSTILE.into(), note: HOSTILE.into(), ..Default::default() };
    let view = manual::Manual {
        athlete: Some(Athlete { id: user(), name: HOSTILE.into(), timezone: "UTC".into() }),
        query: String::new(),
        typed,
        problems: problems(),
        zones: vec![("UTC".into(), HOSTILE.into())],
    };
    let html = check(&view, 1);
    let count = |selector: &str| html.select(&Selector::parse(selector).expect("a selector")).count();
    assert_eq!(count(".error"), fields.len());
    assert_eq!(count("[aria-invalid=true]"), fields.len());
    let typed = manual::Typed { title: HOSTILE.into(), ..Default::default() };
    let id = ActivityId::from_uuid(Uuid::from_u128(2));
    let zones = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
    check(&activities::EditView { id, typed, problems: problems(), is_manual: true, zones }, 1);
}

#[test]
fn results_of_uploads_hold_hostile_file_names() {
    let told = |mark: &'static str| Told {
        file: HOSTILE.into(),
        short: HOSTILE.into(),
        word: "Not added",
        mark,
        message: HOSTILE.into(),
        activities: vec![ActivityId::from_uuid(Uuid::from_u128(3))],
        duplicate_of: Some(ActivityId::from_uuid(Uuid::from_u128(4))),
    };
    let view = New {
        athlete: None,
        query: String::new(),
        problem: Some(HOSTILE.into()),
        tally: "3 added".into(),
        results: vec![told("good"), told("none"), told("urgent")],
    };
    check(&view, 1);
    check(
        &New {
            athlete: None,
            query: String::new(),
            problem: None,
            tally: String::new(),
            results: Vec::new(),
        },
        1,
    );
}

#[test]
fn values_read_in_the_viewers_units() {
    assert_eq!(fitness::in_words(FitnessKind::ThresholdPace, 255.0, UnitSystem::Metric), "4:15 /km");
    assert_eq!(fitness::in_words(FitnessKind::ThresholdPace, 255.0, UnitSystem::Imperial), "6:50 /mi");
    assert_eq!(fitness::in_words(FitnessKind::Vdot, 51.944, UnitSystem::Metric), "51.9");
    assert_eq!(fitness::in_words(FitnessKind::MaxHr, 193.0, UnitSystem::Metric), "193 bpm");
}
