//! The physiological values of an athlete, set by a coach or the athlete, each with the day from which it
//! holds. A change computes the loads of the days for which it holds anew.
//!
//! A coach's reach ends where their sight ends (`SeenData::since`). Of the values from before the first local
//! day that they see, they get those that still hold on that day, and they neither set nor remove a value that
//! would hold before it: it could replace one that they do not see, and it would compute loads of runs that
//! they do not see. So no count and no job can tell of those. (A run of that very day from before the hour of
//! the agreement is computed along with its day, since the athlete's own figures must agree, and is not
//! counted.)

use chrono_tz::Tz;

use super::access::{self, SeenData, Viewer};
use super::db::activity_changes;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::undos::{BULK_UNDO_SECONDS, Taken};
use super::{App, imports, loads};
use crate::domain::calendar;
use crate::domain::fitness::{Fitness, FitnessKind};
use crate::domain::ids::{FitnessId, JobId, UndoId, UserId};
use crate::domain::validate::FIRST_DATE;

pub use super::db::fitness::FitnessValue;

/// More activities than this are recomputed by a job.
const AT_ONCE: i64 = 200;
/// The day after the last: beyond every date that is stored.
const END_OF_DAYS: i64 = 1 << 40;

/// A value to set. Heart rates are beats per minute, threshold pace is seconds per kilometre.
#[derive(Debug, Clone)]
pub struct SetValue {
    pub kind: FitnessKind,
    pub value: f64,
    /// The first local day on which it holds, as days since 1970-01-01; today if none.
    pub valid_from: Option<i64>,
}

/// What a change of a value did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitnessChange {
    pub id: FitnessId,
    /// Activities whose loads are new, or will be when the job is done.
    pub activities: i64,
    pub job: Option<JobId>,
    /// Brings back what was deleted.
    pub undo: Option<UndoId>,
}

impl App {
    /// The values of an athlete that the viewer may see, the youngest first.
    pub async fn fitness_values(&self, viewer: &Viewer, user: UserId) -> Result<Vec<FitnessValue>> {
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let zone = imports::zone_of(&mut tx, user).await?;
        self.seen_values(&mut tx, data, zone).await
    }

    /// The values that the viewer may see of an athlete of this zone, the youngest first.
    pub(super) async fn seen_values(
        &self,
        tx: &mut Tx,
        data: SeenData,
        zone: Tz,
    ) -> Result<Vec<FitnessValue>> {
        Ok(seen(db::fitness::list(tx, data.user_id()).await?, first_day(data, zone)))
    }

    /// What holds today in the athlete's own calendar.
    pub async fn fitness_today(&self, viewer: &Viewer, user: UserId) -> Result<Fitness> {
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let today = self.today_of(&mut tx, user).await?;
        let known = db::fitness::known(&mut tx, data.user_id()).await?;
        Ok(Fitness::on(today, &known))
    }

    /// Sets a value from a day on; one of the same kind and day is replaced.
    pub async fn set_fitness(
        &self,
        viewer: &Viewer,
        user: UserId,
        command: &SetValue,
    ) -> Result<FitnessChange> {
        let mut tx = self.db().write().await?;
        db::dialect::lock_person(&mut tx, user).await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let today = self.today_of(&mut tx, user).await?;
        let valid_from = command.valid_from.unwrap_or(today);
        let mut problems = Vec::new();
        if let Err(sentence) = command.kind.check(command.value) {
            problems.push(Problem::invalid("value", sentence));
        }
        if valid_from > today {
            problems.push(Problem::invalid("valid_from", "The date lies in the future."));
        }
        if valid_from < calendar::parse_day(FIRST_DATE).unwrap_or_default() {
            problems.push(Problem::invalid("valid_from", "The date is before 1990."));
        }
        let first_day = first_day(data, imports::zone_of(&mut tx, user).await?);
        if problems.is_empty() && valid_from < first_day {
            problems.push(Problem::invalid(
                "valid_from",
                format!(
                    "You see this athlete from {} on. Choose that day or a later one.",
                    calendar::full_day(first_day, today)
                ),
            ));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let value = FitnessValue {
            id: FitnessId::from_uuid(self.uuid()),
            user_id: data.user_id(),
            kind: command.kind,
            value: command.value,
            valid_from,
            set_by: viewer.user.id,
            set_by_name: String::new(),
            created_at: self.now(),
            is_from_before: false,
        };
        let id = db::fitness::set(&mut tx, &value).await?;
        let (activities, job) = self.renew_loads(&mut tx, viewer, data, command.kind, valid_from).await?;
        tx.commit().await?;
        self.notify_worker();
        Ok(FitnessChange { id, activities, job, undo: None })
    }

    /// Deletes a value; the one before it holds again. It can be taken back for ten minutes.
    pub async fn delete_fitness(
        &self,
        viewer: &Viewer,
        user: UserId,
        id: FitnessId,
    ) -> Result<FitnessChange> {
        let mut tx = self.db().write().await?;
        db::dialect::lock_person(&mut tx, user).await?;
        let data = access::data(&mut tx, viewer, user).await?;
        let zone = imports::zone_of(&mut tx, user).await?;
        let values = self.seen_values(&mut tx, data, zone).await?;
        if values.iter().find(|value| value.id == id).ok_or(Error::NotFound)?.is_from_before {
            return Err(Error::Forbidden(
                "This value holds since before you see this athlete. Set a new one instead.",
            ));
        }
        let gone = db::fitness::delete(&mut tx, data.user_id(), id).await?;
        let gone = gone.ok_or(Error::NotFound)?;
        let (activities, job) = self.renew_loads(&mut tx, viewer, data, gone.kind, gone.valid_from).await?;
        let taken = Taken::Fitness(gone);
        let undo = self.keep_undo(&mut tx, viewer, None, &taken, BULK_UNDO_SECONDS).await?;
        tx.commit().await?;
        self.notify_worker();
        Ok(FitnessChange { id, activities, job, undo: Some(undo) })
    }

    /// Puts a deleted value back, unless another of its kind was set for the same day since.
    pub(super) async fn undo_fitness(&self, tx: &mut Tx, viewer: &Viewer, gone: &FitnessValue) -> Result<()> {
        db::dialect::lock_person(tx, gone.user_id).await?;
        let data = access::data(tx, viewer, gone.user_id).await?;
        if !db::fitness::restore(tx, gone).await? {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "Another value was set for that day in the meantime.".into(),
                field: None,
            });
        }
        self.renew_loads(tx, viewer, data, gone.kind, gone.valid_from).await?;
        Ok(())
    }

    /// Computes the loads anew from the day of a change up to the next value of the same kind.
    async fn renew_loads(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        data: SeenData,
        kind: FitnessKind,
        from: i64,
    ) -> Result<(i64, Option<JobId>)> {
        let user = data.user_id();
        let known = db::fitness::known(tx, user).await?;
        let later = known.iter().filter(|(k, day, _)| *k == kind && *day > from).map(|(_, day, _)| *day);
        let days = (from, later.min().unwrap_or(END_OF_DAYS));
        let count = activity_changes::count_days(tx, user, days, data.since()).await?;
        if count > AT_ONCE {
            let job = self.queue_loads(tx, viewer, user, days, count).await?;
            return Ok((count, Some(job)));
        }
        loads::recompute(tx, user, days).await?;
        Ok((count, None))
    }

    /// The local day of a person.
    pub(super) async fn today_of(&self, tx: &mut Tx, user: UserId) -> Result<i64> {
        let zone = imports::zone_of(tx, user).await?;
        Ok(self.today(zone))
    }
}

/// The first local day of the athlete of which the viewer sees something; before all days for their own.
fn first_day(data: SeenData, zone: Tz) -> i64 {
    let since = chrono::DateTime::from_timestamp(data.since(), 0);
    since.map_or(i64::MIN, |since| calendar::local_day(since, zone))
}

/// Of values in the order of the youngest first, those that hold on `first_day` or later.
fn seen(values: Vec<FitnessValue>, first_day: i64) -> Vec<FitnessValue> {
    let mut held = Vec::new();
    let mut kept = Vec::new();
    for mut value in values {
        value.is_from_before = value.valid_from < first_day;
        if held.contains(&value.kind) {
            continue;
        }
        if value.valid_from <= first_day {
            held.push(value.kind);
        }
        kept.push(value);
    }
    kept
}
