//! Training loads of stored activities, from the best evidence and the values that held on their day.

use super::db::activity_changes::{self, LoadInput, Loads};
use super::db::{self, Tx};
use super::error::{Error, Result};
use super::streams;
use crate::domain::fitness::{Fitness, FitnessKind};
use crate::domain::ids::UserId;
use crate::domain::load::{Evidence, FORMULA_VERSION, loads};

/// What is known of an athlete: kind, first day, value.
pub(super) type Known = Vec<(FitnessKind, i64, f64)>;

/// Activities of one batch: with streams of an hour each it takes a few megabytes.
const BATCH: i64 = 50;

/// The loads of an activity of this local day.
pub(super) fn compute(evidence: &Evidence, day: i64, known: &Known) -> Loads {
    let fitness = Fitness::on(day, known);
    let (load, vdot) = loads(evidence, &fitness);
    let load = load.filter(|load| load.value.is_finite());
    let vdot = vdot.filter(|load| load.value.is_finite());
    Loads {
        training_load: load.map(|load| load.value),
        load_method: load.map(|load| load.method),
        vdot_load: vdot.map(|load| load.value),
        is_vdot_load_estimate: vdot.is_some_and(|load| load.is_estimate),
        formula_version: FORMULA_VERSION,
    }
}

fn of_input(input: &LoadInput, known: &Known) -> Loads {
    let unpacked = input.streams.as_deref().and_then(streams::unpack);
    let evidence = Evidence {
        activity_type: input.activity_type,
        sub_type: input.sub_type,
        duration: input.duration,
        distance: input.distance,
        average_heart_rate: input.average_heart_rate,
        effort: input.effort.map(|effort| effort as f64),
        streams: unpacked.as_ref(),
    };
    compute(&evidence, input.local_day, known)
}

/// Recomputes one batch of the days' activities, after (start, id). Returns the place of the last one, or
/// `None` when no more follow, and how many were computed.
pub(super) async fn recompute_batch(
    tx: &mut Tx,
    user: UserId,
    days: (i64, i64),
    after: (i64, String),
) -> Result<(Option<(i64, String)>, i64)> {
    let known = db::fitness::known(tx, user).await?;
    let inputs = activity_changes::load_inputs(tx, user, days, (after.0, &after.1), BATCH).await?;
    let count = inputs.len() as i64;
    let last = inputs.last().map(|input| (input.start_at, input.id.to_string()));
    let computed = tokio::task::spawn_blocking(move || {
        inputs.iter().map(|input| (input.id, of_input(input, &known))).collect::<Vec<_>>()
    });
    for (id, loads) in computed.await.map_err(Error::internal)? {
        activity_changes::set_loads(tx, id, &loads).await?;
    }
    if count > 0 {
        activity_changes::bump(tx, user).await?;
    }
    Ok((last.filter(|_| count == BATCH), count))
}

/// Recomputes all activities of the local days from `days.0` up to, and not with, `days.1`.
pub(super) async fn recompute(tx: &mut Tx, user: UserId, days: (i64, i64)) -> Result<()> {
    let mut after = Some((i64::MIN, String::new()));
    while let Some(place) = after {
        after = recompute_batch(tx, user, days, place).await?.0;
    }
    Ok(())
}
