//! The roster of an organization.

use super::access::Coach;
use super::error::Result;
use super::{App, db};

impl App {
    /// How many athletes the roster has, whatever their status.
    pub async fn count_athletes(&self, coach: Coach) -> Result<i64> {
        let mut tx = self.db().read().await?;
        Ok(db::members::count_athletes(&mut tx, coach.org_id()).await?)
    }
}
