//! One letter of every kind, as it would go out, for the pages on which it can be looked at.

use super::App;
use super::db::groups::Group;
use super::db::invitations::Row;
use super::mails::{Kind, Letter};
use crate::domain::group::Privacy;
use crate::domain::ids::{GroupId, InvitationId, OrgId, UserId};
use crate::domain::invitation::InvitationKind;
use crate::domain::person::Role;

const TO: &str = "yara.santos@example.org";
/// Where a secret stands in a letter that goes out.
const SECRET: &str = "7fq2m9xkExampleOfASecretThatOpensNothing123";

impl App {
    /// A letter of this kind. Its links open nothing.
    pub fn sample_letter(&self, kind: Kind) -> Letter {
        let row = self.sample_invitation(kind == Kind::CoachInvitation);
        let link = self.join_address(SECRET);
        match kind {
            Kind::SignUp => self.sign_up_letter(TO, SECRET),
            Kind::SignUpKnown => self.known_already_letter(TO),
            Kind::PasswordReset => self.reset_letter(TO, SECRET),
            Kind::PasswordChanged => self.password_changed_letter(TO, false),
            Kind::Invitation | Kind::CoachInvitation => {
                self.invitation_letter(&row, "Marta Lindqvist", &link)
            }
            Kind::JoinTicket => self.ticket_letter(&row, TO, &link),
            Kind::Added => {
                let group = row.group_name.as_deref();
                self.added_letter(row.org_id, &row.org_name, "Marta Lindqvist", TO, group)
            }
            Kind::RequestDecided => self.decision_letter(&self.sample_group(row.org_id), TO, true),
        }
    }

    fn sample_invitation(&self, is_coach: bool) -> Row {
        let now = self.now();
        Row {
            id: InvitationId::from_uuid(self.uuid()),
            org_id: OrgId::from_uuid(self.uuid()),
            org_name: "Lowfield Running Club".into(),
            kind: InvitationKind::Single,
            role: if is_coach { Role::Coach } else { Role::Athlete },
            first_name: "Yara".into(),
            email: TO.into(),
            email_folded: TO.into(),
            message: "Good to meet you on Sunday. We run on Tuesdays at seven.\n\nBring a light.".into(),
            group_id: Some(GroupId::from_uuid(self.uuid())),
            group_name: Some("Tuesday Track".into()),
            max_uses: Some(1),
            uses: 0,
            expires_at: Some(now + super::invitations::LASTS),
            revoked_at: None,
            accepted_by: None,
            accepted_name: None,
            accepted_at: None,
            created_by: UserId::from_uuid(self.uuid()),
            created_name: Some("Marta Lindqvist".into()),
            created_at: now,
            sent_at: now,
        }
    }

    fn sample_group(&self, org_id: OrgId) -> Group {
        Group {
            id: GroupId::from_uuid(self.uuid()),
            org_id,
            owner_id: UserId::from_uuid(self.uuid()),
            name: "Tuesday Track".into(),
            name_folded: "tuesday track".into(),
            description: String::new(),
            privacy: Privacy::Public,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }
}
