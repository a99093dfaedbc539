//! Identifiers: [TypeIDs](https://github.com/jetify-com/typeid), a type prefix, an underscore and the
//! Crockford base32 of a UUIDv7, as `usr_01h455vb4pex5vsknk084sn02q`.
//!
//! The same text stands in the database, the API and the addresses. An id of another kind or form does
//! not parse; callers answer that as "not found", since such a thing cannot exist.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text is not an id of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct InvalidId;

fn encode(uuid: Uuid) -> String {
    let mut bits = uuid.as_u128();
    let mut text = [0u8; 26];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn decode(text: &str) -> Result<Uuid, InvalidId> {
    let bytes = text.as_bytes();
    // 26 digits of 5 bits are 130: the first digit may carry three bits only.
    if bytes.len() != 26 || bytes[0] > b'7' {
        return Err(InvalidId);
    }
    let mut bits: u128 = 0;
    for byte in bytes {
        let digit = ALPHABET.iter().position(|c| c == byte).ok_or(InvalidId)?;
        bits = (bits << 5) | digit as u128;
    }
    Ok(Uuid::from_u128(bits))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id of a UUID, which the caller took from `App::new_id` (time and randomness are parameters).
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let rest = text.strip_prefix($prefix).and_then(|r| r.strip_prefix('_')).ok_or(InvalidId)?;
                decode(rest).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId = "usr";
    /// An organization.
    OrgId = "org";
    /// A group of athletes.
    GroupId = "grp";
    /// An activity.
    ActivityId = "act";
    /// A dated, signed note of a coach about an athlete.
    NoteId = "note";
    /// A physiological value with the date from which it holds.
    FitnessId = "fit";
    /// A bearer token or an API key.
    TokenId = "tok";
    /// A session, as its owner sees it in the list of sessions (never the cookie).
    SessionId = "ses";
    /// A background job.
    JobId = "job";
    /// An entry of the audit trail.
    AuditId = "aud";
    /// A mail waiting in the outbox.
    MailId = "mail";
    /// A bulk act that can be undone.
    UndoId = "undo";
    /// An athlete's request to join a group.
    RequestId = "req";
    /// Something the product tells a person.
    NotificationId = "ntf";
    /// A weekly report that was kept.
    ReportId = "rep";
    /// A training plan.
    PlanId = "plan";
    /// An invitation to join an organization.
    InvitationId = "inv";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the TypeID specification.
    #[test]
    fn reads_and_writes_the_published_vector() {
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let id = UserId::from_uuid(uuid);
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
        assert_eq!("usr_01h455vb4pex5vsknk084sn02q".parse(), Ok(id));
    }

    #[test]
    fn refuses_other_kinds_and_forms() {
        for text in [
            "",
            "usr",
            "usr_",
            "org_01h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn0il",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text}");
        }
    }
}
