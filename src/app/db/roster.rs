//! The roster: one page of an organization's athletes, and what stands in their rows.
//!
//! Every query takes the organization. What an athlete has not opened to the coaches (`visible_from`) is
//! not read.

use sqlx::QueryBuilder;

use super::{Tx, on};
use crate::domain::activity::SubType;
use crate::domain::ids::{GroupId, OrgId, UserId};
use crate::domain::person::MemberStatus;

/// One athlete of the roster, with the last counted run that coaches may see.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AthleteRow {
    pub user_id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub timezone: String,
    pub display_name: String,
    pub name_folded: String,
    pub member_level: String,
    pub status: MemberStatus,
    pub assigned_coach_id: Option<UserId>,
    pub coach_name: Option<String>,
    pub coach_email: Option<String>,
    pub joined_at: i64,
    pub visible_from: Option<i64>,
    pub version: i64,
    /// Start of the last completed activity of any kind.
    pub last_activity_at: Option<i64>,
    pub run_day: Option<i64>,
    pub run_start_at: Option<i64>,
    pub run_distance: Option<f64>,
    pub run_duration: Option<f64>,
    pub run_sub_type: Option<SubType>,
    /// This week's metres, nothing until the athlete can be seen; read only where the list is sorted by it.
    pub week_distance: Option<f64>,
    /// As written, one a line, in the order of the alphabet.
    pub labels: Option<String>,
    /// Id and name with a blank between, one group a line, in the order of the alphabet.
    pub groups: Option<String>,
    /// What [`packed_weeks`] reads; only where the cut asks for it.
    pub weeks: Option<String>,
}

/// Which athletes.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Folded text to find in name and email; empty for all.
    pub search: String,
    /// Any of these; empty for all. So are the next two.
    pub statuses: Vec<MemberStatus>,
    pub levels: Vec<String>,
    pub coaches: Vec<Option<UserId>>,
    /// In any of these; `None` is "in no group". Empty for all.
    pub groups: Vec<Option<GroupId>>,
    /// Every one of these (folded): an athlete has several labels, and each one chosen narrows.
    pub labels: Vec<String>,
}

impl Filter {
    /// Whether it lets everybody through.
    pub fn is_empty(&self) -> bool {
        self.search.is_empty()
            && self.statuses.is_empty()
            && self.levels.is_empty()
            && self.coaches.is_empty()
            && self.groups.is_empty()
            && self.labels.is_empty()
    }
}

/// What a page of the roster is in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Name,
    Status,
    Level,
    Coach,
    LastRun,
    WeekDistance,
}

/// The value of the sort key in a row that paging goes on from.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Text(String),
    Whole(i64),
    Real(f64),
    Nothing,
}

/// Where a page begins.
#[derive(Debug, Clone)]
pub enum Start {
    Offset(i64),
    /// After the row with this sort key, folded name and id: stable when others are added.
    After {
        key: Key,
        name_folded: String,
        user_id: UserId,
    },
}

/// The current week by the athletes' own zones. Two days apart at most are a Sunday and a Monday, so there
/// are never more than two weeks that are "this one" somewhere.
#[derive(Debug, Clone)]
pub struct ThisWeek {
    /// First day of the current week in most zones.
    pub first_day: i64,
    /// Its first day in the other zones.
    pub other_first_day: i64,
    /// The other zones' IANA names; empty most of the time.
    pub other_zones: Vec<String>,
}

/// How a page is cut out of the roster.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    pub order: Order,
    pub is_descending: bool,
    pub start: Start,
    pub limit: i64,
    pub week: &'a ThisWeek,
    /// Days between which weekly distances are wanted: the first day of a week, and the first day after.
    pub weeks: Option<(i64, i64)>,
}

/// The conditions of a filter, after a first condition on `m`.
macro_rules! push_filter {
    ($query:expr, $filter:expr) => {{
        let (query, filter): (_, &Filter) = (&mut $query, $filter);
        if !filter.search.is_empty() {
            query.push(" AND m.search_folded LIKE ").push_bind(like(&filter.search)).push(" ESCAPE '!'");
        }
        if !filter.statuses.is_empty() {
            query.push(" AND m.status IN (");
            let mut list = query.separated(", ");
            for status in &filter.statuses {
                list.push_bind(*status);
            }
            query.push(")");
        }
        if !filter.levels.is_empty() {
            query.push(" AND m.member_level IN (");
            let mut list = query.separated(", ");
            for level in &filter.levels {
                list.push_bind(level.clone());
            }
            query.push(")");
        }
        if !filter.coaches.is_empty() {
            query.push(" AND (m.assigned_coach_id IN (");
            let mut list = query.separated(", ");
            for coach in &filter.coaches {
                list.push_bind(*coach);
            }
            query.push(")");
            if filter.coaches.contains(&None) {
                query.push(" OR m.assigned_coach_id IS NULL");
            }
            query.push(")");
        }
        if !filter.groups.is_empty() {
            query.push(
                " AND (EXISTS (SELECT 1 FROM group_members o WHERE o.user_id = m.user_id AND o.group_id IN (",
            );
            let mut list = query.separated(", ");
            for group in &filter.groups {
                list.push_bind(*group);
            }
            query.push("))");
            if filter.groups.contains(&None) {
                query.push(" OR NOT EXISTS (SELECT 1 FROM group_members o WHERE o.user_id = m.user_id)");
            }
            query.push(")");
        }
        for label in &filter.labels {
            query.push(
                " AND EXISTS (SELECT 1 FROM member_labels l WHERE l.org_id = m.org_id AND l.user_id = m.user_id \
                 AND l.label_folded = ",
            );
            query.push_bind(label.clone()).push(")");
        }
    }};
}

/// A pattern that finds the text anywhere; `!` takes the meaning from `%`, `_` and itself.
fn like(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

const ROW: &str = "p.user_id, u.email, u.first_name, u.last_name, u.timezone, p.display_name, p.name_folded, \
     p.member_level, p.status, p.assigned_coach_id, c.display_name AS coach_name, cu.email AS coach_email, p.joined_at, \
     p.visible_from, p.version, \
     (SELECT x.start_at FROM activities x WHERE x.user_id = p.user_id AND x.start_at >= p.visible_from \
     AND x.deleted_at IS NULL AND x.duplicate_of IS NULL AND x.status = 'completed' \
     ORDER BY x.start_at DESC LIMIT 1) AS last_activity_at, \
     r.local_day AS run_day, r.start_at AS run_start_at, r.distance AS run_distance, r.duration AS run_duration, \
     r.sub_type AS run_sub_type, \
     (SELECT STRING_AGG(l.label, '\n' ORDER BY l.label_folded) FROM member_labels l \
     WHERE l.org_id = p.org_id AND l.user_id = p.user_id) AS labels, \
     (SELECT STRING_AGG(g.id || ' ' || g.name, '\n' ORDER BY g.name_folded) FROM group_members gm \
     JOIN groups g ON g.id = gm.group_id WHERE gm.user_id = p.user_id AND g.org_id = p.org_id) AS groups";
/// Where weekly distances are not asked for.
const NO_WEEKS: &str = ", CAST(NULL AS TEXT) AS weeks";

const ROW_FROM: &str = " p JOIN users u ON u.id = p.user_id \
     LEFT JOIN memberships c ON c.org_id = p.org_id AND c.user_id = p.assigned_coach_id \
     LEFT JOIN users cu ON cu.id = c.user_id \
     LEFT JOIN activities r ON r.id = (SELECT x.id FROM activities x WHERE x.user_id = p.user_id \
     AND x.start_at >= p.visible_from AND x.deleted_at IS NULL AND x.duplicate_of IS NULL \
     AND x.status = 'completed' AND x.activity_type = 'run' ORDER BY x.start_at DESC, x.id DESC LIMIT 1)";

const MEMBER_COLUMNS: &str = "m.org_id, m.user_id, m.display_name, m.name_folded, m.member_level, m.status, m.assigned_coach_id, \
     m.joined_at, m.visible_from, m.version";

/// A page of athletes in the order that was asked for; equal ones by name, then id.
pub async fn page(tx: &mut Tx, org: OrgId, filter: &Filter, cut: &Cut<'_>) -> sqlx::Result<Vec<AthleteRow>> {
    // Only columns that can be empty say where nothing goes, so that the others can use their index.
    let direction = if cut.is_descending { " DESC" } else { "" };
    let key = match cut.order {
        Order::Name | Order::Status => format!("sort_key{direction}"),
        _ => format!("sort_key{direction} NULLS LAST"),
    };
    let ties = if cut.is_descending && cut.order == Order::Name { " DESC" } else { "" };
    let order = match cut.order {
        Order::Name => format!("{key}, user_id{ties}"),
        _ => format!("{key}, name_folded, user_id"),
    };
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query.push(ROW);
            if cut.order == Order::WeekDistance {
                query.push(", p.sort_key AS week_distance");
            } else {
                query.push(", CAST(NULL AS DOUBLE PRECISION) AS week_distance");
            }
            // A row carries its weeks packed in one text: one statement, and one row to hand over, where a
            // row for each week would make nine.
            if let Some((first_day, end_day)) = cut.weeks {
                query.push(
                    ", (SELECT STRING_AGG(CAST(w.week AS TEXT) || ':' || CAST(CAST(ROUND(w.metres) AS BIGINT) AS TEXT), ' ') \
                     FROM (SELECT (x.local_day - ",
                );
                query.push_bind(first_day).push(
                    ") / 7 AS week, SUM(x.distance) AS metres FROM activities x WHERE x.user_id = p.user_id \
                     AND x.start_at >= p.visible_from AND x.deleted_at IS NULL AND x.duplicate_of IS NULL \
                     AND x.status = 'completed' AND x.activity_type = 'run' AND x.local_day >= ",
                );
                query.push_bind(first_day).push(" AND x.local_day < ").push_bind(end_day);
                query.push(" GROUP BY 1) w) AS weeks");
            } else {
                query.push(NO_WEEKS);
            }
            query.push(" FROM (SELECT * FROM (SELECT ").push(MEMBER_COLUMNS).push(", ");
            match cut.order {
                Order::Name => query.push("m.name_folded"),
                Order::Status => query.push("m.status"),
                Order::Level => query.push("NULLIF(m.member_level, '')"),
                Order::Coach => query.push(
                    "(SELECT k.name_folded FROM memberships k WHERE k.org_id = m.org_id AND k.user_id = m.assigned_coach_id)",
                ),
                Order::LastRun => query.push(
                    "(SELECT x.start_at FROM activities x WHERE x.user_id = m.user_id AND x.start_at >= m.visible_from \
                     AND x.deleted_at IS NULL AND x.duplicate_of IS NULL AND x.status = 'completed' \
                     AND x.activity_type = 'run' ORDER BY x.start_at DESC LIMIT 1)",
                ),
                Order::WeekDistance => {
                    // Who can be seen and has not run is at nothing; who cannot be seen has no place at all.
                    query.push(
                        "CASE WHEN m.visible_from IS NOT NULL THEN COALESCE((SELECT \
                         CAST(SUM(x.distance) AS DOUBLE PRECISION) FROM activities x WHERE x.user_id = m.user_id \
                         AND x.start_at >= m.visible_from AND x.deleted_at IS NULL AND x.duplicate_of IS NULL \
                         AND x.status = 'completed' AND x.activity_type = 'run'",
                    );
                    if cut.week.other_zones.is_empty() {
                        query.push(" AND x.local_day >= ").push_bind(cut.week.first_day);
                        query.push(" AND x.local_day < ").push_bind(cut.week.first_day + 7);
                    } else {
                        let first = cut.week.first_day.min(cut.week.other_first_day);
                        let last = cut.week.first_day.max(cut.week.other_first_day);
                        query.push(" AND x.local_day >= ").push_bind(first);
                        query.push(" AND x.local_day < ").push_bind(last + 7);
                        query.push(" AND (x.local_day - ").push_bind(first);
                        query.push(") / 7 = CASE WHEN EXISTS (SELECT 1 FROM users z WHERE z.id = m.user_id AND z.timezone IN (");
                        let mut list = query.separated(", ");
                        for zone in &cut.week.other_zones {
                            list.push_bind(zone.clone());
                        }
                        query.push(")) THEN ").push_bind((cut.week.other_first_day - first) / 7);
                        query.push(" ELSE ").push_bind((cut.week.first_day - first) / 7).push(" END");
                    }
                    query.push("), 0.0) END")
                }
            };
            query.push(" AS sort_key FROM memberships m WHERE m.org_id = ").push_bind(org);
            query.push(" AND m.role = 'athlete'");
            push_filter!(query, filter);
            query.push(") s");
            if let Start::After { key, name_folded, user_id } = &cut.start {
                let beyond = if cut.is_descending { " < " } else { " > " };
                if cut.order == Order::Name {
                    query.push(" WHERE (sort_key, user_id)").push(beyond).push("(").push_bind(name_folded.clone());
                    query.push(", ").push_bind(*user_id).push(")");
                } else {
                    let push_key = |query: &mut QueryBuilder<_>| match key {
                        Key::Text(text) => {
                            query.push_bind(text.clone());
                        }
                        Key::Whole(number) => {
                            query.push_bind(*number);
                        }
                        Key::Real(number) => {
                            query.push_bind(*number);
                        }
                        Key::Nothing => {}
                    };
                    query.push(" WHERE ");
                    if *key == Key::Nothing {
                        query.push("(sort_key IS NULL AND ");
                    } else {
                        query.push("(sort_key").push(beyond);
                        push_key(&mut query);
                        query.push(" OR sort_key IS NULL OR sort_key = ");
                        push_key(&mut query);
                        query.push(" AND ");
                    }
                    query.push("(name_folded, user_id) > (").push_bind(name_folded.clone());
                    query.push(", ").push_bind(*user_id).push("))");
                }
            }
            query.push(" ORDER BY ").push(&order).push(" LIMIT ").push_bind(cut.limit);
            if let Start::Offset(offset) = cut.start {
                query.push(" OFFSET ").push_bind(offset);
            }
            query.push(")").push(ROW_FROM);
            query.push(" ORDER BY p.").push(order.replace(", ", ", p."));
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// One member as a row of the roster, whatever their role.
pub async fn find(tx: &mut Tx, org: OrgId, user: UserId) -> sqlx::Result<Option<AthleteRow>> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query.push(ROW);
            query
                .push(", CAST(NULL AS DOUBLE PRECISION) AS week_distance")
                .push(NO_WEEKS)
                .push(" FROM (SELECT ")
                .push(MEMBER_COLUMNS);
            query.push(" FROM memberships m WHERE m.org_id = ").push_bind(org);
            query.push(" AND m.user_id = ").push_bind(user).push(")").push(ROW_FROM);
            query.build_query_as().fetch_optional($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// The athletes of the organization among these people; the others are left out.
pub async fn athletes_among(tx: &mut Tx, org: OrgId, users: &[UserId]) -> sqlx::Result<Vec<AthleteRow>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT ");
            query.push(ROW);
            query
                .push(", CAST(NULL AS DOUBLE PRECISION) AS week_distance")
                .push(NO_WEEKS)
                .push(" FROM (SELECT ")
                .push(MEMBER_COLUMNS);
            query.push(" FROM memberships m WHERE m.role = 'athlete' AND m.org_id = ").push_bind(org);
            query.push(" AND m.user_id IN (");
            let mut list = query.separated(", ");
            for user in users {
                list.push_bind(*user);
            }
            query.push("))").push(ROW_FROM);
            query.build_query_as().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// How many athletes the filter lets through.
pub async fn count(tx: &mut Tx, org: OrgId, filter: &Filter) -> sqlx::Result<i64> {
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new("SELECT COUNT(*) FROM memberships m WHERE m.org_id = ");
            query.push_bind(org).push(" AND m.role = 'athlete'");
            push_filter!(query, filter);
            query.build_query_scalar().fetch_one($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

/// Reads weekly distances as a row packs them: the number of the week since the first one, and whole metres.
pub fn packed_weeks(text: &str) -> impl Iterator<Item = (i64, f64)> {
    text.split_ascii_whitespace().filter_map(|week| {
        let (number, metres) = week.split_once(':')?;
        Some((number.parse().ok()?, metres.parse().ok()?))
    })
}

/// Something that the toolbar offers, or a count of athletes by status.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OptionRow {
    /// `status` (with a count), `level`, `label`, `coach` or `group`.
    pub kind: String,
    pub key: String,
    pub name: String,
    pub count: i64,
}

/// Levels and labels are walked from one to the next through their index, so that the cost goes with how
/// many there are, not with how many athletes have them.
const OPTIONS: &str = "WITH RECURSIVE levels (v) AS ( \
     SELECT MIN(member_level) FROM memberships WHERE org_id = $1 AND role = 'athlete' AND member_level > '' \
     UNION ALL SELECT (SELECT MIN(member_level) FROM memberships WHERE org_id = $1 AND role = 'athlete' \
     AND member_level > levels.v) FROM levels WHERE levels.v IS NOT NULL), \
     labels (v) AS (SELECT MIN(label_folded) FROM member_labels WHERE org_id = $1 \
     UNION ALL SELECT (SELECT MIN(label_folded) FROM member_labels WHERE org_id = $1 AND label_folded > labels.v) \
     FROM labels WHERE labels.v IS NOT NULL) \
     SELECT 'status' AS kind, 'active' AS key, '' AS name, active AS count FROM roster_counts WHERE org_id = $1 \
     UNION ALL SELECT 'status', 'inactive', '', inactive FROM roster_counts WHERE org_id = $1 \
     UNION ALL SELECT 'status', 'suspended', '', suspended FROM roster_counts WHERE org_id = $1 \
     UNION ALL SELECT 'level', v, v, CAST(0 AS BIGINT) FROM levels WHERE v IS NOT NULL \
     UNION ALL SELECT 'label', v, (SELECT l.label FROM member_labels l WHERE l.org_id = $1 AND l.label_folded = labels.v \
     ORDER BY l.user_id LIMIT 1), CAST(0 AS BIGINT) FROM labels WHERE v IS NOT NULL \
     UNION ALL SELECT 'coach', user_id, display_name, CAST(0 AS BIGINT) FROM memberships \
     WHERE org_id = $1 AND role = 'head_coach' \
     UNION ALL SELECT 'coach', user_id, display_name, CAST(0 AS BIGINT) FROM memberships \
     WHERE org_id = $1 AND role = 'coach' \
     UNION ALL SELECT 'group', id, name, CAST(0 AS BIGINT) FROM groups WHERE org_id = $1";

/// Everything that the toolbar and the dialogs offer, and how many athletes have which status.
pub async fn options(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<OptionRow>> {
    on!(tx, |conn| sqlx::query_as(OPTIONS).bind(org).fetch_all(conn).await)
}

/// Which of these athletes have a physiological value, among those who agreed to be seen.
pub async fn with_fitness(tx: &mut Tx, org: OrgId, users: &[UserId]) -> sqlx::Result<Vec<UserId>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    macro_rules! build {
        ($conn:expr) => {{
            let mut query = QueryBuilder::new(
                "SELECT m.user_id FROM memberships m WHERE m.visible_from IS NOT NULL \
                 AND EXISTS (SELECT 1 FROM fitness_values f WHERE f.user_id = m.user_id) AND m.org_id = ",
            );
            query.push_bind(org).push(" AND m.user_id IN (");
            let mut list = query.separated(", ");
            for user in users {
                list.push_bind(*user);
            }
            query.push(")");
            query.build_query_scalar().fetch_all($conn).await
        }};
    }
    on!(tx, |conn| build!(conn))
}

const EMAILS: &str = "SELECT u.email_folded, m.user_id FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.org_id = $1 AND m.role = 'athlete'";

/// The folded emails of an organization's athletes.
pub async fn emails(tx: &mut Tx, org: OrgId) -> sqlx::Result<Vec<(String, UserId)>> {
    on!(tx, |conn| sqlx::query_as(EMAILS).bind(org).fetch_all(conn).await)
}
