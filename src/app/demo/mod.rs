//! The demo club: people from a list, eighteen months of training that follow from each one's story, and
//! every figure computed from these rows by the same arithmetic as an import's.

mod athlete;
mod dice;
mod groups;
mod joining;
mod people;
mod recording;
mod season;
mod week;

use athlete::Training;

use super::admin::NewPerson;
use super::error::{Error, Result};
use super::{App, db, outings};
use crate::domain::ids::{FitnessId, NoteId, OrgId, UserId};
use crate::domain::person::{MemberStatus, Role, fold};

/// The club's name.
pub const CLUB: &str = "Lowfield Running Club";
/// Athletes in one transaction.
const TOGETHER: usize = 15;
const DAY: i64 = 86_400;

/// Who signs in, as it is shown to the person who made the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub role: Role,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// The people whose passwords are known: the head coach, a coach and an athlete. Everybody else's is random
/// and told to nobody.
pub fn sign_ins(mut password: impl FnMut() -> String) -> [SignIn; 3] {
    let mut person = |role, name: &str| SignIn {
        role,
        name: name.to_owned(),
        email: people::email(name),
        password: password(),
    };
    [
        person(Role::HeadCoach, people::COACHES[0].0),
        person(Role::Coach, people::COACHES[1].0),
        person(Role::Athlete, people::ATHLETES[0].name),
    ]
}

impl App {
    /// Fills an empty database with the club. Not in one transaction: the caller throws the database away
    /// when this fails.
    pub async fn make_demo(&self, sign_ins: &[SignIn; 3], secret: &str) -> Result<()> {
        let known = |name: &str| sign_ins.iter().find(|s| s.name == name).map(|s| s.password.as_str());
        let unknown = self.hash_password(secret).await?;
        let mut tx = self.db().write().await?;
        let org = OrgId::from_uuid(self.uuid());
        db::organizations::insert(&mut tx, org, CLUB, &fold(CLUB), 1, self.now() - 600 * DAY).await?;
        let mut coaches = Vec::new();
        for (index, (name, zone)) in people::COACHES.iter().enumerate() {
            let hash = match known(name) {
                Some(password) => self.hash_password(password).await?,
                None => unknown.clone(),
            };
            let role = if index == 0 { Role::HeadCoach } else { Role::Coach };
            coaches
                .push(self.insert_person(&mut tx, &new_person(name, zone), &hash, org, role).await?.user_id);
        }
        let mut ids = Vec::new();
        let mut joined = Vec::new();
        for (number, athlete) in people::ATHLETES.iter().enumerate() {
            let hash = match known(athlete.name) {
                Some(password) => self.hash_password(password).await?,
                None => unknown.clone(),
            };
            let person = new_person(athlete.name, athlete.zone);
            let id = self.insert_person(&mut tx, &person, &hash, org, Role::Athlete).await?.user_id;
            let since = self.describe(&mut tx, number, org, id, &coaches).await?;
            joined.push(since);
            ids.push(id);
        }
        groups::make(self, &mut tx, org, &coaches, &ids, &joined).await?;
        for (about, author, days, text) in people::NOTES {
            let id = NoteId::from_uuid(self.uuid());
            let at = self.now() - days * DAY - 3 * 3600;
            db::bulk::note(&mut tx, (id, org), (ids[about], coaches[author]), text, at).await?;
        }
        tx.commit().await?;
        self.train(&ids, coaches[0]).await?;
        groups::keep_report(self, coaches[1]).await?;
        joining::tell(self, org, &coaches, &ids, &joined).await?;
        joining::invite(self, org, &coaches).await
    }

    /// Everything the roster says of an athlete; returns since when they are in the club.
    async fn describe(
        &self,
        tx: &mut db::Tx,
        number: usize,
        org: OrgId,
        user: UserId,
        coaches: &[UserId],
    ) -> Result<i64> {
        let athlete = &people::ATHLETES[number];
        let level = match athlete.level {
            'b' => "Beginner",
            'i' => "Intermediate",
            'a' => "Advanced",
            _ => "Elite",
        };
        let status = match athlete.story {
            _ if number == people::SUSPENDED => MemberStatus::Suspended,
            people::Story::Stopped { .. } => MemberStatus::Inactive,
            _ => MemberStatus::Active,
        };
        let visible_from = (number != people::NOT_AGREED).then_some(0);
        let coach = athlete.coach.map(|index| coaches[index]);
        // Beginners came when they began, and the newest last week.
        let weeks = match athlete.story {
            people::Story::Beginner { since } => since,
            people::Story::New => 1,
            _ => season::WEEKS,
        };
        let joined_at = self.now() - (weeks * 7 + number as i64 % 5) * DAY;
        let member = db::bulk::Member { level, status, coach, visible_from, joined_at };
        db::bulk::set_member(tx, org, user, &member).await?;
        for label in athlete.labels {
            db::bulk::label(tx, org, user, label, &fold(label)).await?;
        }
        Ok(joined_at)
    }

    /// Fitness values and activities of everybody.
    async fn train(&self, ids: &[UserId], set_by: UserId) -> Result<()> {
        for (batch, users) in ids.chunks(TOGETHER).enumerate() {
            let numbered: Vec<(usize, UserId)> =
                users.iter().enumerate().map(|(index, user)| (batch * TOGETHER + index, *user)).collect();
            let app = self.clone();
            let trainings = tokio::task::spawn_blocking(move || app.trainings(&numbered)).await;
            let mut tx = self.db().write().await?;
            for (user, training) in trainings.map_err(Error::internal)? {
                for (kind, valid_from, value) in &training.fitness {
                    let new = db::fitness::FitnessValue {
                        id: FitnessId::from_uuid(self.uuid()),
                        user_id: user,
                        kind: *kind,
                        value: *value,
                        valid_from: *valid_from,
                        set_by,
                        // Not stored: it is read from the person.
                        set_by_name: String::new(),
                        created_at: valid_from * DAY + 12 * 3600,
                        is_from_before: false,
                    };
                    db::fitness::set(&mut tx, &new).await?;
                }
                db::bulk::activities(&mut tx, &training.activities).await?;
                for packed in &training.recordings {
                    let new = db::recordings::NewRecording {
                        activity_id: packed.activity_id,
                        user_id: user,
                        sha256: None,
                        sample_count: packed.sample_count,
                        is_cut_off: false,
                        laps: &packed.laps,
                        streams: &packed.streams,
                    };
                    db::recordings::insert(&mut tx, &new).await?;
                }
                for (id, start, elapsed) in &training.twins {
                    outings::link(&mut tx, user, *id, *start, *elapsed, self.now()).await?;
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// The rows of these athletes, worked out on all cores.
    fn trainings(&self, numbered: &[(usize, UserId)]) -> Vec<(UserId, Training)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let now = self.now();
        let one =
            |(number, user): &(usize, UserId)| (*user, Training::of(*number, now, *user, || self.uuid()));
        std::thread::scope(|scope| {
            let parts = numbered.chunks(numbered.len().div_ceil(cores).max(1));
            let threads: Vec<_> =
                parts.map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>())).collect();
            // A panic in there is a fault of this program, and goes on here.
            threads
                .into_iter()
                .flat_map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
                .collect()
        })
    }
}

fn new_person(name: &str, zone: &str) -> NewPerson {
    NewPerson {
        email: people::email(name),
        name: name.to_owned(),
        password: String::new(),
        timezone: zone.to_owned(),
    }
}
