//! What stands around a page: the sidebar with what it shows of the viewer.

use crate::app::{App, Error, Viewer};
use crate::domain::person::initials;

/// What the sidebar shows of the viewer.
#[derive(Debug)]
pub struct Chrome {
    pub name: String,
    pub initials: String,
    pub role: &'static str,
    pub organization: Option<String>,
    pub is_coach: bool,
    /// Whether they belong to an organization.
    pub is_member: bool,
    /// Athletes in the roster, for coaches.
    pub athletes: Option<i64>,
    /// Notifications that they have not read; counted up to a hundred.
    pub unread: i64,
}

impl Chrome {
    /// The number at the bell.
    pub fn unread_words(&self) -> String {
        if self.unread > 99 { "99+".to_owned() } else { self.unread.to_string() }
    }

    /// What stands around a page for this viewer; `counted` where the page has counted the athletes anyway.
    pub async fn of(app: &App, viewer: &Viewer, counted: Option<i64>) -> Result<Self, Error> {
        let name = viewer.name();
        let athletes = match viewer.coach() {
            Ok(_) if counted.is_some() => counted,
            Ok(coach) => Some(app.count_athletes(coach).await?),
            Err(_) => None,
        };
        Ok(Self {
            initials: initials(&name),
            name,
            role: viewer.membership.as_ref().map_or("", |m| m.role.label()),
            organization: viewer.membership.as_ref().map(|m| m.org_name.clone()),
            is_coach: viewer.is_coach(),
            is_member: viewer.member().is_ok(),
            athletes,
            unread: viewer.unread,
        })
    }
}
