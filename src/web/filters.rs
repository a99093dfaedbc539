//! Filters of the templates: figures and dates as the viewer likes to read them.

use askama::{Result, Values, get_value};

use super::page::Context;

/// How the viewer of the page being rendered likes to read.
fn context(values: &dyn Values) -> Result<&Context> {
    get_value::<Context>(values, "context")
}

/// The text where the whole page is rendered, nothing in a region: `<dialog {{ "open"|if_whole }}>`.
#[askama::filter_fn]
pub fn if_whole(text: &str, values: &dyn Values) -> Result<String> {
    Ok(if context(values)?.is_whole { text.to_owned() } else { String::new() })
}

/// Escapes everything that is not unreserved in an address (RFC 3986), for one value in a query.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// See [`percent_encode`].
#[askama::filter_fn]
pub fn query_value(text: impl std::fmt::Display, _: &dyn Values) -> Result<String> {
    Ok(percent_encode(&text.to_string()))
}
