//! The one error type of the program. The pages show it as HTML, the API as JSON.

use std::borrow::Cow;

/// What is wrong with one field, in a sentence for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field's name in the form and in the API.
    pub field: Cow<'static, str>,
    /// `REQUIRED`, `INVALID`, `UNKNOWN_FIELD`, `NAME_TAKEN`, …: the codes of the API contract.
    pub code: &'static str,
    pub message: String,
}

impl Problem {
    /// A value that is there and wrong.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: "INVALID", message: message.into() }
    }

    /// A value that is missing.
    pub fn required(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: "REQUIRED", message: message.into() }
    }
}

/// Why something was not done. Nothing is half done when one of these comes back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong values: 400 in the API, 422 with the form filled in again on a page.
    #[error("{}", summary(.0))]
    Invalid(Vec<Problem>),
    /// No valid session or token: 401, or the way to the sign-in page.
    #[error("Sign in first.")]
    Unauthenticated,
    /// Email and password that do not belong together, in the API: 401. The same for every wrong pair.
    #[error("{}", super::accounts::WRONG_PAIR)]
    WrongPair,
    /// Something of the viewer's own organization that the viewer may not use: 403.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Nothing there, or nothing that this viewer may know of: 404.
    #[error("There is nothing at this address.")]
    NotFound,
    /// It clashes with what is there: 409.
    #[error("{message}")]
    Conflict { code: &'static str, message: String, field: Option<&'static str> },
    /// 413.
    #[error("{0}")]
    TooLarge(String),
    /// 415.
    #[error("{0}")]
    UnsupportedMedia(String),
    /// Too many attempts: 429 with `Retry-After` in seconds.
    #[error("Too many attempts. Try again {}.", in_words(*.retry_after))]
    RateLimited { retry_after: i64 },
    /// A fault of ours: 500. The chain goes to the log with an id, the id to the person.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What services return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One field that is wrong.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::invalid(field, message)])
    }

    /// A resource changed since the caller read it (`If-Match` no longer holds).
    pub fn stale() -> Self {
        Self::Conflict {
            code: "STALE",
            message: "This was changed by someone else in the meantime. Look at it again before you save."
                .into(),
            field: None,
        }
    }

    /// Refuses a change of a resource that is no longer in the version that the caller saw; who names none
    /// overwrites what is there.
    pub fn unless_stale(seen: Option<i64>, version: i64) -> Result<()> {
        if seen.is_some_and(|seen| seen != version) { Err(Self::stale()) } else { Ok(()) }
    }

    /// A fault that no one could have caused from outside.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The machine code of the API contract, for errors that are not about fields.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(problems) => problems.first().map_or("INVALID", |p| p.code),
            Self::Unauthenticated | Self::WrongPair => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict { code, .. } => code,
            Self::TooLarge(_) => "TOO_LARGE",
            Self::UnsupportedMedia(_) => "UNSUPPORTED_MEDIA",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Internal(_) => "INTERNAL",
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // PostgreSQL refuses U+0000 in any text (character_not_in_repertoire). Where a field's own rules let
        // one through, it is the caller's mistake, not a fault of ours.
        if error.as_database_error().and_then(|e| e.code()).as_deref() == Some("22021") {
            return Self::invalid("", "The text holds a character that cannot be stored.");
        }
        Self::Internal(Box::new(error))
    }
}

fn summary(problems: &[Problem]) -> String {
    match problems {
        [one] => one.message.clone(),
        many => format!("{} things need fixing.", many.len()),
    }
}

fn in_words(seconds: i64) -> String {
    match seconds {
        ..=60 => "in a minute".into(),
        61..=3540 => format!("in {} minutes", (seconds + 59) / 60),
        _ => "in an hour".into(),
    }
}
