//! The page about one athlete: what their coaches see, and what they see themselves.

use chrono::DateTime;
use chrono_tz::Tz;

use super::access::{self, SeenData, SeenMember, Viewer};
use super::db::{self, Tx};
use super::error::Result;
use super::fitness::FitnessValue;
use super::{App, Error};
use crate::domain::calendar;
use crate::domain::ids::UserId;

use super::activities::Activity;
pub use super::activities::Filter as Listed;
pub use super::db::profile::Profile;

/// How many weeks the trend shows.
pub const TREND_WEEKS: usize = 26;
/// How many activities stand under "Recent activities".
const RECENT: i64 = 8;

/// One week of the trend; a week without a run is there with zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Week {
    /// Its first local day, days since 1970-01-01.
    pub first_day: i64,
    /// Metres, seconds, and metres of the longest run.
    pub distance: f64,
    pub duration: f64,
    pub longest: f64,
    pub runs: i64,
    pub training_load: f64,
}

/// What a person's page shows of their running.
#[derive(Debug, Clone)]
pub struct Record {
    /// The athlete's today, as days since 1970-01-01.
    pub today: i64,
    /// Oldest first, none left out; the last is the week still going on.
    pub weeks: Vec<Week>,
    pub recent: Vec<Activity>,
    /// The values that the viewer may see, the latest day first.
    pub fitness: Vec<FitnessValue>,
}

impl Record {
    /// The week still going on.
    pub fn this_week(&self) -> Week {
        self.weeks.last().copied().unwrap_or_default()
    }

    /// Mean of the four full weeks before this one: metres, and training load.
    pub fn four_week_average(&self) -> (f64, f64) {
        let full = self.weeks.iter().rev().skip(1).take(4);
        let (distance, load) =
            full.fold((0.0, 0.0), |(d, l), week| (d + week.distance, l + week.training_load));
        (distance / 4.0, load / 4.0)
    }

    /// The week with the longest run of the trend, if there is a run with a distance.
    pub fn longest_run(&self) -> Option<Week> {
        let longest = self.weeks.iter().copied().max_by(|a, b| a.longest.total_cmp(&b.longest))?;
        (longest.longest > 0.0).then_some(longest)
    }
}

/// An athlete as their coaches see them. `record` is `None` until the athlete has agreed.
#[derive(Debug, Clone)]
pub struct Overview {
    pub profile: Profile,
    pub record: Option<Record>,
}

/// A page of one person's activities.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Whose they are, for coaches; `None` on one's own list.
    pub profile: Option<Profile>,
    /// Newest first; `None` where the athlete has not agreed to be seen.
    pub activities: Option<Vec<Activity>>,
    /// Today of the person whose they are.
    pub today: i64,
}

impl App {
    /// A page of a person's activities, with the head of the page for coaches. `filter.since` is set here.
    pub async fn listed_activities(
        &self,
        viewer: &Viewer,
        user: UserId,
        filter: &Listed,
        limit: i64,
    ) -> Result<Listing> {
        let mut tx = self.db().read().await?;
        let (profile, data) = if user == viewer.user.id {
            (None, Some(access::data(&mut tx, viewer, user).await?))
        } else {
            let (profile, seen) = seen_profile(&mut tx, viewer, user).await?;
            (Some(profile), seen.coached_data().ok())
        };
        let activities = match data {
            Some(data) => {
                let filter = Listed { since: Some(data.since()), ..filter.clone() };
                Some(db::activities::page(&mut tx, user, &filter, limit).await?)
            }
            None => None,
        };
        let zone = profile.as_ref().map_or(viewer.zone(), |p| p.timezone.parse().unwrap_or(Tz::UTC));
        Ok(Listing { profile, activities, today: self.today(zone) })
    }

    fn today(&self, zone: Tz) -> i64 {
        calendar::local_day(DateTime::from_timestamp(self.now(), 0).unwrap_or_default(), zone)
    }

    /// The head of an athlete's page, for coaches: who it is, without what they ran.
    pub async fn athlete_profile(&self, viewer: &Viewer, user: UserId) -> Result<Profile> {
        let mut tx = self.db().read().await?;
        Ok(seen_profile(&mut tx, viewer, user).await?.0)
    }

    /// An athlete's page for coaches of their organization.
    pub async fn athlete_overview(&self, viewer: &Viewer, user: UserId) -> Result<Overview> {
        let mut tx = self.db().read().await?;
        let (profile, seen) = seen_profile(&mut tx, viewer, user).await?;
        let record = match seen.coached_data() {
            Ok(data) => {
                let zone = profile.timezone.parse().unwrap_or(chrono_tz::UTC);
                Some(self.record(&mut tx, viewer, data, zone).await?)
            }
            Err(_) => None,
        };
        Ok(Overview { profile, record })
    }

    /// The viewer's own page.
    pub async fn own_record(&self, viewer: &Viewer) -> Result<Record> {
        let mut tx = self.db().read().await?;
        let data = access::data(&mut tx, viewer, viewer.user.id).await?;
        self.record(&mut tx, viewer, data, viewer.zone()).await
    }

    async fn record(&self, tx: &mut Tx, viewer: &Viewer, data: SeenData, zone: Tz) -> Result<Record> {
        let today = self.today(zone);
        let first_weekday = viewer.membership.as_ref().map_or(1, |m| i64::from(m.first_weekday));
        let starts = calendar::weeks_back(today, first_weekday, TREND_WEEKS);
        let first_day = starts.first().copied().unwrap_or(today);
        let user = data.user_id();
        // A week ends seven days after its start; what is dated ahead of the athlete's today stays out.
        let sums = db::profile::weeks(tx, user, first_day, today + 1, data.since()).await?;
        let filter = db::activities::Filter { since: Some(data.since()), ..Default::default() };
        let recent = db::activities::page(tx, user, &filter, RECENT).await?;
        let fitness = self.seen_values(tx, data, zone).await?;
        let weeks = starts.iter().enumerate().map(|(index, start)| {
            let sum = sums.iter().find(|sum| usize::try_from(sum.week) == Ok(index));
            sum.map_or(Week { first_day: *start, ..Week::default() }, |sum| Week {
                first_day: *start,
                distance: sum.distance,
                duration: sum.duration,
                longest: sum.longest,
                runs: sum.runs,
                training_load: sum.training_load,
            })
        });
        Ok(Record { today, weeks: weeks.collect(), recent, fitness })
    }
}

/// The member and the proof that the viewer, a coach, may see them. Coaches have no athlete's page.
async fn seen_profile(tx: &mut Tx, viewer: &Viewer, user: UserId) -> Result<(Profile, SeenMember)> {
    let seen = access::member(tx, viewer, user).await?;
    let coach = seen.coach()?;
    let profile = db::profile::find(tx, coach.org_id(), user).await?.ok_or(Error::NotFound)?;
    if profile.role.is_coach() {
        return Err(Error::NotFound);
    }
    Ok((profile, seen))
}
