//! Letters about joining: invitations, tickets, and being added.

use super::App;
use super::db::groups::Group;
use super::db::invitations::Row;
use super::mails::{Kind, Letter};
use crate::domain::ids::OrgId;

impl App {
    /// To somebody whom a coach invites. `link` is their ticket.
    pub(super) fn invitation_letter(&self, row: &Row, by: &str, link: &str) -> Letter {
        let (name, group) = (&row.org_name, row.group_name.as_deref());
        let hello = match row.first_name.as_str() {
            "" => "Hello,".to_owned(),
            first => format!("Hello {first},"),
        };
        let said = match (row.role.is_coach(), group) {
            (true, _) => format!("{by} invites you to coach at {name} on Harrier."),
            (false, Some(group)) => {
                format!("{by} invites you to {name} on Harrier, into the group “{group}”.")
            }
            (false, None) => format!("{by} invites you to {name} on Harrier."),
        };
        let label = if row.role.is_coach() { "See the invitation" } else { "See and accept the invitation" };
        let sees = match row.role.is_coach() {
            true => {
                "As a coach you see the roster, the groups and the running of every athlete who has agreed to it."
            }
            false => {
                "Before you accept you read what your coaches will see, and choose from when on. You can leave at \
                 any time; your account and your runs stay yours."
            }
        };
        let kind = if row.role.is_coach() { Kind::CoachInvitation } else { Kind::Invitation };
        let mut letter = Letter::new(kind, &row.email, &format!("{by} invites you to {name}"))
            .for_organization(row.org_id)
            .say(hello)
            .say(said);
        for paragraph in row.message.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            letter = letter.say(format!("“{}”", paragraph.trim()));
        }
        letter
            .link(label, link.to_owned())
            .say(match row.expires_at {
                Some(end) => format!("The link works once, until {}.", until(end)),
                None => "The link works once.".to_owned(),
            })
            .say(sees)
            .because(format!(
                "This went to {} because {by} entered the address at {name}. If you do not want to join, do nothing.",
                row.email
            ))
    }

    /// To somebody who typed this address on a link that is handed around. It says nothing of the organization's
    /// own mail, and stands in no list of the head coach's: a stranger may have typed the address.
    pub(super) fn ticket_letter(&self, row: &Row, to: &str, link: &str) -> Letter {
        let name = &row.org_name;
        Letter::new(Kind::JoinTicket, to, &format!("Join {name}"))
            .say(format!("You are about to join {name} on Harrier. One step is left:"))
            .link("Go on and join", link.to_owned())
            .say("The link works once, within 24 hours.")
            .because(format!(
                "This went to {to} because someone entered the address on a link of {name}. If it was not you, do \
                 nothing: nobody joins without this mail."
            ))
    }

    /// To somebody with an account whom a coach added.
    pub(super) fn added_letter(
        &self,
        org: OrgId,
        name: &str,
        by: &str,
        to: &str,
        group: Option<&str>,
    ) -> Letter {
        let said = match group {
            Some(group) => format!("{by} added you to {name} on Harrier, into the group “{group}”."),
            None => format!("{by} added you to {name} on Harrier."),
        };
        Letter::new(Kind::Added, to, &format!("You were added to {name}"))
            .for_organization(org)
            .say(said)
            .say("So far the coaches see your name and your email, nothing else. Read who would see what, and agree or leave with one click:")
            .link("See and decide", self.address("/membership"))
            .because(format!("This went to {to} because your Harrier account has this address."))
    }

    /// To an athlete whose request to join a group was decided.
    pub(super) fn decision_letter(&self, group: &Group, to: &str, is_approved: bool) -> Letter {
        let name = &group.name;
        let (subject, said) = match is_approved {
            true => (
                format!("You are in “{name}”"),
                format!("Your request was approved: you are now in “{name}”."),
            ),
            false => (format!("About “{name}”"), format!("Your request to join “{name}” was declined.")),
        };
        let (label, path) = match is_approved {
            true => ("See the group", format!("/groups/{}", group.id)),
            false => ("See the groups", "/groups".to_owned()),
        };
        Letter::new(Kind::RequestDecided, to, &subject)
            .for_organization(group.org_id)
            .say(said)
            .link(label, self.address(&path))
            .because(format!("This went to {to} because you asked to join the group."))
    }
}

/// A day in words, in UTC: whose zone it is read in is not known.
fn until(end: i64) -> String {
    crate::domain::calendar::instant(end).format("%-d %B %Y, %H:%M UTC").to_string()
}
