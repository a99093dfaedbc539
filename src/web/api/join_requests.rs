//! Finding groups and asking to join them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ApiError, Body as Problem};
use super::extract::{Caller, Id, Ids};
use super::paging::instant;
use crate::app::App;
use crate::app::join_requests::JoinRequest;
use crate::domain::group::RequestState;
use crate::domain::ids::{GroupId, RequestId, UserId};
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(discover))
        .routes(routes!(index, create))
        .routes(routes!(approve))
        .routes(routes!(decline))
}

/// A public group that the caller is not in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DiscoveredShape {
    #[schema(value_type = String)]
    group_id: GroupId,
    name: String,
    description: String,
    member_count: i64,
    /// Whether the caller has asked to join and waits.
    requested: bool,
}

/// Public groups by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DiscoveredGroups {
    groups: Vec<DiscoveredShape>,
}

/// The public groups of the organization that the caller, an athlete, is not in.
#[utoipa::path(get, path = "/groups/discover", tag = "Groups",
    responses((status = 200, body = DiscoveredGroups), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not an athlete of an organization")))]
async fn discover(
    State(app): State<App>,
    Caller(viewer): Caller,
) -> Result<Json<DiscoveredGroups>, ApiError> {
    let found = app.discover_groups(&viewer).await?.into_iter().map(|group| DiscoveredShape {
        group_id: group.id,
        name: group.name,
        description: group.description,
        member_count: group.member_count,
        requested: group.is_requested,
    });
    Ok(Json(DiscoveredGroups { groups: found.collect() }))
}

/// A request to join a group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RequestShape {
    #[schema(value_type = String)]
    request_id: RequestId,
    #[schema(value_type = String)]
    group_id: GroupId,
    #[schema(value_type = String)]
    user_id: UserId,
    /// `pending`, `approved` or `declined`.
    #[schema(value_type = String)]
    state: RequestState,
    requested_at: String,
    #[schema(value_type = Option<String>)]
    decided_by: Option<UserId>,
    decided_at: Option<String>,
}

impl From<JoinRequest> for RequestShape {
    fn from(request: JoinRequest) -> Self {
        Self {
            request_id: request.id,
            group_id: request.group_id,
            user_id: request.user_id,
            state: request.state,
            requested_at: instant(request.requested_at),
            decided_by: request.decided_by,
            decided_at: request.decided_at.map(instant),
        }
    }
}

/// Requests, the oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Requests {
    requests: Vec<RequestShape>,
}

/// The requests of a group that wait. Coaches only.
#[utoipa::path(get, path = "/groups/{group_id}/join-requests", tag = "Groups", params(("group_id" = String, Path)),
    responses((status = 200, body = Requests), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem)))]
async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
) -> Result<Json<Requests>, ApiError> {
    let requests = app.join_requests(&viewer, id).await?.into_iter().map(RequestShape::from).collect();
    Ok(Json(Requests { requests }))
}

/// Asks to join a public group. While a request waits, asking again answers that one.
#[utoipa::path(post, path = "/groups/{group_id}/join-requests", tag = "Groups", params(("group_id" = String, Path)),
    responses((status = 201, body = RequestShape), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "A private group, or not an athlete"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "In the group already (`ALREADY_MEMBER`)")))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
) -> Result<(StatusCode, Json<RequestShape>), ApiError> {
    let request = app.ask_to_join(&viewer, id).await?;
    Ok((StatusCode::CREATED, Json(request.into())))
}

/// Lets somebody in. Coaches only; the athlete is told.
#[utoipa::path(post, path = "/groups/{group_id}/join-requests/{request_id}/approve", tag = "Groups",
    params(("group_id" = String, Path), ("request_id" = String, Path)),
    responses((status = 200, body = RequestShape), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Declined already")))]
async fn approve(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(id, request): Ids<GroupId, RequestId>,
) -> Result<Json<RequestShape>, ApiError> {
    Ok(Json(app.decide_join_request(&viewer, id, request, true).await?.into()))
}

/// Does not let somebody in. Coaches only; the athlete is told.
#[utoipa::path(post, path = "/groups/{group_id}/join-requests/{request_id}/decline", tag = "Groups",
    params(("group_id" = String, Path), ("request_id" = String, Path)),
    responses((status = 200, body = RequestShape), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Approved already")))]
async fn decline(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(id, request): Ids<GroupId, RequestId>,
) -> Result<Json<RequestShape>, ApiError> {
    Ok(Json(app.decide_join_request(&viewer, id, request, false).await?.into()))
}
