//! Chromium, as a printer: it makes the PDF of a page that was rendered here.
//!
//! The page is a file in a folder of its own that nobody else may read; its own policy lets no script run (Chromium's
//! switch that forbids all script forbids the printing too) and nothing be fetched but its style sheet. Chromium is
//! started for each PDF and ended with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Semaphore;

/// How long a document of many pages may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long one waits for the others' documents.
const QUEUE: Duration = Duration::from_secs(30);
/// What Chromium's own scripts find their programs by; it gets nothing else of our environment, which may hold
/// passwords.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    #[error("the folder for printing: {0}")]
    Folder(#[from] std::io::Error),
    #[error("Chromium did not start: {0}")]
    Start(std::io::Error),
    #[error("others are printing")]
    Busy,
    #[error("Chromium took longer than {} seconds", PATIENCE.as_secs())]
    Late,
    #[error("Chromium made no PDF: {0}")]
    Nothing(String),
}

/// A Chromium that prints.
#[derive(Debug, Clone)]
pub struct Printer {
    path: PathBuf,
    /// It takes two hundred megabytes: one at a time.
    turn: Arc<Semaphore>,
}

impl Printer {
    /// The program at this path, or by this name on the search path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// The PDF of a page. `html` refers to its style sheet as `report.css`; the sheet says the paper's size. Who
    /// no longer waits for it gets none, and it is made to its end nevertheless: a Chromium that is cut off leaves
    /// its folder behind.
    pub async fn print(&self, html: String, css: String) -> Result<Vec<u8>, PrintError> {
        let turn = tokio::time::timeout(QUEUE, Arc::clone(&self.turn).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PrintError::Busy) };
        let printer = self.clone();
        let task = tokio::spawn(async move {
            let printed = printer.run(&html, &css).await;
            drop(turn);
            printed
        });
        task.await.unwrap_or_else(|error| Err(PrintError::Nothing(error.to_string())))
    }

    async fn run(&self, html: &str, css: &str) -> Result<Vec<u8>, PrintError> {
        let folder = tempfile::Builder::new().prefix("harrier-print-").tempdir()?;
        let at = |name: &str| folder.path().join(name);
        tokio::fs::write(at("report.html"), html).await?;
        tokio::fs::write(at("report.css"), css).await?;
        let pdf = at("report.pdf");
        let mut command = Command::new(&self.path);
        command
            .args(["--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
            ])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer"])
            .arg(format!("--user-data-dir={}", at("profile").display()))
            .arg(format!("--print-to-pdf={}", pdf.display()))
            .arg(format!("file://{}", at("report.html").display()))
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("LANG", "C.UTF-8")
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if is_root(folder.path()) {
            // Chromium has no sandbox for root, and says no more than that it has none.
            command.arg("--no-sandbox");
        }
        let child = command.spawn().map_err(PrintError::Start)?;
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
            .await
            .map_err(|_| PrintError::Late)?
            .map_err(PrintError::Start)?;
        let printed = tokio::fs::read(&pdf).await;
        remove(folder).await;
        match printed {
            Ok(bytes) if bytes.starts_with(b"%PDF-") => Ok(bytes),
            _ => {
                let said = String::from_utf8_lossy(&output.stderr);
                let last: Vec<&str> = said.lines().rev().take(3).collect();
                Err(PrintError::Nothing(format!("{}: {}", output.status, last.join(" / "))))
            }
        }
    }
}

/// Removes the folder; Chromium's last processes may still be writing into it.
async fn remove(folder: tempfile::TempDir) {
    for _ in 0..10 {
        match tokio::fs::remove_dir_all(folder.path()).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            _ => return,
        }
    }
    // Dropping it tries once more.
}

/// Whether this process runs as root: whose is what it has just made?
#[cfg(unix)]
fn is_root(made: &Path) -> bool {
    std::fs::metadata(made).is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) == 0)
}

#[cfg(not(unix))]
fn is_root(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_what_is_wrong_where_there_is_no_pdf() {
        let missing = Printer::new("/nowhere/chromium").print("<p>".into(), String::new()).await;
        assert!(matches!(missing, Err(PrintError::Start(_))), "{missing:?}");
        let other = Printer::new("false").print("<p>".into(), String::new()).await;
        assert!(matches!(other, Err(PrintError::Nothing(_))), "{other:?}");
    }
}
