//! Invitations as coaches see them: inviting one, several or many, and what became of it.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::athletes::org;
use super::person::Problems;
use crate::app::athletes::Choice;
use crate::app::invitations::{Counts, Invited, Invitee, MOST_AT_ONCE, NewInvitation, Row, Until};
use crate::app::{App, Error, Problem, Viewer};
use crate::domain::calendar;
use crate::domain::ids::{GroupId, InvitationId};
use crate::domain::invitation::{InvitationKind, InvitationState};
use crate::view;
use crate::web::charts::{Svg, qr};
use crate::web::error::Failure;
use crate::web::page::{Done, Page, Place};
use crate::web::query::Query;
use crate::web::viewer::{PathId, SignedIn};
use crate::web::{Site, filters};

/// Invitations on a page.
const PAGE: i64 = 50;

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/invitations", get(index).post(create))
        .route("/invitations/new", get(new))
        .route("/invitations/{id}", get(show))
        .route("/invitations/{id}/renewal", get(confirm_renewal).post(renew))
        .route("/invitations/{id}/revocation", get(confirm_revocation).post(revoke))
}

/// An invitation in a list.
pub struct Line {
    pub row: Row,
    pub state: InvitationState,
    /// Whether the viewer may send it again or end it.
    pub is_mine: bool,
}

impl Line {
    fn new(row: Row, viewer: &Viewer, now: i64) -> Self {
        let state = row.state(now);
        let is_mine = !row.role.is_coach() || viewer.is_head_coach();
        Self { row, state, is_mine }
    }

    fn is_multi(&self) -> bool {
        self.row.kind == InvitationKind::Multi
    }

    /// Whom it is for: a name, an address, or anybody.
    pub fn title(&self) -> String {
        match (self.row.kind, self.row.first_name.as_str()) {
            (InvitationKind::Multi, _) => "Link for many".to_owned(),
            // Whoever it was has deleted their account since.
            (_, "") if self.row.email.is_empty() => "Somebody".to_owned(),
            (_, "") => self.row.email.clone(),
            (_, first) => first.to_owned(),
        }
    }

    /// `3 of 25 have joined`.
    pub fn uses(&self) -> String {
        uses(&self.row)
    }

    fn can_end(&self) -> bool {
        self.is_mine && matches!(self.state, InvitationState::Pending | InvitationState::Expired)
    }
}

fn uses(row: &Row) -> String {
    match (row.uses, row.max_uses) {
        (uses, Some(most)) => format!("{uses} of {most} joined"),
        (0, None) => "Nobody has joined yet".to_owned(),
        (uses, None) => format!("{uses} joined"),
    }
}

#[derive(Template)]
#[template(path = "invitations/index.html")]
pub struct Index {
    pub counts: Counts,
    pub state: Option<InvitationState>,
    pub lines: Vec<Line>,
    pub is_first: bool,
    pub next: Option<InvitationId>,
}
view!(Index);

impl Index {
    fn tabs(&self) -> [(Option<InvitationState>, &'static str, i64); 5] {
        let Counts { pending, accepted, expired, revoked } = self.counts;
        [
            (Some(InvitationState::Pending), "Pending", pending),
            (Some(InvitationState::Accepted), "Accepted", accepted),
            (Some(InvitationState::Expired), "Expired", expired),
            (Some(InvitationState::Revoked), "Revoked", revoked),
            (None, "All", pending + accepted + expired + revoked),
        ]
    }

    fn is_at(&self, tab: &Option<InvitationState>) -> bool {
        *tab == self.state
    }

    /// The address of the tab that is shown.
    fn here(&self) -> String {
        self.address(&self.state)
    }

    fn address(&self, state: &Option<InvitationState>) -> String {
        state.map_or("/invitations?state=all".to_owned(), |state| format!("/invitations?state={state}"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// A word of [`InvitationState`], or `all`; those that wait where it is missing.
    state: String,
    /// The last of the page before.
    before: String,
}

/// `GET /invitations`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Page, Failure> {
    let org = org(&viewer)?;
    let state = match asked.state.as_str() {
        "all" => None,
        word => Some(word.parse().unwrap_or(InvitationState::Pending)),
    };
    let before: Option<InvitationId> = asked.before.parse().ok();
    let mut rows = app.invitations(&viewer, org, state, before, PAGE + 1).await?;
    let has_more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    let counts = app.count_invitations(&viewer, org).await?;
    let now = app.now();
    let lines = rows.into_iter().map(|row| Line::new(row, &viewer, now)).collect();
    let view = Index { counts, state, lines, is_first: before.is_none(), next };
    Ok(Page::new("Invitations", view).at(Place::Athletes))
}

/// The form as it is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// `one`, `list` or `many`.
    pub kind: String,
    pub first_name: String,
    pub email: String,
    pub list: String,
    pub max_uses: String,
    /// The last day on which the link works.
    pub expires: String,
    pub group: String,
    pub message: String,
    /// The id that the form was shown under.
    pub form: String,
}

#[derive(Template)]
#[template(path = "invitations/new.html", blocks = ["dialog"])]
pub struct New {
    pub typed: Typed,
    pub groups: Vec<Choice<GroupId>>,
    pub problems: Problems,
    pub most: usize,
}
view!(New, "dialog" => as_dialog);

async fn new_page(app: &App, viewer: &Viewer, typed: Typed, problems: Vec<Problem>) -> Result<Page, Failure> {
    let groups = app.choices(viewer.coach()?).await?.groups;
    let problems = Problems::named(problems, |field| match field {
        "expires_at" => Some("expires"),
        "group_id" => Some("group"),
        _ => None,
    });
    let typed = Typed { form: app.uuid().to_string(), ..typed };
    let view = New { typed, groups, problems, most: MOST_AT_ONCE };
    Ok(Page::new("Invite athlete", view).at(Place::Athletes))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    kind: String,
    group: String,
}

/// `GET /invitations/new`
async fn new(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Query(begin): Query<Begin>,
) -> Result<Page, Failure> {
    let kind = match begin.kind.as_str() {
        kind @ ("list" | "many") => kind.to_owned(),
        _ => "one".to_owned(),
    };
    let typed = Typed { kind, group: begin.group, ..Typed::default() };
    new_page(&app, &viewer, typed, Vec::new()).await
}

impl Typed {
    fn command(&self, viewer: &Viewer) -> Result<NewInvitation, Error> {
        let group_id = Some(self.group.clone()).filter(|id| !id.is_empty());
        let mut problems = Vec::new();
        let (invitee, until) = if self.kind == "many" {
            let most = self.max_uses.trim();
            let max_uses = match most {
                "" => None,
                // A number that is none is told like one that is out of bounds.
                text => Some(text.parse().unwrap_or(0)),
            };
            let until = match self.expires.trim() {
                "" => Until::Forever,
                text => match calendar::parse_day(text) {
                    // To the end of that day, where the coach is.
                    Some(day) => Until::At(calendar::day_start(day + 1, viewer.zone()).timestamp()),
                    None => {
                        problems.push(Problem::invalid("expires_at", "Enter a day, such as 2027-05-31."));
                        Until::Forever
                    }
                },
            };
            (Invitee::Many { max_uses }, until)
        } else {
            let (first_name, email) = (self.first_name.clone(), self.email.clone());
            (Invitee::One { first_name, email }, Until::Usual)
        };
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let message = if self.kind == "many" { String::new() } else { self.message.clone() };
        Ok(NewInvitation { invitee, is_coach: false, group_id, training_plan_id: None, until, message })
    }
}

#[derive(Template)]
#[template(path = "invitations/results.html", blocks = ["dialog"])]
pub struct Results {
    pub invited: usize,
    pub lines: Vec<Invited>,
}
view!(Results, "dialog" => as_dialog);

/// A link that was just made: shown this once, kept nowhere.
#[derive(Template)]
#[template(path = "invitations/made.html", blocks = ["dialog"])]
pub struct Made {
    pub id: InvitationId,
    pub link: String,
    pub code: Option<Svg>,
    pub organization: String,
    pub group: Option<String>,
    pub uses: String,
    /// What there is to say of its end, in words.
    pub ends: String,
}
view!(Made, "dialog" => as_dialog);

impl Made {
    fn page(row: Row, link: String, viewer: &Viewer, now: i64) -> Page {
        let ends = match row.expires_at {
            // The instant is the beginning of the day after.
            Some(end) => {
                let today = calendar::day_at(now, viewer.zone());
                format!("until {}", calendar::full_day(calendar::day_at(end - 1, viewer.zone()), today))
            }
            None => "without an end".to_owned(),
        };
        let view = Self {
            id: row.id,
            code: qr(&link, &format!("QR code of the link to join {}", row.org_name)),
            uses: uses(&row),
            group: row.group_name.clone(),
            organization: row.org_name,
            link,
            ends,
        };
        Page::new("Link for many", view).at(Place::Athletes)
    }
}

/// `POST /invitations`. A link for many is answered with the page itself, since it must travel nowhere else.
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Form(typed): Form<Typed>,
) -> Result<Result<Page, Done>, Failure> {
    let coach = viewer.coach()?;
    let org = coach.org_id();
    let outcome = match typed.command(&viewer) {
        Err(error) => Err(error),
        Ok(new) if typed.kind == "list" => match app.invite_list(&viewer, org, &typed.list, &new).await {
            Ok(lines) => {
                let invited = lines.iter().filter(|line| line.outcome.is_ok()).count();
                let view = Results { invited, lines };
                return Ok(Ok(Page::new("Invitations sent", view).at(Place::Athletes)));
            }
            Err(error) => Err(error),
        },
        Ok(new) => app.invite_once(&viewer, org, typed.form.parse().ok(), &new).await,
    };
    let problems = match outcome {
        Ok(Some((row, link))) if row.kind == InvitationKind::Multi => {
            return Ok(Ok(Made::page(row, link, &viewer, app.now())));
        }
        Ok(Some((row, _))) => {
            let text = format!("The invitation to {} is on its way.", row.email);
            return Ok(Err(Done::to("/invitations").say(text)));
        }
        Ok(None) => return Ok(Err(sent_before())),
        Err(Error::Invalid(problems)) => problems,
        Err(Error::NotFound) => vec![Problem::invalid("group_id", "This group is gone. Choose another.")],
        Err(error @ Error::Conflict { .. }) => {
            let field = match &error {
                Error::Conflict { field: Some(field), .. } => *field,
                _ => "form",
            };
            vec![Problem::invalid(field, error.to_string())]
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Ok(new_page(&app, &viewer, typed, problems).await?.unprocessable()))
}

fn sent_before() -> Done {
    let text =
        "This form was sent before, and its link was shown then. If you did not copy it, make a new link.";
    Done::to("/invitations").warn(text)
}

#[derive(Template)]
#[template(path = "invitations/show.html", blocks = ["uses"])]
pub struct Show {
    pub line: Line,
    pub uses: String,
}
view!(Show, "uses" => as_uses);

/// `GET /invitations/{id}`: what there is to it but the link.
async fn show(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<InvitationId>,
) -> Result<Page, Failure> {
    let row = app.invitation(&viewer, org(&viewer)?, id).await?;
    let uses = uses(&row);
    let line = Line::new(row, &viewer, app.now());
    Ok(Page::new(format!("Invitation: {}", line.title()), Show { line, uses }).at(Place::Athletes))
}

#[derive(Template)]
#[template(path = "invitations/confirm.html", blocks = ["dialog"])]
pub struct Confirm {
    pub line: Line,
    pub is_renewal: bool,
    /// The id that the form is shown under.
    pub form: String,
}
view!(Confirm, "dialog" => as_dialog);

async fn confirm(app: &App, viewer: &Viewer, id: InvitationId, is_renewal: bool) -> Result<Page, Failure> {
    let row = app.invitation(viewer, org(viewer)?, id).await?;
    let line = Line::new(row, viewer, app.now());
    if !line.is_mine {
        return Err(Error::Forbidden("Only the head coach invites coaches.").into());
    }
    let title = if is_renewal { "Send it again" } else { "Revoke an invitation" };
    let view = Confirm { line, is_renewal, form: app.uuid().to_string() };
    Ok(Page::new(title, view).at(Place::Athletes))
}

/// `GET /invitations/{id}/renewal`
async fn confirm_renewal(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<InvitationId>,
) -> Result<Page, Failure> {
    confirm(&app, &viewer, id, true).await
}

/// `GET /invitations/{id}/revocation`
async fn confirm_revocation(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<InvitationId>,
) -> Result<Page, Failure> {
    confirm(&app, &viewer, id, false).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    form: String,
}

/// `POST /invitations/{id}/renewal`
async fn renew(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<InvitationId>,
    Form(sent): Form<Sent>,
) -> Result<Result<Page, Done>, Failure> {
    let form: Option<Uuid> = sent.form.parse().ok();
    match app.resend_once(&viewer, org(&viewer)?, id, form).await {
        Ok(Some((row, link))) if row.kind == InvitationKind::Multi => {
            Ok(Ok(Made::page(row, link, &viewer, app.now())))
        }
        Ok(Some((row, _))) => {
            let text =
                format!("A new link is on its way to {}. The one before opens nothing any more.", row.email);
            Ok(Err(Done::to("/invitations").say(text)))
        }
        Ok(None) => Ok(Err(sent_before())),
        Err(error @ Error::Conflict { .. }) => Ok(Err(Done::to("/invitations").warn(error.to_string()))),
        Err(error) => Err(error.into()),
    }
}

/// `POST /invitations/{id}/revocation`
async fn revoke(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<InvitationId>,
) -> Result<Done, Failure> {
    match app.revoke_invitation(&viewer, org(&viewer)?, id).await {
        Ok(_) => Ok(Done::to("/invitations").say("Revoked. The link opens nothing any more.")),
        Err(error @ Error::Conflict { .. }) => Ok(Done::to("/invitations").warn(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
