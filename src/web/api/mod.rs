//! The JSON API under `/api/v1`. Bearer tokens only: no cookie authenticates a call, so none can be forged
//! across sites.

pub mod activities;
pub mod analytics;
pub mod auth;
mod document;
pub mod error;
pub mod extract;
pub mod group_stats;
pub mod groups;
pub mod idempotency;
pub mod invitations;
pub mod jobs;
pub mod join_requests;
pub mod me;
pub mod members;
pub mod organizations;
pub mod paging;
pub mod tokens;
pub mod uploads;

use std::sync::LazyLock;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::error::ApiError;
use super::Site;
use crate::app::Error;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Harrier",
        version = "1",
        description = "JSON in, JSON out. Metres, seconds, ISO 8601 dates and instants, unless a field says otherwise. \
            Every call but those marked open takes `Authorization: Bearer TOKEN`; make a token under Settings."
    ),
    servers((url = "/api/v1"))
)]
struct Document;

fn v1() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(me::show))
        .merge(auth::routes())
        .merge(tokens::routes())
        .merge(members::routes())
        .merge(organizations::routes())
        .merge(invitations::routes())
        .merge(groups::routes())
        .merge(group_stats::routes())
        .merge(join_requests::routes())
        .merge(activities::routes())
        .merge(uploads::routes())
        .merge(jobs::routes())
        .merge(analytics::routes())
}

/// The OpenAPI document, generated from the handlers' own types when somebody asks first.
pub fn document() -> &'static serde_json::Value {
    static DOCUMENT: LazyLock<serde_json::Value> = LazyLock::new(|| {
        let mut document = serde_json::to_value(v1().into_openapi()).unwrap_or_default();
        document::complete(&mut document);
        document
    });
    &DOCUMENT
}

/// The routes below `/api`.
pub fn routes(site: Site) -> Router<Site> {
    let (v1, _) = v1().split_for_parts();
    let v1 = v1
        .route("/openapi.json", axum::routing::get(async || json_text(document().to_string())))
        .fallback(async || ApiError(Error::NotFound))
        .method_not_allowed_fallback(async || {
            (StatusCode::METHOD_NOT_ALLOWED, ApiError(Error::NotFound)).into_response()
        });
    Router::new()
        .nest("/v1", v1)
        .fallback(async || ApiError(Error::NotFound))
        .layer(from_fn_with_state(site.clone(), idempotency::layer))
        .layer(from_fn_with_state(site.app, error::finish))
}

fn json_text(text: String) -> Response {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response()
}
