//! Retries of a POST with the same `Idempotency-Key` are answered as the first call was. Keys belong to a
//! person and are kept for a day (see `housekeeping`).

use super::error::{Error, Result};
use super::{App, db};
use crate::domain::ids::UserId;

/// A claim whose call never came to an end (the process died) is given up after this many seconds.
const ABANDONED: i64 = 300;
/// In bytes.
const LONGEST_KEY: usize = 200;

/// What to do with a call that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// The first call with this key: do it, then [`App::keep_answer`].
    First,
    /// A retry: answer this status with this body.
    Answered(u16, String),
}

impl App {
    /// Claims a key for a call that is told by its hash. The same key for another call, or while the first
    /// call is still at work, is a conflict.
    pub async fn claim_key(&self, user: UserId, key: &str, request_hash: &str) -> Result<Claim> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Idempotency-Key",
                format!("An Idempotency-Key has 1 to {LONGEST_KEY} visible ASCII characters."),
            ));
        }
        let now = self.now();
        let mut tx = self.db().write().await?;
        if db::idempotency::claim(&mut tx, user, key, request_hash, now, now - ABANDONED).await? {
            tx.commit().await?;
            return Ok(Claim::First);
        }
        let known = db::idempotency::find(&mut tx, user, key).await?.ok_or_else(|| conflict("Try again."))?;
        if known.request_hash != request_hash {
            return Err(conflict("This Idempotency-Key was used for another request."));
        }
        match known.status.and_then(|status| u16::try_from(status).ok()) {
            Some(status) => Ok(Claim::Answered(status, known.body)),
            None => Err(conflict("The first request with this Idempotency-Key is still at work.")),
        }
    }

    /// Keeps the answer of the first call.
    pub async fn keep_answer(&self, user: UserId, key: &str, status: u16, body: &str) -> Result<()> {
        let mut tx = self.db().write().await?;
        db::idempotency::keep(&mut tx, user, key, status.into(), body).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets a key whose call failed by no fault of the caller.
    pub async fn forget_key(&self, user: UserId, key: &str) -> Result<()> {
        let mut tx = self.db().write().await?;
        db::idempotency::forget(&mut tx, user, key).await?;
        Ok(tx.commit().await?)
    }
}

fn conflict(message: &str) -> Error {
    Error::Conflict { code: "CONFLICT", message: message.to_owned(), field: None }
}
