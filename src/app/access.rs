//! Who may do what. The only place that makes proofs: values whose fields are private, that writes and
//! reads take as arguments, so that a check cannot be forgotten.
//!
//! Two answers say no. What belongs to another organization is [`Error::NotFound`], as if it did not
//! exist; what belongs to the viewer's own organization and is not theirs to use is [`Error::Forbidden`].
//!
//! A membership that is suspended gives no right in the organization: [`Viewer::member`] refuses it, and
//! every proof about the organization or somebody else's data begins there. The person keeps what is their own,
//! which [`data`] gives before it looks at a membership: they sign in, keep their settings and tokens, and
//! read, export, enter, change and delete their own activities and values. Those belong to the person and not
//! to the club; the club's coaches go on seeing them as before. `inactive` changes no right.

mod groups;

use super::db::members::{self, Standing};
use super::db::users::{PersonRow, User};
use super::db::{self, Tx};
use super::error::{Error, Result};
use crate::domain::ids::{ActivityId, OrgId, TokenId, UserId};
use crate::domain::person::{MemberStatus, Role};

pub use groups::{CoachedGroup, OpenGroup, VisibleGroup, group, held_group, open_group};

/// What is said to somebody without an organization.
const NO_ORGANIZATION: &str = "You belong to no organization.";

/// How a request showed who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The session cookie of the pages.
    Session,
    /// A bearer token. `org_id` is set for an API key.
    Token { id: TokenId, can_write: bool, org_id: Option<OrgId> },
    /// The operator's command line, or a job that acts for this person.
    Operator,
}

/// The viewer's place in their organization.
#[derive(Debug, Clone)]
pub struct Membership {
    pub org_id: OrgId,
    pub org_name: String,
    pub role: Role,
    pub status: MemberStatus,
    pub display_name: String,
    /// 1 is Monday, 7 is Sunday.
    pub first_weekday: u8,
    pub visible_from: Option<i64>,
}

/// The person who is calling, with what every decision about them needs.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub user: User,
    pub membership: Option<Membership>,
    pub via: Via,
    /// Notifications that they have not read; counted up to a hundred.
    pub unread: i64,
}

impl Viewer {
    pub(super) fn new(row: PersonRow, via: Via) -> Self {
        let membership = match (row.org_id, row.role, row.status) {
            (Some(org_id), Some(role), Some(status)) => Some(Membership {
                org_id,
                org_name: row.org_name.unwrap_or_default(),
                role,
                status,
                display_name: row.display_name.unwrap_or_default(),
                first_weekday: row.first_weekday.and_then(|d| u8::try_from(d).ok()).unwrap_or(1),
                visible_from: row.visible_from,
            }),
            _ => None,
        };
        Self { user: row.user, membership, via, unread: row.unread }
    }

    /// The viewer as a member of their organization who is not suspended: the one place that looks at it.
    pub fn member(&self) -> Result<Member> {
        let m = self.membership.as_ref().ok_or(Error::Forbidden(NO_ORGANIZATION))?;
        if m.status == MemberStatus::Suspended {
            return Err(Error::Forbidden("Your membership is suspended. Ask your head coach."));
        }
        Ok(Member { org_id: m.org_id, user_id: self.user.id, role: m.role })
    }

    /// The viewer as a coach of their organization.
    pub fn coach(&self) -> Result<Coach> {
        self.member()?.coach()
    }

    /// Whether this was refused to a coach only since they have not set their organization up yet.
    pub fn must_set_up(&self, error: &Error) -> bool {
        let is_refused = matches!(error, Error::Forbidden(text) if *text == NO_ORGANIZATION);
        is_refused && self.membership.is_none() && self.user.is_coach_account
    }

    /// Whether screens offer this viewer what coaches do.
    pub fn is_coach(&self) -> bool {
        self.coach().is_ok()
    }

    /// Whether screens offer this viewer what only the head coach does.
    pub fn is_head_coach(&self) -> bool {
        self.coach().and_then(|c| c.head()).is_ok()
    }

    /// The first day of their organization's weeks, 1 for Monday; Monday for who is in none.
    pub fn first_weekday(&self) -> i64 {
        self.membership.as_ref().map_or(1, |m| i64::from(m.first_weekday))
    }

    /// The viewer's time zone; UTC if the stored name is unknown.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.user.timezone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// The name to greet and sign with.
    pub fn name(&self) -> String {
        match &self.membership {
            Some(m) if !m.display_name.is_empty() => m.display_name.clone(),
            _ => format!("{} {}", self.user.first_name, self.user.last_name).trim().to_owned(),
        }
    }

    /// Refuses tokens without the scope `write`.
    pub fn may_write(&self) -> Result<()> {
        match self.via {
            Via::Token { can_write: false, .. } => Err(Error::Forbidden("This token may only read.")),
            _ => Ok(()),
        }
    }
}

/// Proof: the viewer is a member of this organization and not suspended.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    org_id: OrgId,
    user_id: UserId,
    role: Role,
}

impl Member {
    pub fn org_id(&self) -> OrgId {
        self.org_id
    }

    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The member as a coach.
    pub fn coach(self) -> Result<Coach> {
        if self.role.is_coach() {
            Ok(Coach { org_id: self.org_id, user_id: self.user_id, role: self.role })
        } else {
            Err(Error::Forbidden("Only coaches may do this."))
        }
    }
}

/// Proof: the viewer is a coach of this organization.
#[derive(Debug, Clone, Copy)]
pub struct Coach {
    org_id: OrgId,
    user_id: UserId,
    role: Role,
}

impl Coach {
    pub fn org_id(&self) -> OrgId {
        self.org_id
    }

    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    pub fn is_head(&self) -> bool {
        self.role == Role::HeadCoach
    }

    /// The coach as the head coach.
    pub fn head(self) -> Result<HeadCoach> {
        if self.role == Role::HeadCoach {
            Ok(HeadCoach(self))
        } else {
            Err(Error::Forbidden("Only the head coach may do this."))
        }
    }
}

/// Proof: the viewer is the head coach of this organization.
#[derive(Debug, Clone, Copy)]
pub struct HeadCoach(Coach);

impl HeadCoach {
    pub fn coach(&self) -> Coach {
        self.0
    }

    pub fn org_id(&self) -> OrgId {
        self.0.org_id
    }

    pub fn user_id(&self) -> UserId {
        self.0.user_id
    }
}

/// Refuses API keys where a person's own account is read or changed. A key acts as its maker in the
/// organization; what the account holds beside that (its tokens) is not the organization's.
pub fn own_account(viewer: &Viewer) -> Result<()> {
    match viewer.via {
        Via::Token { org_id: Some(_), .. } => {
            Err(Error::Forbidden("An API key has no part in the account of its maker."))
        }
        _ => Ok(()),
    }
}

/// The viewer as a member of the organization that an address names.
pub fn organization(viewer: &Viewer, org: OrgId) -> Result<Member> {
    match &viewer.membership {
        Some(m) if m.org_id == org => viewer.member(),
        _ => Err(Error::NotFound),
    }
}

/// Proof: the viewer may see this person's membership: it is their own, or they are a coach of the
/// organization.
#[derive(Debug, Clone)]
pub struct SeenMember {
    standing: Standing,
    coach: Option<Coach>,
}

impl SeenMember {
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The viewer's proof of being a coach, for what only coaches may read or write (labels, notes).
    pub fn coach(&self) -> Result<Coach> {
        self.coach.ok_or(Error::Forbidden("Only coaches may do this."))
    }

    /// The member's data as a coach of theirs sees it.
    pub fn coached_data(&self) -> Result<SeenData> {
        self.coach()?;
        match self.standing.visible_from {
            Some(since) => Ok(SeenData { user_id: self.standing.user_id, since, is_own: false }),
            None => Err(Error::Forbidden("This athlete has not agreed to be seen yet.")),
        }
    }
}

/// A member of the viewer's organization: an unknown person and one of another organization are "not
/// found", a fellow athlete is "forbidden".
pub async fn member(tx: &mut Tx, viewer: &Viewer, user: UserId) -> Result<SeenMember> {
    let own = viewer.membership.as_ref().ok_or(Error::NotFound)?;
    let standing = members::standing(tx, own.org_id, user).await?.ok_or(Error::NotFound)?;
    let me = viewer.member()?;
    let coach = me.coach().ok();
    if coach.is_none() && user != viewer.user.id {
        return Err(Error::Forbidden("You can only see your own page."));
    }
    Ok(SeenMember { standing, coach })
}

/// Proof: the viewer may read this person's activities and values, as far back as [`Self::since`].
#[derive(Debug, Clone, Copy)]
pub struct SeenData {
    user_id: UserId,
    since: i64,
    is_own: bool,
}

impl SeenData {
    /// Whose data it is.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Activities that started before this instant (Unix seconds) are out of sight.
    pub fn since(&self) -> i64 {
        self.since
    }

    /// Whether the viewer is the owner.
    pub fn is_own(&self) -> bool {
        self.is_own
    }
}

/// A person's activities, calendar, values and figures: for their owner, and for coaches of the owner's
/// organization from the membership's `visible_from` on.
pub async fn data(tx: &mut Tx, viewer: &Viewer, user: UserId) -> Result<SeenData> {
    if user == viewer.user.id {
        return Ok(SeenData { user_id: user, since: i64::MIN, is_own: true });
    }
    member(tx, viewer, user).await?.coached_data()
}

/// Proof: the viewer may read and change this activity.
#[derive(Debug, Clone, Copy)]
pub struct SeenActivity {
    id: ActivityId,
    data: SeenData,
}

impl SeenActivity {
    pub fn id(&self) -> ActivityId {
        self.id
    }

    /// The sight of its owner's data.
    pub fn data(&self) -> SeenData {
        self.data
    }
}

/// An activity that the viewer may read and change. One of another organization, one that was deleted
/// and one from before `visible_from` are "not found".
pub async fn activity(tx: &mut Tx, viewer: &Viewer, id: ActivityId) -> Result<SeenActivity> {
    let (owner, start_at) = db::activities::owner(tx, id).await?.ok_or(Error::NotFound)?;
    read_activity(tx, viewer, id, owner, start_at).await
}

/// The same for an activity whose row has been read, and is shown to nobody before this is asked: pages count
/// their statements.
pub(super) async fn read_activity(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ActivityId,
    owner: UserId,
    start_at: i64,
) -> Result<SeenActivity> {
    let data = data(tx, viewer, owner).await?;
    if start_at < data.since {
        return Err(Error::NotFound);
    }
    Ok(SeenActivity { id, data })
}

/// A deleted activity that the viewer could read and change, for those who want it back.
pub async fn deleted_activity(tx: &mut Tx, viewer: &Viewer, id: ActivityId) -> Result<SeenActivity> {
    let row = db::activity_changes::deleted(tx, id).await?.ok_or(Error::NotFound)?;
    let data = data(tx, viewer, row.user_id).await?;
    if row.start_at < data.since {
        return Err(Error::NotFound);
    }
    Ok(SeenActivity { id, data })
}

/// The viewer of a session or token: `None` when the person is gone.
pub(super) async fn viewer(tx: &mut Tx, user: UserId, via: Via) -> Result<Option<Viewer>> {
    Ok(db::users::person(tx, user).await?.map(|row| Viewer::new(row, via)))
}
