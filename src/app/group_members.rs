//! Who is in a group: the list, adding several, removing one.

use std::collections::HashSet;

use serde_json::json;

use super::App;
use super::access::{self, CoachedGroup, Viewer, VisibleGroup};
use super::db::groups::{Group, MemberRow};
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::undos::{Taken, UNDO_SECONDS};
use crate::domain::group::RequestState;
use crate::domain::ids::{GroupId, UndoId, UserId};

/// Most members of one list.
pub const MOST_MEMBERS: usize = 5_000;

/// What adding several came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub added: Vec<UserId>,
    /// Who was in the group already.
    pub unchanged: Vec<UserId>,
    pub version: i64,
}

/// Who can be put into a group.
#[derive(Debug, Clone)]
pub struct Addable {
    pub group: Group,
    /// Those who were ticked before, and whom the search does not find.
    pub others: Vec<MemberRow>,
    /// Those whom the search finds.
    pub found: Vec<MemberRow>,
    /// Whether the search finds more than were asked for.
    pub is_cut: bool,
}

/// The athletes of the organization that these texts name, each once, in their order. Whoever is none is a
/// problem of this field.
pub(super) async fn athletes_of(
    tx: &mut Tx,
    held: &CoachedGroup,
    texts: &[String],
    field: &'static str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<UserId>> {
    if texts.len() > MOST_MEMBERS {
        problems.push(Problem::invalid(field, format!("A group has up to {MOST_MEMBERS} members.")));
        return Ok(Vec::new());
    }
    let athletes: HashSet<UserId> =
        db::groups::athletes(tx, held.org_id()).await?.into_iter().map(|(id, _)| id).collect();
    let mut seen = HashSet::new();
    let (mut found, mut strangers) = (Vec::new(), Vec::new());
    for text in texts {
        match text.parse::<UserId>() {
            Ok(id) if athletes.contains(&id) => found.extend(seen.insert(id).then_some(id)),
            // An id is short; whatever else was sent is not repeated at length.
            _ => strangers.push(text.chars().take(40).collect::<String>()),
        }
    }
    if let Some(first) = strangers.first() {
        let message = match strangers.len() {
            1 => format!("“{first}” is no athlete of your organization."),
            n => format!("{n} of these are no athletes of your organization, the first is “{first}”."),
        };
        problems.push(Problem::invalid(field, message));
    }
    Ok(found)
}

impl App {
    /// The members of a group by name, with since when.
    pub async fn group_members(
        &self,
        viewer: &Viewer,
        id: GroupId,
    ) -> Result<(VisibleGroup, Vec<MemberRow>)> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let members = db::groups::members(&mut tx, seen.org_id(), id).await?;
        drop(tx);
        self.audit_look(viewer, &seen, "members").await?;
        Ok((seen, members))
    }

    /// The athletes of the organization who are not in the group, by name: whom a coach can add. `search` is
    /// found in their names and emails, without regard to case and accents; at most `limit`. Who was `ticked`
    /// before is given too, so that a search loses nobody.
    pub async fn addable_athletes(
        &self,
        viewer: &Viewer,
        id: GroupId,
        search: &str,
        ticked: &HashSet<UserId>,
        limit: i64,
    ) -> Result<Addable> {
        let mut tx = self.db().read().await?;
        let group = access::group(&mut tx, viewer, id).await?.coached()?;
        let search = crate::domain::person::fold(search);
        let mut found = db::groups::addable(&mut tx, group.org_id(), id, &search, limit + 1).await?;
        let is_cut = found.len() as i64 > limit;
        found.truncate(usize::try_from(limit).unwrap_or_default());
        let is_found = |user: &UserId| found.iter().any(|row| row.user_id == *user);
        let mut others = Vec::new();
        if !ticked.iter().all(is_found) {
            others = db::groups::addable(&mut tx, group.org_id(), id, "", MOST_MEMBERS as i64).await?;
            others.retain(|row| ticked.contains(&row.user_id) && !is_found(&row.user_id));
        }
        Ok(Addable { group: group.group().clone(), others, found, is_cut })
    }

    /// Puts several athletes into a group. Who is no athlete of the organization refuses the whole; who is in
    /// it already stays.
    pub async fn add_group_members(
        &self,
        viewer: &Viewer,
        id: GroupId,
        users: &[String],
        if_version: Option<i64>,
    ) -> Result<Added> {
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        Error::unless_stale(if_version, held.group().version)?;
        let mut problems = Vec::new();
        let wanted = athletes_of(&mut tx, &held, users, "user_ids", &mut problems).await?;
        if problems.is_empty() && wanted.is_empty() {
            problems.push(Problem::required("user_ids", "Choose at least one athlete."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let present: HashSet<UserId> = db::groups::member_ids(&mut tx, id).await?.into_iter().collect();
        let (unchanged, added): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|u| present.contains(u));
        self.put_in(&mut tx, viewer, &held, &added, None).await?;
        let version = access::group(&mut tx, viewer, id).await?.group().version;
        tx.commit().await?;
        Ok(Added { added, unchanged, version })
    }

    /// Takes an athlete out of a group; one who is not in it is "not found". They stay in the organization.
    /// Returns what takes it back.
    pub async fn remove_group_member(&self, viewer: &Viewer, id: GroupId, user: UserId) -> Result<UndoId> {
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        let joined_at = db::groups::joined_at(&mut tx, id, user).await?.ok_or(Error::NotFound)?;
        self.take_out(&mut tx, viewer, &held, &[user]).await?;
        let taken = Taken::Left { group: id, user, joined_at };
        let undo = self.keep_undo(&mut tx, viewer, Some(held.org_id()), &taken, UNDO_SECONDS).await?;
        tx.commit().await?;
        Ok(undo)
    }

    /// Puts athletes in, each with its entry, and returns those who were not in it. Who had asked to join has
    /// been answered by that. With a time, who is put back has never left since then.
    pub(super) async fn put_in(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        held: &CoachedGroup,
        users: &[UserId],
        undone_since: Option<i64>,
    ) -> Result<Vec<UserId>> {
        self.admit(tx, viewer.user.id, held.group(), users, undone_since).await
    }

    /// Does what [`App::put_in`] does, for a group whose row is held: `actor` is who decided it.
    pub(super) async fn admit(
        &self,
        tx: &mut Tx,
        actor: UserId,
        group: &Group,
        users: &[UserId],
        undone_since: Option<i64>,
    ) -> Result<Vec<UserId>> {
        let (org, id, now) = (group.org_id, group.id, self.now());
        let details = if undone_since.is_some() { json!({ "undo": true }) } else { json!({}) };
        let mut added = Vec::new();
        let pending = match users {
            [] => Vec::new(),
            _ => db::join_requests::pending(tx, org, id).await?,
        };
        for user in users {
            if !db::groups::add_member(tx, id, *user, undone_since.unwrap_or(now), now).await? {
                continue;
            }
            added.push(*user);
            self.audit_by(tx, actor, org, "group.member_added", user, Some(id), details.clone()).await?;
            if let Some(request) = pending.iter().find(|request| request.user_id == *user) {
                db::join_requests::decide(tx, request.id, RequestState::Approved, actor, now).await?;
                let details = json!({ "request_id": request.id });
                self.audit_by(tx, actor, org, "group.request_approved", user, Some(id), details).await?;
                self.tell_decision(tx, *user, group, true).await?;
            }
        }
        Ok(added)
    }

    /// Takes athletes out, each who was in it with its entry.
    pub(super) async fn take_out(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        held: &CoachedGroup,
        users: &[UserId],
    ) -> Result<()> {
        let (org, id) = (held.org_id(), held.id());
        for user in users {
            if db::groups::remove_member(tx, id, *user, self.now()).await? {
                self.audit(tx, viewer, org, "group.member_removed", user, Some(id), json!({})).await?;
            }
        }
        Ok(())
    }
}
