//! Mail by SMTP, against a small server of our own: what goes out goes out once, whatever happens.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harrier::app::App;
use harrier::outside::mail::Transport;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Stage, cast, stage};

/// What the server does with the next mail.
#[derive(Debug, Clone, Copy)]
enum Mood {
    /// Says no to the recipient for now.
    Refuse,
    /// Says that there is no such recipient.
    Never,
    /// Goes away after the sender was told to begin.
    Drop,
    /// Never says another word.
    Hang,
}

/// The server's memory. A mail for which no mood is left is taken.
#[derive(Debug, Default)]
struct Memory {
    moods: VecDeque<Mood>,
    delivered: Vec<String>,
}

#[derive(Clone, Default)]
struct Server(Arc<Mutex<Memory>>);

impl Server {
    fn next(&self, mood: Mood) {
        self.0.lock().unwrap().moods.push_back(mood);
    }

    fn delivered(&self) -> Vec<String> {
        self.0.lock().unwrap().delivered.clone()
    }

    /// Serves on this port (0 for any) and returns the address for the configuration.
    async fn start(&self, port: u16) -> (u16, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = self.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let server = server.clone();
                tokio::spawn(async move {
                    let _ = server.talk(stream).await;
                });
            }
        });
        (port, task)
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 mail.test\r\n").await?;
        let mut mood = None;
        while let Some(line) = lines.next_line().await? {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let answer: &[u8] = match (word.as_str(), mood) {
                ("EHLO", _) => b"250-mail.test\r\n250 8BITMIME\r\n",
                ("MAIL", _) => {
                    mood = self.0.lock().unwrap().moods.pop_front();
                    b"250 ok\r\n"
                }
                ("RCPT", Some(Mood::Refuse)) => b"451 4.3.0 no room now\r\n",
                ("RCPT", Some(Mood::Never)) => b"550 5.1.1 no such mailbox\r\n",
                ("DATA", Some(Mood::Hang)) => std::future::pending().await,
                ("DATA", mood) => {
                    write.write_all(b"354 go on\r\n").await?;
                    if let Some(Mood::Drop) = mood {
                        lines.next_line().await?;
                        return Ok(());
                    }
                    let mut mail = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    self.0.lock().unwrap().delivered.push(mail);
                    b"250 taken\r\n"
                }
                ("QUIT", _) => return write.write_all(b"221 bye\r\n").await,
                _ => b"250 ok\r\n",
            };
            write.write_all(answer).await?;
        }
        Ok(())
    }
}

/// A process that sends through the server at this port.
async fn process(stage: &Stage, port: u16) -> App {
    let transport = Transport::smtp(&format!("smtp://127.0.0.1:{port}")).expect("an address");
    stage.another(true, transport).await
}

async fn ask(app: &App, email: &str) {
    app.request_sign_up(email, "test").await.expect("a mail in the outbox");
}

#[tokio::test]
async fn a_mail_is_delivered_once_with_both_parts() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    let app = process(&stage, port).await;
    ask(&app, "ingrid@fjell.test").await;
    assert_eq!(app.send_due_mail().await.unwrap(), 1);
    assert_eq!(app.send_due_mail().await.unwrap(), 0);
    let delivered = server.delivered();
    assert_eq!(delivered.len(), 1);
    for part in ["To: ingrid@fjell.test", "From: Harrier <harrier@harrier.test>", "text/plain", "text/html"] {
        assert!(delivered[0].contains(part), "{part} in {}", delivered[0]);
    }
    // A while later the next one goes out as well, over a new connection or the old one.
    ask(&app, "sindre@fjell.test").await;
    assert_eq!((app.send_due_mail().await.unwrap(), server.delivered().len()), (1, 2));
}

#[tokio::test]
async fn refused_and_dropped_mails_are_tried_again_later() {
    for mood in [Mood::Refuse, Mood::Drop] {
        let (stage, server) = (stage().await, Server::default());
        let (port, _task) = server.start(0).await;
        let app = process(&stage, port).await;
        ask(&app, "ingrid@fjell.test").await;
        server.next(mood);
        assert_eq!(app.send_due_mail().await.unwrap(), 0, "{mood:?}");
        // Not before its time.
        app.clock().advance(29);
        assert_eq!(app.send_due_mail().await.unwrap(), 0);
        app.clock().advance(1);
        assert_eq!(app.send_due_mail().await.unwrap(), 1, "{mood:?}");
        assert_eq!(server.delivered().len(), 1);
    }
}

#[tokio::test]
async fn a_mail_is_given_up_after_eight_attempts_and_holds_up_no_other() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    let app = process(&stage, port).await;
    ask(&app, "ingrid@fjell.test").await;
    for _ in 0..8 {
        server.next(Mood::Refuse);
        assert_eq!(app.send_due_mail().await.unwrap(), 0);
        app.clock().advance(86_400);
    }
    ask(&app, "sindre@fjell.test").await;
    assert_eq!(app.send_due_mail().await.unwrap(), 1);
    assert!(server.delivered()[0].contains("To: sindre@fjell.test"));
}

#[tokio::test]
async fn a_server_that_was_down_gets_the_mail_when_it_is_up() {
    let (stage, server) = (stage().await, Server::default());
    let (port, task) = server.start(0).await;
    task.abort();
    let _ = task.await;
    let app = process(&stage, port).await;
    ask(&app, "ingrid@fjell.test").await;
    assert_eq!(app.send_due_mail().await.unwrap(), 0);
    let _task = server.start(port).await;
    app.clock().advance(30);
    assert_eq!((app.send_due_mail().await.unwrap(), server.delivered().len()), (1, 1));
}

#[tokio::test]
async fn what_a_process_left_behind_is_sent_once_by_the_next() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    // Gone before it sent anything.
    ask(&stage.app, "ingrid@fjell.test").await;
    stage.app.close().await;
    let app = process(&stage, port).await;
    assert_eq!((app.send_due_mail().await.unwrap(), server.delivered().len()), (1, 1));
    // Gone while it was sending.
    ask(&app, "sindre@fjell.test").await;
    server.next(Mood::Hang);
    let hung = tokio::time::timeout(Duration::from_millis(500), app.send_due_mail()).await;
    assert!(hung.is_err(), "the server does not answer");
    drop(app);
    let next = process(&stage, port).await;
    assert_eq!(next.send_due_mail().await.unwrap(), 0, "the other one may still be at it");
    next.clock().advance(600);
    assert_eq!((next.send_due_mail().await.unwrap(), server.delivered().len()), (1, 2));
}

#[tokio::test]
async fn two_processes_send_each_mail_once() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    for number in 0..8 {
        stage.app.request_sign_up(&format!("a{number}@fjell.test"), "test").await.expect("a mail");
    }
    let (one, two) = (process(&stage, port).await, process(&stage, port).await);
    let (by_one, by_two) = tokio::join!(one.send_due_mail(), two.send_due_mail());
    assert_eq!(by_one.unwrap() + by_two.unwrap(), 8);
    let mut to: Vec<String> = server
        .delivered()
        .iter()
        .flat_map(|mail| mail.lines().find(|line| line.starts_with("To: ")).map(str::to_owned))
        .collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), server.delivered().len()), (8, 8));
}

#[tokio::test]
async fn the_worker_sends_and_stops_when_told() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    let app = process(&stage, port).await;
    ask(&app, "ingrid@fjell.test").await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(async move { app.run_outbox(stopped).await });
    while server.delivered().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), worker).await.expect("soon").unwrap();
}

#[tokio::test]
async fn without_a_server_mails_are_files_that_only_their_owner_reads() {
    let stage = stage().await;
    let folder = std::env::temp_dir().join(format!("harrier-mails-{}", std::process::id()));
    let app = stage.another(true, Transport::Folder(folder.clone())).await;
    ask(&app, "ingrid@fjell.test").await;
    assert_eq!(app.send_due_mail().await.unwrap(), 1);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().unwrap(), "eml");
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("To: ingrid@fjell.test"));
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&files[0]).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_server_that_falls_silent_holds_up_no_other_mail() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    let url = format!("smtp://127.0.0.1:{port}");
    let transport = Transport::smtp_within(&url, Duration::from_millis(300)).expect("an address");
    let app = stage.another(true, transport).await;
    server.next(Mood::Hang);
    for email in ["ingrid@fjell.test", "sindre@fjell.test"] {
        ask(&app, email).await;
    }
    assert_eq!(app.send_due_mail().await.unwrap(), 1);
    let said = "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND error = 'The mail server did not answer in time.'";
    assert_eq!(stage.number(said).await, 1);
}

#[tokio::test]
async fn what_a_mail_says_stands_nowhere_before_or_after_it_is_sent() {
    let stage = stage().await;
    ask(&stage.app, "ingrid@fjell.test").await;
    let clear = "SELECT COUNT(*) FROM outbox WHERE sealed LIKE '%signup%' OR sealed LIKE '%Finish%' OR subject LIKE '%http%'";
    assert_eq!(stage.number(clear).await, 0);
    assert_eq!(stage.number("SELECT COUNT(*) FROM outbox WHERE LENGTH(sealed) > 100").await, 1);
    assert_eq!(stage.app.send_due_mail().await.unwrap(), 1);
    assert!(stage.app.transport().kept()[0].text.contains("/signup/"));
    assert_eq!(stage.number("SELECT COUNT(*) FROM outbox WHERE sealed = '' AND state = 'sent'").await, 1);
}

#[tokio::test]
async fn a_mail_that_another_key_sealed_is_given_up_and_holds_up_no_other() {
    let stage = stage().await;
    ask(&stage.app, "ingrid@fjell.test").await;
    ask(&stage.app, "sindre@fjell.test").await;
    // As if sealed for another mail: then the purpose does not fit, as a key would not.
    stage
        .execute("UPDATE outbox SET sealed = (SELECT o.sealed FROM outbox o WHERE o.recipient LIKE 'sindre%') WHERE recipient LIKE 'ingrid%'")
        .await;
    assert_eq!(stage.app.send_due_mail().await.unwrap(), 1);
    assert_eq!(stage.app.transport().kept()[0].to, "sindre@fjell.test");
    let given_up =
        "SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND sealed = '' AND error LIKE '%another key%'";
    assert_eq!(stage.number(given_up).await, 1);
}

#[tokio::test]
async fn the_head_coach_reads_which_mail_of_the_organization_was_not_delivered() {
    let (cast, server) = (cast().await, Server::default());
    let (port, _task) = server.start(0).await;
    let app = process(&cast.stage, port).await;
    let empty = cast.head_coach.get("/organization/mail").await;
    assert_eq!(empty.texts(".empty h2"), ["Everything was delivered"]);
    // An account's mail fails as well, and is none of the organization's.
    ask(&app, "ingrid@fjell.test").await;
    let invite = "kind=one&first_name=Yara&email=yara%40b.test";
    assert_eq!(cast.coach.post("/invitations", invite).await.status, 303);
    for _ in 0..2 {
        server.next(Mood::Refuse);
    }
    assert_eq!(app.send_due_mail().await.unwrap(), 0);
    let page = cast.head_coach.get("/organization/mail").await;
    let rows = page.texts(".rows li");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("yara@b.test") && rows[0].contains("Invitation"), "{rows:?}");
    assert!(
        rows[0].contains("The mail server answered 451: 4.3.0 no room now.") && rows[0].contains("Waiting"),
        "{rows:?}"
    );
    assert!(!page.body.contains("/join/") && !page.body.contains("invites you"));
    let organization = cast.head_coach.get("/organization").await;
    assert!(organization.body.contains("1 mail"));
    for _ in 0..8 {
        for _ in 0..2 {
            server.next(Mood::Refuse);
        }
        app.clock().advance(22_000);
        app.send_due_mail().await.unwrap();
    }
    let rows = cast.head_coach.get("/organization/mail").await.texts(".rows li");
    assert!(rows[0].contains("Given up") && rows[0].contains("8 tries"), "{rows:?}");
    assert!(cast.stranger.get("/organization/mail").await.texts(".rows li").is_empty());
}

#[tokio::test]
async fn who_is_not_there_is_given_up_at_once() {
    let (stage, server) = (stage().await, Server::default());
    let (port, _task) = server.start(0).await;
    let app = process(&stage, port).await;
    server.next(Mood::Never);
    ask(&app, "nobody@fjell.test").await;
    assert_eq!(app.send_due_mail().await.unwrap(), 0);
    let given_up = "SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND attempts = 1 AND sealed = '' \
                    AND error = 'The mail server answered 550: 5.1.1 no such mailbox.'";
    assert_eq!(stage.number(given_up).await, 1);
}
