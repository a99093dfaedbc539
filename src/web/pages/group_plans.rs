//! The Plans tab of a group. Plans themselves come with their library; until then the tab says so.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::group::{Head, Tab};
use crate::app::App;
use crate::domain::ids::GroupId;
use crate::view;
use crate::web::Site;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Page, Place};
use crate::web::viewer::{PathId, SignedIn};

pub fn routes() -> Router<Site> {
    Router::new().route("/groups/{id}/plans", get(index))
}

#[derive(Template)]
#[template(path = "groups/plans.html")]
struct Index {
    head: Head,
}
view!(Index);

/// `GET /groups/{id}/plans`
async fn index(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    PathId(id): PathId<GroupId>,
) -> Result<Page, Failure> {
    let (seen, members) = app.group_head(&viewer, id).await?;
    let head = Head::new(seen.group(), members, seen.may_edit(), Tab::Plans);
    Ok(Page::new(format!("Plans of {}", head.name), Index { head }).at(Place::Groups))
}
