//! Every integration test, in one binary so that it is linked once.

mod cli;
mod house;
mod schema;
mod sign_in;
mod support;
