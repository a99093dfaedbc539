//! API keys of an organization: tokens with `org_id`.

use super::tokens::Token;
use super::{Tx, on};
use crate::domain::ids::{OrgId, TokenId, UserId};

const LIST: &str = "SELECT id, user_id, org_id, name, can_write, created_at, expires_at, last_used_at FROM tokens \
     WHERE org_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200";

/// An organization's keys, newest first.
pub async fn list(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<Token>> {
    on!(tx, |conn| sqlx::query_as(LIST).bind(org).fetch_all(conn).await)
}

const DELETE: &str = "DELETE FROM tokens WHERE id = $1 AND org_id = $2";

/// Revokes a key; `false` when the organization has no such key.
pub async fn delete(tx: &mut Tx, org: OrgId, id: TokenId) -> sqlx::Result<bool> {
    on!(tx, |conn| sqlx::query(DELETE).bind(id).bind(org).execute(conn).await.map(|r| r.rows_affected() > 0))
}

const DELETE_OF_MAKER: &str = "DELETE FROM tokens WHERE org_id = $1 AND user_id = $2";

/// Revokes every key of one maker: a key acts as its maker and goes with them.
pub async fn delete_of_maker(tx: &mut Tx, org: OrgId, maker: UserId) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_OF_MAKER).bind(org).bind(maker).execute(conn).await.map(|_| ()))
}

const EXPIRY: &str = "SELECT expires_at FROM tokens WHERE id = $1";

/// When a token ends, if ever.
pub async fn expiry(tx: &mut Tx, id: TokenId) -> sqlx::Result<Option<i64>> {
    let found: Option<(Option<i64>,)> =
        on!(tx, |conn| sqlx::query_as(EXPIRY).bind(id).fetch_optional(conn).await)?;
    Ok(found.and_then(|(at,)| at))
}
