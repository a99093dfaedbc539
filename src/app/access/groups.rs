//! Proofs about groups.

use super::{Coach, Viewer};
use crate::app::db::groups::{self, Group};
use crate::app::db::{self, Tx};
use crate::app::error::{Error, Result};
use crate::domain::group::Privacy;
use crate::domain::ids::{GroupId, OrgId, UserId};

/// As what a viewer sees a group.
#[derive(Debug, Clone, Copy)]
enum Sight {
    Coach(Coach),
    /// A fellow athlete: in the group, or its owner.
    Member,
    /// An instance administrator, of any organization. What they read is audited.
    Admin,
}

/// Proof: the viewer may look at this group: a coach of its organization, one of its members or its owner, or
/// an instance administrator.
#[derive(Debug, Clone)]
pub struct VisibleGroup {
    group: Group,
    sight: Sight,
}

impl VisibleGroup {
    /// The group as it was when it was looked up.
    pub fn group(&self) -> &Group {
        &self.group
    }

    pub fn id(&self) -> GroupId {
        self.group.id
    }

    pub fn org_id(&self) -> OrgId {
        self.group.org_id
    }

    /// The group as a coach of its organization.
    pub fn coached(&self) -> Result<CoachedGroup> {
        match self.sight {
            Sight::Coach(coach) => Ok(CoachedGroup { group: self.group.clone(), coach }),
            _ => Err(Error::Forbidden("Only coaches may do this.")),
        }
    }

    /// Whether screens offer what coaches do.
    pub fn may_edit(&self) -> bool {
        matches!(self.sight, Sight::Coach(_))
    }

    /// Whether every field of the members' activities may be shown, not only what fellow athletes see.
    pub fn sees_whole_activities(&self) -> bool {
        matches!(self.sight, Sight::Coach(_))
    }

    /// Whether the look itself has to be audited.
    pub fn is_admin(&self) -> bool {
        matches!(self.sight, Sight::Admin)
    }
}

/// Proof: the viewer is a coach of this group's organization.
#[derive(Debug, Clone)]
pub struct CoachedGroup {
    group: Group,
    coach: Coach,
}

impl CoachedGroup {
    pub fn group(&self) -> &Group {
        &self.group
    }

    pub fn id(&self) -> GroupId {
        self.group.id
    }

    pub fn coach(&self) -> Coach {
        self.coach
    }

    pub fn org_id(&self) -> OrgId {
        self.coach.org_id()
    }
}

/// A group that the viewer may look at. One of another organization is "not found" for everybody but an
/// instance administrator, one of their own that they are not in is "forbidden".
pub async fn group(tx: &mut Tx, viewer: &Viewer, id: GroupId) -> Result<VisibleGroup> {
    let row = groups::find(tx, id, viewer.user.id).await?.ok_or(Error::NotFound)?;
    let is_own = viewer.membership.as_ref().is_some_and(|m| m.org_id == row.group.org_id);
    let sight = if is_own {
        let member = viewer.member();
        match member.as_ref().ok().and_then(|m| m.coach().ok()) {
            Some(coach) => Sight::Coach(coach),
            None if viewer.user.is_admin => Sight::Admin,
            None => {
                member?;
                if !row.is_member && row.group.owner_id != viewer.user.id {
                    return Err(Error::Forbidden("You are not in this group."));
                }
                Sight::Member
            }
        }
    } else if viewer.user.is_admin {
        Sight::Admin
    } else {
        return Err(Error::NotFound);
    };
    Ok(VisibleGroup { group: row.group, sight })
}

/// The same for a change: the group's row is held until the transaction ends. Coaches only.
pub async fn held_group(tx: &mut Tx, viewer: &Viewer, id: GroupId) -> Result<CoachedGroup> {
    group(tx, viewer, id).await?.coached()?;
    db::dialect::lock_group(tx, id).await?;
    // Somebody may have been quicker: what is there now counts.
    group(tx, viewer, id).await?.coached()
}

/// Proof: the viewer is an athlete of the organization who may ask to join this group.
#[derive(Debug, Clone)]
pub struct OpenGroup {
    group: Group,
    user_id: UserId,
    is_member: bool,
}

impl OpenGroup {
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Who may ask.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Whether they are in it already.
    pub fn is_member(&self) -> bool {
        self.is_member
    }
}

/// A group that the viewer, an athlete, may ask to join: a public one of their organization.
pub async fn open_group(tx: &mut Tx, viewer: &Viewer, id: GroupId) -> Result<OpenGroup> {
    let row = groups::find(tx, id, viewer.user.id).await?.ok_or(Error::NotFound)?;
    if viewer.membership.as_ref().is_none_or(|m| m.org_id != row.group.org_id) {
        return Err(Error::NotFound);
    }
    let member = viewer.member()?;
    if member.coach().is_ok() {
        return Err(Error::Forbidden("Only athletes ask to join a group."));
    }
    if row.group.privacy != Privacy::Public && !row.is_member {
        return Err(Error::Forbidden("This group is private. Ask your coach."));
    }
    Ok(OpenGroup { group: row.group, user_id: member.user_id(), is_member: row.is_member })
}
