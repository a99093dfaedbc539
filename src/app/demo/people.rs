//! Who is in the demo club. Invented, as is every figure about them.

/// What an athlete's eighteen months looked like; `weeks` count back from today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Story {
    Steady,
    /// A marathon `in_weeks` from now (below zero: behind them), and another nine months before it.
    Marathon {
        in_weeks: i64,
    },
    Half {
        in_weeks: i64,
    },
    /// Hurt `from` weeks ago, running again since `to` weeks ago, gently at first.
    Gap {
        from: i64,
        to: i64,
    },
    /// Far more than usual in the last fourteen days.
    Spike,
    /// Nothing for this many days.
    Silent {
        days: i64,
    },
    /// Began to run this many weeks ago.
    Beginner {
        since: i64,
    },
    Trail,
    /// Rides, swims and lifts beside running.
    Cross,
    /// Runs indoors only.
    Treadmill,
    /// A watch and a telephone that both record.
    TwoDevices,
    /// Stopped this many weeks ago.
    Stopped {
        since: i64,
    },
    /// Has an account and no activity yet.
    New,
}

use Story::*;

use crate::domain::group::Privacy;

/// One athlete. The display name is also the account's.
#[derive(Debug, Clone, Copy)]
pub struct Athlete {
    pub name: &'static str,
    pub zone: &'static str,
    /// Letter of the level: beginner, intermediate, advanced, elite.
    pub level: char,
    /// Index in [`COACHES`], or none.
    pub coach: Option<usize>,
    /// Letters of [`GROUPS`].
    pub groups: &'static str,
    pub labels: &'static [&'static str],
    pub story: Story,
    /// VDOT eighteen months ago and today.
    pub vdot: (f64, f64),
    /// An ordinary week in kilometres and in runs.
    pub week: (f64, usize),
}

/// Name and zone; the first is the head coach.
pub const COACHES: [(&str, &str); 3] = [
    ("Marta Lindqvist", "Europe/London"),
    ("Tomás Ferreira", "Europe/Lisbon"),
    ("Aiko Tanabe", "Asia/Tokyo"),
];

/// A group of the club.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub letter: char,
    pub name: &'static str,
    pub description: &'static str,
    pub privacy: Privacy,
    /// Index of the owner in [`COACHES`].
    pub owner: usize,
}

const fn group(
    letter: char,
    name: &'static str,
    description: &'static str,
    privacy: Privacy,
    owner: usize,
) -> Group {
    Group { letter, name, description, privacy, owner }
}

/// The groups. Nobody is in the last one yet.
pub const GROUPS: [Group; 7] = [
    group('T', "Tuesday Track", "Meets Tuesdays 18:30 at Lowfield stadium.", Privacy::Public, 0),
    group('M', "Marathon Build", "Sixteen weeks to a spring or autumn marathon.", Privacy::Public, 0),
    group('5', "5K Focus", "Short, fast and often.", Privacy::Public, 2),
    group(
        'F',
        "First Steps",
        "From the sofa to five kilometres, at everybody's own pace.",
        Privacy::Public,
        1,
    ),
    group('H', "Trail & Fell", "Hills on Saturdays, lamps in winter.", Privacy::Public, 1),
    group('V', "Masters 50+", "Consistency first.", Privacy::Private, 2),
    group('R', "Coastal Relay", "Eight legs in June. The team is named in January.", Privacy::Private, 1),
];

/// Who waits for an answer: index in [`ATHLETES`], letter of the group, hours ago.
pub const REQUESTS: [(usize, char, i64); 3] = [(4, 'T', 44), (6, 'T', 5), (33, 'H', 20)];

/// Who was told no: index in [`ATHLETES`], letter of the group, days ago.
pub const DECLINED: (usize, char, i64) = (19, 'T', 23);

/// Who was in a group for a while: index in [`ATHLETES`], letter, joined and left so many days ago.
pub const DEPARTED: [(usize, char, i64, i64); 2] = [(4, 'H', 310, 38), (3, 'M', 260, 96)];

const fn of(
    name: &'static str,
    zone: &'static str,
    level: char,
    coach: usize,
    groups: &'static str,
    labels: &'static [&'static str],
) -> Athlete {
    let coach = if coach < 3 { Some(coach) } else { None };
    Athlete { name, zone, level, coach, groups, labels, story: Steady, vdot: (42.0, 44.0), week: (40.0, 5) }
}

impl Athlete {
    const fn runs(mut self, story: Story, vdot: (f64, f64), week: (f64, usize)) -> Self {
        self.story = story;
        self.vdot = vdot;
        self.week = week;
        self
    }
}

/// The address of a person of this name: `first.last@example.org`, without accents.
pub fn email(name: &str) -> String {
    let plain: String = crate::domain::person::fold(name)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || " -".contains(*c))
        .collect();
    // The part before the @ has at most 64 characters.
    let local: String = plain.replace(' ', ".").chars().take(64).collect();
    format!("{local}@example.org")
}

/// The athletes. The first one's sign-in is printed.
pub const ATHLETES: [Athlete; 60] = [
    of("Naledi Mokoena", "Africa/Johannesburg", 'i', 0, "MT", &["marathon", "tue-track"]).runs(
        Spike,
        (44.5, 48.0),
        (54.0, 6),
    ),
    of("Oluwaseun Adeyemi", "Africa/Lagos", 'i', 1, "M", &["half"]).runs(
        Silent { days: 12 },
        (41.0, 43.5),
        (38.0, 4),
    ),
    of("Sofia Marchetti", "Europe/Rome", 'a', 0, "5T", &["5k"]).runs(Steady, (50.0, 53.0), (48.0, 6)),
    of("Kenji Watanabe", "Asia/Tokyo", 'a', 2, "T", &["tue-track"]).runs(
        Half { in_weeks: 5 },
        (53.0, 56.0),
        (62.0, 6),
    ),
    of("Freya Halvorsen", "Europe/Oslo", 'i', 1, "", &["base"]).runs(Steady, (43.0, 44.0), (36.0, 4)),
    of("Amara Diallo", "Africa/Dakar", 'b', 0, "F", &["injury-watch"]).runs(
        Gap { from: 22, to: 7 },
        (37.0, 36.0),
        (28.0, 4),
    ),
    of("Ravi Subramanian", "Asia/Kolkata", 'i', 2, "5", &["5k"]).runs(Steady, (42.0, 45.0), (36.0, 4)),
    of("Lucía Herrera", "America/Mexico_City", 'i', 0, "M", &["marathon"]).runs(
        Marathon { in_weeks: 1 },
        (45.0, 48.5),
        (58.0, 5),
    ),
    of("Wanjiru Kamau", "Africa/Nairobi", 'e', 0, "TM", &["marathon", "tue-track"]).runs(
        Marathon { in_weeks: 6 },
        (62.0, 65.0),
        (118.0, 7),
    ),
    of("Mateusz Zieliński", "Europe/Warsaw", 'i', 1, "M", &["marathon"]).runs(
        Marathon { in_weeks: 2 },
        (46.0, 49.0),
        (60.0, 5),
    ),
    of("Hana Kovářová", "Europe/Prague", 'i', 2, "5", &["5k"]).runs(TwoDevices, (44.0, 46.5), (34.0, 4)),
    of("Tewodros Bekele", "Africa/Addis_Ababa", 'e', 0, "TM", &["marathon"]).runs(
        Marathon { in_weeks: -5 },
        (66.0, 68.0),
        (130.0, 7),
    ),
    of("Chloe Nguyen", "America/Los_Angeles", 'i', 2, "5", &["5k"]).runs(Steady, (40.0, 43.0), (30.0, 4)),
    of("Siobhán Gallagher", "Europe/Dublin", 'a', 0, "T5", &["tue-track", "5k"]).runs(
        Steady,
        (49.0, 51.0),
        (50.0, 5),
    ),
    of("Kahu Ngata", "Pacific/Auckland", 'i', 1, "H", &["trail"]).runs(Trail, (46.0, 48.0), (52.0, 4)),
    of("Leilani Kealoha", "Pacific/Honolulu", 'i', 1, "H", &["trail"]).runs(Trail, (42.0, 44.0), (40.0, 4)),
    of("Min-jun Park", "Asia/Seoul", 'a', 2, "M", &["marathon"]).runs(
        Marathon { in_weeks: 10 },
        (52.0, 55.0),
        (74.0, 6),
    ),
    of("Zainab Al-Rashid", "Asia/Riyadh", 'i', 2, "M", &["half"]).runs(Treadmill, (40.0, 42.0), (32.0, 4)),
    of("Dmitri Volkov", "Europe/Helsinki", 'i', 3, "", &[]).runs(
        Stopped { since: 9 },
        (47.0, 46.0),
        (44.0, 4),
    ),
    of("Ananya Bose", "Asia/Kolkata", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 14 },
        (29.0, 33.0),
        (16.0, 3),
    ),
    of("Björn Lindgren", "Europe/Stockholm", 'a', 0, "T", &["tue-track"]).runs(
        Half { in_weeks: -3 },
        (54.0, 56.0),
        (66.0, 6),
    ),
    of("Thandiwe Khumalo", "Africa/Johannesburg", 'i', 0, "M", &["marathon"]).runs(
        Marathon { in_weeks: 1 },
        (43.0, 46.0),
        (52.0, 5),
    ),
    of("Gabriel Okonkwo", "Africa/Lagos", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 22 },
        (30.0, 35.0),
        (18.0, 3),
    ),
    of("Marie-Ève Tremblay", "America/Toronto", 'a', 0, "M", &["marathon", "tri"]).runs(
        Cross,
        (49.0, 51.0),
        (44.0, 4),
    ),
    of("Yusuf Haddad", "Asia/Amman", 'i', 2, "5", &["5k"]).runs(Steady, (45.0, 47.0), (38.0, 5)),
    of("Eilidh Campbell", "Europe/London", 'a', 1, "H", &["trail", "fell"]).runs(
        Trail,
        (50.0, 52.0),
        (64.0, 5),
    ),
    of("Nguyễn Thị Lan", "Asia/Ho_Chi_Minh", 'i', 2, "M", &["half"]).runs(
        Half { in_weeks: 8 },
        (41.0, 44.0),
        (42.0, 4),
    ),
    of("Diego Fuentes", "America/Santiago", 'i', 1, "H", &["trail"]).runs(Trail, (44.0, 46.0), (48.0, 4)),
    of("Elif Demir", "Europe/Istanbul", 'i', 0, "M", &["marathon"]).runs(
        Marathon { in_weeks: 14 },
        (44.0, 46.0),
        (50.0, 5),
    ),
    of("João Pedro Almeida", "America/Sao_Paulo", 'a', 0, "M", &["marathon"]).runs(
        Marathon { in_weeks: 6 },
        (51.0, 54.0),
        (78.0, 6),
    ),
    of("Grace Mensah", "Africa/Accra", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 9 },
        (27.0, 30.0),
        (13.0, 3),
    ),
    of("Nikolaos Papadakis", "Europe/Athens", 'i', 2, "V", &["masters"]).runs(
        Steady,
        (40.0, 39.5),
        (42.0, 5),
    ),
    of("Aroha Tipene", "Pacific/Auckland", 'i', 1, "H", &["trail", "injury-watch"]).runs(
        Gap { from: 12, to: 3 },
        (45.0, 44.0),
        (42.0, 4),
    ),
    of("Farid Rahimi", "Asia/Kabul", 'i', 3, "", &[]).runs(Steady, (44.0, 45.0), (32.0, 3)),
    of("Ingrid Sæther", "Europe/Oslo", 'i', 2, "V", &["masters", "half"]).runs(
        Steady,
        (39.0, 39.0),
        (46.0, 5),
    ),
    of("Samuel Okoth", "Africa/Nairobi", 'e', 0, "T", &["5k", "tue-track"]).runs(
        Steady,
        (67.0, 69.0),
        (98.0, 7),
    ),
    of("Mei-Ling Chen", "Asia/Taipei", 'i', 2, "5", &["5k"]).runs(Steady, (41.0, 44.0), (32.0, 4)),
    of("Callum Whitfield", "Europe/London", 'i', 1, "H", &["fell"]).runs(Trail, (47.0, 49.0), (50.0, 4)),
    of("Priya Raghunathan", "Asia/Singapore", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 30 },
        (31.0, 37.0),
        (22.0, 3),
    ),
    of("Oskar Jansen", "Europe/Amsterdam", 'i', 2, "V", &["masters"]).runs(Steady, (43.0, 42.5), (50.0, 5)),
    of("Fatoumata Traoré", "Africa/Bamako", 'b', 1, "F", &[]).runs(
        Beginner { since: 18 },
        (29.0, 33.0),
        (15.0, 3),
    ),
    of("Benedikt Huber", "Europe/Vienna", 'i', 2, "V", &["masters"]).runs(Cross, (41.0, 41.0), (30.0, 3)),
    of("Noor van Dijk", "Europe/Amsterdam", 'a', 2, "5", &["5k"]).runs(Steady, (48.0, 51.0), (46.0, 5)),
    of("Isabela Rocha", "America/Sao_Paulo", 'b', 1, "F", &["returning"]).runs(
        Gap { from: 45, to: 9 },
        (38.0, 35.0),
        (24.0, 4),
    ),
    of("Arjun Malhotra", "Asia/Dubai", 'b', 3, "", &[]).runs(New, (36.0, 36.0), (20.0, 3)),
    of("Katarzyna Nowak", "Europe/Warsaw", 'i', 0, "M", &["marathon"]).runs(
        Marathon { in_weeks: 10 },
        (43.0, 47.0),
        (54.0, 5),
    ),
    of("Tariq Bennani", "Africa/Casablanca", 'i', 2, "5", &["5k"]).runs(Spike, (45.0, 47.0), (36.0, 4)),
    of("Wren Abernathy", "America/Denver", 'b', 1, "F", &[]).runs(
        Beginner { since: 6 },
        (28.0, 30.0),
        (12.0, 3),
    ),
    of("Lomasi Begay", "America/Phoenix", 'i', 2, "V", &["masters"]).runs(Steady, (38.0, 38.5), (34.0, 4)),
    of("Guðrún Helga Þorsteinsdóttir", "Atlantic/Reykjavik", 'i', 1, "HV", &["trail", "masters"]).runs(
        Trail,
        (41.0, 41.5),
        (40.0, 4),
    ),
    of(
        "Maximiliane Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
        "Europe/Berlin",
        'i',
        0,
        "M",
        &["marathon", "early-riser"],
    )
    .runs(Marathon { in_weeks: -2 }, (44.0, 47.0), (56.0, 5)),
    of("Željko Šimunović", "Europe/Zagreb", 'i', 2, "V", &["masters"]).runs(Steady, (40.0, 40.0), (38.0, 4)),
    of("Keala O’Brien-Nakamura", "Pacific/Honolulu", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 12 },
        (28.0, 31.0),
        (14.0, 3),
    ),
    of("Li Na", "Asia/Shanghai", 'a', 2, "5", &["5k"]).runs(Steady, (52.0, 54.0), (54.0, 6)),
    of("Ahmed Ould Cheikh", "Africa/Nouakchott", 'b', 1, "F", &[]).runs(
        Stopped { since: 4 },
        (32.0, 33.0),
        (18.0, 3),
    ),
    of("Chinonso Eze", "Africa/Lagos", 'i', 0, "M", &["half"]).runs(
        Half { in_weeks: 2 },
        (43.0, 46.0),
        (44.0, 4),
    ),
    of("Tupaia Faʻasavalu", "Pacific/Apia", 'b', 1, "F", &["first-5k"]).runs(
        Beginner { since: 26 },
        (29.0, 34.0),
        (17.0, 3),
    ),
    of("Rosalía Quispe Mamani", "America/La_Paz", 'a', 0, "T", &["tue-track", "half"]).runs(
        Half { in_weeks: 8 },
        (50.0, 53.0),
        (64.0, 6),
    ),
    of("Anders Bjørnson", "Europe/Copenhagen", 'i', 2, "V", &["masters", "injury-watch"]).runs(
        Gap { from: 5, to: -1 },
        (42.0, 41.0),
        (40.0, 4),
    ),
    of("Ewa Wiśniewska", "Europe/Warsaw", 'i', 1, "", &[]).runs(Steady, (42.0, 44.0), (34.0, 4)),
];

/// Index of the athlete who has not agreed to be seen yet.
pub const NOT_AGREED: usize = 59;
/// Index of the athlete whose membership is suspended.
pub const SUSPENDED: usize = 33;

/// Notes: athlete, author (index in [`COACHES`]), days ago, text. Coaches see them, athletes do not.
pub const NOTES: [(usize, usize, i64, &str); 26] = [
    (0, 0, 1, "Two hard sessions in three days again. Talk before Thursday; the week after should be easy."),
    (0, 0, 24, "Wants a spring marathon under 3:20. Looks possible if the long runs stay calm."),
    (0, 2, 63, "Ran the last rep of every set alone on Tuesday. Confident."),
    (1, 1, 3, "No answer to my message since the weekend. Call on Friday."),
    (1, 1, 40, "New job, shifts. Four runs a week is the ceiling for now."),
    (5, 0, 2, "Calf is quiet. Still no hills and no strides; add ten per cent a week at most."),
    (5, 0, 48, "Physio agrees: run and walk from next week."),
    (5, 0, 150, "Calf strain at the end of the long run. Six weeks off at least."),
    (7, 0, 5, "Taper started. Legs feel heavy, which is as it should be."),
    (9, 1, 4, "Asked whether to race a 10 km during the taper. No."),
    (10, 2, 11, "Her watch and her telephone both upload. The doubles are linked, nothing to do."),
    (8, 0, 17, "Altitude camp in two weeks. Keep the Tuesday session until then."),
    (11, 0, 30, "Marathon done, third. Three quiet weeks, then we plan."),
    (17, 2, 20, "Treadmill until the heat is over. Calibrated it against the track."),
    (18, 0, 58, "Moved away for work, keeps the membership for now."),
    (19, 1, 6, "Ran three kilometres without a walk for the first time."),
    (22, 1, 13, "Shoes were worn out. Bought new ones, shins better at once."),
    (32, 1, 9, "Ankle is stable again. Flat paths only until the end of the month."),
    (33, 0, 35, "Fees open since spring. Membership suspended after the third letter."),
    (38, 1, 15, "Ready for the next group. Ask whether she wants to."),
    (43, 1, 21, "First runs after the baby. Everything by feel, no watch if she likes."),
    (46, 2, 2, "Doubled his week without a word. Slow him down."),
    (50, 0, 12, "Marathon in 3:31:40, very even. Wants to know what comes next."),
    (54, 1, 26, "Travelling. Will write when he is back."),
    (58, 2, 8, "Achilles again. Bike only, see the physio first."),
    (59, 1, 5, "Invitation sent. Until she agrees we see the name and nothing else."),
];

/// A group whose report of the week before was kept, and what its coach wrote on it.
pub const KEPT_REPORT: (&str, &str) = (
    "Marathon Build",
    "Long runs went well in the cold.\n\nTwo ran the tempo on tired legs: Thursday is easy for everybody next week.",
);
