//! The audit trail of one group, for every coach.

use super::App;
use super::access::{self, Viewer};
use super::db;
use super::error::Result;
use crate::domain::ids::{AuditId, GroupId};

pub use super::db::audit::NamedEntry;

impl App {
    /// Who did what in a group, when, to whom, newest first: at most `limit` entries before `before`.
    pub async fn group_log(
        &self,
        viewer: &Viewer,
        id: GroupId,
        before: Option<AuditId>,
        limit: i64,
    ) -> Result<Vec<NamedEntry>> {
        let mut tx = self.db().read().await?;
        let group = access::group(&mut tx, viewer, id).await?.coached()?;
        Ok(db::audit::group_page(&mut tx, group.org_id(), id, before, limit).await?)
    }
}
