//! Bearer tokens and API keys.

use super::{Tx, on};
use crate::domain::ids::{OrgId, TokenId, UserId};

/// A token as its owner sees it; the secret is never read back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Token {
    pub id: TokenId,
    pub user_id: UserId,
    /// Set for an API key of an organization, which acts as its maker.
    pub org_id: Option<OrgId>,
    pub name: String,
    pub can_write: bool,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

const FIND: &str = "SELECT id, user_id, org_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE secret_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";

/// The token with this secret's hash, unless it has expired.
pub async fn find(tx: &mut Tx, secret_hash: &str, now: i64) -> sqlx::Result<Option<Token>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(secret_hash).bind(now).fetch_optional(conn).await)
}

const INSERT: &str = "INSERT INTO tokens (id, user_id, org_id, name, secret_hash, can_write, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Inserts a token.
pub async fn insert(tx: &mut Tx, token: &Token, secret_hash: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(token.id)
        .bind(token.user_id)
        .bind(token.org_id)
        .bind(&token.name)
        .bind(secret_hash)
        .bind(token.can_write)
        .bind(token.created_at)
        .bind(token.expires_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const TOUCH: &str = "UPDATE tokens SET last_used_at = $2 WHERE id = $1";

/// Notes when a token was used.
pub async fn touch(tx: &mut Tx, id: TokenId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(TOUCH).bind(id).bind(now).execute(conn).await.map(|_| ()))
}

const DELETE: &str = "DELETE FROM tokens WHERE id = $1";

/// Revokes a token.
pub async fn delete(tx: &mut Tx, id: TokenId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(id).execute(conn).await.map(|_| ()))
}

const LIST: &str = "SELECT id, user_id, org_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE user_id = $1 AND org_id IS NULL AND (expires_at IS NULL OR expires_at > $2) \
     ORDER BY created_at DESC, id DESC LIMIT 200";

/// A person's own tokens that have not expired, newest first.
pub async fn list(tx: &mut Tx, user: UserId, now: i64) -> sqlx::Result<Vec<Token>> {
    on!(tx, |conn| sqlx::query_as(LIST).bind(user).bind(now).fetch_all(conn).await)
}

const DELETE_OWN: &str = "DELETE FROM tokens WHERE user_id = $1 AND org_id IS NULL AND id = $2";

/// Revokes one of a person's own tokens; returns whether there was one.
pub async fn delete_own(tx: &mut Tx, user: UserId, id: TokenId) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(DELETE_OWN)
        .bind(user)
        .bind(id)
        .execute(conn)
        .await
        .map(|r| r.rows_affected() > 0))
}

const BY_ID: &str = "SELECT id, user_id, org_id, name, can_write, created_at, expires_at, last_used_at FROM tokens WHERE id = $1";

/// The token with this id.
pub async fn by_id(tx: &mut Tx, id: TokenId) -> sqlx::Result<Option<Token>> {
    on!(tx, |conn| sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
}

const DELETE_ALL: &str = "DELETE FROM tokens WHERE user_id = $1";

/// Revokes every token that a person made, API keys of their organization included.
pub async fn delete_all(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_ALL).bind(user).execute(conn).await.map(|_| ()))
}
