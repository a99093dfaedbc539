//! Signing up and signing in by API.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Bearer, Body};
use super::paging::instant;
use crate::app::App;
use crate::app::access_tokens::Issued;
use crate::app::accounts::SignIn;
use crate::app::signup::{Details, LINK_LASTS, SignUp};
use crate::domain::ids::UserId;
use crate::web::Site;
use crate::web::guard::Source;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(request_verification))
        .routes(routes!(verify_token))
        .routes(routes!(complete_signup))
        .routes(routes!(create_token, delete_token))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationRequest {
    email: String,
}

/// The same whether or not the address has an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerificationSent {
    message: &'static str,
    /// Seconds that the link works.
    expires_in: i64,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyToken {
    token: String,
}

/// Whether the token of a mail works: `email` where it does, `error` where it does not.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Verified {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteSignup {
    token: String,
    password: String,
    first_name: String,
    /// May be empty.
    last_name: String,
    /// IANA name, such as `Europe/Lisbon`.
    timezone: String,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    email: String,
    password: String,
    /// What the token is called in the list of tokens.
    #[serde(default)]
    name: String,
}

/// A token, shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessToken {
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    expires_at: Option<String>,
    #[schema(value_type = String)]
    user_id: UserId,
}

impl From<Issued> for AccessToken {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.secret,
            token_type: "Bearer",
            expires_at: issued.expires_at.map(instant),
            user_id: issued.user_id,
        }
    }
}

/// Ask for a mail to sign up as a coach. Open; three an hour for each address.
#[utoipa::path(post, path = "/auth/request-verification", tag = "Accounts", security(()),
    request_body = VerificationRequest, responses((status = 200, body = VerificationSent)))]
pub async fn request_verification(
    State(app): State<App>,
    Source(source): Source,
    Body(body): Body<VerificationRequest>,
) -> Result<Json<VerificationSent>, ApiError> {
    app.request_sign_up(&body.email, &source).await?;
    Ok(Json(VerificationSent {
        message: "A mail with a link to go on is on its way to this address.",
        expires_in: LINK_LASTS,
    }))
}

/// Whether the token of a mail works. Open.
#[utoipa::path(post, path = "/auth/verify-token", tag = "Accounts", security(()),
    request_body = VerifyToken, responses((status = 200, body = Verified)))]
pub async fn verify_token(
    State(app): State<App>,
    Source(source): Source,
    Body(body): Body<VerifyToken>,
) -> Result<Json<Verified>, ApiError> {
    Ok(Json(match app.sign_up_link(&body.token, &source).await? {
        Ok(email) => Verified { valid: true, email: Some(email), error: None },
        Err(fault) => Verified { valid: false, email: None, error: Some(fault.sentence()) },
    }))
}

/// Make the account, with the token of the mail. Open.
#[utoipa::path(post, path = "/auth/complete-signup", tag = "Accounts", security(()),
    request_body = CompleteSignup, responses((status = 201, body = AccessToken)))]
pub async fn complete_signup(
    State(app): State<App>,
    Source(source): Source,
    Body(body): Body<CompleteSignup>,
) -> Result<(StatusCode, Json<AccessToken>), ApiError> {
    let command = SignUp {
        token: body.token,
        details: Details {
            password: body.password,
            first_name: body.first_name,
            last_name: body.last_name,
            timezone: body.timezone,
        },
        source,
    };
    let user = app.complete_sign_up(&command).await?;
    Ok((StatusCode::CREATED, Json(app.first_token(user).await?.into())))
}

/// A token for email and password, which works for ninety days. Open.
#[utoipa::path(post, path = "/auth/token", tag = "Accounts", security(()),
    request_body = TokenRequest, responses((status = 200, body = AccessToken)))]
pub async fn create_token(
    State(app): State<App>,
    Source(source): Source,
    Body(body): Body<TokenRequest>,
) -> Result<Json<AccessToken>, ApiError> {
    let command = SignIn { email: body.email, password: body.password, source };
    Ok(Json(app.token_for_password(&command, &body.name).await?.into()))
}

/// Revoke the token in use.
#[utoipa::path(delete, path = "/auth/token", tag = "Accounts", responses((status = 204)))]
pub async fn delete_token(State(app): State<App>, Bearer(viewer): Bearer) -> Result<StatusCode, ApiError> {
    app.revoke_token_in_use(&viewer).await?;
    Ok(StatusCode::NO_CONTENT)
}
