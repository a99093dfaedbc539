//! One act on many athletes, with a result for each and a way back.

use super::App;
use super::access::{self, Coach, Viewer};
use super::db::Tx;
use super::error::{Error, Result};
use super::handovers::{self, Moved};
use super::members::{Current, MAX_LABELS, MemberChange, clean_label};
use super::undos::{BULK_UNDO_SECONDS, Before, Taken};
use crate::domain::ids::{GroupId, OrgId, UndoId, UserId};
use crate::domain::person::{MemberStatus, fold};

/// Most athletes in one act.
pub const MAX_BULK: usize = 500;

/// What to do.
#[derive(Debug, Clone)]
pub enum BulkAct {
    AddLabels(Vec<String>),
    RemoveLabels(Vec<String>),
    SetStatus(MemberStatus),
    AddToGroup(GroupId),
    /// The head coach only. The note, which may be empty, is for the coaches who give and get, and is kept with
    /// each athlete.
    AssignCoach {
        to: Option<UserId>,
        note: String,
    },
}

/// What became of one athlete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Unchanged,
    Refused(String),
}

/// One athlete's result. The name is empty for who is not of the organization.
#[derive(Debug, Clone)]
pub struct BulkResult {
    pub user_id: String,
    pub name: String,
    pub outcome: Outcome,
}

/// Everybody's results, and the way back where anything was done.
#[derive(Debug)]
pub struct Bulk {
    pub results: Vec<BulkResult>,
    pub undo: Option<UndoId>,
}

impl Bulk {
    /// How many it was done for.
    pub fn done(&self) -> i64 {
        self.results.iter().filter(|r| r.outcome == Outcome::Done).count() as i64
    }
}

impl App {
    /// Does one thing to many athletes. Who is no athlete of the organization is refused, the others get it
    /// all the same; a wrong act refuses the whole.
    pub async fn bulk(&self, viewer: &Viewer, org: OrgId, users: &[String], act: &BulkAct) -> Result<Bulk> {
        let coach = access::organization(viewer, org)?.coach()?;
        if users.is_empty() {
            return Err(Error::invalid("user_ids", "Choose at least one athlete."));
        }
        if users.len() > MAX_BULK {
            return Err(Error::invalid("user_ids", format!("Choose up to {MAX_BULK} athletes at once.")));
        }
        let mut tx = self.db().write().await?;
        let act = self.check_act(&mut tx, coach, act).await?;
        let group = match &act {
            BulkAct::AddToGroup(id) => Some(access::held_group(&mut tx, viewer, *id).await?),
            _ => None,
        };
        let ids: Vec<UserId> = users.iter().filter_map(|u| u.parse().ok()).collect();
        let currents = self.currents(&mut tx, coach, &ids).await?;
        let mut results: Vec<BulkResult> = Vec::new();
        let mut changes = Vec::new();
        let mut joined = Vec::new();
        let mut moved = Vec::new();
        for text in users {
            if results.iter().any(|r| r.user_id == *text) {
                continue;
            }
            let current = text.parse().ok().and_then(|id| currents.iter().find(|c| c.row.user_id == id));
            let Some(current) = current else {
                let outcome = Outcome::Refused("Not an athlete of your organization.".into());
                results.push(BulkResult { user_id: text.clone(), name: String::new(), outcome });
                continue;
            };
            let is_done = match (&act, &group) {
                (_, Some(group)) => {
                    let added = self.put_in(&mut tx, viewer, group, &[current.row.user_id], None).await?;
                    joined.extend(&added);
                    !added.is_empty()
                }
                (act, None) => {
                    let change = change_of(act, current);
                    if let Some(reason) = has_too_many(&change, current) {
                        results.push(BulkResult {
                            user_id: text.clone(),
                            name: current.row.display_name.clone(),
                            outcome: Outcome::Refused(reason),
                        });
                        continue;
                    }
                    let changed = self.write_change(&mut tx, viewer, coach, current, &change).await?;
                    let is_changed = changed.is_changed();
                    if let BulkAct::AssignCoach { to, .. } = act
                        && is_changed
                    {
                        moved.push(Moved {
                            athlete: current.row.user_id,
                            name: current.row.display_name.clone(),
                            from: current.row.assigned_coach_id,
                            to: *to,
                        });
                    }
                    if is_changed {
                        changes.push(Before::of(current, &change, changed));
                    }
                    is_changed
                }
            };
            let outcome = if is_done { Outcome::Done } else { Outcome::Unchanged };
            results.push(BulkResult {
                user_id: text.clone(),
                name: current.row.display_name.clone(),
                outcome,
            });
        }
        if let BulkAct::AssignCoach { note, .. } = &act {
            self.tell_moved(&mut tx, viewer, org, &moved, note).await?;
        }
        let taken = match act {
            BulkAct::AddToGroup(group) if !joined.is_empty() => Some(Taken::Joined { group, users: joined }),
            _ if !changes.is_empty() => Some(Taken::Changes(changes)),
            _ => None,
        };
        let undo = match taken {
            Some(taken) => Some(self.keep_undo(&mut tx, viewer, Some(org), &taken, BULK_UNDO_SECONDS).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(Bulk { results, undo })
    }

    /// The act with its values checked.
    async fn check_act(&self, tx: &mut Tx, coach: Coach, act: &BulkAct) -> Result<BulkAct> {
        let clean = |labels: &[String]| {
            if labels.is_empty() {
                return Err(Error::invalid("labels", "Name at least one label."));
            }
            labels
                .iter()
                .map(|l| clean_label(l))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|p| Error::Invalid(vec![p]))
        };
        Ok(match act {
            BulkAct::AddLabels(labels) => BulkAct::AddLabels(clean(labels)?),
            BulkAct::RemoveLabels(labels) => BulkAct::RemoveLabels(clean(labels)?),
            BulkAct::SetStatus(status) => BulkAct::SetStatus(*status),
            BulkAct::AddToGroup(group) => BulkAct::AddToGroup(*group),
            BulkAct::AssignCoach { to, note } => {
                coach.head()?;
                let note = handovers::clean_note(note)?;
                self.check_coach(tx, coach.org_id(), *to).await?;
                BulkAct::AssignCoach { to: *to, note }
            }
        })
    }
}

fn change_of(act: &BulkAct, current: &Current) -> MemberChange {
    let mut change = MemberChange::default();
    match act {
        BulkAct::AddLabels(labels) => {
            let mut all = current.labels.clone();
            for label in labels {
                if !all.iter().any(|l| fold(l) == fold(label)) {
                    all.push(label.clone());
                }
            }
            change.labels = Some(all);
        }
        BulkAct::RemoveLabels(labels) => {
            let goes = |label: &String| labels.iter().any(|l| fold(l) == fold(label));
            change.labels = Some(current.labels.iter().filter(|l| !goes(l)).cloned().collect());
        }
        BulkAct::SetStatus(status) => change.status = Some(*status),
        BulkAct::AssignCoach { to, note } => {
            change.assigned_coach_id = Some(*to);
            if current.row.assigned_coach_id != *to && !note.is_empty() {
                change.private_notes = Some(format!("Hand-over: {note}"));
            }
        }
        BulkAct::AddToGroup(_) => {}
    }
    change
}

/// Why this athlete does not get more labels. Whoever has too many from elsewhere may still lose some.
fn has_too_many(change: &MemberChange, current: &Current) -> Option<String> {
    let labels = change.labels.as_ref()?.len();
    (labels > MAX_LABELS && labels > current.labels.len())
        .then(|| format!("An athlete has up to {MAX_LABELS} labels; this would make {labels}."))
}
