//! Every integration test, in one binary so that it is linked once.

mod accounts;
mod activities;
mod activity_pages;
mod analytics;
mod athlete_pages;
mod athletes;
mod cli;
mod demo;
mod group_figures;
mod group_reports;
mod group_stats;
mod groups_api;
mod house;
mod idempotency;
mod mail;
mod matrix;
mod members_api;
mod schema;
mod settings;
mod sign_in;
mod statements;
mod support;
mod uploads;
