//! What speaks to other machines: protocols, without knowing what is said.

pub mod mail;
