//! A person's own bearer tokens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Body, Caller, Id};
use super::idempotency::CarriesSecret;
use super::paging::{instant, parse_instant};
use crate::app::access_tokens::NewToken;
use crate::app::tokens::Token;
use crate::app::{App, Error};
use crate::domain::ids::TokenId;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// A token, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenShape {
    token_id: String,
    name: String,
    /// `read`, `write`.
    scopes: Vec<&'static str>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

impl From<Token> for TokenShape {
    fn from(token: Token) -> Self {
        Self {
            token_id: token.id.to_string(),
            name: token.name,
            scopes: if token.can_write { vec!["read", "write"] } else { vec!["read"] },
            created_at: instant(token.created_at),
            expires_at: token.expires_at.map(instant),
            last_used_at: token.last_used_at.map(instant),
        }
    }
}

/// A token that was just made, with its secret, shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    #[serde(flatten)]
    token: TokenShape,
    access_token: String,
}

/// The caller's tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Tokens {
    tokens: Vec<TokenShape>,
}

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    name: String,
    /// `read`, `write`.
    scopes: Vec<String>,
    /// ISO 8601 instant; null for one that does not end.
    #[serde(default)]
    expires_at: Option<String>,
}

/// The caller's tokens, newest first.
#[utoipa::path(get, path = "/auth/tokens", tag = "Accounts", responses((status = 200, body = Tokens)))]
async fn list(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Tokens>, ApiError> {
    let tokens = app.own_tokens(&viewer).await?;
    Ok(Json(Tokens { tokens: tokens.into_iter().map(TokenShape::from).collect() }))
}

/// Makes a further token. A token makes none that may do more or lasts longer than itself.
#[utoipa::path(post, path = "/auth/tokens", tag = "Accounts", request_body = TokenBody,
    responses((status = 201, body = MadeToken)))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Body(body): Body<TokenBody>,
) -> Result<(StatusCode, Extension<CarriesSecret>, Json<MadeToken>), ApiError> {
    if let Some(odd) = body.scopes.iter().find(|s| !matches!(s.as_str(), "read" | "write")) {
        return Err(
            Error::invalid("scopes", format!("“{odd}” is no scope; there are read and write.")).into()
        );
    }
    if body.scopes.is_empty() {
        return Err(Error::invalid("scopes", "Name at least one scope: read or write.").into());
    }
    let expires_at = body.expires_at.as_deref().map(|text| parse_instant("expires_at", text)).transpose()?;
    let can_write = body.scopes.iter().any(|s| s == "write");
    let new = NewToken { name: body.name, can_write, expires_at };
    let (token, access_token) = app.make_token(&viewer, &new).await?;
    let secret_of = Extension(CarriesSecret(token.id.to_string()));
    Ok((StatusCode::CREATED, secret_of, Json(MadeToken { token: token.into(), access_token })))
}

/// Revokes a token, at once.
#[utoipa::path(delete, path = "/auth/tokens/{token_id}", tag = "Accounts",
    params(("token_id" = String, Path)), responses((status = 204)))]
async fn delete(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<TokenId>,
) -> Result<StatusCode, ApiError> {
    app.revoke_token(&viewer, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
