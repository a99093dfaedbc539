//! The Feed tab of a group: its members' runs, newest first, more on demand; what comes in meanwhile is told.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use super::group::{Head, Tab};
use super::person::Problems;
use crate::app::group_feed::{Feed, FeedEntry, FeedQuery, read_sub_types};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::activity::SubType;
use crate::domain::calendar;
use crate::domain::ids::{ActivityId, GroupId, UserId};
use crate::domain::person::initials;
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

/// Runs that come at once.
const PAGE: i64 = 30;

pub fn routes() -> Router<Site> {
    Router::new().route("/groups/{id}/feed", get(index)).route("/groups/{id}/feed/news", get(news))
}

/// What the address asks for, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    sub_type: Vec<String>,
    start_date: String,
    end_date: String,
    timezone: String,
    /// Where a further page begins: the last run before it.
    after: String,
    /// What was there when the page was made, for asking what came since.
    since: String,
}

impl Asked {
    fn query(&self) -> Result<FeedQuery, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut day = |field: &'static str, text: &str| {
            let day = calendar::parse_day(text);
            if !text.is_empty() && day.is_none() {
                problems.push(Problem::invalid(field, "Write a date as 2026-11-16."));
            }
            day
        };
        let (from_day, to_day) = (day("start_date", &self.start_date), day("end_date", &self.end_date));
        let sub_types = read_sub_types(&self.sub_type).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let after = self.after.parse().ok();
        if !self.after.is_empty() && after.is_none() {
            problems.push(Problem::invalid("cursor", "There is no such page."));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let timezone = Some(self.timezone.clone()).filter(|zone| !zone.is_empty());
        Ok(FeedQuery { from_day, to_day, timezone, sub_types, after })
    }

    fn is_filtered(&self) -> bool {
        !(self.sub_type.is_empty() && self.start_date.is_empty() && self.end_date.is_empty())
    }

    /// The same runs under this address of the group, with `more` (`after=…` or `since=…`) behind them.
    fn address(&self, id: GroupId, path: &str, more: &str) -> String {
        let given =
            [("start_date", &self.start_date), ("end_date", &self.end_date), ("timezone", &self.timezone)];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let types = kinds(self).into_iter().filter(|(_, is_on)| *is_on);
        let mut parts: Vec<String> = types.map(|(kind, _)| format!("sub_type={kind}")).collect();
        parts.extend(given.map(|(name, value)| format!("{name}={}", filters::percent_encode(value))));
        parts.extend(Some(more.to_owned()).filter(|more| !more.is_empty()));
        let query = parts.join("&");
        let sign = if query.is_empty() { "" } else { "?" };
        format!("/groups/{id}/{path}{sign}{query}")
    }
}

/// A run as it is listed.
struct Entry {
    athlete: UserId,
    name: String,
    initials: String,
    /// Where its page is, for who may open it.
    href: Option<String>,
    title: String,
    kind: &'static str,
    day: i64,
    /// Start and zone, for who sees the whole of it: the time of day is not for fellow athletes.
    time: Option<String>,
    distance: Option<f64>,
    duration: f64,
    pace: Option<f64>,
    average_heart_rate: Option<f64>,
}

impl Entry {
    /// `here` is the zone of who looks: another one is named.
    fn new(entry: FeedEntry, here: chrono_tz::Tz) -> Self {
        let time = entry.whole.as_ref().map(|activity| {
            let zone = calendar::parse_zone(&activity.timezone).unwrap_or(chrono_tz::UTC);
            let time = calendar::time_of_day(calendar::instant(activity.start_at), zone);
            match zone == here {
                true => time,
                false => format!("{time} in {}", calendar::zone_label(zone)),
            }
        });
        Self {
            athlete: entry.user_id,
            initials: initials(&entry.display_name),
            name: entry.display_name,
            href: entry.whole.as_ref().map(|_| format!("/activities/{}", entry.activity_id)),
            title: entry.title,
            kind: entry.sub_type.label(),
            day: entry.local_day,
            time,
            distance: entry.distance,
            duration: entry.duration,
            pace: entry.pace,
            average_heart_rate: entry.whole.and_then(|activity| activity.average_heart_rate),
        }
    }
}

#[derive(Template)]
#[template(path = "groups/feed.html", blocks = ["stream"])]
struct Index {
    head: Head,
    asked: Asked,
    kinds: Vec<(SubType, bool)>,
    zone: String,
    entries: Vec<Entry>,
    next: Option<String>,
    /// Where to ask what has come in since; `None` on further pages.
    news: Option<String>,
    problems: Problems,
}
view!(Index, "stream" => as_stream, "more" => as_more);

/// What comes below the runs that are there already.
#[derive(Template)]
#[template(path = "groups/_runs.html")]
struct More<'a> {
    head: &'a Head,
    entries: &'a [Entry],
    next: &'a Option<String>,
}

impl Index {
    fn as_more(&self) -> More<'_> {
        More { head: &self.head, entries: &self.entries, next: &self.next }
    }

    fn first_page(&self) -> String {
        self.asked.address(self.head.id, "feed", "")
    }
}

async fn head(app: &App, feed: &Feed) -> Result<Head, Error> {
    let members = app.count_group_members(&feed.seen).await?;
    Ok(Head::new(feed.seen.group(), members, feed.seen.may_edit(), Tab::Feed))
}

fn kinds(asked: &Asked) -> Vec<(SubType, bool)> {
    let is_on = |kind: &SubType| {
        let words = || asked.sub_type.iter().flat_map(|words| words.split(','));
        words().filter_map(|word| SubType::from_filter(word).ok()).any(|one| one == *kind)
    };
    SubType::ALL.iter().map(|kind| (*kind, is_on(kind))).collect()
}

/// `GET /groups/{id}/feed`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let found = match asked.query() {
        Ok(query) => app.group_feed(&viewer, id, &query, PAGE).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match found {
        Ok(feed) => Ok(shown(head(&app, &feed).await?, asked, feed)),
        Err(Error::Invalid(problems)) => refused(&app, &viewer, id, asked, problems).await,
        Err(error) => Err(error.into()),
    }
}

fn shown(head: Head, asked: Asked, feed: Feed) -> Page {
    let id = head.id;
    let next = feed.next.map(|run| asked.address(id, "feed", &format!("after={run}")));
    // Who looks once a minute is never an administrator: each of their looks is audited.
    let is_first = asked.after.is_empty() && !feed.seen.is_admin();
    let news = is_first.then(|| asked.address(id, "feed/news", &format!("since={}", feed.newest)));
    let title = format!("Feed of {}", head.name);
    let view = Index {
        kinds: kinds(&asked),
        zone: calendar::zone_label(feed.zone),
        entries: feed.entries.into_iter().map(|entry| Entry::new(entry, feed.zone)).collect(),
        next,
        news,
        problems: Problems::default(),
        head,
        asked,
    };
    Page::new(title, view).at(Place::Groups)
}

/// The filter as it was typed, with what is wrong beside it.
async fn refused(
    app: &App,
    viewer: &Viewer,
    id: GroupId,
    asked: Asked,
    problems: Vec<Problem>,
) -> Result<Page, Failure> {
    let (seen, members) = app.group_head(viewer, id).await?;
    let head = Head::new(seen.group(), members, seen.may_edit(), Tab::Feed);
    let title = format!("Feed of {}", head.name);
    let view = Index {
        head,
        kinds: kinds(&asked),
        asked,
        zone: calendar::zone_label(viewer.zone()),
        entries: Vec::new(),
        next: None,
        news: None,
        problems: Problems(problems),
    };
    Ok(Page::new(title, view).at(Place::Groups).unprocessable())
}

#[derive(Template)]
#[template(path = "groups/news.html", blocks = ["news"])]
struct News {
    count: i64,
    feed: String,
}
view!(News, "news" => as_news);

/// `GET /groups/{id}/feed/news`: how many runs have come in since the feed was shown.
async fn news(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let query = asked.query().map_err(Error::Invalid)?;
    let since: ActivityId = asked
        .since
        .parse()
        .map_err(|_| Error::invalid("since", "Open the feed to see what is new in it."))?;
    let count = app.count_feed_news(&viewer, id, &query, since).await?;
    let view = News { count, feed: asked.address(id, "feed", "") };
    Ok(Page::new("New runs", view).at(Place::Groups))
}
