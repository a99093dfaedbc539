//! What an activity is: its kinds and states, with the words of the API.

/// The word is none of those that are known for this kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// Declares an enum whose variants have one word each, used in the database, the API and addresses alike,
/// and a label for people.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order in which lists offer them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word in the database, the API and addresses.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// What people read, in sentence case.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::activity::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok($name::$variant),)* _ => Err($crate::domain::activity::UnknownWord) }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.word().to_owned()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::domain::activity::UnknownWord;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

words! {
    /// What was done. Distance totals of the running screens count [`ActivityType::Run`] only.
    pub enum ActivityType {
        Run = "run", "Run";
        Bike = "bike", "Ride";
        Swim = "swim", "Swim";
        Walk = "walk", "Walk";
        Hike = "hike", "Hike";
        Strength = "strength", "Strength";
        Workout = "workout", "Workout";
        Other = "other", "Other";
    }
}

impl ActivityType {
    /// Whether pace (time per distance) says something about it; speed does for the others.
    pub fn is_on_foot(self) -> bool {
        matches!(self, Self::Run | Self::Walk | Self::Hike)
    }

    /// What an activity without a title is called, by the hour (0 to 23) of its local start: `Morning run`.
    pub fn default_title(self, hour: u32) -> String {
        let time = match hour {
            4..=11 => "Morning",
            12..=16 => "Afternoon",
            17..=21 => "Evening",
            _ => "Night",
        };
        let noun = match self {
            Self::Run => "run",
            Self::Bike => "ride",
            Self::Swim => "swim",
            Self::Walk => "walk",
            Self::Hike => "hike",
            Self::Strength => "strength session",
            Self::Workout => "workout",
            Self::Other => "activity",
        };
        format!("{time} {noun}")
    }
}

words! {
    /// What kind of session it was.
    pub enum SubType {
        Easy = "easy-run", "Easy";
        Recovery = "recovery-run", "Recovery";
        Long = "long-run", "Long run";
        Tempo = "tempo-run", "Tempo";
        Interval = "interval-run", "Intervals";
        Fartlek = "fartlek", "Fartlek";
        Hill = "hill-run", "Hills";
        Race = "race", "Race";
        Other = "other", "Other";
    }
}

impl SubType {
    /// Reads the word of a filter, where `tempo` and `interval` are other names.
    pub fn from_filter(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "tempo" => Ok(Self::Tempo),
            "interval" => Ok(Self::Interval),
            _ => text.parse(),
        }
    }
}

words! {
    /// Whether it has happened.
    pub enum ActivityStatus {
        Completed = "completed", "Completed";
        Scheduled = "scheduled", "Scheduled";
        Skipped = "skipped", "Skipped";
    }
}

words! {
    /// Where it came from; every row derived from it inherits this.
    pub enum Source {
        File = "file", "File";
        Manual = "manual", "Entered by hand";
        Strava = "strava", "Strava";
        Garmin = "garmin", "Garmin";
        AppleHealth = "apple_health", "Apple Health";
        IntervalsIcu = "intervals_icu", "Intervals.icu";
    }
}

words! {
    /// The format of the recording that an activity was read from.
    pub enum FileFormat {
        Fit = "fit", "FIT";
        Tcx = "tcx", "TCX";
        Gpx = "gpx", "GPX";
    }
}

words! {
    /// The evidence that a training load was computed from, best first
    /// (`reference/metrics.md`, section 14).
    pub enum LoadMethod {
        Pace = "pace", "Graded pace";
        HeartRate = "heart_rate", "Heart rate";
        Effort = "effort", "Effort";
        Estimate = "estimate", "Estimate";
    }
}
