use super::*;
use crate::domain::series::samples::steady;
use proptest::prelude::*;

fn near(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance, "{left} is not {right} within {tolerance}");
}

fn run(duration: f64) -> Evidence<'static> {
    Evidence {
        activity_type: ActivityType::Run,
        sub_type: SubType::Easy,
        duration,
        distance: None,
        average_heart_rate: None,
        effort: None,
        streams: None,
    }
}

const HEART: Fitness = Fitness {
    vdot: None,
    threshold_pace: None,
    resting_hr: Some(40.0),
    max_hr: Some(200.0),
    threshold_hr: Some(170.0),
};

#[test]
fn vectors_of_rtss() {
    near(rtss(3600.0, 1.0), 100.0, 1e-9);
    near(rtss(5400.0, 0.8), 96.0, 1e-9);
    // 30 min at 5:00 /km against a threshold of 4:30 /km: speeds, not paces.
    let fitness = Fitness { threshold_pace: Some(270.0), ..Fitness::default() };
    let load = training_load(&Evidence { distance: Some(6000.0), ..run(1800.0) }, &fitness).unwrap();
    near(load.value, 40.5, 1e-9);
    assert_eq!(load.method, LoadMethod::Estimate);
}

#[test]
fn vectors_of_trimp() {
    for (reserve, trimp) in [(0.5, 0.8357), (0.7, 1.7178), (0.9, 3.2425), (1.0, 4.3654)] {
        near(trimp_per_minute_male_pair(reserve), trimp, 5e-5);
    }
    near(30.0 * trimp_per_minute_male_pair(90.0 / 160.0), 31.80, 0.005);
    assert_eq!(trimp_per_minute_male_pair(-0.3), 0.0);
    assert_eq!(trimp_per_minute_male_pair(1.4), trimp_per_minute_male_pair(1.0));
}

#[test]
fn vectors_of_daniels_points() {
    let speed = |fraction| vdot::speed_at(50.0, fraction) / 60.0;
    for (fraction, points) in [(0.67, 0.2015), (0.8251, 0.4635), (0.88, 0.5997), (1.0, 1.0), (1.089, 1.4064)]
    {
        near(points_per_minute(speed(fraction), 50.0), points, 5e-5);
    }
    assert_eq!(points_per_minute(speed(1.8), 50.0), HARDEST.powi(4));
    // 50 min at 5:00 /km with VDOT 50, from the average and from a stream.
    let fitness = Fitness { vdot: Some(50.0), ..Fitness::default() };
    let average = Evidence { distance: Some(10_000.0), ..run(3000.0) };
    let load = vdot_load(&average, &fitness).unwrap();
    near(load.value, 13.454, 0.0005);
    assert!(load.is_estimate);
    let streams = steady(3000, 1000.0 / 300.0, 0.0, 150.0);
    let load = vdot_load(&Evidence { streams: Some(&streams), ..average }, &fitness).unwrap();
    near(load.value, 13.454, 0.002);
    assert!(!load.is_estimate);
}

#[test]
fn an_hour_at_threshold_is_a_hundred_by_every_method() {
    let streams = steady(3600, 4.0, 0.0, 170.0);
    let all = Evidence {
        streams: Some(&streams),
        effort: Some(7.0),
        average_heart_rate: Some(170.0),
        ..run(3600.0)
    };
    let fitness = Fitness { threshold_pace: Some(250.0), ..HEART };
    let mut seen = Vec::new();
    for (evidence, fitness) in [
        (all, fitness),
        (all, HEART),
        (Evidence { streams: None, ..all }, HEART),
        (Evidence { streams: None, average_heart_rate: None, ..all }, fitness),
        (Evidence { distance: Some(14_400.0), ..run(3600.0) }, fitness),
    ] {
        let load = training_load(&evidence, &fitness).unwrap();
        near(load.value, 100.0, 0.01);
        seen.push(load.method);
    }
    use LoadMethod::{Effort, Estimate, HeartRate, Pace};
    assert_eq!(seen, [Pace, HeartRate, HeartRate, Effort, Estimate]);
}

#[test]
fn threshold_comes_from_vdot_where_no_pace_is_set() {
    let fitness = Fitness { vdot: Some(50.0), ..Fitness::default() };
    near(1000.0 / threshold_speed(&fitness).unwrap(), 255.0, 0.75);
    assert_eq!(threshold_speed(&Fitness { vdot: Some(400.0), ..Fitness::default() }), None);
    assert_eq!(threshold_speed(&Fitness { threshold_pace: Some(0.0), ..Fitness::default() }), None);
}

#[test]
fn the_sum_over_samples_is_not_the_average() {
    // Half the time at 110, half at 170: the mean is 140, the sum is higher.
    let mut streams = steady(3600, 3.0, 0.0, 110.0);
    streams.heart_rate[1801..].fill(170.0);
    let sampled = Evidence { streams: Some(&streams), average_heart_rate: Some(140.0), ..run(3600.0) };
    let averaged = Evidence { streams: None, ..sampled };
    let hour = trimp_per_minute_male_pair(130.0 / 160.0);
    let expected = (trimp_per_minute_male_pair(70.0 / 160.0) + hour) / 2.0 / hour * 100.0;
    near(training_load(&sampled, &HEART).unwrap().value, expected, 0.01);
    assert!(training_load(&averaged, &HEART).unwrap().value < expected - 3.0);
}

#[test]
fn a_strap_that_dropped_out_is_stretched_or_left() {
    let mut streams = steady(3600, 3.0, 0.0, 170.0);
    streams.heart_rate[1..=360].fill(f32::NAN);
    let evidence = Evidence { streams: Some(&streams), ..run(3600.0) };
    near(training_load(&evidence, &HEART).unwrap().value, 100.0, 0.01);
    let mut streams = steady(3600, 3.0, 0.0, 170.0);
    streams.heart_rate[1..=1800].fill(0.0);
    let evidence = Evidence { streams: Some(&streams), ..run(3600.0) };
    assert_eq!(training_load(&evidence, &HEART), Some(Load { value: 60.0, method: LoadMethod::Estimate }));
}

#[test]
fn threshold_heart_rate_has_a_default_and_nonsense_is_left_out() {
    let evidence = Evidence { average_heart_rate: Some(184.0), ..run(3600.0) };
    let method = |fitness: &Fitness| training_load(&evidence, fitness).unwrap().method;
    let fitness = Fitness { threshold_hr: None, ..HEART };
    near(training_load(&evidence, &fitness).unwrap().value, 100.0, 1e-9);
    assert_eq!(method(&Fitness { resting_hr: None, ..HEART }), LoadMethod::Estimate);
    assert_eq!(method(&Fitness { threshold_hr: Some(30.0), ..HEART }), LoadMethod::Estimate);
    assert_eq!(method(&Fitness { max_hr: Some(150.0), ..HEART }), LoadMethod::Estimate);
}

#[test]
fn other_sports_and_missing_facts() {
    let fitness = Fitness { vdot: Some(50.0), ..HEART };
    let streams = steady(3600, 8.0, 0.0, 150.0);
    let ride = Evidence { activity_type: ActivityType::Bike, distance: Some(28_800.0), ..run(3600.0) };
    assert_eq!(training_load(&ride, &fitness).unwrap().value, 60.0);
    let ride = Evidence { streams: Some(&streams), ..ride };
    assert_eq!(training_load(&ride, &fitness).unwrap().method, LoadMethod::HeartRate);
    assert_eq!(vdot_load(&ride, &fitness), None);
    for duration in [0.0, -1.0, f64::NAN] {
        assert_eq!(training_load(&run(duration), &fitness), None);
        assert_eq!(vdot_load(&run(duration), &fitness), None);
    }
    let bad_effort = Evidence { effort: Some(12.0), ..run(3600.0) };
    assert_eq!(training_load(&bad_effort, &HEART).unwrap().method, LoadMethod::Estimate);
    // A stream that ends after a third of the run is no evidence of the whole.
    let short = steady(1200, 3.0, 0.0, f32::NAN);
    let evidence = Evidence { streams: Some(&short), distance: Some(10_800.0), ..run(3600.0) };
    assert_eq!(training_load(&evidence, &fitness).unwrap().method, LoadMethod::Estimate);
}

#[test]
fn without_vdot_the_zone_of_the_session_speaks() {
    let points = |sub_type, distance| {
        let evidence = Evidence { sub_type, distance, ..run(6000.0) };
        vdot_load(&evidence, &HEART).unwrap()
    };
    assert_eq!(points(SubType::Easy, Some(9e3)), VdotLoad { value: 20.0, is_estimate: true });
    assert_eq!(points(SubType::Fartlek, None).value, 20.0);
    assert_eq!(points(SubType::Tempo, None).value, 60.0);
    assert_eq!(points(SubType::Interval, None).value, 100.0);
    for (metres, value) in [(1500.0, 150.0), (5000.0, 100.0), (1e4, 80.0), (21_097.5, 60.0), (42_195.0, 40.0)]
    {
        assert_eq!(points(SubType::Race, Some(metres)).value, value);
    }
}

proptest! {
    #[test]
    fn loads_are_finite_and_rise_with_time(
        duration in 1.0..86_400.0f64,
        distance in proptest::option::of(0.0..300_000.0f64),
        rate in proptest::option::of(0.0..260.0f64),
        effort in proptest::option::of(0.0..12.0f64),
        vdot in proptest::option::of(0.0..100.0f64),
    ) {
        let fitness = Fitness { vdot, ..HEART };
        let evidence = Evidence { distance, average_heart_rate: rate, effort, ..run(duration) };
        let load = training_load(&evidence, &fitness).unwrap();
        prop_assert!(load.value.is_finite() && load.value >= 0.0);
        let points = vdot_load(&evidence, &fitness).unwrap();
        prop_assert!(points.value.is_finite() && points.value >= 0.0);
        let doubled = Evidence { duration: duration * 2.0, distance: distance.map(|d| d * 2.0), ..evidence };
        let twice = training_load(&doubled, &fitness).unwrap();
        prop_assert!((twice.value - load.value * 2.0).abs() <= 1e-6 * (1.0 + load.value));
    }
}
