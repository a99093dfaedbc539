//! What the product tells a person inside itself. Kept small: a kind, and the names that its sentence needs.

use serde_json::json;

use super::App;
use super::access::Viewer;
use super::db::groups::Group;
use super::db::{self, Tx};
use super::error::Result;
use crate::domain::ids::{GroupId, NotificationId, OrgId, UserId};
use crate::words;

words! {
    /// What is told.
    pub enum Kind {
        RequestApproved = "group.request_approved", "You are in";
        RequestDeclined = "group.request_declined", "Not this time";
    }
}

/// A notification as its person reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: Kind,
    /// The group that it is about; it may have been deleted meanwhile.
    pub group_id: Option<GroupId>,
    pub group_name: String,
    pub created_at: i64,
    pub is_read: bool,
}

impl Notification {
    /// What it says, in a sentence.
    pub fn text(&self) -> String {
        match self.kind {
            Kind::RequestApproved => format!("You are now in “{}”.", self.group_name),
            Kind::RequestDeclined => {
                format!("Your request to join “{}” was declined.", self.group_name)
            }
        }
    }
}

impl App {
    /// Tells a person something about a group, in the transaction of the act itself.
    pub(super) async fn notify(
        &self,
        tx: &mut Tx,
        user: UserId,
        org: Option<OrgId>,
        kind: Kind,
        group: &Group,
    ) -> Result<()> {
        let new = db::notifications::Notification {
            id: NotificationId::from_uuid(self.uuid()),
            user_id: user,
            org_id: org,
            kind: kind.word().to_owned(),
            payload: json!({ "group_id": group.id, "group_name": group.name }).to_string(),
            created_at: self.now(),
            read_at: None,
        };
        Ok(db::notifications::insert(tx, &new).await?)
    }

    /// The viewer's notifications, newest first: at most `limit` before `before`. Kinds that this version
    /// does not know are left out.
    pub async fn notifications(
        &self,
        viewer: &Viewer,
        before: Option<NotificationId>,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        let mut tx = self.db().read().await?;
        let rows = db::notifications::page(&mut tx, viewer.user.id, before, limit).await?;
        let read = |row: db::notifications::Notification| {
            let payload: serde_json::Value = serde_json::from_str(&row.payload).unwrap_or_default();
            let text = |key: &str| payload[key].as_str().unwrap_or_default().to_owned();
            Some(Notification {
                id: row.id,
                kind: row.kind.parse().ok()?,
                group_id: text("group_id").parse().ok(),
                group_name: text("group_name"),
                created_at: row.created_at,
                is_read: row.read_at.is_some(),
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// How many notifications the viewer has not read.
    pub async fn count_unread(&self, viewer: &Viewer) -> Result<i64> {
        let mut tx = self.db().read().await?;
        Ok(db::notifications::count_unread(&mut tx, viewer.user.id).await?)
    }

    /// Marks the viewer's notifications up to this one as read.
    pub async fn read_notifications(&self, viewer: &Viewer, up_to: NotificationId) -> Result<()> {
        let mut tx = self.db().write().await?;
        db::notifications::set_read(&mut tx, viewer.user.id, up_to, self.now()).await?;
        Ok(tx.commit().await?)
    }
}
