//! Filters of the templates: figures and dates as the viewer likes to read them.

use askama::filters::Safe;
use askama::{Result, Values, get_value};

use super::page::Context;
use crate::domain::person::UnitSystem;
use crate::domain::{calendar, units};

/// How the viewer of the page being rendered likes to read.
fn context(values: &dyn Values) -> Result<&Context> {
    get_value::<Context>(values, "context")
}

/// The text where the whole page is rendered, nothing in a region: `<dialog {{ "open"|if_whole }}>`.
#[askama::filter_fn]
pub fn if_whole(text: &str, values: &dyn Values) -> Result<String> {
    Ok(if context(values)?.is_whole { text.to_owned() } else { String::new() })
}

/// The text in a region, nothing where the whole page is rendered: what only script can do there.
#[askama::filter_fn]
pub fn if_part(text: &str, values: &dyn Values) -> Result<String> {
    Ok(if context(values)?.is_whole { String::new() } else { text.to_owned() })
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

/// A figure that may not have been recorded: what the filters below take.
pub trait Figure {
    /// The figure; `None` where nothing was recorded.
    fn figure(&self) -> Option<f64>;
}

impl Figure for f64 {
    fn figure(&self) -> Option<f64> {
        Some(*self)
    }
}

impl Figure for i64 {
    fn figure(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl Figure for usize {
    fn figure(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl<T: Figure> Figure for Option<T> {
    fn figure(&self) -> Option<f64> {
        self.as_ref().and_then(Figure::figure)
    }
}

impl<T: Figure + ?Sized> Figure for &T {
    fn figure(&self) -> Option<f64> {
        (**self).figure()
    }
}

/// The figure in words, or the dash that says that there is none.
fn in_words(figure: &impl Figure, words: impl FnOnce(f64) -> String) -> String {
    figure.figure().map_or_else(|| units::NOTHING.to_owned(), words)
}

/// Metres as `12.4 km` or `7.7 mi`.
#[askama::filter_fn]
pub fn distance(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::distance(metres, units)))
}

/// Metres as `12.4`, where the unit stands elsewhere.
#[askama::filter_fn]
pub fn distance_figure(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::distance_figure(metres, units)))
}

/// Metres as `12.43 km`, on the page of one activity.
#[askama::filter_fn]
pub fn distance_exact(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::distance_exact(metres, units)))
}

/// Metres as `12.43`, where the unit stands elsewhere.
#[askama::filter_fn]
pub fn distance_exact_figure(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::distance_exact_figure(metres, units)))
}

/// Metres as `76 km`: totals of a week and more.
#[askama::filter_fn]
pub fn distance_whole(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::distance_whole(metres, units)))
}

/// Seconds per kilometre as `4:37 /km` or `7:26 /mi`.
#[askama::filter_fn]
pub fn pace(seconds_per_km: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&seconds_per_km, |pace| units::pace(pace, units)))
}

/// Seconds as `58:12` or `1:04:06`.
#[askama::filter_fn]
pub fn duration(seconds: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(in_words(&seconds, units::duration))
}

/// Seconds as `5 h 12 min`: totals.
#[askama::filter_fn]
pub fn hours(seconds: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(in_words(&seconds, units::hours))
}

/// Metres up or down as `124 m` or `407 ft`.
#[askama::filter_fn]
pub fn elevation(metres: impl Figure, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    Ok(in_words(&metres, |metres| units::elevation(metres, units)))
}

/// A figure to the whole, as heart rates and loads are read.
#[askama::filter_fn]
pub fn whole(figure: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(in_words(&figure, |value| {
        if value.is_finite() { format!("{}", value.round() as i64) } else { units::NOTHING.to_owned() }
    }))
}

/// A figure with one decimal, as VDOT is read.
#[askama::filter_fn]
pub fn tenths(figure: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(in_words(
        &figure,
        |value| {
            if value.is_finite() { format!("{value:.1}") } else { units::NOTHING.to_owned() }
        },
    ))
}

/// The viewer's word for a unit: `"distance"` is `km` or `mi`, `"elevation"` is `m` or `ft`.
#[askama::filter_fn]
pub fn unit(kind: &str, values: &dyn Values) -> Result<String> {
    let units = context(values)?.units;
    let word = match (kind, units) {
        ("elevation", UnitSystem::Metric) => "m",
        ("elevation", UnitSystem::Imperial) => "ft",
        _ => units::distance_unit(units),
    };
    Ok(word.to_owned())
}

/// A count with its noun: `{{ 3|count("run", "runs") }}`.
#[askama::filter_fn]
pub fn count(number: impl Figure, _: &dyn Values, one: &str, many: &str) -> Result<String> {
    let number = number.figure().unwrap_or_default() as i64;
    Ok(format!("{number} {}", if number == 1 { one } else { many }))
}

/// A local day (days since 1970-01-01) as `Today`, `Yesterday`, `Fri 17 April`.
#[askama::filter_fn]
pub fn day(day: impl Figure, values: &dyn Values) -> Result<String> {
    Ok(calendar::day_in_words(whole_number(&day), today(values)?))
}

/// A local day as `Fri 17 April`, never as `Today`: where it goes on in a sentence, and headings.
#[askama::filter_fn]
pub fn full_day(day: impl Figure, values: &dyn Values) -> Result<String> {
    Ok(calendar::full_day(whole_number(&day), today(values)?))
}

/// A local day as `17 Apr`.
#[askama::filter_fn]
pub fn short_day(day: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(calendar::short_day(whole_number(&day)))
}

/// A local day as `2026-04-17`, for `<time datetime>` and date fields.
#[askama::filter_fn]
pub fn iso_day(day: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(calendar::iso_date(whole_number(&day)))
}

/// An instant (Unix seconds) as `Fri 17 April, 06:41`, in the viewer's zone.
#[askama::filter_fn]
pub fn moment(instant: impl Figure, values: &dyn Values) -> Result<String> {
    let zone = context(values)?.zone;
    let instant = calendar::instant(whole_number(&instant));
    let day = calendar::day_in_words(calendar::local_day(instant, zone), today(values)?);
    Ok(format!("{day}, {}", calendar::time_of_day(instant, zone)))
}

/// An instant (Unix seconds) as the day it was for the viewer.
#[askama::filter_fn]
pub fn day_of_moment(instant: impl Figure, values: &dyn Values) -> Result<String> {
    let day = calendar::day_at(whole_number(&instant), context(values)?.zone);
    Ok(calendar::day_in_words(day, today(values)?))
}

/// The same within a sentence: "since today", "since Tue 3 March".
#[askama::filter_fn]
pub fn since_moment(instant: impl Figure, values: &dyn Values) -> Result<String> {
    let day = calendar::day_at(whole_number(&instant), context(values)?.zone);
    let today = today(values)?;
    let words = calendar::day_in_words(day, today);
    Ok(if (-1..=1).contains(&(today - day)) { words.to_lowercase() } else { words })
}

/// An instant (Unix seconds) as `2026-04-17T05:41:00Z`, for `<time datetime>`.
#[askama::filter_fn]
pub fn iso_moment(instant: impl Figure, _: &dyn Values) -> Result<String> {
    Ok(calendar::instant(whole_number(&instant)).format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Days and instants are whole numbers far below 2^53.
fn whole_number(figure: &impl Figure) -> i64 {
    figure.figure().unwrap_or_default() as i64
}

/// Today for the viewer.
fn today(values: &dyn Values) -> Result<i64> {
    let context = context(values)?;
    Ok(calendar::day_at(context.now, context.zone))
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::web::filters;

    #[derive(Template)]
    #[template(
        ext = "txt",
        source = "{{ metres|distance }} {{ none|distance }} {{ metres|distance_whole }} {{ 300.0|pace }} \
                  {{ seconds|duration }} {{ 100.0|elevation }} {{ \"distance\"|unit }} {{ day|day }} \
                  {{ day|iso_day }} {{ now|moment }} {{ one|count(\"run\", \"runs\") }} {{ some|whole }}"
    )]
    struct Sample {
        metres: f64,
        none: Option<f64>,
        some: Option<f64>,
        seconds: f64,
        day: i64,
        now: i64,
        one: i64,
    }

    #[test]
    fn figures_read_as_the_viewer_likes() {
        // 18 November 2026, 23:30 in UTC: the 19th in Tokyo.
        let now = 1_795_044_600;
        let sample = Sample {
            metres: 12_432.0,
            none: None,
            some: Some(151.6),
            seconds: 3_846.0,
            day: 20_775,
            now,
            one: 1,
        };
        let mut context = Context::public(now);
        assert_eq!(
            sample.render_with_values(&context).unwrap(),
            "12.4 km – 12 km 5:00 /km 1:04:06 100 m km Today 2026-11-18 Today, 23:30 1 run 152"
        );
        context.units = UnitSystem::Imperial;
        context.zone = chrono_tz::Asia::Tokyo;
        assert_eq!(
            sample.render_with_values(&context).unwrap(),
            "7.7 mi – 8 mi 8:03 /mi 1:04:06 328 ft mi Yesterday 2026-11-18 Today, 08:30 1 run 152"
        );
    }
}
