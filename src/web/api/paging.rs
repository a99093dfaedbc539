//! Lists in pages, and versions of single resources.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Error;
use crate::domain::{calendar, text};

/// Entries of a page where none is asked for.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most entries of a page.
pub const MAX_LIMIT: i64 = 200;

/// How much of a list, and from where. `flatten` does not work in queries: take the two texts with
/// [`Paging::read`].
#[derive(Debug, Clone)]
pub struct Paging {
    /// 1 to 200.
    pub limit: i64,
    /// From the last answer's `next_cursor`.
    pub cursor: Option<String>,
}

impl Paging {
    /// Reads the query's `limit` and `cursor`; a limit out of bounds is a mistake.
    pub fn read(limit: Option<&str>, cursor: Option<String>) -> Result<Self, Error> {
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|l| (1..=MAX_LIMIT).contains(l))
                .ok_or_else(|| Error::invalid("limit", "limit is a number from 1 to 200."))?,
        };
        Ok(Self { limit, cursor: cursor.filter(|c| !c.is_empty()) })
    }

    /// The place that the cursor names, if there is one.
    pub fn place<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        self.cursor.as_deref().map(decode_cursor).transpose()
    }

    /// How many entries to look for: one more than a page has tells whether there is a next one.
    pub fn one_more(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts what was found down to a page. Returns where the next one begins, which `place` makes of the last
    /// entry; nothing on the last page.
    pub fn cut<T>(&self, found: &mut Vec<T>, place: impl FnOnce(&T) -> String) -> Option<String> {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if found.len() <= most {
            return None;
        }
        found.truncate(most);
        found.last().map(place)
    }
}

/// A word of a query that is `true` or `false`; false where it is missing.
pub fn flag(field: &'static str, word: Option<&str>) -> Result<bool, Error> {
    match word {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(field, format!("{field} is true or false."))),
    }
}

/// Where the next page begins, as an opaque text.
pub fn encode_cursor(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads what [`encode_cursor`] wrote. The texts within go to the database: one that holds what no stored text
/// can hold was not written here.
pub fn decode_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes
        .and_then(|b| serde_json::from_slice::<Value>(&b).ok())
        .filter(is_plain)
        .and_then(|value| serde_json::from_value(value).ok())
        .ok_or_else(|| Error::invalid("cursor", "This cursor is not one of ours. Begin without one."))
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(text::is_unprintable),
        Value::Array(values) => values.iter().all(is_plain),
        Value::Object(fields) => fields.values().all(is_plain),
        _ => true,
    }
}

/// The `ETag` of a version.
pub fn etag(version: i64) -> HeaderValue {
    // Digits and quotes are always a valid header.
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The version in `If-Match`; none where the header is missing or `*`. A tag of another form holds for no
/// version, so it is stale.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    tag.parse().map(Some).map_err(|_| Error::stale())
}

/// A field of a `PATCH` that may be given as `null`: missing is `None`, `null` is `Some(None)`.
pub fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

/// An instant as the API writes it: `2026-11-18T12:00:00Z`.
pub fn instant(seconds: i64) -> String {
    calendar::instant(seconds).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads an instant with its offset, such as `2026-11-18T12:00:00Z`.
pub fn parse_instant(field: &'static str, text: &str) -> Result<i64, Error> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|t| t.timestamp())
        .map_err(|_| Error::invalid(field, format!("“{field}” is an instant such as 2026-11-18T12:00:00Z.")))
}

/// The tags in `If-None-Match`, without quotes and weakness, which GET does not care for.
pub fn if_none_match(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let plain = |tag: &str| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
    };
    values.flat_map(|value| value.split(',')).map(plain).filter(|tag| !tag.is_empty()).collect()
}

/// Whether the caller holds what this tag names.
pub fn is_held(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default().trim_matches('"');
    if_none_match(headers).iter().any(|held| held == tag || held == "*")
}
