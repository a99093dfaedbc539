//! Jobs: work that goes on after its request was answered. A worker leases a job and renews the lease with
//! each step; when it dies, the next one takes the job up where the last step ended.

use super::access::{self, Via, Viewer};
use super::db::jobs::{JobFile, JobRow};
use super::error::{Error, Result};
use super::imports::{self, Entries, FileOutcome, Place};
use super::{App, db, loads};
use crate::domain::ids::{JobId, UserId};
use crate::domain::job::{JobKind, JobState};
use crate::files;

/// Seconds after which a worker that gave no sign is taken for dead. A file takes a few at most.
pub(super) const LEASE: i64 = 120;
/// Seconds for which an ended job can be looked at.
const KEPT: i64 = 30 * 86_400;
/// Seconds between two looks at the queue, for jobs that another process queued or left behind.
const PAUSE: u64 = 5;

/// A job as its owner sees it.
#[derive(Debug)]
pub struct Job {
    pub id: JobId,
    /// Whose data it writes.
    pub subject_id: UserId,
    pub kind: JobKind,
    pub state: JobState,
    /// Files or activities handled so far.
    pub done: i64,
    /// How many there are; the files of an archive are known once it has been read through.
    pub total: i64,
    /// Of an import: what became of each file so far.
    pub results: Vec<FileOutcome>,
    /// Why it failed.
    pub message: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

/// What a job of loads still has to do.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct LoadsPlan {
    from: i64,
    to: i64,
    after_start: i64,
    after_id: String,
}

impl App {
    /// A job, for who may see it now: see `seen_job`.
    pub async fn job(&self, viewer: &Viewer, id: JobId) -> Result<Job> {
        let mut tx = self.db().read().await?;
        let row = seen_job(&mut tx, viewer, id).await?;
        let results = db::jobs::results(&mut tx, id).await?;
        Ok(Job {
            id: row.id,
            subject_id: row.subject_id,
            kind: row.kind,
            state: row.state,
            // New loads are counted by what who started them may see; a day may hold more.
            done: if row.kind == JobKind::Loads { row.done.min(row.total) } else { row.done },
            total: row.total,
            results: results.iter().filter_map(|json| serde_json::from_str(json).ok()).collect(),
            message: row.message,
            created_at: row.created_at,
            finished_at: row.finished_at,
        })
    }

    /// Cancels a job. What it has done stays done; one that has ended stays as it is.
    pub async fn cancel_job(&self, viewer: &Viewer, id: JobId) -> Result<Job> {
        let mut tx = self.db().write().await?;
        seen_job(&mut tx, viewer, id).await?;
        db::jobs::end(&mut tx, id, JobState::Cancelled, None, self.now()).await?;
        tx.commit().await?;
        self.job(viewer, id).await
    }

    /// Works off jobs until `shutdown` resolves; the step at hand is finished first.
    pub async fn run_jobs(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            // A step that is cut off has stored nothing, and its job is taken up again: so may be dropped.
            tokio::select! {
                () = &mut shutdown => return,
                outcome = self.run_due_jobs() => {
                    if let Err(error) = outcome {
                        tracing::error!(error = %error, "jobs could not be looked at");
                    }
                }
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = self.0.queued.notified() => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(PAUSE)) => {}
            }
        }
    }

    /// Works off every job that is due, and tidies those that ended long ago.
    pub async fn run_due_jobs(&self) -> Result<()> {
        self.run_due_jobs_at_most(usize::MAX).await
    }

    /// Works off at most so many files, then stops as if it had been killed: for tests of what follows.
    #[doc(hidden)]
    pub async fn run_due_jobs_at_most(&self, mut files: usize) -> Result<()> {
        self.tidy_jobs().await?;
        while files > 0 {
            let mut tx = self.db().write().await?;
            let job = db::jobs::claim(&mut tx, self.now(), self.now() + LEASE).await?;
            tx.commit().await?;
            let Some(job) = job else { return Ok(()) };
            let outcome = match job.kind {
                JobKind::Import => self.run_import(&job, &mut files).await,
                JobKind::Loads => self.run_loads(&job).await,
                JobKind::Erasure => self.run_erasure(&job).await,
            };
            let (state, message) = match outcome {
                Ok(false) => continue,
                Ok(true) => (JobState::Done, None),
                Err(error) => {
                    tracing::error!(job = %job.id, error = %error, "a job failed");
                    let words = match error {
                        Error::NotFound | Error::Forbidden(_) => "The permission for this has ended.",
                        _ => "Something went wrong on our side.",
                    };
                    (JobState::Failed, Some(words))
                }
            };
            let mut tx = self.db().write().await?;
            db::jobs::end(&mut tx, job.id, state, message, self.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Queues new loads of the local days from `days.0` up to, and not with, `days.1`.
    pub(super) async fn queue_loads(
        &self,
        tx: &mut db::Tx,
        viewer: &Viewer,
        user: UserId,
        days: (i64, i64),
        total: i64,
    ) -> Result<JobId> {
        let plan = LoadsPlan { from: days.0, to: days.1, after_start: i64::MIN, after_id: String::new() };
        let payload = serde_json::to_string(&plan).map_err(Error::internal)?;
        let job = self.new_job(viewer, user, JobKind::Loads, total, payload);
        db::jobs::insert(tx, &job, None).await?;
        Ok(job.id)
    }

    pub(super) fn new_job(
        &self,
        viewer: &Viewer,
        subject: UserId,
        kind: JobKind,
        total: i64,
        payload: String,
    ) -> JobRow {
        JobRow {
            id: JobId::from_uuid(self.uuid()),
            user_id: viewer.user.id,
            subject_id: subject,
            kind,
            state: JobState::Queued,
            done: 0,
            total,
            payload,
            message: None,
            created_at: self.now(),
            finished_at: None,
        }
    }

    /// Wakes the worker.
    pub(super) fn notify_worker(&self) {
        self.0.queued.notify_one();
    }

    async fn tidy_jobs(&self) -> Result<()> {
        let mut tx = self.db().read().await?;
        let abandoned = db::jobs::abandoned(&mut tx, self.now()).await?;
        drop(tx);
        if abandoned.is_empty() {
            return Ok(());
        }
        let mut tx = self.db().write().await?;
        for id in abandoned {
            let words = "The upload broke off before all files had come.";
            db::jobs::end(&mut tx, id, JobState::Failed, Some(words), self.now()).await?;
        }
        db::jobs::purge(&mut tx, self.now() - KEPT).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Imports the files of a job, one transaction each. `false` when it was cancelled, or when `budget`
    /// files were handled.
    async fn run_import(&self, job: &JobRow, budget: &mut usize) -> Result<bool> {
        let mut tx = self.db().read().await?;
        let viewer = access::viewer(&mut tx, job.user_id, Via::Operator).await?.ok_or(Error::NotFound)?;
        drop(tx);
        loop {
            let mut tx = self.db().read().await?;
            let file = db::jobs::next_file(&mut tx, job.id).await?;
            let Some(file) = file else { return Ok(true) };
            let handled = db::jobs::count_results_at(&mut tx, job.id, file.position).await?;
            drop(tx);
            let position = file.position;
            let goes_on = if files::is_zip(&file.bytes) {
                self.import_archive(&viewer, job, file, handled, budget).await?
            } else if handled > 0 {
                true
            } else {
                let place = Place { job: job.id, position, entry: 0 };
                *budget -= 1;
                self.import_one(&viewer, job.subject_id, &file.name, file.bytes, Some(place)).await?.is_some()
            };
            if !goes_on {
                return Ok(false);
            }
            let mut tx = self.db().write().await?;
            db::jobs::delete_file(&mut tx, job.id, position).await?;
            tx.commit().await?;
            if *budget == 0 {
                return Ok(false);
            }
        }
    }

    /// Imports the files of an archive from the one after the `handled` first on.
    async fn import_archive(
        &self,
        viewer: &Viewer,
        job: &JobRow,
        file: JobFile,
        handled: i64,
        budget: &mut usize,
    ) -> Result<bool> {
        let mut place = Place { job: job.id, position: file.position, entry: 0 };
        let mut entries = match Entries::open(file.bytes).await? {
            Ok(entries) => entries,
            Err(_) if handled > 0 => return Ok(true),
            Err(refusal) => return Ok(self.refuse(&file.name, &refusal, place).await?.is_some()),
        };
        if handled == 0 {
            self.correct_total(job.id, entries.entry_count() as i64 - 1).await?;
        }
        while let Some(entry) = entries.next().await? {
            if place.entry >= handled {
                let outcome = match entry.bytes {
                    Ok(bytes) => {
                        self.import_one(viewer, job.subject_id, &entry.name, bytes, Some(place)).await?
                    }
                    Err(refusal) => self.refuse(&entry.name, &refusal, place).await?,
                };
                *budget -= 1;
                if outcome.is_none() || *budget == 0 {
                    return Ok(false);
                }
            }
            place.entry += 1;
        }
        if place.entry == 0 && handled == 0 {
            return Ok(self.refuse(&file.name, &imports::nothing_inside(), place).await?.is_some());
        }
        self.correct_total(job.id, -1).await?;
        Ok(true)
    }

    /// The total is what is done, the files that wait, and `more`.
    async fn correct_total(&self, id: JobId, more: i64) -> Result<()> {
        let mut tx = self.db().write().await?;
        let Some(job) = db::jobs::find(&mut tx, id).await? else { return Ok(()) };
        let waiting = db::jobs::count_files(&mut tx, id).await?;
        db::jobs::set_total(&mut tx, id, job.done + waiting + more).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Computes loads anew, some activities at a time.
    async fn run_loads(&self, job: &JobRow) -> Result<bool> {
        let mut plan: LoadsPlan = serde_json::from_str(&job.payload).map_err(Error::internal)?;
        loop {
            let mut tx = self.db().write().await?;
            let after = (plan.after_start, plan.after_id.clone());
            let days = (plan.from, plan.to);
            let (next, count) = loads::recompute_batch(&mut tx, job.subject_id, days, after).await?;
            if let Some((start, id)) = &next {
                (plan.after_start, plan.after_id) = (*start, id.clone());
            }
            let payload = serde_json::to_string(&plan).map_err(Error::internal)?;
            if !db::jobs::step(&mut tx, job.id, count, &payload, self.now() + LEASE).await? {
                return Ok(false);
            }
            tx.commit().await?;
            if next.is_none() {
                return Ok(true);
            }
        }
    }
}

/// A job of data that the viewer may see: having started it is not enough, since rights end. What a person
/// does with their own data is theirs alone: its results may tell of runs from before a coach's sight.
async fn seen_job(tx: &mut db::Tx, viewer: &Viewer, id: JobId) -> Result<JobRow> {
    let row = db::jobs::find(tx, id).await?.ok_or(Error::NotFound)?;
    let data = access::data(tx, viewer, row.subject_id).await?;
    if !data.is_own() && row.user_id == row.subject_id {
        return Err(Error::Forbidden("Only who started this may look at it."));
    }
    Ok(row)
}
