//! Members of an organization.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Body, Caller, Id, Ids, Query};
use super::paging::{Paging, decode_cursor, encode_cursor, etag, flag, given, if_match, instant};
use crate::app::athletes::{Key, Order, RosterQuery, Start, after};
use crate::app::bulk::{BulkAct, Outcome};
use crate::app::existing::AddMember;
use crate::app::members::{Current, MemberChange};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::MemberStatus;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(bulk))
        .routes(routes!(show, update, destroy))
}

/// A member of an organization. An athlete's own answer has neither `labels` nor `private_notes`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Member {
    #[schema(value_type = String)]
    user_id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    display_name: String,
    member_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    /// The newest note's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    private_notes: Option<Option<String>>,
    status: &'static str,
    #[schema(value_type = Option<String>)]
    assigned_to_coach_id: Option<UserId>,
    joined_at: String,
    groups: Vec<GroupName>,
    /// Null until the athlete has agreed to be seen.
    last_activity_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_status: Option<ProfileStatus>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct GroupName {
    group_id: String,
    name: String,
}

/// What there is about an athlete. What Harrier does not offer yet is false.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ProfileStatus {
    integrations: Integrations,
    zones: bool,
    race_goals: bool,
    training_plans: bool,
    /// Not computed yet.
    data_quality: Option<f64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Integrations {
    strava: bool,
    garmin: bool,
    apple_health: bool,
}

impl Member {
    fn new(current: Current, is_for_coach: bool) -> Self {
        let row = current.row;
        Self {
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            display_name: row.display_name,
            member_level: Some(row.member_level).filter(|l| !l.is_empty()),
            labels: is_for_coach.then(|| current.labels.iter().map(|l| format!("@{l}")).collect()),
            private_notes: is_for_coach.then_some(current.note),
            status: row.status.word(),
            assigned_to_coach_id: row.assigned_coach_id,
            joined_at: instant(row.joined_at),
            groups: current
                .groups
                .into_iter()
                .map(|(id, name)| GroupName { group_id: id.to_string(), name })
                .collect(),
            last_activity_at: row.last_activity_at.map(instant),
            profile_status: None,
        }
    }
}

/// A page of members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Members {
    members: Vec<Member>,
    total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The filters. A key may come several times where it is a list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Filters {
    /// `active`, `inactive`, `suspended`; any of several.
    status: Vec<String>,
    /// With or without `@`; every one of several.
    label: Vec<String>,
    /// Any of several, without regard to case and accents.
    member_level: Vec<String>,
    /// A user id, or `none`; any of several.
    assigned_to_coach_id: Vec<String>,
    /// In name and email, without regard to case and accents.
    search: String,
    include_profile_status: Option<String>,
    /// `name` (default), `status`, `level`, `coach`, `last_run`, `distance`; `-` in front turns it round.
    sort: Option<String>,
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
}

/// Where a page of members begins.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    sort: String,
    key: Option<serde_json::Value>,
    name: String,
    id: UserId,
}

fn query_of(filters: &Filters, paging: &Paging) -> Result<RosterQuery, Error> {
    let sort = filters.sort.as_deref().unwrap_or("name");
    let word = sort.strip_prefix('-').unwrap_or(sort);
    let order = match word {
        "name" => Order::Name,
        "status" => Order::Status,
        "level" | "member_level" => Order::Level,
        "coach" => Order::Coach,
        "last_run" => Order::LastRun,
        "distance" => Order::WeekDistance,
        _ => return Err(Error::invalid("sort", format!("Members cannot be sorted by “{word}”."))),
    };
    let statuses = filters
        .status
        .iter()
        .map(|s| s.parse().map_err(|_| Error::invalid("status", format!("There is no status “{s}”."))))
        .collect::<Result<Vec<MemberStatus>, _>>()?;
    let coaches = filters.assigned_to_coach_id.iter().map(|c| match c.as_str() {
        "none" => Ok(None),
        id => {
            id.parse().map(Some).map_err(|_| Error::invalid("assigned_to_coach_id", "That is not a user id."))
        }
    });
    let start = match &paging.cursor {
        None => Start::Offset(0),
        Some(text) => {
            let place: Place = decode_cursor(text)?;
            if place.sort != sort {
                return Err(Error::invalid("cursor", "This cursor belongs to another order."));
            }
            let key = match (place.key, order) {
                (None, _) => Key::Nothing,
                (Some(v), Order::LastRun) => v.as_i64().map_or(Key::Nothing, Key::Whole),
                (Some(v), Order::WeekDistance) => v.as_f64().map_or(Key::Nothing, Key::Real),
                (Some(v), _) => v.as_str().map_or(Key::Nothing, |t| Key::Text(t.to_owned())),
            };
            Start::After { key, name_folded: place.name, user_id: place.id }
        }
    };
    Ok(RosterQuery {
        groups: Vec::new(),
        search: filters.search.clone(),
        statuses,
        levels: filters.member_level.clone(),
        coaches: coaches.collect::<Result<_, _>>()?,
        labels: filters.label.clone(),
        order,
        is_descending: sort.starts_with('-'),
        start,
        limit: paging.one_more(),
    })
}

/// The athletes of an organization.
#[utoipa::path(get, path = "/organizations/{org_id}/members", tag = "Organization and members",
    params(("org_id" = String, Path), Filters), responses((status = 200, body = Members)))]
async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Query(filters): Query<Filters>,
) -> Result<Json<Members>, ApiError> {
    let paging = Paging::read(filters.limit.as_deref(), filters.cursor.clone())?;
    let query = query_of(&filters, &paging)?;
    let with_status = flag("include_profile_status", filters.include_profile_status.as_deref())?;
    let (mut found, total) = app.members(&viewer, org, &query).await?;
    let next_cursor = paging.cut(&mut found, |c| cursor(&filters, &query, c));
    let users: Vec<UserId> = found.iter().map(|c| c.row.user_id).collect();
    let mut members: Vec<Member> = found.into_iter().map(|c| Member::new(c, true)).collect();
    if with_status {
        let zoned = app.with_zones(viewer.coach()?, &users).await?;
        for member in &mut members {
            let zones = zoned.contains(&member.user_id);
            let integrations = Integrations { strava: false, garmin: false, apple_health: false };
            member.profile_status = Some(ProfileStatus {
                integrations,
                zones,
                race_goals: false,
                training_plans: false,
                data_quality: None,
            });
        }
    }
    Ok(Json(Members { members, total, next_cursor }))
}

fn cursor(filters: &Filters, query: &RosterQuery, last: &Current) -> String {
    let Start::After { key, name_folded, user_id } = after(&last.row, query.order) else {
        return String::new();
    };
    let key = match key {
        Key::Text(t) => Some(t.into()),
        Key::Whole(n) => Some(n.into()),
        Key::Real(n) => Some(n.into()),
        Key::Nothing => None,
    };
    let sort = filters.sort.clone().unwrap_or_else(|| "name".into());
    encode_cursor(&Place { sort, key, name: name_folded, id: user_id })
}

/// A person to put on the roster, by email or id.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    group_id: Option<String>,
    #[serde(default)]
    training_plan_id: Option<String>,
    /// `YYYY-MM-DD`; says when the plan begins.
    #[serde(default)]
    start_date: Option<String>,
}

/// Adds somebody who has an account. Their data opens when they agree.
#[utoipa::path(post, path = "/organizations/{org_id}/members", tag = "Organization and members",
    params(("org_id" = String, Path)), request_body = NewMember, responses((status = 201, body = Member)))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Body(new): Body<NewMember>,
) -> Result<Response, ApiError> {
    if new.start_date.as_deref().is_some_and(|d| crate::domain::calendar::parse_day(d).is_none()) {
        return Err(Error::invalid("start_date", "A date is written YYYY-MM-DD.").into());
    }
    let add = AddMember {
        email: new.email,
        user_id: new.user_id,
        group_id: new.group_id,
        training_plan_id: new.training_plan_id,
    };
    let user = app.add_member(&viewer, org, &add).await?;
    answer(&app, &viewer, org, user, StatusCode::CREATED).await
}

async fn answer(
    app: &App,
    viewer: &Viewer,
    org: OrgId,
    user: UserId,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let current = app.member(viewer, org, user).await?;
    let tag = etag(current.row.version);
    Ok((status, [(header::ETAG, tag)], Json(Member::new(current, viewer.is_coach()))).into_response())
}

/// A member.
#[utoipa::path(get, path = "/organizations/{org_id}/members/{user_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("user_id" = String, Path)), responses((status = 200, body = Member)))]
async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, user): Ids<OrgId, UserId>,
) -> Result<Response, ApiError> {
    answer(&app, &viewer, org, user, StatusCode::OK).await
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    member_level: Option<Option<String>>,
    /// The whole new list.
    #[serde(default)]
    labels: Option<Vec<String>>,
    /// Writing it adds a note.
    #[serde(default)]
    private_notes: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    status: Option<MemberStatus>,
    /// The head coach only; `null` for no coach.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    assigned_to_coach_id: Option<Option<String>>,
}

/// Reads a coach's id; one of another form is a wrong value, not an unknown address.
fn coach_id(text: Option<String>) -> Result<Option<UserId>, Error> {
    let wrong = || Error::invalid("assigned_to_coach_id", "There is no such coach in your organization.");
    text.map(|t| t.parse().map_err(|_| wrong())).transpose()
}

/// Changes a member.
#[utoipa::path(patch, path = "/organizations/{org_id}/members/{user_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("user_id" = String, Path)), request_body = Change,
    responses((status = 200, body = Member)))]
async fn update(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, user): Ids<OrgId, UserId>,
    headers: HeaderMap,
    Body(change): Body<Change>,
) -> Result<Response, ApiError> {
    let change = MemberChange {
        display_name: change.display_name,
        member_level: change.member_level.map(Option::unwrap_or_default),
        labels: change.labels,
        private_notes: change.private_notes,
        status: change.status,
        assigned_coach_id: change.assigned_to_coach_id.map(coach_id).transpose()?,
        if_version: if_match(&headers)?,
    };
    app.update_member(&viewer, org, user, change).await?;
    answer(&app, &viewer, org, user, StatusCode::OK).await
}

/// Done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Success {
    status: &'static str,
}

impl Success {
    pub(super) fn json() -> Json<Self> {
        Json(Self { status: "success" })
    }
}

/// Removes an athlete from the organization. Their account and activities stay theirs.
#[utoipa::path(delete, path = "/organizations/{org_id}/members/{user_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("user_id" = String, Path)), responses((status = 200, body = Success)))]
async fn destroy(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, user): Ids<OrgId, UserId>,
) -> Result<Json<Success>, ApiError> {
    app.remove_member(&viewer, org, user).await?;
    Ok(Success::json())
}

/// One action on many members.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    user_ids: Vec<String>,
    #[serde(default)]
    add_labels: Option<Vec<String>>,
    #[serde(default)]
    remove_labels: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    status: Option<MemberStatus>,
    #[serde(default)]
    group_id: Option<String>,
    #[serde(default)]
    training_plan_id: Option<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "belongs to training_plan_id, and no plan exists yet")]
    start_date: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    assigned_to_coach_id: Option<Option<String>>,
}

impl BulkRequest {
    fn act(self) -> Result<(Vec<String>, BulkAct), Error> {
        let mut acts = Vec::new();
        acts.extend(self.add_labels.map(BulkAct::AddLabels));
        acts.extend(self.remove_labels.map(BulkAct::RemoveLabels));
        acts.extend(self.status.map(BulkAct::SetStatus));
        if let Some(group) = self.group_id {
            acts.push(BulkAct::AddToGroup(group.parse().map_err(|_| Error::NotFound)?));
        }
        if self.training_plan_id.is_some() {
            return Err(Error::NotFound);
        }
        if let Some(coach) = self.assigned_to_coach_id {
            acts.push(BulkAct::AssignCoach { to: coach_id(coach)?, note: String::new() });
        }
        match <[BulkAct; 1]>::try_from(acts) {
            Ok([act]) => Ok((self.user_ids, act)),
            Err(acts) if acts.is_empty() => {
                Err(Error::Invalid(vec![Problem::required("user_ids", "Say what to do: one action.")]))
            }
            Err(_) => Err(Error::invalid("user_ids", "One action at a time.")),
        }
    }
}

/// What became of each.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BulkAnswer {
    results: Vec<BulkResult>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BulkResult {
    user_id: String,
    /// `done`, `unchanged` or `refused`.
    outcome: &'static str,
    reason: Option<String>,
}

/// One action on many members, with a result for each.
#[utoipa::path(post, path = "/organizations/{org_id}/members/bulk", tag = "Organization and members",
    params(("org_id" = String, Path)), request_body = BulkRequest, responses((status = 200, body = BulkAnswer)))]
async fn bulk(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Body(request): Body<BulkRequest>,
) -> Result<Json<BulkAnswer>, ApiError> {
    let (users, act) = request.act()?;
    let bulk = app.bulk(&viewer, org, &users, &act).await?;
    let results = bulk.results.into_iter().map(|r| {
        let (outcome, reason) = match r.outcome {
            Outcome::Done => ("done", None),
            Outcome::Unchanged => ("unchanged", None),
            Outcome::Refused(reason) => ("refused", Some(reason)),
        };
        BulkResult { user_id: r.user_id, outcome, reason }
    });
    Ok(Json(BulkAnswer { results: results.collect() }))
}
