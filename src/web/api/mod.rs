//! The JSON API under `/api/v1`. Bearer tokens only: no cookie authenticates a call, so none can be forged
//! across sites.

pub mod error;
pub mod extract;
pub mod me;

use axum::Router;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::error::ApiError;
use super::Site;
use crate::app::Error;

#[derive(OpenApi)]
#[openapi(info(title = "Harrier", description = "The HTTP API of Harrier."))]
struct Document;

/// The routes below `/api`, with the OpenAPI document that is generated from the handlers' own types.
pub fn routes(site: Site) -> Router<Site> {
    let (v1, document) =
        OpenApiRouter::<Site>::with_openapi(Document::openapi()).routes(routes!(me::show)).split_for_parts();
    let document = document.to_pretty_json().unwrap_or_default();
    let v1 = v1
        .route("/openapi.json", axum::routing::get(move || std::future::ready(json_text(document.clone()))));
    let _ = site;
    Router::new().nest("/v1", v1).fallback(async || ApiError(Error::NotFound))
}

fn json_text(text: String) -> Response {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response()
}
