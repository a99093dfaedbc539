//! Organizations: their coaches, their audit trail, their API keys.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Body, Caller, Id, Ids, Query};
use super::idempotency::CarriesSecret;
use super::invitations::{self, Invitation};
use super::members::Success;
use super::paging::{Paging, encode_cursor, instant, parse_instant};
use crate::app::access;
use crate::app::access_tokens::NewToken;
use crate::app::audit::Entry;
use crate::app::coaches::CoachRow;
use crate::app::invitations::NewInvitation;
use crate::app::tokens::Token;
use crate::app::{App, Error};
use crate::domain::ids::{OrgId, TokenId, UserId};
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(coaches, invite_coach))
        .routes(routes!(remove_coach))
        .routes(routes!(hand_over))
        .routes(routes!(audit))
        .routes(routes!(keys, create_key))
        .routes(routes!(delete_key))
}

/// A coach of an organization.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CoachShape {
    #[schema(value_type = String)]
    user_id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    display_name: String,
    /// `head_coach` or `coach`.
    role: &'static str,
    joined_at: String,
    /// Athletes who are assigned to this coach.
    athletes: i64,
}

impl From<CoachRow> for CoachShape {
    fn from(c: CoachRow) -> Self {
        Self {
            user_id: c.user_id,
            email: c.email,
            first_name: c.first_name,
            last_name: c.last_name,
            display_name: c.display_name,
            role: c.role.word(),
            joined_at: instant(c.joined_at),
            athletes: c.athletes,
        }
    }
}

/// An organization.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrganizationShape {
    organization_id: String,
    name: String,
    description: String,
    /// 1 is Monday, 7 is Sunday.
    first_weekday: i64,
    coaches: Vec<CoachName>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CoachName {
    user_id: String,
    display_name: String,
    role: &'static str,
}

/// An organization with its coaches, for its members.
#[utoipa::path(get, path = "/organizations/{org_id}", tag = "Organization and members",
    params(("org_id" = String, Path)), responses((status = 200, body = OrganizationShape)))]
async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
) -> Result<Json<OrganizationShape>, ApiError> {
    let (found, coaches) = app.organization(&viewer, org).await?;
    Ok(Json(OrganizationShape {
        organization_id: found.id.to_string(),
        name: found.name,
        description: found.description,
        first_weekday: found.first_weekday,
        coaches: coaches
            .into_iter()
            .map(|c| CoachName {
                user_id: c.user_id.to_string(),
                display_name: c.display_name,
                role: c.role.word(),
            })
            .collect(),
    }))
}

/// The coaches.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Coaches {
    coaches: Vec<CoachShape>,
}

/// The coaches of an organization, the head coach first.
#[utoipa::path(get, path = "/organizations/{org_id}/coaches", tag = "Organization and members",
    params(("org_id" = String, Path)), responses((status = 200, body = Coaches)))]
async fn coaches(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
) -> Result<Json<Coaches>, ApiError> {
    let coach = access::organization(&viewer, org)?.coach()?;
    let coaches = app.coaches(coach).await?.into_iter().map(CoachShape::from).collect();
    Ok(Json(Coaches { coaches }))
}

/// A coach to invite.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCoachBody {
    email: String,
    first_name: String,
}

/// Invites a coach. The head coach only.
#[utoipa::path(post, path = "/organizations/{org_id}/coaches", tag = "Organization and members",
    params(("org_id" = String, Path)), request_body = NewCoachBody, responses((status = 201, body = Invitation)))]
async fn invite_coach(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Body(body): Body<NewCoachBody>,
) -> Result<(StatusCode, Extension<CarriesSecret>, Json<Invitation>), ApiError> {
    let new = NewInvitation { is_coach: true, ..NewInvitation::to(&body.first_name, &body.email) };
    Ok(invitations::made(&app, app.invite(&viewer, org, &new).await?))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// The coach who takes over the athletes; nobody where it is missing.
    reassign_to: Option<String>,
}

/// Removes a coach. The head coach only.
#[utoipa::path(delete, path = "/organizations/{org_id}/coaches/{user_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("user_id" = String, Path), Removal), responses((status = 200, body = Success)))]
async fn remove_coach(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, user): Ids<OrgId, UserId>,
    Query(removal): Query<Removal>,
) -> Result<Json<Success>, ApiError> {
    let wrong = || Error::invalid("reassign_to", "There is no such coach in your organization.");
    let to = removal.reassign_to.map(|t| t.parse().map_err(|_| wrong())).transpose()?;
    app.remove_coach(&viewer, org, user, to, "").await?;
    Ok(Success::json())
}

/// Hands the role of head coach over. The head coach only.
#[utoipa::path(post, path = "/organizations/{org_id}/coaches/{user_id}/head", tag = "Organization and members",
    params(("org_id" = String, Path), ("user_id" = String, Path)), responses((status = 200, body = Success)))]
async fn hand_over(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, user): Ids<OrgId, UserId>,
) -> Result<Json<Success>, ApiError> {
    app.hand_over(&viewer, org, user).await?;
    Ok(Success::json())
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
}

impl ListQuery {
    /// Both, read.
    pub(super) fn paging(self) -> Result<Paging, Error> {
        Paging::read(self.limit.as_deref(), self.cursor)
    }
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    at: String,
    #[schema(value_type = String)]
    actor_id: UserId,
    action: String,
    subject_id: String,
    group_id: Option<String>,
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

impl From<Entry> for AuditEntry {
    fn from(e: Entry) -> Self {
        Self {
            at: instant(e.at),
            actor_id: e.actor_id,
            action: e.action,
            subject_id: e.subject_id,
            group_id: e.group_id.map(|g| g.to_string()),
            details: serde_json::from_str(&e.details).unwrap_or_default(),
        }
    }
}

/// Entries, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Entries {
    entries: Vec<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl Entries {
    pub(super) fn new(entries: Vec<AuditEntry>, next_cursor: Option<String>) -> Self {
        Self { entries, next_cursor }
    }
}

/// Who did what, when, to whom. The head coach only.
#[utoipa::path(get, path = "/organizations/{org_id}/audit", tag = "Organization and members",
    params(("org_id" = String, Path), ListQuery), responses((status = 200, body = Entries)))]
async fn audit(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Entries>, ApiError> {
    let head = access::organization(&viewer, org)?.coach()?.head()?;
    let paging = query.paging()?;
    let mut found = app.audit_page(head, paging.place()?, paging.one_more()).await?;
    let next_cursor = paging.cut(&mut found, |e| encode_cursor(&e.id));
    let entries = found.into_iter().map(AuditEntry::from).collect();
    Ok(Json(Entries { entries, next_cursor }))
}

/// An API key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Key {
    key_id: String,
    name: String,
    scopes: Vec<&'static str>,
    #[schema(value_type = String)]
    created_by: UserId,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// In the answer that makes it, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<Token> for Key {
    fn from(t: Token) -> Self {
        Self {
            key_id: t.id.to_string(),
            name: t.name,
            scopes: if t.can_write { vec!["read", "write"] } else { vec!["read"] },
            created_by: t.user_id,
            created_at: instant(t.created_at),
            expires_at: t.expires_at.map(instant),
            last_used_at: t.last_used_at.map(instant),
            secret: None,
        }
    }
}

/// The keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Keys {
    api_keys: Vec<Key>,
}

/// The organization's API keys. The head coach only.
#[utoipa::path(get, path = "/organizations/{org_id}/api-keys", tag = "Organization and members",
    params(("org_id" = String, Path)), responses((status = 200, body = Keys)))]
async fn keys(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
) -> Result<Json<Keys>, ApiError> {
    let api_keys = app.api_keys(&viewer, org).await?.into_iter().map(Key::from).collect();
    Ok(Json(Keys { api_keys }))
}

/// A key to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    name: String,
    /// `read`, `write`; reading alone where it is missing.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    expires_at: Option<String>,
}

/// Makes an API key, which acts as its maker. The head coach only.
#[utoipa::path(post, path = "/organizations/{org_id}/api-keys", tag = "Organization and members",
    params(("org_id" = String, Path)), request_body = NewKeyBody, responses((status = 201, body = Key)))]
async fn create_key(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Body(new): Body<NewKeyBody>,
) -> Result<(StatusCode, Extension<CarriesSecret>, Json<Key>), ApiError> {
    let scopes = new.scopes.unwrap_or_else(|| vec!["read".into()]);
    if scopes.is_empty() || scopes.iter().any(|s| s != "read" && s != "write") {
        return Err(Error::invalid("scopes", "Scopes are read and write.").into());
    }
    let expires_at = new.expires_at.map(|t| parse_instant("expires_at", &t)).transpose()?;
    let new = NewToken { name: new.name, can_write: scopes.iter().any(|s| s == "write"), expires_at };
    let (token, secret) = app.create_api_key(&viewer, org, &new).await?;
    let secret_of = Extension(CarriesSecret(token.id.to_string()));
    Ok((StatusCode::CREATED, secret_of, Json(Key { secret: Some(secret), ..Key::from(token) })))
}

/// Revokes an API key at once. The head coach only.
#[utoipa::path(delete, path = "/organizations/{org_id}/api-keys/{key_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("key_id" = String, Path)), responses((status = 200, body = Success)))]
async fn delete_key(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, id): Ids<OrgId, TokenId>,
) -> Result<Json<Success>, ApiError> {
    app.delete_api_key(&viewer, org, id).await?;
    Ok(Success::json())
}
