//! Mail: written in the transaction of the act that causes it, sent afterwards by a worker. Several
//! processes may send from one outbox; each mail is taken by one of them.

use std::time::Duration;

use tokio::sync::watch;

use super::App;
use super::access::HeadCoach;
use super::db::outbox::{NewMail, Taken};
use super::db::{self, Tx};
use super::error::{Error, Result};
use super::mails::Letter;
use crate::domain::ids::MailId;
use crate::outside::mail::Mail;

pub use super::db::outbox::Undelivered;

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Seconds after which a mail is taken up again whose sender was not heard of. Longer than any sending takes.
const LEASE: i64 = 600;
/// A mail is given up after this many attempts, about sixteen hours after the first.
const ATTEMPTS: i64 = 8;

/// Why a mail was given up whose words nobody can read any more.
const OTHER_KEY: &str = "The mail was sealed with another key than the one in use now.";

/// What a mail says, as it is sealed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Body {
    text: String,
    html: String,
}

/// Seconds until the next attempt after this many.
fn pause(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 6) - 1).unwrap_or(0);
    (30 * 4i64.pow(doublings)).min(21_600)
}

impl App {
    /// Puts a letter into the outbox, in the transaction of the act itself.
    pub(super) async fn post(&self, tx: &mut Tx, letter: &Letter) -> Result<()> {
        self.write_mail(tx, letter, true).await
    }

    /// Does what [`App::post`] does, and no mail goes out: so that an address without an account costs as much
    /// as one with. Neither address nor words are kept.
    pub(super) async fn pretend_to_post(&self, tx: &mut Tx, letter: &Letter) -> Result<()> {
        self.write_mail(tx, letter, false).await
    }

    async fn write_mail(&self, tx: &mut Tx, letter: &Letter, is_real: bool) -> Result<()> {
        let id = MailId::from_uuid(self.uuid());
        let body = serde_json::to_vec(&Body { text: letter.text(), html: letter.html() });
        // Sealed also where it is not kept: the same work for both.
        let sealed = self.seal(&id.to_string(), &body.map_err(Error::internal)?)?;
        let kept = |words| if is_real { words } else { "" };
        let mail = NewMail {
            id,
            org_id: letter.org_id,
            kind: letter.kind.word(),
            recipient: kept(&letter.to),
            subject: kept(&letter.subject),
            sealed: kept(&sealed),
            now: self.now(),
            is_real,
        };
        Ok(db::outbox::insert(tx, &mail).await?)
    }

    /// The organization's own mails that were not delivered, newest first: at most `limit` before `before`. Mails of
    /// people's accounts are none of it.
    pub async fn undelivered_mail(
        &self,
        head: HeadCoach,
        before: Option<MailId>,
        limit: i64,
    ) -> Result<Vec<Undelivered>> {
        let mut tx = self.db().read().await?;
        Ok(db::outbox::undelivered(&mut tx, head.org_id(), before, limit).await?)
    }

    /// How many there are.
    pub async fn count_undelivered(&self, head: HeadCoach) -> Result<i64> {
        let mut tx = self.db().read().await?;
        Ok(db::outbox::count_undelivered(&mut tx, head.org_id()).await?)
    }

    /// Sends every mail that is due, once; returns how many went out.
    pub async fn send_due_mail(&self) -> Result<usize> {
        let mut sent = 0;
        loop {
            let now = self.now();
            // Looking is free; writing is not.
            let mut tx = self.db().read().await?;
            let next = db::outbox::next(&mut tx, now).await?;
            drop(tx);
            let Some(id) = next else { return Ok(sent) };
            let mut tx = self.db().write().await?;
            let taken = db::outbox::take(&mut tx, id, now, now + LEASE).await?;
            tx.commit().await?;
            if let Some(taken) = taken
                && self.send_one(taken).await?
            {
                sent += 1;
            }
        }
    }

    /// Sends one mail that was taken, outside of any transaction; returns whether it went out.
    async fn send_one(&self, taken: Taken) -> Result<bool> {
        let Taken { id, kind, attempts, .. } = taken;
        let opened = self.settings().key.open(&id.to_string(), &taken.sealed);
        let Some(body) = opened.and_then(|bytes| serde_json::from_slice::<Body>(&bytes).ok()) else {
            tracing::error!(%id, kind, "a mail was sealed with another key and was given up");
            let mut tx = self.db().write().await?;
            db::outbox::failed(&mut tx, id, attempts, OTHER_KEY).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let mail = Mail {
            id: id.to_string(),
            from: self.settings().mail_from.clone(),
            to: taken.recipient,
            subject: taken.subject,
            text: body.text,
            html: body.html,
            date: taken.created_at,
        };
        let outcome = self.transport().send(&mail).await;
        let mut tx = self.db().write().await?;
        let is_sent = outcome.is_ok();
        match outcome {
            Ok(()) => db::outbox::sent(&mut tx, id, attempts, self.now()).await?,
            Err(error) if error.is_hopeless || attempts >= ATTEMPTS => {
                tracing::error!(%id, kind, attempts, %error, "a mail was given up");
                db::outbox::failed(&mut tx, id, attempts, &error.message).await?;
            }
            Err(error) => {
                let pause = pause(attempts);
                tracing::warn!(%id, kind, attempts, %error, "a mail did not go out; next try in {pause} s");
                db::outbox::again(&mut tx, id, attempts, self.now() + pause, &error.message).await?;
            }
        }
        tx.commit().await?;
        Ok(is_sent)
    }

    /// Sends what is due until `stopped` turns true; a mail on its way is finished first.
    pub async fn run_outbox(&self, mut stopped: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.send_due_mail().await {
                tracing::warn!(?error, "the outbox could not be worked off and is looked at again");
            }
            tokio::select! {
                _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_a_day() {
        let pauses: Vec<i64> = (1..ATTEMPTS).map(pause).collect();
        assert_eq!(pauses, [30, 120, 480, 1920, 7680, 21_600, 21_600]);
        assert!(pauses.iter().sum::<i64>() < 86_400);
    }
}
