//! `harrier import`: recordings from files, folders and zip archives, for one athlete.
//!
//! Every file is stored in a transaction of its own, so that an import that was stopped, however, is taken up
//! again by the same command: what is there already is told from what is new.

use std::path::{Path, PathBuf};

use clap::Args;

use super::serve::Signals;
use super::{Failure, Outcome, Setup, Variables, log_to_stderr, open, print, product};
use crate::app::imports::{self, FileOutcome};
use crate::app::{App, Viewer};

/// What is looked for in folders; each also with `.gz` behind it.
const ENDINGS: [&str; 3] = [".fit", ".tcx", ".gpx"];
/// Archives above this would not fit into the memory of a small machine.
const LARGEST: u64 = 1 << 30;

#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    setup: Setup,
    /// Email of the athlete whose recordings these are.
    #[arg(long)]
    athlete: String,
    /// Files (.fit .tcx .gpx, each also .gz), zip archives, and folders with all below them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// How many files came to what.
#[derive(Debug, Default)]
struct Tally {
    added: usize,
    there: usize,
    refused: usize,
    /// Files and folders that could not be read at all.
    unreadable: usize,
}

/// Imports everything below the paths, in order.
pub async fn run(import: Import, variables: &Variables) -> Outcome {
    let config = import.setup.read(variables)?;
    log_to_stderr("warn");
    let mut tally = Tally::default();
    let mut files = Vec::new();
    for path in &import.paths {
        collect(path, true, &mut files, &mut tally)?;
    }
    let app = product(open(&config.database_url).await?, &config, config.public_url(config.listen))?;
    let outcome = all(&app, &import.athlete, &files, &mut tally).await;
    app.close().await;
    let is_finished = outcome?;
    let count = tally.added + tally.there + tally.refused + tally.unreadable;
    let word = if count == 1 { "file" } else { "files" };
    let mut summary = format!("{count} {word}: {} added, {} there already", tally.added, tally.there);
    summary.push_str(&format!(", {} refused", tally.refused));
    if tally.unreadable > 0 {
        summary.push_str(&format!(", {} not readable", tally.unreadable));
    }
    print(format_args!("{summary}."))?;
    if !is_finished {
        return Err(Failure("Stopped. Run the same command again to go on.".into()));
    }
    match tally {
        Tally { unreadable: 1.., .. } => Err(Failure("Some paths could not be read.".into())),
        Tally { added: 0, there: 0, .. } => Err(Failure("Nothing was imported.".into())),
        _ => Ok(()),
    }
}

/// Returns whether all were handled; `false` when it was told to stop.
async fn all(app: &App, email: &str, files: &[PathBuf], tally: &mut Tally) -> Outcome<bool> {
    let viewer = app.operator_for(email).await?;
    let mut signals = Signals::new()?;
    for path in files {
        let handled = tokio::select! {
            // What is dropped half done is rolled back.
            () = signals.next() => return Ok(false),
            handled = one(app, &viewer, path) => handled?,
        };
        match handled {
            Ok(outcomes) => {
                for outcome in outcomes {
                    tally.note(path, &outcome)?;
                }
            }
            Err(error) => tally.note_unreadable(path, error)?,
        }
    }
    Ok(true)
}

/// Imports one file or archive; the inner error is one of reading it.
async fn one(app: &App, viewer: &Viewer, path: &Path) -> Outcome<std::io::Result<Vec<FileOutcome>>> {
    let read = async {
        let size = tokio::fs::metadata(path).await?.len();
        if size > LARGEST {
            return Err(std::io::Error::other("it is larger than 1 GB; unpack it and import the folder"));
        }
        tokio::fs::read(path).await
    };
    match read.await {
        Ok(bytes) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            Ok(Ok(app.import_file(viewer, viewer.user.id, &name, bytes).await?))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Adds a file, or what is below a folder, in the order of names.
fn collect(path: &Path, is_named: bool, files: &mut Vec<PathBuf>, tally: &mut Tally) -> Outcome {
    // A link that was named is followed; one that lies in a folder could lead in a circle.
    let kind = if is_named { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    match kind {
        Err(error) => tally.note_unreadable(path, error),
        Ok(kind) if kind.is_dir() => {
            let entries = std::fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
            let mut entries = match entries {
                Ok(entries) => entries,
                Err(error) => return tally.note_unreadable(path, error),
            };
            entries.sort_by_key(std::fs::DirEntry::file_name);
            entries.iter().try_for_each(|entry| collect(&entry.path(), false, files, tally))
        }
        Ok(kind) => {
            if is_named || (kind.is_file() && is_recording(path)) {
                files.push(path.to_owned());
            }
            Ok(())
        }
    }
}

fn is_recording(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    !name.starts_with('.') && (name.ends_with(".zip") || ENDINGS.iter().any(|ending| plain.ends_with(ending)))
}

impl Tally {
    fn note(&mut self, path: &Path, outcome: &FileOutcome) -> Outcome {
        let (word, count) = match outcome.outcome {
            imports::Outcome::Created => ("added", &mut self.added),
            imports::Outcome::Duplicate => ("there", &mut self.there),
            imports::Outcome::Refused => ("refused", &mut self.refused),
        };
        *count += 1;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        // A file of an archive is named with the archive.
        let inner = if *name == outcome.file { String::new() } else { format!(", {}", outcome.file) };
        let ids: Vec<String> = outcome.activity_ids.iter().map(ToString::to_string).collect();
        let is_known = outcome.outcome == imports::Outcome::Duplicate;
        let message = outcome.message.as_deref().filter(|_| !is_known);
        let rest: Vec<String> = ids.into_iter().chain(message.map(str::to_owned)).collect();
        print(format_args!("{word:<8} {}{}: {}", shown(path), inner, rest.join(" ")))
    }

    fn note_unreadable(&mut self, path: &Path, error: std::io::Error) -> Outcome {
        self.unreadable += 1;
        print(format_args!("{:<8} {}: {error}", "skipped", shown(path)))
    }
}

/// A path without what would steer the terminal.
fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
