//! Activities: reading them, entering and changing them by hand, deleting and restoring, and parting or
//! joining recordings of one outing. (Files come in through `imports`.)

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::access::{self, SeenActivity, SeenData, Viewer};
use super::db::activity_changes;
use super::db::{self, Tx};
use super::error::{Error, Problem, Result};
use super::imports::{self, NOTE_LENGTH, TITLE_LENGTH};
use super::loads;
use super::{App, outings, streams};
use crate::domain::activity::{ActivityStatus, ActivityType, Source, SubType};
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::load::{Evidence, FORMULA_VERSION};
use crate::domain::person::fold;
use crate::domain::recording::{Lap, Streams};
use crate::domain::{calendar, text, validate};

pub use super::db::activities::{Activity, Filter};

/// Seconds within which a deletion can be taken back.
pub const RESTORABLE: i64 = 86_400;

/// An activity with everything that its page shows.
#[derive(Debug)]
pub struct Detail {
    pub activity: Activity,
    pub laps: Vec<Lap>,
    /// Empty for an activity entered by hand.
    pub streams: Streams,
    pub file: Option<FileInfo>,
    /// The recording that counts instead, where this one is a duplicate.
    pub primary: Option<Activity>,
    /// Other recordings of the outing, which do not count.
    pub duplicates: Vec<Activity>,
    /// Activities that may be recordings of the same outing: a person decides.
    pub candidates: Vec<Activity>,
}

/// Name and size of the file that an activity was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct FileInfo {
    pub name: String,
    /// Bytes as they were sent.
    pub size: i64,
}

/// The bytes that an activity was read from, as they were sent.
#[derive(Debug)]
pub struct Original {
    /// Safe as the name of a file.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// An activity to enter by hand.
#[derive(Debug, Clone)]
pub struct ManualEntry {
    /// The athlete; the viewer if none.
    pub owner: Option<UserId>,
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    /// Named after the time of day if none or blank.
    pub title: Option<String>,
    /// An instant (`2026-11-18T06:30:00Z`, with any offset) or local time in `timezone`
    /// (`2026-11-18T06:30`).
    pub start_time: String,
    /// IANA name; the athlete's if none.
    pub timezone: Option<String>,
    /// Metres.
    pub distance: Option<f64>,
    /// Seconds; a missing one is reported as such.
    pub duration: Option<f64>,
    pub average_heart_rate: Option<f64>,
    pub effort: Option<i64>,
    pub note: String,
}

/// What to change of an activity: `None` stays as it is, `Some(None)` becomes unknown. Start, time zone,
/// distance, duration and heart rate can be changed where they were entered by hand.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub activity_type: Option<ActivityType>,
    pub sub_type: Option<SubType>,
    /// Blank: named after the time of day.
    pub title: Option<String>,
    pub start_time: Option<String>,
    pub timezone: Option<String>,
    pub distance: Option<Option<f64>>,
    pub duration: Option<f64>,
    pub average_heart_rate: Option<Option<f64>>,
    pub effort: Option<Option<i64>>,
    pub note: Option<String>,
    /// The version that the person looked at; refused as stale when there is a newer one.
    pub version: Option<i64>,
}

impl App {
    /// A page of one person's activities, newest first; the viewer's sight is applied.
    pub async fn activities(
        &self,
        viewer: &Viewer,
        user: UserId,
        mut filter: Filter,
        limit: i64,
    ) -> Result<Vec<Activity>> {
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, user).await?;
        filter.since = Some(data.since());
        Ok(db::activities::page(&mut tx, data.user_id(), &filter, limit).await?)
    }

    /// One activity with its figures.
    pub async fn activity(&self, viewer: &Viewer, id: ActivityId) -> Result<Activity> {
        let mut tx = self.db().read().await?;
        let seen = access::activity(&mut tx, viewer, id).await?;
        find(&mut tx, seen).await
    }

    /// One activity with laps, streams and the other recordings of its outing.
    pub async fn activity_detail(&self, viewer: &Viewer, id: ActivityId) -> Result<Detail> {
        let mut tx = self.db().read().await?;
        Ok(detail(&mut tx, viewer, id).await?.0)
    }

    /// The bytes that an activity was read from; not found for one entered by hand.
    pub async fn original(&self, viewer: &Viewer, id: ActivityId) -> Result<Original> {
        let mut tx = self.db().read().await?;
        let data = access::activity(&mut tx, viewer, id).await?.data();
        // One file can hold several activities: none from before the viewer's sight goes out with another.
        if !data.is_own() {
            let earliest = db::recordings::earliest_of_file(&mut tx, data.user_id(), id).await?;
            if earliest.is_some_and(|start| start < data.since()) {
                return Err(Error::NotFound);
            }
        }
        let file = db::recordings::file_of(&mut tx, id).await?.ok_or(Error::NotFound)?;
        drop(tx);
        let name = text::file_name(&file.name);
        let work =
            tokio::task::spawn_blocking(move || imports::original(&file.encoding, file.size, file.bytes));
        let bytes = work.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Original { name, bytes })
    }

    /// Enters an activity by hand. One that is the same outing as a recording is linked with it.
    pub async fn enter_activity(&self, viewer: &Viewer, entry: &ManualEntry) -> Result<Activity> {
        let owner = entry.owner.unwrap_or(viewer.user.id);
        let mut tx = self.db().write().await?;
        db::dialect::lock_person(&mut tx, owner).await?;
        let data = access::data(&mut tx, viewer, owner).await?;
        let zone = imports::zone_of(&mut tx, owner).await?;
        let mut activity = Activity {
            id: ActivityId::from_uuid(self.uuid()),
            user_id: data.user_id(),
            title: String::new(),
            activity_type: entry.activity_type,
            sub_type: entry.sub_type,
            status: ActivityStatus::Completed,
            start_at: 0,
            timezone: zone.name().to_owned(),
            local_day: 0,
            distance: None,
            duration: 0.0,
            elapsed: 0.0,
            average_heart_rate: None,
            max_heart_rate: None,
            average_cadence: None,
            elevation_gain: None,
            calories: None,
            effort: None,
            note: String::new(),
            is_indoor: false,
            source: Source::Manual,
            file_format: None,
            device: None,
            external_id: None,
            training_load: None,
            load_method: None,
            vdot_load: None,
            is_vdot_load_estimate: false,
            formula_version: FORMULA_VERSION,
            duplicate_of: None,
            is_unlinked: false,
            warnings: String::new(),
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        };
        let edit = Edit {
            title: Some(entry.title.clone().unwrap_or_default()),
            start_time: Some(entry.start_time.clone()),
            timezone: entry.timezone.clone(),
            distance: Some(entry.distance),
            duration: Some(entry.duration.unwrap_or(f64::NAN)),
            average_heart_rate: Some(entry.average_heart_rate),
            effort: Some(entry.effort),
            note: Some(entry.note.clone()),
            ..Edit::default()
        };
        let mut problems = apply(&mut activity, &edit, self.now());
        if entry.duration.is_none() {
            problems.retain(|p| p.field != "duration_in_seconds");
            problems.push(Problem::required("duration_in_seconds", "How long was it?"));
        }
        problems.extend(out_of_sight(data, &activity));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        weigh(&mut tx, &mut activity).await?;
        if !activity_changes::insert(&mut tx, &activity, &fold(&activity.title)).await? {
            return Err(Error::internal("an id was made twice"));
        }
        self.link(&mut tx, &activity).await?;
        let saved = db::activities::find(&mut tx, activity.id).await?.ok_or(Error::NotFound)?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Changes an activity, and recomputes its loads and links where they depend on what changed.
    pub async fn edit_activity(&self, viewer: &Viewer, id: ActivityId, edit: &Edit) -> Result<Activity> {
        let (mut tx, seen) = self.write_activity(viewer, id).await?;
        let before = find(&mut tx, seen).await?;
        if edit.version.is_some_and(|version| version != before.version) {
            return Err(Error::stale());
        }
        let mut after = before.clone();
        let mut problems = apply(&mut after, edit, self.now());
        problems.extend(out_of_sight(seen.data(), &after));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        if after == before {
            return Ok(before);
        }
        after.updated_at = self.now();
        weigh(&mut tx, &mut after).await?;
        activity_changes::update(&mut tx, &after, &fold(&after.title)).await?.ok_or_else(Error::stale)?;
        let has_moved = (after.start_at, after.duration, after.distance)
            != (before.start_at, before.duration, before.distance);
        if has_moved && !after.is_unlinked {
            outings::leave(&mut tx, id, self.now()).await?;
            activity_changes::set_duplicate(&mut tx, id, None, false, self.now()).await?;
            self.link(&mut tx, &after).await?;
        }
        let saved = find(&mut tx, seen).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Deletes an activity; within a day [`App::restore_activity`] takes that back. Of the other recordings
    /// of its outing the richest counts from now on.
    pub async fn delete_activity(
        &self,
        viewer: &Viewer,
        id: ActivityId,
        version: Option<i64>,
    ) -> Result<Activity> {
        let (mut tx, seen) = self.write_activity(viewer, id).await?;
        let activity = find(&mut tx, seen).await?;
        if version.is_some_and(|version| version != activity.version) {
            return Err(Error::stale());
        }
        if activity.duplicate_of.is_none() {
            outings::leave(&mut tx, id, self.now()).await?;
        }
        activity_changes::delete(&mut tx, id, self.now()).await?;
        tx.commit().await?;
        Ok(activity)
    }

    /// Takes a deletion back, with loads and links as they are now.
    pub async fn restore_activity(&self, viewer: &Viewer, id: ActivityId) -> Result<Activity> {
        let mut tx = self.db().write().await?;
        let seen = access::deleted_activity(&mut tx, viewer, id).await?;
        let owner = seen.data().user_id();
        db::dialect::lock_person(&mut tx, owner).await?;
        let gone = activity_changes::deleted(&mut tx, id).await?.ok_or(Error::NotFound)?;
        if gone.deleted_at + RESTORABLE < self.now() {
            return Err(Error::NotFound);
        }
        let is_told_again = match &gone.external_id {
            Some(external) if gone.source != Source::File => {
                activity_changes::by_external_id(&mut tx, owner, gone.source, external).await?.is_some()
            }
            _ => false,
        };
        if is_told_again || db::recordings::is_there_again(&mut tx, id).await? {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "The same recording has been added again since.".into(),
                field: None,
            });
        }
        activity_changes::restore(&mut tx, id, self.now()).await?;
        let mut activity = find(&mut tx, seen).await?;
        weigh(&mut tx, &mut activity).await?;
        activity_changes::update(&mut tx, &activity, &fold(&activity.title)).await?;
        self.link(&mut tx, &activity).await?;
        let saved = find(&mut tx, seen).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Says that an activity is no duplicate: it counts by itself and is never linked again on its own.
    pub async fn unlink_duplicate(&self, viewer: &Viewer, id: ActivityId) -> Result<Activity> {
        let (mut tx, seen) = self.write_activity(viewer, id).await?;
        if find(&mut tx, seen).await?.duplicate_of.is_none() {
            return Err(no_duplicate());
        }
        activity_changes::set_duplicate(&mut tx, id, None, true, self.now()).await?;
        let saved = find(&mut tx, seen).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Says that an activity is another recording of the outing of `primary`, which counts. Recordings that
    /// were linked with it come along.
    pub async fn link_duplicate(
        &self,
        viewer: &Viewer,
        id: ActivityId,
        primary: ActivityId,
    ) -> Result<Activity> {
        let (mut tx, seen) = self.write_activity(viewer, id).await?;
        let other = access::activity(&mut tx, viewer, primary).await?;
        let other = find(&mut tx, other).await?;
        if id == primary || other.user_id != seen.data().user_id() {
            return Err(Error::invalid("duplicate_of", "Choose another activity of the same athlete."));
        }
        let head = other.duplicate_of.unwrap_or(other.id);
        if head == id {
            return Err(Error::invalid("duplicate_of", "These two are linked already."));
        }
        for member in activity_changes::outing(&mut tx, id).await? {
            activity_changes::set_duplicate(&mut tx, member.id, Some(head), false, self.now()).await?;
        }
        let saved = find(&mut tx, seen).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Makes a duplicate the recording that counts, instead of its primary.
    pub async fn choose_primary(&self, viewer: &Viewer, id: ActivityId) -> Result<Activity> {
        let (mut tx, seen) = self.write_activity(viewer, id).await?;
        let old = find(&mut tx, seen).await?.duplicate_of.ok_or_else(no_duplicate)?;
        outings::lead(&mut tx, old, id, self.now()).await?;
        let saved = find(&mut tx, seen).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// A write transaction that holds the lock of the activity's owner.
    async fn write_activity(&self, viewer: &Viewer, id: ActivityId) -> Result<(Tx, SeenActivity)> {
        let mut tx = self.db().write().await?;
        let seen = access::activity(&mut tx, viewer, id).await?;
        db::dialect::lock_person(&mut tx, seen.data().user_id()).await?;
        Ok((tx, seen))
    }

    async fn link(&self, tx: &mut Tx, of: &Activity) -> Result<()> {
        outings::link(tx, of.user_id, of.id, of.start_at, of.elapsed, self.now()).await.map(drop)
    }
}

/// An activity with its details, and the proof of what the viewer sees of its owner.
pub(super) async fn detail(tx: &mut Tx, viewer: &Viewer, id: ActivityId) -> Result<(Detail, SeenData)> {
    let row = db::activities::whole(tx, id).await?.ok_or(Error::NotFound)?;
    let (owner, start_at) = (row.activity.user_id, row.activity.start_at);
    let seen = access::read_activity(tx, viewer, id, owner, start_at).await?;
    let around = outings::around(tx, &row.activity, seen.data().since()).await?;
    let is_duplicate = row.activity.duplicate_of.is_some();
    let mut linked = around.linked;
    let is_primary_seen = linked.first().is_some_and(|a| is_duplicate && a.duplicate_of.is_none());
    let detail = Detail {
        laps: row.laps.as_deref().map(laps).unwrap_or_default(),
        streams: row.streams.as_deref().and_then(streams::unpack).unwrap_or_default(),
        file: row.file_name.zip(row.file_size).map(|(name, size)| FileInfo { name, size }),
        primary: is_primary_seen.then(|| linked.remove(0)),
        duplicates: linked,
        candidates: around.candidates,
        activity: row.activity,
    };
    Ok((detail, seen.data()))
}

/// What a coach enters or moves to before their sight they could not look at, and a duplicate that it is found
/// to be would tell of a run that they do not see.
fn out_of_sight(data: SeenData, activity: &Activity) -> Option<Problem> {
    let text = "You see this athlete from a later time on.";
    (activity.start_at < data.since()).then(|| Problem::invalid("start_time", text))
}

async fn find(tx: &mut Tx, seen: SeenActivity) -> Result<Activity> {
    db::activities::find(tx, seen.id()).await?.ok_or(Error::NotFound)
}

fn no_duplicate() -> Error {
    Error::Conflict {
        code: "CONFLICT",
        message: "This activity is not linked with another one.".into(),
        field: None,
    }
}

/// Laps as they are stored; what cannot be read is no lap.
fn laps(json: &str) -> Vec<Lap> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Computes the loads of an activity anew, with its streams.
async fn weigh(tx: &mut Tx, activity: &mut Activity) -> Result<()> {
    let known = db::fitness::known(tx, activity.user_id).await?;
    let packed = db::recordings::streams(tx, activity.id).await?;
    let unpacked = packed.as_deref().and_then(streams::unpack);
    let evidence = Evidence {
        activity_type: activity.activity_type,
        sub_type: activity.sub_type,
        duration: activity.duration,
        distance: activity.distance,
        average_heart_rate: activity.average_heart_rate,
        effort: activity.effort.map(|effort| effort as f64),
        streams: unpacked.as_ref(),
    };
    let computed = loads::compute(&evidence, activity.local_day, &known);
    activity.training_load = computed.training_load;
    activity.load_method = computed.load_method;
    activity.vdot_load = computed.vdot_load;
    activity.is_vdot_load_estimate = computed.is_vdot_load_estimate;
    activity.formula_version = computed.formula_version;
    Ok(())
}

/// Changes the activity as the edit says, as far as it is right, and returns everything that is wrong.
fn apply(activity: &mut Activity, edit: &Edit, now: i64) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_manual = activity.source == Source::Manual;
    if let Some(value) = edit.activity_type {
        activity.activity_type = value;
    }
    if let Some(value) = edit.sub_type {
        activity.sub_type = value;
    }
    if let Some(effort) = edit.effort {
        match effort.map(|e| validate::effort(e as f64)) {
            Some(Err(sentence)) => problems.push(Problem::invalid("effort", sentence)),
            _ => activity.effort = effort,
        }
    }
    if let Some(note) = &edit.note {
        activity.note = text::paragraphs(note, usize::MAX);
        if activity.note.chars().count() > NOTE_LENGTH {
            problems.push(Problem::invalid("note", "A note has at most 5,000 characters."));
        }
    }
    let measured = [
        ("start_time", edit.start_time.is_some()),
        ("timezone", edit.timezone.is_some()),
        ("distance_in_meters", edit.distance.is_some()),
        ("duration_in_seconds", edit.duration.is_some()),
        ("average_heart_rate", edit.average_heart_rate.is_some()),
    ];
    if is_manual {
        apply_figures(activity, edit, now, &mut problems);
    } else {
        let refused = measured.into_iter().filter(|(_, is_given)| *is_given);
        problems.extend(refused.map(|(field, _)| {
            Problem::invalid(field, "This was recorded by a device and cannot be changed by hand.")
        }));
    }
    if let Some(title) = &edit.title {
        let title = text::one_line(title, usize::MAX);
        if title.chars().count() > TITLE_LENGTH {
            problems.push(Problem::invalid("title", "A title has at most 120 characters."));
        } else if title.is_empty() {
            activity.title = activity.activity_type.default_title(local_hour(activity));
        } else {
            activity.title = title;
        }
    }
    problems
}

fn apply_figures(activity: &mut Activity, edit: &Edit, now: i64, problems: &mut Vec<Problem>) {
    let mut zone = calendar::parse_zone(&activity.timezone).unwrap_or(Tz::UTC);
    if let Some(name) = &edit.timezone {
        match calendar::parse_zone(name) {
            Some(found) => {
                zone = found;
                activity.timezone = zone.name().to_owned();
            }
            None => problems.push(Problem::invalid(
                "timezone",
                "There is no such time zone. Use a name such as Europe/Oslo.",
            )),
        }
    }
    let now = DateTime::from_timestamp(now, 0).unwrap_or_default();
    if let Some(start) = &edit.start_time {
        let checked = parse_start(start, zone).and_then(|start| validate::start(start, now));
        match checked {
            Ok(start) => activity.start_at = start.timestamp(),
            Err(_) if start.trim().is_empty() => {
                problems.push(Problem::required("start_time", "When did it start?"));
            }
            Err(sentence) => problems.push(Problem::invalid("start_time", sentence)),
        }
    }
    activity.local_day = calendar::local_day(start_of(activity), zone);
    if let Some(distance) = edit.distance {
        match distance.map(validate::distance) {
            Some(Err(sentence)) => problems.push(Problem::invalid("distance_in_meters", sentence)),
            _ => activity.distance = distance,
        }
    }
    if let Some(duration) = edit.duration {
        match validate::duration(duration) {
            Err(sentence) => problems.push(Problem::invalid("duration_in_seconds", sentence)),
            Ok(duration) => {
                activity.duration = duration;
                activity.elapsed = duration;
            }
        }
    }
    if let Some(rate) = edit.average_heart_rate {
        match rate.map(validate::heart_rate) {
            Some(Err(sentence)) => problems.push(Problem::invalid("average_heart_rate", sentence)),
            _ => activity.average_heart_rate = rate,
        }
    }
}

fn start_of(activity: &Activity) -> DateTime<Utc> {
    DateTime::from_timestamp(activity.start_at, 0).unwrap_or_default()
}

fn local_hour(activity: &Activity) -> u32 {
    let zone = calendar::parse_zone(&activity.timezone).unwrap_or(Tz::UTC);
    start_of(activity).with_timezone(&zone).hour()
}

/// Reads an instant with its offset, or local time in the zone. Local time that the clocks skip is moved on
/// by an hour; of two the first is taken.
fn parse_start(text: &str, zone: Tz) -> Result<DateTime<Utc>, &'static str> {
    const UNREADABLE: &str = "Use a date and time such as 2026-11-18T06:30:00Z.";
    let text = text.trim();
    // chrono is asked for plain text only; its years can be larger than any calendar.
    if !text.is_ascii() || text.len() > 40 {
        return Err(UNREADABLE);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local =
        forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).ok_or(UNREADABLE)?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => Ok(found.to_utc()),
        LocalResult::None => {
            let later = local.checked_add_signed(chrono::TimeDelta::hours(1)).ok_or(UNREADABLE)?;
            zone.from_local_datetime(&later).earliest().map(|found| found.to_utc()).ok_or(UNREADABLE)
        }
    }
}
