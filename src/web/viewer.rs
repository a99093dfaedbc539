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

/// An id in the path of a page; one of another kind or form is "not found".
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr + Send> FromRequestParts<S> for PathId<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|p| p.0.parse().ok()).map(Self).ok_or(Failure(Error::NotFound))
    }
}

/// Two ids in the path of a page.
#[derive(Debug)]
pub struct PathIds<A, B>(pub A, pub B);

impl<S, A, B> FromRequestParts<S> for PathIds<A, B>
where
    S: Send + Sync,
    A: std::str::FromStr + Send,
    B: std::str::FromStr + Send,
{
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let texts = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        let parse =
            |p: axum::extract::Path<(String, String)>| Some(Self(p.0.0.parse().ok()?, p.0.1.parse().ok()?));
        texts.ok().and_then(parse).ok_or(Failure(Error::NotFound))
    }
}
