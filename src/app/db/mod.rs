//! The only SQL in the program. Private to `app`: reaching in from elsewhere does not compile.
//!
//! One enum of transactions, one short macro, one SQL text for each query on both databases. The rules
//! that keep a statement portable stand in CONTRIBUTING.md under "SQL for two databases".

pub mod activities;
pub mod activity_changes;
pub mod activity_page;
pub mod analytics;
pub mod audit;
pub mod bulk;
pub mod cells;
pub mod dialect;
pub mod erasure;
pub mod fitness;
pub mod group_feed;
pub mod group_reports;
pub mod group_stats;
pub mod groups;
pub mod housekeeping;
pub mod idempotency;
pub mod invitations;
pub mod jobs;
pub mod join_requests;
pub mod labels;
pub mod limits;
pub mod links;
pub mod members;
pub mod notes;
pub mod notifications;
pub mod operator;
pub mod organizations;
pub mod outbox;
pub mod profile;
pub mod recordings;
pub mod roster;
pub mod sessions;
pub mod tokens;
pub mod undos;
pub mod users;

mod types;

#[cfg(test)]
mod plan_tests;

use std::cell::Cell;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

/// The migrations of both databases: same numbers, same names, forward only.
pub static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
/// See [`SQLITE`].
pub static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The database: SQLite by default, PostgreSQL when one machine is not enough.
#[derive(Debug, Clone)]
pub enum Db {
    /// Writes go through one connection with `BEGIN IMMEDIATE`, reads through a pool that cannot write.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        /// Bulk reads, past sqlx.
        bulk: cells::Bulk,
    },
    Postgres(PgPool),
}

/// A transaction on either database. Dropping it rolls back.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one body on whichever connection the transaction holds. The body is expanded twice, so it must
/// not consume what it needs again.
macro_rules! on {
    ($tx:expr, |$conn:ident| $body:expr) => {{
        $crate::app::db::note_statement();
        match $tx {
            $crate::app::db::Tx::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body
            }
            $crate::app::db::Tx::Postgres(tx) => {
                let $conn = &mut **tx;
                $body
            }
        }
    }};
}
pub(crate) use on;

thread_local! {
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// Counts a statement; called by [`on!`], of which each use runs one.
pub(crate) fn note_statement() {
    STATEMENTS.with(|count| count.set(count.get() + 1));
}

/// How many statements this thread has run. A test on a runtime of one thread takes the difference around
/// a request: no page may run more than eight.
pub fn statements() -> u64 {
    STATEMENTS.with(Cell::get)
}

impl Db {
    /// Whether the address can be read; nothing is opened. The error may repeat the address.
    pub fn check_url(url: &str) -> Result<(), sqlx::Error> {
        if url.starts_with("sqlite:") {
            SqliteConnectOptions::from_str(url).map(|_| ())
        } else {
            PgConnectOptions::from_str(url).map(|_| ())
        }
    }

    /// Opens the database that the address names (`sqlite://path`, `postgres://…`); a SQLite file and its
    /// folder are made where they are missing.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let file = path.split('?').next().unwrap_or(path);
            if let Some(folder) = std::path::Path::new(file).parent() {
                std::fs::create_dir_all(folder)?;
            }
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                // Of a new file: originals and streams fill many pages, and fewer larger ones are written sooner.
                .page_size(8192)
                .journal_mode(SqliteJournalMode::Wal)
                // An answered write survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("cache_size", "-8000")
                .pragma("temp_store", "memory");
            let filename = options.get_filename().to_owned();
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .connect_with(options.clone().optimize_on_close(true, None))
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(4)
                .test_before_acquire(false)
                .connect_with(options.pragma("query_only", "on").row_buffer_size(1000))
                .await?;
            let bulk = cells::Bulk::new(filename);
            Ok(Self::Sqlite { read, write, bulk })
        } else {
            let pool = PgPoolOptions::new()
                .max_connections(10)
                .connect_with(PgConnectOptions::from_str(url)?)
                .await?;
            Ok(Self::Postgres(pool))
        }
    }

    /// Brings the schema up to date; does nothing when it is.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await,
            Self::Postgres(pool) => POSTGRES.run(pool).await,
        }
    }

    /// One snapshot for all the queries of a page. A write in it fails on both databases.
    pub async fn read(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// A transaction that writes.
    pub async fn write(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Closes every connection, so that SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, bulk } => {
                bulk.close();
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything since the beginning lasting.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&mut self) -> Result<(), sqlx::Error> {
        on!(self, |conn| sqlx::query("SELECT 1").execute(conn).await.map(|_| ()))
    }
}
