//! What is sane for a recording. Everything beyond is refused or left out, never followed.

/// Bytes of one file, packed or unpacked.
pub const MAX_FILE: usize = 50 * 1024 * 1024;
/// Unpacked bytes for each packed byte; real recordings stay below 40.
pub const MAX_RATIO: u64 = 200;
/// Below this size a high ratio does no harm and is not looked at.
pub const RATIO_FLOOR: u64 = 1024 * 1024;
/// Points of one file: 55 hours at one point a second.
pub const MAX_POINTS: usize = 200_000;
pub const MAX_LAPS: usize = 10_000;
/// Metres of one activity.
pub const MAX_DISTANCE: f64 = 500_000.0;
/// Seconds of one activity: a week.
pub const MAX_DURATION: f64 = 604_800.0;
/// 1990-01-01 and 2100-01-01 in Unix seconds. That a start is not in the future is for the caller to
/// check, who has a clock.
pub const EARLIEST: f64 = 631_152_000.0;
pub const LATEST: f64 = 4_102_444_800.0;

/// Whether an instant in Unix seconds can be when somebody recorded something.
pub fn is_plausible_time(time: f64) -> bool {
    (EARLIEST..LATEST).contains(&time)
}

pub fn too_many_points() -> super::Refusal {
    super::Refusal::TooLarge("The file has more than 200,000 points, too many for one activity.".into())
}
