//! Many rows at once, for the demo club. The caller has made every row itself.

use sqlx::QueryBuilder;

use super::activities::Activity;
use super::{Tx, on};
use crate::domain::ids::{GroupId, NoteId, OrgId, UserId};
use crate::domain::person::MemberStatus;

/// Rows in one statement: far from both databases' limits on bound values, and few texts to prepare.
const ROWS: usize = 25;

/// Inserts activities.
pub async fn activities(tx: &mut Tx, rows: &[Activity]) -> sqlx::Result<()> {
    macro_rules! build {
        ($conn:expr, $rows:expr) => {{
            let mut query = QueryBuilder::new(
                "INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, timezone, \
                 local_day, distance, duration, elapsed, average_heart_rate, max_heart_rate, average_cadence, elevation_gain, \
                 calories, effort, note, is_indoor, source, file_format, device, external_id, training_load, load_method, \
                 vdot_load, is_vdot_load_estimate, formula_version, duplicate_of, is_unlinked, warnings, created_at, \
                 updated_at, version) ",
            );
            query.push_values($rows, |mut row, a: &Activity| {
                row.push_bind(a.id).push_bind(a.user_id).push_bind(a.title.clone());
                row.push_bind(crate::domain::person::fold(&a.title)).push_bind(a.activity_type).push_bind(a.sub_type);
                row.push_bind(a.status).push_bind(a.start_at).push_bind(a.timezone.clone()).push_bind(a.local_day);
                row.push_bind(a.distance).push_bind(a.duration).push_bind(a.elapsed).push_bind(a.average_heart_rate);
                row.push_bind(a.max_heart_rate).push_bind(a.average_cadence).push_bind(a.elevation_gain);
                row.push_bind(a.calories).push_bind(a.effort).push_bind(a.note.clone()).push_bind(a.is_indoor);
                row.push_bind(a.source).push_bind(a.file_format).push_bind(a.device.clone());
                row.push_bind(a.external_id.clone()).push_bind(a.training_load).push_bind(a.load_method);
                row.push_bind(a.vdot_load).push_bind(a.is_vdot_load_estimate).push_bind(a.formula_version);
                row.push_bind(a.duplicate_of).push_bind(a.is_unlinked).push_bind(a.warnings.clone());
                row.push_bind(a.created_at).push_bind(a.updated_at).push_bind(a.version);
            });
            query.build().execute($conn).await.map(|_| ())
        }};
    }
    for rows in rows.chunks(ROWS) {
        on!(tx, |conn| build!(conn, rows))?;
    }
    let mut users: Vec<UserId> = rows.iter().map(|a| a.user_id).collect();
    users.sort_unstable();
    users.dedup();
    for user in users {
        super::activity_changes::bump(tx, user).await?;
    }
    Ok(())
}

const SET_MEMBER: &str = "UPDATE memberships SET member_level = $3, status = $4, assigned_coach_id = $5, visible_from = $6, joined_at = $7 \
     WHERE org_id = $1 AND user_id = $2";

/// What the roster says of a member.
#[derive(Debug)]
pub struct Member<'a> {
    pub level: &'a str,
    pub status: MemberStatus,
    pub coach: Option<UserId>,
    pub visible_from: Option<i64>,
    pub joined_at: i64,
}

/// Overwrites what the roster says of a member.
pub async fn set_member(tx: &mut Tx, org: OrgId, user: UserId, member: &Member<'_>) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_MEMBER)
        .bind(org)
        .bind(user)
        .bind(member.level)
        .bind(member.status)
        .bind(member.coach)
        .bind(member.visible_from)
        .bind(member.joined_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const LABEL: &str =
    "INSERT INTO member_labels (org_id, user_id, label, label_folded) VALUES ($1, $2, $3, $4)";

/// Adds a label to a member.
pub async fn label(tx: &mut Tx, org: OrgId, user: UserId, label: &str, folded: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(LABEL)
        .bind(org)
        .bind(user)
        .bind(label)
        .bind(folded)
        .execute(conn)
        .await
        .map(|_| ()))
}

const DEPARTURE: &str =
    "INSERT INTO group_departures (group_id, user_id, joined_at, left_at) VALUES ($1, $2, $3, $4)";

/// Notes that somebody was in a group for a while.
pub async fn departure(
    tx: &mut Tx,
    (group, user): (GroupId, UserId),
    joined_at: i64,
    left_at: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DEPARTURE)
        .bind(group)
        .bind(user)
        .bind(joined_at)
        .bind(left_at)
        .execute(conn)
        .await
        .map(|_| ()))
}

const NOTE: &str =
    "INSERT INTO notes (id, org_id, user_id, author_id, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)";

/// Inserts a note about an athlete.
pub async fn note(
    tx: &mut Tx,
    (id, org): (NoteId, OrgId),
    (about, author): (UserId, UserId),
    body: &str,
    at: i64,
) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(NOTE)
        .bind(id)
        .bind(org)
        .bind(about)
        .bind(author)
        .bind(body)
        .bind(at)
        .execute(conn)
        .await
        .map(|_| ()))
}
