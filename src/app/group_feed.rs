//! The runs of a group's members in one stream, newest first.

use chrono_tz::Tz;

use super::App;
use super::access::{self, Viewer, VisibleGroup};
use super::db::Tx;
use super::db::activities::Activity;
use super::db::group_feed::{FeedRow, Window, count, page, start_of};
use super::error::{Error, Problem, Result};
use super::group_stats::zone_of;
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::calendar::{DAYS, day_start};
use crate::domain::ids::{ActivityId, GroupId, UserId};
use crate::domain::period::TIMES;

/// Which runs of a group.
#[derive(Debug, Clone, Default)]
pub struct FeedQuery {
    /// First and last day in the zone, inclusive.
    pub from_day: Option<i64>,
    pub to_day: Option<i64>,
    /// IANA name; the viewer's if none.
    pub timezone: Option<String>,
    /// Empty for all.
    pub sub_types: Vec<SubType>,
    /// The last run of the page before. Its start is looked up: whoever asks may not know it.
    pub after: Option<ActivityId>,
}

/// Reads the words of a filter, several in a text with commas between them, each kind once; the first word that
/// is none is the problem.
pub fn read_sub_types(texts: &[String]) -> Result<Vec<SubType>, Problem> {
    let mut sub_types = Vec::new();
    for word in texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty()) {
        let wrong = |_| Problem::invalid("sub_type", format!("There is no sub-type “{word}”."));
        let sub_type = SubType::from_filter(word).map_err(wrong)?;
        if !sub_types.contains(&sub_type) {
            sub_types.push(sub_type);
        }
    }
    Ok(sub_types)
}

/// A run in a group's feed, as every member may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEntry {
    pub activity_id: ActivityId,
    pub user_id: UserId,
    pub display_name: String,
    pub title: String,
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    /// The local date of its start, as days since 1970-01-01.
    pub local_day: i64,
    /// Metres and seconds.
    pub distance: Option<f64>,
    pub duration: f64,
    /// Seconds per kilometre.
    pub pace: Option<f64>,
    /// Everything about it: for coaches, and for whose it is.
    pub whole: Option<Activity>,
}

impl FeedEntry {
    fn new(row: FeedRow, viewer: &Viewer, seen: &VisibleGroup) -> Self {
        let a = row.activity;
        let is_whole = seen.sees_whole_activities() || a.user_id == viewer.user.id;
        Self {
            activity_id: a.id,
            user_id: a.user_id,
            display_name: row.display_name,
            title: a.title.clone(),
            activity_type: a.activity_type,
            sub_type: a.sub_type,
            local_day: a.local_day,
            distance: a.distance,
            duration: a.duration,
            pace: a.pace(),
            whole: is_whole.then_some(a),
        }
    }
}

/// A page of a group's feed.
#[derive(Debug, Clone)]
pub struct Feed {
    pub seen: VisibleGroup,
    /// The zone whose days the filter means.
    pub zone: Tz,
    /// Today in that zone.
    pub today: i64,
    pub entries: Vec<FeedEntry>,
    /// The run after which the next page begins, if there is one.
    pub next: Option<ActivityId>,
    /// Runs with greater ids came after this answer; see [`App::count_feed_news`].
    pub newest: ActivityId,
}

/// The first window of time, and how much wider the second one is; the third reaches back to the beginning. Runs of
/// a group lie close together, so that the first is mostly enough, and where they do not there are few.
const FIRST_WINDOW: i64 = 2 * 86_400;
const WIDER: i64 = 32;
/// News are looked for among runs of the last days: older ones that come in are no news.
const NEWS_SECONDS: i64 = 30 * 86_400;

impl App {
    fn feed_window(&self, viewer: &Viewer, seen: &VisibleGroup, query: &FeedQuery) -> Result<(Tz, Window)> {
        let zone = zone_of(viewer, query.timezone.as_deref()).map_err(|p| Error::Invalid(vec![p]))?;
        let mut problems = Vec::new();
        for (field, day) in [("start_date", query.from_day), ("end_date", query.to_day)] {
            if day.is_some_and(|day| !DAYS.contains(&day)) {
                problems.push(Problem::invalid(field, "Dates lie between 1990 and 2099."));
            }
        }
        if problems.is_empty()
            && let (Some(from), Some(to)) = (query.from_day, query.to_day)
            && from > to
        {
            problems.push(Problem::invalid("end_date", "The last day must not be before the first."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let start = |day: i64| day_start(day, zone).timestamp();
        let to = query.to_day.map_or(*TIMES.end(), |day| start(day + 1));
        let window = Window {
            org: seen.org_id(),
            group: seen.id(),
            // A stream of the members of now: who has left is not shown to those who stayed.
            members_at: self.now(),
            from: query.from_day.map_or(*TIMES.start(), start),
            to,
            sub_types: query.sub_types.clone(),
            after: None,
            newer_than: None,
        };
        Ok((zone, window))
    }

    /// A page of the completed runs of a group's members, newest first. Its cost does not grow with how far
    /// down it lies.
    pub async fn group_feed(
        &self,
        viewer: &Viewer,
        id: GroupId,
        query: &FeedQuery,
        limit: i64,
    ) -> Result<Feed> {
        let newest = ActivityId::from_uuid(self.uuid());
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let (zone, mut window) = self.feed_window(viewer, &seen, query)?;
        if let Some(last) = query.after {
            let start = start_of(&mut tx, &window, last).await?;
            let gone = || Error::invalid("cursor", "This place in the feed is gone. Begin with the newest.");
            window.after = Some((start.ok_or_else(gone)?, last));
        }
        // One more tells whether there is a next page.
        let mut rows = newest_runs(&mut tx, &window, self.now(), limit + 1).await?;
        drop(tx);
        let has_more = rows.len() as i64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(0));
        let next = rows.last().filter(|_| has_more).map(|row| row.activity.id);
        let entries = rows.into_iter().map(|row| FeedEntry::new(row, viewer, &seen)).collect();
        self.audit_look(viewer, &seen, "activities").await?;
        let today = self.today(zone);
        Ok(Feed { seen, zone, today, entries, next, newest })
    }

    /// How many runs have come in since the answer that gave this id, of those that the query lets through.
    pub async fn count_feed_news(
        &self,
        viewer: &Viewer,
        id: GroupId,
        query: &FeedQuery,
        newest: ActivityId,
    ) -> Result<i64> {
        let mut tx = self.db().read().await?;
        let seen = access::group(&mut tx, viewer, id).await?;
        let (_, mut window) = self.feed_window(viewer, &seen, query)?;
        if seen.is_admin() {
            // Every look of theirs is audited; a page that asks again and again by itself is none.
            return Ok(0);
        }
        window.from = window.from.max(self.now() - NEWS_SECONDS);
        window.newer_than = Some(newest);
        Ok(count(&mut tx, &window).await?)
    }
}

/// The newest runs, window by window back in time until there are enough.
pub(super) async fn newest_runs(tx: &mut Tx, window: &Window, now: i64, limit: i64) -> Result<Vec<FeedRow>> {
    let mut rows: Vec<FeedRow> = Vec::new();
    let mut step = window.clone();
    // The row itself is kept out by its id: several may start in the same second.
    step.to = window.after.map_or(window.to, |(start, _)| window.to.min(start.saturating_add(1)));
    let mut width = FIRST_WINDOW;
    // The first window also holds what is dated ahead of the clock.
    let mut lower = step.to.min(now);
    loop {
        lower = if width > FIRST_WINDOW * WIDER { window.from } else { lower.saturating_sub(width) };
        step.from = lower.max(window.from);
        let wanted = limit - rows.len() as i64;
        if step.from < step.to {
            rows.extend(page(tx, &step, wanted).await?);
        }
        if rows.len() as i64 >= limit || step.from <= window.from {
            return Ok(rows);
        }
        step.to = step.from;
        width *= WIDER;
    }
}
