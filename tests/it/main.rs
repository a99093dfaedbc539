//! Every integration test, in one binary so that it is linked once.

mod accounts;
mod activities;
mod activity_pages;
mod analytics;
mod athlete_pages;
mod athletes;
mod cli;
mod crash;
mod demo;
mod house;
mod idempotency;
mod mail;
mod matrix;
mod members_api;
mod schema;
mod settings;
mod sight;
mod sign_in;
mod statements;
mod support;
mod texts;
mod tokens;
mod uploads;
