//! Figures beside those of the period before, in words.

use crate::domain::person::UnitSystem;
use crate::domain::units;

/// How much a figure changed, with its sign; the class tells up from down.
pub struct Delta {
    pub class: &'static str,
    pub text: String,
}

impl Delta {
    /// `amount` is without a sign. What reads as nothing is no change, however little there was.
    fn new(by: f64, amount: String) -> Self {
        let is_nothing = !amount.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        let (class, sign) = match by {
            _ if is_nothing => ("delta", "±"),
            by if by > 0.0 => ("delta delta-up", "+"),
            _ => ("delta delta-down", "−"),
        };
        Self { class, text: format!("{sign}{amount}") }
    }

    /// Whether it is none.
    pub fn is_nothing(&self) -> bool {
        self.class == "delta"
    }

    /// `by` in metres.
    fn distance(by: f64, system: UnitSystem) -> Self {
        Self::new(by, units::distance(by.abs(), system))
    }

    /// `by` in seconds.
    fn time(by: f64) -> Self {
        Self::new(by, units::hours(by.abs()))
    }

    /// Of things that are counted.
    fn count(by: i64) -> Self {
        Self::new(by as f64, by.abs().to_string())
    }

    /// Of a sum of points, to whole ones.
    fn load(by: f64) -> Self {
        Self::new(by, format!("{:.0}", by.abs()))
    }

    /// Of a rate in percent.
    pub fn points(by: f64) -> Self {
        Self::new(by, format!("{:.1} points", by.abs()))
    }

    /// In percent of what it was.
    pub fn percent(by: f64) -> Self {
        Self::new(by, format!("{:.0} %", by.abs()))
    }
}

/// A figure that leads a page or a report, beside the period before.
pub struct Compared {
    pub title: &'static str,
    pub value: String,
    pub unit: &'static str,
    /// None where one of the two is none.
    pub change: Option<Delta>,
    /// What it was in the period before.
    pub before: String,
}

impl Compared {
    /// In metres.
    pub fn distance(now: f64, before: f64, system: UnitSystem) -> Self {
        Self {
            title: "Total distance",
            value: units::distance_figure(now, system),
            unit: units::distance_unit(system),
            change: Some(Delta::distance(now - before, system)),
            before: units::distance(before, system),
        }
    }

    pub fn activities(now: i64, before: i64) -> Self {
        Self {
            title: "Total activities",
            value: now.to_string(),
            unit: "",
            change: Some(Delta::count(now - before)),
            before: before.to_string(),
        }
    }

    /// In percent; none without active members.
    pub fn engagement(now: Option<f64>, before: Option<f64>) -> Self {
        Self {
            title: "Engagement rate",
            value: now.map_or(units::NOTHING.to_owned(), |rate| format!("{rate:.0}")),
            unit: if now.is_some() { "%" } else { "" },
            change: now.zip(before).map(|(now, before)| Delta::points(now - before)),
            before: before.map_or("none".to_owned(), |rate| format!("{rate:.0} %")),
        }
    }

    /// In seconds.
    pub fn time(now: f64, before: f64) -> Self {
        Self {
            title: "Time",
            value: units::hours(now),
            unit: "",
            change: Some(Delta::time(now - before)),
            before: units::hours(before),
        }
    }

    pub fn training_load(now: f64, before: f64) -> Self {
        Self {
            title: "Training load",
            value: format!("{now:.0}"),
            unit: "",
            change: Some(Delta::load(now - before)),
            before: format!("{before:.0}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_as_nothing_is_no_change() {
        for (delta, text) in [
            (Delta::points(0.04), "±0.0 points"),
            (Delta::points(-6.25), "−6.2 points"),
            (Delta::percent(-0.4), "±0 %"),
            (Delta::distance(-72_600.0, UnitSystem::Metric), "−72.6 km"),
            (Delta::count(3), "+3"),
        ] {
            assert_eq!(delta.text, text);
            assert_eq!(delta.is_nothing(), text.starts_with('±'));
        }
    }
}
