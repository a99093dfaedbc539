//! The few statements that must differ between the two databases, side by side.

use super::Tx;
use crate::domain::ids::{GroupId, OrgId, UserId};

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

/// Holds a group's row until the transaction ends, so that two changes of its members go one after the other.
pub async fn lock_group(tx: &mut Tx, group: GroupId) -> sqlx::Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(tx) => {
            let sql = "SELECT 1 FROM groups WHERE id = $1 FOR NO KEY UPDATE";
            sqlx::query(sql).bind(group).execute(&mut **tx).await.map(|_| ())
        }
    }
}

/// Holds an organization's row until the transaction ends, so that no two groups take the same name at once.
pub async fn lock_organization(tx: &mut Tx, org: OrgId) -> sqlx::Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(tx) => {
            let sql = "SELECT 1 FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
            sqlx::query(sql).bind(org).execute(&mut **tx).await.map(|_| ())
        }
    }
}
