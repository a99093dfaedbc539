//! Time and randomness are parameters: the only place that reads the system's clock and its randomness.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock and the system's randomness"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Where "now" comes from.
#[derive(Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// Stands still until a test moves it. Unix milliseconds.
    Still(AtomicI64),
}

impl Clock {
    /// A clock that stands at this Unix second.
    pub fn still(unix_seconds: i64) -> Self {
        Self::Still(AtomicI64::new(unix_seconds * 1000))
    }

    /// Now, in Unix milliseconds.
    pub fn now_millis(&self) -> i64 {
        match self {
            Self::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                Err(_) => 0,
            },
            Self::Still(millis) => millis.load(Ordering::SeqCst),
        }
    }

    /// Moves a still clock; the system's clock takes no notice.
    pub fn advance(&self, seconds: i64) {
        if let Self::Still(millis) = self {
            millis.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }
}

/// Where randomness comes from.
#[derive(Debug)]
pub enum Entropy {
    /// The operating system, through a generator fit for secrets.
    System,
    /// The same bytes at every run, for tests and for the demo's patterns (never its passwords).
    Seeded(Box<Mutex<StdRng>>),
}

impl Entropy {
    /// A source that gives the same bytes for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills the buffer with random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::System => rand::rng().fill_bytes(bytes),
            Self::Seeded(rng) => match rng.lock() {
                Ok(mut rng) => rng.fill_bytes(bytes),
                Err(poisoned) => poisoned.into_inner().fill_bytes(bytes),
            },
        }
    }
}
