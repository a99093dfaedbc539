//! Groups: lists, one group, its members and its trail.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ApiError, Body as Problem};
use super::extract::{Body, Caller, Id, Query};
use super::members::Success;
use super::organizations::{AuditEntry, Entries, ListQuery};
use super::paging::{Paging, encode_cursor, etag, flag, if_match, instant, is_held};
use crate::app::App;
use crate::app::groups::{GroupChange, NewGroup, WholeGroup};
use crate::domain::group::Privacy;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(show, update, destroy))
        .routes(routes!(audit))
}

/// A group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupShape {
    #[schema(value_type = String)]
    group_id: GroupId,
    name: String,
    description: String,
    /// `public`: athletes of the organization find it and ask to join; `private`: they do not.
    #[schema(value_type = String)]
    privacy: Privacy,
    #[schema(value_type = String)]
    owner_id: UserId,
    #[schema(value_type = String)]
    organization_id: OrgId,
    /// User ids, in the order of joining.
    #[schema(value_type = Vec<String>)]
    members: Vec<UserId>,
    created_at: String,
    updated_at: String,
}

impl From<WholeGroup> for GroupShape {
    fn from(whole: WholeGroup) -> Self {
        let group = whole.group;
        Self {
            group_id: group.id,
            name: group.name,
            description: group.description,
            privacy: group.privacy,
            owner_id: group.owner_id,
            organization_id: group.org_id,
            members: whole.members,
            created_at: instant(group.created_at),
            updated_at: instant(group.updated_at),
        }
    }
}

/// A page of groups by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Groups {
    groups: Vec<GroupShape>,
    /// Active athletes of the organization; in answers to coaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_athletes: Option<i64>,
    /// Active athletes in no group; in answers to coaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    unassigned_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupsQuery {
    /// `true`: the groups that the caller is in.
    member: Option<String>,
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
}

/// The groups of the organization for a coach, with how many active athletes there are and how many are in no
/// group; for an athlete the groups that they own, or with `member=true` those that they are in.
#[utoipa::path(get, path = "/groups", tag = "Groups", params(GroupsQuery),
    responses((status = 200, body = Groups), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "In no organization, or suspended")))]
async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(query): Query<GroupsQuery>,
) -> Result<Json<Groups>, ApiError> {
    let is_member = flag("member", query.member.as_deref())?;
    let paging = Paging::read(query.limit.as_deref(), query.cursor)?;
    let after: Option<String> = paging.place()?;
    let mut found = app.groups(&viewer, is_member, after.as_deref(), paging.one_more()).await?;
    let next_cursor = paging.cut(&mut found.groups, |g| encode_cursor(&g.group.name_folded));
    Ok(Json(Groups {
        groups: found.groups.into_iter().map(GroupShape::from).collect(),
        total_athletes: found.counts.map(|c| c.total_athletes),
        unassigned_count: found.counts.map(|c| c.unassigned),
        next_cursor,
    }))
}

/// A group to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupBody {
    /// 1 to 80 characters, unique in the organization without regard to case.
    name: String,
    /// The owner, a coach of the organization; the caller where it is missing.
    #[serde(default)]
    user_id: Option<String>,
    /// Up to 2,000 characters.
    #[serde(default)]
    description: Option<String>,
    /// `public` where it is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    privacy: Option<Privacy>,
    /// The caller's where it is missing.
    #[serde(default)]
    org_id: Option<String>,
}

/// What was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Made {
    #[schema(value_type = String)]
    group_id: GroupId,
    status: &'static str,
}

/// Makes a group. Coaches only.
#[utoipa::path(post, path = "/groups", tag = "Groups", request_body = GroupBody,
    responses((status = 200, body = Made), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken (`NAME_TAKEN`)")))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Body(body): Body<GroupBody>,
) -> Result<Json<Made>, ApiError> {
    let new = NewGroup {
        name: body.name,
        description: body.description.unwrap_or_default(),
        privacy: body.privacy,
        owner: body.user_id,
        org: body.org_id,
    };
    let group_id = app.create_group(&viewer, &new).await?;
    Ok(Json(Made { group_id, status: "success" }))
}

/// A group. For its members, the coaches of its organization, and instance administrators (audited).
#[utoipa::path(get, path = "/groups/{group_id}", tag = "Groups", params(("group_id" = String, Path)),
    responses((status = 200, body = GroupShape), (status = 304, description = "What `If-None-Match` names still holds"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "Not in the group"),
        (status = 404, body = Problem)))]
async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (_, whole) = app.group(&viewer, id).await?;
    let tag = etag(whole.group.version);
    if is_held(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(GroupShape::from(whole))).into_response())
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChangeBody {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    privacy: Option<Privacy>,
    /// The whole new list of user ids, up to 5,000: who is not in it is removed.
    #[serde(default)]
    members: Option<Vec<String>>,
}

/// A changed group with who came and who went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangedGroup {
    #[serde(flatten)]
    group: GroupShape,
    #[schema(value_type = Vec<String>)]
    added: Vec<UserId>,
    #[schema(value_type = Vec<String>)]
    removed: Vec<UserId>,
}

/// Changes a group and its members. Coaches only. With `If-Match` of another version nothing changes.
#[utoipa::path(put, path = "/groups/{group_id}", tag = "Groups", params(("group_id" = String, Path)),
    request_body = GroupChangeBody,
    responses((status = 200, body = ChangedGroup),
        (status = 400, body = Problem, description = "Also when one of `members` is no athlete of the organization"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "Not a coach"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken (`NAME_TAKEN`), or somebody was quicker (`STALE`)")))]
async fn update(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    headers: HeaderMap,
    Body(body): Body<GroupChangeBody>,
) -> Result<Response, ApiError> {
    let change = GroupChange {
        name: body.name,
        description: body.description,
        privacy: body.privacy,
        members: body.members,
        if_version: if_match(&headers)?,
    };
    let changed = app.update_group(&viewer, id, &change).await?;
    let tag = etag(changed.whole.group.version);
    let group = GroupShape::from(changed.whole);
    let shape = ChangedGroup { group, added: changed.added, removed: changed.removed };
    Ok(([(header::ETAG, tag)], Json(shape)).into_response())
}

/// Deletes a group. Its athletes stay in the organization. Coaches only.
#[utoipa::path(delete, path = "/groups/{group_id}", tag = "Groups", params(("group_id" = String, Path)),
    responses((status = 200, body = Success), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Somebody was quicker (`STALE`)")))]
async fn destroy(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    headers: HeaderMap,
) -> Result<Json<Success>, ApiError> {
    app.delete_group(&viewer, id, if_match(&headers)?).await?;
    Ok(Success::json())
}

/// Who did what in a group, when, to whom. Coaches only.
#[utoipa::path(get, path = "/groups/{group_id}/audit", tag = "Groups",
    params(("group_id" = String, Path), ListQuery),
    responses((status = 200, body = Entries), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Not a coach"), (status = 404, body = Problem)))]
async fn audit(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(id): Id<GroupId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Entries>, ApiError> {
    let paging = query.paging()?;
    let mut found = app.group_log(&viewer, id, paging.place()?, paging.one_more()).await?;
    let next_cursor = paging.cut(&mut found, |named| encode_cursor(&named.entry.id));
    let entries = found.into_iter().map(|named| AuditEntry::from(named.entry)).collect();
    Ok(Json(Entries::new(entries, next_cursor)))
}
