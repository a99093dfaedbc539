//! Mail out: by SMTP, into a folder, or into memory for tests.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::{self, AsyncSmtpTransportBuilder, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::io::AsyncWriteExt;

/// One mail, with the same facts as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What the Message-ID begins with. The same at every attempt, so that a mail which arrived although its
    /// answer got lost can be recognised.
    pub id: String,
    /// `Name <name@example.org>`.
    pub from: String,
    /// An address without a name.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Unix seconds.
    pub date: i64,
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct MailError {
    /// A sentence for the log and the head coach; holds no part of the mail.
    pub message: String,
    /// Whether another attempt cannot end otherwise.
    pub is_hopeless: bool,
}

/// Where mails go.
pub enum Transport {
    /// To a mail server.
    Smtp(Server),
    /// Each into a file of its own, `.eml`, that only its owner reads.
    Folder(PathBuf),
    /// Kept, for tests.
    Memory(Mutex<Vec<Mail>>),
}

impl std::fmt::Debug for Transport {
    // By hand, since the mail server's password must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp(_) => f.write_str("Smtp"),
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Memory(_) => f.write_str("Memory"),
        }
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no holiday reply, please.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// How long a server may take for one step.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads `smtps://user:password@host:port` (TLS from the start) or `smtp://…`, where the connection turns to
/// TLS if the server offers it, must with `?tls=required`, and stays plain with `?tls=none`.
fn builder(url: &str) -> Result<AsyncSmtpTransportBuilder, String> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let lettre_url = match (base.starts_with("smtp://"), query) {
        (true, "") => format!("{base}?tls=opportunistic"),
        (true, "tls=none") | (false, "") => base.to_owned(),
        (true, "tls=required" | "tls=opportunistic") => url.to_owned(),
        _ => return Err("the part after ? is none of tls=required, tls=opportunistic, tls=none".to_owned()),
    };
    AsyncSmtpTransport::<Tokio1Executor>::from_url(&lettre_url).map_err(|e| e.to_string())
}

/// Whether this is the address of a mail server. Nothing is connected. The error may repeat the address.
pub fn check_smtp_url(url: &str) -> Result<(), String> {
    builder(url).map(|_| ())
}

type Client = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server, and how long it may take for one mail.
pub struct Server {
    /// May hold a password.
    url: String,
    whole: Duration,
    client: Mutex<Client>,
}

fn client(url: &str) -> Result<Client, String> {
    // Mails are few: one connection, closed again soon.
    let pool = PoolConfig::new().max_size(1).idle_timeout(Duration::from_secs(20));
    Ok(builder(url)?.timeout(Some(PATIENCE)).pool_config(pool).build())
}

impl Server {
    async fn send(&self, message: Message) -> Result<(), MailError> {
        let current = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::time::timeout(self.whole, current.send(message)).await {
            Ok(sent) => sent.map(|_| ()).map_err(|e| refused(&e)),
            Err(_) => {
                // Its one connection counts as taken from now on, so the next mail gets a client of its own.
                let failed = |message: String| MailError { message, is_hopeless: false };
                *self.client.lock().unwrap_or_else(PoisonError::into_inner) =
                    client(&self.url).map_err(failed)?;
                Err(failed("The mail server did not answer in time.".to_owned()))
            }
        }
    }
}

impl Transport {
    /// To the mail server at this address; connects when there is something to send. Needs a runtime.
    pub fn smtp(url: &str) -> Result<Self, String> {
        Self::smtp_within(url, 2 * PATIENCE)
    }

    /// The same with so long for one mail from its beginning to its end. The client's own patience ends with the
    /// connection being made: a server that says nothing more would hold up every other mail.
    pub fn smtp_within(url: &str, whole: Duration) -> Result<Self, String> {
        let client = Mutex::new(client(url)?);
        Ok(Self::Smtp(Server { url: url.to_owned(), whole, client }))
    }

    /// Into memory, for tests.
    pub fn memory() -> Self {
        Self::Memory(Mutex::new(Vec::new()))
    }

    /// The mails in memory so far.
    pub fn kept(&self) -> Vec<Mail> {
        match self {
            Self::Memory(mails) => mails.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            _ => Vec::new(),
        }
    }

    /// Hands a mail over. Once this is `Ok` the mail is somebody else's to deliver.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        // A file passes no server that might know only ASCII.
        let takes_utf8 = !matches!(self, Self::Smtp(_));
        let message =
            message(mail, takes_utf8).map_err(|message| MailError { message, is_hopeless: true })?;
        let failed = |message: String| MailError { message, is_hopeless: false };
        match self {
            Self::Smtp(server) => server.send(message).await,
            Self::Folder(folder) => write(folder, mail, &message.formatted())
                .await
                .map_err(|e| failed(format!("The mail could not be written to a file: {e}."))),
            Self::Memory(mails) => {
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                Ok(())
            }
        }
    }
}

/// The longest line that a mail may have, in bytes without its end (RFC 5322, section 2.1.1).
const LONGEST_LINE: usize = 998;

/// A text as it stands where that is allowed, so that a link is whole also for who reads the mail's source:
/// encoded, it would be broken at column 76.
fn body(text: &str, takes_utf8: bool) -> Body {
    let plain = text.replace('\r', "");
    let encoding = match plain.is_ascii() {
        true => ContentTransferEncoding::SevenBit,
        false => ContentTransferEncoding::EightBit,
    };
    let is_allowed = (plain.is_ascii() || takes_utf8)
        && !plain.contains('\0')
        && plain.lines().all(|line| line.len() <= LONGEST_LINE);
    match is_allowed {
        true => Body::dangerous_pre_encoded(plain.replace('\n', "\r\n").into_bytes(), encoding),
        false => Body::new(plain),
    }
}

/// Refuses addresses that are none; line breaks in a subject are encoded, never sent.
fn message(mail: &Mail, takes_utf8: bool) -> Result<Message, String> {
    let from: Mailbox = mail.from.parse().map_err(|e| format!("The sender is not an address: {e}."))?;
    let to: Address = mail.to.parse().map_err(|e| format!("The recipient is not an address: {e}."))?;
    let seconds = u64::try_from(mail.date).unwrap_or(0);
    let part = |kind, text: &str| SinglePart::builder().header(kind).body(body(text, takes_utf8));
    Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject.replace(['\r', '\n'], " "))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
                .singlepart(part(ContentType::TEXT_HTML, &mail.html)),
        )
        .map_err(|e| e.to_string())
}

async fn write(folder: &Path, mail: &Mail, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = mail.id.chars().filter(|c| is_plain(*c)).collect();
    let (part, whole) = (folder.join(format!(".{name}.part")), folder.join(format!("{name}.eml")));
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // The links in account mails are keys.
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&part).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    // Under its name it is whole.
    tokio::fs::rename(part, whole).await
}

/// Why a server did not take a mail, in a sentence: the head coach reads it.
fn refused(error: &smtp::Error) -> MailError {
    use std::error::Error;
    let why = |text: String| match text.trim().trim_end_matches('.') {
        "" => String::new(),
        text => format!(": {}", short(text)),
    };
    let Some(code) = error.status() else {
        let mut next = error.source();
        let mut cause = String::new();
        while let Some(error) = next {
            (cause, next) = (error.to_string(), error.source());
        }
        let what = match error {
            e if e.is_timeout() => "The mail server did not answer in time",
            e if e.is_tls() || cause.contains("certificate") => {
                "The connection to the mail server could not be made secure"
            }
            _ => "The mail server could not be reached, or hung up",
        };
        return MailError { message: format!("{what}{}.", why(cause)), is_hopeless: false };
    };
    let answer = error.source().map(ToString::to_string).unwrap_or_default();
    let code = u16::from(code);
    MailError {
        message: format!("The mail server answered {code}{}.", why(answer.clone())),
        is_hopeless: is_of_the_recipient(code, &answer),
    }
}

/// Whether a server refused this recipient for good (RFC 5321, section 4.2.3). What the operator can mend, a
/// password (535), a relay that does not know the club (5.7.1), a sender's address (5.1.7, 5.1.8), is tried again.
fn is_of_the_recipient(code: u16, answer: &str) -> bool {
    // The enhanced code of RFC 3463, where there is one.
    let enhanced = answer.split_whitespace().next().unwrap_or_default();
    let is_of_the_operator = enhanced.starts_with("5.7.") || ["5.1.7", "5.1.8"].contains(&enhanced);
    [550, 551, 553].contains(&code) && !is_of_the_operator
}

/// A server's words, as far as they are of use.
fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str, subject: &str) -> Mail {
        Mail {
            id: "mail_1".into(),
            from: "Lowfield <club@lowfield.test>".into(),
            to: to.into(),
            subject: subject.into(),
            text: "As text".into(),
            html: "<p>As HTML</p>".into(),
            date: 1_795_003_200,
        }
    }

    #[test]
    fn addresses_of_mail_servers() {
        for good in [
            "smtp://localhost",
            "smtp://user:p%40ss@mail.example.org:587?tls=required",
            "smtp://127.0.0.1:25?tls=none",
            "smtps://user:pass@mail.example.org",
        ] {
            assert!(check_smtp_url(good).is_ok(), "{good}");
        }
        for bad in ["imap://host", "smtp://", "smtp://host?tls=maybe", "host:25", ""] {
            assert!(check_smtp_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mail_has_both_parts_and_says_that_no_person_wrote_it() {
        let bytes = message(&mail("marta@lowfield.test", "Welcome"), false).unwrap().formatted();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.find("text/plain").unwrap() < text.find("text/html").unwrap());
        for line in [
            "Message-ID: <mail_1@lowfield.test>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Date: Wed, 18 Nov 2026 12:00:00 +0000\r\n",
            "multipart/alternative",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_link_stands_whole_on_a_line_of_its_own() {
        let link = format!("https://{}.example.org/password/reset/{}", "long".repeat(40), "k".repeat(43));
        let mut mail = mail("marta@lowfield.test", "Choose a new password");
        mail.text = format!("Choose it here:\n{link}\n\nGreetings\n");
        let sent = |mail: &Mail, takes_utf8| {
            String::from_utf8(message(mail, takes_utf8).unwrap().formatted()).unwrap()
        };
        let line = format!("\r\n{link}\r\n");
        for takes_utf8 in [false, true] {
            let text = sent(&mail, takes_utf8);
            assert!(text.contains(&line) && text.contains("Transfer-Encoding: 7bit\r\n"), "{text}");
        }
        mail.text.push_str("Zoë\n");
        let text = sent(&mail, true);
        assert!(text.contains(&line) && text.contains("Transfer-Encoding: 8bit\r\n"), "{text}");
        // On the way to a server that may know only ASCII, and with a line that no mail may have.
        assert!(sent(&mail, false).is_ascii());
        mail.text = "x".repeat(999);
        assert!(sent(&mail, true).lines().all(|line| line.len() <= LONGEST_LINE));
    }

    #[test]
    fn what_the_operator_can_mend_is_no_word_on_the_recipient() {
        for (code, answer) in
            [(550, "5.1.1 no such mailbox"), (550, "no such user"), (551, ""), (553, "5.1.3 bad")]
        {
            assert!(is_of_the_recipient(code, answer), "{code} {answer}");
        }
        for (code, answer) in [
            (550, "5.7.1 relaying denied"),
            (550, "5.7.25 the address has no PTR record"),
            (553, "5.1.8 sender's domain does not exist"),
            (535, "5.7.8 wrong password"),
            (530, "sign in first"),
            (552, "5.2.2 mailbox full"),
            (554, "5.3.0 no"),
            (451, "4.3.0 later"),
        ] {
            assert!(!is_of_the_recipient(code, answer), "{code} {answer}");
        }
    }

    #[test]
    fn no_header_can_be_smuggled_in() {
        let text = |m: &Mail| String::from_utf8(message(m, false).unwrap().formatted()).unwrap();
        assert!(!text(&mail("a@b.test", "Hello\r\nBcc: all@b.test")).contains("\nBcc:"));
        for bad in ["a@b.test\r\nBcc: c@d.test", "a@b.test, c@d.test", "nobody", ""] {
            assert!(message(&mail(bad, "x"), true).is_err(), "{bad:?}");
        }
    }
}
