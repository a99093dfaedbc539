//! Stretches with the timer stopped, from events or from gaps between the points.

use super::track::Point;

/// From and to, in Unix seconds.
pub type Stretch = (f64, f64);

/// Seconds without a point after which a recording without any word about pauses counts as paused, unless
/// the person got on meanwhile.
const LONG_GAP: f64 = 30.0;
/// Metres per second across a gap from which it was the signal that was lost, not the timer stopped.
const MOVING: f64 = 1.0;

/// Makes stops and starts tidy: sorted, joined where they overlap, within `start` and `end`.
pub fn tidy(mut stops: Vec<Stretch>, start: f64, end: f64) -> Vec<Stretch> {
    for stop in &mut stops {
        *stop = (stop.0.clamp(start, end), stop.1.clamp(start, end));
    }
    stops.retain(|(from, to)| to > from);
    stops.sort_by(|a, b| a.0.total_cmp(&b.0));
    stops.dedup_by(|later, kept| {
        let overlaps = later.0 <= kept.1;
        if overlaps {
            kept.1 = kept.1.max(later.1);
        }
        overlaps
    });
    stops
}

/// Finds pauses in a file that states none. With `missing` (seconds between elapsed and timer as the file
/// states them) the longest gaps are taken until they make it up; without it, every break of the file and
/// every long gap in which the person stayed where they were.
pub fn from_gaps(points: &[Point], missing: Option<f64>) -> Vec<Stretch> {
    let pairs = points.windows(2).map(|pair| (&pair[0], &pair[1]));
    let Some(missing) = missing else {
        return pairs
            .filter(|(last, next)| {
                let gap = next.time - last.time;
                let moved = next.distance - last.distance;
                let is_still = moved.is_nan() || moved < MOVING * gap;
                gap > 0.0 && (next.follows_break || (gap > LONG_GAP && is_still))
            })
            .map(|(last, next)| (last.time, next.time))
            .collect();
    };
    if missing < 2.0 {
        return Vec::new();
    }
    let mut gaps: Vec<Stretch> = pairs
        .filter(|(last, next)| {
            let gap = next.time - last.time;
            gap >= 10.0 || (next.follows_break && gap >= 2.0)
        })
        .map(|(last, next)| (last.time, next.time))
        .collect();
    gaps.sort_by(|a, b| (b.1 - b.0).total_cmp(&(a.1 - a.0)));
    let mut taken = 0.0;
    gaps.retain(|(from, to)| {
        let fits = taken < missing - 2.0 && taken + (to - from) <= missing * 1.1 + 2.0;
        if fits {
            taken += to - from;
        }
        fits
    });
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_stops_are_one_and_stay_inside() {
        let stops = vec![(50.0, 60.0), (-5.0, 10.0), (55.0, 70.0), (80.0, 80.0), (95.0, 200.0)];
        assert_eq!(tidy(stops, 0.0, 100.0), [(0.0, 10.0), (50.0, 70.0), (95.0, 100.0)]);
    }

    #[test]
    fn gaps_make_up_what_the_timer_lacks() {
        let points: Vec<Point> = [0.0, 1.0, 61.0, 62.0, 82.0, 83.0].map(Point::at).to_vec();
        assert_eq!(from_gaps(&points, Some(60.0)), [(1.0, 61.0)]);
        assert_eq!(from_gaps(&points, Some(80.0)), [(1.0, 61.0), (62.0, 82.0)]);
        assert!(from_gaps(&points, Some(0.0)).is_empty());
        assert_eq!(from_gaps(&points, None), [(1.0, 61.0)]);
    }

    #[test]
    fn a_tunnel_is_no_pause() {
        let mut points: Vec<Point> = [0.0, 60.0, 120.0].map(Point::at).to_vec();
        (points[0].distance, points[1].distance, points[2].distance) = (0.0, 180.0, 185.0);
        assert_eq!(from_gaps(&points, None), [(60.0, 120.0)]);
    }
}
