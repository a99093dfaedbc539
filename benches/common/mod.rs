//! What the benchmarks share: the product in a temporary folder, and figures that compare.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "what one benchmark leaves out another uses; a temporary folder needs a name"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use harrier::app::admin::{Made, NewPerson};
use harrier::app::seal::Key;
use harrier::app::{App, Clock, Db, Entropy, Settings, Viewer};
use harrier::outside::mail::Transport;
use tokio::runtime::Runtime;

/// Wednesday 18 November 2026, 12:00 UTC.
pub const NOW: i64 = 1_795_003_200;

/// Everybody's.
pub const PASSWORD: &str = "correct horse battery";

/// The product on a SQLite file of its own, set up as `harrier serve` does.
pub struct House {
    pub app: App,
    pub runtime: Runtime,
    pub folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        self.runtime.block_on(self.app.close());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl House {
    pub fn new(name: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = std::env::temp_dir().join(format!("harrier-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let app = runtime.block_on(async {
            let db = Db::open(&format!("sqlite://{}", folder.join("bench.db").display()))
                .await
                .expect("a SQLite file");
            db.migrate().await.expect("migrations");
            let settings = Settings {
                public_url: "http://harrier.test".into(),
                is_signup_open: true,
                mail_from: "Harrier <harrier@harrier.test>".into(),
                chromium: None,
                key: Key::new([7; 32]),
                shows_mails: false,
            };
            App::new(db, Clock::still(NOW), Entropy::seeded(7), settings, Transport::memory())
        });
        Self { app, runtime, folder }
    }

    /// Makes somebody of the club; the first coach is its head coach.
    pub fn person(&self, email: &str, is_coach: bool) -> (Made, Viewer) {
        let person = NewPerson {
            email: email.into(),
            name: "Marta Lindqvist".into(),
            password: PASSWORD.into(),
            timezone: "Europe/Lisbon".into(),
        };
        self.runtime.block_on(async {
            let made = match is_coach {
                true => self.app.admin_create_coach(&person, "Lowfield").await,
                false => self.app.admin_create_athlete(&person, "Lowfield").await,
            }
            .expect("a person");
            let viewer = self.app.session_viewer(made.user_id).await.expect("a session").expect("a viewer");
            (made, viewer)
        })
    }
}

/// The processor time of this process so far, threads that have ended included; nothing where the system does
/// not tell it.
#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID).ok().map(Duration::from)
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

/// The processor time that the work takes, or the time on the clock where only that is known.
pub fn cost(work: impl FnOnce()) -> Duration {
    let (clock, cpu) = (Instant::now(), cpu_time());
    work();
    match (cpu, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => clock.elapsed(),
    }
}

/// The time on the clock that the work takes.
pub fn elapsed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The middle one of several measurements of each side, taken in turns so that a busy moment hits both.
pub fn medians(
    rounds: usize,
    mut one: impl FnMut() -> Duration,
    mut other: impl FnMut() -> Duration,
) -> [Duration; 2] {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(one());
        b.push(other());
    }
    a.sort_unstable();
    b.sort_unstable();
    [a[rounds / 2], b[rounds / 2]]
}

/// Prints how the second side compares with the first, and whether that keeps the promise; of infinity, which
/// promises nothing, the comparison alone.
pub fn report(what: &str, [one, other]: [Duration; 2], at_most: f64) {
    let ratio = other.as_secs_f64() / one.as_secs_f64();
    let verdict = match (at_most.is_finite(), ratio <= at_most) {
        (false, _) => String::new(),
        (_, true) => format!(" (at most {at_most}: kept)"),
        (_, false) => format!(" (at most {at_most}: BROKEN)"),
    };
    println!("{what}: {other:.1?} to {one:.1?}, {ratio:.2} times{verdict}");
}
