//! Reading tens of thousands of small rows at once: what group figures are summed from.
//!
//! sqlx hands every row of SQLite through a channel from another thread, four to six times slower than its C
//! interface. So here, and only here, SQLite is read through rusqlite on a blocking thread, with the same
//! statement; both link the same libsqlite3. PostgreSQL goes through sqlx as everywhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sqlx::Row;

use super::Db;
use crate::domain::ids::{GroupId, OrgId, UserId};

/// A completed activity that is no duplicate: what counts for figures and engagement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Place of its owner in [`Cells::users`].
    pub user: u32,
    pub is_run: bool,
    pub start_at: i64,
    /// Metres, nothing where it is unknown. So are the loads.
    pub distance: f64,
    pub duration: f64,
    pub vdot_load: f64,
    pub training_load: f64,
}

/// Activities of several people.
#[derive(Debug, Default)]
pub struct Cells {
    /// Whose activities are among them, each once.
    pub users: Vec<UserId>,
    pub rows: Vec<Cell>,
}

/// Whose activities to read.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    /// Who was in the group at any time between two instants.
    Group { org: OrgId, group: GroupId, first: i64, last: i64 },
    /// Every athlete of the organization who is or was in any group.
    Organization(OrgId),
}

// CROSS JOIN is how SQLite is told the order: first the members, then the activities of each by the index. Left
// to itself on a filled database it begins with everybody of the organization.

/// Bound by the number in the name, see [`Scope::statement`].
pub(super) const GROUP: &str = "SELECT a.user_id, a.start_at, a.activity_type, a.distance, a.duration, a.vdot_load, a.training_load \
     FROM (SELECT user_id FROM group_members WHERE group_id = $2 AND joined_at <= $5 \
     UNION SELECT user_id FROM group_departures WHERE group_id = $2 AND joined_at <= $5 AND left_at > $6) gm \
     CROSS JOIN memberships m CROSS JOIN activities a WHERE m.user_id = gm.user_id AND m.org_id = $1 AND a.user_id = m.user_id \
     AND a.start_at >= m.visible_from AND a.start_at >= $3 AND a.start_at < $4 \
     AND a.deleted_at IS NULL AND a.duplicate_of IS NULL AND a.status = 'completed'";

pub(super) const ORGANIZATION: &str = "SELECT a.user_id, a.start_at, a.activity_type, a.distance, a.duration, a.vdot_load, a.training_load \
     FROM (SELECT o.user_id FROM group_members o JOIN groups g ON g.id = o.group_id WHERE g.org_id = $1 \
     UNION SELECT d.user_id FROM group_departures d JOIN groups g ON g.id = d.group_id WHERE g.org_id = $1) gm \
     CROSS JOIN memberships m CROSS JOIN activities a WHERE m.user_id = gm.user_id AND m.org_id = $1 AND a.user_id = m.user_id \
     AND a.start_at >= m.visible_from AND a.start_at >= $2 AND a.start_at < $3 \
     AND a.deleted_at IS NULL AND a.duplicate_of IS NULL AND a.status = 'completed'";

/// A bound value: the statements above take texts and whole numbers only.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Whole(i64),
}

impl Scope {
    fn statement(self, (from, to): (i64, i64)) -> (&'static str, Vec<Value>) {
        let text = |id: String| Value::Text(id);
        match self {
            Self::Group { org, group, first, last } => {
                let ids = [text(org.to_string()), text(group.to_string())];
                let times = [from, to, last, first].map(Value::Whole);
                (GROUP, ids.into_iter().chain(times).collect())
            }
            Self::Organization(org) => {
                (ORGANIZATION, vec![text(org.to_string()), Value::Whole(from), Value::Whole(to)])
            }
        }
    }
}

/// The visible completed activities that started in `range` (Unix seconds, half open), of any type, without
/// duplicates, in no particular order; those of one person mostly follow each other.
pub async fn read(db: &Db, scope: Scope, range: (i64, i64)) -> sqlx::Result<Cells> {
    super::note_statement();
    let (sql, values) = scope.statement(range);
    match db {
        Db::Sqlite { bulk, .. } => {
            let _turn = bulk.0.turns.acquire().await.ok();
            let bulk = bulk.clone();
            let outcome = tokio::task::spawn_blocking(move || bulk.read(sql, &values)).await;
            let other = |e| sqlx::Error::Io(std::io::Error::other(e));
            outcome.map_err(|e| sqlx::Error::Io(e.into()))?.map_err(other)
        }
        Db::Postgres(pool) => {
            let mut query = sqlx::query(sql);
            for value in &values {
                query = match value {
                    Value::Text(text) => query.bind(text.clone()),
                    Value::Whole(number) => query.bind(*number),
                };
            }
            let mut gathered = Gathered::default();
            for row in query.fetch_all(pool).await? {
                let user = gathered.user(row.try_get::<&str, _>(0)?);
                let number = |i: usize| row.try_get::<Option<f64>, _>(i).map(Option::unwrap_or_default);
                let cell = Cell {
                    user: user.ok_or_else(bad_id)?,
                    start_at: row.try_get(1)?,
                    is_run: row.try_get::<&str, _>(2)? == "run",
                    distance: number(3)?,
                    duration: row.try_get(4)?,
                    vdot_load: number(5)?,
                    training_load: number(6)?,
                };
                gathered.cells.rows.push(cell);
            }
            Ok(gathered.cells)
        }
    }
}

fn bad_id() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other("an id that is none"))
}

/// Rows as they come in, with a number for each person.
#[derive(Default)]
struct Gathered {
    cells: Cells,
    numbers: std::collections::HashMap<UserId, u32>,
    /// The id of the row before, as text, so that a run of one person's rows is parsed once.
    last: String,
    last_number: u32,
}

impl Gathered {
    fn user(&mut self, text: &str) -> Option<u32> {
        if self.last != text {
            let id: UserId = text.parse().ok()?;
            let next = self.cells.users.len() as u32;
            self.last_number = *self.numbers.entry(id).or_insert(next);
            if self.last_number == next {
                self.cells.users.push(id);
            }
            self.last.clear();
            self.last.push_str(text);
        }
        Some(self.last_number)
    }
}

/// Connections of rusqlite to the same file, made when they are needed and kept.
#[derive(Debug, Clone)]
pub struct Bulk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// The lock is held for taking and giving back only.
    idle: Mutex<Vec<Connection>>,
    /// So many read at once; the others wait, each with nothing in memory yet.
    turns: tokio::sync::Semaphore,
}

/// Connections that read at once, and idle ones that are kept.
const AT_ONCE: usize = 4;
const KEPT: usize = 2;

impl Bulk {
    pub fn new(path: PathBuf) -> Self {
        let turns = tokio::sync::Semaphore::new(AT_ONCE);
        Self(Arc::new(Inner { path, idle: Mutex::new(Vec::new()), turns }))
    }

    /// Closes the idle connections.
    pub fn close(&self) {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn connection(&self) -> rusqlite::Result<Connection> {
        if let Some(idle) = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        // Not read-only for SQLite: the first reader after a crash has to mend the log. It never writes rows.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.0.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -8000)?;
        Ok(connection)
    }

    fn read(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Cells> {
        let connection = self.connection()?;
        let cells = Self::read_on(&connection, sql, values)?;
        // One that failed is not kept.
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(cells)
    }

    fn read_on(connection: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Cells> {
        let mut statement = connection.prepare_cached(sql)?;
        for (index, value) in values.iter().enumerate() {
            // `$2` is a name for SQLite: it is found by it, never by its place in the text.
            let place = statement.parameter_index(&format!("${}", index + 1))?;
            let place =
                place.ok_or_else(|| rusqlite::Error::InvalidParameterName(format!("${}", index + 1)))?;
            match value {
                Value::Text(text) => statement.raw_bind_parameter(place, text)?,
                Value::Whole(number) => statement.raw_bind_parameter(place, number)?,
            }
        }
        let mut gathered = Gathered::default();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let text = |i: usize| row.get_ref(i).map(|v| v.as_str().unwrap_or_default());
            let number = |i: usize| {
                row.get_ref(i).map(|v| match v {
                    ValueRef::Real(number) => number,
                    ValueRef::Integer(number) => number as f64,
                    _ => 0.0,
                })
            };
            let user = gathered.user(text(0)?).ok_or(rusqlite::Error::InvalidQuery)?;
            let cell = Cell {
                user,
                start_at: row.get(1)?,
                is_run: text(2)? == "run",
                distance: number(3)?,
                duration: number(4)?,
                vdot_load: number(5)?,
                training_load: number(6)?,
            };
            gathered.cells.rows.push(cell);
        }
        Ok(gathered.cells)
    }
}
