//! What is done in one week of an athlete of the demo: each run in blocks of one effort. Pure.

use super::dice::Dice;
use super::people::{Athlete, Story};
use super::season::{Block, Session, WEEKS, vdot_at};
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::vdot::{self, TrainingPaces};

const MARATHON: f64 = 42.195;
const HALF: f64 = 21.0975;

fn race_week(story: Story, weeks: i64) -> Option<f64> {
    match story {
        Story::Marathon { in_weeks } if [-in_weeks, 39 - in_weeks].contains(&weeks) => Some(MARATHON),
        Story::Half { in_weeks } if [-in_weeks, 26 - in_weeks, 52 - in_weeks].contains(&weeks) => Some(HALF),
        _ => None,
    }
}

/// Days of the week (Monday is 0) with the kind of run and its share of the week.
fn template(runs: usize) -> &'static [(i64, SubType, f64)] {
    use SubType::{Easy, Interval, Long, Recovery, Tempo};
    match runs {
        0..=3 => &[(1, Interval, 0.28), (3, Easy, 0.28), (6, Long, 0.44)],
        4 => &[(1, Interval, 0.24), (3, Tempo, 0.23), (5, Easy, 0.17), (6, Long, 0.36)],
        5 => &[(1, Interval, 0.19), (2, Easy, 0.16), (3, Tempo, 0.20), (5, Easy, 0.13), (6, Long, 0.32)],
        6 => &[
            (0, Recovery, 0.11),
            (1, Interval, 0.18),
            (2, Easy, 0.15),
            (3, Tempo, 0.17),
            (5, Easy, 0.12),
            (6, Long, 0.27),
        ],
        _ => &[
            (0, Recovery, 0.11),
            (1, Interval, 0.15),
            (2, Easy, 0.14),
            (3, Tempo, 0.14),
            (4, Recovery, 0.10),
            (5, Easy, 0.12),
            (6, Long, 0.24),
        ],
    }
}

/// One week of one athlete.
pub struct Week<'a> {
    pub athlete: &'a Athlete,
    pub dice: &'a mut Dice,
    /// Training paces of the week's fitness.
    pub paces: TrainingPaces,
    /// Shifts what comes every few weeks, so that no two athletes look alike.
    pub phase: i64,
    /// Metres climbed for each kilometre, usually.
    pub climb: f64,
    /// Weeks ago.
    pub weeks: i64,
}

impl Week<'_> {
    /// The runs of the week that begins on `start`; `share` is its part of an ordinary week, `reliability`
    /// how often a run that was meant is done.
    pub fn runs(&mut self, start: i64, share: f64, reliability: f64) -> Vec<Session> {
        let km = self.athlete.week.0 * share * (1.0 + 0.06 * self.dice.noise());
        let race = race_week(self.athlete.story, self.weeks);
        let mut runs = Vec::new();
        for (weekday, kind, part) in template(self.athlete.week.1) {
            let is_race = *kind == SubType::Long && race.is_some();
            // The long run is the last that anybody gives up.
            let often = match (kind, self.athlete.story) {
                (_, Story::Spike) if self.weeks < 3 => 0.0,
                (SubType::Long, _) => 0.3,
                _ => 1.0,
            };
            if !is_race && self.dice.chance((1.0 - reliability) * often) {
                continue;
            }
            let km = (km * part * (1.0 + 0.09 * self.dice.noise())).max(2.4);
            let session = match race {
                Some(distance) if is_race => self.race(distance),
                // The day before a race is free.
                Some(_) if *weekday == 5 => continue,
                _ => self.run(self.kind(*kind, share), km),
            };
            let minute = self.minute(*weekday, session.sub_type);
            let title = match session.title.as_str() {
                "Easy before work" if minute > 9 * 60 => "Easy after work".to_owned(),
                "Easy after work" | "Lunch run" if minute < 9 * 60 => "Easy before work".to_owned(),
                "With the Saturday group" if *weekday != 5 => "Round the reservoir".to_owned(),
                _ => session.title,
            };
            runs.push(Session { day: start + weekday, minute, title, ..session });
        }
        runs
    }

    /// The kind of run for this slot in this week.
    fn kind(&self, slot: SubType, share: f64) -> SubType {
        let is_gentle =
            share < 0.6 && !matches!(self.athlete.story, Story::Marathon { .. } | Story::Half { .. });
        let turn = (self.weeks + self.phase).rem_euclid(6);
        match (slot, self.athlete.story) {
            (SubType::Interval | SubType::Tempo, Story::Beginner { .. }) => SubType::Easy,
            (SubType::Interval | SubType::Tempo, _) if is_gentle => SubType::Easy,
            (SubType::Interval, Story::Trail) => SubType::Hill,
            (SubType::Interval, _) if turn == 2 => SubType::Fartlek,
            (SubType::Interval, _) if turn == 5 => SubType::Hill,
            (SubType::Interval, _) if self.athlete.week.1 <= 3 => SubType::Fartlek,
            // A shorter race every six weeks for those without a great one.
            (SubType::Long, Story::Steady | Story::Cross) if turn == 4 && self.phase % 2 == 0 => {
                SubType::Race
            }
            _ => slot,
        }
    }

    fn minute(&mut self, weekday: i64, kind: SubType) -> i64 {
        let base = match kind {
            SubType::Race => 9 * 60,
            SubType::Long => 7 * 60 + 20,
            SubType::Interval if self.athlete.groups.contains('T') => 18 * 60 + 30,
            _ if (self.phase + weekday) % 3 == 0 => 6 * 60 + 10,
            _ if self.phase % 2 == 0 => 17 * 60 + 50,
            _ => 12 * 60 + 20,
        };
        base + (self.dice.between(0.0, 34.0)) as i64
    }

    fn block(&mut self, pace: f64, seconds: f64, reserve: f64) -> Block {
        let slope = match self.athlete.story {
            Story::Trail => 1.0 + self.climb * 0.0055,
            _ => 1.0 + self.climb * 0.002,
        };
        Block { seconds, speed: 1000.0 / (pace * slope), reserve }
    }

    fn easy_pace(&mut self, quickness: f64) -> f64 {
        let (slow, fast) = self.paces.easy;
        (slow + (fast - slow) * quickness) * (1.0 + 0.015 * self.dice.noise())
    }

    fn easy(&mut self, km: f64, quickness: f64) -> Block {
        let pace = self.easy_pace(quickness);
        let reserve = 0.655 + 0.12 * quickness + 0.012 * self.dice.noise();
        self.block(pace, km.max(0.4) * pace, reserve)
    }

    fn run(&mut self, kind: SubType, km: f64) -> Session {
        let (title, blocks): (String, Vec<Block>) = match kind {
            SubType::Recovery => ("Recovery jog".into(), vec![self.easy(km, -0.15)]),
            SubType::Long => {
                (self.dice.pick(LONG).into(), vec![self.easy(km * 0.6, 0.2), self.easy(km * 0.4, 0.4)])
            }
            SubType::Tempo => self.tempo(km),
            SubType::Interval => self.intervals(km),
            SubType::Fartlek => self.fartlek(km),
            SubType::Hill => self.hills(km),
            SubType::Race => {
                let distance = if self.athlete.labels.contains(&"5k") { 5.0 } else { 10.0 };
                return self.race(distance);
            }
            _ if matches!(self.athlete.story, Story::Beginner { .. }) => self.run_and_walk(km),
            _ => (self.dice.pick(EASY).into(), vec![self.easy(km * 0.5, 0.25), self.easy(km * 0.5, 0.4)]),
        };
        self.session(kind, title, blocks)
    }

    fn session(&mut self, kind: SubType, title: String, blocks: Vec<Block>) -> Session {
        let usual = match kind {
            SubType::Recovery => 2,
            SubType::Easy => 3,
            SubType::Long => 5,
            SubType::Fartlek => 6,
            SubType::Tempo | SubType::Hill => 7,
            SubType::Interval => 8,
            SubType::Race => 9,
            SubType::Other => 4,
        };
        let felt = usual + (self.dice.noise() * 0.9).round() as i64;
        let effort = self.dice.chance(0.8).then_some(felt.clamp(1, 10));
        let note = if self.dice.chance(0.12) { self.dice.pick(NOTES) } else { "" };
        let is_indoor = self.athlete.story == Story::Treadmill;
        let title = if is_indoor && kind == SubType::Easy { "Treadmill".into() } else { title };
        let climb = if is_indoor { 0.0 } else { self.climb * self.dice.between(0.75, 1.25) };
        let activity_type = ActivityType::Run;
        Session {
            activity_type,
            sub_type: kind,
            day: 0,
            minute: 0,
            title,
            blocks,
            climb,
            is_indoor,
            effort,
            note,
        }
    }

    fn tempo(&mut self, km: f64) -> (String, Vec<Block>) {
        let pace = self.paces.threshold * (1.0 + 0.012 * self.dice.noise());
        let hard = (km * 0.55 * pace).clamp(600.0, 2700.0);
        let rest = (km - hard / pace).max(1.6);
        let (reps, minutes) = match hard / 60.0 {
            m if m < 16.0 => (1, m.round()),
            m if m < 32.0 => (2, (m / 2.0).round()),
            m => (3, (m / 3.0).round()),
        };
        let mut blocks = vec![self.easy(rest * 0.55, 0.4)];
        for rep in 0..reps {
            if rep > 0 {
                blocks.push(self.jog(120.0));
            }
            let reserve = 0.85 + 0.01 * f64::from(rep);
            blocks.push(self.block(pace, minutes * 60.0, reserve));
        }
        blocks.push(self.easy(rest * 0.45, 0.25));
        let title = if reps == 1 {
            format!("{minutes:.0} min at threshold")
        } else {
            format!("{reps} × {minutes:.0} min")
        };
        (title, blocks)
    }

    fn intervals(&mut self, km: f64) -> (String, Vec<Block>) {
        let metres = if self.athlete.labels.contains(&"5k") {
            self.dice.pick(&[400.0, 400.0, 600.0, 800.0])
        } else {
            self.dice.pick(&[600.0, 800.0, 1000.0, 1000.0, 1200.0])
        };
        let pace = if metres < 500.0 { self.paces.repetition * 1.02 } else { self.paces.interval };
        let reps = (km * 0.45 * 1000.0 / metres).round().clamp(4.0, 12.0) as usize;
        let rest = (km - reps as f64 * metres / 1000.0 * 1.35).max(2.0);
        let mut blocks = vec![self.easy(rest * 0.6, 0.4)];
        for rep in 0..reps {
            let pace = pace * (1.0 + 0.012 * self.dice.noise());
            let reserve = 0.90 + 0.04 * rep as f64 / reps as f64;
            blocks.push(self.block(pace, metres / 1000.0 * pace, reserve));
            if rep + 1 < reps {
                blocks.push(self.jog(metres / 1000.0 * pace * 0.6));
            }
        }
        blocks.push(self.easy(rest * 0.4, 0.2));
        let title = if metres < 1000.0 {
            format!("{reps} × {metres:.0} m")
        } else {
            format!("{reps} × {} km", metres / 1000.0)
        };
        (title, blocks)
    }

    fn fartlek(&mut self, km: f64) -> (String, Vec<Block>) {
        let mut blocks = vec![self.easy(km * 0.3, 0.4)];
        let minutes = [3.0, 2.0, 1.0, 3.0, 2.0, 1.0];
        for fast in minutes {
            blocks.push(self.block(self.paces.interval * 1.01, fast * 60.0, 0.88));
            blocks.push(self.jog(fast * 50.0));
        }
        blocks.push(self.easy(km * 0.2, 0.3));
        ("Fartlek 3, 2, 1".into(), blocks)
    }

    fn hills(&mut self, km: f64) -> (String, Vec<Block>) {
        let reps = (km * 0.7).round().clamp(5.0, 10.0) as usize;
        let mut blocks = vec![self.easy(km * 0.4, 0.35)];
        for _ in 0..reps {
            blocks.push(self.block(self.paces.interval * 1.18, 75.0, 0.89));
            blocks.push(self.jog(105.0));
        }
        blocks.push(self.easy(km * 0.3, 0.25));
        (format!("{reps} × 75 s uphill"), blocks)
    }

    fn run_and_walk(&mut self, km: f64) -> (String, Vec<Block>) {
        let turns = (km * 1.6).round().clamp(3.0, 8.0);
        let mut blocks = Vec::new();
        for _ in 0..turns as usize {
            blocks.push(self.easy(km / turns * 0.8, 0.3));
            blocks.push(self.block(640.0, km / turns * 0.2 * 640.0, 0.46));
        }
        (
            self.dice
                .pick(&["Run and walk", "Round the park", "With the First Steps group", "Run and walk"])
                .into(),
            blocks,
        )
    }

    fn race(&mut self, km: f64) -> Session {
        let vdot = vdot_at(self.athlete, self.weeks as f64);
        let seconds =
            vdot::predict(vdot, km * 1000.0).unwrap_or(km * 300.0) * (1.0 + 0.01 * self.dice.noise());
        let pace = seconds / km;
        let reserve = if km > 30.0 {
            0.84
        } else if km > 15.0 {
            0.88
        } else {
            0.93
        };
        let blocks = (0..4)
            .map(|quarter| {
                let pace = pace * (1.0 + 0.006 * (f64::from(quarter) - 1.5));
                Block {
                    seconds: km / 4.0 * pace,
                    speed: 1000.0 / pace,
                    reserve: reserve + 0.01 * f64::from(quarter),
                }
            })
            .collect();
        let title = match km {
            k if k > 30.0 => "Marathon",
            k if k > 15.0 => "Half marathon",
            k if k > 7.0 => "Lowfield 10",
            _ => "Saturday five",
        };
        Session {
            effort: Some(if km > 15.0 { 10 } else { 9 }),
            ..self.session(SubType::Race, title.into(), blocks)
        }
    }

    fn jog(&mut self, seconds: f64) -> Block {
        let pace = self.paces.easy.0 * 1.12;
        self.block(pace, seconds, 0.68)
    }

    /// Rides, swims, strength, hikes and walks, as the story has them.
    pub fn other_sports(&mut self, start: i64, share: f64) -> Vec<Session> {
        use ActivityType::{Bike, Hike, Strength, Swim, Walk};
        let is_hurt =
            matches!(self.athlete.story, Story::Gap { .. }) && share == 0.0 && self.weeks < WEEKS - 1;
        let plan: &[(i64, ActivityType, f64, f64)] = match self.athlete.story {
            Story::Cross => {
                &[(0, Swim, 45.0, 1.0), (2, Bike, 75.0, 1.0), (4, Strength, 40.0, 0.9), (5, Bike, 150.0, 0.7)]
            }
            Story::Trail => &[(4, Strength, 35.0, 0.4), (5, Hike, 170.0, 0.18)],
            Story::Gap { .. } if is_hurt => {
                &[(1, Bike, 50.0, 0.55), (3, Strength, 35.0, 0.6), (5, Swim, 35.0, 0.4)]
            }
            Story::Beginner { .. } if share > 0.0 => &[(5, Walk, 50.0, 0.4)],
            Story::Marathon { .. } | Story::Half { .. } => &[(4, Strength, 30.0, 0.35)],
            _ => &[],
        };
        let mut sessions = Vec::new();
        for (weekday, kind, minutes, often) in plan {
            if !self.dice.chance(*often) {
                continue;
            }
            let seconds = minutes * 60.0 * (1.0 + 0.12 * self.dice.noise());
            let (title, speed, reserve, climb) = match kind {
                Bike => ("Ride", 7.8, 0.56, 7.0),
                Swim => ("Swim", 0.82, 0.55, 0.0),
                Hike => ("Hill walk", 1.15, 0.45, 60.0),
                Walk => ("Walk", 1.45, 0.35, 4.0),
                _ => ("Strength", 0.0, 0.35, 0.0),
            };
            sessions.push(Session {
                activity_type: *kind,
                sub_type: SubType::Other,
                day: start + weekday,
                minute: 17 * 60 + 15,
                title: title.into(),
                blocks: vec![Block { seconds, speed: speed * (1.0 + 0.05 * self.dice.noise()), reserve }],
                climb,
                is_indoor: matches!(kind, Strength | Swim),
                effort: self.dice.chance(0.7).then_some(4),
                note: "",
            });
        }
        sessions
    }
}

const EASY: &[&str] = &[
    "Easy before work",
    "Canal loop",
    "Round the reservoir",
    "Easy with strides",
    "Along the river",
    "Park and back",
    "Lunch run",
    "Easy after work",
    "With the Saturday group",
];
const LONG: &[&str] = &[
    "Long run",
    "Reservoir and back",
    "Sunday long run",
    "Long, last part quicker",
    "Out to the coast path",
];
const NOTES: &[&str] = &[
    "Legs heavy after.",
    "Felt controlled throughout.",
    "Windy on the way back.",
    "Last rep was the best one.",
    "Slept badly, kept it short of hard.",
    "New shoes, all good.",
    "Hot. Heart rate high for the pace.",
    "Good company.",
    "Stopped twice to retie a lace.",
];
