//! The Log tab of a group: who did what in it, when, to whom.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

use super::group::{Head, Tab};
use crate::app::App;
use crate::app::group_log::NamedEntry;
use crate::domain::calendar;
use crate::domain::group::Privacy;
use crate::domain::ids::{AuditId, GroupId, UserId};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

/// Entries on a page.
const PAGE: i64 = 50;

pub fn routes() -> Router<Site> {
    Router::new().route("/groups/{id}/log", get(index))
}

/// An entry in words: "*Marta* added *Kenji*", then what more there is to say.
struct Line {
    at: i64,
    actor: String,
    /// What they did.
    did: &'static str,
    /// To whom, with the address of their page while they are here.
    subject: Option<(String, Option<String>)>,
    /// What changed, field by field.
    changes: Vec<String>,
}

impl Line {
    fn new(named: NamedEntry) -> Self {
        let details: Value = serde_json::from_str(&named.entry.details).unwrap_or_default();
        let is_undo = details["undo"].as_bool().unwrap_or(false);
        let mut changes = Vec::new();
        let did = match named.entry.action.as_str() {
            "group.created" => "made the group",
            "group.updated" => {
                changes = in_words(&details);
                "changed the group"
            }
            "group.deleted" => "deleted the group",
            "group.member_added" if is_undo => "took a change back and put in",
            "group.member_added" => "added",
            "group.member_removed" if is_undo => "took a change back and took out",
            "group.member_removed" => "removed",
            "group.request_approved" => "let in, as asked,",
            "group.request_declined" => "declined the request of",
            "group.report_kept" => {
                let week = details["week"].as_str().and_then(calendar::parse_day);
                changes.extend(week.map(|day| format!("Week of {}", calendar::short_day(day))));
                "kept a weekly report"
            }
            "group.report_deleted" => {
                let week = details["week"].as_str().and_then(calendar::parse_day);
                changes.extend(week.map(|day| format!("Week of {}", calendar::short_day(day))));
                "deleted a kept report"
            }
            "group.read" => "looked at it as the server's administrator",
            _ => "did something that this version does not know",
        };
        let user: Option<UserId> = named.entry.subject_id.parse().ok();
        let subject = user.map(|id| match named.subject_name {
            Some(name) => (name, named.is_subject_here.then(|| format!("/athletes/{id}"))),
            None => ("somebody whose account is gone".to_owned(), None),
        });
        Self { at: named.entry.at, actor: named.actor_name, did, subject, changes }
    }
}

/// What changed, from what to what.
fn in_words(details: &Value) -> Vec<String> {
    let mut changes = Vec::new();
    let pair = |field: &str| {
        let change = details.get(field)?;
        Some((change["from"].as_str().unwrap_or_default(), change["to"].as_str().unwrap_or_default()))
    };
    if let Some((from, to)) = pair("name") {
        changes.push(format!("Name: “{from}” is now “{to}”."));
    }
    if let Some((from, to)) = pair("privacy") {
        let label =
            |word: &str| word.parse().map_or_else(|_| word.to_owned(), |p: Privacy| p.label().to_lowercase());
        changes.push(format!("It was {} and is {}.", label(from), label(to)));
    }
    match pair("description") {
        Some((_, "")) => changes.push("The description was taken away.".to_owned()),
        Some((_, to)) => changes.push(format!("Description: “{to}”")),
        None => {}
    }
    changes
}

#[derive(Template)]
#[template(path = "groups/log.html")]
struct Index {
    head: Head,
    lines: Vec<Line>,
    is_first: bool,
    next: Option<AuditId>,
}
view!(Index);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The last entry of the page before.
    before: String,
}

/// `GET /groups/{id}/log`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let (seen, members) = app.coached_group(&viewer, id).await?;
    let before: Option<AuditId> = asked.before.parse().ok();
    let mut entries = app.group_log(&viewer, id, before, PAGE + 1).await?;
    let has_more = entries.len() as i64 > PAGE;
    entries.truncate(PAGE as usize);
    let next = entries.last().filter(|_| has_more).map(|named| named.entry.id);
    let view = Index {
        head: Head::new(seen.group(), members, true, Tab::Log),
        lines: entries.into_iter().map(Line::new).collect(),
        is_first: before.is_none(),
        next,
    };
    Ok(Page::new(format!("Log of {}", view.head.name), view).at(Place::Groups))
}
