//! What the operator's command line lists, over all organizations. No page and no API call reaches this.

use serde::Serialize;

use super::{Tx, on};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::{MemberStatus, Role};

/// An organization with the number of its members.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct OrganizationRow {
    pub organization_id: OrgId,
    pub name: String,
    pub coaches: i64,
    pub athletes: i64,
}

/// An account with its place in an organization.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct UserRow {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub is_administrator: bool,
    pub organization_id: Option<OrgId>,
    pub role: Option<Role>,
    pub status: Option<MemberStatus>,
}

const ORGANIZATIONS: &str = "SELECT o.id AS organization_id, o.name, \
     COUNT(CASE WHEN m.role <> 'athlete' THEN 1 END) AS coaches, COUNT(CASE WHEN m.role = 'athlete' THEN 1 END) AS athletes \
     FROM organizations o LEFT JOIN memberships m ON m.org_id = o.id \
     GROUP BY o.id, o.name, o.created_at ORDER BY o.created_at, o.id";

/// Every organization.
pub async fn organizations(tx: &mut Tx) -> sqlx::Result<Vec<OrganizationRow>> {
    on!(tx, |conn| sqlx::query_as(ORGANIZATIONS).fetch_all(conn).await)
}

const USERS: &str = "SELECT u.id AS user_id, u.email, COALESCE(m.display_name, TRIM(u.first_name || ' ' || u.last_name)) AS name, \
     u.is_admin AS is_administrator, m.org_id AS organization_id, m.role, m.status \
     FROM users u LEFT JOIN memberships m ON m.user_id = u.id WHERE u.email_folded <> 'ERASED ' || u.id ORDER BY u.created_at, u.id";

/// Every account but those that were erased, of which nothing is left to tell.
pub async fn users(tx: &mut Tx) -> sqlx::Result<Vec<UserRow>> {
    on!(tx, |conn| sqlx::query_as(USERS).fetch_all(conn).await)
}
