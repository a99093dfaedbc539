//! Statistics of groups against an independent computation, slow and plain, on generated clubs: days across
//! both changes of the clocks, zones at the ends of the world, runs at midnight, members who come and go.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use harrier::app::admin::NewPerson;
use harrier::domain::ids::{ActivityId, UserId};
use serde_json::{Value, json};

use crate::support::{Cast, NOW, PASSWORD, cast};

const ZONES: [&str; 9] = [
    "Europe/Lisbon",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Havana",
    "UTC",
];

/// Instants to be "now": an ordinary day, and shortly after the clocks changed somewhere, both ways.
const NOWS: [&str; 5] = [
    "2026-11-18T12:00:00Z",
    "2026-03-31T00:30:00Z",
    "2026-10-27T23:59:59Z",
    "2026-04-07T10:00:00Z",
    "2026-01-01T00:00:00Z",
];

/// Numbers that follow from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.roll((to - from) as u64) as i64
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

#[derive(Debug, Clone)]
struct Athlete {
    id: UserId,
    status: &'static str,
    visible_from: Option<i64>,
    /// Joined and left.
    stays: Vec<(i64, Option<i64>)>,
}

#[derive(Debug, Clone)]
struct Activity {
    owner: usize,
    kind: &'static str,
    status: &'static str,
    start: i64,
    distance: Option<f64>,
    duration: f64,
    vdot_load: Option<f64>,
    load: Option<f64>,
    is_deleted: bool,
    is_duplicate: bool,
}

fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(at, 0).expect("an instant")
}

fn date(at: i64, zone: Tz) -> NaiveDate {
    instant(at).with_timezone(&zone).date_naive()
}

/// A club of five that follows from the seed.
fn club(ids: &[UserId], now: i64, dice: &mut Dice) -> (Vec<Athlete>, Vec<Activity>) {
    let day = 86_400;
    let mut athletes = Vec::new();
    for id in ids {
        let status = ["active", "active", "active", "inactive", "suspended"][dice.roll(5) as usize];
        let visible_from = match dice.roll(5) {
            0 => None,
            1 => Some(now - dice.between(1, 80) * day),
            _ => Some(0),
        };
        let past = (now - dice.between(60, 200) * day, Some(now - dice.between(1, 50) * day));
        let present = (past.1.unwrap_or(now) + dice.between(0, day), None);
        let stays = match dice.roll(6) {
            0 => vec![],
            1 => vec![past],
            2 => vec![past, present],
            3 => vec![(now, None)],
            _ => vec![(now - dice.between(0, 120) * day, None)],
        };
        athletes.push(Athlete { id: *id, status, visible_from, stays });
    }
    let mut activities = Vec::new();
    for _ in 0..140 {
        let owner = dice.roll(ids.len() as u64) as usize;
        let mut start = now - dice.between(-day / 2, 100 * day);
        if dice.one_in(3) {
            // Around midnight of one of the zones, to the second.
            let zone: Tz = ZONES[dice.roll(9) as usize].parse().expect("a zone");
            let mut edge = start - start % 60;
            while date(edge, zone) == date(start, zone) {
                edge -= 60;
            }
            start = edge + 60 + dice.between(-1, 2);
        }
        activities.push(Activity {
            owner,
            kind: ["run", "run", "run", "bike", "walk"][dice.roll(5) as usize],
            status: if dice.one_in(12) { "scheduled" } else { "completed" },
            start,
            distance: (!dice.one_in(10)).then(|| dice.between(1_000, 30_000) as f64),
            duration: dice.between(300, 10_000) as f64,
            vdot_load: (!dice.one_in(8)).then(|| dice.between(1, 400) as f64 / 8.0),
            load: (!dice.one_in(8)).then(|| dice.between(1, 2_000) as f64 / 8.0),
            is_deleted: dice.one_in(10),
            is_duplicate: dice.one_in(10),
        });
    }
    (athletes, activities)
}

/// Puts the club into the database as it is.
async fn store(cast: &Cast, group: &str, athletes: &[Athlete], activities: &[Activity], dice: &mut Dice) {
    let mut sql = format!(
        "DELETE FROM group_departures; DELETE FROM group_members; UPDATE activities SET duplicate_of = NULL; \
         DELETE FROM activities; UPDATE groups SET version = version + 1 WHERE id = '{group}';\n"
    );
    for a in athletes {
        let sight = a.visible_from.map_or("NULL".to_owned(), |at| at.to_string());
        sql += &format!(
            "UPDATE memberships SET status = '{}', visible_from = {sight} WHERE user_id = '{}';\n",
            a.status, a.id
        );
        for (from, to) in &a.stays {
            sql += &match to {
                Some(to) => {
                    format!("INSERT INTO group_departures VALUES ('{group}', '{}', {from}, {to});\n", a.id)
                }
                None => format!("INSERT INTO group_members VALUES ('{group}', '{}', {from});\n", a.id),
            };
        }
    }
    let mut primary: BTreeMap<usize, ActivityId> = BTreeMap::new();
    for a in activities {
        let bytes: u128 = u128::from(dice.roll(u64::MAX)) << 64 | u128::from(dice.roll(u64::MAX));
        let id = ActivityId::from_uuid(uuid::Uuid::from_u128(bytes));
        let number = |value: Option<f64>| value.map_or("NULL".to_owned(), |v| format!("{v:.4}"));
        // Of what it is a duplicate is all the same here: it does not count.
        let twin = match primary.get(&a.owner) {
            Some(other) if a.is_duplicate => format!("'{other}'"),
            _ => "NULL".to_owned(),
        };
        sql += &format!(
            "INSERT INTO activities (id, user_id, title, title_folded, activity_type, sub_type, status, start_at, \
             timezone, local_day, distance, duration, elapsed, note, is_indoor, source, training_load, vdot_load, \
             is_vdot_load_estimate, formula_version, duplicate_of, is_unlinked, warnings, created_at, updated_at, \
             deleted_at, version) VALUES ('{id}', '{}', '', '', '{}', 'other', '{}', {}, 'UTC', {}, {}, {:.1}, {:.1}, '', \
             FALSE, 'manual', {}, {}, FALSE, 1, {twin}, FALSE, '', 0, 0, {}, 1);\n",
            athletes[a.owner].id,
            a.kind,
            a.status,
            a.start,
            a.start.div_euclid(86_400),
            number(a.distance),
            a.duration,
            a.duration,
            number(a.load),
            number(a.vdot_load),
            if a.is_deleted { "1" } else { "NULL" },
        );
        primary.entry(a.owner).or_insert(id);
    }
    cast.stage.execute(&sql).await;
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Sum {
    distance: f64,
    duration: f64,
    activities: i64,
    vdot_load: f64,
    load: f64,
}

/// What the answer has to be, worked out date by date.
struct Expected {
    dates: Vec<NaiveDate>,
    /// By date and person.
    daily: BTreeMap<(NaiveDate, UserId), Sum>,
    /// By person.
    members: BTreeMap<UserId, Sum>,
    engagement: Option<f64>,
}

fn expected(athletes: &[Athlete], activities: &[Activity], query: &Asked, zone: Tz, now: i64) -> Expected {
    let (first, last, is_in): (NaiveDate, NaiveDate, Box<dyn Fn(i64) -> bool>) = match *query {
        Asked::Days(count) => {
            let last = date(now, zone);
            let first = last - Days::new(count - 1);
            (first, last, Box::new(move |at| (first..=last).contains(&date(at, zone))))
        }
        Asked::Custom(from, to) => {
            (date(from, zone), date(to - 1, zone), Box::new(move |at| at >= from && at < to))
        }
    };
    // A preset ends with today, which goes on; a custom range may be over.
    let end = match *query {
        Asked::Custom(_, to) if to <= now => to,
        _ => now,
    };
    let was_in =
        |a: &Athlete| a.stays.iter().any(|(from, to)| *from <= end && to.is_none_or(|left| left > end));
    let mut expected = Expected {
        dates: first.iter_days().take_while(|d| *d <= last).collect(),
        daily: BTreeMap::new(),
        members: BTreeMap::new(),
        engagement: None,
    };
    let (mut active, mut engaged) = (0, 0);
    let mut primaries: Vec<usize> = Vec::new();
    let mut counts = Vec::new();
    for a in activities {
        // As they were stored: the first one of a person can be no duplicate.
        let is_duplicate = a.is_duplicate && primaries.contains(&a.owner);
        primaries.push(a.owner);
        counts.push(!a.is_deleted && !is_duplicate && a.status == "completed");
    }
    for (number, athlete) in athletes.iter().enumerate().filter(|(_, a)| was_in(a)) {
        let mut sum = Sum::default();
        let mut is_engaged = false;
        for (a, counts) in activities.iter().zip(&counts).filter(|(a, _)| a.owner == number) {
            let is_visible = athlete.visible_from.is_some_and(|from| a.start >= from);
            if !counts || !is_visible || !is_in(a.start) {
                continue;
            }
            is_engaged = true;
            if a.kind != "run" {
                continue;
            }
            let day = expected.daily.entry((date(a.start, zone), athlete.id)).or_default();
            for sum in [&mut sum, day] {
                sum.distance += a.distance.unwrap_or(0.0);
                sum.duration += a.duration;
                sum.activities += 1;
                sum.vdot_load += a.vdot_load.unwrap_or(0.0);
                sum.load += a.load.unwrap_or(0.0);
            }
        }
        if athlete.status == "active" {
            active += 1;
            engaged += i32::from(is_engaged);
        }
        expected.members.insert(athlete.id, sum);
    }
    if active > 0 {
        expected.engagement = Some((1000.0 * f64::from(engaged) / f64::from(active)).round() / 10.0);
    }
    expected
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    Days(u64),
    Custom(i64, i64),
}

fn close(answer: &Value, expected: f64, what: &str) {
    let answer = answer.as_f64().unwrap_or_else(|| panic!("{what}: {answer}"));
    assert!((answer - expected).abs() < 0.011, "{what}: {answer} is not {expected}");
}

fn compare(answer: &Value, expected: &Expected, what: &str) {
    let total = |of: fn(&Sum) -> f64| expected.members.values().map(of).sum::<f64>();
    close(&answer["total_distance"], total(|s| s.distance), what);
    close(&answer["total_activities"], total(|s| s.activities as f64), what);
    assert_eq!(answer["engagement_rate"], json!(expected.engagement), "{what}");
    let daily = answer["daily"].as_array().expect("days");
    let dates: Vec<String> =
        daily.iter().map(|d| d["date"].as_str().unwrap_or_default().to_owned()).collect();
    let wanted: Vec<String> = expected.dates.iter().map(NaiveDate::to_string).collect();
    assert_eq!(dates, wanted, "{what}");
    let mut keys = 0;
    for (day, date) in daily.iter().zip(&expected.dates) {
        keys += day.as_object().expect("a day").len() - 1;
        for ((_, user), sum) in expected
            .daily
            .range((*date, UserId::from_uuid(uuid::Uuid::nil()))..)
            .take_while(|(k, _)| k.0 == *date)
        {
            let own = &day[user.to_string()];
            let what = format!("{what}, {user} on {date}");
            close(&own["distance"], sum.distance / 1000.0, &what);
            close(&own["duration"], sum.duration / 60.0, &what);
            close(&own["vdot_load"], sum.vdot_load, &what);
            close(&own["nexrex_ete_plus"], sum.load, &what);
        }
    }
    assert_eq!(keys, expected.daily.len(), "{what}: a key for each day with a run, and no other");
    let board = answer["leaderboard"].as_array().expect("places");
    assert_eq!(board.len(), expected.members.len(), "{what}");
    for place in board {
        let user: UserId = place["user_id"].as_str().and_then(|u| u.parse().ok()).expect("an id");
        let sum = &expected.members[&user];
        close(&place["distance"], sum.distance, what);
        close(&place["duration"], sum.duration, what);
        close(&place["activities"], sum.activities as f64, what);
        close(&place["vdot_load"], sum.vdot_load, what);
        close(&place["nexrex_ete_plus"], sum.load, what);
        let further = expected.members.values().filter(|other| other.distance > sum.distance).count();
        assert_eq!(place["rank"], json!(further + 1), "{what}");
    }
}

#[tokio::test]
async fn statistics_agree_with_a_slow_and_plain_computation() {
    let cast = cast().await;
    let group = cast.coach.make_group(json!({"name": "Tuesday Track"})).await;
    let mut ids = vec![cast.athlete.id, cast.other_athlete.id];
    for number in 0..3 {
        let new = NewPerson {
            email: format!("r{number}@lowfield.test"),
            name: format!("Runner {number}"),
            password: PASSWORD.into(),
            timezone: "UTC".into(),
        };
        ids.push(cast.stage.app.admin_create_athlete(&new, "Lowfield").await.expect("an athlete").user_id);
    }
    let mut stands_at = NOW;
    for seed in 0..15_u64 {
        let mut dice = Dice(seed * 7 + 1);
        let now: i64 = NOWS[(seed % 5) as usize].parse::<DateTime<Utc>>().expect("an instant").timestamp();
        cast.stage.app.clock().advance(now - stands_at);
        stands_at = now;
        let (athletes, activities) = club(&ids, now, &mut dice);
        store(&cast, &group, &athletes, &activities, &mut dice).await;
        for name in ZONES {
            let zone: Tz = name.parse().expect("a zone");
            let preset = [7, 14, 30, 60, 90][dice.roll(5) as usize];
            let (from, length) =
                (now - dice.between(1, 95) * 86_400 + dice.between(0, 86_400), dice.between(1, 60 * 86_400));
            for asked in [Asked::Days(preset), Asked::Custom(from, from + length)] {
                let range = match asked {
                    Asked::Days(days) => format!("range={days}d"),
                    Asked::Custom(from, to) => {
                        format!("range=custom&from_timestamp={from}&to_timestamp={to}")
                    }
                };
                let path = format!("/groups/{group}/stats?{range}&timezone={name}");
                let answer = cast.coach.api("GET", &path, None).await;
                assert!(answer.status.is_success(), "{}", answer.body);
                let expected = expected(&athletes, &activities, &asked, zone, now);
                compare(&answer.json(), &expected, &format!("seed {seed}, {name}, {range}"));
            }
        }
        week_and_comparison(&cast, &group, &athletes, &activities, now, seed).await;
    }
}

/// The week's overview and the comparison are made of the same figures by another way.
async fn week_and_comparison(
    cast: &Cast,
    group: &str,
    athletes: &[Athlete],
    activities: &[Activity],
    now: i64,
    seed: u64,
) {
    use harrier::app::group_stats::RangeQuery;
    use harrier::domain::calendar::{date_of, day_start};
    use harrier::domain::period::RangeWord;

    let app = &cast.stage.app;
    let viewer = app.session_viewer(cast.coach.id).await.expect("a session").expect("a viewer");
    let name = ZONES[(seed % 9) as usize];
    let zone: Tz = name.parse().expect("a zone");
    let total = |e: &Expected| e.members.values().map(|s| s.distance).sum::<f64>();
    let id = group.parse().expect("an id");
    let day = harrier::domain::calendar::local_day(instant(now), zone) - 7 * (seed as i64 % 4);
    let week = app.group_week(&viewer, id, Some(day), Some(name)).await.expect("a week");
    assert_eq!(week.trend.len(), 12);
    for own in &week.trend {
        let (from, to) =
            (day_start(own.first_day, zone).timestamp(), day_start(own.first_day + 7, zone).timestamp());
        let expected = expected(athletes, activities, &Asked::Custom(from, to), zone, now);
        let what = format!("seed {seed}, {name}, week of {}", date_of(own.first_day));
        assert!((own.total.distance - total(&expected)).abs() < 0.01, "{what}");
        assert_eq!(own.engagement, expected.engagement, "{what}");
        assert_eq!(own.members, expected.members.len(), "{what}");
        if own.first_day == week.period.first_day() {
            for member in &week.members {
                assert!(
                    (member.total.distance - expected.members[&member.user_id].distance).abs() < 0.01,
                    "{what}"
                );
                for (place, figures) in &member.days {
                    let date = date_of(week.period.days()[*place]);
                    assert_eq!(
                        figures.activities,
                        expected.daily[&(date, member.user_id)].activities,
                        "{what}"
                    );
                }
            }
        }
    }
    let query = RangeQuery { timezone: Some(name.into()), ..RangeQuery::of(RangeWord::Days30) };
    let compared = app.compare_groups(&viewer, &query).await.expect("a comparison");
    let own = compared.groups.first().expect("the one group");
    for (period, distance, engagement) in [
        (&compared.period, own.total.distance, own.engagement),
        (&compared.before, own.before.distance, own.engagement_before),
    ] {
        let expected = expected(athletes, activities, &Asked::Custom(period.from, period.to), zone, now);
        let what = format!("seed {seed}, {name}, comparison from {}", period.from);
        assert!((distance - total(&expected)).abs() < 0.01, "{what}");
        assert_eq!(engagement, expected.engagement, "{what}");
    }
    assert!((own.days.iter().sum::<f64>() - own.total.distance).abs() < 0.01);
}
