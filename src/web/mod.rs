//! HTTP: `pages` for HTML, `api` for JSON. This file is the site map.

pub mod api;
pub mod assets;
pub mod charts;
mod chrome;
mod download;
pub mod error;
pub mod filters;
pub mod guard;
pub mod page;
pub mod pages;
pub mod query;
pub mod sessions;
pub mod viewer;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

use crate::app::App;

pub use download::download;
pub use guard::Proxies;

/// What the web layer needs beside the product.
#[derive(Debug, Clone)]
pub struct Site {
    pub app: App,
    /// Whose forwarded addresses count.
    pub proxies: Proxies,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> App {
        site.app.clone()
    }
}

/// Forms and JSON bodies are small; uploads set their own limit.
pub const BODY_LIMIT: usize = 1 << 20;

/// The whole site.
pub fn router(site: Site) -> Router {
    let pages = pages::routes()
        .layer(from_fn_with_state(site.clone(), page::finish))
        .layer(sessions::layer(&site.app))
        .layer(CsrfLayer::new());
    let api = api::routes(site.clone());
    Router::new()
        .merge(pages)
        .nest("/api", api)
        .route("/assets/{file}", get(assets::serve))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(from_fn(guard::headers))
        .layer(from_fn_with_state(site.clone(), guard::source))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(site)
}

/// A fault of ours that nothing else caught. The panic itself is in the log.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    let said = "Something went wrong on our side. It has been written down.\n";
    (axum::http::StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
}

async fn ready(
    axum::extract::State(app): axum::extract::State<App>,
) -> (axum::http::StatusCode, &'static str) {
    if app.is_ready().await {
        (axum::http::StatusCode::OK, "ready\n")
    } else {
        (axum::http::StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}

/// The OpenAPI document, for the page that shows it: `pages` and `api` do not know each other.
fn openapi() -> &'static serde_json::Value {
    api::document()
}
