//! The program as its operator meets it: the real binary, its output and its exit codes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

const PASSWORD: &str = "correct horse battery";

/// A folder of its own for each test, removed at the end.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("harrier_cli_{}_{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harrier"));
        command.args(arguments).current_dir(&self.0).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
        child.wait_with_output().expect("the program ends")
    }

    /// Runs a command that succeeds and prints JSON.
    fn json(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Runs a command that fails with exit code 1, and returns what it says.
    fn failure(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        text(&output.stderr)
    }

    fn create(&self, what: &str, email: &str, organization: &str) -> Value {
        let person = ["--email", email, "--name", "Marta Lindqvist", "--organization", organization];
        self.json(&[&["admin", what], &person[..], &["--password-stdin"]].concat(), PASSWORD)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that runs, and what it printed until it was ready.
pub struct Server {
    child: Child,
    address: String,
    said: String,
}

impl Server {
    /// Starts a command that serves. `marker` stands before the address in what it prints, up to `end`.
    fn start(mut command: Command, is_log: bool, end: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (out, err) = (child.stdout.take().expect("output"), child.stderr.take().expect("errors"));
        let reader: Box<dyn Read> = if is_log { Box::new(err) } else { Box::new(out) };
        let mut said = String::new();
        let mut lines = BufReader::new(reader);
        while !said.contains(end) {
            assert!(lines.read_line(&mut said).expect("text") > 0, "it ended, having said: {said}");
        }
        let rest = said.split("http://").nth(1).expect("an address");
        let address =
            rest.split(|c: char| c == ',' || c.is_whitespace()).next().unwrap_or_default().to_owned();
        Self { child, address, said }
    }

    /// `harrier serve` on a database of its own.
    fn serve(place: &Place) -> Self {
        Self::serve_on(place, None)
    }

    /// `harrier serve` on this database.
    pub fn serve_on(place: &Place, url: Option<&str>) -> Self {
        let mut command = place.command(&["serve"]);
        if let Some(url) = url {
            command.env("HARRIER_DATABASE_URL", url);
        }
        command.env("HARRIER_LISTEN", "127.0.0.1:0");
        Self::start(command, true, "listening on")
    }

    fn demo(place: &Place) -> Self {
        Self::start(place.command(&["demo", "--listen", "127.0.0.1:0"]), false, "Ctrl+C")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Calls the API with a token; the status and the body.
    pub fn api(&self, head: &str, token: &str, kind: &str, body: &[u8]) -> (u16, Value) {
        let mut stream = self.connect();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        )
        .expect("sent");
        stream.write_all(body).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        // What is no JSON is returned whole, for the message of the test.
        (status, serde_json::from_str(body).unwrap_or(Value::String(answer)))
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Asks it to stop and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_operator_makes_people_and_finds_them_again() {
    let place = Place::new();
    let head = place.create("create-coach", "marta@lowfield.test", "Lowfield");
    let coach = place.create("create-coach", "tomas@lowfield.test", "Lowfield");
    assert_eq!((&head["role"], &coach["role"]), (&"head_coach".into(), &"coach".into()));
    assert_eq!(head["organization_id"], coach["organization_id"]);
    let org = head["organization_id"].as_str().expect("an id");
    let by_name = place.create("create-athlete", "naledi@lowfield.test", "lowfield");
    let by_id = place.create("create-athlete", "kenji@lowfield.test", org);
    assert_eq!(by_name["organization_id"], by_id["organization_id"]);

    let token = ["admin", "create-token", "--email", "marta@lowfield.test", "--scopes", "read,write"];
    let token = place.json(&token, "");
    assert_eq!(token["user_id"], head["user_id"]);
    assert_eq!(token["organization_id"], head["organization_id"]);
    assert_eq!(token["scopes"], serde_json::json!(["read", "write"]));
    assert!(token["token"].as_str().is_some_and(|t| t.starts_with("hrt_")));

    let granted = place.json(&["admin", "grant-admin", "--email", "marta@lowfield.test"], "");
    assert_eq!(granted["is_administrator"], true);
    let list = place.json(&["admin", "list"], "");
    assert_eq!(list["organizations"][0]["coaches"], 2);
    assert_eq!(list["organizations"][0]["athletes"], 2);
    assert_eq!(list["users"].as_array().map(Vec::len), Some(4));
    assert_eq!(list["users"][0]["is_administrator"], true);
    place.json(&["admin", "revoke-admin", "--email", "marta@lowfield.test"], "");
    assert_eq!(place.json(&["admin", "list"], "")["users"][0]["is_administrator"], false);

    // Nothing goes without --yes, nor a head coach.
    let erase = |email, more: &[&str]| place.run(&[&["admin", "erase", "--email", email], more].concat(), "");
    let emails: Vec<String> = list["users"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|user| user["email"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(!erase(&emails[3], &[]).status.success());
    let head = erase("marta@lowfield.test", &["--yes"]);
    assert!(
        !head.status.success() && text(&head.stderr).contains("Hand the role over"),
        "{}",
        text(&head.stderr)
    );
    let erased = place.json(&["admin", "erase", "--email", &emails[3], "--yes"], "");
    assert_eq!((&erased["user_id"], &erased["activities"]), (&list["users"][3]["user_id"], &0.into()));
    let left = place.json(&["admin", "list"], "");
    assert_eq!(left["users"].as_array().map(Vec::len), Some(3), "{left}");
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let place = Place::new();
    let create = |email: &str, zone: &str, password: &str| {
        let person =
            ["admin", "create-coach", "--email", email, "--name", "M L", "--organization", "Lowfield"];
        place.failure(&[&person[..], &["--timezone", zone, "--password-stdin"]].concat(), password)
    };
    let all = create("marta", "Atlantis", "short");
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("Atlantis is not a time zone") && all.contains("at least 10"), "{all}");
    let token = place.failure(&["admin", "create-token", "--email", "no@one.test"], "");
    assert!(token.contains("no account with the email no@one.test"), "{token}");
    let person =
        ["admin", "create-athlete", "--email", "a@b.test", "--name", "A B", "--organization", "Nowhere"];
    let nowhere = place.failure(&[&person[..], &["--password-stdin"]].concat(), PASSWORD);
    assert_eq!(nowhere.trim(), "There is no organization named Nowhere.");
    let person =
        ["admin", "create-athlete", "--email", "ab.test", "--name", "A B", "--organization", "Nowhere"];
    let all = place.failure(&[&person[..], &["--password-stdin"]].concat(), "run run run run");
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("no organization named Nowhere") && all.contains("pattern"), "{all}");
    place.create("create-coach", "marta@lowfield.test", "Lowfield");
    assert!(create("marta@lowfield.test", "UTC", PASSWORD).contains("has an account already"));
}

/// Prints the page and its own environment in place of a PDF.
#[cfg(unix)]
const NO_CHROMIUM: &str = r#"#!/bin/sh
for argument in "$@"; do
    case "$argument" in
        --print-to-pdf=*) pdf="${argument#*=}" ;;
        file://*) page="${argument#file://}" ;;
    esac
done
{ printf '%%PDF-'; cat "$page"; env; } > "$pdf"
"#;

#[cfg(unix)]
#[test]
fn a_report_is_printed_by_a_program_that_learns_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.create("create-coach", "marta@lowfield.test", "Lowfield");
    place.create("create-athlete", "kenji@lowfield.test", "Lowfield");
    let database = rusqlite::Connection::open(place.0.join("data/harrier.db")).expect("the database");
    database
        .execute_batch(
            "INSERT INTO groups SELECT 'grp_00000000000000000000000001', org_id, user_id, 'Tuesday Track', \
             'tuesday track', '', 'public', 0, 0, 1 FROM memberships WHERE role = 'head_coach'; \
             INSERT INTO group_members SELECT 'grp_00000000000000000000000001', user_id, 0 FROM memberships \
             WHERE role = 'athlete'",
        )
        .expect("a group");
    let report =
        ["report", "--coach", "marta@lowfield.test", "--group", "tuesday TRACK", "--out", "track.pdf"];
    assert!(place.failure(&report, "").contains("HARRIER_CHROMIUM"));
    let program = place.0.join("chromium");
    std::fs::write(&program, NO_CHROMIUM).expect("written");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("made to run");
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("HARRIER_CHROMIUM", &program).env("HARRIER_LOG", "secret=warn").output().expect("it ends")
    };
    let output = run(&report);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("Tuesday Track, week of "), "{}", text(&output.stdout));
    let printed = std::fs::read_to_string(place.0.join("track.pdf")).expect("the PDF");
    assert!(printed.contains("Lowfield") && printed.contains(r#"href="report.css""#), "{printed}");
    assert!(!printed.contains("HARRIER_") && !printed.contains("secret"), "{printed}");
    let nobody = [&report[..4], &["Nobody", "--out", "nobody.pdf"]].concat();
    assert!(text(&run(&nobody).stderr).contains("No group “Nobody” had members"), "nothing is printed");
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let place = Place::new();
    let mut command = place.command(&["serve", "--config", "harrier.toml"]);
    std::fs::write(place.0.join("harrier.toml"), "signup = \"closed\"\n").expect("written");
    let output =
        command.env("HARRIER_LISTEN", "nowhere").env("HARRIER_LITSEN", "x").output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    for name in ["HARRIER_LISTEN: “nowhere”", "HARRIER_LITSEN: ", "signup in harrier.toml: “closed”"]
    {
        assert!(said.contains(name), "{said}");
    }
    assert!(!place.0.join("data").exists());
    let missing = place.failure(&["migrate", "--config", "none.toml"], "");
    assert!(missing.contains("none.toml cannot be read"), "{missing}");
}

#[test]
fn the_server_answers_and_ends_when_told() {
    let place = Place::new();
    let server = Server::serve(&place);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/readyz").ends_with("ready\n"));
    // The operator's commands work beside it.
    place.create("create-coach", "marta@lowfield.test", "Lowfield");
    let taken = place.command(&["serve"]).env("HARRIER_LISTEN", &server.address).output().expect("it ends");
    assert_eq!(taken.status.code(), Some(1));
    assert!(text(&taken.stderr).contains("Another program listens on"), "{}", text(&taken.stderr));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    let place = Place::new();
    let mut server = Server::serve(&place);
    let mut stream = server.connect();
    let form = "email=nobody%40lowfield.test&password=nothing";
    let (first, rest) = form.split_at(10);
    let head = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin";
    let length = form.len();
    write!(stream, "POST /session HTTP/1.1\r\nhost: x\r\n{head}\r\ncontent-length: {length}\r\n\r\n{first}")
        .expect("sent");
    std::thread::sleep(Duration::from_millis(200));
    server.signal("-TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(&server.address).is_err(), "no new connections");
    assert!(server.child.try_wait().expect("its state").is_none(), "it waits");
    stream.write_all(rest.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

fn passwords(said: &str) -> Vec<String> {
    let lines = said.lines().filter(|l| l.contains("@example.org"));
    lines.filter_map(|l| l.split_whitespace().last()).map(str::to_owned).collect()
}

#[test]
fn the_demo_is_made_once_and_again_when_it_was_interrupted() {
    let place = Place::new();
    let begun = Instant::now();
    let server = Server::demo(&place);
    println!("made and ready after {:?}", begun.elapsed());
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let first = passwords(&server.said);
    assert_eq!(first.len(), 3, "{}", server.said);
    assert_eq!(server.stop(), Some(0));
    assert!(is_private(&place.0.join("demo/sign-ins.txt")));

    let begun = Instant::now();
    let server = Server::demo(&place);
    println!("ready after {:?}", begun.elapsed());
    assert_eq!(passwords(&server.said), first, "the second start knows the same passwords");
    server.stop();

    // As a making leaves it that was killed: a part under its own name, and no club.
    let demo = place.0.join("demo");
    std::fs::rename(demo.join("harrier.db"), demo.join("making.db")).expect("renamed");
    let server = Server::demo(&place);
    let third = passwords(&server.said);
    assert!(third.len() == 3 && third != first, "new passwords with each making");
    assert!(!demo.join("making.db").exists());
    server.stop();
    let url = format!("sqlite://{}", demo.join("harrier.db").display());
    let list = place.json(&["admin", "list", "--database-url", &url], "");
    assert_eq!(list["organizations"][0]["athletes"], 60);
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o777 == 0o600)
}

/// Hashing takes 19 MiB each time: it has to go back to the system, whoever hashed and however many at once.
#[cfg(target_os = "linux")]
#[test]
fn sign_ins_at_once_leave_no_memory_behind() {
    let place = Place::new();
    let server = Server::serve(&place);
    std::thread::scope(|scope| {
        for person in 0..16 {
            let server = &server;
            scope.spawn(move || {
                let form = format!("email=person{person}%40lowfield.test&password=nothing");
                let mut stream = server.connect();
                let head = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin";
                let length = form.len();
                let end = "connection: close\r\n\r\n";
                write!(
                    stream,
                    "POST /session HTTP/1.1\r\nhost: x\r\n{head}\r\ncontent-length: {length}\r\n{end}{form}"
                )
                .expect("sent");
                let mut answer = String::new();
                stream.read_to_string(&mut answer).expect("an answer");
                assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
            });
        }
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("its status");
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("its memory");
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    println!("{kilobytes} kB");
    assert!(kilobytes < 60_000, "{kilobytes} kB");
}

/// Two hundred short runs, one a day, as GPX.
pub fn recordings(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    for day in 0..200 {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date") + chrono::Days::new(day);
        let mut points = String::new();
        for sample in 0..60 {
            let (minute, second) = (sample * 10 / 60, sample * 10 % 60);
            // Out at sea, going north.
            let latitude = 30.0 + f64::from(sample) * 0.00025 + day as f64 * 0.001;
            points.push_str(&format!(
                "<trkpt lat=\"{latitude:.6}\" lon=\"-40.0\"><ele>0</ele><time>{date}T06:{minute:02}:{second:02}Z</time></trkpt>"
            ));
        }
        let gpx = format!(
            "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"test\" xmlns=\"http://www.topografix.com/GPX/1/1\">\
             <trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
        );
        std::fs::write(folder.join(format!("{date}.gpx")), gpx).expect("written");
    }
}

fn last_line(output: &Output) -> String {
    text(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_import_that_was_killed_loses_nothing_and_doubles_nothing() {
    let place = Place::new();
    place.create("create-coach", "marta@lowfield.test", "Lowfield");
    place.create("create-athlete", "naledi@lowfield.test", "Lowfield");
    recordings(&place.0.join("runs/2026"));
    let arguments = ["import", "--athlete", "naledi@lowfield.test", "runs"];

    let mut child = place.command(&arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut acknowledged =
        lines.by_ref().take(70).filter(|l| l.as_ref().is_ok_and(|l| l.starts_with("added"))).count();
    child.kill().expect("killed");
    child.wait().expect("its end");
    // What it had printed before it died and nobody had read yet.
    acknowledged += lines.map_while(Result::ok).filter(|l| l.starts_with("added")).count();
    assert!((70..200).contains(&acknowledged), "{acknowledged}");

    let again = place.run(&arguments, "");
    assert!(again.status.success(), "{}", text(&again.stderr));
    let there = text(&again.stdout).lines().filter(|l| l.starts_with("there")).count();
    assert!(there >= acknowledged, "{there} of {acknowledged} are there");
    assert_eq!(
        last_line(&again),
        format!("200 files: {} added, {there} there already, 0 refused.", 200 - there)
    );
    let third = place.run(&arguments, "");
    assert_eq!(last_line(&third), "200 files: 0 added, 200 there already, 0 refused.");

    let url = format!("sqlite://{}", place.0.join("data/harrier.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.expect("the database");
    let count = "SELECT COUNT(*), COUNT(DISTINCT local_day), COUNT(duplicate_of) FROM activities";
    let counted: (i64, i64, i64) = sqlx::query_as(count).fetch_one(&pool).await.expect("a count");
    assert_eq!(counted, (200, 200, 0));
    let stored: (i64, i64) =
        sqlx::query_as("SELECT (SELECT COUNT(*) FROM files), (SELECT COUNT(*) FROM recordings)")
            .fetch_one(&pool)
            .await
            .expect("a count");
    assert_eq!(stored, (200, 200));
}

#[test]
fn an_import_says_what_became_of_each_file() {
    let place = Place::new();
    place.create("create-coach", "marta@lowfield.test", "Lowfield");
    place.create("create-athlete", "naledi@lowfield.test", "Lowfield");
    recordings(&place.0.join("runs"));
    std::fs::write(place.0.join("runs/notes.txt"), "not looked at").expect("written");
    std::fs::write(place.0.join("broken.fit"), "no recording").expect("written");
    let import =
        |paths: &[&str]| place.run(&[&["import", "--athlete", "naledi@lowfield.test"], paths].concat(), "");

    let mixed = import(&["runs/2026-01-01.gpx", "runs/2026-01-01.gpx", "broken.fit"]);
    assert!(mixed.status.success(), "{}", text(&mixed.stderr));
    let said = text(&mixed.stdout);
    let words: Vec<&str> = said.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(words, ["added", "there", "refused", "3"], "{said}");
    assert!(said.contains("runs/2026-01-01.gpx: act_"), "{said}");

    let refused = import(&["broken.fit"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(last_line(&refused), "1 file: 0 added, 0 there already, 1 refused.");
    let missing = import(&["none.gpx", "runs/2026-01-02.gpx"]);
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(last_line(&missing), "2 files: 1 added, 0 there already, 0 refused, 1 not readable.");
    let nobody = place.failure(&["import", "--athlete", "no@one.test", "broken.fit"], "");
    assert!(nobody.contains("no account with the email no@one.test"), "{nobody}");
}
