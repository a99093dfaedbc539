//! Who is calling: extractors that handlers name in their arguments. A handler without one is public, and
//! the access matrix in the tests lists every route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::Failure;
use crate::app::{Error, Viewer};

/// A person signed in on the pages.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Viewer);

/// A person signed in on the pages, or nobody.
#[derive(Debug, Clone)]
pub struct MaybeSignedIn(pub Option<Viewer>);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Viewer>().cloned().map(SignedIn).ok_or(Failure(Error::Unauthenticated))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSignedIn {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Viewer>().cloned()))
    }
}
