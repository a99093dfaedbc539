//! The query of a page's address.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Failure;
use crate::app::Error;

/// What stands behind the question mark. What cannot be read is a page that says so, like every mistake.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = axum_extra::extract::Query::<T>::from_request_parts(parts, state).await;
        let wrong = || {
            Error::invalid("", "This address cannot be read: a part of it stands there twice or is broken.")
        };
        read.map(|query| Self(query.0)).map_err(|_| Failure(wrong()))
    }
}
