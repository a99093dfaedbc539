//! The cast and the stage: a fresh database each, a clock that stands still, an in-memory router.
//!
//! `HARRIER_TEST_POSTGRES` (an address such as `postgres://user@host/postgres`) puts every test on a
//! database of its own there; otherwise each has its own SQLite file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use harrier::app::admin::NewPerson;
use harrier::app::{App, Clock, Db, Entropy, Settings};
use harrier::domain::ids::{OrgId, UserId};
use harrier::web::{self, Proxies, Site};
use http_body_util::BodyExt;
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
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn fresh_database(folder: &std::path::Path, name: &str) -> Db {
    let Ok(server) = std::env::var("HARRIER_TEST_POSTGRES") else {
        return Db::open(&format!("sqlite://{}/test.db", folder.display())).await.expect("a SQLite file");
    };
    // CREATE DATABASE from a migrated template takes a fraction of the time of migrating each.
    let admin = sqlx::PgPool::connect(&server).await.expect("HARRIER_TEST_POSTGRES answers");
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&admin).await.expect("a database");
    admin.close().await;
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Db::open(&format!("{base}/{name}")).await.expect("the database")
}

/// An empty stage.
pub async fn stage() -> Stage {
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let name = format!("harrier_test_{}_{number}", std::process::id());
    let folder = std::env::temp_dir().join(&name);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let db = fresh_database(&folder, &name).await;
    db.migrate().await.expect("migrations");
    let settings = Settings {
        public_url: "http://harrier.test".into(),
        is_signup_open: true,
        mail_from: "Harrier <harrier@harrier.test>".into(),
    };
    let app = App::new(db, Clock::still(NOW), Entropy::seeded(number), settings);
    let router = web::router(Site { app: app.clone(), proxies: Proxies::default() });
    Stage { app, router, folder }
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

/// Everybody, signed in, with a token each.
pub async fn cast() -> Cast {
    let stage = stage().await;
    let app = &stage.app;
    let new = |email: &str, name: &str| NewPerson {
        email: email.into(),
        name: name.into(),
        password: PASSWORD.into(),
        timezone: "Europe/Lisbon".into(),
    };
    let head = app
        .admin_create_coach(&new("marta@lowfield.test", "Marta Lindqvist"), "Lowfield")
        .await
        .expect("made");
    let org = head.organization_id;
    let coach = app
        .admin_create_coach(&new("tomas@lowfield.test", "Tomás Ferreira"), "Lowfield")
        .await
        .expect("made");
    let coach2 =
        app.admin_create_coach(&new("aiko@lowfield.test", "Aiko Tanabe"), "Lowfield").await.expect("made");
    let naledi = app
        .admin_create_athlete(&new("naledi@lowfield.test", "Naledi Mokoena"), "Lowfield")
        .await
        .expect("made");
    let kenji = app
        .admin_create_athlete(&new("kenji@lowfield.test", "Kenji Watanabe"), "Lowfield")
        .await
        .expect("made");
    let far =
        app.admin_create_coach(&new("olga@elsewhere.test", "Olga Petrova"), "Elsewhere").await.expect("made");
    let wren = app
        .admin_create_athlete(&new("wren@elsewhere.test", "Wren Abernathy"), "Elsewhere")
        .await
        .expect("made");
    let person = async |id: UserId, email: &str| Person::signed_in(&stage, id, email).await;
    Cast {
        org,
        other_org: far.organization_id,
        head_coach: person(head.user_id, "marta@lowfield.test").await,
        coach: person(coach.user_id, "tomas@lowfield.test").await,
        other_coach: person(coach2.user_id, "aiko@lowfield.test").await,
        athlete: person(naledi.user_id, "naledi@lowfield.test").await,
        other_athlete: person(kenji.user_id, "kenji@lowfield.test").await,
        stranger: person(far.user_id, "olga@elsewhere.test").await,
        strange_athlete: person(wren.user_id, "wren@elsewhere.test").await,
        anonymous: Person {
            id: naledi.user_id,
            email: String::new(),
            cookie: None,
            token: String::new(),
            router: stage.router.clone(),
        },
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

impl Person {
    async fn signed_in(stage: &Stage, id: UserId, email: &str) -> Self {
        let (_, token) = stage.app.admin_create_token(email, "tests", true).await.expect("a token");
        let mut person = Self { id, email: email.into(), cookie: None, token, router: stage.router.clone() };
        let body = format!("email={}&password={}", email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = person.post("/session", &body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{email} signs in: {}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        person.cookie = Some(cookie);
        person
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
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
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
