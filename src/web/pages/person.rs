//! What repeats on the pages about one person: the head with its tabs, rows of activities, and the problems
//! of a form.

use chrono::DateTime;

use crate::app::activities::Activity;
use crate::app::profile::Profile;
use crate::app::{Problem, Viewer};
use crate::domain::activity::{ActivityType, Source, SubType};
use crate::domain::calendar;
use crate::domain::ids::{ActivityId, UserId};
use crate::domain::person::{MemberStatus, UnitSystem, initials};
use crate::domain::units;

/// The tab that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Activities,
    Notes,
}

/// The head of the pages about one person: what `athletes/_header.html` shows.
#[derive(Debug, Clone)]
pub struct Header {
    pub id: UserId,
    pub name: String,
    pub initials: String,
    /// `/me`, or `/athletes/usr_…` for coaches.
    pub base: String,
    pub tab: Tab,
    /// Whether the viewer is a coach.
    pub is_coach: bool,
    /// For coaches; `None` on one's own page, which never shows them.
    pub coached: Option<Coached>,
}

/// What coaches alone see of an athlete in the head of the page.
#[derive(Debug, Clone)]
pub struct Coached {
    pub email: String,
    pub status: MemberStatus,
    pub level: String,
    pub coach_name: Option<String>,
    pub labels: Vec<String>,
    pub notes: i64,
    /// Whether the athlete has agreed to be seen.
    pub is_visible: bool,
}

impl Header {
    /// The head of an athlete's page as their coaches see it.
    pub fn of(profile: &Profile, tab: Tab) -> Self {
        let labels = profile.labels.as_deref().unwrap_or_default();
        Self {
            id: profile.user_id,
            name: profile.display_name.clone(),
            initials: initials(&profile.display_name),
            base: format!("/athletes/{}", profile.user_id),
            tab,
            is_coach: true,
            coached: Some(Coached {
                email: profile.email.clone(),
                status: profile.status,
                level: profile.member_level.clone(),
                coach_name: profile.coach_name.clone(),
                labels: labels.lines().filter(|label| !label.is_empty()).map(str::to_owned).collect(),
                notes: profile.notes,
                is_visible: profile.visible_from.is_some(),
            }),
        }
    }

    /// The head of one's own page.
    pub fn own(viewer: &Viewer, tab: Tab) -> Self {
        let name = viewer.name();
        Self {
            id: viewer.user.id,
            initials: initials(&name),
            name,
            base: "/me".to_owned(),
            tab,
            is_coach: viewer.is_coach(),
            coached: None,
        }
    }

    pub fn is_at(&self, tab: Tab) -> bool {
        self.tab == tab
    }

    /// What the address of a form for this person carries: nothing for oneself.
    pub fn for_whom(&self) -> String {
        if self.coached.is_some() { format!("?athlete={}", self.id) } else { String::new() }
    }
}

/// One activity in a table.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: ActivityId,
    pub title: String,
    /// What kind it was, in a word or two: "Easy", or the sport where it was no run.
    pub kind: &'static str,
    /// The style class of the effort that this kind means, for runs.
    pub zone: Option<&'static str>,
    pub local_day: i64,
    /// The day in a word or two by the owner's own today; only in lists.
    pub when: String,
    pub distance: Option<f64>,
    pub duration: f64,
    /// Pace on foot, speed on wheels.
    pub rate: Option<String>,
    pub average_heart_rate: Option<f64>,
    pub training_load: Option<f64>,
    pub load_method: Option<&'static str>,
    pub source: String,
    pub is_duplicate: bool,
}

impl Row {
    pub fn of(activity: &Activity, units: UnitSystem) -> Self {
        Self {
            id: activity.id,
            title: title(activity),
            kind: kind(activity),
            zone: zone(activity),
            local_day: activity.local_day,
            when: String::new(),
            distance: activity.distance,
            duration: activity.duration,
            rate: rate(activity, units),
            average_heart_rate: activity.average_heart_rate,
            training_load: activity.training_load,
            load_method: activity.load_method.map(|method| method.label()),
            source: source(activity),
            is_duplicate: activity.duplicate_of.is_some(),
        }
    }

    /// The rows of a list. `today` is that of the person whose activities they are.
    pub fn all(activities: &[Activity], units: UnitSystem, today: i64) -> Vec<Self> {
        let row = |activity: &Activity| Self {
            when: calendar::brief_day(activity.local_day, today),
            ..Self::of(activity, units)
        };
        activities.iter().map(row).collect()
    }
}

/// The title, or what kind of activity it was where it has none.
pub fn title(activity: &Activity) -> String {
    let given = activity.title.trim();
    if given.is_empty() { kind(activity).to_owned() } else { given.to_owned() }
}

/// "Long run" of a run, "Ride" of a ride.
pub fn kind(activity: &Activity) -> &'static str {
    match (activity.activity_type, activity.sub_type) {
        (ActivityType::Run, SubType::Other) => "Run",
        (ActivityType::Run, sub_type) => sub_type.label(),
        (other, _) => other.label(),
    }
}

fn zone(activity: &Activity) -> Option<&'static str> {
    if activity.activity_type != ActivityType::Run {
        return None;
    }
    match activity.sub_type {
        SubType::Recovery => Some("z1"),
        SubType::Easy | SubType::Long | SubType::Other => Some("z2"),
        SubType::Fartlek => Some("z3"),
        SubType::Tempo => Some("z4"),
        SubType::Interval | SubType::Hill => Some("z5"),
        SubType::Race => Some("z6"),
    }
}

/// How fast it was, in the way the sport says it.
pub fn rate(activity: &Activity, units: UnitSystem) -> Option<String> {
    units::rate(activity.activity_type, activity.distance?, activity.duration, units)
}

/// Where it came from, in a word or two: the device if the file names one.
pub fn source(activity: &Activity) -> String {
    match (activity.source, activity.device.as_deref().map(str::trim), activity.file_format) {
        (Source::File, Some(device), _) if !device.is_empty() => device.to_owned(),
        (Source::File, _, Some(format)) => format!("{} file", format.label()),
        (source, _, _) => source.label().to_owned(),
    }
}

/// What the numbers of effort mean, after the ten-point scale of Borg and Foster.
pub const EFFORTS: &[(&str, &str)] = &[
    ("1", "very easy"),
    ("2", "easy"),
    ("3", "moderate"),
    ("4", "somewhat hard"),
    ("5", "hard"),
    ("6", "harder"),
    ("7", "very hard"),
    ("8", "very, very hard"),
    ("9", "almost all out"),
    ("10", "all out"),
];

/// The word for an effort from 1 to 10; empty for any other number.
pub fn effort_word(effort: i64) -> &'static str {
    let index = usize::try_from(effort - 1).ok();
    index.and_then(|index| EFFORTS.get(index)).map_or("", |(_, word)| word)
}

/// What is wrong with a form, found by the name of the field.
#[derive(Debug, Clone, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// What is wrong with this field, if anything is.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// What stands above a form, for the macro `forms::summary`: every problem with the address of its
    /// control, where there are several, or the one that belongs to no control and would be told nowhere
    /// else. Each control's id is `prefix` and the field's name; `fields` are the names that have one,
    /// between spaces.
    pub fn summary(&self, prefix: &str, fields: &str) -> Vec<(Option<String>, &str)> {
        let has_control = |field: &str| fields.split(' ').any(|known| known == field);
        let items: Vec<(Option<String>, &str)> = self
            .0
            .iter()
            .map(|p| (has_control(&p.field).then(|| format!("#{prefix}{}", p.field)), p.message.as_str()))
            .collect();
        match items.as_slice() {
            [(Some(_), _)] => Vec::new(),
            _ => items,
        }
    }
}

/// An instant from Unix seconds.
pub fn instant(unix_seconds: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(unix_seconds, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_stands_above_several_problems_or_one_without_a_control() {
        let name = || Problem::required("name", "Enter a name.");
        let version = || Problem::invalid("version", "Somebody else was faster.");
        assert_eq!(Problems(vec![]).summary("d-", "name").len(), 0);
        assert_eq!(Problems(vec![name()]).summary("d-", "name").len(), 0);
        assert_eq!(Problems(vec![version()]).summary("d-", "name"), [(None, "Somebody else was faster.")]);
        assert_eq!(
            Problems(vec![name(), version()]).summary("d-", "name level"),
            [(Some("#d-name".to_owned()), "Enter a name."), (None, "Somebody else was faster.")]
        );
    }
}
