//! Invitations, and the tickets that let one address in.

use super::{Tx, on};
use crate::domain::ids::{GroupId, InvitationId, OrgId, UserId};
use crate::domain::invitation::InvitationKind;
use crate::domain::person::Role;

/// An invitation as it is kept, with the names that go with it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: InvitationId,
    pub org_id: OrgId,
    pub org_name: String,
    pub kind: InvitationKind,
    pub role: Role,
    pub first_name: String,
    pub email: String,
    pub email_folded: String,
    pub message: String,
    pub group_id: Option<GroupId>,
    pub group_name: Option<String>,
    pub max_uses: Option<i64>,
    pub uses: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub accepted_by: Option<UserId>,
    /// What they are called in the organization, while they are in it.
    pub accepted_name: Option<String>,
    pub accepted_at: Option<i64>,
    pub created_by: UserId,
    pub created_name: Option<String>,
    pub created_at: i64,
    pub sent_at: i64,
}

/// An invitation to insert.
#[derive(Debug)]
pub struct New<'a> {
    pub id: InvitationId,
    pub org_id: OrgId,
    pub kind: InvitationKind,
    pub role: Role,
    pub first_name: &'a str,
    pub email: &'a str,
    pub email_folded: &'a str,
    pub message: &'a str,
    pub group_id: Option<GroupId>,
    pub secret_hash: &'a str,
    pub max_uses: Option<i64>,
    pub expires_at: Option<i64>,
    pub created_by: UserId,
    pub now: i64,
}

const INSERT: &str = "INSERT INTO invitations (id, org_id, kind, role, first_name, email, email_folded, message, group_id, secret_hash, \
     max_uses, uses, expires_at, created_by, created_at, sent_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $14)";

/// Inserts an invitation.
pub async fn insert(tx: &mut Tx, new: &New<'_>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(new.id)
        .bind(new.org_id)
        .bind(new.kind)
        .bind(new.role)
        .bind(new.first_name)
        .bind(new.email)
        .bind(new.email_folded)
        .bind(new.message)
        .bind(new.group_id)
        .bind(new.secret_hash)
        .bind(new.max_uses)
        .bind(new.expires_at)
        .bind(new.created_by)
        .bind(new.now)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FIND: &str = "SELECT i.id, i.org_id, o.name AS org_name, i.kind, i.role, i.first_name, i.email, i.email_folded, i.message, \
     i.group_id, g.name AS group_name, i.max_uses, i.uses, i.expires_at, i.revoked_at, i.accepted_by, \
     a.display_name AS accepted_name, i.accepted_at, i.created_by, c.display_name AS created_name, i.created_at, i.sent_at \
     FROM invitations i JOIN organizations o ON o.id = i.org_id LEFT JOIN groups g ON g.id = i.group_id \
     LEFT JOIN memberships a ON a.user_id = i.accepted_by AND a.org_id = i.org_id \
     LEFT JOIN memberships c ON c.user_id = i.created_by AND c.org_id = i.org_id \
     WHERE i.org_id = $1 AND i.id = $2";

/// An invitation of this organization.
pub async fn find(tx: &mut Tx, org: OrgId, id: InvitationId) -> sqlx::Result<Option<Row>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(org).bind(id).fetch_optional(conn).await)
}

const BY_SECRET: &str = "SELECT org_id, id FROM invitations WHERE secret_hash = $1";

/// The invitation whose link has this secret's hash, whether or not it still works.
pub async fn by_secret(tx: &mut Tx, secret_hash: &str) -> sqlx::Result<Option<(OrgId, InvitationId)>> {
    on!(tx, |conn| sqlx::query_as(BY_SECRET).bind(secret_hash).fetch_optional(conn).await)
}

const PAGE: &str = "SELECT i.id, i.org_id, o.name AS org_name, i.kind, i.role, i.first_name, i.email, i.email_folded, i.message, \
     i.group_id, g.name AS group_name, i.max_uses, i.uses, i.expires_at, i.revoked_at, i.accepted_by, \
     a.display_name AS accepted_name, i.accepted_at, i.created_by, c.display_name AS created_name, i.created_at, i.sent_at \
     FROM invitations i JOIN organizations o ON o.id = i.org_id LEFT JOIN groups g ON g.id = i.group_id \
     LEFT JOIN memberships a ON a.user_id = i.accepted_by AND a.org_id = i.org_id \
     LEFT JOIN memberships c ON c.user_id = i.created_by AND c.org_id = i.org_id \
     WHERE i.org_id = $1 AND (CAST($4 AS TEXT) IS NULL OR i.id < $4) \
     AND (CAST($2 AS TEXT) IS NULL OR $2 = CASE WHEN i.revoked_at IS NOT NULL THEN 'revoked' \
       WHEN i.max_uses IS NOT NULL AND i.uses >= i.max_uses THEN 'accepted' \
       WHEN i.expires_at IS NOT NULL AND i.expires_at <= $3 THEN 'expired' ELSE 'pending' END) \
     ORDER BY i.id DESC LIMIT $5";

/// Invitations of an organization, newest first: at most `limit` before `before`, in this state at `now` where
/// one is named.
pub async fn page(
    tx: &mut Tx,
    org: OrgId,
    state: Option<&str>,
    now: i64,
    before: Option<InvitationId>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    on!(tx, |conn| sqlx::query_as(PAGE)
        .bind(org)
        .bind(state)
        .bind(now)
        .bind(before)
        .bind(limit)
        .fetch_all(conn)
        .await)
}

/// How many invitations there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub pending: i64,
    pub accepted: i64,
    pub expired: i64,
    pub revoked: i64,
}

const COUNTS: &str = "SELECT \
     CAST(COALESCE(SUM(CASE WHEN revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses) AND (expires_at IS NULL OR expires_at > $2) THEN 1 ELSE 0 END), 0) AS BIGINT) AS pending, \
     CAST(COALESCE(SUM(CASE WHEN revoked_at IS NULL AND max_uses IS NOT NULL AND uses >= max_uses THEN 1 ELSE 0 END), 0) AS BIGINT) AS accepted, \
     CAST(COALESCE(SUM(CASE WHEN revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses) AND expires_at IS NOT NULL AND expires_at <= $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS expired, \
     CAST(COALESCE(SUM(CASE WHEN revoked_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS revoked \
     FROM invitations WHERE org_id = $1";

/// Counts the invitations of an organization by their state at `now`.
pub async fn counts(tx: &mut Tx, org: OrgId, now: i64) -> sqlx::Result<Counts> {
    on!(tx, |conn| sqlx::query_as(COUNTS).bind(org).bind(now).fetch_one(conn).await)
}

const PENDING_TO: &str = "SELECT id FROM invitations WHERE org_id = $1 AND email_folded = $2 AND kind = 'single' AND revoked_at IS NULL \
     AND uses = 0 AND (expires_at IS NULL OR expires_at > $3) ORDER BY id LIMIT 1";

/// An invitation of the organization to this address that still works.
pub async fn pending_to(
    tx: &mut Tx,
    org: OrgId,
    email_folded: &str,
    now: i64,
) -> sqlx::Result<Option<InvitationId>> {
    let found: Option<(InvitationId,)> = on!(tx, |conn| sqlx::query_as(PENDING_TO)
        .bind(org)
        .bind(email_folded)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(found.map(|(id,)| id))
}

const TAKE: &str = "UPDATE invitations SET uses = uses + 1, accepted_by = $2, accepted_at = $3 \
     WHERE id = $1 AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses) \
     AND (expires_at IS NULL OR expires_at > $3) RETURNING uses";

/// Takes one of the places that an invitation has; `false` when there is none any more. Of two who want the last
/// one at once, one gets it; so it is between who accepts and who revokes.
pub async fn take(tx: &mut Tx, id: InvitationId, user: UserId, now: i64) -> sqlx::Result<bool> {
    let uses: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as(TAKE).bind(id).bind(user).bind(now).fetch_optional(conn).await)?;
    Ok(uses.is_some())
}

const REVOKE: &str = "UPDATE invitations SET revoked_at = $3 WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL \
     AND (max_uses IS NULL OR uses < max_uses) RETURNING id";

/// Ends an invitation that has places left; `false` where there is nothing to end.
pub async fn revoke(tx: &mut Tx, org: OrgId, id: InvitationId, now: i64) -> sqlx::Result<bool> {
    let ended: Option<(InvitationId,)> =
        on!(tx, |conn| sqlx::query_as(REVOKE).bind(org).bind(id).bind(now).fetch_optional(conn).await)?;
    Ok(ended.is_some())
}

const REVOKE_LINKS_OF: &str = "UPDATE invitations SET revoked_at = $3 WHERE org_id = $1 AND created_by = $2 AND kind = 'multi' \
     AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses) RETURNING id";

/// Ends the links for many that somebody made; returns which.
pub async fn revoke_links_of(
    tx: &mut Tx,
    org: OrgId,
    maker: UserId,
    now: i64,
) -> sqlx::Result<Vec<(InvitationId,)>> {
    on!(tx, |conn| sqlx::query_as(REVOKE_LINKS_OF).bind(org).bind(maker).bind(now).fetch_all(conn).await)
}

const RENEW: &str = "UPDATE invitations SET secret_hash = $3, expires_at = $4, sent_at = $5 \
     WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses) RETURNING id";

/// Replaces the link of an invitation that has places left, and moves its end; `false` where it is over.
pub async fn renew(
    tx: &mut Tx,
    org: OrgId,
    id: InvitationId,
    secret_hash: &str,
    expires_at: Option<i64>,
    now: i64,
) -> sqlx::Result<bool> {
    let renewed: Option<(InvitationId,)> = on!(tx, |conn| sqlx::query_as(RENEW)
        .bind(org)
        .bind(id)
        .bind(secret_hash)
        .bind(expires_at)
        .bind(now)
        .fetch_optional(conn)
        .await)?;
    Ok(renewed.is_some())
}

/// A link in a mail that lets one address in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Ticket {
    pub invitation_id: InvitationId,
    pub org_id: OrgId,
    /// As it was typed.
    pub email: String,
    pub email_folded: String,
    pub expires_at: Option<i64>,
    pub used_at: Option<i64>,
}

const INSERT_TICKET: &str = "INSERT INTO tickets (secret_hash, invitation_id, email, email_folded, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// Inserts a ticket.
pub async fn insert_ticket(
    tx: &mut Tx,
    secret_hash: &str,
    invitation: InvitationId,
    (email, email_folded): (&str, &str),
    now: i64,
    expires_at: Option<i64>,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT_TICKET)
        .bind(secret_hash)
        .bind(invitation)
        .bind(email)
        .bind(email_folded)
        .bind(now)
        .bind(expires_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const TICKET: &str = "SELECT t.invitation_id, i.org_id, t.email, t.email_folded, t.expires_at, t.used_at \
     FROM tickets t JOIN invitations i ON i.id = t.invitation_id WHERE t.secret_hash = $1";

/// The ticket with this secret's hash, whether or not it still works.
pub async fn ticket(tx: &mut Tx, secret_hash: &str) -> sqlx::Result<Option<Ticket>> {
    on!(tx, |conn| sqlx::query_as(TICKET).bind(secret_hash).fetch_optional(conn).await)
}

const USE_TICKET: &str = "UPDATE tickets SET used_at = $2 \
     WHERE secret_hash = $1 AND used_at IS NULL AND (expires_at IS NULL OR expires_at > $2) RETURNING email_folded";

/// Uses a ticket up; `false` when it does not work any more. Of two at once, one gets it.
pub async fn use_ticket(tx: &mut Tx, secret_hash: &str, now: i64) -> sqlx::Result<bool> {
    let used: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(USE_TICKET).bind(secret_hash).bind(now).fetch_optional(conn).await)?;
    Ok(used.is_some())
}

const DELETE_TICKETS: &str = "DELETE FROM tickets WHERE invitation_id = $1 AND used_at IS NULL";

/// Removes the tickets of an invitation that nobody has used: a new link takes their place.
pub async fn delete_tickets(tx: &mut Tx, invitation: InvitationId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_TICKETS).bind(invitation).execute(conn).await.map(|_| ()))
}
