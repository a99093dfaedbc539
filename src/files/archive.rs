//! Zip archives of recordings: a folder from a watch, an export from Strava or Garmin.

use std::io::{Cursor, Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::refusal::Refusal;
use super::{extension, limits};

/// Entries of an archive, those of archives within it included.
pub const MAX_ENTRIES: usize = 20_000;
/// Unpacked bytes of an archive within an archive: Garmin's exports pack all recordings a second time, and
/// the inner archive has to be held in memory.
pub const MAX_INNER: u64 = 256 * 1024 * 1024;
/// Unpacked bytes of a whole archive.
pub const MAX_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;

/// Whether these are the first bytes of a zip archive.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// One recording of an archive.
#[derive(Debug)]
pub struct Entry {
    /// Where it lies in the archive, with `/` between the folders, without control characters; for one of
    /// an inner archive after that archive's name.
    pub name: String,
    /// Its unpacked bytes, for [`super::read`], or why they were not unpacked.
    pub bytes: Result<Vec<u8>, Refusal>,
}

/// Opens an archive that is in memory. See [`Archive::open`].
pub fn entries(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    Archive::open(Cursor::new(bytes))
}

/// The recordings of an archive, unpacked one at a time while it is iterated over. Folders, hidden files,
/// `__MACOSX` and files that are neither recordings nor archives are passed over and counted.
pub struct Archive<R> {
    outer: Level<R>,
    inner: Option<Level<Cursor<Vec<u8>>>>,
    skipped: usize,
    seen: usize,
    unpacked: u64,
    is_over: bool,
}

struct Level<R> {
    zip: ZipArchive<R>,
    next: usize,
    /// What stands before the names of its entries.
    prefix: String,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive, from memory or from disk.
    ///
    /// Errors: [`Refusal::Malformed`] where it has no readable directory, [`Refusal::TooLarge`] where it
    /// has more than [`MAX_ENTRIES`] entries.
    pub fn open(reader: R) -> Result<Self, Refusal> {
        let outer = Level::open(reader, String::new())?;
        Ok(Self { outer, inner: None, skipped: 0, seen: 0, unpacked: 0, is_over: false })
    }

    /// How many entries its directory names, folders and what will be passed over included.
    pub fn entry_count(&self) -> usize {
        self.outer.zip.len()
    }

    /// How many files were passed over so far because they are no recordings.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The names of the files that its directory names and that will be passed over because they are no
    /// recordings, as [`Entry::name`] gives them. Those of archives within it are not looked for.
    pub fn others(&self) -> Vec<String> {
        let names = self.outer.zip.file_names().filter_map(Result::ok);
        names.filter(|name| kind_of(name) == Kind::Other).map(|name| shown(&name)).collect()
    }

    fn take(&mut self) -> Option<Entry> {
        loop {
            let found = match &mut self.inner {
                Some(inner) => inner.take(),
                None => self.outer.take(),
            };
            let Some(found) = found else {
                // The inner archive is done with; the outer one goes on.
                self.inner.take()?;
                continue;
            };
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Some(self.give_up(too_many()));
            }
            let (name, content) = match found {
                Found::Nothing => continue,
                Found::Skipped => {
                    self.skipped += 1;
                    continue;
                }
                Found::File(name, content) => (name, content),
            };
            self.unpacked += content.as_ref().map_or(0, |bytes| bytes.len() as u64);
            if self.unpacked > MAX_UNPACKED {
                return Some(
                    self.give_up(Refusal::TooLarge("The archive unpacks to more than 4 GB.".into())),
                );
            }
            if extension(&name) != "zip" {
                return Some(Entry { name, bytes: content });
            }
            if self.inner.is_some() {
                let deep = Refusal::Unsupported("Archives within archives are opened one level deep.".into());
                return Some(Entry { name, bytes: Err(deep) });
            }
            match content.and_then(|bytes| Level::open(Cursor::new(bytes), format!("{name}/"))) {
                Ok(level) => self.inner = Some(level),
                Err(refusal) => return Some(Entry { name, bytes: Err(refusal) }),
            }
        }
    }

    /// Ends with a last word about why the rest is not read.
    fn give_up(&mut self, refusal: Refusal) -> Entry {
        self.is_over = true;
        Entry { name: "The rest of the archive".to_owned(), bytes: Err(refusal) }
    }
}

impl<R: Read + Seek> Iterator for Archive<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.is_over {
            return None;
        }
        let entry = self.take();
        self.is_over |= entry.is_none();
        entry
    }
}

fn too_many() -> Refusal {
    Refusal::TooLarge("The archive holds more than 20,000 files.".into())
}

enum Found {
    /// A folder or what an operating system leaves behind: no file of the person's.
    Nothing,
    Skipped,
    File(String, Result<Vec<u8>, Refusal>),
}

impl<R: Read + Seek> Level<R> {
    fn open(reader: R, prefix: String) -> Result<Self, Refusal> {
        let zip = ZipArchive::new(reader).map_err(refusal)?;
        if zip.len() > MAX_ENTRIES {
            return Err(too_many());
        }
        Ok(Self { zip, next: 0, prefix })
    }

    /// The next entry; `None` after the last.
    fn take(&mut self) -> Option<Found> {
        if self.next >= self.zip.len() {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let is_inner = !self.prefix.is_empty();
        let raw = match self.zip.name_for_index(index) {
            Some(Ok(name)) => name.into_owned(),
            _ => return Some(Found::Skipped),
        };
        let kind = kind_of(&raw);
        match kind {
            Kind::Nothing => return Some(Found::Nothing),
            Kind::Other => return Some(Found::Skipped),
            Kind::Recording | Kind::Archive => {}
        }
        let name = self.prefix.clone() + &shown(&raw);
        let mut file = match self.zip.by_index(index) {
            Ok(file) => file,
            Err(error) => return Some(Found::File(name, Err(refusal(error)))),
        };
        let content = if !is_safe(&raw) {
            Err(Refusal::Invalid("Its name in the archive points outside of it.".into()))
        } else if file.is_symlink() {
            Err(Refusal::Unsupported("It is a link, not a file.".into()))
        } else if kind == Kind::Archive && is_inner {
            // Not worth unpacking; `Archive::take` says why.
            Ok(Vec::new())
        } else {
            let most = if kind == Kind::Archive { MAX_INNER } else { limits::MAX_FILE as u64 };
            let (packed, stated) = (file.compressed_size(), file.size());
            unpack(&mut file, packed, stated, most)
        };
        Some(Found::File(name, content))
    }
}

/// Unpacks an entry of `packed` bytes that states `stated` bytes, up to `most`. What it states is checked
/// first and not believed after.
fn unpack(file: &mut impl Read, packed: u64, stated: u64, most: u64) -> Result<Vec<u8>, Refusal> {
    let most = most.min(packed.saturating_mul(limits::MAX_RATIO).max(limits::RATIO_FLOOR));
    let refused = || Refusal::TooLarge("It unpacks to far more than an activity needs.".into());
    if stated > most {
        return Err(refused());
    }
    let mut bytes = Vec::with_capacity(stated as usize);
    match file.take(most + 1).read_to_end(&mut bytes) {
        _ if bytes.len() as u64 > most => Err(refused()),
        Ok(_) => Ok(bytes),
        Err(_) => Err(Refusal::Malformed("It is broken in the archive and could not be unpacked.".into())),
    }
}

fn refusal(error: ZipError) -> Refusal {
    match error {
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Refusal::Unsupported("The archive is protected by a password.".into())
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Refusal::Unsupported(
            "The archive is packed in a way that cannot be read; pack it as an ordinary zip.".into(),
        ),
        _ => Refusal::Malformed("The zip archive is broken.".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Recording,
    Archive,
    Other,
}

fn kind_of(name: &str) -> Kind {
    let is_hidden = |part: &str| part == "__MACOSX" || (part.starts_with('.') && part != "." && part != "..");
    if name.ends_with(['/', '\\']) || name.split(['/', '\\']).any(is_hidden) {
        return Kind::Nothing;
    }
    match extension(name).as_str() {
        "fit" | "tcx" | "gpx" => Kind::Recording,
        "zip" if !name.to_ascii_lowercase().ends_with(".gz") => Kind::Archive,
        _ => Kind::Other,
    }
}

/// Whether a name stays inside the archive on every system.
fn is_safe(name: &str) -> bool {
    let is_absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    !is_absolute && !name.contains('\0') && name.split(['/', '\\']).all(|part| part != "..")
}

/// A name that can be shown and stored: no control characters, one kind of slash, at most 200 characters
/// of its end, which tells more than its beginning.
fn shown(name: &str) -> String {
    let clean: Vec<char> = name
        .chars()
        .filter(|character| !character.is_control())
        .map(|character| if character == '\\' { '/' } else { character })
        .collect();
    let from = clean.len().saturating_sub(200);
    clean[from..].iter().collect::<String>().trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::samples::{gpx, zip};

    fn all(bytes: &[u8]) -> Vec<(String, Result<usize, &'static str>)> {
        let archive = entries(bytes).unwrap();
        archive
            .map(|entry| (entry.name, entry.bytes.map(|bytes| bytes.len()).map_err(|why| why.code())))
            .collect()
    }

    #[test]
    fn one_result_for_each_recording() {
        let run = gpx(10);
        let bytes = zip(&[
            ("activities/", b"".as_slice()),
            ("activities/1.gpx", &run),
            ("activities/2.FIT", b"short"),
            ("activities.csv", b"Filename"),
            ("__MACOSX/activities/._1.gpx", b"rubbish"),
            (".hidden.gpx", b"rubbish"),
            ("activities/3.tcx.gz", b"packed"),
        ]);
        let mut archive = entries(&bytes).unwrap();
        let names: Vec<String> = archive.by_ref().map(|entry| entry.name).collect();
        assert_eq!(names, ["activities/1.gpx", "activities/2.FIT", "activities/3.tcx.gz"]);
        assert_eq!(archive.skipped(), 1);
        assert_eq!(archive.others(), ["activities.csv"]);
    }

    #[test]
    fn one_level_of_archives_within() {
        let deepest = zip(&[("c.gpx", b"c".as_slice())]);
        let inner = zip(&[("b.gpx", b"bb".as_slice()), ("deepest.zip", &deepest)]);
        let outer = zip(&[
            ("a.gpx", b"a".as_slice()),
            ("part1.zip", &inner),
            ("z.gpx", b"z"),
            ("bad.zip", b"no zip"),
        ]);
        assert_eq!(
            all(&outer),
            [
                ("a.gpx".to_owned(), Ok(1)),
                ("part1.zip/b.gpx".to_owned(), Ok(2)),
                ("part1.zip/deepest.zip".to_owned(), Err("UNSUPPORTED_MEDIA")),
                ("z.gpx".to_owned(), Ok(1)),
                ("bad.zip".to_owned(), Err("MALFORMED")),
            ]
        );
    }

    #[test]
    fn names_that_point_outside_are_refused() {
        let bytes = zip(&[
            ("../../etc/run.gpx", b"x".as_slice()),
            ("/etc/run.gpx", b"x"),
            ("C:\\run.gpx", b"x"),
            ("a/..\\..\\run.gpx", b"x"),
            ("fine/ru\u{7}n.gpx", b"x"),
        ]);
        let outcomes = all(&bytes);
        assert_eq!(
            outcomes.iter().filter(|(_, outcome)| *outcome == Err("INVALID")).count(),
            4,
            "{outcomes:?}"
        );
        assert_eq!(outcomes[4], ("fine/run.gpx".to_owned(), Ok(1)));
    }

    #[test]
    fn a_bomb_is_refused_and_the_rest_is_read() {
        let zeros = vec![0; 20_000_000];
        let bytes = zip(&[("bomb.gpx", zeros.as_slice()), ("fine.gpx", b"x")]);
        assert!(bytes.len() < 100_000);
        assert_eq!(all(&bytes), [("bomb.gpx".to_owned(), Err("TOO_LARGE")), ("fine.gpx".to_owned(), Ok(1))]);
    }

    #[test]
    fn links_and_locked_files_are_refused() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        writer.add_symlink("run.gpx", "/etc/passwd", options).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert_eq!(all(&bytes), [("run.gpx".to_owned(), Err("UNSUPPORTED_MEDIA"))]);

        // The first flag of an entry, in its local header and in the directory, says that it is encrypted.
        let mut bytes = zip(&[("run.gpx", b"x".as_slice())]);
        let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        bytes[6] |= 1;
        bytes[directory + 8] |= 1;
        assert_eq!(all(&bytes), [("run.gpx".to_owned(), Err("UNSUPPORTED_MEDIA"))]);
    }

    #[test]
    fn more_entries_than_anybody_has() {
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|number| format!("{number}.gpx")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        assert_eq!(entries(&zip(&files)).err().map(|why| why.code()), Some("TOO_LARGE"));
        // Nor does it help to spread them over inner archives.
        let half = zip(&files[..MAX_ENTRIES / 2]);
        let outer = zip(&[("a.zip", half.as_slice()), ("b.zip", &half), ("c.zip", &half)]);
        let (name, last) = all(&outer).pop().unwrap();
        assert_eq!((name.as_str(), last), ("The rest of the archive", Err("TOO_LARGE")));
    }

    #[test]
    fn what_is_no_archive() {
        assert_eq!(entries(b"").err(), Some(Refusal::Empty));
        assert_eq!(entries(b"PK\x03\x04 and nothing more").err().map(|why| why.code()), Some("MALFORMED"));
        assert!(is_zip(&zip(&[])) && !is_zip(b"<gpx>"));
    }
}
