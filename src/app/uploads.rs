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
    files: Vec<(String, Vec<u8>)>,
    /// Files that were put by for a job.
    job: Option<(JobId, i64)>,
    /// Files, those within archives included, and bytes so far.
    count: usize,
    bytes: usize,
}

/// What became of an upload.
#[derive(Debug)]
pub enum Uploaded {
    /// A result for each file.
    Done(Vec<FileOutcome>),
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
        upload.count += match files::is_zip(&bytes) {
            true => files::entries(&bytes).map_or(1, |archive| archive.entry_count()),
            false => 1,
        };
        upload.files.push((text::one_line(name, 255), bytes));
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
        let mut outcomes = Vec::new();
        for (name, bytes) in upload.files.drain(..) {
            outcomes.extend(self.import_file(viewer, owner, &name, bytes).await?);
        }
        Ok(Uploaded::Done(outcomes))
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
        for (name, bytes) in upload.files.drain(..) {
            db::jobs::insert_file(&mut tx, id, &JobFile { position, name, bytes }).await?;
            position += 1;
        }
        tx.commit().await?;
        upload.job = Some((id, position));
        Ok(())
    }
}
