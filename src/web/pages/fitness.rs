//! An athlete's fitness values: what holds now, what held when, and setting one.

use crate::app::profile::FitnessRow;
use crate::domain::fitness::FitnessKind;
use crate::domain::person::UnitSystem;
use crate::domain::{units, vdot};

/// One kind of value with what holds today.
#[derive(Debug, Clone)]
pub struct Item {
    pub kind: FitnessKind,
    pub label: &'static str,
    pub value: String,
    /// The day from which it holds; `None` where it is not known.
    pub since: Option<i64>,
    /// What else is to say: that a later value waits, or where it is taken from.
    pub note: String,
}

/// Every kind of value with what holds on `today`; `rows` have the latest day first.
pub fn items(rows: &[FitnessRow], today: i64, units: UnitSystem) -> Vec<Item> {
    let held = |kind: FitnessKind| rows.iter().find(|row| row.kind == kind && row.valid_from <= today);
    FitnessKind::ALL
        .iter()
        .map(|&kind| {
            let row = held(kind);
            let coming = rows.iter().rev().find(|row| row.kind == kind && row.valid_from > today);
            let derived = match (kind, row, held(FitnessKind::Vdot)) {
                (FitnessKind::ThresholdPace, None, Some(vdot)) => {
                    let pace = vdot::pace_at(vdot.value, vdot::THRESHOLD);
                    Some(format!("VDOT says {}", units::pace(pace, units)))
                }
                _ => None,
            };
            let note = match coming {
                Some(row) => format!("then {}", in_words(kind, row.value, units)),
                None => derived.unwrap_or_default(),
            };
            Item {
                kind,
                label: kind.label(),
                value: row.map_or(units::NOTHING.to_owned(), |row| in_words(kind, row.value, units)),
                since: row.map(|row| row.valid_from),
                note,
            }
        })
        .collect()
}

/// `52.0`, `4:15 /km`, `152 bpm`.
pub fn in_words(kind: FitnessKind, value: f64, units: UnitSystem) -> String {
    match kind {
        FitnessKind::Vdot => format!("{value:.1}"),
        FitnessKind::ThresholdPace => units::pace(value, units),
        FitnessKind::RestingHr | FitnessKind::MaxHr | FitnessKind::ThresholdHr => {
            format!("{} bpm", value.round() as i64)
        }
    }
}
