//! The front door: each person to where their day begins.

use crate::web::page::Done;
use crate::web::viewer::SignedIn;

/// `GET /`
pub async fn index(SignedIn(viewer): SignedIn) -> Done {
    match &viewer.membership {
        Some(_) if viewer.is_coach() => Done::to("/athletes"),
        None if viewer.user.is_coach_account => Done::to("/organization/new"),
        _ => Done::to("/me"),
    }
}
