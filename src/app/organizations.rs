//! Setting an organization up, and what it says of itself.

use serde_json::json;

use super::access::Viewer;
use super::db::members::NewMember;
use super::db::organizations::Organization;
use super::error::{Error, Problem, Result};
use super::members::search_text;
use super::{App, access, db};
use crate::domain::ids::OrgId;
use crate::domain::person::{Role, fold};
use crate::domain::text;

/// In characters.
const LONGEST_NAME: usize = 80;
const LONGEST_DESCRIPTION: usize = 2000;

/// What an organization says of itself, as typed.
#[derive(Debug, Default)]
pub struct OrganizationForm {
    pub name: String,
    pub description: String,
    /// 1 is Monday, 7 is Sunday.
    pub first_weekday: String,
}

impl OrganizationForm {
    fn read(&self) -> Result<(String, String, i64)> {
        let name = text::one_line(&self.name);
        let description = text::paragraphs(&self.description);
        let mut problems = Vec::new();
        if name.is_empty() {
            problems.push(Problem::required("name", "Enter the organization’s name."));
        } else if name.chars().count() > LONGEST_NAME {
            problems.push(Problem::invalid("name", format!("Use at most {LONGEST_NAME} characters.")));
        }
        if description.chars().count() > LONGEST_DESCRIPTION {
            problems.push(Problem::invalid(
                "description",
                format!("Use at most {LONGEST_DESCRIPTION} characters."),
            ));
        }
        let weekday = self.first_weekday.parse::<i64>().ok().filter(|d| (1..=7).contains(d));
        if weekday.is_none() {
            problems.push(Problem::invalid("first_weekday", "Choose a day of the week."));
        }
        match weekday {
            Some(weekday) if problems.is_empty() => Ok((name, description, weekday)),
            _ => Err(Error::Invalid(problems)),
        }
    }
}

impl App {
    /// Refuses whoever may not set an organization up: people without a coach's account, and members of one.
    pub fn may_set_up(&self, viewer: &Viewer) -> Result<()> {
        match &viewer.membership {
            Some(_) => Err(Error::Forbidden("You belong to an organization already.")),
            None if viewer.user.is_coach_account => Ok(()),
            None => Err(Error::Forbidden("Only those who signed up as a coach set an organization up.")),
        }
    }

    /// Sets an organization up with the viewer as its head coach. Never joins one that is there: two may
    /// have the same name.
    pub async fn set_up_organization(&self, viewer: &Viewer, form: &OrganizationForm) -> Result<OrgId> {
        self.may_set_up(viewer)?;
        let (name, description, first_weekday) = form.read()?;
        let (id, now, user) = (OrgId::from_uuid(self.uuid()), self.now(), &viewer.user);
        let mut tx = self.db().write().await?;
        db::organizations::insert(&mut tx, id, &name, &fold(&name), first_weekday, now).await?;
        if !description.is_empty() {
            let made = Organization {
                id,
                name: name.clone(),
                description,
                first_weekday,
                created_at: now,
                updated_at: now,
            };
            db::organizations::update(&mut tx, &made, &fold(&name), now).await?;
        }
        let own = format!("{} {}", user.first_name, user.last_name);
        let member = NewMember {
            org_id: id,
            user_id: user.id,
            role: Role::HeadCoach,
            display_name: own.trim(),
            name_folded: &fold(&own),
            search_folded: &search_text(own.trim(), &user.first_name, &user.last_name, &user.email),
            visible_from: Some(0),
            now,
        };
        if !db::members::insert(&mut tx, &member).await? {
            return Err(Error::Forbidden("You belong to an organization already."));
        }
        self.audit(&mut tx, viewer, id, "organization.created", id, None, json!({ "name": name })).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes what the organization says of itself; the head coach alone may.
    pub async fn edit_organization(
        &self,
        viewer: &Viewer,
        org: OrgId,
        form: &OrganizationForm,
    ) -> Result<()> {
        let head = access::organization(viewer, org)?.coach()?.head()?;
        let (name, description, first_weekday) = form.read()?;
        let mut tx = self.db().write().await?;
        let before = db::organizations::find(&mut tx, head.org_id()).await?.ok_or(Error::NotFound)?;
        let mut changed = Vec::new();
        for (field, is_other) in [
            ("name", before.name != name),
            ("description", before.description != description),
            ("first_weekday", before.first_weekday != first_weekday),
        ] {
            if is_other {
                changed.push(field);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let folded = fold(&name);
        let after = Organization { name, description, first_weekday, ..before };
        db::organizations::update(&mut tx, &after, &folded, self.now()).await?;
        let details = json!({ "fields": changed });
        self.audit(&mut tx, viewer, org, "organization.updated", org, None, details).await?;
        Ok(tx.commit().await?)
    }
}
