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
        Requested = "group.requested", "A request to join";
        Joined = "member.joined", "Somebody joined";
        Left = "member.left", "Somebody left";
        Added = "member.added", "You were added";
        Removed = "member.removed", "You were removed";
        Assigned = "athletes.assigned", "Athletes for you";
        HandedOver = "athletes.handed_over", "Athletes handed over";
        YourCoach = "member.coach", "Your coach";
        HeadHandedOver = "coach.head", "You are head coach";
    }
}

/// What is told, with what its sentence needs.
#[derive(Debug)]
pub enum Told<'a> {
    /// To an athlete.
    RequestApproved { group: &'a Group },
    RequestDeclined { group: &'a Group },
    /// To a coach: somebody asks to join a group.
    Requested { group: &'a Group, athlete: UserId, name: &'a str },
    /// To coaches: somebody joined the organization.
    Joined { person: UserId, name: &'a str, is_coach: bool, group: Option<(GroupId, &'a str)> },
    /// To coaches: somebody left by themselves.
    Left { person: UserId, name: &'a str },
    /// To an athlete whom a coach added.
    Added { organization: &'a str, by: &'a str },
    Removed { organization: &'a str },
    /// To a coach, whose athletes they are now.
    Assigned { count: i64, by: &'a str, first: &'a str, note: &'a str },
    /// To the coach whose athletes they were.
    HandedOver { count: i64, to: &'a str, first: &'a str, note: &'a str },
    /// To an athlete; the name is empty where they have no coach any more.
    YourCoach { name: &'a str },
    HeadHandedOver { from: &'a str },
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
            other => other.label().to_owned(),
        }
    }
}

impl App {
    /// Tells a person something, in the transaction of the act itself.
    pub(super) async fn notify(
        &self,
        tx: &mut Tx,
        user: UserId,
        org: Option<OrgId>,
        told: &Told<'_>,
    ) -> Result<()> {
        let (kind, payload) = match told {
            Told::RequestApproved { group } => {
                (Kind::RequestApproved, json!({ "group_id": group.id, "group_name": group.name }))
            }
            Told::RequestDeclined { group } => {
                (Kind::RequestDeclined, json!({ "group_id": group.id, "group_name": group.name }))
            }
            Told::Requested { group, athlete, name } => (
                Kind::Requested,
                json!({ "group_id": group.id, "group_name": group.name, "user_id": athlete, "name": name }),
            ),
            Told::Joined { person, name, is_coach, group } => (
                Kind::Joined,
                json!({ "user_id": person, "name": name, "is_coach": is_coach,
                    "group_id": group.map(|(id, _)| id), "group_name": group.map(|(_, name)| name) }),
            ),
            Told::Left { person, name } => (Kind::Left, json!({ "user_id": person, "name": name })),
            Told::Added { organization, by } => {
                (Kind::Added, json!({ "organization": organization, "by": by }))
            }
            Told::Removed { organization } => (Kind::Removed, json!({ "organization": organization })),
            Told::Assigned { count, by, first, note } => {
                (Kind::Assigned, json!({ "count": count, "by": by, "first": first, "note": note }))
            }
            Told::HandedOver { count, to, first, note } => {
                (Kind::HandedOver, json!({ "count": count, "to": to, "first": first, "note": note }))
            }
            Told::YourCoach { name } => (Kind::YourCoach, json!({ "name": name })),
            Told::HeadHandedOver { from } => (Kind::HeadHandedOver, json!({ "from": from })),
        };
        let new = db::notifications::Notification {
            id: NotificationId::from_uuid(self.uuid()),
            user_id: user,
            org_id: org,
            kind: kind.word().to_owned(),
            payload: payload.to_string(),
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
