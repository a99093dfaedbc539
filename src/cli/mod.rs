//! The commands of the program, one file each.

pub mod admin;
pub mod demo;
pub mod import;
mod key;
pub mod migrate;
pub mod report;
pub mod serve;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::{App, Clock, Db, Entropy, Error, Settings};
use crate::config::{Config, File, Mistakes};
use crate::outside::mail::Transport;

/// A dashboard for running clubs and their coaches.
#[derive(Debug, Parser)]
#[command(name = "harrier", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a believable club (once) and serve it, to look around in.
    Demo(demo::Demo),
    /// Serve the club.
    Serve(Setup),
    /// Bring the database up to date without serving it.
    Migrate(Setup),
    /// Import recordings for an athlete; works while the server runs.
    Import(import::Import),
    /// The PDF of a weekly report, of one group or of all; works while the server runs.
    Report(report::Report),
    /// People, tokens and administrators; works while the server runs.
    Admin(admin::Admin),
}

/// Where the configuration comes from beside the environment.
#[derive(Debug, Args)]
pub struct Setup {
    /// A TOML file with settings; the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database, in place of HARRIER_DATABASE_URL.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

/// The environment's variables.
pub type Variables = BTreeMap<String, String>;

/// Why a command failed, in words for the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

/// What commands return.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    fn new(what: impl Display, why: impl Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self(mistakes.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(problems) => {
                Self(problems.into_iter().map(|p| p.message).collect::<Vec<_>>().join("\n"))
            }
            Error::Internal(cause) => {
                let mut text = cause.to_string();
                let mut next = cause.source();
                while let Some(cause) = next {
                    text.push_str(&format!(": {cause}"));
                    next = cause.source();
                }
                Self(text)
            }
            other => Self(other.to_string()),
        }
    }
}

/// Runs a command to its end. Failures go to standard error, with exit code 1.
pub fn run(cli: Cli, variables: &Variables) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        // More threads cost memory and win nothing: SQLite and password hashes have threads of their own.
        .worker_threads(std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8)))
        .enable_all()
        .build()
        .map_err(|e| Failure::new("The runtime does not start", e))
        .and_then(|runtime| {
            let outcome = runtime.block_on(async {
                match cli.command {
                    Command::Demo(demo) => demo::run(demo, variables).await,
                    Command::Serve(setup) => serve::run(setup.read(variables)?).await,
                    Command::Migrate(setup) => migrate::run(setup.read(variables)?).await,
                    Command::Import(import) => import::run(import, variables).await,
                    Command::Report(report) => report::run(report, variables).await,
                    Command::Admin(admin) => admin::run(admin, variables).await,
                }
            });
            // Whatever still hashes a password or waits for a disk must not hold the program up.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            outcome
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

impl Setup {
    /// The configuration, with all its mistakes reported at once.
    fn read(&self, variables: &Variables) -> Outcome<Config> {
        let named = variables.get("HARRIER_CONFIG").filter(|path| !path.trim().is_empty());
        let path = self.config.clone().or_else(|| named.map(PathBuf::from));
        let text = match &path {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|e| {
                Failure::new(format_args!("The configuration file {} cannot be read", path.display()), e)
            })?),
        };
        let name = path.map(|p| p.display().to_string()).unwrap_or_default();
        let file = text.as_deref().map(|text| File { path: &name, text });
        Ok(Config::read(variables, file, self.database_url.as_deref())?)
    }
}

/// Sends the log to standard error.
fn log_to_stderr(directives: &str) {
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call (in a test) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Otherwise a reader of the log that goes away takes the server with it.
        .log_internal_errors(false)
        .try_init();
}

/// Opens the database that the configuration names and brings it up to date.
async fn open(database_url: &str) -> Outcome<Db> {
    let db = Db::open(database_url).await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => {
            Failure("The database does not answer at its address; it was tried for 30 seconds.".into())
        }
        other => Failure::new("The database does not open", other),
    })?;
    db.migrate().await.map_err(|e| Failure::new("The database cannot be brought up to date", e))?;
    Ok(db)
}

/// The product on an open database.
fn product(db: Db, config: &Config, public_url: String) -> Outcome<App> {
    let settings = Settings {
        public_url,
        is_signup_open: config.is_signup_open,
        mail_from: config.mail_from.clone(),
        chromium: config.chromium.clone(),
        key: key::load(config)?,
        shows_mails: config.shows_mails,
    };
    let transport = match &config.smtp_url {
        Some(url) => {
            Transport::smtp(url).map_err(|_| Failure("The mail server's address cannot be read".into()))?
        }
        None => Transport::Folder(config.data_dir.join("mails")),
    };
    Ok(App::new(db, Clock::System, Entropy::System, settings, transport))
}

/// Tells the log where mails go.
fn say_where_mails_go(app: &App) {
    match app.transport() {
        Transport::Folder(folder) => {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            tracing::info!("HARRIER_SMTP_URL is not set: mails are written to {}", folder.display());
        }
        _ => tracing::info!("mails go out by the server of HARRIER_SMTP_URL"),
    }
}

/// Writes to standard output. Somebody who stopped reading (`| head`) is no failure.
fn print(text: impl Display) -> Outcome {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new("Standard output cannot be written", error))
        }
        _ => Ok(()),
    }
}
