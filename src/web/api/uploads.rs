//! Uploads of recordings.

use axum::Json;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::activities::user_of;
use super::error::ApiError;
use super::extract::Caller;
use crate::app::imports::{FileOutcome, Outcome};
use crate::app::uploads::{MAX_FILE, MAX_UPLOAD, Upload, Uploaded};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::{ActivityId, JobId};
use crate::web::Site;

/// The calls of this file, with a body limit of their own.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(create)).layer(DefaultBodyLimit::max(MAX_UPLOAD))
}

/// What became of one file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FileResult {
    file: String,
    /// `created`, `duplicate` (the same recording is there; nothing was stored) or `refused`.
    #[schema(value_type = String)]
    outcome: Outcome,
    #[schema(value_type = Option<String>)]
    activity_id: Option<ActivityId>,
    /// For a duplicate what it repeats; for another recording of an outing the one that counts.
    #[schema(value_type = Option<String>)]
    duplicate_of: Option<ActivityId>,
    /// Why it was refused, for programs.
    code: Option<String>,
    message: Option<String>,
}

impl From<FileOutcome> for FileResult {
    fn from(outcome: FileOutcome) -> Self {
        Self {
            activity_id: outcome.activity_id(),
            file: outcome.file,
            outcome: outcome.outcome,
            duplicate_of: outcome.duplicate_of,
            code: outcome.code,
            message: outcome.message,
        }
    }
}

/// A result for each file, those within archives included.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UploadAnswer {
    results: Vec<FileResult>,
    created: usize,
    duplicates: usize,
    refused: usize,
}

/// A large upload goes on in a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobAnswer {
    #[schema(value_type = String)]
    job_id: JobId,
}

/// The form: `file`, once or several times, and `user_id` for a coach.
#[derive(Debug, utoipa::ToSchema)]
#[allow(dead_code, reason = "describes the form in the document")]
pub struct UploadForm {
    #[schema(format = Binary)]
    file: Vec<String>,
    user_id: Option<String>,
}

/// Uploads FIT, TCX and GPX files, each also gzipped, and zip archives of them.
#[utoipa::path(post, path = "/activities/upload", tag = "Activities",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 200, body = UploadAnswer), (status = 202, body = JobAnswer)))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let form = form.map_err(|_| Error::UnsupportedMedia("Send the files as multipart/form-data.".into()))?;
    let mut upload = Upload::default();
    let owner = match read(&app, &viewer, form, &mut upload).await {
        Ok(owner) => owner,
        Err(error) => {
            app.give_up_upload(upload).await?;
            return Err(error.into());
        }
    };
    let results = match app.finish_upload(&viewer, owner, upload).await? {
        Uploaded::Queued(job_id) => {
            return Ok((StatusCode::ACCEPTED, Json(JobAnswer { job_id })).into_response());
        }
        Uploaded::Done(files) => files.into_iter().flat_map(|file| file.outcomes).collect::<Vec<_>>(),
    };
    let count = |outcome| results.iter().filter(|r| r.outcome == outcome).count();
    let (created, duplicates, refused) =
        (count(Outcome::Created), count(Outcome::Duplicate), count(Outcome::Refused));
    let results = results.into_iter().map(FileResult::from).collect();
    Ok(Json(UploadAnswer { results, created, duplicates, refused }).into_response())
}

/// Takes the form's files in one after the other and returns whose they are.
async fn read(
    app: &App,
    viewer: &Viewer,
    mut form: Multipart,
    upload: &mut Upload,
) -> Result<crate::domain::ids::UserId, Error> {
    let mut owner = viewer.user.id;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {
                let name = field.file_name().unwrap_or("file").to_owned();
                let bytes = content(&mut field, MAX_FILE).await?;
                app.add_to_upload(viewer, upload, &name, bytes).await?;
            }
            Some("user_id") => {
                let text = content(&mut field, 100).await?;
                owner = user_of(std::str::from_utf8(&text).ok(), viewer.user.id)?;
            }
            other => {
                let field = other.unwrap_or_default().to_owned();
                let message = format!("There is no field “{field}”.");
                return Err(Error::Invalid(vec![Problem {
                    field: field.into(),
                    code: "UNKNOWN_FIELD",
                    message,
                }]));
            }
        }
    }
    if upload.is_empty() {
        return Err(Error::Invalid(vec![Problem::required("file", "Send at least one file.")]));
    }
    Ok(owner)
}

/// The bytes of a part, never more than `most`.
async fn content(field: &mut Field<'_>, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(Error::TooLarge("A file has at most 50 MB.".into()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge("An upload has at most 1 GB.".into());
    }
    Error::Invalid(vec![Problem {
        field: "".into(),
        code: "MALFORMED",
        message: "The form breaks off or is not valid multipart/form-data.".into(),
    }])
}
