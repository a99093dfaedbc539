//! Bytes to values: recordings from FIT, TCX and GPX files, each also gzipped, and from zip archives of
//! them. Pure: no clock, no disk, no network, and no panic whatever the bytes are.
//!
//! - [`read`] takes one file and gives its activities.
//! - [`entries`] takes an archive and gives its files, one at a time.
//!
//! ```
//! let gpx = b"<gpx><trk><type>running</type><trkseg>\
//!     <trkpt lat='47.0' lon='8.0'><time>2026-01-05T08:00:00Z</time></trkpt>\
//!     <trkpt lat='47.001' lon='8.0'><time>2026-01-05T08:00:30Z</time></trkpt></trkseg></trk></gpx>";
//! let recordings = harrier::files::read("morning.gpx", gpx)?;
//! assert_eq!(recordings[0].timer, 30.0);
//! # Ok::<(), harrier::files::Refusal>(())
//! ```

mod archive;
mod draft;
mod fit;
mod fit_messages;
mod gpx;
pub mod limits;
mod pauses;
mod refusal;
mod sport;
mod tcx;
mod time;
mod track;
mod xml;

#[cfg(test)]
mod hostile_test;
#[cfg(test)]
mod recordings_test;
#[cfg(test)]
mod samples;

use std::borrow::Cow;
use std::io::Read;

use crate::domain::activity::FileFormat;
use crate::domain::recording::Recording;

pub use archive::{Archive, Entry, entries, is_zip};
pub use refusal::Refusal;

/// The warning of a recording that was read as far as it goes.
pub const CUT_OFF: &str = "The file breaks off before its end; what could be read was kept.";
const BARE_TIMES: &str = "Its times name no zone and were taken as UTC, so the start may be hours off.";

/// Reads one file: FIT, TCX or GPX, each also gzipped. What it is decide its first bytes, then the ending
/// of its `name`. Several sessions or activities in the file give several recordings, in the order of the
/// file; transitions between the legs of a multisport outing are left out.
///
/// Sizes and numbers beyond [`limits`] are refused. That a start is not in the future is for the caller to
/// check.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Recording>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > limits::MAX_FILE {
        return Err(too_large());
    }
    let bytes =
        if bytes.starts_with(&[0x1F, 0x8B]) { Cow::Owned(gunzip(bytes)?) } else { Cow::Borrowed(bytes) };
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    match recognise(name, &bytes)? {
        FileFormat::Fit => fit::read(&bytes),
        FileFormat::Tcx => tcx::read(&bytes),
        FileFormat::Gpx => gpx::read(&bytes),
    }
}

fn too_large() -> Refusal {
    Refusal::TooLarge("The file is larger than 50 MB, too large for one activity.".into())
}

/// The ending of a name in lower case, without a final `.gz`.
fn extension(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}

fn recognise(name: &str, bytes: &[u8]) -> Result<FileFormat, Refusal> {
    if bytes.get(8..12) == Some(b".FIT") {
        return Ok(FileFormat::Fit);
    }
    if is_zip(bytes) {
        return Err(Refusal::Unsupported(
            "The file is an archive within another file; send it by itself.".into(),
        ));
    }
    let named = match extension(name).as_str() {
        "fit" => Some(FileFormat::Fit),
        "tcx" => Some(FileFormat::Tcx),
        "gpx" => Some(FileFormat::Gpx),
        _ => None,
    };
    // The first element decides; a mere kilobyte would cut a long comment before it.
    let head = xml::decode(&bytes[..bytes.len().min(64 * 1024)]);
    match xml::root_name(&head).as_deref() {
        Some("gpx") => return Ok(FileFormat::Gpx),
        Some("TrainingCenterDatabase") => return Ok(FileFormat::Tcx),
        Some(_) if named != Some(FileFormat::Fit) && named.is_some() => {
            return Err(Refusal::NotAnActivity("The file is XML, but neither a TCX nor a GPX file.".into()));
        }
        _ => {}
    }
    match named {
        Some(FileFormat::Fit) => {
            Err(Refusal::Malformed("The file is named .fit, but it is not a FIT file.".into()))
        }
        Some(format) if head.starts_with('<') => Ok(format),
        Some(FileFormat::Tcx) => {
            Err(Refusal::Malformed("The file is named .tcx, but it is not a TCX file.".into()))
        }
        Some(FileFormat::Gpx) => {
            Err(Refusal::Malformed("The file is named .gpx, but it is not a GPX file.".into()))
        }
        None => Err(Refusal::Unsupported(
            "Only FIT, TCX and GPX files, and zip archives of them, can be read.".into(),
        )),
    }
}

/// Unpacks gzip, never beyond the bounds. A packed file that breaks off gives what it held until then; the
/// reader of the format says so.
fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut unpacked = Vec::with_capacity((bytes.len() * 4).min(limits::MAX_FILE));
    let most = (bytes.len() as u64 * limits::MAX_RATIO).clamp(limits::RATIO_FLOOR, limits::MAX_FILE as u64);
    let outcome = flate2::read::MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut unpacked);
    if unpacked.len() as u64 > most {
        return Err(Refusal::TooLarge("The file unpacks to far more than an activity needs.".into()));
    }
    match outcome {
        Err(_) if unpacked.is_empty() => {
            Err(Refusal::Malformed("The file is packed with gzip, and broken.".into()))
        }
        _ => Ok(unpacked),
    }
}

/// Finishes every activity of a file. One that is unusable is left out with a word about it, unless all
/// are.
fn each(drafts: impl Iterator<Item = draft::Draft>) -> Result<Vec<Recording>, Refusal> {
    let mut recordings = Vec::new();
    let mut refusals = Vec::new();
    for draft in drafts {
        match draft.finish() {
            Ok(recording) => recordings.push(recording),
            Err(refusal) => refusals.push(refusal),
        }
    }
    match (recordings.first_mut(), refusals.first()) {
        (Some(first), Some(refusal)) => {
            first.warnings.push(format!("Another activity in the file was left out. {refusal}"));
        }
        (None, Some(refusal)) => return Err(refusal.clone()),
        (None, None) => return Err(Refusal::NotAnActivity("The file holds no activity.".into())),
        (Some(_), None) => {}
    }
    Ok(recordings)
}
