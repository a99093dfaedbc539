//! HTTP: pages for people, an API for programs.

pub mod assets;
pub mod charts;
#[cfg(test)]
mod look;
