//! How activities are written: added, changed, linked as recordings of one outing, deleted and restored.

use super::activities::Activity;
use super::{Tx, on};
use crate::domain::activity::{ActivityType, FileFormat, LoadMethod, Source, SubType};
use crate::domain::ids::{ActivityId, UserId};

pub(super) const INSERT: &str = "INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, timezone, \
     local_day, distance, duration, elapsed, average_heart_rate, max_heart_rate, average_cadence, elevation_gain, \
     calories, effort, note, is_indoor, source, file_format, device, external_id, training_load, load_method, \
     vdot_load, is_vdot_load_estimate, formula_version, duplicate_of, is_unlinked, warnings, created_at, updated_at, \
     version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
     $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36) ON CONFLICT DO NOTHING RETURNING id";

pub(super) const BUMP: &str = "UPDATE users SET activities_version = activities_version + 1 WHERE id = $1";

/// Marks that a person's activities have changed. The functions of this file that change one do so themselves,
/// but for [`set_loads`]; whoever writes activities otherwise calls it.
pub async fn bump(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(BUMP).bind(user).execute(conn).await.map(|_| ()))
}

const BUMP_OWNER: &str = "UPDATE users SET activities_version = activities_version + 1 \
     WHERE id = (SELECT user_id FROM activities WHERE id = $1)";

async fn bump_owner(tx: &mut Tx, id: ActivityId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(BUMP_OWNER).bind(id).execute(conn).await.map(|_| ()))
}

/// Binds what [`INSERT`] takes: an activity and its folded title.
macro_rules! bind_activity {
    ($query:expr, $a:expr, $title_folded:expr) => {
        $query
            .bind($a.id)
            .bind($a.user_id)
            .bind(&$a.title)
            .bind($title_folded)
            .bind($a.activity_type)
            .bind($a.sub_type)
            .bind($a.status)
            .bind($a.start_at)
            .bind(&$a.timezone)
            .bind($a.local_day)
            .bind($a.distance)
            .bind($a.duration)
            .bind($a.elapsed)
            .bind($a.average_heart_rate)
            .bind($a.max_heart_rate)
            .bind($a.average_cadence)
            .bind($a.elevation_gain)
            .bind($a.calories)
            .bind($a.effort)
            .bind(&$a.note)
            .bind($a.is_indoor)
            .bind($a.source)
            .bind($a.file_format)
            .bind(&$a.device)
            .bind(&$a.external_id)
            .bind($a.training_load)
            .bind($a.load_method)
            .bind($a.vdot_load)
            .bind($a.is_vdot_load_estimate)
            .bind($a.formula_version)
            .bind($a.duplicate_of)
            .bind($a.is_unlinked)
            .bind(&$a.warnings)
            .bind($a.created_at)
            .bind($a.updated_at)
            .bind($a.version)
    };
}
pub(super) use bind_activity;

/// Adds an activity; `false` when the person has one that the same service told of under the same id.
pub async fn insert(tx: &mut Tx, a: &Activity, title_folded: &str) -> sqlx::Result<bool> {
    let id: Option<(ActivityId,)> =
        on!(tx, |conn| bind_activity!(sqlx::query_as(INSERT), a, title_folded).fetch_optional(conn).await)?;
    if id.is_some() {
        bump(tx, a.user_id).await?;
    }
    Ok(id.is_some())
}

const UPDATE: &str = "UPDATE activities SET title = $3, title_folded = $4, activity_type = $5, sub_type = $6, effort = $7, note = $8, \
     start_at = $9, timezone = $10, local_day = $11, distance = $12, duration = $13, elapsed = $14, \
     average_heart_rate = $15, training_load = $16, load_method = $17, vdot_load = $18, is_vdot_load_estimate = $19, \
     formula_version = $20, updated_at = $21, version = version + 1 \
     WHERE id = $1 AND version = $2 AND deleted_at IS NULL RETURNING version";

/// Saves what a person may change of an activity, and its loads; `None` when it is no longer in the version
/// that `a` holds. Returns the new version.
pub async fn update(tx: &mut Tx, a: &Activity, title_folded: &str) -> sqlx::Result<Option<i64>> {
    let version: Option<(i64,)> = on!(tx, |conn| sqlx::query_as(UPDATE)
        .bind(a.id)
        .bind(a.version)
        .bind(&a.title)
        .bind(title_folded)
        .bind(a.activity_type)
        .bind(a.sub_type)
        .bind(a.effort)
        .bind(&a.note)
        .bind(a.start_at)
        .bind(&a.timezone)
        .bind(a.local_day)
        .bind(a.distance)
        .bind(a.duration)
        .bind(a.elapsed)
        .bind(a.average_heart_rate)
        .bind(a.training_load)
        .bind(a.load_method)
        .bind(a.vdot_load)
        .bind(a.is_vdot_load_estimate)
        .bind(a.formula_version)
        .bind(a.updated_at)
        .fetch_optional(conn)
        .await)?;
    if version.is_some() {
        bump(tx, a.user_id).await?;
    }
    Ok(version.map(|v| v.0))
}

const DELETE: &str = "UPDATE activities SET deleted_at = $2, duplicate_of = NULL, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";

/// Marks an activity as deleted; it then stands by itself.
pub async fn delete(tx: &mut Tx, id: ActivityId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(id).bind(now).execute(conn).await.map(|_| ()))?;
    bump_owner(tx, id).await
}

const RESTORE: &str =
    "UPDATE activities SET deleted_at = NULL, updated_at = $2, version = version + 1 WHERE id = $1";

/// Takes a deletion back.
pub async fn restore(tx: &mut Tx, id: ActivityId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(RESTORE).bind(id).bind(now).execute(conn).await.map(|_| ()))?;
    bump_owner(tx, id).await
}

/// What is known of a deleted activity.
#[derive(Debug, sqlx::FromRow)]
pub struct Deleted {
    pub user_id: UserId,
    pub start_at: i64,
    pub source: Source,
    pub external_id: Option<String>,
    pub deleted_at: i64,
}

const DELETED: &str = "SELECT user_id, start_at, source, external_id, deleted_at FROM activities WHERE id = $1 AND deleted_at IS NOT NULL";

/// The deleted activity with this id.
pub async fn deleted(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<Deleted>> {
    on!(tx, |conn| sqlx::query_as(DELETED).bind(id).fetch_optional(conn).await)
}

const BY_EXTERNAL_ID: &str = "SELECT id FROM activities WHERE user_id = $1 AND source = $2 AND external_id = $3 AND deleted_at IS NULL";

/// The person's activity with this id at its source.
pub async fn by_external_id(
    tx: &mut Tx,
    user: UserId,
    source: Source,
    external_id: &str,
) -> sqlx::Result<Option<ActivityId>> {
    let row: Option<(ActivityId,)> = on!(tx, |conn| sqlx::query_as(BY_EXTERNAL_ID)
        .bind(user)
        .bind(source)
        .bind(external_id)
        .fetch_optional(conn)
        .await)?;
    Ok(row.map(|r| r.0))
}

/// What deciding about duplicates needs of an activity.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Neighbour {
    pub id: ActivityId,
    pub activity_type: ActivityType,
    pub start_at: i64,
    pub elapsed: f64,
    pub distance: Option<f64>,
    pub source: Source,
    pub file_format: Option<FileFormat>,
    pub duplicate_of: Option<ActivityId>,
    pub is_unlinked: bool,
    pub created_at: i64,
    pub sample_count: i64,
    pub sha256: Option<String>,
    pub external_id: Option<String>,
    pub is_cut_off: bool,
}

const NEIGHBOURS: &str = "SELECT a.id, a.activity_type, a.start_at, a.elapsed, a.distance, a.source, a.file_format, a.duplicate_of, \
     a.is_unlinked, a.created_at, COALESCE(r.sample_count, 0) AS sample_count, r.sha256, \
     a.external_id, COALESCE(r.is_cut_off, FALSE) AS is_cut_off \
     FROM activities a LEFT JOIN recordings r ON r.activity_id = a.id \
     WHERE a.user_id = $1 AND a.start_at >= $2 AND a.start_at <= $3 AND a.deleted_at IS NULL AND a.status = 'completed' \
     AND (a.start_at + a.elapsed >= $4 OR a.external_id = (SELECT o.external_id FROM activities o WHERE o.id = $5)) \
     ORDER BY a.start_at, a.id";

/// Which of a person's activities may be recordings of the same outing as one of them.
#[derive(Debug, Clone, Copy)]
pub struct Vicinity {
    /// The activity itself, which is among them.
    pub of: ActivityId,
    /// The first and the last instant at which they started.
    pub from: i64,
    pub to: i64,
    /// They ended at this instant or later, unless their source gave them the same id: of a busy week not
    /// every run is read.
    pub ends_from: i64,
}

/// A person's activities around one of them.
pub async fn neighbours(tx: &mut Tx, user: UserId, around: Vicinity) -> sqlx::Result<Vec<Neighbour>> {
    on!(tx, |conn| sqlx::query_as(NEIGHBOURS)
        .bind(user)
        .bind(around.from)
        .bind(around.to)
        .bind(around.ends_from as f64)
        .bind(around.of)
        .fetch_all(conn)
        .await)
}

const OUTING: &str = "SELECT a.id, a.activity_type, a.start_at, a.elapsed, a.distance, a.source, a.file_format, a.duplicate_of, \
     a.is_unlinked, a.created_at, COALESCE(r.sample_count, 0) AS sample_count, r.sha256, \
     a.external_id, COALESCE(r.is_cut_off, FALSE) AS is_cut_off \
     FROM activities a LEFT JOIN recordings r ON r.activity_id = a.id \
     WHERE (a.duplicate_of = $1 OR a.id = $1) AND a.deleted_at IS NULL ORDER BY a.created_at, a.id";

/// A primary with its duplicates.
pub async fn outing(tx: &mut Tx, primary: ActivityId) -> sqlx::Result<Vec<Neighbour>> {
    on!(tx, |conn| sqlx::query_as(OUTING).bind(primary).fetch_all(conn).await)
}

const SET_DUPLICATE: &str = "UPDATE activities SET duplicate_of = $2, is_unlinked = $3, updated_at = $4, version = version + 1 WHERE id = $1";

/// Says of what an activity is a duplicate, and whether a person decided that it is none.
pub async fn set_duplicate(
    tx: &mut Tx,
    id: ActivityId,
    primary: Option<ActivityId>,
    is_unlinked: bool,
    now: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_DUPLICATE)
        .bind(id)
        .bind(primary)
        .bind(is_unlinked)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))?;
    bump_owner(tx, id).await
}

/// A training load and a VDOT load with how they were computed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loads {
    pub training_load: Option<f64>,
    pub load_method: Option<LoadMethod>,
    pub vdot_load: Option<f64>,
    pub is_vdot_load_estimate: bool,
    pub formula_version: i64,
}

const SET_LOADS: &str = "UPDATE activities SET training_load = $2, load_method = $3, vdot_load = $4, is_vdot_load_estimate = $5, \
     formula_version = $6 WHERE id = $1";

/// Stores new loads. The version stays: a person who is editing the activity is not disturbed. The caller bumps
/// the owner's activities once for the whole batch.
pub async fn set_loads(tx: &mut Tx, id: ActivityId, loads: &Loads) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_LOADS)
        .bind(id)
        .bind(loads.training_load)
        .bind(loads.load_method)
        .bind(loads.vdot_load)
        .bind(loads.is_vdot_load_estimate)
        .bind(loads.formula_version)
        .execute(conn)
        .await
        .map(|_| ()))
}

/// What the loads of an activity are computed from.
#[derive(Debug, sqlx::FromRow)]
pub struct LoadInput {
    pub id: ActivityId,
    pub start_at: i64,
    pub local_day: i64,
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    pub duration: f64,
    pub distance: Option<f64>,
    pub average_heart_rate: Option<f64>,
    pub effort: Option<i64>,
    /// Packed; see `app::streams`.
    pub streams: Option<Vec<u8>>,
}

const LOAD_INPUTS: &str = "SELECT a.id, a.start_at, a.local_day, a.activity_type, a.sub_type, a.duration, a.distance, \
     a.average_heart_rate, a.effort, r.streams FROM activities a LEFT JOIN recordings r ON r.activity_id = a.id \
     WHERE a.user_id = $1 AND a.local_day >= $2 AND a.local_day < $3 AND (a.start_at, a.id) > ($4, $5) \
     AND a.deleted_at IS NULL ORDER BY a.start_at, a.id LIMIT $6";

/// Activities of the local days from `from` up to, and not with, `to`, that come after (start, id), in that
/// order; at most `limit`.
pub async fn load_inputs(
    tx: &mut Tx,
    user: UserId,
    (from, to): (i64, i64),
    after: (i64, &str),
    limit: i64,
) -> sqlx::Result<Vec<LoadInput>> {
    on!(tx, |conn| sqlx::query_as(LOAD_INPUTS)
        .bind(user)
        .bind(from)
        .bind(to)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(conn)
        .await)
}

const COUNT_DAYS: &str = "SELECT COUNT(*) FROM activities WHERE user_id = $1 AND local_day >= $2 AND local_day < $3 AND start_at >= $4 \
     AND deleted_at IS NULL";

/// How many activities the local days from `from` up to, and not with, `to` have, of those that started at
/// `since` or later: the viewer's sight.
pub async fn count_days(tx: &mut Tx, user: UserId, (from, to): (i64, i64), since: i64) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_DAYS)
        .bind(user)
        .bind(from)
        .bind(to)
        .bind(since)
        .fetch_one(conn)
        .await)?;
    Ok(count)
}
