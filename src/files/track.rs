//! The points of a recording, whatever the format: put in order, cleaned, measured.

use crate::domain::recording::Streams;

use super::limits;

/// One point as a file states it. `NaN` stands for what it does not state.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Unix seconds.
    pub time: f64,
    /// Degrees.
    pub latitude: f64,
    pub longitude: f64,
    /// Metres since the start.
    pub distance: f64,
    pub altitude: f32,
    pub speed: f32,
    pub heart_rate: f32,
    pub cadence: f32,
    pub power: f32,
    pub temperature: f32,
    /// Whether the file begins a new stretch here (a GPX segment, a second TCX track in a lap).
    pub follows_break: bool,
}

impl Point {
    /// A point of which nothing but the instant is known, in Unix seconds.
    pub fn at(time: f64) -> Self {
        Self {
            time,
            latitude: f64::NAN,
            longitude: f64::NAN,
            distance: f64::NAN,
            altitude: f32::NAN,
            speed: f32::NAN,
            heart_rate: f32::NAN,
            cadence: f32::NAN,
            power: f32::NAN,
            temperature: f32::NAN,
            follows_break: false,
        }
    }

    pub fn has_position(&self) -> bool {
        !self.latitude.is_nan()
    }

    /// Takes out what no sensor can have measured. Latitude and longitude both 0 is how some devices write
    /// "no satellite yet"; a heart rate of 0 is how most write "no strap".
    fn clean(&mut self) {
        let is_on_earth =
            (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude);
        if !is_on_earth || (self.latitude == 0.0 && self.longitude == 0.0) {
            self.latitude = f64::NAN;
            self.longitude = f64::NAN;
        }
        if !(0.0..=limits::MAX_DISTANCE).contains(&self.distance) {
            self.distance = f64::NAN;
        }
        keep_within(&mut self.altitude, -1_000.0, 10_000.0);
        keep_within(&mut self.speed, 0.0, 60.0);
        keep_within(&mut self.heart_rate, 1.0, 250.0);
        keep_within(&mut self.cadence, 0.0, 300.0);
        keep_within(&mut self.power, 0.0, 5_000.0);
        keep_within(&mut self.temperature, -60.0, 80.0);
    }

    /// Adds what a second point of the same instant states.
    fn overlay(&mut self, later: &Point) {
        if later.has_position() {
            (self.latitude, self.longitude) = (later.latitude, later.longitude);
        }
        if !later.distance.is_nan() {
            self.distance = later.distance;
        }
        for (mine, theirs) in [
            (&mut self.altitude, later.altitude),
            (&mut self.speed, later.speed),
            (&mut self.heart_rate, later.heart_rate),
            (&mut self.cadence, later.cadence),
            (&mut self.power, later.power),
            (&mut self.temperature, later.temperature),
        ] {
            if !theirs.is_nan() {
                *mine = theirs;
            }
        }
    }
}

fn keep_within(value: &mut f32, low: f32, high: f32) {
    if !(low..=high).contains(value) {
        *value = f32::NAN;
    }
}

/// Puts points in order of time, drops what cannot be, makes one point of each instant and sees to a
/// distance that never falls, from the positions where the file states none. Says in `warnings` what it
/// mended.
pub fn tidy(points: &mut Vec<Point>, warnings: &mut Vec<String>) {
    let stated = points.len();
    points.retain(|point| limits::is_plausible_time(point.time));
    for point in points.iter_mut() {
        point.clean();
    }
    order(points);
    drop_strays(points);
    if points.len() < stated {
        warnings.push(format!("{} points with impossible times were left out.", stated - points.len()));
    }
    if !points.iter().any(|point| point.distance > 0.0) {
        measure(points);
    }
    points.dedup_by(|later, kept| {
        let is_same = later.time == kept.time && !later.follows_break;
        if is_same {
            kept.overlay(later);
        }
        is_same
    });
    let mut highest = 0.0f64;
    for point in points.iter_mut().filter(|point| !point.distance.is_nan()) {
        highest = highest.max(point.distance);
        point.distance = highest;
    }
}

/// A few points that jump back in time are a clock being set: they go. Where many do, the stretches are in
/// the wrong order, and sorting (stable, so that equal instants stay as they are) mends it.
fn order(points: &mut Vec<Point>) {
    let mut latest = f64::MIN;
    let backward = points
        .iter()
        .filter(|point| {
            let falls = point.time < latest;
            latest = latest.max(point.time);
            falls
        })
        .count();
    if backward == 0 {
        return;
    }
    if backward * 10 > points.len() {
        points.sort_by(|a, b| a.time.total_cmp(&b.time));
    } else {
        let mut latest = f64::MIN;
        points.retain(|point| {
            let rises = point.time >= latest;
            latest = latest.max(point.time);
            rises
        });
    }
}

/// Cuts off a few points at either end that lie more than a day from the rest: the clock was not set yet,
/// or somebody forgot the watch in a drawer.
fn drop_strays(points: &mut Vec<Point>) {
    const DAY: f64 = 86_400.0;
    let few = (points.len() / 100).max(3);
    if points.len() < 2 * few {
        return;
    }
    if let Some(cut) = (1..=few).find(|&i| points[i].time - points[i - 1].time > DAY) {
        points.drain(..cut);
    }
    let end = points.len();
    if let Some(cut) =
        (end.saturating_sub(few).max(1)..end).find(|&i| points[i].time - points[i - 1].time > DAY)
    {
        points.truncate(cut);
    }
}

/// Fills the distance from the positions. What lies between two stretches does not count.
fn measure(points: &mut [Point]) {
    if !points.iter().any(Point::has_position) {
        return;
    }
    let mut sum = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for point in points {
        if point.follows_break {
            last = None;
        }
        if point.has_position() {
            let here = (point.latitude, point.longitude);
            sum += last.map_or(0.0, |there| haversine(there, here));
            last = Some(here);
        }
        point.distance = sum;
    }
}

/// The great-circle distance in metres between two positions in degrees, by the haversine formula on a
/// sphere with the mean radius of the Earth of the IUGG, 6,371,008.8 m.
pub fn haversine(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (from_latitude, to_latitude) = (from.0.to_radians(), to.0.to_radians());
    let half_latitude = (to_latitude - from_latitude) / 2.0;
    let half_longitude = (to.1 - from.1).to_radians() / 2.0;
    let h =
        half_latitude.sin().powi(2) + from_latitude.cos() * to_latitude.cos() * half_longitude.sin().powi(2);
    2.0 * 6_371_008.8 * h.clamp(0.0, 1.0).sqrt().asin()
}

/// The mean of a series over the points that have it, as other programs give it (not weighted by how long
/// each value stood). `None` where nothing was recorded.
pub fn mean(points: &[Point], value: impl Fn(&Point) -> f32) -> Option<f64> {
    let known = points.iter().map(value).filter(|value| !value.is_nan());
    let (sum, count) = known.fold((0.0, 0u32), |(sum, count), value| (sum + f64::from(value), count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Columns of the points, relative to `start` in Unix seconds; a series without any value stays empty.
pub fn streams(points: &[Point], start: f64) -> Streams {
    fn column<T: Copy>(
        points: &[Point],
        value: impl Fn(&Point) -> T,
        is_missing: impl Fn(T) -> bool,
    ) -> Vec<T> {
        if points.iter().all(|point| is_missing(value(point))) {
            return Vec::new();
        }
        points.iter().map(value).collect()
    }
    let single = |value: fn(&Point) -> f32| column(points, value, f32::is_nan);
    let double = |value: fn(&Point) -> f64| column(points, value, f64::is_nan);
    Streams {
        time: points.iter().map(|point| (point.time - start).max(0.0) as f32).collect(),
        distance: single(|point| point.distance as f32),
        latitude: double(|point| point.latitude),
        longitude: double(|point| point.longitude),
        altitude: single(|point| point.altitude),
        speed: single(|point| point.speed),
        heart_rate: single(|point| point.heart_rate),
        cadence: single(|point| point.cadence),
        power: single(|point| point.power),
        temperature: single(|point| point.temperature),
        pauses: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: f64 = 1_767_600_000.0;

    fn line(times: &[f64]) -> Vec<Point> {
        times.iter().map(|time| Point::at(START + time)).collect()
    }

    fn times(points: &[Point]) -> Vec<f64> {
        points.iter().map(|point| point.time - START).collect()
    }

    #[test]
    fn a_degree_of_latitude() {
        let metres = haversine((0.0, 10.0), (1.0, 10.0));
        assert!((metres - 111_195.1).abs() < 0.1, "{metres}");
        assert_eq!(haversine((37.0, 5.0), (37.0, 5.0)), 0.0);
    }

    #[test]
    fn one_step_back_is_dropped_and_many_are_sorted() {
        let mut forward: Vec<f64> = (0..20).map(f64::from).collect();
        forward.insert(10, 3.0);
        let mut points = line(&forward);
        tidy(&mut points, &mut Vec::new());
        assert_eq!(times(&points), (0..20).map(f64::from).collect::<Vec<_>>());

        let swapped: Vec<f64> = (10..20).chain(0..10).map(f64::from).collect();
        let mut points = line(&swapped);
        tidy(&mut points, &mut Vec::new());
        assert_eq!(times(&points), (0..20).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_stray_point_days_before_goes_and_is_reported() {
        let mut all = vec![-400_000.0];
        all.extend((0..20).map(f64::from));
        let mut points = line(&all);
        let mut warnings = Vec::new();
        tidy(&mut points, &mut warnings);
        assert_eq!(points.len(), 20);
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn points_of_one_instant_become_one() {
        let mut points = line(&[0.0, 1.0, 1.0, 2.0]);
        points[1].heart_rate = 140.0;
        points[2].cadence = 85.0;
        tidy(&mut points, &mut Vec::new());
        assert_eq!(times(&points), [0.0, 1.0, 2.0]);
        assert_eq!((points[1].heart_rate, points[1].cadence), (140.0, 85.0));
    }

    #[test]
    fn what_no_sensor_measures_is_not_kept() {
        let mut points = line(&[0.0, 1.0]);
        points[0].heart_rate = 0.0;
        points[0].altitude = f32::INFINITY;
        (points[0].latitude, points[0].longitude) = (0.0, 0.0);
        (points[1].latitude, points[1].longitude) = (91.0, 0.0);
        tidy(&mut points, &mut Vec::new());
        let streams = streams(&points, START);
        assert_eq!(streams.time, [0.0, 1.0]);
        assert!(streams.heart_rate.is_empty() && streams.altitude.is_empty() && streams.latitude.is_empty());
    }
}
