//! Groups: lists, what a group says of itself, making, changing and deleting one.

use std::collections::HashMap;

use serde_json::json;

use super::access::{self, CoachedGroup, Viewer, VisibleGroup};
use super::db::groups::Which;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::{App, group_members};
use crate::domain::group::Privacy;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::person::{Role, fold};
use crate::domain::text;

pub use super::db::groups::{Discovered, Group, ListedGroup, MemberRow};
pub use super::db::join_requests::AskedFor;

/// In characters.
pub const LONGEST_NAME: usize = 80;
/// In characters.
pub const LONGEST_DESCRIPTION: usize = 2000;

/// A group with who is in it.
#[derive(Debug, Clone)]
pub struct WholeGroup {
    pub group: Group,
    /// In the order of joining.
    pub members: Vec<UserId>,
}

/// A page of groups by name.
#[derive(Debug, Clone)]
pub struct Groups {
    pub groups: Vec<WholeGroup>,
    /// Active athletes of the organization, and those of them in no group. For coaches.
    pub counts: Option<Counts>,
}

/// How many active athletes an organization has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub total_athletes: i64,
    /// Those who are in no group.
    pub unassigned: i64,
}

/// A group to make, as it was sent. Ids are texts: one that is none is answered beside its field.
#[derive(Debug, Clone, Default)]
pub struct NewGroup {
    pub name: String,
    pub description: String,
    pub privacy: Option<Privacy>,
    /// The owner, a coach; the viewer if none.
    pub owner: Option<String>,
    /// The viewer's own if none.
    pub org: Option<String>,
}

/// What to change of a group; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub privacy: Option<Privacy>,
    /// The whole new list of user ids; doubles are one.
    pub members: Option<Vec<String>>,
    /// The version that the caller has seen; another one by now is refused as stale.
    pub if_version: Option<i64>,
}

/// A changed group, with who came and who went.
#[derive(Debug, Clone)]
pub struct ChangedGroup {
    pub whole: WholeGroup,
    pub added: Vec<UserId>,
    pub removed: Vec<UserId>,
}

fn checked_name(typed: &str, problems: &mut Vec<Problem>) -> String {
    let name = text::one_line(typed);
    if name.is_empty() {
        problems.push(Problem::required("name", "Enter a name."));
    } else if name.chars().count() > LONGEST_NAME {
        problems.push(Problem::invalid("name", format!("A name has up to {LONGEST_NAME} characters.")));
    } else if fold(&name).is_empty() {
        problems.push(Problem::invalid("name", "Use letters, digits and plain signs."));
    }
    name
}

fn checked_description(typed: &str, problems: &mut Vec<Problem>) -> String {
    let description = text::paragraphs(typed);
    if description.chars().count() > LONGEST_DESCRIPTION {
        problems
            .push(Problem::invalid("description", format!("Use at most {LONGEST_DESCRIPTION} characters.")));
    }
    description
}

fn name_taken(name: &str) -> Error {
    Error::Conflict {
        code: "NAME_TAKEN",
        message: format!("There is a group called “{name}” already."),
        field: Some("name"),
    }
}

/// Groups that somebody asks to join, told at once.
const MOST_ASKED: i64 = 20;
/// Groups that an athlete is shown as theirs, and as open to them, at most.
const MOST_OWN: i64 = 500;

impl App {
    /// Notes that an instance administrator looked at a group, where it was one. After the read, before the
    /// answer: nobody gets one without the entry.
    pub(super) async fn audit_look(&self, viewer: &Viewer, seen: &VisibleGroup, what: &str) -> Result<()> {
        if !seen.is_admin() {
            return Ok(());
        }
        let mut tx = self.db().write().await?;
        let details = json!({ "what": what, "admin": true });
        let (org, id) = (seen.org_id(), seen.id());
        self.audit(&mut tx, viewer, org, "group.read", id, Some(id), details).await?;
        Ok(tx.commit().await?)
    }

    /// How many athletes are in a group.
    pub async fn count_group_members(&self, seen: &VisibleGroup) -> Result<i64> {
        let mut tx = self.db().read().await?;
        Ok(db::groups::count_members(&mut tx, seen.id()).await?)
    }

    /// A group with the number of its members: what stands above its tabs.
    pub async fn group_head(&self, viewer: &Viewer, id: GroupId) -> Result<(VisibleGroup, i64)> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let count = db::groups::count_members(&mut tx, id).await?;
        drop(tx);
        self.audit_look(viewer, &seen, "group").await?;
        Ok((seen, count))
    }

    /// The same for coaches alone; who is refused has not looked.
    pub async fn coached_group(&self, viewer: &Viewer, id: GroupId) -> Result<(VisibleGroup, i64)> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        seen.coached()?;
        let count = db::groups::count_members(&mut tx, id).await?;
        Ok((seen, count))
    }

    /// The group of this name, without regard to case and accents, in the coach's organization.
    pub async fn group_named(&self, viewer: &Viewer, name: &str) -> Result<Option<GroupId>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        Ok(db::groups::by_name(&mut tx, org, &fold(name)).await?)
    }

    /// The groups that somebody asks to join, by name, with how many. For coaches.
    pub async fn groups_asked_for(&self, viewer: &Viewer) -> Result<Vec<AskedFor>> {
        let org = viewer.coach()?.org_id();
        let mut tx = self.db().read().await?;
        Ok(db::join_requests::groups(&mut tx, org, MOST_ASKED).await?)
    }

    /// A page of groups by name, after the folded name `after`. A coach gets every group of the
    /// organization, an athlete those that they own, or with `is_member` those that they are in.
    pub async fn groups(
        &self,
        viewer: &Viewer,
        is_member: bool,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Groups> {
        let me = viewer.member()?;
        let (org, coach) = (me.org_id(), me.coach().ok());
        let which = match (is_member, coach) {
            (true, _) => Which::WithMember(me.user_id()),
            (false, Some(_)) => Which::All,
            (false, None) => Which::OwnedBy(me.user_id()),
        };
        let mut tx = self.db().read().await?;
        let listed = db::groups::page(&mut tx, org, which, after, limit).await?;
        let ids: Vec<GroupId> = listed.iter().map(|l| l.group.id).collect();
        let mut members: HashMap<GroupId, Vec<UserId>> = HashMap::with_capacity(ids.len());
        for (group, user) in db::groups::members_of(&mut tx, org, &ids).await? {
            members.entry(group).or_default().push(user);
        }
        let groups = listed.into_iter().map(|listed| WholeGroup {
            members: members.remove(&listed.group.id).unwrap_or_default(),
            group: listed.group,
        });
        let groups = groups.collect();
        let counts = match coach {
            Some(_) => Some(counts(&mut tx, org).await?),
            None => None,
        };
        Ok(Groups { groups, counts })
    }

    /// The groups that the viewer is in or owns, by name, for an athlete's own screen.
    pub async fn own_groups(&self, viewer: &Viewer) -> Result<Vec<ListedGroup>> {
        let me = viewer.member()?;
        let mut tx = self.db().read().await?;
        let (org, user) = (me.org_id(), me.user_id());
        let mut found = db::groups::page(&mut tx, org, Which::WithMember(user), None, MOST_OWN).await?;
        let owned = db::groups::page(&mut tx, org, Which::OwnedBy(user), None, MOST_OWN).await?;
        found.extend(owned);
        found.sort_by(|a, b| a.group.name_folded.cmp(&b.group.name_folded));
        found.dedup_by_key(|listed| listed.group.id);
        Ok(found)
    }

    /// The public groups that the viewer, an athlete, is not in, by name.
    pub async fn discover_groups(&self, viewer: &Viewer) -> Result<Vec<Discovered>> {
        let me = viewer.member()?;
        if me.coach().is_ok() {
            return Err(Error::Forbidden("Coaches see every group under Groups."));
        }
        let mut tx = self.db().read().await?;
        Ok(db::groups::discover(&mut tx, me.org_id(), me.user_id(), MOST_OWN).await?)
    }

    /// A group with its members.
    pub async fn group(&self, viewer: &Viewer, id: GroupId) -> Result<(VisibleGroup, WholeGroup)> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let members = db::groups::member_ids(&mut tx, id).await?;
        drop(tx);
        self.audit_look(viewer, &seen, "group").await?;
        let whole = WholeGroup { group: seen.group().clone(), members };
        Ok((seen, whole))
    }

    /// Makes a group. A name that is taken, without regard to case and accents, is a conflict.
    pub async fn create_group(&self, viewer: &Viewer, new: &NewGroup) -> Result<GroupId> {
        let org: OrgId = match &new.org {
            None => viewer.member()?.org_id(),
            Some(text) => text.parse().map_err(|_| Error::NotFound)?,
        };
        let coach = access::organization(viewer, org)?.coach()?;
        let mut problems = Vec::new();
        let name = checked_name(&new.name, &mut problems);
        let description = checked_description(&new.description, &mut problems);
        let mut tx = self.db().write().await?;
        let owner = match &new.owner {
            None => Some(coach.user_id()),
            Some(text) => coach_of(&mut tx, org, text).await?,
        };
        let Some(owner) = owner else {
            problems.push(Problem::invalid("user_id", "There is no such coach in your organization."));
            return Err(Error::Invalid(problems));
        };
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        db::dialect::lock_organization(&mut tx, org).await?;
        let (id, now) = (GroupId::from_uuid(self.uuid()), self.now());
        let group = Group {
            id,
            org_id: org,
            owner_id: owner,
            name_folded: fold(&name),
            name,
            description,
            privacy: new.privacy.unwrap_or(Privacy::Public),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        if !db::groups::insert(&mut tx, &group).await? {
            return Err(name_taken(&group.name));
        }
        let details = json!({ "name": group.name, "privacy": group.privacy.word(), "owner_id": owner });
        self.audit(&mut tx, viewer, org, "group.created", id, Some(id), details).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a group and, where a list is given, its members to exactly that list. Who is no athlete of the
    /// organization refuses the whole. Each addition, each removal and the rest of the change is one entry of
    /// the audit trail.
    pub async fn update_group(
        &self,
        viewer: &Viewer,
        id: GroupId,
        change: &GroupChange,
    ) -> Result<ChangedGroup> {
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        Error::unless_stale(change.if_version, held.group().version)?;
        let mut problems = Vec::new();
        let before = held.group();
        let mut after = before.clone();
        if let Some(name) = &change.name {
            after.name = checked_name(name, &mut problems);
            after.name_folded = fold(&after.name);
        }
        if let Some(description) = &change.description {
            after.description = checked_description(description, &mut problems);
        }
        after.privacy = change.privacy.unwrap_or(before.privacy);
        let wanted = match &change.members {
            Some(texts) => {
                group_members::athletes_of(&mut tx, &held, texts, "members", &mut problems).await?
            }
            None => Vec::new(),
        };
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        self.write_words(&mut tx, viewer, &held, after).await?;
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        if change.members.is_some() {
            let present = db::groups::member_ids(&mut tx, id).await?;
            let is_in: std::collections::HashSet<UserId> = present.iter().copied().collect();
            let stays: std::collections::HashSet<UserId> = wanted.iter().copied().collect();
            removed = present.into_iter().filter(|user| !stays.contains(user)).collect();
            added = wanted.into_iter().filter(|user| !is_in.contains(user)).collect();
            self.take_out(&mut tx, viewer, &held, &removed).await?;
            self.put_in(&mut tx, viewer, &held, &added, None).await?;
        }
        let group = access::group(&mut tx, viewer, id).await?.group().clone();
        let members = db::groups::member_ids(&mut tx, id).await?;
        tx.commit().await?;
        Ok(ChangedGroup { whole: WholeGroup { group, members }, added, removed })
    }

    /// Saves name, description and privacy where they differ.
    async fn write_words(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        held: &CoachedGroup,
        mut after: Group,
    ) -> Result<()> {
        let before = held.group();
        let mut details = serde_json::Map::new();
        let mut note = |field: &str, from: &str, to: &str| {
            if from != to {
                details.insert(field.to_owned(), json!({ "from": from, "to": to }));
            }
        };
        note("name", &before.name, &after.name);
        note("description", &before.description, &after.description);
        note("privacy", before.privacy.word(), after.privacy.word());
        if details.is_empty() {
            return Ok(());
        }
        if before.name_folded != after.name_folded {
            db::dialect::lock_organization(tx, held.org_id()).await?;
            if db::groups::by_name(tx, held.org_id(), &after.name_folded).await?.is_some() {
                return Err(name_taken(&after.name));
            }
        }
        after.updated_at = self.now();
        db::groups::update(tx, &after).await?;
        let (org, id) = (held.org_id(), held.id());
        self.audit(tx, viewer, org, "group.updated", id, Some(id), details.into()).await
    }

    /// Deletes a group. Its athletes stay in the organization, its trail and its kept reports stay too.
    pub async fn delete_group(&self, viewer: &Viewer, id: GroupId, if_version: Option<i64>) -> Result<()> {
        let mut tx = self.db().write().await?;
        let held = access::held_group(&mut tx, viewer, id).await?;
        Error::unless_stale(if_version, held.group().version)?;
        let members = db::groups::member_ids(&mut tx, id).await?;
        db::groups::delete(&mut tx, held.org_id(), id).await?;
        let details = json!({ "name": held.group().name, "members": members });
        self.audit(&mut tx, viewer, held.org_id(), "group.deleted", id, Some(id), details).await?;
        Ok(tx.commit().await?)
    }
}

/// How many active athletes there are, and how many of them in no group.
pub(super) async fn counts(tx: &mut Tx, org: OrgId) -> Result<Counts> {
    let (total_athletes, unassigned) = db::groups::counts(tx, org).await?;
    Ok(Counts { total_athletes, unassigned })
}

/// The coach of this id, if there is one in the organization.
async fn coach_of(tx: &mut Tx, org: OrgId, text: &str) -> Result<Option<UserId>> {
    let Ok(id) = text.parse::<UserId>() else { return Ok(None) };
    let standing = db::members::standing(tx, org, id).await?;
    Ok(standing.filter(|s| matches!(s.role, Role::HeadCoach | Role::Coach)).map(|s| s.user_id))
}
