//! What the product tells a person inside itself. Kept small: a kind, and the names that its sentence needs.

use serde_json::json;

use super::App;
use super::access::Viewer;
use super::db::groups::Group;
use super::db::{self, Tx};
use super::error::{Error, Result};
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
    RequestApproved {
        group: &'a Group,
    },
    RequestDeclined {
        group: &'a Group,
    },
    /// To a coach: somebody asks to join a group.
    Requested {
        group: &'a Group,
        athlete: UserId,
        name: &'a str,
    },
    /// To coaches: somebody joined the organization.
    Joined {
        person: UserId,
        name: &'a str,
        is_coach: bool,
        group: Option<(GroupId, &'a str)>,
    },
    /// To coaches: somebody left by themselves.
    Left {
        person: UserId,
        name: &'a str,
    },
    /// To an athlete whom a coach added.
    Added {
        organization: &'a str,
        by: &'a str,
    },
    Removed {
        organization: &'a str,
    },
    /// To a coach, whose athletes they are now.
    Assigned {
        count: i64,
        by: &'a str,
        first: &'a str,
        note: &'a str,
    },
    /// To the coach whose athletes they were.
    HandedOver {
        count: i64,
        to: &'a str,
        first: &'a str,
        note: &'a str,
    },
    /// To an athlete; the name is empty where they have no coach any more.
    YourCoach {
        name: &'a str,
    },
    HeadHandedOver {
        from: &'a str,
    },
}

words! {
    /// What a notification is about.
    pub enum Category {
        Joined = "joined", "Joined";
        Left = "left", "Left";
        Request = "request", "Requests";
        Assignment = "assignment", "Assignments";
    }
}

impl Kind {
    /// Each kind belongs to one category.
    pub fn category(self) -> Category {
        match self {
            Self::RequestApproved | Self::RequestDeclined | Self::Requested => Category::Request,
            Self::Joined | Self::Added => Category::Joined,
            Self::Left | Self::Removed => Category::Left,
            Self::Assigned | Self::HandedOver | Self::YourCoach | Self::HeadHandedOver => {
                Category::Assignment
            }
        }
    }
}

/// What stands in a payload; which of it depends on the kind.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Facts {
    group_id: Option<String>,
    group_name: Option<String>,
    user_id: Option<String>,
    name: String,
    is_coach: bool,
    organization: String,
    by: String,
    to: String,
    from: String,
    first: String,
    note: String,
    count: i64,
}

/// A notification as its person reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: Kind,
    pub created_at: i64,
    pub is_read: bool,
    /// Whose it is.
    user_id: UserId,
    facts: Facts,
}

/// `Naledi Mokoena`, `Naledi Mokoena and 3 more athletes`; `4 athletes` where the first has no name any more.
fn whom(first: &str, count: i64) -> String {
    match (first, count) {
        ("", ..=1) => "an athlete".to_owned(),
        ("", many) => format!("{many} athletes"),
        (first, ..=1) => first.to_owned(),
        (first, 2) => format!("{first} and one more athlete"),
        (first, many) => format!("{first} and {} more athletes", many - 1),
    }
}

impl Notification {
    /// What it says, in a sentence.
    pub fn text(&self) -> String {
        let facts = &self.facts;
        let group = facts.group_name.as_deref().unwrap_or_default();
        // Of who was erased there is no name any more.
        let name = if facts.name.is_empty() { "Somebody" } else { &facts.name };
        match self.kind {
            Kind::RequestApproved => format!("You are now in “{group}”."),
            Kind::RequestDeclined => format!("Your request to join “{group}” was declined."),
            Kind::Requested => format!("{name} asks to join “{group}”."),
            Kind::Joined if facts.is_coach => format!("{name} joined as a coach."),
            Kind::Joined if group.is_empty() => format!("{name} joined."),
            Kind::Joined => format!("{name} joined, into “{group}”."),
            Kind::Left => format!("{name} left the organization."),
            Kind::Added => format!(
                "{} added you to {}. Coaches see your name and email until you agree to more.",
                facts.by, facts.organization
            ),
            Kind::Removed => {
                format!("You are no longer in {}. Your account and your runs stay yours.", facts.organization)
            }
            Kind::Assigned => format!("{} assigned you {}.", facts.by, whom(&facts.first, facts.count)),
            Kind::HandedOver if facts.to.is_empty() => {
                format!("You no longer coach {}.", whom(&facts.first, facts.count))
            }
            Kind::HandedOver => format!("{} went to {}.", whom(&facts.first, facts.count), facts.to),
            Kind::YourCoach if facts.name.is_empty() => "You have no coach of your own any more.".to_owned(),
            Kind::YourCoach => format!("{} coaches you now.", facts.name),
            Kind::HeadHandedOver => format!("{} made you head coach.", facts.from),
        }
    }

    /// What a coach wrote to go with it; empty where nothing was.
    pub fn note(&self) -> &str {
        &self.facts.note
    }

    /// Where it leads, if anywhere. What was there may be gone by now.
    pub fn address(&self) -> Option<String> {
        let facts = &self.facts;
        let group: Option<GroupId> = facts.group_id.as_deref().and_then(|id| id.parse().ok());
        let person: Option<UserId> = facts.user_id.as_deref().and_then(|id| id.parse().ok());
        match self.kind {
            Kind::RequestApproved => group.map(|id| format!("/groups/{id}")),
            Kind::Requested => group.map(|id| format!("/groups/{id}/members")),
            Kind::RequestDeclined => Some("/groups".to_owned()),
            Kind::Joined if facts.is_coach => Some("/organization".to_owned()),
            Kind::Joined => person.map(|id| format!("/athletes/{id}")),
            Kind::Added | Kind::YourCoach => Some("/membership".to_owned()),
            Kind::Assigned => Some(format!("/athletes?coach={}", self.user_id)),
            Kind::HeadHandedOver => Some("/organization".to_owned()),
            Kind::Left | Kind::Removed | Kind::HandedOver => None,
        }
    }
}

/// Which notifications to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub category: Option<Category>,
    pub is_unread_only: bool,
    /// Only those before this one.
    pub before: Option<NotificationId>,
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
        self.notify_at(tx, user, org, told, self.now()).await
    }

    /// The same as of another instant, for a club that is made with its past.
    pub(super) async fn notify_at(
        &self,
        tx: &mut Tx,
        user: UserId,
        org: Option<OrgId>,
        told: &Told<'_>,
        at: i64,
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
            created_at: at,
            read_at: None,
        };
        Ok(db::notifications::insert(tx, &new).await?)
    }

    /// The viewer's notifications, newest first, at most `limit`. Kinds that this version does not know are left
    /// out.
    pub async fn notifications(
        &self,
        viewer: &Viewer,
        asked: Asked,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        let of = |category: Category| Kind::ALL.iter().filter(move |kind| kind.category() == category);
        let kinds: Vec<&str> = asked.category.into_iter().flat_map(of).map(|kind| kind.word()).collect();
        let (user, before) = (viewer.user.id, asked.before);
        let mut tx = self.db().read().await?;
        let rows =
            db::notifications::page(&mut tx, user, before, limit, &kinds, asked.is_unread_only).await?;
        let read = |row: db::notifications::Notification| {
            Some(Notification {
                id: row.id,
                kind: row.kind.parse().ok()?,
                created_at: row.created_at,
                is_read: row.read_at.is_some(),
                user_id: row.user_id,
                facts: serde_json::from_str(&row.payload).unwrap_or_default(),
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Marks the viewer's notifications up to this one as read.
    pub async fn read_notifications(&self, viewer: &Viewer, up_to: NotificationId) -> Result<()> {
        let mut tx = self.db().write().await?;
        db::notifications::set_read(&mut tx, viewer.user.id, up_to, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Marks one of the viewer's notifications as read; "not found" for anybody else's.
    pub async fn read_notification(&self, viewer: &Viewer, id: NotificationId) -> Result<()> {
        let mut tx = self.db().write().await?;
        if !db::notifications::set_one_read(&mut tx, viewer.user.id, id, self.now()).await? {
            return Err(Error::NotFound);
        }
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_has_at_most_as_many_kinds_as_the_statement_takes() {
        for category in Category::ALL {
            let kinds = Kind::ALL.iter().filter(|kind| kind.category() == *category).count();
            assert!((1..=4).contains(&kinds), "{category}: {kinds}");
        }
    }

    #[test]
    fn athletes_in_words() {
        assert_eq!(whom("Naledi", 1), "Naledi");
        assert_eq!(whom("Naledi", 2), "Naledi and one more athlete");
        assert_eq!(whom("", 1), "an athlete");
        assert_eq!(whom("", 3), "3 athletes");
        assert_eq!(whom("Naledi", 12), "Naledi and 11 more athletes");
    }
}
