//! Activities and what belongs to them.

use super::{Tx, on};
use crate::domain::ids::{ActivityId, UserId};

const OWNER: &str = "SELECT user_id, start_at FROM activities WHERE id = $1 AND deleted_at IS NULL";

/// Whose activity this is and when it started; `None` when there is none or it was deleted.
pub async fn owner(tx: &mut Tx, id: ActivityId) -> sqlx::Result<Option<(UserId, i64)>> {
    on!(tx, |conn| sqlx::query_as(OWNER).bind(id).fetch_optional(conn).await)
}
