//! The page of one activity: its details, whose it is, and the way to the ones before and after it.

use super::access::Viewer;
use super::activities::{self, Detail};
use super::error::Result;
use super::{App, db};
use crate::domain::ids::ActivityId;

/// An activity with what its page shows around it.
#[derive(Debug)]
pub struct ActivityPage {
    pub detail: Detail,
    /// The name that the owner goes by in the organization.
    pub owner_name: String,
    /// The owner's activities before and after it.
    pub older: Option<ActivityId>,
    pub newer: Option<ActivityId>,
}

impl App {
    /// An activity with everything that its page shows.
    pub async fn activity_page(&self, viewer: &Viewer, id: ActivityId) -> Result<ActivityPage> {
        let mut tx = self.db().read().await?;
        let (detail, data) = activities::detail(&mut tx, viewer, id).await?;
        let start_at = detail.activity.start_at;
        let rows = db::activity_page::around(&mut tx, data.user_id(), start_at, id, data.since()).await?;
        let find = |kind: &str| rows.iter().find(|row| row.0 == kind);
        Ok(ActivityPage {
            owner_name: find("owner").map(|row| row.2.trim().to_owned()).unwrap_or_default(),
            older: find("older").and_then(|row| row.1.parse().ok()),
            newer: find("newer").and_then(|row| row.1.parse().ok()),
            detail,
        })
    }
}
