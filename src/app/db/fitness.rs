//! The physiological values of athletes with the day from which each holds.

use serde::{Deserialize, Serialize};

use super::{Tx, on};
use crate::domain::fitness::FitnessKind;
use crate::domain::ids::{FitnessId, UserId};

/// One value. See [`FitnessKind::bounds`] for its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct FitnessValue {
    pub id: FitnessId,
    pub user_id: UserId,
    pub kind: FitnessKind,
    pub value: f64,
    /// The first local day on which it holds, as days since 1970-01-01.
    pub valid_from: i64,
    pub set_by: UserId,
    /// Display name of who set it, empty where they left.
    pub set_by_name: String,
    pub created_at: i64,
    /// Whether it began to hold before the viewer's sight does: it is read and not changed. Not stored.
    #[sqlx(skip)]
    pub is_from_before: bool,
}

const LIST: &str = "SELECT f.id, f.user_id, f.kind, f.value, f.valid_from, f.set_by, \
     COALESCE(m.display_name, u.first_name, '') AS set_by_name, f.created_at \
     FROM fitness_values f JOIN users u ON u.id = f.set_by LEFT JOIN memberships m ON m.user_id = f.set_by \
     WHERE f.user_id = $1 ORDER BY f.valid_from DESC, f.kind, f.id DESC";

/// Every value of a person, the youngest first.
pub async fn list(tx: &mut Tx, user: UserId) -> sqlx::Result<Vec<FitnessValue>> {
    on!(tx, |conn| sqlx::query_as(LIST).bind(user).fetch_all(conn).await)
}

const KNOWN: &str =
    "SELECT kind, valid_from, value FROM fitness_values WHERE user_id = $1 ORDER BY kind, valid_from";

/// What `domain::fitness::Fitness::on` takes: kind, first day, value.
pub async fn known(tx: &mut Tx, user: UserId) -> sqlx::Result<Vec<(FitnessKind, i64, f64)>> {
    on!(tx, |conn| sqlx::query_as(KNOWN).bind(user).fetch_all(conn).await)
}

const SET: &str = "INSERT INTO fitness_values (id, user_id, kind, value, valid_from, set_by, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, kind, valid_from) \
     DO UPDATE SET value = excluded.value, set_by = excluded.set_by, created_at = excluded.created_at RETURNING id";

/// Sets a value from a day on; one of the same kind and day is replaced. Returns the id it has now.
pub async fn set(tx: &mut Tx, new: &FitnessValue) -> sqlx::Result<FitnessId> {
    let (id,): (FitnessId,) = on!(tx, |conn| sqlx::query_as(SET)
        .bind(new.id)
        .bind(new.user_id)
        .bind(new.kind)
        .bind(new.value)
        .bind(new.valid_from)
        .bind(new.set_by)
        .bind(new.created_at)
        .fetch_one(conn)
        .await)?;
    Ok(id)
}

const DELETE: &str = "DELETE FROM fitness_values WHERE user_id = $1 AND id = $2 \
     RETURNING id, user_id, kind, value, valid_from, set_by, '' AS set_by_name, created_at";

/// Deletes a person's value; what it was (without the name of who set it), or `None` when there was none.
pub async fn delete(tx: &mut Tx, user: UserId, id: FitnessId) -> sqlx::Result<Option<FitnessValue>> {
    on!(tx, |conn| sqlx::query_as(DELETE).bind(user).bind(id).fetch_optional(conn).await)
}

const RESTORE: &str = "INSERT INTO fitness_values (id, user_id, kind, value, valid_from, set_by, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

/// Puts a deleted value back as it was; `false` where one of its kind holds from that day by now.
pub async fn restore(tx: &mut Tx, gone: &FitnessValue) -> sqlx::Result<bool> {
    let written = on!(tx, |conn| sqlx::query(RESTORE)
        .bind(gone.id)
        .bind(gone.user_id)
        .bind(gone.kind)
        .bind(gone.value)
        .bind(gone.valid_from)
        .bind(gone.set_by)
        .bind(gone.created_at)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(written == 1)
}
