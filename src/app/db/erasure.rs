//! What erasing a person takes away, over all organizations. Only `app::erasure` calls it, in one transaction but
//! for what [`delete_batch`] does.

use super::{Tx, on};
use crate::domain::ids::{AuditId, GroupId, NotificationId, UserId};

/// What is found of a text, so that it can be blanked and written back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Found<Id> {
    pub id: Id,
    pub text: String,
}

const IS_ERASED: &str = "SELECT email_folded = 'ERASED ' || id FROM users WHERE id = $1";

/// Whether this account was erased: no other has such an address. `None` where there is no such account.
pub async fn is_erased(tx: &mut Tx, user: UserId) -> sqlx::Result<Option<bool>> {
    let found: Option<(bool,)> =
        on!(tx, |conn| sqlx::query_as(IS_ERASED).bind(user).fetch_optional(conn).await)?;
    Ok(found.map(|(is_erased,)| is_erased))
}

// Nobody can type the folded email: what is typed is folded to small letters, so no form finds the account.
const BLANK_USER: &str = "UPDATE users SET email = $2, email_folded = $3, password_hash = '', first_name = 'Erased', \
     last_name = 'person', timezone = 'UTC', units = 'metric', theme = 'system', is_admin = $4, is_coach_account = $4, \
     activities_version = activities_version + 1, updated_at = $5 WHERE id = $1";

/// Makes an account a stub without anything of its person: what they did in the past still refers to it.
pub async fn blank_user(tx: &mut Tx, user: UserId, now: i64) -> sqlx::Result<()> {
    let email = format!("erased-{user}@invalid");
    let folded = format!("ERASED {user}");
    on!(tx, |conn| sqlx::query(BLANK_USER)
        .bind(user)
        .bind(&email)
        .bind(&folded)
        .bind(false)
        .bind(now)
        .execute(conn)
        .await
        .map(|_| ()))
}

const TOUCH_GROUPS: &str = "UPDATE groups SET version = version + 1, updated_at = $2 WHERE id IN \
     (SELECT group_id FROM group_members WHERE user_id = $1 UNION SELECT group_id FROM group_departures WHERE user_id = $1)";
const DELETE_GROUP_MEMBERS: &str = "DELETE FROM group_members WHERE user_id = $1";
const DELETE_DEPARTURES: &str = "DELETE FROM group_departures WHERE user_id = $1";
const DELETE_REQUESTS: &str = "DELETE FROM join_requests WHERE user_id = $1";
// Labels go with the membership.
const DELETE_MEMBERSHIP: &str = "DELETE FROM memberships WHERE user_id = $1";
const DELETE_NOTES: &str = "DELETE FROM notes WHERE user_id = $1";
const DELETE_NOTIFICATIONS: &str = "DELETE FROM notifications WHERE user_id = $1";
const DELETE_SESSIONS: &str = "DELETE FROM sessions WHERE user_id = $1";
const DELETE_TOKENS: &str = "DELETE FROM tokens WHERE user_id = $1";
const DELETE_FITNESS: &str = "DELETE FROM fitness_values WHERE user_id = $1";
// Files that wait, and what became of those that came, go with the job. What a coach imported for others is theirs.
const DELETE_JOBS: &str = "DELETE FROM jobs WHERE subject_id = $1";
const DELETE_REPORTS: &str = "DELETE FROM group_reports WHERE user_id = $1";
// A recording that counts instead of another must not keep it from going.
const UNLINK: &str =
    "UPDATE activities SET duplicate_of = NULL WHERE user_id = $1 AND duplicate_of IS NOT NULL";

/// Deletes all rows that are the person's and are no activities, and frees these from one another. The reports
/// in which they stand among others are left to the caller.
pub async fn delete_rows(tx: &mut Tx, user: UserId, now: i64) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(TOUCH_GROUPS).bind(user).bind(now).execute(conn).await.map(|_| ()))?;
    let statements = [
        DELETE_GROUP_MEMBERS,
        DELETE_DEPARTURES,
        DELETE_REQUESTS,
        DELETE_MEMBERSHIP,
        DELETE_NOTES,
        DELETE_NOTIFICATIONS,
        DELETE_SESSIONS,
        DELETE_TOKENS,
        DELETE_FITNESS,
        DELETE_JOBS,
        DELETE_REPORTS,
        UNLINK,
    ];
    for statement in statements {
        on!(tx, |conn| sqlx::query(statement).bind(user).execute(conn).await.map(|_| ()))?;
    }
    Ok(())
}

const DELETE_LINKS: &str = "DELETE FROM email_links WHERE email_folded = $1";
const DELETE_MAILS: &str = "DELETE FROM outbox WHERE recipient = $1 OR recipient = $2";

/// Deletes mails to an address, those that wait and those that went, and the links that were in them.
pub async fn delete_mails(tx: &mut Tx, email: &str, email_folded: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(DELETE_LINKS).bind(email_folded).execute(conn).await.map(|_| ()))?;
    on!(tx, |conn| sqlx::query(DELETE_MAILS).bind(email).bind(email_folded).execute(conn).await.map(|_| ()))
}

/// A pattern that finds this text within another.
fn within(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

const DELETE_UNDOS: &str = "DELETE FROM undos WHERE user_id = $1 OR payload LIKE $2 ESCAPE '!'";
const DELETE_ANSWERS: &str = "DELETE FROM idempotency WHERE user_id = $1 OR body LIKE $2 ESCAPE '!'";

/// Deletes what is kept for minutes or hours and may hold a copy of the person's data: undos and answers of their
/// own, and those of others in which their id stands.
pub async fn delete_copies(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    let naming = within(&user.to_string());
    on!(tx, |conn| sqlx::query(DELETE_UNDOS).bind(user).bind(&naming).execute(conn).await.map(|_| ()))?;
    on!(tx, |conn| sqlx::query(DELETE_ANSWERS).bind(user).bind(&naming).execute(conn).await.map(|_| ()))
}

const NOTIFICATIONS: &str = "SELECT id, payload AS text FROM notifications WHERE payload LIKE $1 ESCAPE '!'";

/// Notifications in whose payload a text stands: an id, or a name as JSON writes it.
pub async fn notifications_with(tx: &mut Tx, text: &str) -> sqlx::Result<Vec<Found<NotificationId>>> {
    let pattern = within(text);
    on!(tx, |conn| sqlx::query_as(NOTIFICATIONS).bind(&pattern).fetch_all(conn).await)
}

const SET_NOTIFICATION: &str = "UPDATE notifications SET payload = $2 WHERE id = $1";

/// Replaces what a notification holds.
pub async fn set_notification(tx: &mut Tx, id: NotificationId, payload: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_NOTIFICATION).bind(id).bind(payload).execute(conn).await.map(|_| ()))
}

const ENTRIES: &str = "SELECT id, details AS text FROM audit WHERE subject_id = $1 \
     OR (actor_id = $2 AND action LIKE 'api_key.%') OR LOWER(details) LIKE $3 ESCAPE '!'";

/// Entries about a person, those about the keys that they named, and those in which their address stands: who
/// invited it, or looked for it. `email` is folded.
pub async fn entries(tx: &mut Tx, user: UserId, email: &str) -> sqlx::Result<Vec<Found<AuditId>>> {
    let naming = within(email);
    on!(tx, |conn| sqlx::query_as(ENTRIES).bind(user).bind(user).bind(&naming).fetch_all(conn).await)
}

const BLANK_INVITATIONS: &str = "UPDATE invitations SET first_name = '', email = '', email_folded = '', message = '' WHERE email_folded = $1";
const DELETE_TICKETS: &str = "DELETE FROM tickets WHERE email_folded = $1";

/// Blanks invitations to an address, and deletes what would let it in. That somebody was invited, and by whom, stays.
pub async fn blank_invitations(tx: &mut Tx, email_folded: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(BLANK_INVITATIONS).bind(email_folded).execute(conn).await.map(|_| ()))?;
    on!(tx, |conn| sqlx::query(DELETE_TICKETS).bind(email_folded).execute(conn).await.map(|_| ()))
}

const SET_DETAILS: &str = "UPDATE audit SET details = $2 WHERE id = $1";

/// Replaces the details of an entry: the one change that the trail knows.
pub async fn set_details(tx: &mut Tx, id: AuditId, details: &str) -> sqlx::Result<()> {
    on!(tx, |conn| sqlx::query(SET_DETAILS).bind(id).bind(details).execute(conn).await.map(|_| ()))
}

const GROUPS: &str = "SELECT group_id FROM group_members WHERE user_id = $1 UNION SELECT group_id FROM group_departures WHERE user_id = $1";

/// The groups that a person is or was in: their kept reports may name them.
pub async fn groups(tx: &mut Tx, user: UserId) -> sqlx::Result<Vec<GroupId>> {
    let rows: Vec<(GroupId,)> = on!(tx, |conn| sqlx::query_as(GROUPS).bind(user).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const COUNT_ACTIVITIES: &str = "SELECT COUNT(*) FROM activities WHERE user_id = $1";

/// How many activities a person has, deleted ones too.
pub async fn count_activities(tx: &mut Tx, user: UserId) -> sqlx::Result<i64> {
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(COUNT_ACTIVITIES).bind(user).fetch_one(conn).await)?;
    Ok(count)
}

// Recordings go with their activities.
const DELETE_ACTIVITIES: &str =
    "DELETE FROM activities WHERE id IN (SELECT a.id FROM activities a WHERE a.user_id = $1 LIMIT $2)";
const DELETE_FILES: &str = "DELETE FROM files WHERE user_id = $1 AND sha256 IN \
     (SELECT f.sha256 FROM files f WHERE f.user_id = $1 LIMIT $2)";

/// Deletes at most so many of the person's activities with their recordings, and as many of their files; returns how
/// many activities and files those were.
pub async fn delete_batch(tx: &mut Tx, user: UserId, limit: i64) -> sqlx::Result<(u64, u64)> {
    // What came in from a request that was under way.
    on!(tx, |conn| sqlx::query(UNLINK).bind(user).execute(conn).await.map(|_| ()))?;
    let activities = on!(tx, |conn| sqlx::query(DELETE_ACTIVITIES)
        .bind(user)
        .bind(limit)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    let files = on!(tx, |conn| sqlx::query(DELETE_FILES)
        .bind(user)
        .bind(limit)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok((activities, files))
}
