//! The roster page: what stands in its address, its rows, its filters, its table as CSV.

use std::str::FromStr;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::athletes::roster_address;
use super::organization::WEEKDAYS;
use crate::app::athletes::{Athlete, Choice, Choices, Order, Roster, RosterQuery, Start};
use crate::app::{App, Viewer};
use crate::domain::ids::{GroupId, UserId};
use crate::domain::person::{MemberStatus, UnitSystem, fold, initials};
use crate::domain::{activity::SubType, calendar, units};
use crate::view;
use crate::web::charts::{Svg, sparkline};
use crate::web::error::Failure;
use crate::web::filters::{self, percent_encode};
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::SignedIn;

/// Athletes on a page.
pub const PAGE: i64 = 50;

/// What the address says. Everything is in it, so that a view can be kept and shared; what makes no sense
/// is left out of account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: Vec<String>,
    level: Vec<String>,
    label: Vec<String>,
    /// User ids, or `none`.
    coach: Vec<String>,
    /// Group ids, or `none`.
    group: Vec<String>,
    sort: String,
    page: String,
}

/// A filter that can be taken off: what it says, and the address without it.
pub struct Applied {
    pub text: String,
    pub without: String,
}

/// A box to tick in a filter's menu.
pub struct Tick {
    pub value: String,
    pub text: String,
    pub is_on: bool,
}

/// One filter with its menu.
pub struct Menu {
    pub key: &'static str,
    pub title: &'static str,
    pub ticks: Vec<Tick>,
}

/// What `aria-sort` of a column head says, and nothing where the list is not in its order.
pub fn aria_sort(is_on: bool, is_descending: bool) -> &'static str {
    match (is_on, is_descending) {
        (false, _) => "",
        (true, false) => "ascending",
        (true, true) => "descending",
    }
}

/// A column head that sorts.
pub struct Head {
    pub title: &'static str,
    pub href: String,
    /// What `aria-sort` says, and nothing where the list is not in this order.
    pub sorted: &'static str,
}

/// The column heads that sort.
pub struct Heads {
    pub name: Head,
    pub status: Head,
    pub level: Head,
    pub coach: Head,
    pub last: Head,
    pub week: Head,
}

/// A way to sort, for the menu.
pub struct Sort {
    pub value: String,
    pub title: &'static str,
    pub is_on: bool,
}

/// One athlete.
pub struct Row {
    pub id: UserId,
    pub name: String,
    pub initials: String,
    pub email: String,
    pub status: MemberStatus,
    pub level: String,
    /// Label and the address of the roster with it.
    pub labels: Vec<(String, String)>,
    pub coach: Option<String>,
    pub groups: String,
    /// When and how far, kind and pace.
    pub last: Option<(String, String)>,
    pub week: Option<String>,
    pub last_week: String,
    /// The day of the week there, where this week is another one than the viewer's.
    pub other_week: Option<String>,
    pub spark: Option<Svg>,
    /// Whether the athlete has agreed to be seen.
    pub is_open: bool,
}

/// A link to a page of the list.
pub struct Step {
    pub number: i64,
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "athletes/index.html", blocks = ["results"])]
pub struct Index {
    pub search: String,
    pub menus: Vec<Menu>,
    pub sorts: Vec<Sort>,
    pub sort_title: &'static str,
    pub is_compact: bool,
    pub applied: Vec<Applied>,
    /// What the address said that makes no sense.
    pub ignored: String,
    /// This view from its first page.
    pub first_page: String,
    /// The address without any filter.
    pub clear: String,
    /// The address with only the viewer's own athletes, where that is not on already.
    pub mine: Option<String>,
    pub heads: Heads,
    pub rows: Vec<Row>,
    pub everyone: i64,
    pub active: i64,
    pub total: i64,
    pub first: i64,
    pub last: i64,
    pub steps: Vec<Step>,
    pub next: Option<String>,
    pub export: String,
    /// This view's own query, to come back to after a bulk act.
    pub back: String,
    pub is_head_coach: bool,
    pub has_groups: bool,
    pub unit: &'static str,
    /// Whose weeks they are, and when they begin.
    pub weeks: String,
}
view!(Index, "results" => as_results);

const SORTS: [(&str, Order, &str); 6] = [
    ("name", Order::Name, "Name"),
    ("status", Order::Status, "Status"),
    ("level", Order::Level, "Level"),
    ("coach", Order::Coach, "Coach"),
    ("last", Order::LastRun, "Last run"),
    ("distance", Order::WeekDistance, "This week"),
];

/// Dates and distances are wanted largest first.
fn starts_down(order: Order) -> bool {
    matches!(order, Order::LastRun | Order::WeekDistance)
}

/// An id in the address, or `none` for nobody and nothing; outside it `None` for what is neither.
fn read_id<T: FromStr>(word: &str) -> Option<Option<T>> {
    if word == "none" { Some(None) } else { word.parse().ok().map(Some) }
}

/// What stands on the chip of an id in the address: the words for none, before a name, and for one that is not
/// among the choices.
fn chip<T: FromStr + PartialEq>(
    word: &str,
    choices: &[Choice<T>],
    [none, before, another]: [&str; 3],
) -> Option<String> {
    let Some(id) = read_id::<T>(word)? else { return Some(none.to_owned()) };
    let known = choices.iter().find(|choice| choice.value == id);
    Some(known.map_or(another.to_owned(), |known| format!("{before} {}", known.name)))
}

impl Asked {
    fn order(&self) -> (usize, bool) {
        let word = self.sort.strip_prefix('-').unwrap_or(&self.sort);
        let place = SORTS.iter().position(|(w, _, _)| *w == word).unwrap_or(0);
        (place, self.sort.starts_with('-') && SORTS[place].0 == word)
    }

    /// Takes out what makes no sense, and says what that was; so no address that is made from this has it.
    fn tidy(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut keep = |list: &mut Vec<String>, name: &str, is_known: &dyn Fn(&str) -> bool| {
            list.retain(|word| {
                let is_fine = word.is_empty() || is_known(word);
                if !is_fine {
                    wrong.push(format!("{name} “{word}”"));
                }
                is_fine
            });
        };
        keep(&mut self.status, "status", &|word| word.parse::<MemberStatus>().is_ok());
        keep(&mut self.coach, "coach", &|word| read_id::<UserId>(word).is_some());
        keep(&mut self.group, "group", &|word| read_id::<GroupId>(word).is_some());
        let word = self.sort.strip_prefix('-').unwrap_or(&self.sort);
        if !word.is_empty() && SORTS.iter().all(|(known, _, _)| *known != word) {
            wrong.push(format!("order “{word}”"));
            self.sort.clear();
        }
        wrong
    }

    fn page(&self) -> i64 {
        self.page.parse().ok().filter(|p| (1..=1_000_000).contains(p)).unwrap_or(1)
    }

    fn statuses(&self) -> Vec<MemberStatus> {
        self.status.iter().filter_map(|s| s.parse().ok()).collect()
    }

    fn coaches(&self) -> Vec<Option<UserId>> {
        self.coach.iter().filter_map(|word| read_id(word)).collect()
    }

    fn groups(&self) -> Vec<Option<GroupId>> {
        self.group.iter().filter_map(|word| read_id(word)).collect()
    }

    /// What the product is asked for.
    pub fn query(&self) -> RosterQuery {
        let (place, is_descending) = self.order();
        let filled = |list: &[String]| list.iter().filter(|t| !t.trim().is_empty()).cloned().collect();
        RosterQuery {
            search: self.q.clone(),
            statuses: self.statuses(),
            levels: filled(&self.level),
            coaches: self.coaches(),
            groups: self.groups(),
            labels: filled(&self.label),
            order: SORTS[place].1,
            is_descending,
            start: Start::Offset((self.page() - 1) * PAGE),
            limit: PAGE,
        }
    }

    /// The address of this view below `path`.
    fn href(&self, path: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        if !self.q.trim().is_empty() {
            pairs.push(("q", self.q.trim()));
        }
        for (key, list) in [
            ("status", &self.status),
            ("level", &self.level),
            ("label", &self.label),
            ("coach", &self.coach),
            ("group", &self.group),
        ] {
            pairs.extend(list.iter().filter(|v| !v.is_empty()).map(|v| (key, v.as_str())));
        }
        for (key, value, usual) in [("sort", &self.sort, "name"), ("page", &self.page, "1")] {
            if !value.is_empty() && value != usual {
                pairs.push((key, value));
            }
        }
        let query: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={}", percent_encode(v))).collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }

    /// The same view changed, from its first page.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut asked = Self { page: String::new(), ..self.clone() };
        change(&mut asked);
        asked.href("/athletes")
    }

    fn applied(&self, choices: &Choices) -> Vec<Applied> {
        let mut applied = Vec::new();
        if !self.q.trim().is_empty() {
            let without = self.with(|a| a.q.clear());
            applied.push(Applied { text: format!("“{}”", self.q.trim()), without });
        }
        for status in self.statuses() {
            let without = self.with(|a| a.status.retain(|s| s != status.word()));
            applied.push(Applied { text: status.label().to_owned(), without });
        }
        for level in self.level.iter().filter(|l| !l.is_empty()) {
            let without = self.with(|a| a.level.retain(|l| l != level));
            applied.push(Applied { text: level.clone(), without });
        }
        for label in self.label.iter().filter(|l| !l.is_empty()) {
            let without = self.with(|a| a.label.retain(|l| l != label));
            applied.push(Applied { text: format!("@{}", label.trim_start_matches('@')), without });
        }
        for word in &self.coach {
            let text = chip(word, &choices.coaches, ["No coach", "Coach", "Another coach"]);
            let without = || self.with(|a| a.coach.retain(|c| c != word));
            applied.extend(text.map(|text| Applied { text, without: without() }));
        }
        for word in &self.group {
            let text = chip(word, &choices.groups, ["In no group", "In", "In another group"]);
            let without = || self.with(|a| a.group.retain(|g| g != word));
            applied.extend(text.map(|text| Applied { text, without: without() }));
        }
        applied
    }

    fn menus(&self, choices: &Choices) -> Vec<Menu> {
        let tick = |value: &str, text: String, list: &[String]| Tick {
            value: value.to_owned(),
            text,
            is_on: list.iter().any(|v| v == value || v.strip_prefix('@') == Some(value)),
        };
        let statuses = MemberStatus::ALL.iter().map(|s| tick(s.word(), s.label().to_owned(), &self.status));
        // Spellings of one level are one level.
        let spelt = |l: &String| Tick {
            is_on: self.level.iter().any(|asked| fold(asked) == fold(l)),
            ..tick(l, l.clone(), &[])
        };
        let mut levels: Vec<Tick> = choices.levels.iter().map(spelt).collect();
        levels.dedup_by_key(|tick| fold(&tick.value));
        let labels = choices.labels.iter().map(|l| tick(l, format!("@{l}"), &self.label));
        let coaches = choices.coaches.iter().map(|c| tick(&c.value.to_string(), c.name.clone(), &self.coach));
        let nobody = tick("none", "No coach".to_owned(), &self.coach);
        let groups = choices.groups.iter().map(|g| tick(&g.value.to_string(), g.name.clone(), &self.group));
        let loose = (!choices.groups.is_empty()).then(|| tick("none", "In no group".to_owned(), &self.group));
        vec![
            Menu { key: "status", title: "Status", ticks: statuses.collect() },
            Menu { key: "level", title: "Level", ticks: levels },
            Menu { key: "label", title: "Label", ticks: labels.collect() },
            Menu { key: "coach", title: "Coach", ticks: coaches.chain([nobody]).collect() },
            Menu { key: "group", title: "Group", ticks: groups.chain(loose).collect() },
        ]
    }

    fn head(&self, place: usize, title: &'static str) -> Head {
        let (current, is_descending) = self.order();
        let word = SORTS[place].0;
        let down = if current == place { !is_descending } else { starts_down(SORTS[place].1) };
        let sort = if down { format!("-{word}") } else { word.to_owned() };
        let sorted = aria_sort(current == place, is_descending);
        Head { title, href: self.with(|a| a.sort = sort), sorted }
    }

    fn steps(&self, total: i64) -> Vec<Step> {
        let (page, pages) = (self.page(), (total + PAGE - 1) / PAGE);
        let is_near = |n: i64| n == 1 || n == pages || (n - page).abs() <= 2;
        (1..=pages)
            .filter(|n| is_near(*n))
            .map(|number| Step { number, href: (number != page).then(|| self.to_page(number)) })
            .collect()
    }

    fn to_page(&self, number: i64) -> String {
        self.with(|a| a.page = number.to_string())
    }
}

/// When the last run was, how far, and how.
fn last_run(athlete: &Athlete, system: UnitSystem) -> Option<(String, String)> {
    let row = &athlete.current.row;
    let (day, duration) = (row.run_day?, row.run_duration?);
    let when = calendar::brief_day(day, athlete.today);
    let kind = match row.run_sub_type {
        None | Some(SubType::Other) => "Run",
        Some(kind) => kind.label(),
    };
    Some(match row.run_distance.filter(|d| *d > 0.0) {
        Some(metres) => (
            format!("{when}, {}", units::distance(metres, system)),
            format!("{kind}, {}", units::pace(duration / metres * 1000.0, system)),
        ),
        None => (when, format!("{kind}, {}", units::duration(duration))),
    })
}

fn in_units(metres: f64, system: UnitSystem) -> f64 {
    units::Distance(metres).in_units(system)
}

/// What all rows of a page have in common.
struct Shared {
    system: UnitSystem,
    /// The longest week of anybody on the page in metres: the height of the tallest bar.
    most: f64,
    first_weekday: i64,
    /// The viewer's own.
    today: i64,
}

impl Shared {
    fn of(athletes: &[Athlete], system: UnitSystem, first_weekday: i64, today: i64) -> Self {
        let most = athletes.iter().filter_map(|a| a.weeks).flatten().fold(0.0, f64::max);
        Self { system, most, first_weekday, today }
    }
}

impl Row {
    fn new(athlete: Athlete, shared: &Shared) -> Self {
        let system = shared.system;
        let last = last_run(&athlete, system);
        let has_run = last.is_some();
        let current = athlete.current;
        let label = format!("Last eight weeks in {}", units::distance_unit(system));
        let spark = athlete.weeks.filter(|_| has_run).map(|weeks| {
            sparkline(&weeks.map(|m| in_units(m, system)), in_units(shared.most, system), &label)
        });
        let with_label = |l: String| {
            let only = Asked { label: vec![l.clone()], ..Asked::default() };
            let href = only.href("/athletes");
            (l, href)
        };
        Self {
            id: current.row.user_id,
            initials: initials(&current.row.display_name),
            name: current.row.display_name,
            email: current.row.email,
            status: current.row.status,
            level: current.row.member_level,
            labels: current.labels.into_iter().map(with_label).collect(),
            coach: current.row.coach_name,
            groups: current.groups.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", "),
            last,
            // As the list is sorted: nothing run is 0, and only who cannot be seen has a dash.
            week: athlete.weeks.map(|w| units::distance(w[w.len() - 1], system)),
            last_week: athlete.weeks.map_or(String::new(), |w| units::distance(w[w.len() - 2], system)),
            other_week: (calendar::week_start(athlete.today, shared.first_weekday)
                != calendar::week_start(shared.today, shared.first_weekday))
            .then(|| calendar::date_of(athlete.today).format("%a").to_string()),
            spark,
            is_open: athlete.weeks.is_some(),
        }
    }
}

/// `GET /athletes`
pub async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    headers: HeaderMap,
    Query(mut asked): Query<Asked>,
) -> Result<Page, Failure> {
    let ignored = asked.tidy();
    let roster = app.roster(&viewer, &asked.query()).await?;
    let everyone = roster.choices.athletes();
    let today = app.today(viewer.zone());
    let view = view(&asked, ignored, roster, &viewer, is_compact(&headers), today);
    Ok(Page::new("Athletes", view).at(Place::Athletes).counted(everyone))
}

/// `ignored` is what the address said that makes no sense, `today` the viewer's own.
fn view(
    asked: &Asked,
    ignored: Vec<String>,
    roster: Roster,
    viewer: &Viewer,
    is_compact: bool,
    today: i64,
) -> Index {
    let system = viewer.user.units;
    let choices = &roster.choices;
    let me = viewer.user.id.to_string();
    let (place, is_descending) = asked.order();
    let current = SORTS[place].0;
    let sorts = SORTS.iter().map(|(word, order, title)| {
        let is_current = *word == current;
        let is_down = starts_down(*order) || (is_current && is_descending);
        let value = if is_down { format!("-{word}") } else { (*word).to_owned() };
        Sort { value, title, is_on: is_current && is_down == is_descending }
    });
    // Where there are no heads to click on twice, the menu has to offer the other end.
    let least = [("last", "Longest since a run"), ("distance", "Least this week")];
    let least = least.map(|(word, title)| Sort {
        value: word.to_owned(),
        title,
        is_on: word == current && !is_descending,
    });
    let first = (asked.page() - 1) * PAGE;
    let shown = roster.athletes.len() as i64;
    let shared = Shared::of(&roster.athletes, system, viewer.first_weekday(), today);
    let scale = match shared.most > 0.0 {
        true => format!(" All bars have one scale: the tallest is {}.", units::distance(shared.most, system)),
        false => String::new(),
    };
    let first_day = usize::try_from(viewer.first_weekday() - 1).ok().and_then(|i| WEEKDAYS.get(i));
    let first_day = first_day.map_or("Monday", |(_, name)| *name);
    let next = (first + shown < roster.total && shown > 0).then(|| asked.to_page(asked.page() + 1));
    Index {
        search: asked.q.clone(),
        menus: asked.menus(choices),
        sorts: sorts.chain(least).collect(),
        sort_title: SORTS[place].2,
        is_compact,
        applied: asked.applied(choices),
        ignored: ignored.join(", "),
        first_page: asked.with(|_| {}),
        clear: Asked { sort: asked.sort.clone(), ..Asked::default() }.href("/athletes"),
        mine: (!asked.coach.contains(&me)).then(|| asked.with(|a| a.coach = vec![me.clone()])),
        heads: Heads {
            name: asked.head(0, "Athlete"),
            status: asked.head(1, "Status"),
            level: asked.head(2, "level"),
            coach: asked.head(3, "Coach"),
            last: asked.head(4, "Last run"),
            week: asked.head(5, "This week"),
        },
        everyone: choices.athletes(),
        active: choices.with_status(MemberStatus::Active),
        total: roster.total,
        first: first + 1,
        last: first + shown,
        steps: if roster.total > PAGE { asked.steps(roster.total) } else { Vec::new() },
        next,
        export: Asked { page: String::new(), ..asked.clone() }.href("/athletes/export"),
        back: asked.href("/athletes"),
        is_head_coach: viewer.is_head_coach(),
        has_groups: !choices.groups.is_empty(),
        unit: units::distance_unit(system),
        weeks: format!("Weeks are each athlete’s own: from {first_day} in their time zone.{scale}"),
        rows: roster.athletes.into_iter().map(|a| Row::new(a, &shared)).collect(),
    }
}

#[derive(Template)]
#[template(source = "{% for row in rows %}{% include \"athletes/_row.html\" %}{% endfor %}", ext = "html")]
struct Rows {
    rows: Vec<Row>,
}

/// The rows of a page by themselves: what the benchmark holds the page against.
#[doc(hidden)]
pub fn rows_alone(athletes: Vec<Athlete>, system: UnitSystem) -> askama::Result<String> {
    let shared = Shared::of(&athletes, system, 1, athletes.first().map_or(0, |a| a.today));
    Rows { rows: athletes.into_iter().map(|a| Row::new(a, &shared)).collect() }.render()
}

/// The cookie in which a browser keeps the height of its rows; it says nothing about anybody.
const ROWS: &str = "rows";

fn is_compact(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    cookies.flat_map(|v| v.split(';')).any(|pair| pair.trim() == format!("{ROWS}=compact"))
}

/// How the rows should be, and where to go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RowsForm {
    rows: String,
    back: String,
}

/// `POST /athletes/rows`: this browser shows the roster so from now on.
pub async fn remember_rows(
    SignedIn(viewer): SignedIn,
    Form(form): Form<RowsForm>,
) -> Result<impl IntoResponse, Failure> {
    viewer.coach()?;
    let chosen = if form.rows == "compact" { "compact" } else { "roomy" };
    let cookie = format!("{ROWS}={chosen}; Path=/athletes; Max-Age=31536000; SameSite=Lax; HttpOnly");
    Ok(([(header::SET_COOKIE, cookie)], Done::to(roster_address(&form.back))))
}

/// `GET /athletes/export`: everybody whom the filter lets through, as CSV. Private notes are not in it.
pub async fn export(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, Failure> {
    let csv = app.export_roster(&viewer, &asked.query()).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"athletes.csv\""),
        ],
        csv,
    ))
}
