//! `harrier admin`: people, tokens and administrators. Each command prints JSON.

use std::io::Read;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::{Failure, Outcome, Setup, Variables, log_to_stderr, open, print, product};
use crate::app::App;
use crate::app::admin::NewPerson;

#[derive(Debug, Args)]
pub struct Admin {
    #[command(flatten)]
    setup: Setup,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a coach; the first of an organization is its head coach, and makes the organization.
    CreateCoach(Person),
    /// Make an athlete who has agreed to be seen.
    CreateAthlete(Person),
    /// Make an API token for an account. It is printed once.
    CreateToken {
        #[arg(long)]
        email: String,
        /// What the token may do.
        #[arg(long, value_enum, value_delimiter = ',', default_value = "read")]
        scopes: Vec<Scope>,
        /// What the token is for.
        #[arg(long, default_value = "Command line")]
        name: String,
    },
    /// List organizations and people.
    List,
    /// Make an account an instance administrator.
    GrantAdmin {
        #[arg(long)]
        email: String,
    },
    /// Erase an account and everything of its person, for good. Their name goes from what the organization keeps.
    Erase {
        #[arg(long)]
        email: String,
        /// It is meant: nothing brings the account back.
        #[arg(long, required = true)]
        yes: bool,
    },
    /// Take instance administration away.
    RevokeAdmin {
        #[arg(long)]
        email: String,
    },
}

#[derive(Debug, Args)]
struct Person {
    #[arg(long)]
    email: String,
    /// First and last name.
    #[arg(long)]
    name: String,
    /// The organization's name; for an athlete also its id.
    #[arg(long)]
    organization: String,
    /// IANA name of the time zone the person lives in; without it that of the organization's head coach, and
    /// UTC for a new organization.
    #[arg(long, default_value = "")]
    timezone: String,
    /// Read the password from standard input, where no list of processes shows it.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Read,
    Write,
}

impl Person {
    fn read(self) -> Outcome<(NewPerson, String)> {
        let mut password = String::new();
        let stdin = std::io::stdin().lock();
        // Far above the longest password that is taken, so that the refusal can say so.
        stdin
            .take(1 << 16)
            .read_to_string(&mut password)
            .map_err(|e| Failure::new("The password cannot be read", e))?;
        let line_end = password.strip_suffix('\n').map(|p| p.strip_suffix('\r').unwrap_or(p).len());
        password.truncate(line_end.unwrap_or(password.len()));
        Ok((
            NewPerson { email: self.email, name: self.name, password, timezone: self.timezone },
            self.organization,
        ))
    }
}

/// Runs one act.
pub async fn run(admin: Admin, variables: &Variables) -> Outcome {
    let config = admin.setup.read(variables)?;
    log_to_stderr("warn");
    let db = open(&config.database_url).await?;
    let app = product(db, &config, config.public_url(config.listen))?;
    let outcome = act(&app, admin.act).await;
    app.close().await;
    print(outcome?)
}

async fn act(app: &App, act: Act) -> Outcome<String> {
    Ok(match act {
        Act::CreateCoach(person) => {
            let (person, organization) = person.read()?;
            json(&app.admin_create_coach(&person, &organization).await?)
        }
        Act::CreateAthlete(person) => {
            let (person, organization) = person.read()?;
            json(&app.admin_create_athlete(&person, &organization).await?)
        }
        Act::CreateToken { email, scopes, name } => {
            let can_write = scopes.contains(&Scope::Write);
            let owner = app.operator_for(&email).await?;
            let (token_id, token) = app.admin_create_token(&email, &name, can_write).await?;
            // Who may write may read.
            let scopes: &[Scope] = if can_write { &[Scope::Read, Scope::Write] } else { &[Scope::Read] };
            json(&json!({
                "user_id": owner.user.id,
                "organization_id": owner.membership.map(|m| m.org_id),
                "token_id": token_id,
                "token": token,
                "scopes": scopes,
            }))
        }
        Act::List => serde_json::to_string_pretty(&app.admin_list().await?).unwrap_or_default(),
        // Without --yes the command line is refused.
        Act::Erase { email, yes: _ } => json(&app.admin_erase(&email).await?),
        Act::GrantAdmin { email } => granted(app, &email, true).await?,
        Act::RevokeAdmin { email } => granted(app, &email, false).await?,
    })
}

async fn granted(app: &App, email: &str, is_administrator: bool) -> Outcome<String> {
    let user_id = app.admin_grant(email, is_administrator).await?;
    Ok(json(&json!({ "user_id": user_id, "is_administrator": is_administrator })))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
