//! Jobs: work that goes on after its request was answered.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Caller, Id};
use super::paging::instant;
use super::uploads::FileResult;
use crate::app::App;
use crate::app::jobs::Job;
use crate::domain::ids::JobId;
use crate::domain::job::{JobKind, JobState};
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(show, destroy))
}

/// A job and how far it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobShape {
    #[schema(value_type = String)]
    job_id: JobId,
    /// `import` or `loads`.
    #[schema(value_type = String)]
    kind: JobKind,
    /// `queued`, `running`, `done`, `failed`, `cancelled`.
    #[schema(value_type = String)]
    state: JobState,
    done: i64,
    total: i64,
    /// Of an import: what became of each file so far.
    results: Vec<FileResult>,
    /// Why it failed.
    message: Option<String>,
    created_at: String,
    finished_at: Option<String>,
}

impl From<Job> for JobShape {
    fn from(job: Job) -> Self {
        Self {
            job_id: job.id,
            kind: job.kind,
            state: job.state,
            done: job.done,
            total: job.total,
            results: job.results.into_iter().map(FileResult::from).collect(),
            message: job.message,
            created_at: instant(job.created_at),
            finished_at: job.finished_at.map(instant),
        }
    }
}

/// A job and how far it is.
#[utoipa::path(get, path = "/jobs/{job_id}", tag = "Jobs", params(("job_id" = String, Path)),
    responses((status = 200, body = JobShape)))]
async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<JobId>,
) -> Result<Json<JobShape>, ApiError> {
    Ok(Json(app.job(&viewer, id).await?.into()))
}

/// Cancels a job. What it has done stays done.
#[utoipa::path(delete, path = "/jobs/{job_id}", tag = "Jobs", params(("job_id" = String, Path)),
    responses((status = 200, body = JobShape)))]
async fn destroy(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<JobId>,
) -> Result<Json<JobShape>, ApiError> {
    Ok(Json(app.cancel_job(&viewer, id).await?.into()))
}
