//! What an athlete of the demo did in eighteen months: sessions that follow from their story. Pure.

use super::dice::Dice;
use super::people::{Athlete, Story};
use super::week::Week;
use crate::domain::activity::{ActivityType, SubType};
use crate::domain::calendar::week_start;
use crate::domain::vdot;

/// Weeks of history.
pub const WEEKS: i64 = 78;

/// A stretch at one effort.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub seconds: f64,
    /// Metres per second on level ground.
    pub speed: f64,
    /// Part of the heart rate reserve in use.
    pub reserve: f64,
}

/// One thing done.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    /// Local day and minute of the day.
    pub day: i64,
    pub minute: i64,
    pub title: String,
    pub blocks: Vec<Block>,
    /// Metres climbed for each kilometre.
    pub climb: f64,
    pub is_indoor: bool,
    pub effort: Option<i64>,
    pub note: &'static str,
}

impl Session {
    /// Seconds.
    pub fn seconds(&self) -> f64 {
        self.blocks.iter().map(|b| b.seconds).sum()
    }

    /// Metres.
    pub fn metres(&self) -> f64 {
        self.blocks.iter().map(|b| b.seconds * b.speed).sum()
    }

    /// Mean part of the heart rate reserve.
    pub fn reserve(&self) -> f64 {
        self.blocks.iter().map(|b| b.seconds * b.reserve).sum::<f64>() / self.seconds()
    }
}

/// VDOT on a day `weeks` weeks ago: a line from then to now, lower for a while after a long break.
pub fn vdot_at(athlete: &Athlete, weeks: f64) -> f64 {
    let (then, now) = athlete.vdot;
    let line = then + (now - then) * (1.0 - weeks / WEEKS as f64);
    match athlete.story {
        Story::Gap { from, to } if weeks < from as f64 => {
            let back = (to as f64 - weeks).max(0.0);
            let lost = ((from - to) as f64 * 0.22).min(5.0);
            line - (lost - back * 0.35).max(0.0)
        }
        _ => line,
    }
}

/// What part of an ordinary week was run `weeks` weeks ago, without its noise.
fn volume(story: Story, weeks: i64, phase: i64) -> f64 {
    let season = 1.0 + 0.08 * ((weeks + 3 * phase) as f64 / 26.0 * std::f64::consts::TAU).sin();
    let cutback = if (weeks + phase).rem_euclid(4) == 0 { 0.78 } else { 1.0 };
    match story {
        Story::New => 0.0,
        // No cutback and no rest: that is what went wrong.
        Story::Spike if weeks < 3 => 1.0,
        Story::Gap { from, to } if (to..from).contains(&weeks) => 0.0,
        Story::Gap { to, .. } if weeks < to => (0.28 + 0.09 * (to - 1 - weeks) as f64).min(1.0),
        Story::Stopped { since } if weeks < since => 0.0,
        Story::Stopped { since } if weeks < since + 3 => 0.5,
        Story::Beginner { since } if weeks >= since => 0.0,
        Story::Beginner { since } => 0.4 + 0.6 * ((since - 1 - weeks) as f64 / 14.0).min(1.0),
        Story::Marathon { in_weeks } => race_block(weeks, &[-in_weeks, 39 - in_weeks], season * cutback),
        Story::Half { in_weeks } => {
            race_block(weeks, &[-in_weeks, 26 - in_weeks, 52 - in_weeks], season * cutback)
        }
        _ => season * cutback,
    }
}

/// Base, build, peak, taper, race, recovery. `races` are weeks ago, below zero for those to come.
fn race_block(weeks: i64, races: &[i64], otherwise: f64) -> f64 {
    let before = races.iter().map(|race| weeks - race).find(|before| (-3..=18).contains(before));
    match before {
        Some(-3) => 0.6,
        Some(-2) => 0.42,
        Some(-1) => 0.22,
        Some(0) => 0.4,
        Some(1) => 0.55,
        Some(2) => 0.76,
        Some(3..=5) => 1.12,
        Some(6..=12) => 0.72 + 0.28 * otherwise,
        Some(_) => 0.85 * otherwise,
        None => 0.78 * otherwise,
    }
}

/// Everything this athlete did or will have done by the end of `today`, oldest first. `number` is the athlete's place in the
/// club: it shifts cutback weeks and the hour of the day, so that no two look alike.
pub fn season(athlete: &Athlete, number: usize, today: i64) -> Vec<Session> {
    let mut dice = Dice::new(0x4861_7272_6965_7200 + number as u64);
    let phase = number as i64 % 7;
    let monday = week_start(today, 1);
    let reliability = dice.between(0.86, 0.97);
    let climb = match athlete.story {
        Story::Trail => dice.between(24.0, 42.0),
        _ => dice.between(3.0, 11.0),
    };
    let mut sessions = Vec::new();
    for weeks in (0..WEEKS).rev() {
        let start = monday - 7 * weeks;
        let share = volume(athlete.story, weeks, phase);
        let paces = vdot::training_paces(vdot_at(athlete, weeks as f64).max(24.0));
        let Some(paces) = paces else { continue };
        let mut week = Week { athlete, dice: &mut dice, paces, phase, climb, weeks };
        let mut done = week.other_sports(start, share);
        if share > 0.0 {
            done.extend(week.runs(start, share, reliability));
        }
        done.sort_by_key(|s| (s.day, s.minute));
        sessions.extend(done);
    }
    let last = match athlete.story {
        Story::Silent { days } => today - days,
        _ => today,
    };
    sessions.retain(|s| s.day <= last);
    if athlete.story == Story::Spike {
        for session in sessions.iter_mut().filter(|s| s.day > today - 14) {
            for block in &mut session.blocks {
                block.seconds *= 1.6;
            }
        }
    }
    sessions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::demo::people::ATHLETES;

    const TODAY: i64 = 20_775;

    fn named(name: &str) -> (usize, &'static Athlete) {
        ATHLETES.iter().enumerate().find(|(_, a)| a.name == name).expect("in the club")
    }

    fn km(sessions: &[Session], days: std::ops::Range<i64>) -> f64 {
        let runs = sessions.iter().filter(|s| s.activity_type == ActivityType::Run && days.contains(&s.day));
        runs.map(Session::metres).sum::<f64>() / 1000.0
    }

    fn of(name: &str) -> Vec<Session> {
        let (number, athlete) = named(name);
        season(athlete, number, TODAY)
    }

    #[test]
    fn patterns_are_what_their_names_say() {
        let spike = of("Naledi Mokoena");
        let usual = km(&spike, TODAY - 70..TODAY - 14) / 4.0;
        let now = km(&spike, TODAY - 14..TODAY);
        assert!(now > 1.3 * usual, "{now} km against {usual}");
        let silent = of("Oluwaseun Adeyemi");
        assert!(silent.iter().all(|s| s.day <= TODAY - 12) && silent.len() > 200);
        let hurt = of("Amara Diallo");
        assert_eq!(km(&hurt, TODAY - 21 * 7..TODAY - 8 * 7), 0.0);
        assert!(km(&hurt, TODAY - 14..TODAY) > 5.0);
        let taper = of("Lucía Herrera");
        let monday = week_start(TODAY, 1);
        assert!(km(&taper, monday - 7..monday) < 0.85 * km(&taper, monday - 28..monday - 7) / 3.0);
        let trail = of("Eilidh Campbell");
        assert!(trail.iter().filter(|s| s.activity_type == ActivityType::Run).all(|s| s.climb > 15.0));
        assert!(of("Arjun Malhotra").is_empty());
        assert!(of("Marie-Ève Tremblay").iter().any(|s| s.activity_type == ActivityType::Swim));
        assert!(
            of("Zainab Al-Rashid")
                .iter()
                .filter(|s| s.activity_type == ActivityType::Run)
                .all(|s| s.is_indoor)
        );
    }

    #[test]
    fn the_same_day_gives_the_same_club() {
        for (number, athlete) in ATHLETES.iter().enumerate() {
            let sessions = season(athlete, number, TODAY);
            assert_eq!(sessions, season(athlete, number, TODAY));
            for session in &sessions {
                let pace = session.seconds() / session.metres() * 1000.0;
                assert!(
                    session.activity_type != ActivityType::Run || (150.0..660.0).contains(&pace),
                    "{session:?}"
                );
                assert!((0.3..1.0).contains(&session.reserve()), "{session:?}");
                assert!(session.seconds() < 6.0 * 3600.0, "{session:?}");
            }
        }
    }
}
