//! Why a file was not taken in.

use std::borrow::Cow;

/// A file that was not read, with a sentence for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The file is empty.")]
    Empty,
    /// More bytes, points or entries than is sane for one outing, before or after unpacking.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// Not a format that is read here.
    #[error("{0}")]
    Unsupported(Cow<'static, str>),
    /// The right format by its name or its first bytes, and broken beyond use.
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    /// A sound file that records no outing: a route, a workout, the settings of a watch.
    #[error("{0}")]
    NotAnActivity(Cow<'static, str>),
    /// An activity whose figures cannot be true.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
}

impl Refusal {
    /// The stable word for programs, one of the codes of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::TooLarge(_) => "TOO_LARGE",
            Self::Unsupported(_) => "UNSUPPORTED_MEDIA",
            Self::Malformed(_) => "MALFORMED",
            Self::NotAnActivity(_) => "NOT_AN_ACTIVITY",
            Self::Invalid(_) => "INVALID",
        }
    }
}
