//! How every number is computed: open to everybody.

use askama::Template;

use crate::domain::load::FORMULA_VERSION;
use crate::view;
use crate::web::page::{Page, Place};

#[derive(Template)]
#[template(path = "how/index.html")]
pub struct Index {
    pub version: i64,
}
view!(Index);

/// `GET /how`
pub async fn index() -> Page {
    Page::new("How figures are computed", Index { version: FORMULA_VERSION }).at(Place::How)
}
