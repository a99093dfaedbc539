//! The pages: one file for each resource, with its view structs and handlers.

pub mod activities;
pub mod api_docs;
pub mod athlete;
pub mod athletes;
pub mod bulk;
pub mod coaches;
pub mod comparison;
pub mod deletion;
mod delta;
pub mod existing;
pub mod fitness;
pub mod group;
pub mod group_feed;
pub mod group_log;
pub mod group_members;
pub mod group_plans;
pub mod group_report;
pub mod groups;
pub mod home;
pub mod how;
pub mod import;
pub mod invitations;
pub mod join;
pub mod mail;
pub mod mail_previews;
pub mod manual;
pub mod membership;
pub mod notes;
pub mod notifications;
pub mod organization;
pub mod password;
pub mod person;
pub mod range;
pub mod record;
pub mod reports;
pub mod roster;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod samples_joining;
pub mod session;
pub mod settings;
pub mod sheet;
pub mod signup;
pub mod uploads;

use axum::Router;
use axum::routing::get;

use super::Site;
use super::error::Failure;
use crate::app::Error;

/// Every page. The access matrix in the tests lists them all.
pub fn routes() -> Router<Site> {
    Router::new()
        .merge(athlete::routes())
        .merge(activities::routes())
        .merge(uploads::routes())
        .merge(manual::routes())
        .merge(fitness::routes())
        .route("/how", get(how::index))
        .route("/", get(home::index))
        .route("/session/new", get(session::new))
        .route("/session", axum::routing::post(session::create))
        .route("/session/delete", axum::routing::post(session::destroy))
        .route("/api/docs", get(api_docs::index))
        .merge(settings::routes())
        .merge(deletion::routes())
        .merge(organization::routes())
        .merge(athletes::routes())
        .merge(groups::routes())
        .merge(comparison::routes())
        .merge(group::routes())
        .merge(group_members::routes())
        .merge(group_feed::routes())
        .merge(group_plans::routes())
        .merge(group_log::routes())
        .merge(group_report::routes())
        .merge(reports::routes())
        .merge(notifications::routes())
        .merge(mail::routes())
        .merge(mail_previews::routes())
        .merge(invitations::routes())
        .merge(coaches::routes())
        .merge(join::routes())
        .merge(membership::routes())
        .merge(signup::routes())
        .merge(password::routes())
        .fallback(async || Failure(Error::NotFound))
}
