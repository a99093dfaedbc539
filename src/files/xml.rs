//! The walk through a TCX or GPX file: names without their prefix (whether declared or not), text with its
//! entities resolved, bounds on everything that a hostile file could stretch.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::refusal::Refusal;

/// Elements within elements; real files stay below 12.
const MAX_DEPTH: usize = 64;
/// Tags, texts and all else; a file of 200,000 points with every sensor has about 20 million.
const MAX_EVENTS: usize = 30_000_000;
/// Bytes of the attributes of one element; real roots have about 2,000.
const MAX_ATTRIBUTES: usize = 64 * 1024;
/// Bytes of text kept for one element.
const MAX_TEXT: usize = 64 * 1024;

/// What a format does with the elements of its files.
pub trait Handler {
    /// The elements that matter to the format, and one value for all the rest.
    type Tag: Copy;

    fn tag(name: &str) -> Self::Tag;

    /// An element begins; `path` ends with it.
    fn open(&mut self, path: &[Self::Tag], attributes: &Attributes<'_>) -> Result<(), Refusal>;

    /// An element ends; `path` ends with it, `text` is what stood in it after its last child.
    fn close(&mut self, path: &[Self::Tag], text: &str) -> Result<(), Refusal>;
}

/// The attributes of one element.
pub struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The value of the attribute with this name, whatever its prefix.
    pub fn get(&self, name: &str) -> Option<String> {
        let found = self
            .0
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|attribute| local_name(attribute.key.as_ref()) == name)?;
        Some(resolve(&found.value))
    }

    /// The value of the attribute with this name as a finite number.
    pub fn number(&self, name: &str) -> Option<f64> {
        let found = self
            .0
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|attribute| local_name(attribute.key.as_ref()) == name)?;
        number(&found.value)
    }
}

/// Whether the file came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Whole,
    /// It breaks off or is malformed from some point on; what came before was handed over.
    CutOff,
}

/// Walks through a whole file.
pub fn walk<H: Handler>(text: &str, handler: &mut H) -> Result<Ending, Refusal> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut path: Vec<H::Tag> = Vec::with_capacity(MAX_DEPTH);
    let mut content = String::new();
    for _ in 0..MAX_EVENTS {
        let Ok(event) = reader.read_event() else { return Ok(Ending::CutOff) };
        match event {
            Event::Start(start) => {
                open(&start, &mut path, handler)?;
                content.clear();
            }
            Event::Empty(start) => {
                open(&start, &mut path, handler)?;
                handler.close(&path, "")?;
                path.pop();
                content.clear();
            }
            Event::End(_) => {
                if !path.is_empty() {
                    handler.close(&path, content.trim())?;
                    path.pop();
                }
                content.clear();
            }
            Event::Text(text) => append(&mut content, &text),
            Event::CData(text) => append(&mut content, &text),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => append(&mut content, character.encode_utf8(&mut [0; 4])),
                Ok(None) => append(&mut content, predefined(&reference).unwrap_or_default()),
                Err(_) => {}
            },
            // A DOCTYPE is one event whose entities nobody looks at, so they can neither grow nor fetch.
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof if path.is_empty() => return Ok(Ending::Whole),
            Event::Eof => return Ok(Ending::CutOff),
        }
    }
    Err(Refusal::TooLarge("The file has far more elements than an activity needs.".into()))
}

fn open<H: Handler>(start: &BytesStart<'_>, path: &mut Vec<H::Tag>, handler: &mut H) -> Result<(), Refusal> {
    if path.len() >= MAX_DEPTH {
        return Err(Refusal::Malformed("The file nests its elements deeper than any activity does.".into()));
    }
    if start.len() > MAX_ATTRIBUTES {
        return Err(Refusal::Malformed("An element of the file is longer than any activity needs.".into()));
    }
    path.push(H::tag(local_name(start.name().as_ref())));
    handler.open(path, &Attributes(start))
}

fn append(content: &mut String, text: &str) {
    if content.len() + text.len() <= MAX_TEXT {
        content.push_str(text);
    }
}

fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The five entities of XML itself.
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// An attribute's value with its entities resolved; unknown ones stay as written.
fn resolve(value: &str) -> String {
    match quick_xml::escape::unescape(value) {
        Ok(resolved) => resolved.into_owned(),
        Err(_) => value.to_owned(),
    }
}

/// A finite number, as these formats write it.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

/// The characters of a file: UTF-8 or UTF-16 with a mark at the beginning, or what the declaration names
/// where that is Latin-1; without its mark and without the blanks that some programs put first.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) if declares_latin1(bytes) => bytes.iter().map(|byte| char::from(*byte)).collect(),
                Err(_) => String::from_utf8_lossy(bytes),
            }
        }
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
        Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn declares_latin1(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    head.contains("8859-1") || head.contains("1252")
}

/// What sort of XML file it is, from the name of its first element: `None` where it has none.
pub fn root_name(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    for _ in 0..64 {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => {
                return Some(local_name(start.name().as_ref()).to_owned());
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is told, one letter for each element.
    #[derive(Default)]
    struct Diary(Vec<String>);

    impl Handler for Diary {
        type Tag = char;

        fn tag(name: &str) -> char {
            name.chars().next().unwrap_or('?')
        }

        fn open(&mut self, path: &[char], attributes: &Attributes<'_>) -> Result<(), Refusal> {
            let path: String = path.iter().collect();
            self.0.push(format!("{path} {}", attributes.get("k").unwrap_or_default()));
            Ok(())
        }

        fn close(&mut self, path: &[char], text: &str) -> Result<(), Refusal> {
            let path: String = path.iter().collect();
            self.0.push(format!("/{path} {text}"));
            Ok(())
        }
    }

    fn diary(text: &str) -> (Vec<String>, Ending) {
        let mut diary = Diary::default();
        let ending = walk(text, &mut diary).unwrap();
        (diary.0, ending)
    }

    #[test]
    fn prefixes_entities_and_empty_elements() {
        let (lines, ending) = diary("<a x:k='1 &amp; 2'><no:b>Tom &amp; J&#233;r&ouml;me</no:b><c/></a>");
        assert_eq!(lines, ["a 1 & 2", "ab ", "/ab Tom & Jérme", "ac ", "/ac ", "/a "]);
        assert_eq!(ending, Ending::Whole);
    }

    #[test]
    fn what_precedes_a_break_is_kept() {
        let (lines, ending) = diary("<a><b>1</b><c>2");
        assert_eq!(lines, ["a ", "ab ", "/ab 1", "ac "]);
        assert_eq!(ending, Ending::CutOff);
        assert_eq!(diary("<a><b>1</b></x>").1, Ending::CutOff);
    }

    #[test]
    fn every_encoding_comes_out_the_same() {
        let text = "<a>é</a>";
        let little: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked: Vec<u8> = [0xEF, 0xBB, 0xBF, b' ', b'\n'].into_iter().chain(text.bytes()).collect();
        assert_eq!(decode(&little), text);
        assert_eq!(decode(&big), text);
        assert_eq!(decode(&marked), text);
        assert!(decode(b"<?xml encoding='ISO-8859-1'?><a>\xE9</a>").ends_with("<a>é</a>"));
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn the_root_is_found_behind_comments() {
        assert_eq!(root_name("<?xml version='1.0'?><!-- <b> --><x:gpx a='<'/>").as_deref(), Some("gpx"));
        assert_eq!(root_name("hello"), None);
    }
}
