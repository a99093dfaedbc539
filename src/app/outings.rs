//! Recordings of one outing: several of an athlete's activities may be the same run, of which one, the
//! primary, counts. The rule is `domain::duplicates`; here is what it does to the stored activities.
//!
//! Links are one step deep: every duplicate points at its primary. Callers hold the person's lock.

use super::db::Tx;
use super::db::activities::{self, Activity, AroundRow};
use super::db::activity_changes::{self, Neighbour, Vicinity};
use super::error::Result;
use crate::domain::calendar;
use crate::domain::duplicates::{Facts, Likeness, Span, compare, primary_order};
use crate::domain::ids::{ActivityId, UserId};

/// The longest that an activity lasts: older starts cannot overlap.
const LONGEST: i64 = 604_800;
/// How far a shifted clock moves a start.
const FURTHEST_SHIFT: i64 = 14 * 3600 + 60;

fn span(of: &Neighbour) -> Span {
    let start = calendar::instant(of.start_at);
    Span {
        activity_type: of.activity_type,
        start,
        elapsed: of.elapsed,
        distance: of.distance,
        is_cut_off: of.is_cut_off,
    }
}

fn is_same_file(a: &Neighbour, b: &Neighbour) -> bool {
    a.sha256.is_some() && a.sha256 == b.sha256
}

fn likeness(a: &Neighbour, b: &Neighbour) -> Likeness {
    let facts = Facts {
        is_same_file: is_same_file(a, b),
        is_same_id: a.source == b.source && a.external_id.is_some() && a.external_id == b.external_id,
    };
    compare(&span(a), &span(b), facts)
}

/// Whole recordings first, then the richest; of equals the older.
fn order(of: &Neighbour) -> impl Ord {
    let samples = usize::try_from(of.sample_count).unwrap_or(0);
    (of.is_cut_off, primary_order(of.source, of.file_format, samples), of.created_at, of.id)
}

/// What linking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Linked {
    /// It is the only recording of its outing.
    Alone,
    /// It is a duplicate of this primary now.
    Duplicate(ActivityId),
    /// It is the primary now, of others that were there.
    Leads,
}

/// Links an activity that stands by itself with the outing that it is a recording of, if there is one.
/// What a person unlinked stays as it is.
pub(super) async fn link(
    tx: &mut Tx,
    user: UserId,
    id: ActivityId,
    start_at: i64,
    elapsed: f64,
    now: i64,
) -> Result<Linked> {
    let end = (start_at + elapsed.ceil() as i64).max(start_at + FURTHEST_SHIFT);
    let vicinity =
        Vicinity { of: id, from: start_at - LONGEST, to: end, ends_from: start_at - FURTHEST_SHIFT };
    let around = activity_changes::neighbours(tx, user, vicinity).await?;
    let Some(me) = around.iter().find(|n| n.id == id) else { return Ok(Linked::Alone) };
    if me.is_unlinked {
        return Ok(Linked::Alone);
    }
    // One file's legs never become one outing, not through a third recording either.
    let is_of_my_file = |n: &Neighbour| {
        let head = n.duplicate_of.unwrap_or(n.id);
        around
            .iter()
            .any(|o| o.id != id && (o.id == head || o.duplicate_of == Some(head)) && is_same_file(me, o))
    };
    let same = around
        .iter()
        .filter(|n| n.id != id && !n.is_unlinked && likeness(me, n) == Likeness::Same && !is_of_my_file(n));
    let Some(twin) = same.min_by_key(|n| order(n)) else { return Ok(Linked::Alone) };
    let primary = twin.duplicate_of.unwrap_or(twin.id);
    let is_richer = around.iter().find(|n| n.id == primary).is_some_and(|n| order(me) < order(n));
    if is_richer {
        lead(tx, primary, id, now).await?;
        Ok(Linked::Leads)
    } else {
        activity_changes::set_duplicate(tx, id, Some(primary), false, now).await?;
        Ok(Linked::Duplicate(primary))
    }
}

/// Makes `new` the primary of the outing whose primary is `old`.
pub(super) async fn lead(tx: &mut Tx, old: ActivityId, new: ActivityId, now: i64) -> Result<()> {
    activity_changes::set_duplicate(tx, new, None, false, now).await?;
    for member in activity_changes::outing(tx, old).await? {
        if member.id != new {
            activity_changes::set_duplicate(tx, member.id, Some(new), false, now).await?;
        }
    }
    Ok(())
}

/// Takes an activity out of its outing, because it changes or goes. The others are looked at anew, so that
/// one of them counts. The activity itself is left to the caller.
pub(super) async fn leave(tx: &mut Tx, id: ActivityId, now: i64) -> Result<()> {
    let mut rest = activity_changes::outing(tx, id).await?;
    rest.retain(|n| n.id != id);
    while let Some(primary) = rest.iter().min_by_key(|n| order(n)).cloned() {
        activity_changes::set_duplicate(tx, primary.id, None, primary.is_unlinked, now).await?;
        rest.retain(|n| n.id != primary.id);
        for twin in rest.extract_if(.., |n| likeness(&primary, n) == Likeness::Same) {
            activity_changes::set_duplicate(tx, twin.id, Some(primary.id), false, now).await?;
        }
    }
    Ok(())
}

/// What surrounds an activity.
pub(super) struct Around {
    /// Of several recordings of its outing those beside it: the primary first, if it is another one.
    pub linked: Vec<Activity>,
    /// Activities that may be recordings of the same outing, where the rule is not sure: a person decides.
    pub candidates: Vec<Activity>,
}

/// Looks around an activity, no further back than the instant `since`.
pub(super) async fn around(tx: &mut Tx, of: &Activity, since: i64) -> Result<Around> {
    let primary = of.duplicate_of.unwrap_or(of.id);
    let end = of.start_at + of.elapsed.ceil() as i64;
    let times = (of.start_at - LONGEST, end.max(of.start_at + FURTHEST_SHIFT));
    let rows = activities::around(tx, of.user_id, primary, times).await?;
    let mut found = Around { linked: Vec::new(), candidates: Vec::new() };
    let Some(me) = rows.iter().find(|row| row.activity.id == of.id).map(neighbour) else { return Ok(found) };
    for row in rows.into_iter().filter(|row| row.activity.id != of.id && row.activity.start_at >= since) {
        if row.activity.duplicate_of.unwrap_or(row.activity.id) == primary {
            found.linked.push(row.activity);
        } else if likeness(&me, &neighbour(&row)) != Likeness::Different {
            found.candidates.push(row.activity);
        }
    }
    found.linked.sort_by_key(|activity| activity.duplicate_of.is_some());
    Ok(found)
}

fn neighbour(row: &AroundRow) -> Neighbour {
    let a = &row.activity;
    Neighbour {
        id: a.id,
        activity_type: a.activity_type,
        start_at: a.start_at,
        elapsed: a.elapsed,
        distance: a.distance,
        source: a.source,
        file_format: a.file_format,
        duplicate_of: a.duplicate_of,
        is_unlinked: a.is_unlinked,
        created_at: a.created_at,
        sample_count: row.sample_count,
        sha256: row.sha256.clone(),
        external_id: a.external_id.clone(),
        is_cut_off: row.is_cut_off,
    }
}
