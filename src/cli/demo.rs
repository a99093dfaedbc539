//! `harrier demo`: makes a believable club once, in a folder of its own, and serves it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;

use super::serve::{bind, until_stopped};
use super::{Failure, Outcome, Variables, log_to_stderr, open, print, product, say_where_mails_go};
use crate::app::demo::{CLUB, SignIn, sign_ins};
use crate::app::{Clock, Entropy};
use crate::config::{Config, listen, reachable, sqlite_in};

#[derive(Debug, Args)]
pub struct Demo {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS", value_parser = listen)]
    listen: SocketAddr,
    /// The folder that holds the demo; delete it for a fresh one.
    #[arg(long, default_value = "demo", value_name = "FOLDER")]
    data: PathBuf,
}

const DATABASE: &str = "harrier.db";
/// Under this name until it is complete, so that an interrupted making is known and thrown away.
const MAKING: &str = "making.db";
const SIGN_INS: &str = "sign-ins.txt";

/// Makes the club where there is none, and serves it.
pub async fn run(demo: Demo, variables: &Variables) -> Outcome {
    // The demo is set up by its two flags alone, whatever stands in the environment for a real club; where the
    // log and Chromium are, is a matter of the machine.
    let of_machine = |name: &String| ["HARRIER_LOG", "HARRIER_CHROMIUM"].contains(&name.as_str());
    let own = variables.iter().filter(|(name, _)| of_machine(name)).map(|(n, v)| (n.clone(), v.clone()));
    let mut config = Config::read(&own.collect(), None, None)?;
    if !variables.contains_key("HARRIER_LOG") {
        config.log = "warn".into();
    }
    config.listen = demo.listen;
    config.shows_mails = true;
    config.data_dir = demo.data.clone();
    config.database_url = sqlite_in(&demo.data);
    log_to_stderr(&config.log);
    let (listener, address) = bind(config.listen).await?;
    let public_url = config.public_url(address);
    let folder = demo.data.as_path();
    let is_made = folder.join(DATABASE).exists() && folder.join(SIGN_INS).exists();
    if !is_made {
        make(folder, &config).await?;
    }
    let app = product(open(&config.database_url).await?, &config, public_url)?;
    announce(folder, address, is_made)?;
    say_where_mails_go(&app);
    until_stopped(app, config.proxies, listener).await
}

/// Makes the club beside its place and moves it there when it is complete.
async fn make(folder: &Path, config: &Config) -> Outcome {
    let failed =
        |what: &Path, error| Failure::new(format_args!("{} cannot be written", what.display()), error);
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    for name in [MAKING, DATABASE] {
        for end in ["", "-wal", "-shm"] {
            let path = folder.join(format!("{name}{end}"));
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(&path, e)),
                _ => {}
            }
        }
    }
    print(format_args!("Making the demo club in {} …", folder.display()))?;
    let begun = Instant::now();
    let making = folder.join(MAKING);
    let app = product(open(&format!("sqlite://{}", making.display())).await?, config, String::new())?;
    let people = sign_ins(password);
    app.make_demo(&people, &password()).await?;
    // Folds SQLite's log into the one file that is moved.
    app.close().await;
    let list = folder.join(SIGN_INS);
    write_private(&list, &table(&people)).map_err(|e| failed(&list, e))?;
    let database = folder.join(DATABASE);
    std::fs::rename(&making, &database).map_err(|e| failed(&database, e))?;
    tracing::info!("made in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// 96 random bits, which no one types but many copy.
fn password() -> String {
    let mut bytes = [0u8; 12];
    Entropy::System.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn table(people: &[SignIn; 3]) -> String {
    let email = people.iter().map(|p| p.email.len()).max().unwrap_or(0);
    let line = |p: &SignIn| format!("  {:<11} {:<email$}  {}\n", p.role.label(), p.email, p.password);
    people.iter().map(line).collect()
}

/// Writes a file that only its owner reads.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn announce(folder: &Path, address: SocketAddr, was_made: bool) -> Outcome {
    let list = folder.join(SIGN_INS);
    let people = std::fs::read_to_string(&list)
        .map_err(|e| Failure::new(format_args!("{} cannot be read", list.display()), e))?;
    let age = if was_made { age_in_days(&folder.join(SIGN_INS)) } else { 0 };
    let which = match (was_made, age) {
        (false, _) => "Sign in as (email, then password):".to_owned(),
        (true, 0..=6) => "Sign in as before (email, then password):".to_owned(),
        (true, days) => format!(
            "This club was made {days} days ago, and nobody has run since. For a fresh one delete {}.\n\
             Sign in as before (email, then password):",
            folder.display()
        ),
    };
    print(format_args!(
        "\n{CLUB} is open at http://{}\n\n{which}\n{people}\nPress Ctrl+C to stop.",
        reachable(address)
    ))
}

fn age_in_days(path: &Path) -> i64 {
    let modified = std::fs::metadata(path).and_then(|m| m.modified()).ok();
    let seconds =
        modified.and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |d| d.as_secs() as i64);
    (Clock::System.now_millis() / 1000 - seconds).max(0) / 86_400
}
