//! Password hashes: argon2id with the parameters of OWASP's cheat sheet (19 MiB, two passes), off the
//! async threads and at most two at a time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier};
use unicode_normalization::UnicodeNormalization;

use super::App;
use super::error::{Error, Result};

/// A hash of no one's password, in the parameters in use, so that an unknown account takes as long as a
/// known one. Its preimage was random and thrown away.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZS1zYWx0LW5vLW9uZQ$Jq3yqk0bqJ6u0cX0y5GqS1Q1l2S1u0rB0N0oS8m1v1w";

impl App {
    /// Hashes a password.
    pub(super) async fn hash_password(&self, password: &str) -> Result<String> {
        let password: String = password.nfc().collect();
        self.hashing(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|h| h.to_string())
                .map_err(|e| Error::internal(e.to_string()))
        })
        .await?
    }

    /// Whether the password belongs to the hash. Takes as long where there is no hash.
    pub(super) async fn verify_password(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password: String = password.nfc().collect();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let matches = self
            .hashing(move || {
                PasswordHash::new(&hash)
                    .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
            })
            .await?;
        Ok(known && matches)
    }

    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _permit = self.0.hashing.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}
