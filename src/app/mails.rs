//! What mails say: the same facts as text and as HTML, from the same parts.

use super::App;
use crate::domain::ids::OrgId;
use crate::words;

words! {
    /// What a letter is about: in the log, on the page of undelivered mail, and among the previews.
    pub enum Kind {
        SignUp = "sign-up", "Finish signing up";
        SignUpKnown = "sign-up-known", "Sign-up with a known address";
        PasswordReset = "password-reset", "Choose a new password";
        PasswordChanged = "password-changed", "Password changed";
        Invitation = "invitation", "Invitation";
        CoachInvitation = "coach-invitation", "Invitation of a coach";
        JoinTicket = "join-ticket", "Link to join";
        Added = "added", "Added by a coach";
        RequestDecided = "request-decided", "Answer to a request";
    }
}

/// A part of a letter.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// What to press, and where it leads.
    Link(&'static str, String),
}

/// A mail to one person.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: Kind,
    pub org_id: Option<OrgId>,
    pub to: String,
    pub subject: String,
    parts: Vec<Part>,
    footer: String,
}

impl Letter {
    pub(super) fn new(kind: Kind, to: &str, subject: &str) -> Self {
        Self {
            kind,
            org_id: None,
            to: to.to_owned(),
            subject: subject.to_owned(),
            parts: Vec::new(),
            footer: String::new(),
        }
    }

    /// The organization's own mail: its head coach reads whether it could be delivered.
    pub(super) fn for_organization(mut self, org: OrgId) -> Self {
        self.org_id = Some(org);
        self
    }

    pub(super) fn say(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    pub(super) fn link(mut self, label: &'static str, address: String) -> Self {
        self.parts.push(Part::Link(label, address));
        self
    }

    pub(super) fn because(mut self, text: impl Into<String>) -> Self {
        self.footer = text.into();
        self
    }

    /// The letter as plain text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(said) => text.push_str(&wrap(said)),
                Part::Link(label, address) => text.push_str(&format!("{label}:\n{address}")),
            }
            text.push_str("\n\n");
        }
        text.push_str(&format!("-- \n{}\n", wrap(&self.footer)));
        text
    }

    /// The letter as HTML. It sets no colours but the button's, so that it is read as well on a dark ground.
    pub fn html(&self) -> String {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"supported-color-schemes\" content=\"light dark\"><title>{}</title></head>\n\
             <body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\n\
             <div style=\"max-width:560px;margin:0 auto\">\n",
            escape(&self.subject)
        );
        for part in &self.parts {
            match part {
                Part::Text(said) => {
                    html.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>\n", escape(said)))
                }
                Part::Link(label, address) => {
                    let address = escape(address);
                    html.push_str(&format!(
                        "<p style=\"margin:0 0 8px\"><a href=\"{address}\" style=\"display:inline-block;padding:10px 18px;\
                         border-radius:6px;background:#00613f;color:#ffffff;font-weight:600;text-decoration:none\">{}</a></p>\n\
                         <p style=\"margin:0 0 24px;font-size:13px;word-break:break-all\">Or copy this address: {address}</p>\n",
                        escape(label)
                    ));
                }
            }
        }
        html.push_str(&format!("<p style=\"margin:24px 0 0;font-size:13px\">{}</p>\n", escape(&self.footer)));
        html.push_str("</div>\n</body></html>\n");
        html
    }
}

/// Breaks a text into lines of at most 72 characters. Longer ones would be encoded on the way, and then a mail
/// that was written to a file could not be read with the bare eye.
fn wrap(text: &str) -> String {
    let (mut wrapped, mut length) = (String::with_capacity(text.len()), 0);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if length > 0 && length + 1 + width > 72 {
            wrapped.push('\n');
            length = 0;
        } else if length > 0 {
            wrapped.push(' ');
            length += 1;
        }
        wrapped.push_str(word);
        length += width;
    }
    wrapped
}

/// Makes a text harmless in HTML, in content as in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl App {
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.settings().public_url)
    }

    /// To somebody who wants to sign up.
    pub(super) fn sign_up_letter(&self, to: &str, secret: &str) -> Letter {
        Letter::new(Kind::SignUp, to, "Finish signing up to Harrier")
            .say("You asked to sign up to Harrier as a coach. Choose your name and password to go on:")
            .link("Finish signing up", self.address(&format!("/signup/{secret}")))
            .say("The link works once, within 24 hours.")
            .because(format!(
                "This went to {to} because someone entered the address on the sign-up page. If it was not you, do nothing: no account is made."
            ))
    }

    /// To somebody who wants to sign up and has an account.
    pub(super) fn known_already_letter(&self, to: &str) -> Letter {
        Letter::new(Kind::SignUpKnown, to, "You have a Harrier account already")
            .say("You asked to sign up to Harrier, and this address has an account already. Sign in with it:")
            .link("Sign in", self.address("/session/new"))
            .say("If you do not know the password any more, choose a new one:")
            .link("Choose a new password", self.address("/password/reset"))
            .because(format!(
                "This went to {to} because someone entered the address on the sign-up page. If it was not you, do nothing: nothing was changed."
            ))
    }

    /// To somebody who forgot their password.
    pub(super) fn reset_letter(&self, to: &str, secret: &str) -> Letter {
        Letter::new(Kind::PasswordReset, to, "Choose a new Harrier password")
            .say("You asked for a new password. Choose it here:")
            .link("Choose a new password", self.address(&format!("/password/reset/{secret}")))
            .say("The link works once, within 60 minutes. Everywhere you are signed in now you will be signed out, and your API tokens are revoked.")
            .because(format!(
                "This went to {to} because someone entered the address on the page for forgotten passwords. If it was not you, do nothing: your password stays as it is."
            ))
    }

    /// To somebody whose password was changed.
    pub(super) fn password_changed_letter(&self, to: &str, are_tokens_revoked: bool) -> Letter {
        let tokens = if are_tokens_revoked {
            "Your API tokens are revoked too. Make new ones in the settings."
        } else {
            "API tokens go on working. If you do not recognise one, revoke it in the settings."
        };
        Letter::new(Kind::PasswordChanged, to, "Your Harrier password was changed")
            .say("The password of your account was changed, and every session was ended. Sign in with the new one:")
            .link("Sign in", self.address("/session/new"))
            .say(tokens)
            .say("If it was not you who changed the password, choose a new one at once:")
            .link("Choose a new password", self.address("/password/reset"))
            .because(format!("This went to {to} because the account has this address."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_words_whole() {
        let text = "word ".repeat(40);
        let wrapped = wrap(&text);
        assert!(wrapped.lines().all(|line| (68..=72).contains(&line.len()) || wrapped.ends_with(line)));
        assert_eq!(wrapped.split_whitespace().count(), 40);
        assert_eq!(wrap(&"x".repeat(100)), "x".repeat(100));
    }

    #[test]
    fn both_parts_hold_the_same_facts_and_html_is_escaped() {
        let letter = Letter::new(Kind::Added, "a@b.test", "Subject <1>")
            .say("Tom & Jerry's <script>")
            .link("Go on", "http://x.test/?a=1&b=\"2\"".into())
            .because("Because.");
        assert_eq!(
            letter.text(),
            "Tom & Jerry's <script>\n\nGo on:\nhttp://x.test/?a=1&b=\"2\"\n\n-- \nBecause.\n"
        );
        let html = letter.html();
        assert!(html.contains("<p style=\"margin:0 0 16px\">Tom &amp; Jerry&#39;s &lt;script&gt;</p>"));
        assert!(html.contains("href=\"http://x.test/?a=1&amp;b=&quot;2&quot;\""));
        assert!(html.contains("<title>Subject &lt;1&gt;</title>") && html.contains("Because."));
        assert!(!html.contains("<script"));
    }
}
