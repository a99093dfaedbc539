//! People with an account.

use super::{Tx, on};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::{MemberStatus, Role, Theme, UnitSystem};

/// A person with an account. `timezone` is an IANA name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub timezone: String,
    pub units: UnitSystem,
    pub theme: Theme,
    pub is_admin: bool,
    pub is_coach_account: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

/// What signing in needs to know.
#[derive(Debug, sqlx::FromRow)]
pub struct Credentials {
    pub id: UserId,
    pub password_hash: String,
}

/// A person with their membership and organization, as every request needs them, in one row.
#[derive(Debug, sqlx::FromRow)]
pub struct PersonRow {
    #[sqlx(flatten)]
    pub user: User,
    pub org_id: Option<OrgId>,
    pub role: Option<Role>,
    pub status: Option<MemberStatus>,
    pub display_name: Option<String>,
    pub visible_from: Option<i64>,
    pub org_name: Option<String>,
    pub first_weekday: Option<i64>,
    /// Notifications that they have not read; counted up to a hundred.
    pub unread: i64,
}

/// A person to insert.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub id: UserId,
    pub email: &'a str,
    pub email_folded: &'a str,
    pub password_hash: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub timezone: &'a str,
    pub units: UnitSystem,
    pub is_coach_account: bool,
    pub now: i64,
}

const PERSON: &str = "SELECT u.id, u.email, u.first_name, u.last_name, u.timezone, u.units, u.theme, u.is_admin, \
     u.is_coach_account, u.created_at, u.updated_at, m.org_id, m.role, m.status, m.display_name, m.visible_from, \
     o.name AS org_name, o.first_weekday, \
     (SELECT COUNT(*) FROM (SELECT 1 FROM notifications n WHERE n.user_id = u.id AND n.read_at IS NULL LIMIT 100) AS few) AS unread \
     FROM users u LEFT JOIN memberships m ON m.user_id = u.id LEFT JOIN organizations o ON o.id = m.org_id \
     WHERE u.id = $1";

/// The person with this id, with membership and organization.
pub async fn person(tx: &mut Tx, id: UserId) -> sqlx::Result<Option<PersonRow>> {
    on!(tx, |conn| sqlx::query_as(PERSON).bind(id).fetch_optional(conn).await)
}

const FIND_BY_EMAIL: &str = "SELECT id, email, first_name, last_name, timezone, units, theme, is_admin, is_coach_account, created_at, \
     updated_at FROM users WHERE email_folded = $1";

/// The person with this folded email.
pub async fn find_by_email(tx: &mut Tx, email_folded: &str) -> sqlx::Result<Option<User>> {
    on!(tx, |conn| sqlx::query_as(FIND_BY_EMAIL).bind(email_folded).fetch_optional(conn).await)
}

const CREDENTIALS: &str = "SELECT id, password_hash FROM users WHERE email_folded = $1";

/// Id and password hash of the person with this folded email.
pub async fn credentials(tx: &mut Tx, email_folded: &str) -> sqlx::Result<Option<Credentials>> {
    on!(tx, |conn| sqlx::query_as(CREDENTIALS).bind(email_folded).fetch_optional(conn).await)
}

const CREDENTIALS_BY_ID: &str = "SELECT id, password_hash FROM users WHERE id = $1";

/// Id and password hash of this person.
pub async fn credentials_by_id(tx: &mut Tx, id: UserId) -> sqlx::Result<Option<Credentials>> {
    on!(tx, |conn| sqlx::query_as(CREDENTIALS_BY_ID).bind(id).fetch_optional(conn).await)
}

const INSERT: &str = "INSERT INTO users (id, email, email_folded, password_hash, first_name, last_name, timezone, units, theme, \
     is_admin, is_coach_account, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'system', $9, $10, $11, $11) \
     ON CONFLICT (email_folded) DO NOTHING RETURNING id";

/// Inserts a person; `false` when the email is taken.
pub async fn insert(tx: &mut Tx, new: &NewUser<'_>) -> sqlx::Result<bool> {
    let id: Option<(UserId,)> = on!(tx, |conn| sqlx::query_as(INSERT)
        .bind(new.id)
        .bind(new.email)
        .bind(new.email_folded)
        .bind(new.password_hash)
        .bind(new.first_name)
        .bind(new.last_name)
        .bind(new.timezone)
        .bind(new.units)
        .bind(false)
        .bind(new.is_coach_account)
        .bind(new.now)
        .fetch_optional(conn)
        .await)?;
    Ok(id.is_some())
}

const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1";

/// Replaces the password hash.
pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_PASSWORD).bind(id).bind(hash).bind(now).execute(conn).await.map(|_| ()))
}

const RENEW_HASH: &str = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

/// Replaces the hash of a password by another of the same password, unless it was changed meanwhile.
pub async fn renew_hash(tx: &mut Tx, id: UserId, old: &str, new: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(RENEW_HASH).bind(id).bind(old).bind(new).execute(conn).await.map(|_| ()))
}

const SET_ADMIN: &str = "UPDATE users SET is_admin = $2, updated_at = $3 WHERE id = $1";

/// Makes or unmakes an instance administrator.
pub async fn set_admin(tx: &mut Tx, id: UserId, is_admin: bool, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_ADMIN).bind(id).bind(is_admin).bind(now).execute(conn).await.map(|_| ()))
}

const UPDATE_PROFILE: &str = "UPDATE users SET first_name = $2, last_name = $3, timezone = $4, units = $5, theme = $6, updated_at = $7 \
     WHERE id = $1";

/// Replaces what a person says of themselves; takes the values from `user`.
pub async fn update_profile(tx: &mut Tx, user: &User, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(UPDATE_PROFILE)
        .bind(user.id)
        .bind(&user.first_name)
        .bind(&user.last_name)
        .bind(&user.timezone)
        .bind(user.units)
        .bind(user.theme)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}
