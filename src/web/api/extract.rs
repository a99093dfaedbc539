//! What API handlers take: the caller, and bodies and queries that answer mistakes as the contract says.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::app::{Error, Problem, Viewer};
use crate::web::Site;

/// The owner of the bearer token. Unsafe methods need the scope `write`.
#[derive(Debug, Clone)]
pub struct Caller(pub Viewer);

/// The owner of the bearer token, whatever its scopes: a token may always give itself back.
#[derive(Debug, Clone)]
pub struct Bearer(pub Viewer);

impl FromRequestParts<Site> for Bearer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        // Of a request whose caller is known by now: see `idempotency`. Only this extractor makes one.
        if let Some(known) = parts.extensions.get::<Bearer>() {
            return Ok(known.clone());
        }
        let secret = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim())
            .ok_or(Error::Unauthenticated)?;
        let bearer = Self(site.app.token_viewer(secret).await?);
        parts.extensions.insert(bearer.clone());
        Ok(bearer)
    }
}

impl FromRequestParts<Site> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        let Bearer(viewer) = Bearer::from_request_parts(parts, site).await?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            viewer.may_write()?;
        }
        Ok(Self(viewer))
    }
}

/// A JSON body. Types that derive `Deserialize` for it carry `deny_unknown_fields`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError(body_error(&rejection))),
        }
    }
}

fn body_error(rejection: &JsonRejection) -> Error {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Error::UnsupportedMedia("Send JSON with Content-Type: application/json.".into())
        }
        JsonRejection::JsonDataError(e) => {
            let text = std::error::Error::source(e).map_or_else(|| e.to_string(), ToString::to_string);
            let named = |start: &str| {
                text.split_once(start).and_then(|(_, r)| r.split('`').next()).map(str::to_owned)
            };
            if let Some(field) = named("unknown field `") {
                let message = format!("There is no field “{field}”.");
                return Error::Invalid(vec![Problem { field: field.into(), code: "UNKNOWN_FIELD", message }]);
            }
            if let Some(field) = named("missing field `") {
                return Error::Invalid(vec![Problem::required(
                    field.clone(),
                    format!("“{field}” is missing."),
                )]);
            }
            // serde_path_to_error puts the field's path first.
            let field = text.split_once(": ").map_or("", |(path, _)| path).to_owned();
            Error::invalid(field, format!("A value has the wrong type or is none of those known: {text}."))
        }
        JsonRejection::BytesRejection(_) => Error::TooLarge("The body is too large.".into()),
        _ => Error::Invalid(vec![Problem {
            field: "".into(),
            code: "MALFORMED",
            message: "The body is not valid JSON.".into(),
        }]),
    }
}

/// The query, with mistakes answered as the contract says.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum_extra::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum_extra::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError(Error::invalid("", rejection.body_text()))),
        }
    }
}

/// An id in the path; one of another kind or form is 404.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|p| p.0.parse().ok()).map(Self).ok_or(ApiError(Error::NotFound))
    }
}

/// Two ids in the path, such as an organization's and a member's; one of another kind or form is 404.
#[derive(Debug)]
pub struct Ids<A, B>(pub A, pub B);

impl<S, A, B> FromRequestParts<S> for Ids<A, B>
where
    S: Send + Sync,
    A: std::str::FromStr + Send,
    B: std::str::FromStr + Send,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let texts = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        let parse =
            |p: axum::extract::Path<(String, String)>| Some(Self(p.0.0.parse().ok()?, p.0.1.parse().ok()?));
        texts.ok().and_then(parse).ok_or(ApiError(Error::NotFound))
    }
}
