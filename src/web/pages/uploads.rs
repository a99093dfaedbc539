//! Uploading recordings, and the page of the job that works on a large upload.

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::app::imports::{FileOutcome, Outcome};
use crate::app::jobs::Job;
use crate::app::profile::Profile;
use crate::app::uploads::{Imported, MAX_FILE, MAX_UPLOAD, Upload, Uploaded};
use crate::app::{App, Error, Viewer};
use crate::domain::ids::{ActivityId, JobId, UserId};
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    // The form around the files takes a little room of its own.
    let limit = DefaultBodyLimit::max(MAX_UPLOAD + (1 << 20));
    Router::new()
        .route("/activities", get(index).post(create).layer(limit))
        .route("/activities/new", get(new))
        .route("/jobs/{id}", get(job))
        .route("/jobs/{id}/cancellation", post(cancel))
}

/// For whom something is added: an athlete of the viewer's, or the viewer.
#[derive(Debug, Default, Deserialize)]
pub struct For {
    #[serde(default)]
    pub athlete: String,
}

/// An athlete for whom a coach adds something.
#[derive(Debug, Clone)]
pub struct Athlete {
    pub id: UserId,
    pub name: String,
    pub timezone: String,
}

impl For {
    /// The athlete, where it is not the viewer; an error where the viewer may not add anything for them.
    pub async fn athlete(&self, app: &App, viewer: &Viewer) -> Result<Option<Athlete>, Error> {
        if self.athlete.is_empty() {
            return Ok(None);
        }
        let id: UserId = self.athlete.parse().map_err(|_| Error::NotFound)?;
        if id == viewer.user.id {
            return Ok(None);
        }
        let Profile { display_name, timezone, visible_from, .. } = app.athlete_profile(viewer, id).await?;
        match visible_from {
            Some(_) => Ok(Some(Athlete { id, name: display_name, timezone })),
            None => Err(Error::Forbidden("This athlete has not agreed to be seen yet.")),
        }
    }
}

/// What the address of the next form carries.
pub fn query_of(athlete: Option<&Athlete>) -> String {
    athlete.map(|athlete| format!("?athlete={}", athlete.id)).unwrap_or_default()
}

/// What became of one file, as it is shown.
pub struct Told {
    pub file: String,
    /// The same, with its middle left out where it is long.
    pub short: String,
    pub word: &'static str,
    /// The shape of the mark: `good`, `none` or `urgent`.
    pub mark: &'static str,
    pub message: String,
    pub activities: Vec<ActivityId>,
    /// Of a further recording of an outing: the one that counts.
    pub duplicate_of: Option<ActivityId>,
}

impl Told {
    fn of(archive: Option<&str>, outcome: &FileOutcome) -> Self {
        let counted = outcome.duplicate_of.filter(|_| outcome.outcome == Outcome::Created);
        let said = outcome.message.clone().unwrap_or_default();
        let message = match (said.is_empty(), counted) {
            (true, Some(_)) => {
                "Another recording of a run that is here already. Only one of the two counts.".into()
            }
            _ => said,
        };
        let file = match archive {
            // What is said of the archive as a whole has its name already.
            Some(archive) if archive != outcome.file => within(archive, &outcome.file),
            _ => outcome.file.clone(),
        };
        Self {
            short: middle_out(&file, LONGEST_SHOWN),
            file,
            word: outcome.outcome.label(),
            mark: match outcome.outcome {
                Outcome::Created => "good",
                Outcome::Duplicate => "none",
                Outcome::Refused => "urgent",
            },
            message,
            activities: outcome.activity_ids.clone(),
            duplicate_of: counted,
        }
    }

    fn all(outcomes: &[FileOutcome]) -> Vec<Self> {
        outcomes.iter().map(|outcome| Self::of(None, outcome)).collect()
    }

    /// One line for what an archive holds beside recordings.
    fn left_out(archive: &str, others: &[String]) -> Option<Self> {
        let first = others.first()?;
        let (file, message) = match others.len() {
            1 => (within(archive, first), "It is no recording.".to_owned()),
            count => {
                let mut names =
                    others.iter().take(3).map(|n| middle_out(n, 40)).collect::<Vec<_>>().join(", ");
                if count > 3 {
                    names.push_str(&format!(" and {} more", count - 3));
                }
                (archive.to_owned(), format!("{count} files that are no recordings: {names}."))
            }
        };
        Some(Self {
            short: middle_out(&file, LONGEST_SHOWN),
            file,
            word: "Left out",
            mark: "none",
            message,
            activities: Vec::new(),
            duplicate_of: None,
        })
    }

    fn imported(done: &[Imported]) -> Vec<Self> {
        let mut told = Vec::new();
        for file in done {
            let archive = file.archive.as_deref();
            told.extend(file.outcomes.iter().map(|outcome| Self::of(archive, outcome)));
            told.extend(archive.and_then(|archive| Self::left_out(archive, &file.left_out)));
        }
        told
    }
}

/// Characters of a file's name in a list.
const LONGEST_SHOWN: usize = 56;

/// A file of an archive.
fn within(archive: &str, file: &str) -> String {
    format!("{archive} › {file}")
}

/// A text of at most `most` characters: beginning and end of a longer one. The end of a path tells most.
fn middle_out(text: &str, most: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= most {
        return text.to_owned();
    }
    let head = most / 3;
    let tail = most - head - 1;
    all[..head].iter().chain(&['…']).chain(&all[all.len() - tail..]).collect()
}

/// "3 added, 1 already there, 2 not added, 1 left out".
fn tally<'a>(outcomes: impl Iterator<Item = &'a FileOutcome>, left_out: usize) -> String {
    let kinds: Vec<Outcome> = outcomes.map(|outcome| outcome.outcome).collect();
    let count = |kind: Outcome| kinds.iter().filter(|found| **found == kind).count();
    let parts = [
        (count(Outcome::Created), "added"),
        (count(Outcome::Duplicate), "already there"),
        (count(Outcome::Refused), "not added"),
        (left_out, "left out"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    said.join(", ")
}

#[derive(Template)]
#[template(path = "activities/new.html", blocks = ["upload"])]
pub struct New {
    pub athlete: Option<Athlete>,
    /// `?athlete=usr_…`, or nothing.
    pub query: String,
    /// What is wrong with the files that were chosen.
    pub problem: Option<String>,
    pub tally: String,
    pub results: Vec<Told>,
}
view!(New, "upload" => as_upload);

fn page(athlete: Option<Athlete>, problem: Option<String>, tally: String, results: Vec<Told>) -> Page {
    let place = if athlete.is_some() { Place::Athletes } else { Place::Upload };
    let title = match &athlete {
        Some(athlete) => format!("Upload for {}", athlete.name),
        None => "Upload recordings".to_owned(),
    };
    let query = query_of(athlete.as_ref());
    let view = New { athlete, query, problem, tally, results };
    Page::new(title, view).at(place)
}

/// The form with what is wrong with the files.
fn refused(athlete: Option<Athlete>, problem: String) -> Page {
    page(athlete, Some(problem), String::new(), Vec::new()).unprocessable()
}

/// `GET /activities`: one's own list.
async fn index(SignedIn(_): SignedIn) -> Done {
    Done::to("/me/activities")
}

/// `GET /activities/new`
pub async fn new(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(whom): Query<For>,
) -> Result<Page, Failure> {
    let athlete = whom.athlete(&app, &viewer).await?;
    Ok(page(athlete, None, String::new(), Vec::new()))
}

/// `POST /activities`: files, each in a part called `file`.
pub async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(whom): Query<For>,
    parts: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Result<Done, Page>, Failure> {
    let athlete = whom.athlete(&app, &viewer).await?;
    let Ok(parts) = parts else {
        let problem = "Choose the files of your recordings, then upload them.".to_owned();
        return Ok(Err(refused(athlete, problem)));
    };
    let mut upload = Upload::default();
    let too_large = match receive(&app, &viewer, &mut upload, parts).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            app.give_up_upload(upload).await?;
            return match error {
                Error::Invalid(_) => Ok(Err(refused(athlete, error.to_string()))),
                Error::TooLarge(problem) => {
                    let status = axum::http::StatusCode::PAYLOAD_TOO_LARGE;
                    Ok(Err(refused(athlete, problem).status(status)))
                }
                error => Err(error.into()),
            };
        }
    };
    if upload.is_empty() && too_large.is_empty() {
        let problem = "Choose at least one file first.".to_owned();
        return Ok(Err(refused(athlete, problem)));
    }
    let owner = athlete.as_ref().map_or(viewer.user.id, |athlete| athlete.id);
    match app.finish_upload(&viewer, owner, upload).await? {
        Uploaded::Queued(job) => Ok(Ok(Done::to(format!("/jobs/{job}")))),
        Uploaded::Done(mut done) => {
            if !too_large.is_empty() {
                done.push(Imported { archive: None, outcomes: too_large, left_out: Vec::new() });
            }
            if let [Imported { outcomes, left_out, .. }] = done.as_slice()
                && let ([only], true) = (outcomes.as_slice(), left_out.is_empty())
                && let (Outcome::Created, [id], None) =
                    (only.outcome, only.activity_ids.as_slice(), only.duplicate_of)
            {
                return Ok(
                    Ok(Done::to(format!("/activities/{id}")).say(format!("{} was added.", only.file))),
                );
            }
            let left_out = done.iter().map(|file| file.left_out.len()).sum();
            let told = tally(done.iter().flat_map(|file| &file.outcomes), left_out);
            Ok(Err(page(athlete, None, told, Told::imported(&done))))
        }
    }
}

/// Reads the files as they come in, one at a time. One that is too large is left out and told of.
async fn receive(
    app: &App,
    viewer: &Viewer,
    upload: &mut Upload,
    mut parts: Multipart,
) -> Result<Vec<FileOutcome>, Error> {
    let mut refused = Vec::new();
    while let Some(mut part) = parts.next_field().await.map_err(broken)? {
        let name = part.file_name().unwrap_or_default().to_owned();
        if part.name() != Some("file") || name.is_empty() {
            continue;
        }
        let mut bytes = Vec::new();
        let mut is_too_large = false;
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            is_too_large = is_too_large || bytes.len() + chunk.len() > MAX_FILE;
            if is_too_large {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_too_large {
            refused.push(FileOutcome {
                file: name,
                outcome: Outcome::Refused,
                activity_ids: Vec::new(),
                duplicate_of: None,
                code: Some("TOO_LARGE".to_owned()),
                message: Some("It is larger than 50 MB.".to_owned()),
            });
        } else {
            app.add_to_upload(viewer, upload, &name, bytes).await?;
        }
    }
    Ok(refused)
}

fn broken(error: MultipartError) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge("That is more than 1 GB at once. Send the files in several goes.".to_owned());
    }
    Error::invalid("file", "The upload broke off. Send the files again.")
}

#[derive(Template)]
#[template(path = "jobs/show.html", blocks = ["job"])]
pub struct JobView {
    pub id: JobId,
    pub kind: &'static str,
    pub athlete: Option<String>,
    pub state: &'static str,
    pub is_over: bool,
    pub done: i64,
    pub total: i64,
    pub total_at_least_one: i64,
    pub message: String,
    pub created_at: i64,
    pub back: String,
    pub tally: String,
    pub results: Vec<Told>,
}
view!(JobView, "job" => as_job);

/// `GET /jobs/{id}`
pub async fn job(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<JobId>,
) -> Result<Page, Failure> {
    let job: Job = app.job(&viewer, id).await?;
    let is_own = job.subject_id == viewer.user.id;
    let athlete = match is_own {
        true => None,
        false => Some(app.athlete_profile(&viewer, job.subject_id).await?.display_name),
    };
    let view = JobView {
        id,
        kind: job.kind.label(),
        athlete,
        state: job.state.label(),
        is_over: job.state.is_over(),
        done: job.done,
        total: job.total.max(job.done),
        total_at_least_one: job.total.max(job.done).max(1),
        message: job.message.clone().unwrap_or_default(),
        created_at: job.created_at,
        back: match is_own {
            true => "/me/activities".to_owned(),
            false => format!("/athletes/{}/activities", job.subject_id),
        },
        tally: tally(job.results.iter(), 0),
        results: Told::all(&job.results),
    };
    Ok(Page::new(job.kind.label(), view).at(if is_own { Place::Upload } else { Place::Athletes }))
}

/// `POST /jobs/{id}/cancellation`
pub async fn cancel(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<JobId>,
) -> Result<Done, Failure> {
    app.cancel_job(&viewer, id).await?;
    Ok(Done::to(format!("/jobs/{id}")).say("Stopped. What was done by then stays."))
}
