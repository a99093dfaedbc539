//! `Idempotency-Key`: a retry of a POST answers what the first call answered. An answer that carries a secret
//! is never stored; its retry gets 409 with the id of what the first call made.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::error::ApiError;
use super::extract::Bearer;
use crate::app::idempotency::Claim;
use crate::app::secrets::hex;
use crate::app::{App, Error};
use crate::web::{BODY_LIMIT, Site};

/// Marks an answer that carries a secret, by the id of what was made.
#[derive(Debug, Clone)]
pub struct CarriesSecret(pub String);

/// Wraps every call of the API.
pub async fn layer(State(site): State<Site>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").map(|v| v.to_str().unwrap_or_default().to_owned());
    match key {
        Some(key) if request.method() == Method::POST => match keyed(&site, key, request, next).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        },
        _ => next.run(request).await,
    }
}

async fn keyed(site: &Site, key: String, request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    // Without a caller there is nobody whose key it could be: the open calls are as they are.
    let Ok(Bearer(viewer)) = Bearer::from_request_parts(&mut parts, site).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    // The open calls answer with tokens for a password: neither of them is kept in any form. A caller who may
    // not write gets no stored answer either.
    let path = parts.uri.path();
    let is_open = path.contains("/auth/") && !path.ends_with("/auth/tokens");
    if is_open || viewer.may_write().is_err() {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let user = viewer.user.id;
    let mut hash = Sha256::new();
    // A key belongs to the token it came with: another token's answer may hold more than this one may see.
    hash.update(format!("{:?}", viewer.via));
    hash.update(parts.uri.path_and_query().map_or("", |p| p.as_str()));
    let is_upload = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().to_ascii_lowercase().starts_with(b"multipart/"));
    let body = if is_upload {
        // Not read into memory: a retry differs in its boundary anyway, and is told by its length.
        hash.update(parts.headers.get(header::CONTENT_LENGTH).map_or(&b""[..], HeaderValue::as_bytes));
        body
    } else {
        let bytes =
            to_bytes(body, BODY_LIMIT).await.map_err(|_| Error::TooLarge("The body is too large.".into()))?;
        hash.update(&bytes);
        Body::from(bytes)
    };
    match site.app.claim_key(user, &key, &hex(&hash.finalize())).await? {
        Claim::Answered(status, body) => Ok(stored(status, body)),
        Claim::First => {
            let response = next.run(Request::from_parts(parts, body)).await;
            keep(&site.app, user, &key, response).await
        }
    }
}

async fn keep(
    app: &App,
    user: crate::domain::ids::UserId,
    key: &str,
    response: Response,
) -> Result<Response, ApiError> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        app.forget_key(user, key).await?;
        return Ok(response);
    }
    if let Some(CarriesSecret(id)) = response.extensions().get::<CarriesSecret>() {
        let body = json!({
            "error": "The first request with this Idempotency-Key was done; its secret is shown only once.",
            "details": { "code": "CONFLICT", "id": id }
        });
        app.keep_answer(user, key, StatusCode::CONFLICT.as_u16(), &body.to_string()).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes: Bytes = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    app.keep_answer(user, key, status.as_u16(), &String::from_utf8_lossy(&bytes)).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn stored(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
