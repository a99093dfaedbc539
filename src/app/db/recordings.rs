//! What belongs to an activity beyond its figures: the bytes that were sent, laps and streams.

use std::sync::LazyLock;

use super::activities::Activity;
use super::activity_changes::{self, bind_activity};
use super::dialect::Together;
use super::{Tx, on};
use crate::domain::fitness::FitnessKind;
use crate::domain::ids::{ActivityId, UserId};

/// The bytes of a file as they are stored.
#[derive(Debug)]
pub struct NewFile<'a> {
    pub user_id: UserId,
    /// Hex digest of the bytes as they were sent.
    pub sha256: &'a str,
    pub name: &'a str,
    /// `identity` or `gzip`.
    pub encoding: &'a str,
    /// Bytes as they were sent.
    pub size: i64,
    pub bytes: &'a [u8],
    pub now: i64,
}

const INSERT_FILE: &str = "INSERT INTO files (user_id, sha256, name, encoding, size, bytes, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

/// A stored file.
#[derive(Debug, sqlx::FromRow)]
pub struct FileRow {
    pub name: String,
    pub encoding: String,
    pub size: i64,
    pub bytes: Vec<u8>,
}

const FILE: &str = "SELECT f.name, f.encoding, f.size, f.bytes FROM recordings r \
     JOIN files f ON f.user_id = r.user_id AND f.sha256 = r.sha256 WHERE r.activity_id = $1";

/// The file that an activity was read from.
pub async fn file_of(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<FileRow>> {
    on!(tx, |conn| sqlx::query_as(FILE).bind(id).fetch_optional(conn).await)
}

const GROUND: &str = "SELECT 'zone' AS what, timezone AS word, CAST(0 AS BIGINT) AS day, 0.0 AS value FROM users WHERE id = $1 \
     UNION ALL SELECT 'known', kind, valid_from, value FROM fitness_values WHERE user_id = $1 \
     UNION ALL SELECT 'there', a.id, a.start_at, 0.0 FROM recordings r JOIN activities a ON a.id = r.activity_id \
     WHERE r.user_id = $1 AND r.sha256 = $2 AND a.start_at >= $3 AND a.deleted_at IS NULL \
     ORDER BY what, word, day";

/// What is read before a file of somebody's is stored.
#[derive(Debug, PartialEq)]
pub struct Ground {
    /// IANA name of their time zone.
    pub timezone: String,
    /// What `domain::fitness::Fitness::on` takes: kind, first day, value.
    pub known: Vec<(FitnessKind, i64, f64)>,
    /// Their activities that were read from these bytes and are still there, in the order of their start.
    pub there: Vec<ActivityId>,
}

/// What storing a file with this digest depends on, in one statement: every further one would
/// show in what storing costs. `since` is the viewer's sight. `None` when there is no such person.
pub async fn ground(tx: &mut Tx, user: UserId, sha256: &str, since: i64) -> sqlx::Result<Option<Ground>> {
    let rows: Vec<(String, String, i64, f64)> =
        on!(tx, |conn| sqlx::query_as(GROUND).bind(user).bind(sha256).bind(since).fetch_all(conn).await)?;
    let (mut timezone, mut known, mut there) = (None, Vec::new(), Vec::new());
    for (what, word, day, value) in rows {
        match what.as_str() {
            "zone" => timezone = Some(word),
            "known" => known.extend(word.parse().ok().map(|kind| (kind, day, value))),
            _ => there.extend(word.parse().ok().map(|id: ActivityId| (day, id))),
        }
    }
    there.sort_unstable();
    let there = there.into_iter().map(|(_, id)| id).collect();
    Ok(timezone.map(|timezone| Ground { timezone, known, there }))
}

const IS_THERE_AGAIN: &str = "SELECT b.id FROM activities a JOIN recordings ra ON ra.activity_id = a.id \
     JOIN recordings rb ON rb.user_id = ra.user_id AND rb.sha256 = ra.sha256 JOIN activities b ON b.id = rb.activity_id \
     WHERE a.id = $1 AND b.id <> a.id AND b.start_at = a.start_at AND b.deleted_at IS NULL LIMIT 1";

/// Whether another activity was read from the same bytes as this deleted one since, and is there.
pub async fn is_there_again(tx: &mut Tx, id: ActivityId) -> sqlx::Result<bool> {
    let row: Option<(ActivityId,)> =
        on!(tx, |conn| sqlx::query_as(IS_THERE_AGAIN).bind(id).fetch_optional(conn).await)?;
    Ok(row.is_some())
}

/// Laps and streams as they are stored.
#[derive(Debug)]
pub struct NewRecording<'a> {
    pub activity_id: ActivityId,
    pub user_id: UserId,
    pub sha256: Option<&'a str>,
    pub sample_count: i64,
    /// Whether the file broke off.
    pub is_cut_off: bool,
    /// JSON.
    pub laps: &'a str,
    /// See `app::streams`.
    pub streams: &'a [u8],
}

const INSERT: &str = "INSERT INTO recordings (activity_id, user_id, sha256, sample_count, is_cut_off, laps, streams) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Binds what [`INSERT`] takes.
macro_rules! bind_recording {
    ($query:expr, $new:expr) => {
        $query
            .bind($new.activity_id)
            .bind($new.user_id)
            .bind($new.sha256)
            .bind($new.sample_count)
            .bind($new.is_cut_off)
            .bind($new.laps)
            .bind($new.streams)
    };
}

/// Keeps laps and streams of an activity.
pub async fn insert(tx: &mut Tx, new: &NewRecording<'_>) -> sqlx::Result<()> {
    on!(tx, |conn| bind_recording!(sqlx::query(INSERT), new).execute(conn).await.map(|_| ()))
}

static STORE: LazyLock<Together> =
    LazyLock::new(|| Together::new(&[INSERT_FILE, activity_changes::INSERT, INSERT, activity_changes::BUMP]));

/// Keeps an activity that was read from a file, with its recording and the file, unless the person's same
/// bytes are kept already, and marks that the person's activities have changed.
pub async fn store(
    tx: &mut Tx,
    file: &NewFile<'_>,
    (activity, title_folded): (&Activity, &str),
    recording: &NewRecording<'_>,
) -> sqlx::Result<()> {
    let sql = STORE.text(tx);
    on!(tx, |conn| {
        let query = sqlx::query(sql)
            .bind(file.user_id)
            .bind(file.sha256)
            .bind(file.name)
            .bind(file.encoding)
            .bind(file.size)
            .bind(file.bytes)
            .bind(file.now);
        let query = bind_activity!(query, activity, title_folded);
        bind_recording!(query, recording).bind(activity.user_id).execute(conn).await.map(|_| ())
    })
}

const STREAMS: &str = "SELECT streams FROM recordings WHERE activity_id = $1";

/// The packed streams of an activity; `None` for one entered by hand.
pub async fn streams(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> =
        on!(tx, |conn| sqlx::query_as(STREAMS).bind(id).fetch_optional(conn).await)?;
    Ok(row.map(|r| r.0))
}

const EARLIEST_OF_FILE: &str = "SELECT MIN(a.start_at) FROM recordings r JOIN activities a ON a.id = r.activity_id \
     WHERE r.user_id = $1 AND r.sha256 = (SELECT o.sha256 FROM recordings o WHERE o.activity_id = $2)";

/// When the earliest activity of the file began that this activity was read from, deleted ones included.
pub async fn earliest_of_file(tx: &mut Tx, user: UserId, id: ActivityId) -> sqlx::Result<Option<i64>> {
    let (start,): (Option<i64>,) =
        on!(tx, |conn| sqlx::query_as(EARLIEST_OF_FILE).bind(user).bind(id).fetch_one(conn).await)?;
    Ok(start)
}
