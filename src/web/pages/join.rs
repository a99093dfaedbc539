//! Coming in by an invitation: what a link says, typing an address, accepting.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use tower_sessions::Session;

use super::person::Problems;
use super::session::origin;
use super::signup::{Typed as Details, password_error, zones};
use crate::app::invitations::Row;
use crate::app::joining::{Acceptance, Closed, Door, Sight};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::invitation::InvitationKind;
use crate::domain::person::email_key;
use crate::view;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::guard::Source;
use crate::web::page::{Done, Page};
use crate::web::viewer::{MaybeSignedIn, PathId};
use crate::web::{Site, sessions};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/join/{secret}", get(show))
        .route("/join/{secret}/ticket", post(ask))
        .route("/join/{secret}/acceptance", post(accept))
}

/// What a person reads before they accept.
pub struct Offer {
    pub secret: String,
    pub organization: String,
    pub by: Option<String>,
    pub group: Option<String>,
    pub message: String,
    pub is_coach: bool,
}

impl Offer {
    fn new(secret: &str, row: &Row) -> Self {
        Self {
            secret: secret.to_owned(),
            organization: row.org_name.clone(),
            by: row.created_name.clone(),
            group: row.group_name.clone(),
            message: row.message.clone(),
            is_coach: row.role.is_coach(),
        }
    }
}

/// The link that is handed around: it asks for an address.
#[derive(Template)]
#[template(path = "join/ask.html")]
pub struct Ask {
    pub offer: Offer,
    pub email: String,
    pub error: Option<String>,
}
view!(Ask);

#[derive(Template)]
#[template(path = "join/sent.html")]
pub struct Sent {
    pub offer: Offer,
    pub email: String,
}
view!(Sent);

/// Accepting, with an account to make or without.
#[derive(Template)]
#[template(path = "join/accept.html")]
pub struct Accept {
    pub offer: Offer,
    pub email: String,
    /// Whether somebody is signed in; else an account is made.
    pub is_signed_in: bool,
    pub typed: Details,
    pub sight: String,
    pub problems: Problems,
    pub password_error: Option<String>,
    /// Values and labels.
    pub zones: Vec<(&'static str, String)>,
}
view!(Accept);

/// Something else has to be done first, or nothing can be.
#[derive(Template)]
#[template(path = "join/stop.html")]
pub struct Stop {
    pub heading: &'static str,
    pub text: String,
    pub hint: String,
    /// Where to go on: what the link says, and where it leads.
    pub onward: Option<(&'static str, String)>,
    /// Whether signing out is the way on.
    pub offers_sign_out: bool,
}
view!(Stop);

type Answer = Result<Result<Page, Done>, Failure>;

fn stop(view: Stop) -> Page {
    Page::new(view.heading, view).bare()
}

fn closed(why: Closed) -> Page {
    let newer = "Ask the coach who invited you for a new one.".to_owned();
    let (heading, text, hint) = match &why {
        Closed::Unknown => (
            "This link does not work",
            "It is not one of ours, or a newer one has taken its place.".to_owned(),
            "Part of it may have got lost on the way: open it from the newest mail, or ask your coach for a new one."
                .to_owned(),
        ),
        Closed::Expired(name) => {
            ("This invitation is too old", format!("The link to {name} has expired."), newer)
        }
        Closed::Revoked(name) => {
            ("This invitation was taken back", format!("The link to {name} opens nothing any more."), newer)
        }
        Closed::Used(name) => (
            "This invitation was accepted",
            format!("The link to {name} works once, and it was used."),
            "Was it you? Then sign in.".to_owned(),
        ),
        Closed::Full(name) => {
            ("All places are taken", format!("As many have joined {name} by this link as it was for."), newer)
        }
    };
    let onward = Some(("Sign in", "/session/new".to_owned()));
    let status = if why == Closed::Unknown { StatusCode::NOT_FOUND } else { StatusCode::GONE };
    stop(Stop { heading, text, hint, onward, offers_sign_out: false }).status(status)
}

/// For who is signed in with another address than the invited one.
fn other_address(offer: &Offer, theirs: &str) -> Page {
    stop(Stop {
        heading: "This invitation is for another address",
        text: format!(
            "You are signed in as {theirs}, and the link to {} went to another address.",
            offer.organization
        ),
        hint: "Sign out and open the link again, or ask the coach to invite this address.".to_owned(),
        onward: Some(("Stay signed in", "/".to_owned())),
        offers_sign_out: true,
    })
    .status(StatusCode::FORBIDDEN)
}

/// For who is in an organization: this one or another.
fn member_already(message: String, is_this: bool) -> Page {
    let onward = if is_this { ("Go on", "/") } else { ("See my membership", "/membership") };
    stop(Stop {
        heading: if is_this { "You are in already" } else { "One organization at a time" },
        text: message,
        hint: String::new(),
        onward: Some((onward.0, onward.1.to_owned())),
        offers_sign_out: false,
    })
    .status(StatusCode::CONFLICT)
}

fn form(
    offer: Offer,
    email: String,
    viewer: Option<&Viewer>,
    mut typed: Details,
    sight: String,
    problems: Vec<Problem>,
) -> Page {
    // Never sent back.
    typed.password.clear();
    let title = format!("Join {}", offer.organization);
    let view = Accept {
        offer,
        email,
        is_signed_in: viewer.is_some(),
        typed,
        sight,
        password_error: password_error(&problems),
        problems: Problems(problems),
        zones: zones(),
    };
    Page::new(title, view).bare()
}

/// What a viewer in an organization is told, whatever the link.
fn in_one_already(viewer: Option<&Viewer>, row: &Row) -> Option<Page> {
    let own = viewer?.membership.as_ref()?;
    Some(if own.org_id == row.org_id {
        member_already(format!("You are in {} already.", own.org_name), true)
    } else {
        let text = format!(
            "You are in {}. A person is in one organization at a time: leave it first, then open the link again.",
            own.org_name
        );
        member_already(text, false)
    })
}

/// The page behind a door that is open.
fn page(door: Door, secret: &str, viewer: Option<&Viewer>) -> Page {
    let first = |row: &Row| Details { first_name: row.first_name.clone(), ..Details::default() };
    match door {
        Door::Closed(why) => closed(why),
        Door::Asks(row) | Door::Ticket { row, .. } if in_one_already(viewer, &row).is_some() => {
            in_one_already(viewer, &row).unwrap_or_else(|| closed(Closed::Unknown))
        }
        Door::Asks(row) => {
            let offer = Offer::new(secret, &row);
            match viewer {
                None => {
                    let title = format!("Join {}", row.org_name);
                    Page::new(title, Ask { offer, email: String::new(), error: None }).bare()
                }
                Some(viewer)
                    if row.kind == InvitationKind::Single
                        && row.email_folded != email_key(&viewer.user.email) =>
                {
                    other_address(&offer, &viewer.user.email)
                }
                Some(viewer) => {
                    let email = viewer.user.email.clone();
                    form(offer, email, Some(viewer), Details::default(), String::new(), Vec::new())
                }
            }
        }
        Door::Ticket { row, email, account } => {
            let offer = Offer::new(secret, &row);
            match (viewer, account) {
                (Some(viewer), account) if Some(viewer.user.id) != account => {
                    other_address(&offer, &viewer.user.email)
                }
                (None, Some(_)) => stop(Stop {
                    heading: "Sign in to accept",
                    text: format!(
                        "{email} has a Harrier account. Sign in with it, and the invitation to {} is next.",
                        row.org_name
                    ),
                    hint: "Forgotten the password? Choose a new one, then open the link again.".to_owned(),
                    onward: Some((
                        "Sign in",
                        format!("/session/new?to=/join/{}", filters::percent_encode(secret)),
                    )),
                    offers_sign_out: false,
                }),
                (viewer, _) => form(offer, email, viewer, first(&row), String::new(), Vec::new()),
            }
        }
    }
}

/// `GET /join/{secret}`: says what it is. It changes nothing: programs that read mail open links too.
async fn show(
    State(app): State<App>,
    MaybeSignedIn(viewer): MaybeSignedIn,
    Source(source): Source,
    PathId(secret): PathId<String>,
) -> Result<Page, Failure> {
    let door = app.door(&secret, &source).await?;
    Ok(page(door, &secret, viewer.as_ref()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    email: String,
}

/// `POST /join/{secret}/ticket`: the same answer for every address.
async fn ask(
    State(app): State<App>,
    Source(source): Source,
    PathId(secret): PathId<String>,
    Form(typed): Form<Address>,
) -> Result<Page, Failure> {
    let row = match app.door(&secret, &source).await? {
        Door::Asks(row) => row,
        Door::Closed(why) => return Ok(closed(why)),
        Door::Ticket { .. } => return Err(Error::NotFound.into()),
    };
    let offer = Offer::new(&secret, &row);
    match app.ask_for_ticket(&secret, &typed.email, &source).await {
        Ok(Ok(())) => {
            let email = typed.email.trim().to_owned();
            Ok(Page::new("Look into your mail", Sent { offer, email }).bare())
        }
        Ok(Err(why)) => Ok(closed(why)),
        Err(error @ Error::Invalid(_)) => {
            let title = format!("Join {}", offer.organization);
            let view = Ask { offer, email: typed.email, error: Some(error.to_string()) };
            Ok(Page::new(title, view).bare().unprocessable())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is typed to accept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    first_name: String,
    last_name: String,
    timezone: String,
    password: String,
    sight: String,
}

/// `POST /join/{secret}/acceptance`
async fn accept(
    State(app): State<App>,
    MaybeSignedIn(viewer): MaybeSignedIn,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    PathId(secret): PathId<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let Typed { first_name, last_name, timezone, password, sight } = typed;
    let details = Details { first_name, last_name, timezone, password };
    let command = Acceptance {
        secret: secret.clone(),
        sight: sight.clone(),
        details: viewer.is_none().then(|| details.details()),
        source: source.clone(),
    };
    let joined = match app.accept_invitation(viewer.as_ref(), &command).await {
        Ok(Ok(joined)) => joined,
        Ok(Err(why)) => return Ok(Ok(closed(why))),
        // Made in the meantime, or it needs somebody else to be signed in: the page says what is next.
        Err(Error::Unauthenticated | Error::Forbidden(_)) => {
            return Ok(Ok(page(app.door(&secret, &source).await?, &secret, viewer.as_ref())));
        }
        Err(Error::Conflict { field: Some("email"), .. }) => {
            return Ok(Ok(page(app.door(&secret, &source).await?, &secret, viewer.as_ref())));
        }
        Err(Error::Conflict { code, message, .. }) => {
            return Ok(Ok(member_already(message, code == "ALREADY_MEMBER")));
        }
        Err(Error::Invalid(problems)) => {
            return match app.door(&secret, &source).await? {
                Door::Closed(why) => Ok(Ok(closed(why))),
                Door::Asks(row) => {
                    let email = viewer.as_ref().map(|v| v.user.email.clone()).unwrap_or_default();
                    let offer = Offer::new(&secret, &row);
                    Ok(Ok(form(offer, email, viewer.as_ref(), details, sight, problems).unprocessable()))
                }
                Door::Ticket { row, email, .. } => {
                    let offer = Offer::new(&secret, &row);
                    Ok(Ok(form(offer, email, viewer.as_ref(), details, sight, problems).unprocessable()))
                }
            };
        }
        Err(error) => return Err(error.into()),
    };
    if joined.is_new {
        sessions::sign_in(&session, joined.user_id, origin(&headers, source), app.now())
            .await
            .map_err(Error::internal)?;
    }
    let text = match &joined.group {
        Some(group) => format!("Welcome to {}. You are in “{group}”.", joined.organization),
        None => format!("Welcome to {}.", joined.organization),
    };
    let to = if joined.role.is_coach() { "/athletes" } else { "/me" };
    Ok(Err(Done::to(to).say(text)))
}

impl Accept {
    fn sights(&self) -> [(Sight, &'static str); 2] {
        [
            (Sight::All, "Also what you recorded before, so that they know where you come from."),
            (Sight::FromNow, "What you recorded before stays yours alone."),
        ]
    }
}
