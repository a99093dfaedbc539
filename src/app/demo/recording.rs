//! What a watch would have recorded of a session: invented streams without coordinates. Pure.

use super::dice::Dice;
use super::season::{Block, Session};
use crate::domain::activity::FileFormat;
use crate::domain::recording::{Lap, Recording, Streams};

/// Seconds between samples, as watches that save space have it.
const STEP: f64 = 5.0;
/// How slowly the heart follows the legs, in seconds.
const LAG: f64 = 28.0;

/// Heart rates of a person: at rest and at most.
#[derive(Debug, Clone, Copy)]
pub struct Heart {
    pub resting: f64,
    pub max: f64,
}

/// Records a session. `start` is its instant, `offset` local time minus UTC in seconds.
pub fn record(
    session: &Session,
    heart: Heart,
    start: chrono::DateTime<chrono::Utc>,
    offset: i32,
    device: &str,
    dice: &mut Dice,
) -> Recording {
    let ground = Ground::new(session.climb, dice);
    let is_foot = session.activity_type.is_on_foot();
    let mut streams = Streams::default();
    let mut laps: Vec<Lap> = Vec::new();
    let (mut clock, mut metres) = (0.0, 0.0);
    let mut rate = heart.resting + (heart.max - heart.resting) * 0.34;
    let mut wobble = 0.0;
    let total = session.seconds().max(1.0);
    for block in &session.blocks {
        let begin = (clock, metres, streams.time.len());
        let end = clock + block.seconds;
        while clock < end {
            let step = STEP.min(end - clock);
            wobble = wobble * 0.9 + 0.012 * dice.noise();
            // Uphill is slower and dearer, downhill gives half of it back.
            let slope = ground.slope(metres);
            let speed =
                (block.speed * (1.0 + wobble) * (1.0 - slope * if slope > 0.0 { 2.6 } else { 1.3 })).max(0.0);
            let drift = 0.035 * clock / total.max(3600.0);
            let target =
                heart.resting + (heart.max - heart.resting) * (block.reserve + drift + 0.5 * slope.max(0.0));
            rate += (target - rate) * (1.0 - (-step / LAG).exp()) + 0.35 * dice.noise();
            streams.time.push(clock as f32);
            streams.distance.push(metres as f32);
            streams.speed.push(speed as f32);
            streams.heart_rate.push(rate.clamp(heart.resting, heart.max).round() as f32);
            if session.climb > 0.0 && !session.is_indoor {
                streams.altitude.push((ground.height(metres) * 5.0).round() as f32 / 5.0);
            }
            if is_foot {
                streams.cadence.push((148.0 + 8.0 * speed + dice.noise()).round() as f32);
            }
            clock += step;
            metres += speed * step;
        }
        laps.push(lap(&streams, begin, (clock, metres), block));
    }
    // The last sample, so that streams reach the end.
    for (series, last) in [(&mut streams.time, clock), (&mut streams.distance, metres)] {
        series.push(last as f32);
    }
    for series in [&mut streams.speed, &mut streams.heart_rate, &mut streams.altitude, &mut streams.cadence] {
        if let Some(last) = series.last().copied() {
            series.push(last);
        }
    }
    if session.metres() == 0.0 {
        streams.distance.clear();
        streams.speed.clear();
    } else if metres > 0.0 {
        // Hills and wobble moved the sum: the whole is what was planned, within what satellites are off.
        let scale = session.metres() * (1.0 + 0.004 * dice.noise()) / metres;
        metres *= scale;
        streams.distance.iter_mut().chain(&mut streams.speed).for_each(|value| *value *= scale as f32);
        laps.iter_mut()
            .for_each(|lap| lap.distance = lap.distance.map(|d| (d * scale * 10.0).round() / 10.0));
    }
    let mean = |series: &[f32]| {
        (!series.is_empty())
            .then(|| (series.iter().map(|v| f64::from(*v)).sum::<f64>() / series.len() as f64).round())
    };
    let most = streams.heart_rate.iter().copied().fold(0.0, f32::max);
    Recording {
        format: FileFormat::Fit,
        activity_type: session.activity_type,
        is_type_stated: true,
        is_indoor: session.is_indoor,
        title: Some(session.title.clone()),
        note: None,
        start,
        utc_offset_seconds: Some(offset),
        distance: (metres > 0.0).then_some((metres * 10.0).round() / 10.0),
        timer: clock,
        elapsed: clock,
        ascent: None,
        descent: None,
        average_heart_rate: mean(&streams.heart_rate),
        max_heart_rate: Some(f64::from(most)),
        average_cadence: mean(&streams.cadence),
        average_power: None,
        calories: None,
        device: Some(device.to_owned()),
        external_id: None,
        laps,
        streams,
        is_cut_off: false,
        warnings: Vec::new(),
    }
}

fn lap(streams: &Streams, from: (f64, f64, usize), to: (f64, f64), block: &Block) -> Lap {
    let beats = streams.heart_rate.get(from.2..).unwrap_or(&[]);
    let mean = beats.iter().map(|b| f64::from(*b)).sum::<f64>() / beats.len().max(1) as f64;
    let is_moving = block.speed > 0.0;
    Lap {
        start: from.0,
        timer: to.0 - from.0,
        elapsed: to.0 - from.0,
        distance: is_moving.then_some(((to.1 - from.1) * 10.0).round() / 10.0),
        ascent: None,
        average_heart_rate: (!beats.is_empty()).then(|| mean.round()),
        max_heart_rate: beats.iter().copied().reduce(f32::max).map(f64::from),
        average_cadence: None,
    }
}

/// Height over distance: three waves, made so that their climbs add up to the wanted metres a kilometre.
struct Ground {
    base: f64,
    waves: [(f64, f64, f64); 3],
}

impl Ground {
    fn new(climb: f64, dice: &mut Dice) -> Self {
        let lengths =
            [dice.between(2600.0, 4200.0), dice.between(1100.0, 1700.0), dice.between(420.0, 700.0)];
        let shares = [0.5, 0.3, 0.2];
        let mut waves = [(0.0, 1.0, 0.0); 3];
        for (wave, (length, share)) in waves.iter_mut().zip(lengths.into_iter().zip(shares)) {
            // A wave climbs twice its height in each of its lengths; the three hide a part of one another.
            let height = climb * share * 1.35 * length / 1000.0 / 2.0;
            *wave = (height, length, dice.between(0.0, std::f64::consts::TAU));
        }
        Self { base: dice.between(15.0, 320.0) + climb * 3.0, waves }
    }

    fn height(&self, metres: f64) -> f64 {
        let wave = |(height, length, phase): &(f64, f64, f64)| {
            height * (metres / length * std::f64::consts::TAU + phase).sin()
        };
        self.base + self.waves.iter().map(wave).sum::<f64>()
    }

    fn slope(&self, metres: f64) -> f64 {
        let rise = (self.height(metres + 10.0) - self.height(metres - 10.0)) / 20.0;
        rise.clamp(-0.25, 0.25)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::demo::people::ATHLETES;
    use crate::app::demo::season::season;
    use crate::domain::series::Elevation;
    use crate::domain::splits::splits;

    #[test]
    fn recordings_agree_with_themselves() {
        let start = chrono::DateTime::from_timestamp(1_795_003_200, 0).expect("an instant");
        let heart = Heart { resting: 50.0, max: 190.0 };
        for (number, athlete) in ATHLETES.iter().enumerate().step_by(7) {
            let mut dice = Dice::new(1);
            for session in season(athlete, number, 20_775).iter().rev().take(8) {
                let recording = record(session, heart, start, 0, "Watch", &mut dice);
                let streams = &recording.streams;
                for length in [
                    streams.distance.len(),
                    streams.speed.len(),
                    streams.altitude.len(),
                    streams.cadence.len(),
                ] {
                    assert!(length == 0 || length == streams.time.len(), "{}", session.title);
                }
                assert!(streams.distance.windows(2).all(|w| w[0] <= w[1]));
                let Some(distance) = recording.distance else { continue };
                assert!(
                    (distance / session.metres() - 1.0).abs() < 0.02,
                    "{} {distance} {}",
                    session.title,
                    session.metres()
                );
                let sum: f64 = splits(streams, 1000.0).iter().map(|s| s.distance).sum();
                assert!((sum / distance - 1.0).abs() < 0.01, "{sum} {distance}");
                if let Some(elevation) = Elevation::of(streams) {
                    let climbed = elevation.climb(0.0, distance).0;
                    let wanted = session.climb * distance / 1000.0;
                    assert!(climbed > 0.4 * wanted && climbed < 1.8 * wanted + 15.0, "{climbed} {wanted}");
                }
            }
        }
    }
}
