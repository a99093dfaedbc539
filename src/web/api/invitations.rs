//! Invitations to an organization. The link of one is in the answer that makes or renews it, and never again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::extract::{Body, Caller, Id, Ids, Query};
use super::idempotency::CarriesSecret;
use super::paging::{Paging, encode_cursor, given, instant, parse_instant};
use crate::app::invitations::{Invitee, NewInvitation, Row, Until};
use crate::app::{App, Error, Problem};
use crate::domain::ids::{GroupId, InvitationId, OrgId, UserId};
use crate::domain::invitation::InvitationKind;
use crate::web::Site;

/// The calls of this file.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(revoke)).routes(routes!(resend))
}

/// An invitation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Invitation {
    #[schema(value_type = String)]
    invitation_id: InvitationId,
    /// `single` or `multi`.
    kind: &'static str,
    /// `athlete` or `coach`: as what one joins.
    role: &'static str,
    first_name: Option<String>,
    email: Option<String>,
    #[schema(value_type = Option<String>)]
    group_id: Option<GroupId>,
    /// Not offered yet.
    training_plan_id: Option<String>,
    start_date: Option<String>,
    max_uses: Option<i64>,
    uses: i64,
    expires_at: Option<String>,
    /// `pending`, `accepted`, `expired`, `revoked`.
    state: &'static str,
    #[schema(value_type = String)]
    created_by: UserId,
    created_at: String,
    /// In the answer that makes or renews it, and never again. It asks for an email address and sends a link
    /// there, which lets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl Invitation {
    pub(super) fn new(row: Row, now: i64, link: Option<String>) -> Self {
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        Self {
            state: row.state(now).word(),
            invitation_id: row.id,
            kind: row.kind.word(),
            role: row.role.word(),
            first_name: some(row.first_name),
            email: some(row.email),
            group_id: row.group_id,
            training_plan_id: None,
            start_date: None,
            max_uses: row.max_uses,
            uses: row.uses,
            expires_at: row.expires_at.map(instant),
            created_by: row.created_by,
            created_at: instant(row.created_at),
            link,
        }
    }
}

/// Invitations, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Invitations {
    invitations: Vec<Invitation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `pending`, `accepted`, `expired`, `revoked`; all where it is missing.
    state: Option<String>,
    /// 1 to 200, 50 where it is missing.
    limit: Option<String>,
    cursor: Option<String>,
}

/// The invitations of an organization.
#[utoipa::path(get, path = "/organizations/{org_id}/invitations", tag = "Organization and members",
    params(("org_id" = String, Path), ListQuery), responses((status = 200, body = Invitations)))]
async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Invitations>, ApiError> {
    let paging = Paging::read(query.limit.as_deref(), query.cursor)?;
    let wrong = || Error::invalid("state", "state is pending, accepted, expired or revoked.");
    let state = query.state.map(|word| word.parse().map_err(|_| wrong())).transpose()?;
    let mut rows = app.invitations(&viewer, org, state, paging.place()?, paging.one_more()).await?;
    let next_cursor = paging.cut(&mut rows, |row| encode_cursor(&row.id));
    let now = app.now();
    let invitations = rows.into_iter().map(|row| Invitation::new(row, now, None)).collect();
    Ok(Json(Invitations { invitations, next_cursor }))
}

/// An invitation to make. `single` needs `first_name` and `email`; `multi` takes `max_uses`, null for no limit.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitationBody {
    kind: String,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    max_uses: Option<i64>,
    #[serde(default)]
    group_id: Option<String>,
    #[serde(default)]
    training_plan_id: Option<String>,
    #[serde(default)]
    start_date: Option<String>,
    /// Missing: two weeks for `single`, never for `multi`. Null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    expires_at: Option<Option<String>>,
}

impl NewInvitationBody {
    fn command(self) -> Result<NewInvitation, Error> {
        let kind: InvitationKind =
            self.kind.parse().map_err(|_| Error::invalid("kind", "kind is single or multi."))?;
        let mut problems = Vec::new();
        let mut refuse = |field: &'static str, is_given: bool, kind: &str| {
            if is_given {
                problems.push(Problem::invalid(field, format!("{field} goes with kind {kind} only.")));
            }
        };
        match kind {
            InvitationKind::Single => refuse("max_uses", self.max_uses.is_some(), "multi"),
            InvitationKind::Multi => {
                refuse("first_name", self.first_name.is_some(), "single");
                refuse("email", self.email.is_some(), "single");
            }
        }
        if self.start_date.is_some() && self.training_plan_id.is_none() {
            problems.push(Problem::invalid("start_date", "start_date goes with training_plan_id."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let until = match self.expires_at {
            None => Until::Usual,
            Some(None) => Until::Forever,
            Some(Some(text)) => Until::At(parse_instant("expires_at", &text)?),
        };
        let invitee = match kind {
            InvitationKind::Single => Invitee::One {
                first_name: self.first_name.unwrap_or_default(),
                email: self.email.unwrap_or_default(),
            },
            InvitationKind::Multi => Invitee::Many { max_uses: self.max_uses },
        };
        Ok(NewInvitation {
            invitee,
            is_coach: false,
            group_id: self.group_id,
            training_plan_id: self.training_plan_id,
            until,
            message: String::new(),
        })
    }
}

type Made = (StatusCode, Extension<CarriesSecret>, Json<Invitation>);

pub(super) fn made(app: &App, (row, link): (Row, String)) -> Made {
    let secret_of = Extension(CarriesSecret(row.id.to_string()));
    (StatusCode::CREATED, secret_of, Json(Invitation::new(row, app.now(), Some(link))))
}

/// Invites one person by mail, or makes a link for many. Whether an address has an account makes no difference.
#[utoipa::path(post, path = "/organizations/{org_id}/invitations", tag = "Organization and members",
    params(("org_id" = String, Path)), request_body = NewInvitationBody, responses((status = 201, body = Invitation)))]
async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    Id(org): Id<OrgId>,
    Body(body): Body<NewInvitationBody>,
) -> Result<Made, ApiError> {
    // Who may not invite is told so, whatever is wrong with the body.
    crate::app::access::organization(&viewer, org)?.coach()?;
    let new = body.command()?;
    Ok(made(&app, app.invite(&viewer, org, &new).await?))
}

/// Revokes an invitation: its link and what was mailed open nothing any more.
#[utoipa::path(delete, path = "/organizations/{org_id}/invitations/{invitation_id}", tag = "Organization and members",
    params(("org_id" = String, Path), ("invitation_id" = String, Path)), responses((status = 200, body = Invitation)))]
async fn revoke(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, id): Ids<OrgId, InvitationId>,
) -> Result<Json<Invitation>, ApiError> {
    let row = app.revoke_invitation(&viewer, org, id).await?;
    Ok(Json(Invitation::new(row, app.now(), None)))
}

/// Replaces an invitation's link; to one person the new one is mailed.
#[utoipa::path(post, path = "/organizations/{org_id}/invitations/{invitation_id}/resend", tag = "Organization and members",
    params(("org_id" = String, Path), ("invitation_id" = String, Path)), responses((status = 201, body = Invitation)))]
async fn resend(
    State(app): State<App>,
    Caller(viewer): Caller,
    Ids(org, id): Ids<OrgId, InvitationId>,
) -> Result<Made, ApiError> {
    Ok(made(&app, app.resend_invitation(&viewer, org, id).await?))
}
