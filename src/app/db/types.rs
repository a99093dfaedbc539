//! How ids and words are bound and read: as text on both databases.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use crate::domain::activity::{ActivityStatus, ActivityType, FileFormat, LoadMethod, Source, SubType};
use crate::domain::fitness::FitnessKind;
use crate::domain::group::{Privacy, RequestState};
use crate::domain::ids::*;
use crate::domain::invitation::InvitationKind;
use crate::domain::job::{JobKind, JobState};
use crate::domain::person::{MemberStatus, Role, Theme, UnitSystem};

macro_rules! as_text {
    ($($name:ty),* $(,)?) => {$(
        impl<DB: Database> Type<DB> for $name where String: Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <String as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as Type<DB>>::compatible(ty)
            }
        }
        impl<'q, DB: Database> Encode<'q, DB> for $name where String: Encode<'q, DB> {
            fn encode_by_ref(&self, buf: &mut <DB as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <String as Encode<'q, DB>>::encode(self.to_string(), buf)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $name where &'r str: Decode<'r, DB> {
            fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&'r str as Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    )*};
}

as_text!(
    UserId,
    OrgId,
    GroupId,
    ActivityId,
    NoteId,
    FitnessId,
    TokenId,
    SessionId,
    JobId,
    AuditId,
    MailId,
    UndoId,
    PlanId,
    InvitationId,
    InvitationKind,
    RequestId,
    NotificationId,
    ReportId,
    Privacy,
    RequestState,
    Role,
    MemberStatus,
    UnitSystem,
    Theme,
    ActivityType,
    SubType,
    ActivityStatus,
    Source,
    FileFormat,
    LoadMethod,
    FitnessKind,
    JobKind,
    JobState,
);
