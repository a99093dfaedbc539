//! Views of joining rendered from samples: nobody, somebody, and names that do what names can do.

use uuid::Uuid;

use super::invitations::{Confirm, Index, Line, Made, New, Results, Show, Typed};
use super::join::{Accept, Ask, Offer, Sent, Stop};
use super::person::Problems;
use super::samples::{HOSTILE, NOW, check};
use super::signup;
use crate::app::Problem;
use crate::app::invitations::{Counts, Invited, Row};
use crate::domain::ids::{InvitationId, OrgId, UserId};
use crate::domain::invitation::{InvitationKind, InvitationState};
use crate::domain::person::Role;
use crate::web::charts::qr;

fn row(kind: InvitationKind, text: &str, is_over: bool) -> Row {
    let nil = Uuid::nil();
    Row {
        id: InvitationId::from_uuid(nil),
        org_id: OrgId::from_uuid(nil),
        org_name: text.into(),
        kind,
        role: Role::Athlete,
        first_name: text.into(),
        email: text.into(),
        email_folded: text.into(),
        message: text.into(),
        group_id: None,
        group_name: Some(text.into()),
        max_uses: Some(1),
        uses: i64::from(is_over),
        expires_at: None,
        revoked_at: None,
        accepted_by: is_over.then(|| UserId::from_uuid(nil)),
        accepted_name: Some(text.into()),
        accepted_at: is_over.then_some(NOW),
        created_by: UserId::from_uuid(nil),
        created_name: Some(text.into()),
        created_at: NOW,
        sent_at: NOW,
    }
}

fn line(kind: InvitationKind, text: &str, is_over: bool) -> Line {
    let row = row(kind, text, is_over);
    Line { state: row.state(NOW), row, is_mine: true }
}

fn offer(text: &str, is_coach: bool) -> Offer {
    Offer {
        secret: "secret".into(),
        organization: text.into(),
        by: Some(text.into()),
        group: Some(text.into()),
        message: text.into(),
        is_coach,
    }
}

#[test]
fn invitations_hold_hostile_words_and_none() {
    let counts = Counts { pending: 1, accepted: 0, expired: 0, revoked: 0 };
    let none = Index { counts, state: None, lines: Vec::new(), is_first: true, next: None };
    check(&none, 1);
    for (kind, is_over) in
        [(InvitationKind::Single, false), (InvitationKind::Single, true), (InvitationKind::Multi, false)]
    {
        let view = Index {
            counts,
            state: Some(InvitationState::Pending),
            lines: vec![line(kind, HOSTILE, is_over)],
            is_first: false,
            next: Some(InvitationId::from_uuid(Uuid::nil())),
        };
        check(&view, 1);
        check(&Show { line: line(kind, HOSTILE, is_over), uses: HOSTILE.into() }, 1);
        for is_renewal in [false, true] {
            check(&Confirm { line: line(kind, HOSTILE, is_over), is_renewal, form: "x".into() }, 1);
        }
    }
    let lines = [Ok(HOSTILE.to_owned()), Err(HOSTILE.to_owned())];
    let lines = lines.into_iter().map(|outcome| Invited { line: HOSTILE.into(), outcome }).collect();
    check(&Results { invited: 1, lines }, 1);
    let made = Made {
        id: InvitationId::from_uuid(Uuid::nil()),
        link: "http://harrier.test/join/x".into(),
        code: qr("http://harrier.test/join/x", HOSTILE),
        organization: HOSTILE.into(),
        group: Some(HOSTILE.into()),
        uses: "1 joined".into(),
        ends: "without an end".into(),
    };
    check(&made, 1);
}

#[test]
fn forms_of_joining_come_back_with_every_problem_beside_its_field() {
    let fields = ["first_name", "email", "list", "max_uses", "expires", "group", "message"];
    let problems = |fields: &[&'static str]| {
        Problems(fields.iter().map(|field| Problem::invalid(*field, HOSTILE)).collect())
    };
    let typed =
        Typed { kind: "one".into(), first_name: HOSTILE.into(), list: HOSTILE.into(), ..Typed::default() };
    let html = check(&New { typed, groups: Vec::new(), problems: problems(&fields), most: 100 }, 1);
    let count = |html: &scraper::Html, selector: &str| {
        html.select(&scraper::Selector::parse(selector).expect("a selector")).count()
    };
    assert_eq!(count(&html, "[aria-invalid=true]"), fields.len());
    for is_coach in [false, true] {
        for is_signed_in in [false, true] {
            let view = Accept {
                offer: offer(HOSTILE, is_coach),
                email: HOSTILE.into(),
                is_signed_in,
                typed: signup::Typed { first_name: HOSTILE.into(), ..signup::Typed::default() },
                sight: String::new(),
                problems: problems(&["first_name", "last_name", "timezone", "sight"]),
                password_error: Some(HOSTILE.into()),
                zones: vec![("UTC", HOSTILE.to_owned())],
            };
            check(&view, 1);
        }
    }
    check(&Ask { offer: offer(HOSTILE, false), email: HOSTILE.into(), error: Some(HOSTILE.into()) }, 1);
    check(&Sent { offer: offer(HOSTILE, false), email: HOSTILE.into() }, 1);
    let stop = Stop {
        heading: "Stop",
        text: HOSTILE.into(),
        hint: HOSTILE.into(),
        onward: Some(("On", "/".into())),
        offers_sign_out: true,
    };
    check(&stop, 1);
}
