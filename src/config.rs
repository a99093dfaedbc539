//! Configuration, from the environment and an optional TOML file. Every mistake is reported at once, and
//! with one the program does not start.
//!
//! The environment wins over the file. A key of the file is the variable's name in small letters without
//! `HARRIER_`: `listen = "127.0.0.1:8080"`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;

use crate::app::Db;
use crate::app::seal::Key;
use crate::outside::mail::check_smtp_url;
use crate::web::Proxies;

/// Every name, the environment's prefix left out.
const NAMES: [&str; 12] = [
    "DATABASE_URL",
    "LISTEN",
    "PUBLIC_URL",
    "DATA_DIR",
    "SMTP_URL",
    "MAIL_FROM",
    "LOG",
    "SIGNUP",
    "TRUSTED_PROXIES",
    "CHROMIUM",
    "SECRET_KEY",
    "MAIL_PREVIEWS",
];
const PREFIX: &str = "HARRIER_";
/// The file's own name, and what only tests read.
const CONFIG: &str = "CONFIG";
const TESTS: &str = "TEST_";

/// How the operator set the program up.
#[derive(Clone)]
pub struct Config {
    /// `sqlite://path` or `postgres://…`; may hold a password.
    pub database_url: String,
    pub listen: SocketAddr,
    /// Without a slash at the end; none where it follows from the address that is listened on.
    pub public_url: Option<String>,
    /// Where mails go that no server takes, and the database where no other was named.
    pub data_dir: PathBuf,
    /// May hold a password.
    pub smtp_url: Option<String>,
    pub mail_from: String,
    /// Directives of tracing's filter.
    pub log: String,
    pub is_signup_open: bool,
    pub proxies: Proxies,
    /// A Chromium that makes PDFs of weekly reports.
    pub chromium: Option<PathBuf>,
    /// What seals mails until they are sent; none for the one in the data folder.
    pub secret_key: Option<Key>,
    /// Whether pages show what every kind of mail looks like.
    pub shows_mails: bool,
    /// What works but is probably not meant, for the log.
    pub warnings: Vec<String>,
}

/// One mistake: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// `HARRIER_LISTEN`, or `listen in harrier.toml`.
    pub name: String,
    pub message: String,
}

/// All mistakes of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let things = if count == 1 {
            "One thing in the configuration is"
        } else {
            "Some things in the configuration are"
        };
        writeln!(f, "{things} not right, so nothing was started:")?;
        for (index, mistake) in self.0.iter().enumerate() {
            let end = if index + 1 == count { "" } else { "\n" };
            write!(f, "  {}: {}{end}", mistake.name, mistake.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// A configuration file as it was read.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// How messages call it.
    pub path: &'a str,
    pub text: &'a str,
}

/// A value with the name of where it stands.
#[derive(Debug, Clone)]
struct Given {
    name: String,
    value: String,
}

#[derive(Debug, Default)]
struct Reader {
    given: BTreeMap<&'static str, Given>,
    mistakes: Vec<Mistake>,
}

impl Config {
    /// Reads the variables (any; those that do not begin with `HARRIER_` are passed over) and the file.
    /// `database_url` is the command line's and wins over both.
    pub fn read(
        variables: &BTreeMap<String, String>,
        file: Option<File<'_>>,
        database_url: Option<&str>,
    ) -> Result<Self, Mistakes> {
        let mut reader = Reader::default();
        if let Some(file) = file {
            reader.take_file(file);
        }
        reader.take_variables(variables);
        if let Some(url) = database_url {
            reader.given.insert("DATABASE_URL", Given { name: "--database-url".into(), value: url.into() });
        }
        reader.finish()
    }

    /// What links begin with, once the address is known that the program listens on.
    pub fn public_url(&self, address: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(address)))
    }
}

/// The address by which this machine reaches what listens on `address`.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    match address {
        SocketAddr::V4(a) if a.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(a) if a.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

impl Reader {
    fn take_file(&mut self, file: File<'_>) {
        let table = match file.text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => return self.mistake(file.path, format!("is not TOML: {}", error.message())),
        };
        for (key, value) in table {
            let place = format!("{key} in {}", file.path);
            let known = NAMES.into_iter().find(|name| name.to_lowercase() == key);
            let Some(name) = known else {
                let known = NAMES.map(str::to_lowercase).join(", ");
                self.mistake(&place, format!("is not a setting. The settings are: {known}."));
                continue;
            };
            let text = match value {
                toml::Value::String(text) => Some(text),
                toml::Value::Array(items) => {
                    let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
                    texts.filter(|_| name == "TRUSTED_PROXIES").map(|t| t.join(","))
                }
                _ => None,
            };
            match text {
                Some(value) => {
                    self.given.insert(name, Given { name: place, value });
                }
                None => self.mistake(&place, "has to be a text in quotes."),
            }
        }
    }

    fn take_variables(&mut self, variables: &BTreeMap<String, String>) {
        for (variable, value) in variables {
            let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
            if rest == CONFIG || rest.starts_with(TESTS) {
                continue;
            }
            match NAMES.into_iter().find(|name| *name == rest) {
                // Set to nothing counts as not set: that is how a shell or a service file takes it back.
                Some(_) if value.trim().is_empty() => {}
                Some(name) => {
                    self.given.insert(name, Given { name: variable.clone(), value: value.trim().to_owned() });
                }
                None => {
                    let known = NAMES.map(|name| format!("{PREFIX}{name}")).join(", ");
                    self.mistake(
                        variable,
                        format!("is not a setting. The settings are: {known}, HARRIER_CONFIG."),
                    );
                }
            }
        }
    }

    fn mistake(&mut self, name: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake { name: name.to_owned(), message: message.into() });
    }

    /// The parsed value, or none where it was not given or is wrong (which is noted).
    fn parsed<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let given = self.given.get(name)?.clone();
        match parse(&given.value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.mistake(&given.name, message);
                None
            }
        }
    }

    fn finish(mut self) -> Result<Config, Mistakes> {
        let data_dir =
            self.parsed("DATA_DIR", |text| Ok(PathBuf::from(text))).unwrap_or_else(|| "data".into());
        let database_url = self.parsed("DATABASE_URL", database).unwrap_or_else(|| sqlite_in(&data_dir));
        let listen = self.parsed("LISTEN", listen).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
        let public_url = self.parsed("PUBLIC_URL", |text| public(text, listen));
        let smtp_url = self.parsed("SMTP_URL", smtp);
        let mail_from = self.parsed("MAIL_FROM", mailbox);
        let log = self.parsed("LOG", log).unwrap_or_else(|| "info,sqlx=warn".into());
        let is_signup_open = self.parsed("SIGNUP", signup).unwrap_or(true);
        let proxies = self.parsed("TRUSTED_PROXIES", |text| {
            let right = "Write addresses or networks with commas between them, as in 127.0.0.1, 10.0.0.0/8.";
            Proxies::parse(text).map_err(|e| format!("{e}. {right}"))
        });
        let chromium = self.parsed("CHROMIUM", chromium);
        let secret_key = self.parsed("SECRET_KEY", secret_key);
        let shows_mails = self.parsed("MAIL_PREVIEWS", previews).unwrap_or(false);
        if let (true, false) = (self.given.contains_key("SMTP_URL"), self.given.contains_key("MAIL_FROM")) {
            let right =
                "is needed to send mail over SMTP, as in “Lowfield Running Club <club@lowfield.org>”.";
            self.mistake("HARRIER_MAIL_FROM", right);
        }
        if !self.mistakes.is_empty() {
            self.mistakes.sort_by(|a, b| a.name.cmp(&b.name));
            return Err(Mistakes(self.mistakes));
        }
        let warnings = warnings(listen, public_url.as_deref(), proxies.is_some());
        Ok(Config {
            database_url,
            listen,
            public_url,
            data_dir,
            smtp_url,
            mail_from: mail_from.unwrap_or_else(|| "Harrier <harrier@localhost>".into()),
            log,
            is_signup_open,
            proxies: proxies.unwrap_or_default(),
            chromium,
            secret_key,
            shows_mails,
            warnings,
        })
    }
}

/// The address of the database file in a folder.
pub fn sqlite_in(folder: &std::path::Path) -> String {
    format!("sqlite://{}", folder.join("harrier.db").display())
}

// The value may hold a password, so these two messages do not repeat it.

fn database(text: &str) -> Result<String, String> {
    let right = "Write sqlite://path/to/harrier.db or postgres://user:password@host/database.";
    let is_sqlite = text.starts_with("sqlite:");
    if !is_sqlite && !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(format!("is of no database that Harrier knows. {right}"));
    }
    if is_sqlite && (text.contains(":memory:") || text.contains("mode=memory")) {
        return Err(format!("is a database in memory, which is lost when Harrier stops. {right}"));
    }
    match Db::check_url(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(_) => Err(format!("cannot be read. {right}")),
    }
}

fn smtp(text: &str) -> Result<String, String> {
    let right = "Write smtps://user:password@mail.example.org, or smtp://user:password@mail.example.org:587?tls=required.";
    match check_smtp_url(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("is not the address of a mail server. {right}")),
    }
}

/// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| {
        format!("“{text}” is not an address with a port. Write 127.0.0.1:8080, or 0.0.0.0:8080 to be reached from outside.")
    })
}

fn public(text: &str, listen: SocketAddr) -> Result<String, String> {
    let right = "Write what people type, as in https://harrier.example.org.";
    let wrong = |why: &str| Err(format!("“{text}” {why}. {right}"));
    let url = text.strip_suffix('/').unwrap_or(text);
    let Some((scheme, host)) = url.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))
    else {
        return wrong("begins with neither http:// nor https://");
    };
    if host.contains(['/', '?', '#']) {
        return wrong("has a path; Harrier stands at the root of its host");
    }
    let is_host = url.parse::<axum::http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|h| !h.is_empty()));
    if !is_host || host.contains(['@', ' ']) {
        return wrong("does not name a host");
    }
    match (scheme, host.rsplit_once(':').map(|(_, port)| port)) {
        ("https", Some("80")) => return wrong("names the port of plain http"),
        ("http", Some("443")) => return wrong("names the port of https"),
        _ => {}
    }
    if scheme == "https" && host.parse() == Ok(listen) {
        return wrong(
            "is the address that Harrier itself listens on, and there it speaks http; https is the work of a proxy in front",
        );
    }
    Ok(url.to_owned())
}

fn mailbox(text: &str) -> Result<String, String> {
    match text.parse::<Mailbox>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err(format!("“{text}” is not a sender. Write “Name <name@example.org>” or name@example.org."))
        }
    }
}

fn log(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "“{text}” is not a log filter. Write error, warn, info or debug, or harrier=debug,sqlx=warn."
        )),
    }
}

fn signup(text: &str) -> Result<bool, String> {
    match text {
        "open" => Ok(true),
        "invited" => Ok(false),
        _ => Err(format!("“{text}” is unknown. Write open (anyone may sign up as a coach) or invited.")),
    }
}

/// Reads the path of a program.
// Without the value: it is a secret.
fn secret_key(text: &str) -> Result<Key, String> {
    let right = "Write 32 random bytes as base64, as made by `head -c 32 /dev/urandom | base64`.";
    Key::parse(text).ok_or_else(|| format!("is not a key. {right}"))
}

fn previews(text: &str) -> Result<bool, String> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        other => Err(format!("“{other}” is neither 1 (show what mails look like) nor 0.")),
    }
}

fn chromium(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.is_absolute() && path.is_file() {
        true => Ok(path),
        false => Err(format!("“{text}” is not a program. Write its whole path, as in /usr/bin/chromium.")),
    }
}

fn warnings(listen: SocketAddr, public_url: Option<&str>, has_proxies: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    match public_url {
        None if !listen.ip().is_loopback() => warnings.push(format!(
            "HARRIER_PUBLIC_URL is not set: links in mails will begin with http://{}, which others may not reach",
            reachable(listen)
        )),
        Some(url) if url.starts_with("https://") && !has_proxies => warnings.push(
            "HARRIER_PUBLIC_URL is https, so a proxy stands in front; until HARRIER_TRUSTED_PROXIES names it, all \
             visitors count as one where attempts to sign in are limited"
                .to_owned(),
        ),
        _ => {}
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], file: Option<&str>) -> Result<Config, Mistakes> {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::read(&variables, file.map(|text| File { path: "harrier.toml", text }), None)
    }

    fn names(outcome: Result<Config, Mistakes>) -> Vec<String> {
        outcome.err().map(|m| m.0.into_iter().map(|m| m.name).collect()).unwrap_or_default()
    }

    #[test]
    fn nothing_set_is_a_working_configuration() {
        let config =
            read(&[("PATH", "/bin"), ("HARRIER_TEST_POSTGRES", "x"), ("HARRIER_SMTP_URL", "")], None)
                .unwrap();
        assert_eq!(config.database_url, "sqlite://data/harrier.db");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url(config.listen), "http://127.0.0.1:8080");
        assert!(config.is_signup_open && config.smtp_url.is_none() && config.warnings.is_empty());
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let variables = [
            ("HARRIER_DATABASE_URL", "mysql://root:hunter2@db/harrier"),
            ("HARRIER_LISTEN", "8080"),
            ("HARRIER_PUBLIC_URL", "harrier.example.org"),
            ("HARRIER_SMTP_URL", "imap://user:hunter2@host"),
            ("HARRIER_MAIL_FROM", "the club"),
            ("HARRIER_LOG", "harrier=loud"),
            ("HARRIER_SIGNUP", "closed"),
            ("HARRIER_TRUSTED_PROXIES", "proxy.local"),
            ("HARRIER_SECRET_KEY", "hunter2 is no key"),
            ("HARRIER_MAIL_PREVIEWS", "perhaps"),
            ("HARRIER_LISTN", "127.0.0.1:8080"),
        ];
        let mistakes = read(&variables, Some("lissten = 'x'\nsignup = 3\n")).err().unwrap();
        let text = mistakes.to_string();
        for (name, value) in variables {
            assert!(text.contains(&format!("{name}:")), "{name} is missing in\n{text}");
            let is_secret =
                name.ends_with("_URL") && name != "HARRIER_PUBLIC_URL" || name == "HARRIER_SECRET_KEY";
            let is_unknown = name == "HARRIER_LISTN";
            assert_eq!(
                text.contains(value),
                !is_secret && !is_unknown || value.contains("127.0.0.1"),
                "{value}"
            );
        }
        assert!(text.contains("lissten in harrier.toml:") && text.contains("signup in harrier.toml:"));
        assert_eq!(mistakes.0.len(), variables.len() + 2);
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "listen = \"127.0.0.1:9000\"\nsignup = \"invited\"\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n";
        let config = read(&[("HARRIER_LISTEN", "localhost:9001")], Some(file)).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:9001");
        assert!(!config.is_signup_open);
        assert_eq!(names(read(&[], Some("listen = "))), ["harrier.toml"]);
    }

    #[test]
    fn the_command_line_wins_over_both() {
        let variables = BTreeMap::from([("HARRIER_DATABASE_URL".to_owned(), "sqlite://a.db".to_owned())]);
        let config = Config::read(&variables, None, Some("sqlite://b.db")).unwrap();
        assert_eq!(config.database_url, "sqlite://b.db");
    }

    #[test]
    fn a_public_url_is_what_people_type() {
        let good = |url| read(&[("HARRIER_PUBLIC_URL", url)], None).unwrap().public_url.unwrap();
        assert_eq!(good("https://harrier.example.org/"), "https://harrier.example.org");
        assert_eq!(good("http://[::1]:8080"), "http://[::1]:8080");
        for bad in [
            "https://127.0.0.1:8080",
            "https://x.org:80",
            "http://x.org:443",
            "https://x.org/harrier",
            "https://user@x.org",
            "ftp://x.org",
            "https://",
        ] {
            assert_eq!(names(read(&[("HARRIER_PUBLIC_URL", bad)], None)), ["HARRIER_PUBLIC_URL"], "{bad}");
        }
    }

    #[test]
    fn mail_needs_a_sender() {
        let smtp = ("HARRIER_SMTP_URL", "smtps://user:pass@mail.example.org");
        assert_eq!(names(read(&[smtp], None)), ["HARRIER_MAIL_FROM"]);
        assert!(read(&[smtp, ("HARRIER_MAIL_FROM", "Lowfield <club@lowfield.org>")], None).is_ok());
    }

    #[test]
    fn what_is_probably_not_meant_is_a_warning() {
        assert_eq!(read(&[("HARRIER_LISTEN", "0.0.0.0:80")], None).unwrap().warnings.len(), 1);
        let https = ("HARRIER_PUBLIC_URL", "https://harrier.example.org");
        assert_eq!(read(&[https], None).unwrap().warnings.len(), 1);
        assert!(read(&[https, ("HARRIER_TRUSTED_PROXIES", "127.0.0.1")], None).unwrap().warnings.is_empty());
    }

    #[test]
    fn memory_is_no_place_for_a_club() {
        for url in ["sqlite::memory:", "sqlite://x.db?mode=memory", "sqlite://x.db?no=such"] {
            assert_eq!(
                names(read(&[("HARRIER_DATABASE_URL", url)], None)),
                ["HARRIER_DATABASE_URL"],
                "{url}"
            );
        }
    }
}
