//! Taking back what was done, for a while.
//!
//! An act that can be taken back writes what it changed with [`App::keep_undo`], in its own transaction, and
//! gives its id to the page. [`App::undo`] puts things back where they have not been changed again since.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::App;
use super::access::{self, Coach, Viewer};
use super::db::fitness::FitnessValue;
use super::db::members::Whole;
use super::db::{self, Tx};
use super::error::{Error, Result};
use super::handovers::Moved;
use super::members::{Changed, Current, MemberChange};
use super::notifications::{Kind, Told};
use crate::domain::ids::{GroupId, NoteId, OrgId, UndoId, UserId};
use crate::domain::person::MemberStatus;

/// How long a removal can be taken back, in seconds.
pub const UNDO_SECONDS: i64 = 60;
/// How long a bulk act can be: its results take time to read.
pub const BULK_UNDO_SECONDS: i64 = 600;

/// What an act changed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Taken {
    Removal {
        member: Box<Whole>,
        labels: Vec<(String, String)>,
        groups: Vec<(GroupId, i64)>,
    },
    /// The same, by the athlete who left.
    Leaving {
        member: Box<Whole>,
        labels: Vec<(String, String)>,
        groups: Vec<(GroupId, i64)>,
    },
    Changes(Vec<Before>),
    Joined {
        group: GroupId,
        users: Vec<UserId>,
    },
    /// Who was taken out, and since when they had been in.
    Left {
        group: GroupId,
        user: UserId,
        joined_at: i64,
    },
    Note {
        user: UserId,
        note: NoteId,
    },
    Fitness(FitnessValue),
}

/// What one member had before a bulk act, and what the act made of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Before {
    pub user: UserId,
    pub status: Option<(MemberStatus, MemberStatus)>,
    pub coach: Option<(Option<UserId>, Option<UserId>)>,
    #[serde(default)]
    pub name: Option<(String, String)>,
    #[serde(default)]
    pub level: Option<(String, String)>,
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

/// What an undo came to.
#[derive(Debug)]
pub struct Undone {
    /// What to tell the person.
    pub text: String,
    /// What it was about, which says where to go on.
    pub about: About,
}

/// What an undone act was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Several athletes, or the roster itself.
    Roster,
    Athlete(UserId),
    NotesOf(UserId),
    FitnessOf(UserId),
    MembersOf(GroupId),
    /// The viewer's own membership.
    Own,
}

impl Before {
    /// What this change makes of what the athlete had.
    pub fn of(current: &Current, change: &MemberChange, changed: Changed) -> Self {
        let row = &current.row;
        Self {
            user: row.user_id,
            status: change.status.map(|made| (row.status, made)),
            coach: change.assigned_coach_id.map(|made| (row.assigned_coach_id, made)),
            name: change.display_name.clone().map(|made| (row.display_name.clone(), made)),
            level: change.member_level.clone().map(|made| (row.member_level.clone(), made)),
            added: changed.added_labels,
            removed: changed.removed_labels,
        }
    }
}

impl App {
    /// Keeps what an act changed, in the act's own transaction.
    pub(super) async fn keep_undo(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: Option<OrgId>,
        taken: &Taken,
        seconds: i64,
    ) -> Result<UndoId> {
        let kind = match taken {
            Taken::Removal { .. } => "member_removal",
            Taken::Leaving { .. } => "member_leaving",
            Taken::Changes(_) => "member_changes",
            Taken::Joined { .. } => "group_members",
            Taken::Left { .. } => "group_member_removal",
            Taken::Note { .. } => "note_removal",
            Taken::Fitness(_) => "fitness_removal",
        };
        let undo = db::undos::Undo {
            id: UndoId::from_uuid(self.uuid()),
            user_id: viewer.user.id,
            org_id: org,
            kind: kind.to_owned(),
            payload: serde_json::to_string(taken).map_err(Error::internal)?,
            created_at: self.now(),
            expires_at: self.now() + seconds,
        };
        db::undos::insert(tx, &undo).await?;
        Ok(undo.id)
    }

    /// Takes an act of the viewer's own back, once, while its time lasts.
    pub async fn undo(&self, viewer: &Viewer, id: UndoId) -> Result<Undone> {
        let mut tx = self.db().write().await?;
        let undo = db::undos::take(&mut tx, id, viewer.user.id, self.now()).await?;
        let undo = match undo {
            Some(undo) => undo,
            // Who is no coach and has nothing to take back learns no more than that.
            None => return Err(viewer.coach().err().unwrap_or(Error::NotFound)),
        };
        let taken: Taken = serde_json::from_str(&undo.payload).map_err(Error::internal)?;
        if let Taken::Fitness(gone) = &taken {
            // An athlete's own as well as a coach's.
            self.undo_fitness(&mut tx, viewer, gone).await?;
            tx.commit().await?;
            self.notify_worker();
            let text = format!("{} is back.", gone.kind.label());
            return Ok(Undone { text, about: About::FitnessOf(gone.user_id) });
        }
        if let (Taken::Leaving { member, labels, groups }, Some(org)) = (&taken, undo.org_id) {
            let name = self.restore_member(&mut tx, viewer, org, member, labels, groups).await?;
            let told = Told::Joined { person: member.user_id, name: &name, is_coach: false, group: None };
            self.tell_coaches(&mut tx, org, &[member.assigned_coach_id], &told).await?;
            tx.commit().await?;
            return Ok(Undone { text: "You are back, as you were.".into(), about: About::Own });
        }
        let coach = viewer.coach()?;
        if undo.org_id != Some(coach.org_id()) {
            return Err(Error::NotFound);
        }
        let undone = match taken {
            // Done above.
            Taken::Fitness(_) | Taken::Leaving { .. } => return Err(Error::NotFound),
            Taken::Removal { member, labels, groups } => {
                let (org, user) = (coach.org_id(), member.user_id);
                let name = self.restore_member(&mut tx, viewer, org, &member, &labels, &groups).await?;
                // They were told that they are out, which they are not.
                let (kind, since) = (Kind::Removed.word(), self.now() - UNDO_SECONDS);
                db::notifications::delete_since(&mut tx, user, kind, since).await?;
                Undone { text: format!("{name} is back on the roster."), about: About::Athlete(user) }
            }
            Taken::Changes(changes) => self.undo_changes(&mut tx, viewer, coach, &changes).await?,
            Taken::Joined { group, users } => self.undo_joined(&mut tx, viewer, coach, group, &users).await?,
            Taken::Left { group, user, joined_at } => {
                self.undo_left(&mut tx, viewer, coach, group, user, joined_at).await?
            }
            Taken::Note { user, note } => {
                access::member(&mut tx, viewer, user).await?;
                db::notes::set_deleted(&mut tx, coach.org_id(), note, None, None).await?;
                db::members::bump(&mut tx, coach.org_id(), user).await?;
                self.audit(
                    &mut tx,
                    viewer,
                    coach.org_id(),
                    "note.restored",
                    user,
                    None,
                    json!({"note_id": note}),
                )
                .await?;
                Undone { text: "The note is back.".into(), about: About::NotesOf(user) }
            }
        };
        tx.commit().await?;
        Ok(undone)
    }

    /// Puts a membership back as it was, as far as it still can be; returns the member's name.
    async fn restore_member(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: OrgId,
        member: &Whole,
        labels: &[(String, String)],
        groups: &[(GroupId, i64)],
    ) -> Result<String> {
        let user = member.user_id;
        let mut member = member.clone();
        // The coach may have left meanwhile.
        if let Some(assigned) = member.assigned_coach_id {
            let standing = db::members::standing(tx, org, assigned).await?;
            member.assigned_coach_id = standing.filter(|s| s.role.is_coach()).map(|s| s.user_id);
        }
        if !db::members::restore(tx, &member).await? {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: format!("{} has joined an organization in the meantime.", member.display_name),
                field: None,
            });
        }
        for (label, folded) in labels {
            db::labels::insert(tx, org, user, label, folded).await?;
        }
        for (group, joined_at) in groups {
            // A group that was deleted meanwhile stays so.
            if db::groups::name(tx, org, *group).await?.is_some()
                && db::groups::add_member(tx, *group, user, *joined_at, self.now()).await?
            {
                self.audit(tx, viewer, org, "group.member_added", user, Some(*group), json!({"undo": true}))
                    .await?;
            }
        }
        db::notes::set_expiry(tx, org, user, None).await?;
        self.audit(tx, viewer, org, "member.restored", user, None, json!({})).await?;
        Ok(member.display_name)
    }

    async fn undo_changes(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        coach: Coach,
        changes: &[Before],
    ) -> Result<Undone> {
        let users: Vec<UserId> = changes.iter().map(|c| c.user).collect();
        let mut currents = Vec::new();
        for part in users.chunks(500) {
            currents.extend(self.currents(tx, coach, part).await?);
        }
        let mut count = 0;
        let mut moved = Vec::new();
        for current in currents {
            let Some(before) = changes.iter().find(|c| c.user == current.row.user_id) else { continue };
            let as_made = |pair: &Option<(String, String)>, now: &str| {
                pair.clone().filter(|(_, made)| made == now).map(|(was, _)| was)
            };
            let mut labels = current.labels.clone();
            labels.retain(|l| !before.added.contains(l));
            labels.extend(before.removed.iter().filter(|l| !current.labels.contains(l)).cloned());
            let change = MemberChange {
                // What somebody has changed again since is left as it is.
                status: before.status.filter(|(_, made)| *made == current.row.status).map(|(was, _)| was),
                assigned_coach_id: before
                    .coach
                    .filter(|(_, made)| *made == current.row.assigned_coach_id)
                    .map(|(was, _)| was),
                display_name: as_made(&before.name, &current.row.display_name),
                member_level: as_made(&before.level, &current.row.member_level),
                labels: Some(labels),
                ..MemberChange::default()
            };
            count += i64::from(self.write_change(tx, viewer, coach, &current, &change).await?.is_changed());
            if let Some(to) = change.assigned_coach_id {
                let (athlete, name) = (current.row.user_id, current.row.display_name);
                moved.push(Moved { athlete, name, from: current.row.assigned_coach_id, to });
            }
        }
        // They were told the one, so they are told the other.
        self.tell_moved(tx, viewer, coach.org_id(), &moved, "").await?;
        Ok(Undone { text: format!("Taken back for {}.", athletes(count)), about: About::Roster })
    }

    /// Puts an athlete back, since when they had been in: who is put back never left.
    async fn undo_left(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        coach: Coach,
        group: GroupId,
        user: UserId,
        joined_at: i64,
    ) -> Result<Undone> {
        let held = access::held_group(tx, viewer, group).await?;
        // Who has left the organization meanwhile, or is no athlete any more, is in none of its groups.
        let standing = db::members::standing(tx, coach.org_id(), user).await?;
        if standing.is_none_or(|standing| standing.role.is_coach()) {
            return Err(Error::NotFound);
        }
        let name = db::members::name(tx, coach.org_id(), user).await?.unwrap_or_default();
        self.put_in(tx, viewer, &held, &[user], Some(joined_at)).await?;
        Ok(Undone { text: format!("{name} is back in the group."), about: About::MembersOf(group) })
    }

    async fn undo_joined(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        coach: Coach,
        group: GroupId,
        users: &[UserId],
    ) -> Result<Undone> {
        let org = coach.org_id();
        db::groups::name(tx, org, group).await?.ok_or(Error::NotFound)?;
        let mut count = 0;
        for user in users {
            if db::groups::remove_member(tx, group, *user, self.now()).await? {
                count += 1;
                self.audit(tx, viewer, org, "group.member_removed", user, Some(group), json!({"undo": true}))
                    .await?;
            }
        }
        Ok(Undone { text: format!("Taken back for {}.", athletes(count)), about: About::Roster })
    }
}

/// `1 athlete`, `12 athletes`.
pub fn athletes(count: i64) -> String {
    if count == 1 { "1 athlete".to_owned() } else { format!("{count} athletes") }
}
