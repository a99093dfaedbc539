//! The few statements that must differ between the two databases, side by side.

use super::Tx;
use crate::domain::ids::UserId;

/// Holds the person's row until the transaction ends, so that two imports for one athlete go one after the
/// other. SQLite has one writer at a time anyway.
pub async fn lock_person(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(tx) => {
            let sql = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
            sqlx::query(sql).bind(user).execute(&mut **tx).await.map(|_| ())
        }
    }
}
