//! Harrier: a self-hosted dashboard for running clubs and their coaches.
//!
//! Three floors, each blind to the one above, and two pure side rooms:
//!
//! | room | may use | never |
//! |---|---|---|
//! | `domain` | std, chrono, chrono-tz | tokio, sqlx, axum, askama, any other room |
//! | `files`, `outside` | `domain`, their format's or protocol's library | `app`, `web`, sqlx |
//! | `app::db` | `domain`, sqlx, rusqlite | services, `web` |
//! | `app::access` | `app::db`, `domain` | `web` |
//! | `app::*` | `access`, `db`, `domain`, `files`, `outside` | axum, askama, sqlx directly |
//! | `web::pages` | `app`'s public names, `domain`, `web::{page,form,filters,charts}`, askama | `web::api`, SQL |
//! | `web::api` | `app`'s public names, `domain`, its shapes | askama, `web::pages`, SQL |

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod files;
pub mod outside;
pub mod web;
