//! What kind of activity a file means by its words, its numbers or its speed.

use rustyfit::profile::typedef::{Sport, SubSport};

use crate::domain::activity::ActivityType;

/// Reads the free text of a GPX `type` or a TCX `Sport`. `None` where it says nothing that is known; a bare
/// number is one of Strava's codes.
pub fn from_text(text: &str) -> Option<ActivityType> {
    use ActivityType::*;
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "9" => return Some(Run),
        "1" | "17" => return Some(Bike),
        "4" => return Some(Hike),
        "10" => return Some(Walk),
        "16" => return Some(Swim),
        _ => {}
    }
    // Order matters: "track cycling" is a ride, "treadmill walk" is a walk.
    const WORDS: &[(&[&str], ActivityType)] = &[
        (&["walk", "wander", "gehen", "march"], Walk),
        (&["hik", "rando", "trek", "mountaineer"], Hike),
        (&["bik", "cycl", "ride", "riding", "radf", "rennrad", "velo", "vélo", "cicli"], Bike),
        (&["run", "jog", "lauf", "course", "corr", "treadmill", "trail", "track", "marathon"], Run),
        (&["swim", "schwimm", "nata"], Swim),
        (&["strength", "weight", "kraft"], Strength),
        (&["workout", "cardio", "hiit", "yoga", "fitness", "training", "elliptical", "crossfit"], Workout),
    ];
    const OTHER: &[&str] =
        &["ski", "row", "paddl", "kayak", "skat", "golf", "climb", "surf", "sail", "horse"];
    if OTHER.iter().any(|word| text.contains(word)) {
        return Some(Other);
    }
    WORDS.iter().find(|(words, _)| words.iter().any(|word| text.contains(word))).map(|(_, kind)| *kind)
}

/// Whether the free text says that it was done indoors.
pub fn is_indoor_text(text: &str) -> bool {
    let text = text.to_lowercase();
    ["treadmill", "indoor", "virtual"].iter().any(|word| text.contains(word))
}

/// Reads FIT's sport and sub sport. `None` for "generic" and "multisport" without more.
pub fn from_fit(sport: u8, sub_sport: u8) -> Option<ActivityType> {
    use ActivityType::*;
    let sub = SubSport(sub_sport);
    Some(match Sport(sport) {
        Sport::RUNNING => Run,
        Sport::CYCLING | Sport::E_BIKING => Bike,
        Sport::SWIMMING => Swim,
        Sport::WALKING => Walk,
        Sport::HIKING | Sport::MOUNTAINEERING | Sport::SNOWSHOEING => Hike,
        Sport::GENERIC | Sport::MULTISPORT | Sport::ALL | Sport(u8::MAX) => match sub {
            SubSport::TREADMILL | SubSport::INDOOR_RUNNING | SubSport::TRAIL | SubSport::TRACK => Run,
            SubSport::INDOOR_WALKING | SubSport::CASUAL_WALKING | SubSport::SPEED_WALKING => Walk,
            SubSport::INDOOR_CYCLING | SubSport::SPIN | SubSport::ROAD | SubSport::MOUNTAIN => Bike,
            SubSport::LAP_SWIMMING | SubSport::OPEN_WATER => Swim,
            SubSport::STRENGTH_TRAINING => Strength,
            _ => return None,
        },
        Sport::FITNESS_EQUIPMENT | Sport::TRAINING | Sport::HIIT => match sub {
            SubSport::TREADMILL | SubSport::INDOOR_RUNNING => Run,
            SubSport::INDOOR_WALKING => Walk,
            SubSport::INDOOR_CYCLING | SubSport::SPIN => Bike,
            SubSport::STRENGTH_TRAINING => Strength,
            _ => Workout,
        },
        Sport::MEDITATION | Sport::MOBILITY | Sport::DANCE | Sport::JUMP_ROPE | Sport::BOXING => Workout,
        _ => Other,
    })
}

/// Whether FIT's sub sport is done indoors or on a simulator, where coordinates are missing or made up.
pub fn is_indoor_fit(sub_sport: u8) -> bool {
    matches!(
        SubSport(sub_sport),
        SubSport::TREADMILL
            | SubSport::SPIN
            | SubSport::INDOOR_CYCLING
            | SubSport::INDOOR_ROWING
            | SubSport::ELLIPTICAL
            | SubSport::STAIR_CLIMBING
            | SubSport::LAP_SWIMMING
            | SubSport::INDOOR_SKIING
            | SubSport::INDOOR_WALKING
            | SubSport::INDOOR_RUNNING
            | SubSport::INDOOR_CLIMBING
            | SubSport::INDOOR_GRINDING
            | SubSport::INDOOR_WHEELCHAIR_WALK
            | SubSport::INDOOR_WHEELCHAIR_RUN
            | SubSport::INDOOR_HAND_CYCLING
            | SubSport::VIRTUAL_ACTIVITY
    )
}

/// Guesses from the average speed over the timer, metres per second: a walk below 2 m/s (8:20 min/km), a
/// run up to 6.5 m/s (2:34 min/km, faster than any distance record from 5 km up), a ride up to 20 m/s.
pub fn guess(distance: Option<f64>, timer: f64) -> ActivityType {
    match distance {
        Some(metres) if timer > 0.0 => match metres / timer {
            speed if speed < 0.5 => ActivityType::Other,
            speed if speed < 2.0 => ActivityType::Walk,
            speed if speed <= 6.5 => ActivityType::Run,
            speed if speed <= 20.0 => ActivityType::Bike,
            _ => ActivityType::Other,
        },
        _ => ActivityType::Other,
    }
}

/// Whether a mean cadence counts strides (left foot only) and must be doubled to steps per minute. Nobody
/// runs below 120 or walks below 80 steps per minute on average, and nobody's strides exceed that.
pub fn is_strides(kind: ActivityType, mean_cadence: f64) -> bool {
    match kind {
        ActivityType::Run => mean_cadence < 120.0,
        ActivityType::Walk | ActivityType::Hike => mean_cadence < 80.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ActivityType::*;

    #[test]
    fn words_and_numbers_of_other_programs() {
        for (text, kind) in [
            ("running", Some(Run)),
            (" Run ", Some(Run)),
            ("9", Some(Run)),
            ("trail_running", Some(Run)),
            ("Treadmill", Some(Run)),
            ("Biking", Some(Bike)),
            ("cycling", Some(Bike)),
            ("17", Some(Bike)),
            ("walking", Some(Walk)),
            ("hiking", Some(Hike)),
            ("open_water_swimming", Some(Swim)),
            ("strength_training", Some(Strength)),
            ("rowing", Some(Other)),
            ("", None),
            ("unknown", None),
            ("42", None),
        ] {
            assert_eq!(from_text(text), kind, "{text:?}");
        }
    }

    #[test]
    fn speeds() {
        assert_eq!(guess(Some(10_000.0), 3_600.0), Run);
        assert_eq!(guess(Some(5_000.0), 3_600.0), Walk);
        assert_eq!(guess(Some(30_000.0), 3_600.0), Bike);
        assert_eq!(guess(Some(10.0), 3_600.0), Other);
        assert_eq!(guess(None, 3_600.0), Other);
    }
}
