//! Jobs: work that goes on after its request was answered, taken up by any process of the program.

use super::{Tx, on};
use crate::domain::ids::{JobId, UserId};
use crate::domain::job::{JobKind, JobState};

/// A job as it stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobRow {
    pub id: JobId,
    /// Who started it.
    pub user_id: UserId,
    /// Whose data it writes.
    pub subject_id: UserId,
    pub kind: JobKind,
    pub state: JobState,
    pub done: i64,
    pub total: i64,
    /// JSON of its kind.
    pub payload: String,
    pub message: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

const INSERT: &str = "INSERT INTO jobs (id, user_id, subject_id, kind, state, done, total, payload, leased_until, created_at) \
     VALUES ($1, $2, $3, $4, 'queued', 0, $5, $6, $7, $8)";

/// Queues a job. While `leased_until` is set no worker takes it up: its files still come in.
pub async fn insert(tx: &mut Tx, job: &JobRow, leased_until: Option<i64>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(job.id)
        .bind(job.user_id)
        .bind(job.subject_id)
        .bind(job.kind)
        .bind(job.total)
        .bind(&job.payload)
        .bind(leased_until)
        .bind(job.created_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const RELEASE: &str = "UPDATE jobs SET subject_id = $2, total = $3, leased_until = NULL WHERE id = $1 AND state = 'queued' RETURNING id";

/// Hands a job whose files are all there to the workers; `false` when it was given up meanwhile.
pub async fn release(tx: &mut Tx, id: JobId, subject: UserId, total: i64) -> sqlx::Result<bool> {
    let row: Option<(JobId,)> = on!(tx, |conn| sqlx::query_as(RELEASE)
        .bind(id)
        .bind(subject)
        .bind(total)
        .fetch_optional(conn)
        .await)?;
    Ok(row.is_some())
}

const CLAIM: &str = "UPDATE jobs SET state = 'running', leased_until = $2 WHERE id = (SELECT id FROM jobs \
     WHERE (state = 'queued' AND leased_until IS NULL) OR (state = 'running' AND leased_until < $1) \
     ORDER BY created_at, id LIMIT 1) \
     AND ((state = 'queued' AND leased_until IS NULL) OR (state = 'running' AND leased_until < $1)) \
     RETURNING id, user_id, subject_id, kind, state, done, total, payload, message, created_at, finished_at";

/// Takes up the oldest job that waits or whose worker died, until `until`.
pub async fn claim(tx: &mut Tx, now: i64, until: i64) -> sqlx::Result<Option<JobRow>> {
    on!(tx, |conn| sqlx::query_as(CLAIM).bind(now).bind(until).fetch_optional(conn).await)
}

const FIND: &str = "SELECT id, user_id, subject_id, kind, state, done, total, payload, message, created_at, finished_at \
     FROM jobs WHERE id = $1";

/// The job with this id.
pub async fn find(tx: &mut Tx, id: JobId) -> sqlx::Result<Option<JobRow>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(id).fetch_optional(conn).await)
}

const STEP: &str = "UPDATE jobs SET done = done + $2, payload = $3, leased_until = $4 WHERE id = $1 AND state = 'running' RETURNING id";

/// Notes that `count` more are done; `false` when the job is no longer at work.
pub async fn step(tx: &mut Tx, id: JobId, count: i64, payload: &str, until: i64) -> sqlx::Result<bool> {
    let row: Option<(JobId,)> = on!(tx, |conn| sqlx::query_as(STEP)
        .bind(id)
        .bind(count)
        .bind(payload)
        .bind(until)
        .fetch_optional(conn)
        .await)?;
    Ok(row.is_some())
}

const COUNT_ONE: &str =
    "UPDATE jobs SET done = done + 1, leased_until = $2 WHERE id = $1 AND state = 'running' RETURNING id";

const ADD_RESULT: &str = "INSERT INTO job_results (job_id, position, entry, result) VALUES ($1, $2, $3, $4)";

/// Notes what became of a file; `false`, and nothing is noted, when the job is no longer at work.
pub async fn add_result(
    tx: &mut Tx,
    id: JobId,
    (position, entry): (i64, i64),
    result: &str,
    until: i64,
) -> sqlx::Result<bool> {
    let row: Option<(JobId,)> =
        on!(tx, |conn| sqlx::query_as(COUNT_ONE).bind(id).bind(until).fetch_optional(conn).await)?;
    if row.is_none() {
        return Ok(false);
    }
    on!(tx, |conn| sqlx::query(ADD_RESULT)
        .bind(id)
        .bind(position)
        .bind(entry)
        .bind(result)
        .execute(conn)
        .await
        .map(|_| ()))?;
    Ok(true)
}

const RESULTS: &str = "SELECT result FROM job_results WHERE job_id = $1 ORDER BY position, entry";

/// What became of the files so far, as JSON each, in the order in which they were sent.
pub async fn results(tx: &mut Tx, id: JobId) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> = on!(tx, |conn| sqlx::query_as(RESULTS).bind(id).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

const RESULTS_AT: &str = "SELECT COUNT(*) FROM job_results WHERE job_id = $1 AND position = $2";

/// How many results the file at this position has: those of an archive are noted one by one.
pub async fn count_results_at(tx: &mut Tx, id: JobId, position: i64) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        on!(tx, |conn| sqlx::query_as(RESULTS_AT).bind(id).bind(position).fetch_one(conn).await)?;
    Ok(count)
}

/// A file that waits.
#[derive(Debug, sqlx::FromRow)]
pub struct JobFile {
    pub position: i64,
    pub name: String,
    pub bytes: Vec<u8>,
}

const INSERT_FILE: &str = "INSERT INTO job_files (job_id, position, name, bytes) VALUES ($1, $2, $3, $4)";

/// Adds a file to a job.
pub async fn insert_file(tx: &mut Tx, id: JobId, file: &JobFile) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT_FILE)
        .bind(id)
        .bind(file.position)
        .bind(&file.name)
        .bind(&file.bytes)
        .execute(conn)
        .await
        .map(|_| ()))
}

const NEXT_FILE: &str =
    "SELECT position, name, bytes FROM job_files WHERE job_id = $1 ORDER BY position LIMIT 1";

/// The first file that waits.
pub async fn next_file(tx: &mut Tx, id: JobId) -> sqlx::Result<Option<JobFile>> {
    on!(tx, |conn| sqlx::query_as(NEXT_FILE).bind(id).fetch_optional(conn).await)
}

const DELETE_FILE: &str = "DELETE FROM job_files WHERE job_id = $1 AND position = $2";

/// Lets go of a file that has been handled.
pub async fn delete_file(tx: &mut Tx, id: JobId, position: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_FILE).bind(id).bind(position).execute(conn).await.map(|_| ()))
}

const DELETE_FILES: &str = "DELETE FROM job_files WHERE job_id = $1";

const COUNT_FILES: &str = "SELECT COUNT(*) FROM job_files WHERE job_id = $1";

/// How many files wait.
pub async fn count_files(tx: &mut Tx, id: JobId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_FILES).bind(id).fetch_one(conn).await)?;
    Ok(count)
}

const SET_TOTAL: &str = "UPDATE jobs SET total = $2 WHERE id = $1";

/// Corrects how much there is to do.
pub async fn set_total(tx: &mut Tx, id: JobId, total: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_TOTAL).bind(id).bind(total).execute(conn).await.map(|_| ()))
}

const END: &str = "UPDATE jobs SET state = $2, message = $3, finished_at = $4, leased_until = NULL \
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING id";

/// Ends a job in this state and lets go of its files; nothing happens to one that has ended.
pub async fn end(
    tx: &mut Tx,
    id: JobId,
    state: JobState,
    message: Option<&str>,
    now: i64,
) -> sqlx::Result<()> {
    let row: Option<(JobId,)> = on!(tx, |conn| sqlx::query_as(END)
        .bind(id)
        .bind(state)
        .bind(message)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    if row.is_some() {
        on!(tx, |conn| sqlx::query(DELETE_FILES).bind(id).execute(conn).await.map(|_| ()))?;
    }
    Ok(())
}

const ABANDONED: &str = "SELECT id FROM jobs WHERE state = 'queued' AND leased_until < $1";

/// Jobs whose files stopped coming in.
pub async fn abandoned(tx: &mut Tx, now: i64) -> sqlx::Result<Vec<JobId>> {
    let rows: Vec<(JobId,)> = on!(tx, |conn| sqlx::query_as(ABANDONED).bind(now).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

const EXTEND: &str = "UPDATE jobs SET leased_until = $2 WHERE id = $1 AND state = 'queued'";

/// Keeps a job whose files still come in.
pub async fn extend(tx: &mut Tx, id: JobId, until: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(EXTEND).bind(id).bind(until).execute(conn).await.map(|_| ()))
}

const PURGE: &str = "DELETE FROM jobs WHERE finished_at < $1";

/// Forgets jobs that ended before this instant.
pub async fn purge(tx: &mut Tx, before: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(PURGE).bind(before).execute(conn).await.map(|_| ()))
}
