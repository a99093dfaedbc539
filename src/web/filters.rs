//! Filters of the templates: figures and dates as the viewer likes to read them.

use askama::filters::Safe;
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

/// The address of a built-in file: `{{ "app.css"|asset }}`.
#[askama::filter_fn]
pub fn asset(name: &str, _: &dyn Values) -> Result<&'static str> {
    Ok(super::assets::asset(name))
}

/// An icon beside a text: `{{ "plus"|icon }}`. Hidden from screen readers; a button with nothing but an
/// icon carries an `aria-label`.
#[askama::filter_fn]
pub fn icon(name: &str, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(drawing("icon", name)))
}

/// A small icon: `{{ "search"|icon_sm }}`.
#[askama::filter_fn]
pub fn icon_sm(name: &str, _: &dyn Values) -> Result<Safe<String>> {
    Ok(Safe(drawing("icon icon-sm", name)))
}

/// The shape of a signal or an error, without the strokes of an icon: `{{ "urgent"|shape }}`.
#[askama::filter_fn]
pub fn shape(name: &str, _: &dyn Values) -> Result<Safe<String>> {
    let href = super::assets::icon(name);
    Ok(Safe(format!("<svg aria-hidden=\"true\" width=\"14\" height=\"14\"><use href=\"{href}\"/></svg>")))
}

/// Names come from templates, never from people; anything that is no name gives nothing.
fn drawing(class: &str, name: &str) -> String {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return String::new();
    }
    let href = super::assets::icon(name);
    format!("<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{href}\"/></svg>")
}
