//! What the page about one athlete reads beside their activities.

use super::{Tx, on};
use crate::domain::ids::{OrgId, UserId};
use crate::domain::person::{MemberStatus, Role};

/// A member as the head of their page shows them to coaches.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Profile {
    pub user_id: UserId,
    pub role: Role,
    pub email: String,
    pub first_name: String,
    pub display_name: String,
    /// IANA name: weeks and days on the page are the athlete's own.
    pub timezone: String,
    pub member_level: String,
    pub status: MemberStatus,
    pub coach_name: Option<String>,
    /// One a line, in the order of the alphabet.
    pub labels: Option<String>,
    /// Notes of coaches.
    pub notes: i64,
    pub visible_from: Option<i64>,
}

const PROFILE: &str = "SELECT m.user_id, m.role, u.email, u.first_name, m.display_name, u.timezone, m.member_level, m.status, \
     c.display_name AS coach_name, \
     (SELECT STRING_AGG(l.label, '\n' ORDER BY l.label_folded) FROM member_labels l \
     WHERE l.org_id = m.org_id AND l.user_id = m.user_id) AS labels, \
     (SELECT COUNT(*) FROM notes n WHERE n.org_id = m.org_id AND n.user_id = m.user_id AND n.deleted_at IS NULL) AS notes, \
     m.visible_from \
     FROM memberships m JOIN users u ON u.id = m.user_id \
     LEFT JOIN memberships c ON c.org_id = m.org_id AND c.user_id = m.assigned_coach_id \
     WHERE m.org_id = $1 AND m.user_id = $2";

/// The member with labels and the number of notes: for coaches only.
pub async fn find(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Option<Profile>> {
    on!(tx, |conn| sqlx::query_as(PROFILE).bind(org).bind(user).fetch_optional(conn).await)
}

/// What one person ran in one week.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct WeekRow {
    /// Weeks since the first day that was asked for, from 0.
    pub week: i64,
    pub distance: f64,
    pub duration: f64,
    pub longest: f64,
    pub runs: i64,
    pub training_load: f64,
}

const WEEKS: &str = "SELECT (local_day - $2) / 7 AS week, CAST(COALESCE(SUM(distance), 0.0) AS DOUBLE PRECISION) AS distance, \
     CAST(SUM(duration) AS DOUBLE PRECISION) AS duration, CAST(COALESCE(MAX(distance), 0.0) AS DOUBLE PRECISION) AS longest, \
     COUNT(*) AS runs, CAST(COALESCE(SUM(training_load), 0.0) AS DOUBLE PRECISION) AS training_load \
     FROM activities WHERE user_id = $1 AND local_day >= $2 AND local_day < $3 AND start_at >= $4 \
     AND deleted_at IS NULL AND duplicate_of IS NULL AND status = 'completed' AND activity_type = 'run' \
     GROUP BY 1 ORDER BY 1";

/// Weekly sums of a person's counted runs from `first_day` (the first day of a week) up to, and not with,
/// `end_day`; weeks without a run are left out. `since` is the viewer's sight.
pub async fn weeks(
    tx: &mut Tx,
    user: UserId,
    first_day: i64,
    end_day: i64,
    since: i64,
) -> sqlx::Result<Vec<WeekRow>> {
    on!(tx, |conn| sqlx::query_as(WEEKS)
        .bind(user)
        .bind(first_day)
        .bind(end_day)
        .bind(since)
        .fetch_all(conn)
        .await)
}
