//! `harrier migrate`: brings the database up to date without serving it.

use super::{Outcome, open, print};
use crate::config::Config;

/// Does nothing when the database is up to date.
pub async fn run(config: Config) -> Outcome {
    open(&config.database_url).await?.close().await;
    print("The database is up to date.")
}
