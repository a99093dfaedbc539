//! Errors as JSON: `{"error": "…", "details": {"code", "field", "fields"}}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::{App, Error};
use crate::web::{error::status, page::chain};

/// An error of the API.
#[derive(Debug)]
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Body {
    /// What went wrong, for a person.
    error: String,
    details: Details,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Details {
    /// The machine code.
    code: &'static str,
    /// The field at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Every field at fault, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    /// The id of the entry in the log, for a fault of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Field {
    field: String,
    code: &'static str,
    message: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = answer(&self.0, None);
        // `finish` gives a fault of ours its id and writes it to the log.
        if matches!(self.0, Error::Internal(_)) {
            response.extensions_mut().insert(Arc::new(self.0));
        }
        response
    }
}

/// Logs faults of ours, each with an id that the caller gets too.
pub async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Arc<Error>>() {
        None => response,
        Some(error) => {
            let id = app.uuid().simple().to_string();
            tracing::error!(id, error = %chain(&error), "internal error");
            answer(&error, Some(id))
        }
    }
}

fn answer(error: &Error, id: Option<String>) -> Response {
    let mut details = Details { code: error.code(), field: None, fields: Vec::new(), id };
    let mut code = status(error);
    match error {
        Error::Invalid(problems) => {
            code = StatusCode::BAD_REQUEST;
            match problems.as_slice() {
                [one] => details.field = Some(one.field.to_string()).filter(|f| !f.is_empty()),
                many => {
                    details.fields = many
                        .iter()
                        .map(|p| Field {
                            field: p.field.to_string(),
                            code: p.code,
                            message: p.message.clone(),
                        })
                        .collect();
                }
            }
        }
        Error::Conflict { field, .. } => details.field = field.map(str::to_owned),
        _ => {}
    }
    let mut response = (code, Json(Body { error: error.to_string(), details })).into_response();
    match error {
        Error::RateLimited { retry_after } => {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        Error::Unauthenticated | Error::WrongPair => {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}
