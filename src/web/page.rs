//! Whole page or fragment: decided here and nowhere else.
//!
//! A handler returns a [`Page`] (what to show) or a [`Done`] (what was done, and where to go on). The
//! middleware [`finish`] puts it into the layout, or answers htmx with the region it asked for, or turns
//! it into a redirect. Every fragment's address is also a page, so everything works without script.

use std::any::Any;
use std::sync::Arc;

use askama::{Template, Values};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::chrome::Chrome;
use super::filters;
use super::{Site, error, sessions};
use crate::app::{App, Error, Viewer};
use crate::domain::person::UnitSystem;

/// What a template is rendered with beside its own fields: how the viewer likes to read. Filters take it
/// from askama's runtime values under the key `context`.
#[derive(Debug, Clone)]
pub struct Context {
    pub units: UnitSystem,
    pub zone: Tz,
    /// Unix seconds.
    pub now: i64,
    /// Whether the whole page is rendered, not a region of it: a dialog is then open from the start.
    pub is_whole: bool,
}

impl Context {
    /// How nobody in particular likes to read.
    pub fn public(now: i64) -> Self {
        Self { units: UnitSystem::Metric, zone: chrono_tz::UTC, now, is_whole: true }
    }

    /// How this viewer likes to read.
    pub fn of(viewer: &Viewer, now: i64) -> Self {
        Self { units: viewer.user.units, zone: viewer.zone(), now, is_whole: true }
    }
}

impl Values for Context {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == "context").then_some(self)
    }
}

/// Something that can be shown whole or by region. Implemented by [`view!`](crate::view).
pub trait View: Send + Sync + 'static {
    /// The whole content of the page, without the layout.
    fn whole(&self, values: &dyn Values) -> askama::Result<String>;
    /// The region of this name (the id of the element that htmx puts it into), if the page has it.
    fn region(&self, name: &str, values: &dyn Values) -> Option<askama::Result<String>>;
}

/// Makes a template a [`View`]: `view!(Index, "results" => as_results)`. Each region is a block of the
/// template, listed in its `blocks = [...]`.
#[macro_export]
macro_rules! view {
    ($name:ty $(, $region:literal => $method:ident)* $(,)?) => {
        impl $crate::web::page::View for $name {
            fn whole(&self, values: &dyn askama::Values) -> askama::Result<String> {
                askama::Template::render_with_values(self, values)
            }
            #[allow(unused_variables)]
            fn region(&self, name: &str, values: &dyn askama::Values) -> Option<askama::Result<String>> {
                match name {
                    $($region => Some(askama::Template::render_with_values(&self.$method(), values)),)*
                    _ => None,
                }
            }
        }
    };
}

/// The entry of the navigation that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    #[default]
    None,
    Athletes,
    Groups,
    Me,
    Upload,
    Settings,
    Organization,
    Notifications,
    /// How figures are computed.
    How,
    /// The reference of the API.
    Api,
}

impl Place {
    /// The word that `layout.html` and `public.html` compare with.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Athletes => "athletes",
            Self::Groups => "groups",
            Self::Me => "me",
            Self::Upload => "upload",
            Self::Settings => "settings",
            Self::Organization => "organization",
            Self::Notifications => "notifications",
            Self::How => "how",
            Self::Api => "api",
        }
    }
}

/// What a handler wants shown.
pub struct Page {
    title: String,
    view: Box<dyn View>,
    place: Place,
    status: StatusCode,
    is_bare: bool,
    athletes: Option<i64>,
}

impl Page {
    /// A page with this title (the browser shows "title · Harrier").
    pub fn new(title: impl Into<String>, view: impl View) -> Self {
        Self {
            title: title.into(),
            view: Box::new(view),
            place: Place::None,
            status: StatusCode::OK,
            is_bare: false,
            athletes: None,
        }
    }

    /// Which entry of the navigation is current.
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// With the number of athletes for the sidebar, where the page has counted them anyway.
    pub fn counted(mut self, athletes: i64) -> Self {
        self.athletes = Some(athletes);
        self
    }

    /// Without the sidebar: signing in and the like.
    pub fn bare(mut self) -> Self {
        self.is_bare = true;
        self
    }

    /// With another status than 200; a form that came back with errors is 422.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A form that came back with errors.
    pub fn unprocessable(self) -> Self {
        self.status(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// What the next page says about the last act.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub text: String,
    /// A problem is shown as one, and read out at once.
    pub is_problem: bool,
    /// Where a POST takes the act back, and what the button says.
    pub undo: Option<(String, String)>,
}

/// Something was done; go on there.
#[derive(Debug, Clone)]
pub struct Done {
    to: String,
    flash: Option<Flash>,
}

impl Done {
    /// Go on at this address of the site.
    pub fn to(path: impl Into<String>) -> Self {
        Self { to: path.into(), flash: None }
    }

    /// And say so there.
    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.flash = Some(Flash { text: text.into(), is_problem: false, undo: None });
        self
    }

    /// And say there what went wrong.
    pub fn warn(mut self, text: impl Into<String>) -> Self {
        self.flash = Some(Flash { text: text.into(), is_problem: true, undo: None });
        self
    }

    /// And offer to take it back by a POST to this address.
    pub fn undo(mut self, action: impl Into<String>, label: impl Into<String>) -> Self {
        if let Some(flash) = &mut self.flash {
            flash.undo = Some((action.into(), label.into()));
        }
        self
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Content that was rendered by askama already. Only this module makes one.
pub struct Rendered(String);

impl std::fmt::Display for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Rendered {
    fn write_into(&self, dest: &mut dyn std::fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl askama::filters::HtmlSafe for Rendered {}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    title: &'a str,
    theme: &'static str,
    current: &'static str,
    viewer: Chrome,
    /// Whether the navigation goes over an older one.
    is_part: bool,
    main: Rendered,
}

/// A page for htmx: it puts the content into `#main`, the title into the window, and the navigation where
/// the old one stands, since what was done may have changed its count and the page its place.
#[derive(Template)]
#[template(path = "ui/swap.html")]
struct Swap<'a> {
    title: &'a str,
    current: &'static str,
    viewer: Option<Chrome>,
    is_part: bool,
    main: Rendered,
}

#[derive(Template)]
#[template(path = "bare.html")]
struct Bare<'a> {
    title: &'a str,
    theme: &'static str,
    main: Rendered,
}

/// A page that is open to everybody, for who is not signed in: as wide as inside, below a bar.
#[derive(Template)]
#[template(path = "public.html")]
struct Public<'a> {
    title: &'a str,
    theme: &'static str,
    current: &'static str,
    main: Rendered,
}

#[derive(Template)]
#[template(path = "ui/main.html")]
struct Main {
    flash: Option<Flash>,
    content: Rendered,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    heading: &'static str,
    text: String,
    id: Option<String>,
    is_signed_in: bool,
}
crate::view!(ErrorPage);

fn error_page(error: &Error, id: Option<String>, is_signed_in: bool) -> Page {
    let (title, heading) = match error {
        Error::NotFound => ("Not found", "There is nothing here"),
        Error::Forbidden(_) => ("Not allowed", "This is not yours to open"),
        Error::Internal(_) => ("Something went wrong", "Something went wrong on our side"),
        Error::RateLimited { .. } => ("Too many attempts", "Too many attempts"),
        _ => ("That did not work", "That did not work"),
    };
    let text = match error {
        Error::NotFound => "The address may be mistyped, or what was here has been removed.".to_owned(),
        Error::Internal(_) => {
            "It has been noted in the log. Nothing that was saved before is lost. Try again in a moment."
                .to_owned()
        }
        Error::Invalid(problems) => problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    let page = Page::new(title, ErrorPage { heading, text, id, is_signed_in }).status(error::status(error));
    if is_signed_in { page } else { page.bare() }
}

/// What htmx said about the request.
struct Asked {
    /// The id of the element that takes the answer; `None` for a whole page.
    target: Option<String>,
    is_htmx: bool,
    is_unsafe: bool,
    path: String,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let is_htmx = headers.contains_key("hx-request");
        // Restoring history asks for the whole page.
        let is_part = is_htmx && !headers.contains_key("hx-history-restore-request");
        let target = headers.get("hx-target").and_then(|v| v.to_str().ok()).unwrap_or("main").to_owned();
        Self {
            target: is_part.then_some(target),
            is_htmx,
            is_unsafe: !matches!(*request.method(), Method::GET | Method::HEAD),
            path: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        }
    }
}

/// Loads the viewer before the handler and renders what it returned.
pub async fn finish(
    State(site): State<Site>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = Asked::of(&request);
    let viewer = match viewer(&site.app, &session).await {
        Ok(viewer) => viewer,
        Err(error) => return fail(&site.app, &session, None, &asked, &error).await,
    };
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let mut response = next.run(request).await;
    let extensions = response.extensions_mut();
    let page: Option<Arc<Page>> = extensions.remove();
    let done: Option<Arc<Done>> = extensions.remove();
    let failure: Option<Arc<Error>> = extensions.remove();
    let headers = std::mem::take(response.headers_mut());
    let mut answer = if let Some(page) = page {
        match show(&site.app, &session, viewer.as_ref(), &asked, &page).await {
            Ok(answer) => answer,
            Err(error) => fail(&site.app, &session, viewer.as_ref(), &asked, &error).await,
        }
    } else if let Some(done) = done {
        match go_on(&session, &asked, &done).await {
            Ok(answer) => answer,
            Err(error) => fail(&site.app, &session, viewer.as_ref(), &asked, &error).await,
        }
    } else if let Some(error) = failure {
        fail(&site.app, &session, viewer.as_ref(), &asked, &error).await
    } else {
        *response.headers_mut() = headers;
        response.headers_mut().append(header::VARY, HeaderValue::from_static("hx-request, hx-target"));
        return response;
    };
    // What the handler set beside its page (a retry time, a file name) stays.
    for (name, value) in &headers {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("hx-request, hx-target"));
    answer
}

async fn viewer(app: &App, session: &Session) -> Result<Option<Viewer>, Error> {
    let Some(user) = sessions::user(session, app.now()).await.map_err(Error::internal)? else {
        return Ok(None);
    };
    let viewer = app.session_viewer(user).await?;
    if viewer.is_none() {
        session.flush().await.map_err(Error::internal)?;
    }
    Ok(viewer)
}

async fn show(
    app: &App,
    session: &Session,
    viewer: Option<&Viewer>,
    asked: &Asked,
    page: &Page,
) -> Result<Response, Error> {
    let mut context = viewer.map_or_else(|| Context::public(app.now()), |v| Context::of(v, app.now()));
    if let Some(target) = asked.target.as_deref().filter(|t| *t != "main") {
        context.is_whole = false;
        if let Some(region) = page.view.region(target, &context) {
            return Ok((page.status, Html(region.map_err(Error::internal)?)).into_response());
        }
        context.is_whole = true;
    }
    let flash = sessions::take_flash(session).await.map_err(Error::internal)?;
    let content = Rendered(page.view.whole(&context).map_err(Error::internal)?);
    let main = Main { flash, content }.render_with_values(&context).map_err(Error::internal)?;
    let chrome = match viewer {
        Some(viewer) if !page.is_bare => Some(Chrome::of(app, viewer, page.athletes).await?),
        _ => None,
    };
    if asked.target.is_some() {
        let swap = Swap {
            title: &page.title,
            current: page.place.word(),
            viewer: chrome,
            is_part: true,
            main: Rendered(main),
        };
        let html = swap.render_with_values(&context).map_err(Error::internal)?;
        let mut response = (page.status, Html(html)).into_response();
        // A fragment that no region fits goes where a page's content goes.
        response.headers_mut().insert("hx-retarget", HeaderValue::from_static("#main"));
        return Ok(response);
    }
    let theme = viewer.map_or("", |v| match v.user.theme {
        crate::domain::person::Theme::System => "",
        chosen => chosen.word(),
    });
    let html = match chrome {
        Some(viewer) => {
            let layout = Layout {
                title: &page.title,
                theme,
                current: page.place.word(),
                viewer,
                is_part: false,
                main: Rendered(main),
            };
            layout.render_with_values(&context)
        }
        None if !page.is_bare => {
            let public =
                Public { title: &page.title, theme, current: page.place.word(), main: Rendered(main) };
            public.render_with_values(&context)
        }
        None => Bare { title: &page.title, theme, main: Rendered(main) }.render_with_values(&context),
    };
    Ok((page.status, Html(html.map_err(Error::internal)?)).into_response())
}

async fn go_on(session: &Session, asked: &Asked, done: &Done) -> Result<Response, Error> {
    if let Some(flash) = &done.flash {
        sessions::flash(session, flash).await.map_err(Error::internal)?;
    }
    Ok(away(asked, &done.to))
}

/// A redirect that htmx follows too: it fetches the page, swaps its content in and moves the address.
fn away(asked: &Asked, to: &str) -> Response {
    if !asked.is_htmx {
        return Redirect::to(to).into_response();
    }
    let location = serde_json::json!({ "path": to, "target": "#main", "swap": "innerHTML show:window:top" });
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&location.to_string()) {
        headers.insert(HeaderName::from_static("hx-location"), value);
    }
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn fail(
    app: &App,
    session: &Session,
    viewer: Option<&Viewer>,
    asked: &Asked,
    error: &Error,
) -> Response {
    if matches!(error, Error::Unauthenticated) {
        return sign_in_first(asked);
    }
    if viewer.is_some_and(|viewer| viewer.must_set_up(error)) {
        return elsewhere(asked, "/organization/new", StatusCode::FORBIDDEN);
    }
    let id = match error {
        Error::Internal(_) => {
            let id = app.uuid().simple().to_string();
            tracing::error!(id, path = loggable(&asked.path), error = %chain(error), "internal error");
            Some(id)
        }
        _ => None,
    };
    let page = error_page(error, id, viewer.is_some());
    let mut response = match show(app, session, viewer, asked, &page).await {
        Ok(response) => response,
        Err(second) => {
            tracing::error!(error = %chain(&second), "the error page could not be shown");
            error::status(error).into_response()
        }
    };
    if let Error::RateLimited { retry_after } = error {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    response
}

/// The path without the secret of a link: whoever reads the log must not come in by it.
fn loggable(path: &str) -> &str {
    let secret = ["/join/", "/signup/", "/password/reset/"].iter().find(|start| path.starts_with(**start));
    secret.map_or(path, |start| &path[..start.len()])
}

/// To the sign-in page, and back here afterwards (only to what can be fetched again).
fn sign_in_first(asked: &Asked) -> Response {
    let to = if asked.is_unsafe || asked.path == "/" {
        "/session/new".to_owned()
    } else {
        format!("/session/new?to={}", filters::percent_encode(&asked.path))
    };
    // A fragment is nothing to come back to.
    elsewhere(asked, if asked.is_htmx { "/session/new" } else { &to }, StatusCode::UNAUTHORIZED)
}

/// The whole window goes there, also for htmx, which gets this status: a form of another kind of page would be
/// lost inside a fragment.
fn elsewhere(asked: &Asked, to: &str, status: StatusCode) -> Response {
    if !asked.is_htmx {
        return Redirect::to(to).into_response();
    }
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(to) {
        headers.insert(HeaderName::from_static("hx-redirect"), value);
    }
    (status, headers).into_response()
}

/// The error and what caused it, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.replace(['\n', '\r'], " ")
}
