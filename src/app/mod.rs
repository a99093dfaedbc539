//! What the product does: services, permission, SQL, jobs. Knows nothing of HTTP.

pub mod access;
pub mod access_tokens;
pub mod accounts;
pub mod activities;
pub mod activity_page;
pub mod admin;
pub mod analytics;
pub mod athletes;
pub mod audit;
pub mod bulk;
pub mod clock;
pub mod coaches;
pub mod demo;
pub mod erasure;
pub mod error;
pub mod existing;
pub mod fitness;
pub mod group_comparison;
pub mod group_feed;
pub mod group_log;
pub mod group_members;
pub mod group_report;
pub mod group_stats;
pub mod groups;
pub mod housekeeping;
pub mod idempotency;
pub mod imports;
pub mod invitations;
pub mod jobs;
pub mod join_requests;
pub mod joining;
pub mod kept_reports;
pub mod limits;
pub mod links;
pub mod mail_samples;
pub mod mails;
pub mod members;
pub mod membership;
pub mod notes;
pub mod notifications;
pub mod organizations;
pub mod outbox;
pub mod password_reset;
pub mod passwords;
pub mod profile;
pub mod roster_csv;
pub mod seal;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod signup;
pub mod undos;
pub mod uploads;

mod db;
mod group_figures;
pub mod handovers;
mod joining_letters;
mod loads;
mod outings;
mod streams;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::outside::chromium::{PrintError, Printer};
use crate::outside::mail::Transport;

pub use access::Viewer;
pub use clock::{Clock, Entropy};
pub use db::users::User;
/// Bearer tokens as their owners see them.
pub mod tokens {
    pub use super::db::tokens::Token;
}

pub use db::{Db, statements};
pub use error::{Error, Problem, Result};

/// How the product was set up by its operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What links in mails begin with, without a slash at the end. Never taken from a request.
    pub public_url: String,
    /// Whether anyone may sign up as a coach (`open`), or nobody by themselves (`invited`).
    pub is_signup_open: bool,
    /// Sender of mails.
    pub mail_from: String,
    /// The Chromium that makes PDFs, where the operator named one.
    pub chromium: Option<std::path::PathBuf>,
    /// What seals mails until they are sent. Several processes on one database need the same.
    pub key: seal::Key,
    /// Whether pages show what every kind of mail looks like, for who works on them.
    pub shows_mails: bool,
}

/// The product: everything a service needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    clock: Clock,
    entropy: Entropy,
    /// Time (Unix milliseconds) and counter of the id that was made last.
    last_id: Mutex<(u64, u16)>,
    settings: Settings,
    transport: Transport,
    printer: Option<Printer>,
    /// Hashing a password takes 19 MiB: at most two at a time, so that sign-ins cannot exhaust memory.
    hashing: tokio::sync::Semaphore,
    /// Passwords that were hashed or checked.
    hashed: AtomicU64,
    /// Wakes the worker when a job was queued.
    queued: tokio::sync::Notify,
    /// Reading a file takes up to some hundred megabytes: two at a time.
    reading: tokio::sync::Semaphore,
}

impl App {
    /// The product on an open and migrated database. Mails go out by `transport`.
    pub fn new(db: Db, clock: Clock, entropy: Entropy, settings: Settings, transport: Transport) -> Self {
        let hashing = tokio::sync::Semaphore::new(2);
        let reading = tokio::sync::Semaphore::new(2);
        let queued = tokio::sync::Notify::new();
        let last_id = Mutex::new((0, 0));
        let hashed = AtomicU64::new(0);
        let printer = settings.chromium.clone().map(Printer::new);
        Self(Arc::new(Inner {
            db,
            clock,
            entropy,
            last_id,
            settings,
            transport,
            printer,
            hashing,
            hashed,
            queued,
            reading,
        }))
    }

    /// Today in a zone, as days since 1970-01-01.
    pub fn today(&self, zone: chrono_tz::Tz) -> i64 {
        crate::domain::calendar::day_at(self.now(), zone)
    }

    /// How the operator set the product up.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How mails go out; a test reads what was kept in memory.
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Whether PDFs can be made here.
    pub fn can_print(&self) -> bool {
        self.0.printer.is_some()
    }

    /// The PDF of a page that refers to its style sheet as `report.css`. "Not found" where PDFs cannot be made:
    /// no screen offers them then.
    pub async fn print(&self, html: String, css: String) -> Result<Vec<u8>> {
        let printer = self.0.printer.as_ref().ok_or(Error::NotFound)?;
        printer.print(html, css).await.map_err(|error| match error {
            PrintError::Busy => Error::RateLimited { retry_after: 60 },
            other => Error::internal(other),
        })
    }

    /// Counts a PDF that a viewer asks for, and refuses the one too many. "Not found" where none can be made.
    pub async fn take_print(&self, viewer: &Viewer) -> Result<()> {
        if !self.can_print() {
            return Err(Error::NotFound);
        }
        self.count_attempt(limits::PRINTS, &viewer.user.id.to_string()).await
    }

    /// Now, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.0.clock.now_millis().div_euclid(1000)
    }

    /// The clock itself, for tests that move it.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A UUIDv7 of now; ids are made from it. Within one process each is greater than the one before, also
    /// within a millisecond: lists and the audit trail are in the order of making by id alone.
    pub fn uuid(&self) -> Uuid {
        let mut random = [0u8; 10];
        self.0.entropy.fill(&mut random);
        let now = u64::try_from(self.0.clock.now_millis()).unwrap_or(0);
        let (millis, counter) = {
            let mut last = self.0.last_id.lock().unwrap_or_else(PoisonError::into_inner);
            *last = match *last {
                (millis, counter) if millis >= now && counter < 0x0fff => (millis, counter + 1),
                (millis, _) if millis >= now => (millis + 1, 0),
                _ => (now, 0),
            };
            *last
        };
        // The twelve bits after the time (RFC 9562, section 6.2, method 1: a counter of fixed length).
        random[0] = (random[0] & 0xf0) | (counter >> 8) as u8;
        random[1] = (counter & 0xff) as u8;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        match self.db().read().await {
            Ok(mut tx) => tx.ping().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.db().close().await;
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }
}
