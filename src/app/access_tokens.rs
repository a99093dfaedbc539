//! Bearer tokens: of a person, got for a password or made by hand, and API keys of an organization. All are
//! made, checked and revoked here.
//!
//! A token that a token makes may do no more than its maker and lasts no longer: it dies when its maker is
//! revoked (`tokens.parent_id`). An API key makes only further API keys, and never touches the account of the
//! person that it acts as.

use serde_json::json;
use uuid::Uuid;

use super::access::{self, HeadCoach, Via, Viewer};
use super::accounts::SignIn;
use super::db::Tx;
use super::db::tokens::Token;
use super::error::{Error, Problem, Result};
use super::{App, db, secrets};
use crate::domain::ids::{OrgId, TokenId, UserId};
use crate::domain::text;

/// A token or an API key to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub can_write: bool,
    /// Unix seconds; `None` for one that does not end.
    pub expires_at: Option<i64>,
}

/// A token that was just made.
#[derive(Debug)]
pub struct Issued {
    /// Shown this once.
    pub secret: String,
    pub user_id: UserId,
    /// Unix seconds.
    pub expires_at: Option<i64>,
}

/// Seconds until a token ends that was got for a password: ninety days.
const LASTS: i64 = 90 * 86_400;
/// Seconds that the form of a token can be sent: less than what it is remembered by is kept
/// (see `housekeeping`).
const FORM_LASTS: i64 = 20 * 3_600;
/// In characters.
const LONGEST_NAME: usize = 100;
/// What a token is called whose maker gave it no name.
const UNNAMED: &str = "Signed in through the API";

/// The viewer as the head coach of the organization that an address names.
fn head(viewer: &Viewer, org: OrgId) -> Result<HeadCoach> {
    access::organization(viewer, org)?.coach()?.head()
}

/// A token's name as it is kept, or what is wrong with it.
fn named(typed: &str) -> Result<String, Problem> {
    let name = text::one_line(typed);
    match name.chars().count() {
        0 => Err(Problem::required("name", "Name it after what uses it.")),
        1..=LONGEST_NAME => Ok(name),
        _ => Err(Problem::invalid("name", format!("Use at most {LONGEST_NAME} characters."))),
    }
}

impl App {
    /// A token for email and password. Every wrong pair is the same error, and counts like one on the page.
    pub async fn token_for_password(&self, command: &SignIn, name: &str) -> Result<Issued> {
        let name = if name.trim().is_empty() { UNNAMED } else { name };
        // Said before the password is looked at, so that a mistake in the name costs no attempt.
        named(name).map_err(|problem| Error::Invalid(vec![problem]))?;
        let user = match self.sign_in(command).await {
            Err(Error::Invalid(_)) => return Err(Error::WrongPair),
            other => other?,
        };
        self.token_of(user, name).await
    }

    /// A token for somebody who just signed up.
    pub async fn first_token(&self, user: UserId) -> Result<Issued> {
        self.token_of(user, UNNAMED).await
    }

    async fn token_of(&self, user: UserId, name: &str) -> Result<Issued> {
        let expires_at = Some(self.now() + LASTS);
        let new = NewToken { name: name.to_owned(), can_write: true, expires_at };
        let mut tx = self.db().write().await?;
        let (_, secret) = self.make(&mut tx, user, None, Via::Session, &new).await?;
        tx.commit().await?;
        Ok(Issued { secret, user_id: user, expires_at })
    }

    /// The one place in which tokens and API keys are made. `via` is how whoever makes it came.
    pub(super) async fn make(
        &self,
        tx: &mut Tx,
        user: UserId,
        org: Option<OrgId>,
        via: Via,
        new: &NewToken,
    ) -> Result<(Token, String)> {
        let mut problems = Vec::new();
        let name = named(&new.name).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        });
        if new.expires_at.is_some_and(|at| at <= self.now()) {
            problems.push(Problem::invalid("expires_at", "The end lies in the past."));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let parent_id = match via {
            Via::Token { id, .. } => {
                let parent = db::tokens::by_id(tx, id).await?.ok_or(Error::Unauthenticated)?;
                if parent.org_id.is_some() && parent.org_id != org {
                    return Err(Error::Forbidden("An API key makes no tokens."));
                }
                if new.can_write && !parent.can_write {
                    return Err(Error::Forbidden("This token may only read, and so may those it makes."));
                }
                if parent.expires_at.is_some_and(|end| new.expires_at.is_none_or(|at| at > end)) {
                    return Err(Error::Forbidden("A token makes none that lasts longer than itself."));
                }
                Some(id)
            }
            Via::Session | Via::Operator => None,
        };
        let prefix = if org.is_some() { "hrk_" } else { "hrt_" };
        let secret = secrets::generate(self.entropy(), prefix);
        let token = Token {
            id: TokenId::from_uuid(self.uuid()),
            user_id: user,
            org_id: org,
            parent_id,
            name,
            can_write: new.can_write,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
        };
        db::tokens::insert(tx, &token, &secrets::hash(&secret)).await?;
        Ok((token, secret))
    }

    /// The person's own tokens, newest first.
    pub async fn own_tokens(&self, viewer: &Viewer) -> Result<Vec<Token>> {
        access::own_account(viewer)?;
        let mut tx = self.db().read().await?;
        Ok(db::tokens::list_own(&mut tx, viewer.user.id, self.now()).await?)
    }

    /// How many tokens and API keys of the person's making still work.
    pub async fn count_own_tokens(&self, viewer: &Viewer) -> Result<i64> {
        access::own_account(viewer)?;
        let mut tx = self.db().read().await?;
        Ok(db::tokens::count_of_maker(&mut tx, viewer.user.id, self.now()).await?)
    }

    /// Makes a token and returns it with its secret, which is never shown again.
    pub async fn make_token(&self, viewer: &Viewer, new: &NewToken) -> Result<(Token, String)> {
        access::own_account(viewer)?;
        let mut tx = self.db().write().await?;
        let made = self.make(&mut tx, viewer.user.id, None, viewer.via, new).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Makes a token for a form that was shown under this id; `None` where one was made for it already, as when
    /// the browser sends the form a second time. Of the first there is nothing left to show: the secret is
    /// kept nowhere.
    ///
    /// Errors: [`Error::Conflict`] for a form from so long ago that it is not known any more.
    pub async fn make_token_once(
        &self,
        viewer: &Viewer,
        form: Uuid,
        new: &NewToken,
    ) -> Result<Option<(Token, String)>> {
        access::own_account(viewer)?;
        let user = viewer.user.id;
        let mut tx = self.db().write().await?;
        if !self.claim_form(&mut tx, user, "token-form", form).await? {
            return Ok(None);
        }
        let made = self.make(&mut tx, user, None, viewer.via, new).await?;
        tx.commit().await?;
        Ok(Some(made))
    }

    /// Remembers that a form was sent which was shown under this id; `false` where it was before. For what answers
    /// with a secret: the browser that loads the answer again sends the form again, and nothing may be made twice.
    ///
    /// Errors: [`Error::Conflict`] for a form from so long ago that it is not known any more.
    pub(super) async fn claim_form(&self, tx: &mut Tx, user: UserId, kind: &str, form: Uuid) -> Result<bool> {
        let shown_at = form.get_timestamp().and_then(|t| i64::try_from(t.to_unix().0).ok()).unwrap_or(0);
        if shown_at <= self.now() - FORM_LASTS {
            return Err(Error::Conflict {
                code: "CONFLICT",
                message: "The page was open for very long, so nothing was made. Send it again now.".into(),
                field: None,
            });
        }
        let (key, now) = (format!("{kind}:{form}"), self.now());
        if !db::idempotency::claim(tx, user, &key, "", now, i64::MIN).await? {
            return Ok(false);
        }
        db::idempotency::keep(tx, user, &key, 200, "").await?;
        Ok(true)
    }

    /// Revokes one of the person's own tokens, at once, and those that it made.
    pub async fn revoke_token(&self, viewer: &Viewer, id: TokenId) -> Result<()> {
        access::own_account(viewer)?;
        let mut tx = self.db().write().await?;
        if !db::tokens::delete_own(&mut tx, viewer.user.id, id).await? {
            return Err(Error::NotFound);
        }
        Ok(tx.commit().await?)
    }

    /// Revokes the token that the viewer came with; an API key may give itself back as well.
    pub async fn revoke_token_in_use(&self, viewer: &Viewer) -> Result<()> {
        let Via::Token { id, org_id, .. } = viewer.via else {
            return Err(Error::Unauthenticated);
        };
        let mut tx = self.db().write().await?;
        db::tokens::delete(&mut tx, id).await?;
        if let Some(org) = org_id {
            self.audit(&mut tx, viewer, org, "api_key.deleted", id, None, json!({})).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The organization's API keys, newest first.
    pub async fn api_keys(&self, viewer: &Viewer, org: OrgId) -> Result<Vec<Token>> {
        let head = head(viewer, org)?;
        let mut tx = self.db().read().await?;
        Ok(db::tokens::list_keys(&mut tx, head.org_id()).await?)
    }

    /// Makes an API key, which acts as its maker, and returns it with its secret, never shown again.
    pub async fn create_api_key(
        &self,
        viewer: &Viewer,
        org: OrgId,
        new: &NewToken,
    ) -> Result<(Token, String)> {
        let head = head(viewer, org)?;
        let mut tx = self.db().write().await?;
        let (key, secret) = self.make(&mut tx, head.user_id(), Some(org), viewer.via, new).await?;
        self.audit(&mut tx, viewer, org, "api_key.created", key.id, None, json!({"name": key.name})).await?;
        tx.commit().await?;
        Ok((key, secret))
    }

    /// Revokes an API key at once, and those that it made.
    pub async fn delete_api_key(&self, viewer: &Viewer, org: OrgId, id: TokenId) -> Result<()> {
        let head = head(viewer, org)?;
        let mut tx = self.db().write().await?;
        if !db::tokens::delete_key(&mut tx, head.org_id(), id).await? {
            return Err(Error::NotFound);
        }
        self.audit(&mut tx, viewer, org, "api_key.deleted", id, None, json!({})).await?;
        Ok(tx.commit().await?)
    }
}
