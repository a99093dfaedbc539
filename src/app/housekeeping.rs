//! What time makes useless is removed: ended sessions, old counts, links, answers and undos.

use std::time::Duration;

use super::error::Result;
use super::{App, db};

const EVERY: Duration = Duration::from_secs(3600);
/// Not while the first visitors wait.
const AFTER_START: Duration = Duration::from_secs(60);

impl App {
    /// Removes what has ended, once.
    pub async fn keep_house(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().write().await?;
        db::sessions::delete_expired(&mut tx, now).await?;
        db::limits::delete_expired(&mut tx, now).await?;
        db::housekeeping::delete_links(&mut tx, now).await?;
        db::housekeeping::delete_tickets(&mut tx, now).await?;
        db::outbox::delete_old(&mut tx, now - 30 * 86_400).await?;
        db::housekeeping::delete_answers(&mut tx, now).await?;
        db::housekeeping::delete_undos(&mut tx, now).await?;
        db::housekeeping::delete_notes(&mut tx, now).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps house every hour until `shutdown` is done.
    pub async fn run_housekeeping(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut pause = AFTER_START;
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = self.keep_house().await {
                tracing::warn!(?error, "housekeeping failed and is tried again in an hour");
            }
            pause = EVERY;
        }
    }
}
