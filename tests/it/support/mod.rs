//! The cast and the stage: a fresh database each, a clock that stands still, an in-memory router.
//!
//! `HARRIER_TEST_POSTGRES` (an address such as `postgres://user@host/postgres`) puts every test on a
//! database of its own there; otherwise each has its own SQLite file.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "what one test file leaves out another uses; tests read their own settings"
)]

pub mod recordings;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use harrier::app::admin::NewPerson;
use harrier::app::seal::Key;
use harrier::app::{App, Clock, Db, Entropy, Settings};
use harrier::domain::ids::{OrgId, UserId};
use harrier::outside::mail::Transport;
use harrier::web::{self, Proxies, Site};
use http_body_util::BodyExt;
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// Every test begins on Wednesday 18 November 2026, 12:00 UTC.
pub const NOW: i64 = 1_795_003_200;
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// The site on a fresh database, with nobody in it.
pub struct Stage {
    pub app: App,
    pub router: Router,
    folder: PathBuf,
    database: String,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A database of its own for a test: on PostgreSQL a copy of `template`, on SQLite a copy of its file.
async fn fresh_database(folder: &Path, name: &str, template: Option<&str>) -> Db {
    let Some(server) = postgres() else {
        let file = folder.join("test.db");
        if let Some(template) = template {
            std::fs::copy(template, &file).expect("a copy of the cast's database");
        }
        return Db::open(&format!("sqlite://{}", file.display())).await.expect("a SQLite file");
    };
    let admin = sqlx::PgPool::connect(&server).await.expect("HARRIER_TEST_POSTGRES answers");
    let sql = format!("CREATE DATABASE {name} TEMPLATE {}", template.unwrap_or("template0"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&admin).await.expect("a database");
    admin.close().await;
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Db::open(&format!("{base}/{name}")).await.expect("the database")
}

/// The PostgreSQL server that the tests run on, if they do.
pub fn postgres() -> Option<String> {
    std::env::var("HARRIER_TEST_POSTGRES").ok()
}

/// An empty stage.
pub async fn stage() -> Stage {
    stage_on(None).await
}

impl Stage {
    /// The address of this stage's database.
    pub fn url(&self) -> String {
        match postgres() {
            Some(server) => format!("{}/{}", server.rsplit_once('/').expect("an address").0, self.database),
            None => format!("sqlite://{}", self.folder.join("test.db").display()),
        }
    }

    /// Puts into the database what no form brings about.
    pub async fn execute(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if postgres().is_some() {
            let pool = sqlx::PgPool::connect(&self.url()).await.expect("the database");
            sqlx::raw_sql(sql).execute(&pool).await.expect("a statement");
            pool.close().await;
        } else {
            let pool = sqlx::SqlitePool::connect(&self.url()).await.expect("the database");
            sqlx::raw_sql(sql).execute(&pool).await.expect("a statement");
            pool.close().await;
        }
    }

    /// The texts that a query gives.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if postgres().is_some() {
            let pool = sqlx::PgPool::connect(&self.url()).await.expect("the database");
            let texts = sqlx::query_scalar(sql).fetch_all(&pool).await.expect("texts");
            pool.close().await;
            texts
        } else {
            let pool = sqlx::SqlitePool::connect(&self.url()).await.expect("the database");
            let texts = sqlx::query_scalar(sql).fetch_all(&pool).await.expect("texts");
            pool.close().await;
            texts
        }
    }

    /// The number that a query gives.
    pub async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if postgres().is_some() {
            let pool = sqlx::PgPool::connect(&self.url()).await.expect("the database");
            let number = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("a number");
            pool.close().await;
            number
        } else {
            let pool = sqlx::SqlitePool::connect(&self.url()).await.expect("the database");
            let number = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("a number");
            pool.close().await;
            number
        }
    }

    /// Lets the coaches see an athlete's data from this instant on (Unix seconds).
    pub async fn agree_from(&self, athlete: UserId, from: i64) {
        self.execute(&format!("UPDATE memberships SET visible_from = {from} WHERE user_id = '{athlete}'"))
            .await;
    }

    /// Another process on the same database with other settings.
    pub async fn with_settings(&self, settings: Settings) -> App {
        let db = Db::open(&self.url()).await.expect("the same database");
        let seed = NEXT.fetch_add(1, Ordering::SeqCst);
        App::new(db, Clock::still(NOW), Entropy::seeded(seed), settings, Transport::memory())
    }

    /// Another process on the same database, at [`NOW`] again.
    pub async fn another(&self, is_signup_open: bool, transport: Transport) -> App {
        let db = Db::open(&self.url()).await.expect("the same database");
        app_with(db, NEXT.fetch_add(1, Ordering::SeqCst), is_signup_open, transport)
    }
}

async fn stage_on(template: Option<&str>) -> Stage {
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let name = format!("harrier_test_{}_{number}", std::process::id());
    let folder = std::env::temp_dir().join(&name);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let db = fresh_database(&folder, &name, template).await;
    db.migrate().await.expect("migrations");
    let app = app_on(db, number);
    let router = web::router(Site { app: app.clone(), proxies: Proxies::default() });
    Stage { app, router, folder, database: name }
}

/// The product on this database, at [`NOW`], with randomness of its own.
fn app_on(db: Db, seed: u64) -> App {
    app_with(db, seed, true, Transport::memory())
}

fn app_with(db: Db, seed: u64, is_signup_open: bool, transport: Transport) -> App {
    let settings = Settings {
        public_url: "http://harrier.test".into(),
        is_signup_open,
        mail_from: "Harrier <harrier@harrier.test>".into(),
        chromium: None,
        key: Key::new([7; 32]),
        shows_mails: false,
    };
    App::new(db, Clock::still(NOW), Entropy::seeded(seed), settings, transport)
}

/// Somebody who uses the site: their cookie and their token.
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub cookie: Option<String>,
    pub token: String,
    router: Router,
}

/// The people of every story. The second organization is there so that nothing leaks across.
pub struct Cast {
    pub stage: Stage,
    pub org: OrgId,
    pub other_org: OrgId,
    pub head_coach: Person,
    pub coach: Person,
    pub other_coach: Person,
    pub athlete: Person,
    pub other_athlete: Person,
    /// The head coach of the second organization.
    pub stranger: Person,
    /// An athlete of the second organization.
    pub strange_athlete: Person,
    pub anonymous: Person,
}

/// What is known of the people before a stage is set: made once for each run, since hashing and checking
/// a dozen passwords takes longer than most tests.
struct Blueprint {
    /// The SQLite file or the PostgreSQL database that every cast is copied from.
    template: String,
    org: OrgId,
    other_org: OrgId,
    people: Vec<Known>,
    _stage: Stage,
}

struct Known {
    id: UserId,
    email: &'static str,
    cookie: String,
    token: String,
}

static BLUEPRINT: OnceCell<Blueprint> = OnceCell::const_new();

/// Email, name, organization, whether a coach. The first coach of an organization is its head coach.
const PEOPLE: [(&str, &str, &str, bool); 7] = [
    ("marta@lowfield.test", "Marta Lindqvist", "Lowfield", true),
    ("tomas@lowfield.test", "Tomás Ferreira", "Lowfield", true),
    ("aiko@lowfield.test", "Aiko Tanabe", "Lowfield", true),
    ("naledi@lowfield.test", "Naledi Mokoena", "Lowfield", false),
    ("kenji@lowfield.test", "Kenji Watanabe", "Lowfield", false),
    ("olga@elsewhere.test", "Olga Petrova", "Elsewhere", true),
    ("wren@elsewhere.test", "Wren Abernathy", "Elsewhere", false),
];

async fn blueprint() -> Blueprint {
    let stage = stage().await;
    let mut people = Vec::new();
    let mut orgs = Vec::new();
    for (email, name, organization, is_coach) in PEOPLE {
        let new = NewPerson {
            email: email.into(),
            name: name.into(),
            password: PASSWORD.into(),
            timezone: "Europe/Lisbon".into(),
        };
        let made = if is_coach {
            stage.app.admin_create_coach(&new, organization).await
        } else {
            stage.app.admin_create_athlete(&new, organization).await
        };
        let made = made.unwrap_or_else(|e| panic!("{email}: {e}"));
        orgs.push(made.organization_id);
        let (_, token) = stage.app.admin_create_token(email, "tests", true).await.expect("a token");
        let nobody = Person {
            id: made.user_id,
            email: email.into(),
            cookie: None,
            token,
            router: stage.router.clone(),
        };
        let cookie = nobody.sign_in().await;
        people.push(Known { id: made.user_id, email, cookie, token: nobody.token });
    }
    stage.app.close().await;
    let template = match postgres() {
        Some(_) => stage.database.clone(),
        None => stage.folder.join("test.db").display().to_string(),
    };
    Blueprint { template, org: orgs[0], other_org: orgs[5], people, _stage: stage }
}

/// Everybody, signed in, with a token each.
pub async fn cast() -> Cast {
    let known = BLUEPRINT.get_or_init(blueprint).await;
    let stage = stage_on(Some(&known.template)).await;
    let person = |number: usize| {
        let k = &known.people[number];
        Person {
            id: k.id,
            email: k.email.into(),
            cookie: Some(k.cookie.clone()),
            token: k.token.clone(),
            router: stage.router.clone(),
        }
    };
    Cast {
        org: known.org,
        other_org: known.other_org,
        head_coach: person(0),
        coach: person(1),
        other_coach: person(2),
        athlete: person(3),
        other_athlete: person(4),
        stranger: person(5),
        strange_athlete: person(6),
        anonymous: Person { cookie: None, token: String::new(), email: String::new(), ..person(3) },
        stage,
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.body))
    }

    /// An attribute of all elements that match, those without it left out.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = scraper::Selector::parse(selector).expect("a selector");
        let html = scraper::Html::parse_document(&self.body);
        html.select(&selector).filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }

    /// The texts of everything that this CSS selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.body);
        let selector = scraper::Selector::parse(selector).expect("a selector");
        let squeeze = |e: scraper::ElementRef| {
            e.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        page.select(&selector).map(squeeze).collect()
    }
}

impl Cast {
    /// Every mail so far, sent into memory.
    pub async fn mails(&self) -> Vec<harrier::outside::mail::Mail> {
        self.stage.app.send_due_mail().await.expect("the outbox is worked off");
        self.stage.app.transport().kept()
    }

    /// The path of the newest link of a mail to this address that begins like this.
    pub async fn mailed(&self, to: &str, beginning: &str) -> String {
        let mails = self.mails().await;
        let lines = mails.iter().filter(|mail| mail.to == to).flat_map(|mail| mail.text.lines());
        let mut paths = lines.filter_map(|line| line.strip_prefix("http://harrier.test"));
        paths.rfind(|path| path.starts_with(beginning)).expect("a link").to_owned()
    }

    /// Makes a group by API as its coach, with these members; gives its id.
    pub async fn group(&self, group: serde_json::Value, members: &[UserId]) -> String {
        let id = self.coach.make_group(group).await;
        let put = serde_json::json!({ "members": members });
        let put = self.coach.api("PUT", &format!("/groups/{id}"), Some(put)).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.body);
        id
    }
}

impl Person {
    /// Makes a group by API; gives its id.
    pub async fn make_group(&self, group: serde_json::Value) -> String {
        let answer = self.api("POST", "/groups", Some(group)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.json()["status"], "success");
        answer.json()["group_id"].as_str().expect("an id").to_owned()
    }

    /// Nobody in particular, who asks this process.
    pub fn nobody(&self, app: App) -> Self {
        let router = web::router(Site { app, proxies: Proxies::default() });
        Self { id: self.id, email: String::new(), cookie: None, token: String::new(), router }
    }

    /// Somebody who was made on this stage with [`PASSWORD`], signed in.
    pub async fn of(stage: &Stage, id: UserId, email: &str) -> Self {
        let router = stage.router.clone();
        let mut person = Self { id, email: email.to_owned(), cookie: None, token: String::new(), router };
        person.cookie = Some(person.sign_in().await);
        person
    }

    /// The same person once more, for what is done at the same time.
    pub fn another(&self) -> Self {
        self.with(self.cookie.clone(), self.token.clone())
    }

    /// The same browser with another session.
    pub fn with_cookie(&self, cookie: &str) -> Self {
        self.with(Some(cookie.to_owned()), String::new())
    }

    /// The same person through another token.
    pub fn with_token(&self, token: &str) -> Self {
        self.with(None, token.to_owned())
    }

    fn with(&self, cookie: Option<String>, token: String) -> Self {
        Self { id: self.id, email: self.email.clone(), cookie, token, router: self.router.clone() }
    }

    /// Signs in with [`PASSWORD`] and returns the cookie.
    pub async fn sign_in(&self) -> String {
        let body =
            format!("email={}&password={}", self.email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = self.post("/session", &body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{} signs in: {}", self.email, answer.body);
        answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    /// Sends any request as this person on the pages (with their cookie).
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.parse().expect("a cookie"));
        }
        request.headers_mut().entry("sec-fetch-site").or_insert("same-origin".parse().expect("a value"));
        Answer::read(self.router.clone().oneshot(request).await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// As htmx asks for the region of this id.
    pub async fn get_region(&self, path: &str, target: &str) -> Answer {
        let request = Request::get(path).header("hx-request", "true").header("hx-target", target);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Posts a form (already encoded).
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    /// Calls the API with this person's token.
    pub async fn api(&self, method: &str, path: &str, body: Option<serde_json::Value>) -> Answer {
        self.api_with(method, path, body, &[]).await
    }

    /// The same with more headers.
    pub async fn api_with(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).expect("a request");
        Answer::read(self.router.clone().oneshot(request).await.expect("an answer")).await
    }
}
