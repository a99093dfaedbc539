//! The audit trail of an organization: who did what, when, to whom.

use serde_json::Value;

use super::App;
use super::access::{HeadCoach, Viewer};
use super::db::{self, Tx};
use super::error::Result;
use crate::domain::ids::{AuditId, GroupId, OrgId, UserId};

pub use super::db::audit::Entry;

impl App {
    /// Writes an entry in the transaction of the act itself.
    #[allow(clippy::too_many_arguments, reason = "one for each column that the caller knows")]
    pub(super) async fn audit(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        org: OrgId,
        action: &str,
        subject: impl ToString,
        group: Option<GroupId>,
        details: Value,
    ) -> Result<()> {
        self.audit_by(tx, viewer.user.id, org, action, subject, group, details).await
    }

    /// The same for an act of somebody who is no viewer: who joins has no account before.
    #[allow(clippy::too_many_arguments, reason = "one for each column that the caller knows")]
    pub(super) async fn audit_by(
        &self,
        tx: &mut Tx,
        actor: UserId,
        org: OrgId,
        action: &str,
        subject: impl ToString,
        group: Option<GroupId>,
        details: Value,
    ) -> Result<()> {
        let entry = Entry {
            id: AuditId::from_uuid(self.uuid()),
            org_id: org,
            at: self.now(),
            actor_id: actor,
            action: action.to_owned(),
            subject_id: subject.to_string(),
            group_id: group,
            details: details.to_string(),
        };
        Ok(db::audit::insert(tx, &entry).await?)
    }

    /// A page of the organization's trail, newest first: at most `limit` entries before `before`.
    pub async fn audit_page(
        &self,
        head: HeadCoach,
        before: Option<AuditId>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let mut tx = self.db().read().await?;
        Ok(db::audit::page(&mut tx, head.org_id(), before, limit).await?)
    }
}
