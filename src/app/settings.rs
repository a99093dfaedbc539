//! A person's own settings: profile, password, sessions (tokens stand in
//! `access_tokens`).

use super::access::Viewer;
use super::error::{Error, Problem, Result};
use super::members::search_text;
use super::sessions::Session;
use super::signup::password_problems;
use super::{App, db, secrets};
use crate::domain::calendar;
use crate::domain::ids::SessionId;
use crate::domain::person::{Theme, UnitSystem, fold};
use crate::domain::text;

/// In characters.
const LONGEST_NAME: usize = 100;

/// What a person says of themselves, as typed.
#[derive(Debug)]
pub struct Profile {
    pub first_name: String,
    pub last_name: String,
    /// IANA name.
    pub timezone: String,
    pub units: String,
    pub theme: String,
}

fn name_problem(field: &'static str, name: &str) -> Option<Problem> {
    let is_long = name.chars().count() > LONGEST_NAME;
    is_long.then(|| Problem::invalid(field, format!("Use at most {LONGEST_NAME} characters.")))
}

impl App {
    /// Saves a person's profile. A display name that was their own name follows it.
    pub async fn save_profile(&self, viewer: &Viewer, typed: &Profile) -> Result<()> {
        let mut user = viewer.user.clone();
        let (first, last) = (text::one_line(&typed.first_name), text::one_line(&typed.last_name));
        let mut problems = Vec::new();
        if first.is_empty() {
            problems.push(Problem::required("first_name", "Enter your first name."));
        }
        problems.extend(name_problem("first_name", &first));
        problems.extend(name_problem("last_name", &last));
        match calendar::parse_zone(&typed.timezone) {
            Some(zone) => user.timezone = zone.name().to_owned(),
            None => problems.push(Problem::invalid("timezone", "Choose a time zone from the list.")),
        }
        match typed.units.parse::<UnitSystem>() {
            Ok(units) => user.units = units,
            Err(_) => problems.push(Problem::invalid("units", "Choose kilometres or miles.")),
        }
        match typed.theme.parse::<Theme>() {
            Ok(theme) => user.theme = theme,
            Err(_) => problems.push(Problem::invalid("theme", "Choose one of the themes.")),
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let before = text::one_line(&format!("{} {}", user.first_name, user.last_name));
        (user.first_name, user.last_name) = (first, last);
        let after = text::one_line(&format!("{} {}", user.first_name, user.last_name));
        let mut tx = self.db().write().await?;
        db::users::update_profile(&mut tx, &user, self.now()).await?;
        if let Some(membership) = &viewer.membership {
            let own = membership.display_name == before || membership.display_name.is_empty();
            let name = if own { &after } else { &membership.display_name };
            let search = search_text(name, &user.first_name, &user.last_name, &user.email);
            db::members::rename(&mut tx, user.id, name, &fold(name), &search).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Changes the password after asking for the current one, ends the person's other sessions, and tells
    /// them by mail. `cookie` is the session in use. Tokens, which programs hold, go on working unless the
    /// person says otherwise with `with_tokens`: then they end with the API keys of the person's making.
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        current: &str,
        new: &str,
        cookie: &str,
        with_tokens: bool,
    ) -> Result<()> {
        let user = &viewer.user;
        self.count_attempt(super::limits::PASSWORD_CHANGE, &user.id.to_string()).await?;
        let mut tx = self.db().read().await?;
        let known = db::users::credentials_by_id(&mut tx, user.id).await?.ok_or(Error::NotFound)?;
        drop(tx);
        let mut problems = Vec::new();
        if !self.verify_password(current, Some(&known.password_hash)).await? {
            problems.push(Problem::invalid("current", "That is not your current password."));
        }
        let name = format!("{} {}", user.first_name, user.last_name);
        problems.extend(password_problems(new, &user.email, name.trim()));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let hash = self.hash_password(new).await?;
        let mut tx = self.db().write().await?;
        db::users::set_password(&mut tx, user.id, &hash, self.now()).await?;
        db::sessions::delete_others(&mut tx, user.id, &secrets::hash(cookie)).await?;
        if with_tokens {
            db::tokens::delete_all_of_maker(&mut tx, user.id).await?;
        }
        self.post(&mut tx, &self.password_changed_letter(&user.email, with_tokens)).await?;
        Ok(tx.commit().await?)
    }

    /// The person's open sessions, last used first.
    pub async fn own_sessions(&self, viewer: &Viewer, cookie: &str) -> Result<Vec<Session>> {
        let mut tx = self.db().read().await?;
        Ok(db::sessions::list(&mut tx, viewer.user.id, self.now(), &secrets::hash(cookie)).await?)
    }

    /// Ends one of the person's sessions.
    pub async fn end_session(&self, viewer: &Viewer, id: SessionId) -> Result<()> {
        let mut tx = self.db().write().await?;
        if !db::sessions::delete_one(&mut tx, viewer.user.id, id).await? {
            return Err(Error::NotFound);
        }
        Ok(tx.commit().await?)
    }

    /// Ends all of the person's sessions but the one in use; returns how many.
    pub async fn end_other_sessions(&self, viewer: &Viewer, cookie: &str) -> Result<u64> {
        let mut tx = self.db().write().await?;
        let ended = db::sessions::delete_others(&mut tx, viewer.user.id, &secrets::hash(cookie)).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
