//! Uploads of several files. A few small ones are imported while the request waits; of more, the files are
//! put by for a job as they come in, so that no more than one of them is held in memory.

use super::access::{self, Viewer};
use super::db::jobs::JobFile;
use super::error::{Error, Result};
use super::imports::FileOutcome;
use super::{App, db, jobs};
use crate::domain::ids::{JobId, UserId};
use crate::domain::job::JobKind;
use crate::domain::text;
use crate::files;

/// Bytes of one file.
pub const MAX_FILE: usize = files::limits::MAX_FILE;
/// Bytes of one upload, all files together.
pub const MAX_UPLOAD: usize = 1 << 30;
/// Files and bytes that are imported while the request waits.
const FEW_FILES: usize = 20;
const FEW_BYTES: usize = 10_000_000;
/// Files of one upload; more go into an archive.
const MOST_FILES: usize = 5_000;

/// An upload whose files come in.
#[derive(Debug, Default)]
pub struct Upload {
    files: Vec<Received>,
    /// Files that were put by for a job.
    job: Option<(JobId, i64)>,
    /// Files, those within archives included, and bytes so far.
    count: usize,
    bytes: usize,
}

/// A file that has come, with what of it will be passed over.
#[derive(Debug)]
struct Received {
    name: String,
    bytes: Vec<u8>,
    is_archive: bool,
    others: Vec<String>,
}

/// What became of one file of an upload.
#[derive(Debug)]
pub struct Imported {
    /// The name of the archive, where it was one.
    pub archive: Option<String>,
    /// One for a file; for an archive one for each file in it.
    pub outcomes: Vec<FileOutcome>,
    /// What an archive holds beside recordings.
    pub left_out: Vec<String>,
}

/// What became of an upload.
#[derive(Debug)]
pub enum Uploaded {
    /// A result for each file.
    Done(Vec<Imported>),
    /// A job is at work on it.
    Queued(JobId),
}

impl Upload {
    /// Whether no file has come.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl App {
    /// Adds a file to an upload.
    ///
    /// Errors: [`Error::TooLarge`] for a file above [`MAX_FILE`].
    pub async fn add_to_upload(
        &self,
        viewer: &Viewer,
        upload: &mut Upload,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<()> {
        viewer.may_write()?;
        if bytes.len() > MAX_FILE {
            return Err(Error::TooLarge(format!(
                "“{}” is larger than 50 MB, too large for one file.",
                text::one_line(name, 100)
            )));
        }
        upload.bytes += bytes.len();
        let is_archive = files::is_zip(&bytes);
        let opened = is_archive.then(|| files::entries(&bytes).ok()).flatten();
        upload.count += opened.as_ref().map_or(1, |archive| archive.entry_count());
        let others = opened.map(|archive| archive.others()).unwrap_or_default();
        upload.files.push(Received { name: text::one_line(name, 255), bytes, is_archive, others });
        if upload.count > FEW_FILES || upload.bytes > FEW_BYTES {
            self.put_by(viewer, upload).await?;
        }
        Ok(())
    }

    /// Imports the files for this athlete, at once or in a job.
    pub async fn finish_upload(
        &self,
        viewer: &Viewer,
        owner: UserId,
        mut upload: Upload,
    ) -> Result<Uploaded> {
        let mut tx = self.db().read().await?;
        let permitted = access::data(&mut tx, viewer, owner).await;
        drop(tx);
        if let Err(error) = permitted {
            self.give_up_upload(upload).await?;
            return Err(error);
        }
        if let Some((job, count)) = upload.job {
            let mut tx = self.db().write().await?;
            if !db::jobs::release(&mut tx, job, owner, count).await? {
                return Err(Error::Conflict {
                    code: "CONFLICT",
                    message: "The upload took too long. Send the files again.".into(),
                    field: None,
                });
            }
            tx.commit().await?;
            self.notify_worker();
            return Ok(Uploaded::Queued(job));
        }
        let mut done = Vec::new();
        for Received { name, bytes, is_archive, others } in upload.files.drain(..) {
            let outcomes = self.import_file(viewer, owner, &name, bytes).await?;
            done.push(Imported { archive: is_archive.then_some(name), outcomes, left_out: others });
        }
        Ok(Uploaded::Done(done))
    }

    /// Lets go of what was put by for an upload that is refused.
    pub async fn give_up_upload(&self, upload: Upload) -> Result<()> {
        if let Some((job, _)) = upload.job {
            let mut tx = self.db().write().await?;
            db::jobs::end(&mut tx, job, crate::domain::job::JobState::Cancelled, None, self.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Moves the files that are in memory to the job, which is made for the first.
    async fn put_by(&self, viewer: &Viewer, upload: &mut Upload) -> Result<()> {
        let until = self.now() + jobs::LEASE * 5;
        let mut tx = self.db().write().await?;
        let (id, mut position) = match upload.job {
            Some(job) => {
                db::jobs::extend(&mut tx, job.0, until).await?;
                job
            }
            None => {
                let job = self.new_job(viewer, viewer.user.id, JobKind::Import, 0, "{}".into());
                db::jobs::insert(&mut tx, &job, Some(until)).await?;
                (job.id, 0)
            }
        };
        if position as usize + upload.files.len() > MOST_FILES {
            return Err(Error::TooLarge(
                "At most 5,000 files at a time: put them into a zip archive.".into(),
            ));
        }
        for Received { name, bytes, .. } in upload.files.drain(..) {
            db::jobs::insert_file(&mut tx, id, &JobFile { position, name, bytes }).await?;
            position += 1;
        }
        tx.commit().await?;
        upload.job = Some((id, position));
        Ok(())
    }
}
