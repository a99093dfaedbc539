//! Who is calling.

use axum::Json;
use serde::Serialize;

use super::error::ApiError;
use super::extract::Caller;
use crate::domain::ids::{OrgId, UserId};

/// The caller, their organization and roles.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    #[schema(value_type = String)]
    user_id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    timezone: String,
    #[schema(value_type = Option<String>)]
    organization_id: Option<OrgId>,
    roles: Vec<&'static str>,
}

/// The caller, their organization and roles.
#[utoipa::path(get, path = "/auth/me", tag = "Accounts", responses((status = 200, body = Me)))]
pub async fn show(Caller(viewer): Caller) -> Result<Json<Me>, ApiError> {
    let mut roles: Vec<&'static str> = viewer.membership.iter().map(|m| m.role.word()).collect();
    if viewer.user.is_admin {
        roles.push("admin");
    }
    Ok(Json(Me {
        user_id: viewer.user.id,
        organization_id: viewer.membership.as_ref().map(|m| m.org_id),
        email: viewer.user.email,
        first_name: viewer.user.first_name,
        last_name: viewer.user.last_name,
        timezone: viewer.user.timezone,
        roles,
    }))
}
