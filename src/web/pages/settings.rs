//! A person's own settings: profile, password and sessions, API tokens.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use tower_sessions::Session as Cookie;
use uuid::Uuid;

use super::person::Problems;
use crate::app::access_tokens::NewToken;
use crate::app::sessions::Session;
use crate::app::settings::Profile;
use crate::app::tokens::Token;
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::calendar;
use crate::domain::ids::{SessionId, TokenId};
use crate::domain::person::{Theme, UnitSystem};
use crate::view;
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::viewer::{PathId, SignedIn};
use crate::web::{Site, filters, sessions};

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/settings", get(profile).post(save_profile))
        .route("/settings/security", get(security))
        .route("/settings/password", post(change_password))
        .route("/settings/sessions/{id}/ending", post(end_session))
        .route("/settings/sessions/ending", post(end_others))
        .route("/settings/tokens", get(tokens).post(make_token))
        .route("/settings/tokens/{id}/revocation", get(confirm_revocation).post(revoke_token))
}

/// A page, or where to go on.
type Answer = Result<Result<Page, Done>, Failure>;

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct ProfileView {
    email: String,
    typed: ProfileForm,
    problems: Problems,
    zones: Vec<(&'static str, String)>,
    units: Vec<(&'static str, &'static str)>,
    themes: Vec<(&'static str, &'static str)>,
}
view!(ProfileView);

/// The profile as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProfileForm {
    first_name: String,
    last_name: String,
    timezone: String,
    units: String,
    theme: String,
}

fn profile_page(viewer: &Viewer, typed: ProfileForm, problems: Vec<Problem>) -> Page {
    let view = ProfileView {
        email: viewer.user.email.clone(),
        typed,
        problems: Problems(problems),
        zones: calendar::zones().map(|zone| (zone.name(), calendar::zone_label(zone))).collect(),
        units: UnitSystem::ALL.iter().map(|u| (u.word(), u.label())).collect(),
        themes: Theme::ALL.iter().map(|t| (t.word(), t.label())).collect(),
    };
    Page::new("Settings", view).at(Place::Settings)
}

/// `GET /settings`
async fn profile(SignedIn(viewer): SignedIn) -> Page {
    let user = &viewer.user;
    let typed = ProfileForm {
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        timezone: user.timezone.clone(),
        units: user.units.word().to_owned(),
        theme: user.theme.word().to_owned(),
    };
    profile_page(&viewer, typed, Vec::new())
}

/// `POST /settings`
async fn save_profile(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<ProfileForm>,
) -> Answer {
    let command = Profile {
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
        timezone: typed.timezone.clone(),
        units: typed.units.clone(),
        theme: typed.theme.clone(),
    };
    match app.save_profile(&viewer, &command).await {
        Ok(()) => Ok(Err(Done::to("/settings").say("Saved."))),
        Err(Error::Invalid(problems)) => Ok(Ok(profile_page(&viewer, typed, problems).unprocessable())),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "settings/security.html")]
struct Security {
    email: String,
    sessions: Vec<(Session, String)>,
    /// How many tokens and API keys of theirs work.
    tokens: i64,
    /// Whether these are to end with the old password.
    with_tokens: bool,
    problems: Problems,
}
view!(Security);

impl Security {
    fn tokens_label(&self) -> String {
        match self.tokens {
            1 => "Also revoke my one API token".to_owned(),
            count => format!("Also revoke my {count} API tokens"),
        }
    }
}

/// The browser and the system that a user agent names, in words.
fn browser(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)], other: &'static str| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map_or(other, |(_, name)| *name)
    };
    // In this order: each of the later ones stands in the signature of the earlier ones too.
    let program = find(
        &[
            ("Edg", "Edge"),
            ("OPR", "Opera"),
            ("Firefox", "Firefox"),
            ("Chrom", "Chrome"),
            ("Safari", "Safari"),
        ],
        "A browser",
    );
    let system = find(
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "Mac"),
            ("Linux", "Linux"),
        ],
        "an unknown device",
    );
    format!("{program} on {system}")
}

async fn security_page(
    app: &App,
    viewer: &Viewer,
    cookie: &Cookie,
    with_tokens: bool,
    problems: Vec<Problem>,
) -> Result<Page, Failure> {
    let current = sessions::cookie_value(cookie).unwrap_or_default();
    let open = app.own_sessions(viewer, &current).await?;
    let sessions = open.into_iter().map(|s| (s.clone(), browser(&s.user_agent))).collect();
    let tokens = app.count_own_tokens(viewer).await?;
    let email = viewer.user.email.clone();
    let view = Security { email, sessions, tokens, with_tokens, problems: Problems(problems) };
    Ok(Page::new("Password and sessions", view).at(Place::Settings))
}

/// `GET /settings/security`
async fn security(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    cookie: Cookie,
) -> Result<Page, Failure> {
    security_page(&app, &viewer, &cookie, false, Vec::new()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    current: String,
    password: String,
    /// A tick: anything.
    tokens: String,
}

/// `POST /settings/password`
async fn change_password(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    cookie: Cookie,
    Form(typed): Form<PasswordForm>,
) -> Answer {
    let current = sessions::cookie_value(&cookie).unwrap_or_default();
    let with_tokens = !typed.tokens.is_empty();
    match app.change_password(&viewer, &typed.current, &typed.password, &current, with_tokens).await {
        Ok(()) => {
            let text = match with_tokens {
                true => "Your password is changed. Your other sessions and your tokens have ended.",
                false => "Your password is changed. Your other sessions have ended.",
            };
            Ok(Err(Done::to("/settings/security").say(text)))
        }
        Err(Error::Invalid(problems)) => {
            Ok(Ok(security_page(&app, &viewer, &cookie, with_tokens, problems).await?.unprocessable()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/sessions/{id}/ending`
async fn end_session(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<SessionId>,
) -> Result<Done, Failure> {
    app.end_session(&viewer, id).await?;
    Ok(Done::to("/settings/security").say("That session has ended."))
}

/// `POST /settings/sessions/ending`
async fn end_others(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    cookie: Cookie,
) -> Result<Done, Failure> {
    let current = sessions::cookie_value(&cookie).unwrap_or_default();
    let text = match app.end_other_sessions(&viewer, &current).await? {
        0 => "There was no other session.".to_owned(),
        1 => "One other session has ended.".to_owned(),
        ended => format!("{ended} other sessions have ended."),
    };
    Ok(Done::to("/settings/security").say(text))
}

#[derive(Template)]
#[template(path = "settings/tokens.html")]
struct Tokens {
    tokens: Vec<Token>,
    typed: TokenForm,
    problems: Problems,
    /// Name and secret of the token that was just made: shown this once, kept nowhere.
    made: Option<(String, String)>,
    /// Why nothing was made.
    notice: String,
    /// What tells a form that is sent again from another one.
    form: Uuid,
}
view!(Tokens);

#[derive(Debug, Deserialize)]
#[serde(default)]
struct TokenForm {
    name: String,
    scope: String,
    /// Days until it ends; empty for never.
    days: String,
    /// The id that the form was shown under.
    form: String,
}

impl Default for TokenForm {
    // One that ends, and may do little, is the safer habit.
    fn default() -> Self {
        Self { name: String::new(), scope: "read".into(), days: "90".into(), form: String::new() }
    }
}

/// What came of the form.
#[derive(Default)]
struct Made {
    problems: Vec<Problem>,
    made: Option<(String, String)>,
    notice: String,
}

async fn tokens_page(app: &App, viewer: &Viewer, typed: TokenForm, came: Made) -> Result<Page, Failure> {
    let Made { problems, made, notice } = came;
    let tokens = app.own_tokens(viewer).await?;
    let view = Tokens { tokens, typed, problems: Problems(problems), made, notice, form: app.uuid() };
    Ok(Page::new("API tokens", view).at(Place::Settings))
}

/// `GET /settings/tokens`
async fn tokens(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Page, Failure> {
    tokens_page(&app, &viewer, TokenForm::default(), Made::default()).await
}

/// `POST /settings/tokens`: answers with the page itself, since the secret must travel nowhere else. So a
/// browser that loads the page again sends the form again, and is told that it did.
async fn make_token(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<TokenForm>,
) -> Result<Page, Failure> {
    let days = typed.days.parse::<i64>().ok().filter(|days| (1..=3650).contains(days));
    let new = NewToken {
        name: typed.name.clone(),
        can_write: typed.scope == "write",
        expires_at: days.map(|days| app.now() + days * 86_400),
    };
    // Without an id it is no form of ours, and nothing to be known again.
    let made = match typed.form.parse() {
        Ok(form) => app.make_token_once(&viewer, form, &new).await,
        Err(_) => app.make_token(&viewer, &new).await.map(Some),
    };
    let (typed, came, status) = match made {
        Ok(Some((token, secret))) => {
            let made = Some((token.name, secret));
            (TokenForm::default(), Made { made, ..Made::default() }, StatusCode::OK)
        }
        Ok(None) => {
            let notice = "This form was sent before, and its token was shown then. No other one was made. If you did \
                          not copy it, revoke it and make a new one.";
            (TokenForm::default(), Made { notice: notice.into(), ..Made::default() }, StatusCode::CONFLICT)
        }
        Err(Error::Conflict { message, .. }) => {
            (typed, Made { notice: message, ..Made::default() }, StatusCode::CONFLICT)
        }
        Err(Error::Invalid(problems)) => {
            (typed, Made { problems, ..Made::default() }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(tokens_page(&app, &viewer, typed, came).await?.status(status))
}

#[derive(Template)]
#[template(path = "settings/revocation.html", blocks = ["dialog"])]
struct Revocation {
    token: Token,
}
view!(Revocation, "dialog" => as_dialog);

/// `GET /settings/tokens/{id}/revocation`
async fn confirm_revocation(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<TokenId>,
) -> Result<Page, Failure> {
    let tokens = app.own_tokens(&viewer).await?;
    let token = tokens.into_iter().find(|t| t.id == id).ok_or(Error::NotFound)?;
    Ok(Page::new("Revoke a token", Revocation { token }).at(Place::Settings))
}

/// `POST /settings/tokens/{id}/revocation`
async fn revoke_token(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<TokenId>,
) -> Result<Done, Failure> {
    app.revoke_token(&viewer, id).await?;
    Ok(Done::to("/settings/tokens").say("The token is revoked. What used it can no longer sign in."))
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_in_words() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604";
        assert_eq!(browser(safari), "Safari on iPhone");
        assert_eq!(browser(""), "A browser on an unknown device");
    }
}
