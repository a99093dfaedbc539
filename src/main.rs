//! Reads the command line and the environment, and runs the command.

use std::process::ExitCode;

use clap::Parser;
use harrier::cli::{self, Cli};

fn main() -> ExitCode {
    // Both TLS clients in the program (mail, PostgreSQL) take the provider that stands here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variables = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    cli::run(Cli::parse(), &variables)
}
