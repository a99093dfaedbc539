//! The groups of the demo club, with what their logs tell.

use serde_json::{Value, json};

use super::people;
use super::{App, DAY};
use crate::app::db::audit::Entry;
use crate::app::db::groups::Group;
use crate::app::db::{self, Tx};
use crate::app::error::{Error, Result};
use crate::app::group_report::ReportQuery;
use crate::domain::group::RequestState;
use crate::domain::ids::{AuditId, GroupId, OrgId, RequestId, UserId};
use crate::domain::person::fold;

/// Something that happened in a group.
struct Event {
    at: i64,
    actor: UserId,
    action: &'static str,
    subject: String,
    group: GroupId,
    details: Value,
}

/// Makes the groups with their members, requests and logs. `joined` is since when each athlete is in the club.
pub(super) async fn make(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    coaches: &[UserId],
    athletes: &[UserId],
    joined: &[i64],
) -> Result<()> {
    let now = app.now();
    let mut events = Vec::new();
    let mut groups = Vec::new();
    for (number, made) in people::GROUPS.iter().enumerate() {
        // One a season, the empty one last week.
        let ago = if number + 1 == people::GROUPS.len() { 6 } else { 560 - number as i64 * 14 };
        let (id, owner) = (GroupId::from_uuid(app.uuid()), coaches[made.owner]);
        let at = now - ago * DAY - 3 * 3600;
        let group = Group {
            id,
            org_id: org,
            owner_id: owner,
            name: made.name.to_owned(),
            name_folded: fold(made.name),
            description: made.description.to_owned(),
            privacy: made.privacy,
            created_at: at,
            updated_at: at,
            version: 1,
        };
        db::groups::insert(tx, &group).await?;
        groups.push((made.letter, id, owner));
        let details = json!({ "name": made.name, "privacy": made.privacy.word(), "owner_id": owner });
        events.push(Event {
            at,
            actor: owner,
            action: "group.created",
            subject: id.to_string(),
            group: id,
            details,
        });
    }
    let group_of =
        |letter: char| groups.iter().find(|(l, _, _)| *l == letter).map(|(_, id, owner)| (*id, *owner));
    let moved = |at, actor, action, user: UserId, group, details| Event {
        at,
        actor,
        action,
        subject: user.to_string(),
        group,
        details,
    };
    for (number, athlete) in people::ATHLETES.iter().enumerate() {
        for (place, letter) in athlete.groups.chars().enumerate() {
            let Some((group, owner)) = group_of(letter) else { continue };
            // Most came in the first autumn, some every month since; nobody before they were in the club.
            let day = 400 - (number as i64 * 37 + place as i64 * 90) % 380;
            let at = (now - day * DAY).max(joined[number] + DAY).min(now - DAY);
            db::groups::add_member(tx, group, athletes[number], at, at).await?;
            events.push(moved(at, owner, "group.member_added", athletes[number], group, json!({})));
        }
    }
    for (number, letter, from, to) in people::DEPARTED {
        let Some((group, owner)) = group_of(letter) else { continue };
        let (user, from, to) = (athletes[number], now - from * DAY, now - to * DAY);
        db::bulk::departure(tx, (group, user), from, to).await?;
        events.push(moved(from, owner, "group.member_added", user, group, json!({})));
        events.push(moved(to, owner, "group.member_removed", user, group, json!({})));
    }
    for (number, letter, hours) in people::REQUESTS {
        let Some((group, _)) = group_of(letter) else { continue };
        let id = RequestId::from_uuid(app.uuid());
        db::join_requests::insert(tx, id, group, athletes[number], now - hours * 3600).await?;
    }
    let (number, letter, days) = people::DECLINED;
    if let Some((group, owner)) = group_of(letter) {
        let (id, at) = (RequestId::from_uuid(app.uuid()), now - days * DAY);
        db::join_requests::insert(tx, id, group, athletes[number], at - 20 * 3600).await?;
        db::join_requests::decide(tx, id, RequestState::Declined, owner, at).await?;
        let details = json!({ "request_id": id });
        events.push(moved(at, owner, "group.request_declined", athletes[number], group, details));
    }
    // The trail is in the order of its ids, so they are made in the order of what happened.
    events.sort_by_key(|event| event.at);
    for event in events {
        let entry = Entry {
            id: AuditId::from_uuid(app.uuid()),
            org_id: org,
            at: event.at,
            actor_id: event.actor,
            action: event.action.to_owned(),
            subject_id: event.subject,
            group_id: Some(event.group),
            details: event.details.to_string(),
        };
        db::audit::insert(tx, &entry).await?;
    }
    Ok(())
}

/// Keeps the report of the week before of one group, as its coach would.
pub(super) async fn keep_report(app: &App, coach: UserId) -> Result<()> {
    let viewer = app.session_viewer(coach).await?.ok_or(Error::NotFound)?;
    let groups = app.groups(&viewer, false, None, people::GROUPS.len() as i64).await?.groups;
    let Some(group) = groups.iter().find(|whole| whole.group.name == people::KEPT_REPORT.0) else {
        return Ok(());
    };
    let query = ReportQuery { day: Some(app.today(viewer.zone()) - 7), ..ReportQuery::default() };
    app.keep_group_report(&viewer, group.group.id, &query, people::KEPT_REPORT.1).await?;
    Ok(())
}
