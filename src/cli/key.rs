//! The key that seals mails in the outbox: the operator's, or one that is made once beside the data.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{Failure, Outcome};
use crate::app::seal::Key;
use crate::app::{Entropy, Error};
use crate::config::Config;

/// The file in the data folder.
const FILE: &str = "secret.key";

/// The configured key, or the one in the data folder, made where there is none.
pub fn load(config: &Config) -> Outcome<Key> {
    match &config.secret_key {
        Some(key) => Ok(key.clone()),
        None => in_folder(&config.data_dir),
    }
}

fn in_folder(folder: &Path) -> Outcome<Key> {
    let path = folder.join(FILE);
    let failed = |what: &str, e: std::io::Error| {
        Failure::new(format_args!("The key file {} cannot be {what}", path.display()), e)
    };
    for _ in 0..2 {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let message = format!("{} holds no key: 32 bytes as base64.", path.display());
                return Key::parse(&text).ok_or(Failure(message));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(failed("read", e)),
        }
        std::fs::create_dir_all(folder).map_err(|e| failed("made", e))?;
        make(folder, &path).map_err(|e| failed("made", e))?;
    }
    Err(Failure::new(format_args!("The key file {} cannot be read", path.display()), Error::NotFound))
}

/// Writes a new key whole, and puts it in place only where nobody was quicker: of two processes that start at once
/// both then read the same.
fn make(folder: &Path, path: &Path) -> std::io::Result<()> {
    let mut bytes = [0u8; 32];
    Entropy::System.fill(&mut bytes);
    // Only its owner reads it.
    let mut file = tempfile::Builder::new().prefix(".secret").tempfile_in(folder)?;
    writeln!(file, "{}", Key::new(bytes).text())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = in_folder(&folder.path().join("data")).unwrap().text();
        assert_eq!(in_folder(&folder.path().join("data")).unwrap().text(), made);
        assert_ne!(in_folder(folder.path()).unwrap().text(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        std::fs::write(folder.path().join(FILE), "no key").unwrap();
        assert!(in_folder(folder.path()).unwrap_err().0.contains("holds no key"));
    }

    #[test]
    fn those_who_start_at_once_have_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<String> = std::thread::scope(|scope| {
            let many: Vec<_> =
                (0..8).map(|_| scope.spawn(|| in_folder(folder.path()).unwrap().text())).collect();
            many.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(all.iter().all(|key| *key == all[0]));
    }
}
