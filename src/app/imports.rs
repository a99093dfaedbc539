//! From the bytes of a file to stored activities.
//!
//! One transaction for each file: its original, its activities, laps, streams, loads and links are stored
//! together or not at all, so a second run after a crash takes up where the first one ended and makes no
//! doubles. The same bytes are recognised by their digest, and are all that is not stored again. Another
//! recording of the same outing, or the same one with more or fewer bytes, is stored and linked by
//! `domain::duplicates`, so that a file that broke off never shuts out the whole one.
//!
//! What kind of session a run was is left open ([`SubType::Other`]): no format states it, and a guess would
//! be shown as if it were known.

use std::io::{Cursor, Read, Write};

use chrono::Timelike;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::access::{self, SeenData, Viewer};
use super::db::activities::Activity;
use super::db::activity_changes::Loads;
use super::db::recordings::{NewFile, NewRecording};
use super::db::{self, Tx};
use super::error::{Error, Result};
use super::loads::{self, Known};
use super::outings::{self, Linked};
use super::{App, secrets, streams};
use crate::domain::activity::{ActivityStatus, FileFormat, Source, SubType};
use crate::domain::ids::{ActivityId, JobId, UserId};
use crate::domain::load::Evidence;
use crate::domain::person::{UnitSystem, fold};
use crate::domain::recording::Recording;
use crate::domain::{calendar, text, units, validate};
use crate::files::{self, Archive, Refusal};
use crate::words;

/// Characters of a title and of a note.
pub const TITLE_LENGTH: usize = 120;
/// See [`TITLE_LENGTH`].
pub const NOTE_LENGTH: usize = 5_000;

words! {
    /// What became of a file.
    pub enum Outcome {
        Created = "created", "Added";
        Duplicate = "duplicate", "Already there";
        Refused = "refused", "Not added";
    }
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FileOutcome {
    /// The name it came with; for a file of an archive with its place there.
    pub file: String,
    pub outcome: Outcome,
    /// The activities that were made of it, or those that had been made before. One, but for a triathlon.
    pub activity_ids: Vec<ActivityId>,
    /// For a duplicate what it repeats; for another recording of an outing the one that counts.
    pub duplicate_of: Option<ActivityId>,
    /// Why it was refused, for programs.
    pub code: Option<String>,
    /// What should be known about it, in sentences.
    pub message: Option<String>,
}

impl FileOutcome {
    /// The activity of the file, the first where it has several.
    pub fn activity_id(&self) -> Option<ActivityId> {
        self.activity_ids.first().copied()
    }

    fn refused(file: &str, refusal: &Refusal) -> Self {
        Self {
            file: file.to_owned(),
            outcome: Outcome::Refused,
            activity_ids: Vec::new(),
            duplicate_of: None,
            code: Some(refusal.code().to_owned()),
            message: Some(refusal.to_string()),
        }
    }

    fn duplicate(file: &str, ids: Vec<ActivityId>) -> Self {
        Self {
            file: file.to_owned(),
            outcome: Outcome::Duplicate,
            duplicate_of: ids.first().copied(),
            activity_ids: ids,
            code: Some("DUPLICATE".to_owned()),
            message: Some("This recording was added before.".to_owned()),
        }
    }
}

/// Where in a job a file stands; its result is stored with its activities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub job: JobId,
    pub position: i64,
    pub entry: i64,
}

/// A file read and packed, ready to be stored.
struct Prepared {
    recordings: Vec<Ready>,
    /// Hex digest of the bytes as they came.
    sha256: String,
    size: usize,
    encoding: &'static str,
    bytes: Vec<u8>,
}

struct Ready {
    recording: Recording,
    packed: Vec<u8>,
    laps: String,
}

impl App {
    /// Imports one file, or the files of a zip archive, for this athlete. Gives a result for each file; what
    /// cannot be read is refused with its reason and does not stop the others.
    pub async fn import_file(
        &self,
        viewer: &Viewer,
        owner: UserId,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Vec<FileOutcome>> {
        let mut outcomes = Vec::new();
        if !files::is_zip(&bytes) {
            outcomes.extend(self.import_one(viewer, owner, name, bytes, None).await?);
            return Ok(outcomes);
        }
        let mut entries = match Entries::open(bytes).await? {
            Ok(entries) => entries,
            Err(refusal) => return Ok(vec![FileOutcome::refused(&shown(name), &refusal)]),
        };
        while let Some(entry) = entries.next().await? {
            let outcome = match entry.bytes {
                Ok(bytes) => self.import_one(viewer, owner, &entry.name, bytes, None).await?,
                Err(refusal) => Some(FileOutcome::refused(&shown(&entry.name), &refusal)),
            };
            outcomes.extend(outcome);
        }
        if outcomes.is_empty() {
            outcomes.push(FileOutcome::refused(&shown(name), &nothing_inside()));
        }
        Ok(outcomes)
    }

    /// Imports one file that is no archive. For a file of a job the result is stored in the same
    /// transaction; `None` when that job is no longer at work (it was cancelled), and nothing was stored.
    pub(super) async fn import_one(
        &self,
        viewer: &Viewer,
        owner: UserId,
        name: &str,
        bytes: Vec<u8>,
        place: Option<Place>,
    ) -> Result<Option<FileOutcome>> {
        let shown = shown(name);
        // Read before anything is looked up: one transaction then does it all, and each further statement
        // would show in what storing costs.
        let prepared = self.prepare(name, bytes).await?;
        let mut tx = self.db().write().await?;
        let data = access::data(&mut tx, viewer, owner).await?;
        let outcome = match prepared {
            Err(refusal) => FileOutcome::refused(&shown, &refusal),
            Ok(file) => self.store(&mut tx, data, &shown, file).await?,
        };
        self.finish(tx, outcome, place).await
    }

    /// Refuses a file of a job, or of nobody's.
    pub(super) async fn refuse(
        &self,
        name: &str,
        refusal: &Refusal,
        place: Place,
    ) -> Result<Option<FileOutcome>> {
        let outcome = FileOutcome::refused(&shown(name), refusal);
        self.finish(self.db().write().await?, outcome, Some(place)).await
    }

    /// Makes what became of a file lasting, with its result where it is a job's; `None`, and nothing is kept,
    /// when that job is no longer at work.
    async fn finish(
        &self,
        mut tx: Tx,
        outcome: FileOutcome,
        place: Option<Place>,
    ) -> Result<Option<FileOutcome>> {
        if let Some(Place { job, position, entry }) = place {
            let json = serde_json::to_string(&outcome).map_err(Error::internal)?;
            let until = self.now() + super::jobs::LEASE;
            if !db::jobs::add_result(&mut tx, job, (position, entry), &json, until).await? {
                return Ok(None);
            }
        }
        tx.commit().await?;
        Ok(Some(outcome))
    }

    /// Reads and packs a file away from the threads that answer requests.
    async fn prepare(&self, name: &str, bytes: Vec<u8>) -> Result<Result<Prepared, Refusal>> {
        let _turn = self.0.reading.acquire().await.map_err(Error::internal)?;
        let (name, now) = (name.to_owned(), self.now());
        match tokio::task::spawn_blocking(move || read_and_pack(&name, bytes, now)).await {
            Ok(outcome) => Ok(outcome),
            // A parser that panics loses its own file only.
            Err(error) if error.is_panic() => {
                tracing::error!("the parser of a file panicked");
                Ok(Err(Refusal::Malformed("The file could not be read.".into())))
            }
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Stores a file with its activities, or says why not, in the transaction of the caller.
    async fn store(&self, tx: &mut Tx, data: SeenData, shown: &str, file: Prepared) -> Result<FileOutcome> {
        let owner = data.user_id();
        db::dialect::lock_person(tx, owner).await?;
        let ground = db::recordings::ground(tx, owner, &file.sha256, data.since()).await?;
        let ground = ground.ok_or(Error::NotFound)?;
        if !ground.there.is_empty() {
            return Ok(FileOutcome::duplicate(shown, ground.there));
        }
        // A duplicate of a run that a coach does not see would tell of it.
        if file.recordings.iter().any(|r| r.recording.start.timestamp() < data.since()) {
            return Ok(FileOutcome::refused(shown, &out_of_sight()));
        }
        let home = ground.timezone.parse().unwrap_or(Tz::UTC);
        let name = text::file_name(shown);
        let new_file = NewFile {
            user_id: owner,
            sha256: &file.sha256,
            name: &name,
            encoding: file.encoding,
            size: file.size as i64,
            bytes: &file.bytes,
            now: self.now(),
        };
        let mut made = Vec::new();
        let (mut duplicate_of, mut leads) = (None, false);
        for Ready { recording, packed, laps } in &file.recordings {
            let offset = recording.utc_offset_seconds;
            let zone = offset.map_or(home, |offset| calendar::zone_for(offset, home, recording.start));
            let loads = weigh(recording, zone, &ground.known);
            let activity = self.activity_of(owner, recording, zone, loads);
            let new = NewRecording {
                activity_id: activity.id,
                user_id: owner,
                sha256: Some(&file.sha256),
                sample_count: recording.streams.time.len() as i64,
                is_cut_off: recording.is_cut_off,
                laps,
                streams: packed,
            };
            db::recordings::store(tx, &new_file, (&activity, &fold(&activity.title)), &new).await?;
            let linked =
                outings::link(tx, owner, activity.id, activity.start_at, activity.elapsed, self.now())
                    .await?;
            match linked {
                Linked::Duplicate(primary) if made.is_empty() => duplicate_of = Some(primary),
                Linked::Leads => leads = true,
                _ => {}
            }
            made.push(activity.id);
        }
        let mut words: Vec<String> =
            file.recordings.iter().flat_map(|r| r.recording.warnings.iter().cloned()).collect();
        if made.len() > 1 {
            words.insert(0, format!("The file holds {} activities.", made.len()));
        }
        if duplicate_of.is_some() {
            words.insert(0, "Another recording of the same outing is there; that one counts.".into());
        } else if leads {
            words.insert(0, "A fuller recording of an outing that is there; this one counts now.".into());
        }
        Ok(FileOutcome {
            file: shown.to_owned(),
            outcome: Outcome::Created,
            activity_ids: made,
            duplicate_of,
            code: None,
            message: Some(words.join(" ")).filter(|words| !words.is_empty()),
        })
    }

    fn activity_of(&self, owner: UserId, recording: &Recording, zone: Tz, loads: Loads) -> Activity {
        let local = recording.start.with_timezone(&zone);
        let title = recording.title.as_deref().map(|title| text::cut(&text::one_line(title), TITLE_LENGTH));
        let title = title.filter(|title| !title.is_empty());
        Activity {
            id: ActivityId::from_uuid(self.uuid()),
            user_id: owner,
            title: title.unwrap_or_else(|| recording.activity_type.default_title(local.hour())),
            activity_type: recording.activity_type,
            sub_type: SubType::Other,
            status: ActivityStatus::Completed,
            start_at: recording.start.timestamp(),
            timezone: zone.name().to_owned(),
            local_day: calendar::local_day(recording.start, zone),
            distance: recording.distance.filter(|v| v.is_finite()),
            duration: recording.timer,
            elapsed: recording.elapsed.max(recording.timer),
            average_heart_rate: recording.average_heart_rate.filter(|v| v.is_finite()),
            max_heart_rate: recording.max_heart_rate.filter(|v| v.is_finite()),
            average_cadence: recording.average_cadence.filter(|v| v.is_finite()),
            elevation_gain: recording.ascent.filter(|v| v.is_finite()),
            calories: recording.calories.filter(|v| v.is_finite()),
            effort: None,
            note: recording
                .note
                .as_deref()
                .map(|n| text::cut(&text::paragraphs(n), NOTE_LENGTH))
                .unwrap_or_default(),
            is_indoor: recording.is_indoor,
            source: Source::File,
            file_format: Some(recording.format),
            device: recording
                .device
                .as_deref()
                .map(|device| text::cut(&text::one_line(device), 120))
                .filter(|device| !device.is_empty()),
            external_id: recording.external_id.clone(),
            training_load: loads.training_load,
            load_method: loads.load_method,
            vdot_load: loads.vdot_load,
            is_vdot_load_estimate: loads.is_vdot_load_estimate,
            formula_version: loads.formula_version,
            duplicate_of: None,
            is_unlinked: false,
            warnings: recording
                .warnings
                .iter()
                .map(|w| text::cut(&text::one_line(w), 300))
                .collect::<Vec<_>>()
                .join("\n"),
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }
}

fn out_of_sight() -> Refusal {
    Refusal::Invalid("It begins before the time from which you see this athlete.".into())
}

/// The time zone of a person; UTC if the stored name is unknown.
pub(super) async fn zone_of(tx: &mut Tx, user: UserId) -> Result<Tz> {
    let person = db::users::person(tx, user).await?.ok_or(Error::NotFound)?;
    Ok(person.user.timezone.parse().unwrap_or(Tz::UTC))
}

fn read_and_pack(name: &str, bytes: Vec<u8>, now: i64) -> Result<Prepared, Refusal> {
    let now = calendar::instant(now);
    let mut recordings = Vec::new();
    for mut recording in files::read(name, &bytes)? {
        if let Err(sentence) = validate::start(recording.start, now) {
            return Err(Refusal::Invalid(sentence.into()));
        }
        if !(recording.timer.is_finite() && recording.timer > 0.0 && recording.elapsed.is_finite()) {
            return Err(Refusal::Invalid("The activity has no duration.".into()));
        }
        if let Some(distance) = recording.distance.filter(|metres| metres.is_finite())
            && !validate::is_possible_speed(recording.activity_type, distance, recording.timer)
        {
            let speed = units::speed(distance / recording.timer, UnitSystem::Metric);
            recording
                .warnings
                .push(format!("Its average is {speed}: the distance or the time cannot be right."));
        }
        let packed = streams::pack(&recording.streams);
        let laps = serde_json::to_string(&recording.laps).unwrap_or_else(|_| "[]".into());
        recordings.push(Ready { recording, packed, laps });
    }
    let sha256 = secrets::hex(&Sha256::digest(&bytes));
    let size = bytes.len();
    let is_text = recordings.first().is_some_and(|r| r.recording.format != FileFormat::Fit);
    let is_packed = bytes.starts_with(&[0x1F, 0x8B]);
    let (encoding, bytes) = if is_text && !is_packed { ("gzip", gzip(&bytes)) } else { ("identity", bytes) };
    Ok(Prepared { recordings, sha256, size, encoding, bytes })
}

fn weigh(recording: &Recording, zone: Tz, known: &Known) -> Loads {
    let evidence = Evidence {
        activity_type: recording.activity_type,
        sub_type: SubType::Other,
        duration: recording.timer,
        distance: recording.distance,
        average_heart_rate: recording.average_heart_rate,
        effort: None,
        streams: Some(&recording.streams),
    };
    loads::compute(&evidence, calendar::local_day(recording.start, zone), known)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let packed = Vec::with_capacity(bytes.len() / 6);
    let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The bytes of a stored file as they were sent.
pub(super) fn original(encoding: &str, size: i64, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    if encoding != "gzip" {
        return Ok(bytes);
    }
    let mut unpacked = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(files::limits::MAX_FILE));
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// A name as it is shown and stored in results.
fn shown(name: &str) -> String {
    let name = text::cut(&text::one_line(name), 255);
    if name.is_empty() { "file".to_owned() } else { name }
}

pub(super) fn nothing_inside() -> Refusal {
    Refusal::NotAnActivity("The archive holds no FIT, TCX or GPX file.".into())
}

/// The files of an archive, unpacked one at a time away from the threads that answer requests.
pub(super) struct Entries(Option<Archive<Cursor<Vec<u8>>>>);

impl Entries {
    pub(super) async fn open(bytes: Vec<u8>) -> Result<Result<Self, Refusal>> {
        let opened = tokio::task::spawn_blocking(move || Archive::open(Cursor::new(bytes)));
        Ok(opened.await.map_err(Error::internal)?.map(|archive| Self(Some(archive))))
    }

    pub(super) fn entry_count(&self) -> usize {
        self.0.as_ref().map_or(0, Archive::entry_count)
    }

    pub(super) async fn next(&mut self) -> Result<Option<files::Entry>> {
        let Some(mut archive) = self.0.take() else { return Ok(None) };
        let work = tokio::task::spawn_blocking(move || (archive.next(), archive));
        let (entry, archive) = work.await.map_err(Error::internal)?;
        self.0 = Some(archive);
        Ok(entry)
    }
}
