//! The pages about one athlete, and the same pages about oneself.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use super::fitness::{Item, items};
use super::person::{Header, Row, Tab};
use crate::app::notifications::{Asked, Notification};
use crate::app::profile::{Listed, Record, Week};
use crate::app::{App, Viewer};
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::calendar;
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::person::UnitSystem;
use crate::view;
use crate::web::Site;
use crate::web::charts::{self, Chart};
use crate::web::error::Failure;
use crate::web::filters::{self, percent_encode};
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/athletes/{id}", get(show))
        .route("/athletes/{id}/activities", get(activities))
        .route("/me", get(me))
        .route("/me/activities", get(my_activities))
}

/// So much news stands on one's own page at once.
const NEWS: i64 = 20;
/// How many activities a page of the list holds.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "athletes/show.html")]
pub struct Show {
    pub header: Header,
    /// `None` until the athlete has agreed to be seen.
    pub record: Option<RecordView>,
    /// What there is to tell, on one's own page.
    pub news: Vec<Notification>,
    /// Whether they have not said yet what coaches may see, on one's own page.
    pub must_agree: bool,
}
view!(Show);

/// What the overview shows of a person's running.
pub struct RecordView {
    /// The zone by which its weeks are cut, as people write it.
    pub zone: String,
    pub this_week: Week,
    pub average_distance: f64,
    pub average_load: f64,
    pub longest: Option<Week>,
    pub chart: Chart,
    /// The newest first.
    pub weeks: Vec<Week>,
    pub rows: Vec<Row>,
    pub fitness: Vec<Item>,
}

impl RecordView {
    pub fn new(record: &Record, zone: &str, units: UnitSystem) -> Self {
        let weeks = record.weeks.iter().map(|week| (week.first_day, week.distance));
        let bars = charts::Week::all(weeks, true);
        let (average_distance, average_load) = record.four_week_average();
        Self {
            zone: calendar::parse_zone(zone).map_or_else(|| zone.to_owned(), calendar::zone_label),
            this_week: record.this_week(),
            average_distance,
            average_load,
            longest: record.longest_run(),
            chart: charts::weekly_distance(&bars, units, "weeks"),
            weeks: record.weeks.iter().rev().copied().collect(),
            rows: Row::all(&record.recent, units, record.today),
            fitness: items(&record.fitness, record.today, units),
        }
    }
}

/// `GET /athletes/{id}`
pub async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
) -> Result<Result<Page, Done>, Failure> {
    if id == viewer.user.id {
        return Ok(Err(Done::to("/me")));
    }
    let overview = app.athlete_overview(&viewer, id).await?;
    let zone = &overview.profile.timezone;
    let record = overview.record.as_ref().map(|record| RecordView::new(record, zone, viewer.user.units));
    let header = Header::of(&overview.profile, Tab::Overview);
    Ok(Ok(Page::new(header.name.clone(), Show { header, record, news: Vec::new(), must_agree: false })
        .at(Place::Athletes)))
}

/// `GET /me`
pub async fn me(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    let record = app.own_record(&viewer).await?;
    // Coaches have theirs at the bell; an athlete who opens this page is told here.
    let asked = Asked { is_unread_only: true, ..Asked::default() };
    let news = match viewer.is_coach() || viewer.unread == 0 {
        true => Vec::new(),
        false => app.notifications(&viewer, asked, NEWS).await?,
    };
    let own = viewer.membership.as_ref();
    let view = Show {
        must_agree: own.is_some_and(|own| !own.role.is_coach() && own.visible_from.is_none()),
        news,
        header: Header::own(&viewer, Tab::Overview),
        record: Some(RecordView::new(&record, &viewer.user.timezone, viewer.user.units)),
    };
    Ok(Page::new("Your running", view).at(Place::Me))
}

/// Which activities were asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default, rename = "type")]
    pub activity_type: String,
    #[serde(default)]
    pub sub_type: String,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    /// Where the page begins: start and id of the last row of the page before.
    #[serde(default)]
    pub after: String,
}

impl ListQuery {
    /// What was asked for; the second is what could not be read, for the person.
    fn filter(&self) -> (Listed, &'static str) {
        let mut problem = "";
        let mut filter = Listed::default();
        if !self.activity_type.is_empty() {
            match self.activity_type.parse() {
                Ok(kind) => filter.activity_type = Some(kind),
                Err(_) => problem = "There is no such sport. All are shown.",
            }
        }
        if !self.sub_type.is_empty() {
            match SubType::from_filter(&self.sub_type) {
                Ok(kind) => filter.sub_types = vec![kind],
                Err(_) => problem = "There is no such kind of run. All are shown.",
            }
        }
        for (text, day) in [(&self.from, &mut filter.from_day), (&self.to, &mut filter.to_day)] {
            if !text.is_empty() {
                *day = calendar::parse_day(text);
                if day.is_none() {
                    problem = "Write dates as 2026-04-17. That one was left out.";
                }
            }
        }
        if let (Some(from), Some(to)) = (filter.from_day, filter.to_day)
            && from > to
        {
            problem = "The first date is after the last one, so nothing can match.";
        }
        filter.after = self
            .after
            .split_once('.')
            .and_then(|(start, id)| Some((start.parse::<i64>().ok()?, id.parse::<ActivityId>().ok()?)));
        (filter, problem)
    }

    /// The address of the same list with another kind and beginning.
    fn href(&self, base: &str, sub_type: &str, after: &str) -> String {
        let parts = [
            ("type", self.activity_type.as_str()),
            ("sub_type", sub_type),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after),
        ];
        let query: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", percent_encode(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{base}/activities{mark}{}", query.join("&"))
    }

    fn is_filtered(&self) -> bool {
        [&self.activity_type, &self.sub_type, &self.from, &self.to].iter().any(|text| !text.is_empty())
    }

    /// The filter in words, for a list in which nothing matches.
    fn words(&self, filter: &Listed, today: i64) -> String {
        let mut words = Vec::new();
        words.extend(filter.activity_type.map(|kind| kind.label().to_owned()));
        words.extend(filter.sub_types.iter().map(|kind| kind.label().to_owned()));
        words.extend(filter.from_day.map(|day| format!("from {}", calendar::full_day(day, today))));
        words.extend(filter.to_day.map(|day| format!("to {}", calendar::full_day(day, today))));
        if words.is_empty() { "these filters".to_owned() } else { words.join(", ") }
    }
}

pub struct Chip {
    pub label: &'static str,
    pub href: String,
    pub is_on: bool,
}

#[derive(Template)]
#[template(path = "athletes/activities.html", blocks = ["results"])]
pub struct Activities {
    pub header: Header,
    /// `None` until the athlete has agreed to be seen.
    pub list: Option<List>,
}
view!(Activities, "results" => as_results);

pub struct List {
    pub query: ListQuery,
    pub rows: Vec<Row>,
    pub chips: Vec<Chip>,
    pub problem: &'static str,
    pub is_filtered: bool,
    pub filter_words: String,
    pub newest: Option<String>,
    pub older: Option<String>,
}

/// `GET /athletes/{id}/activities`
pub async fn activities(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<UserId>,
    Query(query): Query<ListQuery>,
) -> Result<Result<Page, Done>, Failure> {
    if id == viewer.user.id {
        let sub_type = query.sub_type.clone();
        return Ok(Err(Done::to(query.href("/me", &sub_type, &query.after))));
    }
    Ok(Ok(list(&app, &viewer, id, query).await?.at(Place::Athletes)))
}

/// `GET /me/activities`
pub async fn my_activities(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Page, Failure> {
    Ok(list(&app, &viewer, viewer.user.id, query).await?.at(Place::Me))
}

async fn list(app: &App, viewer: &Viewer, id: UserId, query: ListQuery) -> Result<Page, Failure> {
    let (filter, problem) = query.filter();
    // One more than a page holds tells whether there is a next one.
    let found = app.listed_activities(viewer, id, &filter, PAGE + 1).await?;
    let header = match &found.profile {
        Some(profile) => Header::of(profile, Tab::Activities),
        None => Header::own(viewer, Tab::Activities),
    };
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let list = found.activities.map(|activities| {
        let shown = activities.get(..page).unwrap_or(&activities);
        let last = shown.last().filter(|_| activities.len() > page);
        let after = last.map(|last| format!("{}.{}", last.start_at, last.id));
        let chip = |label: &'static str, word: &str| Chip {
            label,
            href: query.href(&header.base, word, ""),
            is_on: query.sub_type == word,
        };
        let kinds = SubType::ALL.iter().map(|kind| chip(kind.label(), kind.word()));
        let chips = std::iter::once(chip("All", "")).chain(kinds).collect();
        List {
            rows: Row::all(shown, viewer.user.units, found.today),
            chips,
            problem,
            is_filtered: query.is_filtered(),
            filter_words: query.words(&filter, found.today),
            newest: (!query.after.is_empty()).then(|| query.href(&header.base, &query.sub_type, "")),
            older: after.map(|after| query.href(&header.base, &query.sub_type, &after)),
            query,
        }
    });
    let title = format!("Activities, {}", header.name);
    Ok(Page::new(title, Activities { header, list }))
}
