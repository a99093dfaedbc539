//! Every integration test, in one binary so that it is linked once.

mod sign_in;
mod support;
