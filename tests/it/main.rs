//! Every integration test, in one binary so that it is linked once.

mod activities;
mod analytics;
mod athletes;
mod cli;
mod demo;
mod house;
mod members_api;
mod schema;
mod sign_in;
mod support;
mod uploads;
