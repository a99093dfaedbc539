//! What speaks to other machines and programs: protocols, without knowing what is said.

pub mod chromium;
pub mod mail;
