//! Bearer tokens of people (without `org_id`), and API keys of organizations (with it).

use super::{Tx, on};
use crate::domain::ids::{OrgId, TokenId, UserId};

/// A token as its owner sees it; the secret is never read back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Token {
    pub id: TokenId,
    pub user_id: UserId,
    /// Set for an API key of an organization, which acts as its maker.
    pub org_id: Option<OrgId>,
    /// The token that made this one. It goes when that one goes.
    pub parent_id: Option<TokenId>,
    pub name: String,
    pub can_write: bool,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

const FIND: &str = "SELECT id, user_id, org_id, parent_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE secret_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";

/// The token with this secret's hash, unless it has expired.
pub async fn find(tx: &mut Tx, secret_hash: &str, now: i64) -> sqlx::Result<Option<Token>> {
    on!(tx, |conn| sqlx::query_as(FIND).bind(secret_hash).bind(now).fetch_optional(conn).await)
}

const BY_ID: &str = "SELECT id, user_id, org_id, parent_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE id = $1";

/// The token with this id, expired or not.
pub async fn by_id(tx: &mut Tx, id: TokenId) -> sqlx::Result<Option<Token>> {
    on!(tx, |conn| sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
}

const LIST_OWN: &str = "SELECT id, user_id, org_id, parent_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE user_id = $1 AND org_id IS NULL AND (expires_at IS NULL OR expires_at > $2) \
     ORDER BY created_at DESC, id DESC LIMIT 200";

/// A person's own tokens that have not expired, newest first.
pub async fn list_own(tx: &mut Tx, user: UserId, now: i64) -> sqlx::Result<Vec<Token>> {
    on!(tx, |conn| sqlx::query_as(LIST_OWN).bind(user).bind(now).fetch_all(conn).await)
}

const LIST_KEYS: &str = "SELECT id, user_id, org_id, parent_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE org_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200";

/// An organization's API keys, newest first.
pub async fn list_keys(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<Token>> {
    on!(tx, |conn| sqlx::query_as(LIST_KEYS).bind(org).fetch_all(conn).await)
}

const COUNT_OF_MAKER: &str =
    "SELECT COUNT(*) FROM tokens WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)";

/// How many tokens and API keys a person made that still work.
pub async fn count_of_maker(tx: &mut Tx, user: UserId, now: i64) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        on!(tx, |conn| sqlx::query_as(COUNT_OF_MAKER).bind(user).bind(now).fetch_one(conn).await)?;
    Ok(count)
}

const INSERT: &str = "INSERT INTO tokens (id, user_id, org_id, parent_id, name, secret_hash, can_write, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Inserts a token.
pub async fn insert(tx: &mut Tx, token: &Token, secret_hash: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(token.id)
        .bind(token.user_id)
        .bind(token.org_id)
        .bind(token.parent_id)
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

/// Revokes a token, and those that it made, as every statement below does.
pub async fn delete(tx: &mut Tx, id: TokenId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE).bind(id).execute(conn).await.map(|_| ()))
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

const DELETE_KEY: &str = "DELETE FROM tokens WHERE id = $1 AND org_id = $2";

/// Revokes an API key; `false` when the organization has no such key.
pub async fn delete_key(tx: &mut Tx, org: OrgId, id: TokenId) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(DELETE_KEY)
        .bind(id)
        .bind(org)
        .execute(conn)
        .await
        .map(|r| r.rows_affected() > 0))
}

const DELETE_KEYS_OF_MAKER: &str = "DELETE FROM tokens WHERE org_id = $1 AND user_id = $2";

/// Revokes every API key of one maker: a key acts as its maker and goes with them.
pub async fn delete_keys_of_maker(tx: &mut Tx, org: OrgId, maker: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_KEYS_OF_MAKER).bind(org).bind(maker).execute(conn).await.map(|_| ()))
}

const DELETE_ALL_OF_MAKER: &str = "DELETE FROM tokens WHERE user_id = $1";

/// Revokes every token that a person made, API keys of their organization included.
pub async fn delete_all_of_maker(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_ALL_OF_MAKER).bind(user).execute(conn).await.map(|_| ()))
}
