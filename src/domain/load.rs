//! Training load: one scale for everything, where 100 is one hour at threshold.
//!
//! The best evidence that an activity carries decides (`reference/metrics.md`, section 14): graded pace,
//! heart rate, perceived effort, and at last an estimate. Sources: rTSS after McGregor and Fitzgerald, *The
//! Runner's Edge*, 2010; TRIMP after Banister 1991 and Morton, Fitz-Clarke and Banister 1990; session effort
//! after Foster 2001; points after Daniels, as the fourth power of the fraction of VO2max.
//!
//! Where the definition leaves room:
//! - An activity without a duration above zero has no load.
//! - Streams are evidence only where they cover four fifths of the duration (a device may give out); hours
//!   are then those of the streams for pace, and of the activity for heart rate.
//! - A stream of distance without altitude counts as level ground, still as `pace`.
//! - The relative intensity of pace is held to 1.5, so a broken distance cannot make a record.
//! - Heart rate needs resting and maximum heart rate. Where the threshold is not known it is taken as 92 %
//!   of the maximum, which Daniels pairs with the 88 % of VDOT that is threshold pace here.

use std::cell::OnceCell;

use super::activity::{ActivityType, LoadMethod, SubType};
pub use super::fitness::Fitness;
use super::grade::{GradeModel, Graded, graded};
use super::recording::Streams;
use super::series::{is_heart_rate, timer_times};
use super::vdot;

/// Stored with every value. It rises when a formula changes; old values keep theirs.
pub const FORMULA_VERSION: i64 = 1;
/// Load of an hour of which nothing is known.
const UNKNOWN_HOUR: f64 = 60.0;
/// The part of the duration that a stream must cover.
const COVERAGE: f64 = 0.8;
/// Relative intensities are held to this.
const HARDEST: f64 = 1.5;
/// Threshold heart rate as a part of the maximum, where it is not known.
const THRESHOLD_OF_MAX: f64 = 0.92;
/// A heart rate holds for at most this many seconds after the sample before it.
const LONGEST_GAP: f64 = 30.0;

/// What an activity tells about how hard it was.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    pub activity_type: ActivityType,
    pub sub_type: SubType,
    /// Seconds with the timer running.
    pub duration: f64,
    /// Metres.
    pub distance: Option<f64>,
    /// Beats per minute.
    pub average_heart_rate: Option<f64>,
    /// How hard it felt, 1 to 10 (CR-10).
    pub effort: Option<f64>,
    pub streams: Option<&'a Streams>,
}

/// A training load and what it was computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// 100 is one hour at threshold.
    pub value: f64,
    pub method: LoadMethod,
}

/// Daniels points of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VdotLoad {
    pub value: f64,
    /// Computed from an average or from the kind of session, not second by second.
    pub is_estimate: bool,
}

/// The training load of an activity, from the best evidence. None without a duration.
pub fn training_load(evidence: &Evidence, fitness: &Fitness) -> Option<Load> {
    load_of(evidence, fitness, &Run::new(evidence))
}

/// Both loads of an activity. Graded speed, the dear part, is computed once for the two.
pub fn loads(evidence: &Evidence, fitness: &Fitness) -> (Option<Load>, Option<VdotLoad>) {
    let run = Run::new(evidence);
    (load_of(evidence, fitness, &run), vdot_load_of(evidence, fitness, &run))
}

/// Graded speed of an activity, computed when somebody asks first.
struct Run<'a>(&'a Evidence<'a>, OnceCell<Option<Graded>>);

impl<'a> Run<'a> {
    fn new(evidence: &'a Evidence<'a>) -> Self {
        Self(evidence, OnceCell::new())
    }

    fn graded(&self) -> Option<&Graded> {
        self.1.get_or_init(|| graded_run(self.0)).as_ref()
    }
}

fn load_of(evidence: &Evidence, fitness: &Fitness, run: &Run) -> Option<Load> {
    if !is_positive(evidence.duration) {
        return None;
    }
    let methods = [
        (LoadMethod::Pace, pace_load(run, fitness)),
        (LoadMethod::HeartRate, heart_rate_load(evidence, fitness)),
        (LoadMethod::Effort, effort_load(evidence)),
        (LoadMethod::Estimate, Some(estimated_load(evidence, fitness))),
    ];
    let best = methods.into_iter().find_map(|(method, value)| Some((method, value?)));
    best.map(|(method, value)| Load { value, method })
}

/// The VDOT load of a run: points per minute are the fourth power of the fraction of VDOT, second by second,
/// on graded speed. Without streams the average speed serves, and without VDOT or distance the points of the
/// session's zone; both are estimates. None for other sports and without a duration.
pub fn vdot_load(evidence: &Evidence, fitness: &Fitness) -> Option<VdotLoad> {
    vdot_load_of(evidence, fitness, &Run::new(evidence))
}

fn vdot_load_of(evidence: &Evidence, fitness: &Fitness, run: &Run) -> Option<VdotLoad> {
    if evidence.activity_type != ActivityType::Run || !is_positive(evidence.duration) {
        return None;
    }
    let minutes = evidence.duration / 60.0;
    let known = fitness.vdot.filter(|value| vdot::VDOT_RANGE.contains(value));
    if let (Some(vdot), Some(run)) = (known, known.and_then(|_| run.graded())) {
        let value = run.speeds.iter().map(|speed| points_per_minute(*speed, vdot)).sum::<f64>() / 60.0;
        return Some(VdotLoad { value, is_estimate: false });
    }
    let per_minute = match (known, average_speed(evidence)) {
        (Some(vdot), Some(speed)) => points_per_minute(speed, vdot),
        _ => zone_points(evidence.sub_type, evidence.distance),
    };
    Some(VdotLoad { value: per_minute * minutes, is_estimate: true })
}

/// rTSS: hours × intensity² × 100, where intensity is a ratio of speeds (never of paces).
pub fn rtss(seconds: f64, intensity: f64) -> f64 {
    seconds / 3600.0 * intensity * intensity * 100.0
}

/// The speed in m/s that can be held for about an hour: the threshold pace as set, else that of VDOT.
pub fn threshold_speed(fitness: &Fitness) -> Option<f64> {
    let set = fitness.threshold_pace.filter(|pace| is_positive(*pace)).map(|pace| 1000.0 / pace);
    let known = fitness.vdot.filter(|value| vdot::VDOT_RANGE.contains(value));
    set.or(known.map(|vdot| vdot::speed_at(vdot, vdot::THRESHOLD) / 60.0))
}

/// TRIMP of one minute at a fraction of the heart rate reserve, with the pair of constants that Banister
/// gives for men (0.64 and 1.92).
///
/// One pair serves everybody: the load is a ratio of two TRIMPs of the same person, and Harrier asks nobody
/// for their sex.
pub fn trimp_per_minute_male_pair(reserve: f64) -> f64 {
    let reserve = reserve.clamp(0.0, 1.0);
    reserve * 0.64 * (1.92 * reserve).exp()
}

/// Daniels points per minute at a speed in m/s: the fraction of VDOT, held to 1.5, to the fourth power.
pub fn points_per_minute(speed: f64, vdot: f64) -> f64 {
    (vdot::oxygen_cost(speed * 60.0) / vdot).clamp(0.0, HARDEST).powi(4)
}

fn pace_load(run: &Run, fitness: &Fitness) -> Option<f64> {
    let threshold = threshold_speed(fitness)?;
    let run = run.graded()?;
    Some(rtss(run.timer, (run.weighted() / threshold).min(HARDEST)))
}

fn heart_rate_load(evidence: &Evidence, fitness: &Fitness) -> Option<f64> {
    let (resting, max) = (fitness.resting_hr?, fitness.max_hr?);
    let threshold = fitness.threshold_hr.unwrap_or(max * THRESHOLD_OF_MAX);
    if !(resting > 0.0 && threshold > resting && max >= threshold) {
        return None;
    }
    let reserve = |rate: f64| (rate - resting) / (max - resting);
    let hour = 60.0 * trimp_per_minute_male_pair(reserve(threshold));
    let summed = evidence.streams.and_then(|streams| {
        sampled_trimp(streams, evidence.duration, |rate| trimp_per_minute_male_pair(reserve(rate)))
    });
    let averaged = || {
        let rate = evidence.average_heart_rate.filter(|rate| is_heart_rate(*rate as f32))?;
        Some(evidence.duration / 60.0 * trimp_per_minute_male_pair(reserve(rate)))
    };
    Some(summed.or_else(averaged)? / hour * 100.0)
}

/// TRIMP summed over the samples and stretched to the whole duration; none where they cover too little.
fn sampled_trimp(streams: &Streams, duration: f64, per_minute: impl Fn(f64) -> f64) -> Option<f64> {
    let times = timer_times(streams);
    let (mut trimp, mut covered) = (0.0, 0.0);
    for (step, rate) in times.windows(2).zip(streams.heart_rate.iter().skip(1)) {
        let seconds = step[1] - step[0];
        if is_heart_rate(*rate) && seconds <= LONGEST_GAP {
            trimp += seconds / 60.0 * per_minute(f64::from(*rate));
            covered += seconds;
        }
    }
    (covered >= COVERAGE * duration).then(|| trimp * duration / covered)
}

/// Effort × minutes (Foster), where 7 for an hour is 100.
fn effort_load(evidence: &Evidence) -> Option<f64> {
    let effort = evidence.effort.filter(|effort| (1.0..=10.0).contains(effort))?;
    Some(effort * evidence.duration / 60.0 * 100.0 / 420.0)
}

fn estimated_load(evidence: &Evidence, fitness: &Fitness) -> f64 {
    let speed = average_speed(evidence).filter(|_| evidence.activity_type.is_on_foot());
    match (speed, threshold_speed(fitness)) {
        (Some(speed), Some(threshold)) => rtss(evidence.duration, (speed / threshold).min(HARDEST)),
        _ => UNKNOWN_HOUR * evidence.duration / 3600.0,
    }
}

/// Graded speed of an activity on foot whose streams cover enough of it.
fn graded_run(evidence: &Evidence) -> Option<Graded> {
    if !evidence.activity_type.is_on_foot() {
        return None;
    }
    let run = graded(evidence.streams?, GradeModel::Empirical)?;
    (run.timer >= COVERAGE * evidence.duration).then_some(run)
}

fn average_speed(evidence: &Evidence) -> Option<f64> {
    evidence.distance.filter(|metres| is_positive(*metres)).map(|metres| metres / evidence.duration)
}

/// Points per minute of the zone in which a session is mostly run: easy 0.2, marathon 0.4, threshold 0.6,
/// 10 km pace 0.8, interval 1.0, repetition 1.5. Races go by their distance in metres.
fn zone_points(sub_type: SubType, distance: Option<f64>) -> f64 {
    match (sub_type, distance.filter(|metres| is_positive(*metres))) {
        (SubType::Tempo, _) | (SubType::Race, None) => 0.6,
        (SubType::Interval, _) => 1.0,
        (SubType::Race, Some(metres)) => match metres {
            ..2_500.0 => 1.5,
            2_500.0..7_500.0 => 1.0,
            7_500.0..12_500.0 => 0.8,
            12_500.0..30_000.0 => 0.6,
            _ => 0.4,
        },
        _ => 0.2,
    }
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
