//! Inviting: one person by mail, several at once, or anybody by a link. How somebody comes in by it stands in
//! `joining`.
//!
//! An invitation has a link that can be handed around. That link never lets in by itself: it asks for an email
//! address and sends a ticket there, so that nobody, the coach who made the link included, can act for an address
//! whose mail they do not read, or learn from it whether the address has an account.

use serde_json::json;
use uuid::Uuid;

use super::access::{self, Coach, Viewer};
use super::db::Tx;
use super::db::invitations::New;
use super::error::{Error, Problem, Result};
use super::{App, db, limits, links, secrets};
use crate::domain::ids::{GroupId, InvitationId, OrgId};
use crate::domain::invitation::{self, InvitationKind, InvitationState};
use crate::domain::person::{Role, email_key};
use crate::domain::text;

pub use super::db::invitations::{Counts, Row};

/// Seconds that an invitation to one person works where nothing else is said: two weeks.
pub const LASTS: i64 = 14 * 86_400;
/// Most places of a link that has a limit.
pub const MOST_USES: i64 = 10_000;
/// Most people invited at once.
pub const MOST_AT_ONCE: usize = 100;
/// In characters.
const LONGEST_NAME: usize = 100;
/// In characters.
pub const LONGEST_MESSAGE: usize = 1_000;
/// Seconds after which no invitation ends: ten years.
const FAR: i64 = 3_653 * 86_400;

/// Whom to invite.
#[derive(Debug, Clone)]
pub enum Invitee {
    One {
        first_name: String,
        email: String,
    },
    /// So many, or as many as come.
    Many {
        max_uses: Option<i64>,
    },
}

/// Until when an invitation works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Two weeks for one person, without end for a link for many.
    Usual,
    Forever,
    /// Unix seconds.
    At(i64),
}

/// An invitation to make.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub invitee: Invitee,
    pub is_coach: bool,
    /// An id, as it came.
    pub group_id: Option<String>,
    /// Plans are not there yet, so any id is unknown.
    pub training_plan_id: Option<String>,
    pub until: Until,
    /// What the coach writes to them; may be empty.
    pub message: String,
}

impl NewInvitation {
    /// To one athlete, without anything else.
    pub fn to(first_name: &str, email: &str) -> Self {
        Self {
            invitee: Invitee::One { first_name: first_name.to_owned(), email: email.to_owned() },
            is_coach: false,
            group_id: None,
            training_plan_id: None,
            until: Until::Usual,
            message: String::new(),
        }
    }
}

/// What came of one of several invitations.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The line as it was typed, cut where it is long.
    pub line: String,
    /// The address that was invited, or why it was not.
    pub outcome: Result<String, String>,
}

impl Row {
    /// Where it stands.
    pub fn state(&self, now: i64) -> InvitationState {
        invitation::state(self.revoked_at.is_some(), self.uses, self.max_uses, self.expires_at, now)
    }
}

/// An invitation's values in the form in which they are kept.
struct Checked {
    kind: InvitationKind,
    first_name: String,
    email: String,
    max_uses: Option<i64>,
    expires_at: Option<i64>,
    message: String,
}

fn checked(new: &NewInvitation, now: i64) -> Result<Checked> {
    let mut problems = Vec::new();
    let (kind, first_name, email, max_uses) = match &new.invitee {
        Invitee::One { first_name, email } => {
            let first_name = text::one_line(first_name);
            if first_name.is_empty() {
                problems.push(Problem::required("first_name", "Enter the first name."));
            } else if first_name.chars().count() > LONGEST_NAME {
                problems
                    .push(Problem::invalid("first_name", format!("Use at most {LONGEST_NAME} characters.")));
            }
            let email = links::email(email).map(str::to_owned).unwrap_or_else(|problem| {
                problems.push(problem);
                String::new()
            });
            (InvitationKind::Single, first_name, email, Some(1))
        }
        Invitee::Many { max_uses } => {
            if max_uses.is_some_and(|most| !(1..=MOST_USES).contains(&most)) {
                problems.push(Problem::invalid(
                    "max_uses",
                    format!("Enter a number from 1 to {MOST_USES}, or nothing for no limit."),
                ));
            }
            (InvitationKind::Multi, String::new(), String::new(), *max_uses)
        }
    };
    if new.is_coach && kind == InvitationKind::Multi {
        problems.push(Problem::invalid("kind", "Coaches are invited one by one."));
    }
    let expires_at = match (new.until, kind) {
        (Until::At(at), _) => {
            if at <= now {
                problems.push(Problem::invalid("expires_at", "Choose a day that lies ahead."));
            } else if at > now + FAR {
                problems.push(Problem::invalid("expires_at", "Choose a day within ten years."));
            }
            Some(at)
        }
        (Until::Usual, InvitationKind::Single) => Some(now + LASTS),
        (Until::Usual | Until::Forever, _) => None,
    };
    let message = text::paragraphs(&new.message);
    if message.chars().count() > LONGEST_MESSAGE {
        problems.push(Problem::invalid("message", format!("Use at most {LONGEST_MESSAGE} characters.")));
    }
    if problems.is_empty() {
        Ok(Checked { kind, first_name, email, max_uses, expires_at, message })
    } else {
        Err(Error::Invalid(problems))
    }
}

/// Name and address of a line of a list: `Yara Santos <yara@example.org>`, `yara@example.org`, or cells of a
/// spreadsheet in any order, of which one is the address and the first other one the name.
fn read_line(line: &str) -> (String, String) {
    if let Some((name, rest)) = line.split_once('<') {
        let email = rest.split('>').next().unwrap_or_default();
        return (first_word(name), email.trim().to_owned());
    }
    let cells = line.split(['\t', ',', ';']).map(|cell| cell.trim().trim_matches('"').trim());
    let (mut email, mut name) = (String::new(), String::new());
    for cell in cells.filter(|cell| !cell.is_empty()) {
        if email.is_empty() && cell.contains('@') {
            // `Yara yara@example.org`, as people type it.
            let (words, address) = cell.rsplit_once(char::is_whitespace).unwrap_or(("", cell));
            email = address.to_owned();
            if name.is_empty() {
                name = first_word(words);
            }
        } else if name.is_empty() {
            name = first_word(cell);
        }
    }
    (name, email)
}

/// The first name of `Yara Santos` and of `Santos, Yara`.
fn first_word(name: &str) -> String {
    let name = name.rsplit_once(',').map_or(name, |(_, first)| first);
    name.trim().trim_matches('"').split_whitespace().next().unwrap_or_default().to_owned()
}

impl App {
    /// The link that can be handed around.
    pub(super) fn join_address(&self, secret: &str) -> String {
        format!("{}/join/{secret}", self.settings().public_url)
    }

    /// Invites, and returns the invitation with its link, which is never shown again. Whether the address has an
    /// account makes no difference. A coach invites athletes, the head coach alone invites coaches.
    ///
    /// Errors: a problem of a field; [`Error::Conflict`] where the address is a member or was invited already;
    /// [`Error::NotFound`] for a group or plan that is not there.
    pub async fn invite(&self, viewer: &Viewer, org: OrgId, new: &NewInvitation) -> Result<(Row, String)> {
        let made = self.invite_once(viewer, org, None, new).await?;
        made.ok_or_else(|| Error::internal("no form was named, so none was sent before"))
    }

    /// The same for a form that was shown under this id; `None` where it was sent before. Of the first time there is
    /// nothing left to show: the link is kept nowhere.
    pub async fn invite_once(
        &self,
        viewer: &Viewer,
        org: OrgId,
        form: Option<Uuid>,
        new: &NewInvitation,
    ) -> Result<Option<(Row, String)>> {
        let coach = access::organization(viewer, org)?.coach()?;
        if new.is_coach {
            coach.head()?;
        }
        let checked = checked(new, self.now())?;
        self.count_attempt(limits::INVITATIONS, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        if let Some(form) = form
            && !self.claim_form(&mut tx, viewer.user.id, "invitation-form", form).await?
        {
            return Ok(None);
        }
        let made = self.write_invitation(&mut tx, viewer, coach, new, checked).await?;
        tx.commit().await?;
        Ok(Some(made))
    }

    async fn write_invitation(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        coach: Coach,
        new: &NewInvitation,
        checked: Checked,
    ) -> Result<(Row, String)> {
        let (org, now) = (coach.org_id(), self.now());
        if new.training_plan_id.is_some() {
            return Err(Error::NotFound);
        }
        let group = self.invited_group(tx, viewer, new.group_id.as_deref()).await?;
        let email_folded = email_key(&checked.email);
        if checked.kind == InvitationKind::Single {
            self.refuse_known(tx, coach, &checked.email, &email_folded).await?;
        }
        let secret = secrets::generate(self.entropy(), "");
        let id = InvitationId::from_uuid(self.uuid());
        let row = New {
            id,
            org_id: org,
            kind: checked.kind,
            role: if new.is_coach { Role::Coach } else { Role::Athlete },
            first_name: &checked.first_name,
            email: &checked.email,
            email_folded: &email_folded,
            message: &checked.message,
            group_id: group,
            secret_hash: &secrets::hash(&secret),
            max_uses: checked.max_uses,
            expires_at: checked.expires_at,
            created_by: viewer.user.id,
            now,
        };
        db::invitations::insert(tx, &row).await?;
        let details = json!({ "kind": checked.kind.word(), "role": row.role.word(), "email": checked.email,
            "group_id": group, "max_uses": checked.max_uses, "expires_at": checked.expires_at });
        self.audit(tx, viewer, org, "invitation.created", id, None, details).await?;
        let row = db::invitations::find(tx, org, id).await?.ok_or(Error::NotFound)?;
        if row.kind == InvitationKind::Single {
            self.send_invitation(tx, viewer, &row).await?;
        }
        Ok((row, self.join_address(&secret)))
    }

    /// The group that people are to come into, held until the transaction ends.
    async fn invited_group(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        typed: Option<&str>,
    ) -> Result<Option<GroupId>> {
        let Some(typed) = typed else { return Ok(None) };
        let id = typed.parse().map_err(|_| Error::NotFound)?;
        Ok(Some(access::held_group(tx, viewer, id).await?.id()))
    }

    /// Refuses an address that is in the organization or was invited: both stand on the coach's own pages. What
    /// else there may be to the address is none of theirs.
    async fn refuse_known(&self, tx: &mut Tx, coach: Coach, email: &str, email_folded: &str) -> Result<()> {
        // Two at once would both find nothing.
        db::dialect::lock_organization(tx, coach.org_id()).await?;
        if db::members::has_address(tx, coach.org_id(), email_folded).await? {
            return Err(Error::Conflict {
                code: "ALREADY_MEMBER",
                message: format!("{email} is in your organization already."),
                field: Some("email"),
            });
        }
        if db::invitations::pending_to(tx, coach.org_id(), email_folded, self.now()).await?.is_some() {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: format!("{email} was invited already. Send it again from the invitations."),
                field: Some("email"),
            });
        }
        Ok(())
    }

    /// Writes the mail of an invitation to one person, with a ticket that is theirs.
    async fn send_invitation(&self, tx: &mut Tx, viewer: &Viewer, row: &Row) -> Result<()> {
        let ticket = secrets::generate(self.entropy(), "");
        let to = (row.email.as_str(), row.email_folded.as_str());
        let hash = secrets::hash(&ticket);
        db::invitations::insert_ticket(tx, &hash, row.id, to, self.now(), row.expires_at).await?;
        let letter = self.invitation_letter(row, &viewer.name(), &self.join_address(&ticket));
        self.post(tx, &letter).await
    }

    /// Invites everybody on a list, a line each, into the same group: whoever can be invited is, and each line
    /// gets its answer. Empty lines and doubles are passed over.
    pub async fn invite_list(
        &self,
        viewer: &Viewer,
        org: OrgId,
        list: &str,
        common: &NewInvitation,
    ) -> Result<Vec<Invited>> {
        let coach = access::organization(viewer, org)?.coach()?;
        let lines: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return Err(Error::Invalid(vec![Problem::required("list", "Enter at least one address.")]));
        }
        if lines.len() > MOST_AT_ONCE {
            let message =
                format!("These are {} lines. Invite up to {MOST_AT_ONCE} people at once.", lines.len());
            return Err(Error::Invalid(vec![Problem::invalid("list", message)]));
        }
        let mut seen = Vec::new();
        let mut told = Vec::new();
        for line in lines {
            let (first_name, email) = read_line(line);
            let short = text::cut(&text::one_line(line), 100);
            if email.is_empty() {
                let outcome = Err("There is no email address in this line.".to_owned());
                told.push(Invited { line: short, outcome });
                continue;
            }
            let key = email_key(&email);
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            // Who is on a list without a name is greeted without one.
            let named = if first_name.is_empty() { "-".to_owned() } else { first_name.clone() };
            let new = NewInvitation {
                invitee: Invitee::One { first_name: named, email: email.clone() },
                ..common.clone()
            };
            let outcome = self.invite_one(viewer, coach, &new, first_name).await;
            let outcome = match outcome {
                Ok(()) => Ok(email),
                // What is wrong with all of them is said once.
                Err(Error::Invalid(problems)) if problems.iter().any(|p| p.field != "email") => {
                    return Err(Error::Invalid(problems));
                }
                Err(error @ (Error::Invalid(_) | Error::Conflict { .. } | Error::RateLimited { .. })) => {
                    Err(error.to_string())
                }
                Err(error) => return Err(error),
            };
            told.push(Invited { line: short, outcome });
        }
        Ok(told)
    }

    async fn invite_one(
        &self,
        viewer: &Viewer,
        coach: Coach,
        new: &NewInvitation,
        first_name: String,
    ) -> Result<()> {
        let checked = Checked { first_name, ..checked(new, self.now())? };
        self.count_attempt(limits::INVITATIONS, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        self.write_invitation(&mut tx, viewer, coach, new, checked).await?;
        Ok(tx.commit().await?)
    }

    /// A page of the organization's invitations, newest first: at most `limit` before `before`, in this state
    /// where one is named.
    pub async fn invitations(
        &self,
        viewer: &Viewer,
        org: OrgId,
        state: Option<InvitationState>,
        before: Option<InvitationId>,
        limit: i64,
    ) -> Result<Vec<Row>> {
        let coach = access::organization(viewer, org)?.coach()?;
        let mut tx = self.db().read().await?;
        let state = state.map(InvitationState::word);
        Ok(db::invitations::page(&mut tx, coach.org_id(), state, self.now(), before, limit).await?)
    }

    /// How many invitations there are of each state.
    pub async fn count_invitations(&self, viewer: &Viewer, org: OrgId) -> Result<Counts> {
        let coach = access::organization(viewer, org)?.coach()?;
        let mut tx = self.db().read().await?;
        Ok(db::invitations::counts(&mut tx, coach.org_id(), self.now()).await?)
    }

    /// One invitation.
    pub async fn invitation(&self, viewer: &Viewer, org: OrgId, id: InvitationId) -> Result<Row> {
        let coach = access::organization(viewer, org)?.coach()?;
        let mut tx = self.db().read().await?;
        db::invitations::find(&mut tx, coach.org_id(), id).await?.ok_or(Error::NotFound)
    }

    /// An invitation that the viewer may end or send again: those of coaches are the head coach's.
    async fn managed(&self, tx: &mut Tx, viewer: &Viewer, org: OrgId, id: InvitationId) -> Result<Row> {
        let coach = access::organization(viewer, org)?.coach()?;
        let row = db::invitations::find(tx, coach.org_id(), id).await?.ok_or(Error::NotFound)?;
        if row.role.is_coach() {
            coach.head()?;
        }
        Ok(row)
    }

    /// Ends an invitation: its link and what was mailed open nothing any more. Ending it again changes nothing;
    /// one that was accepted by everybody it was for cannot be ended.
    pub async fn revoke_invitation(&self, viewer: &Viewer, org: OrgId, id: InvitationId) -> Result<Row> {
        let mut tx = self.db().write().await?;
        let row = self.managed(&mut tx, viewer, org, id).await?;
        if row.state(self.now()) == InvitationState::Revoked {
            return Ok(row);
        }
        if !db::invitations::revoke(&mut tx, org, id, self.now()).await? {
            return Err(over("This invitation was accepted in the meantime."));
        }
        self.audit(&mut tx, viewer, org, "invitation.revoked", id, None, json!({})).await?;
        let row = db::invitations::find(&mut tx, org, id).await?.ok_or(Error::NotFound)?;
        tx.commit().await?;
        Ok(row)
    }

    /// Replaces an invitation's link, and for one person mails the new one; what was sent before opens nothing any
    /// more. One that had expired begins anew, with the time that it had at first.
    pub async fn resend_invitation(
        &self,
        viewer: &Viewer,
        org: OrgId,
        id: InvitationId,
    ) -> Result<(Row, String)> {
        let made = self.resend_once(viewer, org, id, None).await?;
        made.ok_or_else(|| Error::internal("no form was named, so none was sent before"))
    }

    /// The same for a form that was shown under this id; `None` where it was sent before, so that loading the answer
    /// again does not end the link that it shows.
    pub async fn resend_once(
        &self,
        viewer: &Viewer,
        org: OrgId,
        id: InvitationId,
        form: Option<Uuid>,
    ) -> Result<Option<(Row, String)>> {
        access::organization(viewer, org)?.coach()?;
        self.count_attempt(limits::INVITATIONS, &viewer.user.id.to_string()).await?;
        let mut tx = self.db().write().await?;
        if let Some(form) = form
            && !self.claim_form(&mut tx, viewer.user.id, "invitation-form", form).await?
        {
            return Ok(None);
        }
        let row = self.managed(&mut tx, viewer, org, id).await?;
        let now = self.now();
        let expires_at = match row.expires_at {
            Some(end) if row.kind == InvitationKind::Single || end <= now => {
                Some(now + (end - row.sent_at).clamp(86_400, FAR))
            }
            other => other,
        };
        let secret = secrets::generate(self.entropy(), "");
        let hash = secrets::hash(&secret);
        if !db::invitations::renew(&mut tx, org, id, &hash, expires_at, now).await? {
            return Err(over(match row.state(now) {
                InvitationState::Revoked => "This invitation was revoked. Make a new one.",
                _ => "This invitation was accepted in the meantime.",
            }));
        }
        db::invitations::delete_tickets(&mut tx, id).await?;
        self.audit(&mut tx, viewer, org, "invitation.resent", id, None, json!({})).await?;
        let row = db::invitations::find(&mut tx, org, id).await?.ok_or(Error::NotFound)?;
        if row.kind == InvitationKind::Single {
            self.send_invitation(&mut tx, viewer, &row).await?;
        }
        tx.commit().await?;
        Ok(Some((row, self.join_address(&secret))))
    }
}

fn over(message: &str) -> Error {
    Error::Conflict { code: "CONFLICT", message: message.to_owned(), field: None }
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn lines_as_people_paste_them() {
        for (line, name, email) in [
            ("yara@example.org", "", "yara@example.org"),
            ("Yara Santos <yara@example.org>", "Yara", "yara@example.org"),
            ("\"Santos, Yara\" <yara@example.org>", "Yara", "yara@example.org"),
            ("Yara\tSantos\tyara@example.org", "Yara", "yara@example.org"),
            ("yara@example.org, Yara", "Yara", "yara@example.org"),
            ("\"Yara\";\"yara@example.org\"", "Yara", "yara@example.org"),
            ("Yara yara@example.org", "Yara", "yara@example.org"),
            ("nobody", "nobody", ""),
        ] {
            assert_eq!(read_line(line), (name.to_owned(), email.to_owned()), "{line}");
        }
    }
}
