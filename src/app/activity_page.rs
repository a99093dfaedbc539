//! The page of one activity: everything it shows, in few statements.

use super::access::{self, Viewer};
use super::activities::Activity;
use super::db::activity_page::{Around, Spot, around};
use super::db::{self};
use super::error::Result;
use super::{App, outings, streams};
use crate::domain::activity::{FileFormat, Source};
use crate::domain::ids::ActivityId;
use crate::domain::recording::{Lap, Streams};

/// An activity with what its page shows around it.
#[derive(Debug)]
pub struct ActivityPage {
    pub activity: Activity,
    /// The name that the owner goes by in the organization.
    pub owner_name: String,
    pub laps: Vec<Lap>,
    /// Empty for an activity entered by hand.
    pub streams: Streams,
    /// Name, and size in bytes as it was sent.
    pub file: Option<(String, i64)>,
    /// The recording that counts instead, where this one is a duplicate.
    pub primary: Option<Other>,
    /// Other recordings of the outing, which do not count.
    pub copies: Vec<Other>,
    /// What may be another recording of the outing: a person decides.
    pub candidates: Vec<Other>,
    /// The owner's activities before and after it.
    pub older: Option<ActivityId>,
    pub newer: Option<ActivityId>,
}

/// Another activity of the same person.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    pub id: ActivityId,
    pub title: String,
    pub local_day: i64,
    pub distance: Option<f64>,
    /// The device, or the format of its file, or where it came from.
    pub source: String,
}

impl Other {
    fn of(row: &Around) -> Option<Self> {
        let device = row.device.clone().filter(|device| !device.trim().is_empty());
        let format = row.file_format.as_deref().and_then(|word| word.parse::<FileFormat>().ok());
        let source = row.source.parse::<Source>().map(Source::label).unwrap_or_default();
        Some(Self {
            id: row.id.parse().ok()?,
            title: row.name.clone(),
            local_day: row.local_day,
            distance: row.distance,
            source: device
                .or_else(|| format.map(|format| format!("{} file", format.label())))
                .unwrap_or_else(|| source.to_owned()),
        })
    }
}

impl App {
    /// An activity with everything that its page shows.
    pub async fn activity_page(&self, viewer: &Viewer, id: ActivityId) -> Result<ActivityPage> {
        let mut tx = self.db().read().await?;
        let (seen, activity) = access::found_activity(&mut tx, viewer, id).await?;
        let recording = db::recordings::find(&mut tx, id).await?;
        let (user_id, start_at) = (activity.user_id, activity.start_at);
        let candidates = if activity.is_unlinked || activity.duplicate_of.is_some() {
            Vec::new()
        } else {
            outings::candidates(&mut tx, user_id, id, start_at, activity.elapsed).await?
        };
        let head = activity.duplicate_of.unwrap_or(id);
        let spot = Spot { id, user_id, start_at, head, since: seen.data().since() };
        let rows = around(&mut tx, &spot, &candidates).await?;
        drop(tx);
        let all = |kind: &'static str| rows.iter().filter(move |row| row.kind == kind).filter_map(Other::of);
        let named = |kind: &str| rows.iter().find(|row| row.kind == kind);
        let members: Vec<Other> = all("member").collect();
        let (primary, copies) = members.into_iter().partition(|member| member.id == head);
        let primary: Vec<Other> = primary;
        Ok(ActivityPage {
            owner_name: named("owner").map(|row| row.name.trim().to_owned()).unwrap_or_default(),
            file: named("file").map(|row| (row.name.clone(), row.size)),
            primary: primary.into_iter().next(),
            copies,
            candidates: all("candidate").collect(),
            older: all("older").map(|other| other.id).next(),
            newer: all("newer").map(|other| other.id).next(),
            laps: recording.as_ref().and_then(|r| serde_json::from_str(&r.laps).ok()).unwrap_or_default(),
            streams: recording.and_then(|r| streams::unpack(&r.streams)).unwrap_or_default(),
            activity,
        })
    }
}
