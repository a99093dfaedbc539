//! Password hashes: argon2id with the parameters of OWASP's cheat sheet (19 MiB, two passes), off the
//! async threads and at most two at a time.

use std::sync::atomic::Ordering;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::App;
use super::error::{Error, Result};
use crate::domain::password::{LONGEST_BYTES, normalise};

/// A hash of no one's password, in the parameters in use, so that an unknown account takes as long as a
/// known one. Salt and hash are random: nobody knows what it is a hash of.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$CgdhDGU8sJQ87V/t0Em1Sg$yzSHnK1ue8KPMAh/pWzMv3LBhelWp/I1Y0dElmimSNg";

impl App {
    /// Hashes a password that has been found acceptable; one that is too long to look at is refused.
    pub(super) async fn hash_password(&self, password: &str) -> Result<String> {
        let Some(password) = normalise(password) else {
            return Err(Error::invalid(
                "password",
                format!("The password is longer than {LONGEST_BYTES} bytes. Choose a shorter one."),
            ));
        };
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
        // One that is too long belongs to no hash.
        let password = normalise(password);
        let is_possible = hash.is_some() && password.is_some();
        let password = password.unwrap_or_default();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        Ok(self.hashing(move || matches(&password, &hash)).await? && is_possible)
    }

    /// How many passwords were hashed or checked: for tests that as much is done for an unknown account.
    #[doc(hidden)]
    pub fn hashed_passwords(&self) -> u64 {
        self.0.hashed.load(Ordering::Relaxed)
    }

    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        self.0.hashed.fetch_add(1, Ordering::Relaxed);
        let _permit = self.0.hashing.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// Whether a hash was made more cheaply than hashes are made today; also where it cannot be read. One that was
/// made more dearly stays as it is.
pub(super) fn is_outdated(hash: &str) -> bool {
    let now = Params::default();
    let Ok(hash) = PasswordHash::new(hash) else { return true };
    let is_same_kind =
        hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
    let is_as_dear = Params::try_from(&hash).is_ok_and(|then| {
        then.m_cost() >= now.m_cost() && then.t_cost() >= now.t_cost() && then.p_cost() >= now.p_cost()
    });
    !(is_same_kind && is_as_dear)
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_costs_as_much_as_somebody_and_has_no_password() {
        let nobody = PasswordHash::new(NOBODY).expect("a hash in PHC form");
        let somebody = Argon2::default().hash_password(b"granite otter lantern").unwrap().to_string();
        let somebody = PasswordHash::new(&somebody).unwrap();
        assert_eq!(nobody.algorithm, somebody.algorithm);
        assert_eq!(nobody.version, somebody.version);
        assert_eq!(nobody.params.to_string(), somebody.params.to_string());
        assert_eq!(nobody.hash.unwrap().len(), somebody.hash.unwrap().len());
        for password in ["", "granite otter lantern"] {
            assert!(!matches(password, NOBODY));
        }
    }

    #[test]
    fn hashes_of_other_times_are_told() {
        let with = |m, t, p, algorithm| {
            let argon = Argon2::new(algorithm, Version::V0x13, Params::new(m, t, p, None).unwrap());
            argon.hash_password(b"granite otter lantern").unwrap().to_string()
        };
        let id = Algorithm::Argon2id;
        assert!(!is_outdated(NOBODY) && !is_outdated(&with(19_456, 2, 1, id)));
        assert!(!is_outdated(&with(20_000, 3, 2, id)), "dearer than today");
        for weak in [with(64, 2, 1, id), with(19_456, 1, 1, id), with(19_456, 2, 1, Algorithm::Argon2i)] {
            assert!(is_outdated(&weak), "{weak}");
        }
        assert!(is_outdated("no hash"));
    }

    #[test]
    fn a_password_belongs_to_its_hash() {
        let hash = Argon2::default().hash_password(b"granite otter lantern").unwrap().to_string();
        assert!(matches("granite otter lantern", &hash) && !matches("granite otter lanterns", &hash));
        assert!(!matches("granite otter lantern", "no hash"));
    }
}
