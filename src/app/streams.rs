//! Streams as they lie in the database: small, and quick to pack and unpack.
//!
//! A version byte, the number of samples, a mask of the columns that are there, the columns, the pauses. A
//! column is fixed-point (see [`COLUMNS`]) and stored as differences, for what grows steadily as differences
//! of differences, each as a zigzag varint plus one; zero is a gap. An hour at one sample a second with eight
//! columns takes some 30 kB, most of it one byte a value. Deflating that on top would make it smaller still;
//! setting a deflater up for so little showed in the cost of storing a file.

use crate::domain::recording::Streams;

const VERSION: u8 = 1;
/// More samples than any recording has (`files::limits`); guards the memory of the reader.
const MOST_SAMPLES: u64 = 1_000_000;
/// Beyond this a fixed-point value says nothing; it keeps differences of differences within an i64.
const FURTHEST: f64 = (1u64 << 52) as f64;

/// Steps per unit, and whether the column grows steadily. In this order: time (ms), distance (cm), latitude
/// and longitude (1e-7 degrees, 1 cm), altitude (cm), speed (mm/s), heart rate and cadence (tenths), power
/// (W), temperature (tenths).
const COLUMNS: [(f64, bool); 10] = [
    (1e3, true),
    (1e2, true),
    (1e7, true),
    (1e7, true),
    (1e2, false),
    (1e3, false),
    (10.0, false),
    (10.0, false),
    (1.0, false),
    (10.0, false),
];

/// Packs streams. A series whose length is not that of `time` is left out.
pub fn pack(streams: &Streams) -> Vec<u8> {
    let count = streams.time.len();
    let mut raw = Vec::with_capacity(count * 10 + 16);
    raw.push(VERSION);
    put(&mut raw, count as u64);
    let narrow = [
        &streams.altitude,
        &streams.speed,
        &streams.heart_rate,
        &streams.cadence,
        &streams.power,
        &streams.temperature,
    ];
    let lengths =
        [streams.time.len(), streams.distance.len(), streams.latitude.len(), streams.longitude.len()];
    let lengths = lengths.into_iter().chain(narrow.iter().map(|series| series.len()));
    let is_there: Vec<bool> = lengths.map(|length| length == count && count > 0).collect();
    put(&mut raw, is_there.iter().enumerate().map(|(bit, there)| u64::from(*there) << bit).sum());
    for (index, (scale, is_steady)) in COLUMNS.into_iter().enumerate() {
        if !is_there[index] {
            continue;
        }
        match index {
            0 => column(&mut raw, streams.time.iter().map(|v| f64::from(*v)), scale, is_steady),
            1 => column(&mut raw, streams.distance.iter().map(|v| f64::from(*v)), scale, is_steady),
            2 => column(&mut raw, streams.latitude.iter().copied(), scale, is_steady),
            3 => column(&mut raw, streams.longitude.iter().copied(), scale, is_steady),
            _ => column(&mut raw, narrow[index - 4].iter().map(|v| f64::from(*v)), scale, is_steady),
        }
    }
    put(&mut raw, streams.pauses.len() as u64);
    for (from, to) in &streams.pauses {
        for edge in [from, to] {
            put(&mut raw, zigzag(fixed(f64::from(*edge), 1e3).unwrap_or(0)));
        }
    }
    raw
}

/// Unpacks what [`pack`] made; empty bytes are empty streams. `None` where the bytes are damaged.
pub fn unpack(bytes: &[u8]) -> Option<Streams> {
    let Some((version, body)) = bytes.split_first() else { return Some(Streams::default()) };
    if *version != VERSION {
        return None;
    }
    let mut rest = body;
    let count = take(&mut rest)?;
    if count > MOST_SAMPLES || count > rest.len() as u64 {
        return None;
    }
    let count = count as usize;
    let mask = take(&mut rest)?;
    let mut wide = |bit: usize| -> Option<Vec<f64>> {
        if mask & (1 << bit) == 0 { Some(Vec::new()) } else { uncolumn(&mut rest, count, COLUMNS[bit]) }
    };
    let narrow = |values: Vec<f64>| -> Vec<f32> { values.into_iter().map(|v| v as f32).collect() };
    let mut streams = Streams {
        time: narrow(wide(0)?),
        distance: narrow(wide(1)?),
        latitude: wide(2)?,
        longitude: wide(3)?,
        altitude: narrow(wide(4)?),
        speed: narrow(wide(5)?),
        heart_rate: narrow(wide(6)?),
        cadence: narrow(wide(7)?),
        power: narrow(wide(8)?),
        temperature: narrow(wide(9)?),
        pauses: Vec::new(),
    };
    let pauses = take(&mut rest)?;
    if pauses > rest.len() as u64 {
        return None;
    }
    for _ in 0..pauses {
        let mut edge = || take(&mut rest).map(|v| (unzigzag(v) as f64 / 1e3) as f32);
        streams.pauses.push((edge()?, edge()?));
    }
    Some(streams)
}

fn fixed(value: f64, scale: f64) -> Option<i64> {
    let scaled = value * scale;
    // Half away from zero like `round`, which is a call into the C library for each of tens of thousands of values.
    scaled.is_finite().then(|| (scaled.clamp(-FURTHEST, FURTHEST) + 0.5f64.copysign(scaled)) as i64)
}

fn column(out: &mut Vec<u8>, values: impl Iterator<Item = f64>, scale: f64, is_steady: bool) {
    let (mut last, mut step) = (0i64, 0i64);
    for value in values {
        let Some(value) = fixed(value, scale) else {
            put(out, 0);
            continue;
        };
        let difference = value - last;
        put(out, zigzag(if is_steady { difference - step } else { difference }) + 1);
        (last, step) = (value, difference);
    }
}

fn uncolumn(rest: &mut &[u8], count: usize, (scale, is_steady): (f64, bool)) -> Option<Vec<f64>> {
    let mut values = Vec::with_capacity(count);
    let (mut last, mut step) = (0i64, 0i64);
    for _ in 0..count {
        match take(rest)? {
            0 => values.push(f64::NAN),
            symbol => {
                let stored = unzigzag(symbol - 1);
                step = if is_steady { step.wrapping_add(stored) } else { stored };
                last = last.wrapping_add(step);
                values.push(last as f64 / scale);
            }
        }
    }
    Some(values)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Appends a varint: seven bits a byte, the lowest first.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, within: f64) -> bool {
        a.is_nan() && b.is_nan() || (a - b).abs() <= within + a.abs() * 1e-6
    }

    fn agree(a: &[f32], b: &[f32], within: f64) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!(close(f64::from(*a), f64::from(*b), within), "{a} became {b}");
        }
    }

    fn check(streams: &Streams) {
        let back = unpack(&pack(streams)).expect("what was packed");
        agree(&streams.time, &back.time, 0.000_6);
        agree(&streams.distance, &back.distance, 0.006);
        agree(&streams.altitude, &back.altitude, 0.006);
        agree(&streams.speed, &back.speed, 0.000_6);
        agree(&streams.heart_rate, &back.heart_rate, 0.06);
        agree(&streams.cadence, &back.cadence, 0.06);
        agree(&streams.power, &back.power, 0.6);
        agree(&streams.temperature, &back.temperature, 0.06);
        for (a, b) in [(&streams.latitude, &back.latitude), (&streams.longitude, &back.longitude)] {
            assert_eq!(a.len(), b.len());
            assert!(a.iter().zip(b).all(|(a, b)| close(*a, *b, 1e-7)));
        }
        assert_eq!(streams.pauses.len(), back.pauses.len());
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            steps in proptest::collection::vec((0.0..60.0f32, 0.0..400.0f32, -90.0..90.0f64, -180.0..180.0f64, 0.0..260.0f32, any::<bool>()), 0..300),
            pauses in proptest::collection::vec((0.0..9e4f32, 0.0..9e4f32), 0..5),
        ) {
            let mut streams = Streams { pauses, ..Streams::default() };
            let (mut time, mut distance) = (0.0, 0.0);
            for (seconds, metres, latitude, longitude, rate, is_gap) in steps {
                time += seconds;
                distance += metres;
                streams.time.push(time);
                streams.distance.push(if is_gap { f32::NAN } else { distance });
                streams.latitude.push(latitude);
                streams.longitude.push(if is_gap { f64::NAN } else { longitude });
                streams.heart_rate.push(if is_gap { f32::NAN } else { rate });
                streams.altitude.push(rate * 20.0 - 400.0);
                streams.speed.push(metres / 40.0);
                streams.power.push(rate * 3.0);
            }
            check(&streams);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
            let mut packed = vec![VERSION];
            packed.extend(&bytes);
            let _ = unpack(&packed);
            // A count and a mask that are right, and rubbish after them.
            let mut packed = vec![VERSION, 20, 0x7F, 0x07];
            packed.extend(&bytes);
            let _ = unpack(&packed);
        }
    }

    #[test]
    fn odd_values_stay_harmless() {
        assert_eq!(unpack(&[]), Some(Streams::default()));
        assert_eq!(unpack(&pack(&Streams::default())), Some(Streams::default()));
        let odd = Streams {
            time: vec![0.0, f32::MAX, -1.0],
            distance: vec![f32::INFINITY, f32::MIN, 1.0],
            power: vec![1.0],
            ..Streams::default()
        };
        let back = unpack(&pack(&odd)).expect("packed");
        assert!(back.distance[0].is_nan() && back.power.is_empty());
    }

    #[test]
    fn an_hour_is_small() {
        let mut streams = Streams::default();
        for second in 0..3600u32 {
            let wave = (f64::from(second) / 97.0).sin();
            streams.time.push(second as f32);
            streams.distance.push(second as f32 * 3.1 + wave as f32);
            streams.latitude.push(59.9 + f64::from(second) * 2e-5 + wave * 1e-5);
            streams.longitude.push(10.7 + f64::from(second) * 1e-5);
            streams.altitude.push((100.0 + wave * 8.0) as f32);
            streams.speed.push((3.1 + wave * 0.3) as f32);
            streams.heart_rate.push((150.0 + wave * 9.0).round() as f32);
            streams.cadence.push((172.0 + wave * 3.0).round() as f32);
        }
        let size = pack(&streams).len();
        assert!(size < 36_000, "{size} bytes");
        check(&streams);
    }
}
