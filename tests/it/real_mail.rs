//! Mail against a server of other people's making (aiosmtpd), as Python's own reader of mail finds it; and against
//! a real `harrier serve` that is killed between the act and the mail.
//!
//! `HARRIER_TEST_PYTHON` names a Python that has aiosmtpd (`tests/run` makes one). Without it these say that they
//! skip.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use harrier::app::App;
use harrier::outside::mail::Transport;

use crate::support::{Stage, stage};

#[allow(clippy::disallowed_methods, reason = "tests read their own settings")]
fn python() -> Option<String> {
    let python = std::env::var("HARRIER_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!("HARRIER_TEST_PYTHON is not set: skipped");
    }
    python
}

/// The server; it ends with this value.
struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
    _temp: tempfile::TempDir,
}

/// A mail as Python read it.
#[derive(Debug)]
struct Read {
    to: String,
    id: String,
    subject: String,
    text: String,
    html: String,
}

impl Server {
    fn start(python: &str, port: u16, account: Option<(&str, &str)>) -> Self {
        let temp = tempfile::tempdir().expect("a folder");
        let folder = temp.path().to_owned();
        let (child, port) = run(python, &folder, port, account);
        Self { child, port, folder, _temp: temp }
    }

    /// Every mail so far, in the order in which they came.
    fn mails(&self) -> Vec<Read> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|e| e == "mail"))
            .collect();
        files.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(path).expect("a mail");
            let mut parts = text.split('\0').map(str::to_owned);
            let mut next = || parts.next().expect("a part");
            Read { to: next(), id: next(), subject: next(), text: next(), html: next() }
        };
        files.into_iter().map(read).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(python: &str, folder: &Path, port: u16, account: Option<(&str, &str)>) -> (Child, u16) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/server.py");
    let mut command = Command::new(python);
    command.arg(script).arg(folder).arg(port.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some((user, password)) = account {
        command.env("USER_NAME", user).env("PASSWORD", password);
    }
    let mut child = command.spawn().expect("the mail server starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("its port");
    (child, line.trim().parse().expect("a port"))
}

async fn process(stage: &Stage, url: String) -> App {
    stage.another(true, Transport::smtp(&url).expect("an address")).await
}

async fn ask(app: &App, email: &str) {
    app.request_sign_up(email, "test").await.expect("a mail in the outbox");
}

#[tokio::test]
async fn what_arrives_reads_the_same_in_both_parts() {
    let Some(python) = python() else { return };
    let server = Server::start(&python, 0, Some(("club@lowfield.test", "p@ss word"))).await_ready();
    let stage = stage().await;
    let wrong =
        process(&stage, format!("smtp://club%40lowfield.test:wrong@127.0.0.1:{}?tls=none", server.port))
            .await;
    ask(&wrong, "zoë@b.test").await;
    assert_eq!(wrong.send_due_mail().await.expect("worked off"), 0, "who does not sign in sends nothing");
    let url = format!("smtp://club%40lowfield.test:p%40ss%20word@127.0.0.1:{}?tls=none", server.port);
    let app = process(&stage, url).await;
    ask(&app, "ingrid@b.test").await;
    assert_eq!(app.send_due_mail().await.expect("worked off"), 1);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let Read { to, id, subject, text, html } = &mails[0];
    assert_eq!((to.as_str(), subject.as_str()), ("ingrid@b.test", "Finish signing up to Harrier"));
    assert!(id.starts_with("<mail_") && id.ends_with("@harrier.test>"), "{id}");
    let link = text.lines().find(|line| line.starts_with("http://harrier.test/signup/")).expect("a link");
    assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
}

#[tokio::test]
async fn refused_late_dropped_and_slow_mails_arrive_once_or_are_told() {
    let Some(python) = python() else { return };
    let server = Server::start(&python, 0, None).await_ready();
    let stage = stage().await;
    let app = process(&stage, format!("smtp://127.0.0.1:{}?tls=none", server.port)).await;
    for name in ["refused", "later", "dropped", "slow"] {
        ask(&app, &format!("{name}@b.test")).await;
    }
    assert_eq!(app.send_due_mail().await.expect("worked off"), 1, "the slow one");
    app.clock().advance(30);
    assert_eq!(app.send_due_mail().await.expect("worked off"), 2);
    for _ in 0..8 {
        app.clock().advance(22_000);
        app.send_due_mail().await.expect("worked off");
    }
    let mut to: Vec<String> = server.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["dropped@b.test", "later@b.test", "slow@b.test"], "each once");
    let given_up = "SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND sealed = '' AND recipient LIKE 'refused%' AND error LIKE '%no such mailbox%'";
    assert_eq!(stage.number(given_up).await, 1);
}

#[tokio::test]
async fn a_server_that_was_down_gets_the_mail_when_it_is_up() {
    let Some(python) = python() else { return };
    let port = Server::start(&python, 0, None).port;
    let stage = stage().await;
    let app = process(&stage, format!("smtp://127.0.0.1:{port}?tls=none")).await;
    ask(&app, "ingrid@b.test").await;
    assert_eq!(app.send_due_mail().await.expect("worked off"), 0);
    let server = Server::start(&python, port, None).await_ready();
    app.clock().advance(30);
    assert_eq!(app.send_due_mail().await.expect("worked off"), 1);
    assert_eq!(server.mails().len(), 1);
}

impl Server {
    /// The port is printed when the server listens: nothing more to wait for.
    fn await_ready(self) -> Self {
        assert!(std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        self
    }
}

/// A `harrier serve` of its own, killed with this value.
struct Serving(Child, String);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(stage: &Stage, data: &Path, smtp: u16) -> Serving {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let child = Command::new(env!("CARGO_BIN_EXE_harrier"))
        .arg("serve")
        .current_dir(data)
        .env_clear()
        .env("HARRIER_DATABASE_URL", stage.url())
        .env("HARRIER_DATA_DIR", data)
        .env("HARRIER_LISTEN", format!("127.0.0.1:{port}"))
        .env("HARRIER_SMTP_URL", format!("smtp://127.0.0.1:{smtp}?tls=none"))
        .env("HARRIER_MAIL_FROM", "Harrier <harrier@harrier.test>")
        .env("HARRIER_LOG", "error")
        .spawn()
        .expect("harrier starts");
    let serving = Serving(child, format!("127.0.0.1:{port}"));
    let began = Instant::now();
    while std::net::TcpStream::connect(&serving.1).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "harrier does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    serving
}

/// Posts a form as a browser does; the first line of the answer.
fn post(address: &str, path: &str, form: &str) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    )
    .expect("a request");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("an answer");
    line
}

#[tokio::test]
async fn a_kill_between_act_and_mail_loses_nothing_and_sends_nothing_twice() {
    let Some(python) = python() else { return };
    let stage = stage().await;
    let data = tempfile::tempdir().expect("a folder");
    let port = Server::start(&python, 0, None).port;
    let first = serve(&stage, data.path(), port);
    let answer = post(&first.1, "/signup", "email=ingrid%40b.test");
    assert!(answer.contains("200"), "{answer}");
    drop(first); // kill -9
    let server = Server::start(&python, port, None).await_ready();
    // The first attempt may have been made, in vain; the next is due half a minute after it.
    stage.execute("UPDATE outbox SET next_at = 0").await;
    let _second = serve(&stage, data.path(), port);
    let began = Instant::now();
    while server.mails().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30), "no mail came");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].to == "ingrid@b.test" && mails[0].text.contains("/signup/"));
}
