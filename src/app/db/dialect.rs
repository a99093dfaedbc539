//! The few statements that must differ between the two databases, side by side.

use super::Tx;
use crate::domain::ids::{GroupId, OrgId, UserId};

/// Statements without rows, sent as one: each statement by itself is handed to the database's thread, or sent
/// over the network, and waited for. Their parameters are bound one statement after the other.
#[derive(Debug)]
pub struct Together {
    /// Separated by semicolons.
    sqlite: String,
    /// All but the last as common table expressions, which run whether anything reads them or not. What a
    /// foreign key asks for is looked at when the whole is done.
    postgres: String,
}

impl Together {
    /// Each statement numbers its parameters from `$1`; no text in it holds a dollar sign.
    pub fn new(statements: &[&str]) -> Self {
        let mut taken = 0;
        let mut numbered = Vec::new();
        for statement in statements {
            let (text, most) = numbered_from(statement, taken);
            numbered.push(text);
            taken += most;
        }
        let sqlite = numbered.join("; ");
        let last = numbered.pop().unwrap_or_default();
        let parts = numbered.iter().enumerate().map(|(i, text)| format!("part_{i} AS ({text})"));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let postgres = if parts.is_empty() { last } else { format!("WITH {parts} {last}") };
        Self { sqlite, postgres }
    }

    /// The text for the database of the transaction.
    pub fn text(&self, tx: &Tx) -> &str {
        match tx {
            Tx::Sqlite(_) => &self.sqlite,
            Tx::Postgres(_) => &self.postgres,
        }
    }
}

/// The statement with its parameters numbered after so many others, and how many it has.
fn numbered_from(statement: &str, taken: usize) -> (String, usize) {
    let mut pieces = statement.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut most = 0;
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: usize = piece[..piece.len() - rest.len()].parse().unwrap_or_default();
        most = most.max(number);
        text.push_str(&format!("${}{rest}", taken + number));
    }
    (text, most)
}

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

#[cfg(test)]
mod tests {
    use super::Together;

    #[test]
    fn statements_sent_together_number_their_parameters_on() {
        let both = Together::new(&["INSERT INTO a VALUES ($2, $1, $2)", "UPDATE b SET c = $1"]);
        assert_eq!(both.sqlite, "INSERT INTO a VALUES ($2, $1, $2); UPDATE b SET c = $3");
        assert_eq!(both.postgres, "WITH part_0 AS (INSERT INTO a VALUES ($2, $1, $2)) UPDATE b SET c = $3");
        let one = Together::new(&["DELETE FROM a WHERE b = $1"]);
        assert_eq!(
            (one.sqlite.as_str(), one.postgres.as_str()),
            ("DELETE FROM a WHERE b = $1", "DELETE FROM a WHERE b = $1")
        );
    }
}
