//! Invitations: what kinds there are, and where one stands.

use crate::words;

words! {
    /// Whom an invitation is for.
    pub enum InvitationKind {
        Single = "single", "One person";
        Multi = "multi", "Link for many";
    }
}

words! {
    /// Where an invitation stands.
    pub enum InvitationState {
        Pending = "pending", "Pending";
        Accepted = "accepted", "Accepted";
        Expired = "expired", "Expired";
        Revoked = "revoked", "Revoked";
    }
}

/// Where an invitation stands at an instant (Unix seconds). One that was accepted, or taken up by as many as may,
/// stays so whatever happens afterwards; the statement that lists by state says the same in SQL.
pub fn state(
    is_revoked: bool,
    uses: i64,
    max_uses: Option<i64>,
    expires_at: Option<i64>,
    now: i64,
) -> InvitationState {
    if is_revoked {
        InvitationState::Revoked
    } else if max_uses.is_some_and(|most| uses >= most) {
        InvitationState::Accepted
    } else if expires_at.is_some_and(|end| end <= now) {
        InvitationState::Expired
    } else {
        InvitationState::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_used_up_before_it_is_too_old() {
        assert_eq!(state(false, 0, Some(1), Some(10), 9), InvitationState::Pending);
        assert_eq!(state(false, 0, Some(1), Some(10), 10), InvitationState::Expired);
        assert_eq!(state(false, 1, Some(1), Some(10), 20), InvitationState::Accepted);
        assert_eq!(state(true, 0, None, None, 0), InvitationState::Revoked);
        assert_eq!(state(false, 9_999, None, None, 0), InvitationState::Pending);
    }
}
