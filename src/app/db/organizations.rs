//! Organizations.

use super::{Tx, on};
use crate::domain::ids::OrgId;

/// An organization: a club or a coach's practice.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Organization {
    pub id: OrgId,
    pub name: String,
    pub description: String,
    /// 1 is Monday, 7 is Sunday.
    pub first_weekday: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

const FIND: &str =
    "SELECT id, name, description, first_weekday, created_at, updated_at FROM organizations WHERE id = $1";

/// The organization with this id. The caller holds a proof that the viewer belongs to it.
pub async fn find(tx: &mut Tx, id: OrgId) -> sqlx::Result<Option<Organization>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(id).fetch_optional(conn).await)
}

const INSERT: &str = "INSERT INTO organizations (id, name, name_folded, description, first_weekday, created_at, updated_at) \
     VALUES ($1, $2, $3, '', $4, $5, $5)";

/// Inserts an organization.
pub async fn insert(
    tx: &mut Tx,
    id: OrgId,
    name: &str,
    name_folded: &str,
    first_weekday: i64,
    now: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(id)
        .bind(name)
        .bind(name_folded)
        .bind(first_weekday)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}

const FIND_BY_NAME: &str = "SELECT id, name, description, first_weekday, created_at, updated_at FROM organizations \
     WHERE name_folded = $1 ORDER BY created_at, id LIMIT 2";

/// Organizations of this folded name, at most two: enough to tell one from several.
pub async fn find_by_name(tx: &mut Tx, name_folded: &str) -> sqlx::Result<Vec<Organization>> {
    on!(tx, |conn| sqlx::query_as(FIND_BY_NAME).bind(name_folded).fetch_all(conn).await)
}

const UPDATE: &str = "UPDATE organizations SET name = $2, name_folded = $3, description = $4, first_weekday = $5, updated_at = $6 \
     WHERE id = $1";

/// Replaces what an organization says of itself; takes the values from `organization`.
pub async fn update(
    tx: &mut Tx,
    organization: &Organization,
    name_folded: &str,
    now: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(UPDATE)
        .bind(organization.id)
        .bind(&organization.name)
        .bind(name_folded)
        .bind(&organization.description)
        .bind(organization.first_weekday)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}
