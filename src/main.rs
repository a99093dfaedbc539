//! Reads the command line and the environment, and runs the command.

use std::process::ExitCode;

use clap::Parser;
use harrier::cli::{self, Cli};

fn main() -> ExitCode {
    give_memory_back();
    // Both TLS clients in the program (mail, PostgreSQL) take the provider that stands here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variables = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    cli::run(Cli::parse(), &variables)
}

/// Hashing a password takes 19 MiB. glibc's allocator would learn from the first one to keep such blocks, in an
/// arena for each thread that ever hashed: with these two settings large blocks go back to the system at once,
/// and threads share two arenas.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_memory_back() {
    unsafe extern "C" {
        fn mallopt(parameter: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
    }
    const M_MMAP_THRESHOLD: std::ffi::c_int = -3;
    const M_ARENA_MAX: std::ffi::c_int = -8;
    // SAFETY: mallopt takes two integers, keeps no pointer, and no other thread runs yet.
    unsafe {
        mallopt(M_MMAP_THRESHOLD, 1 << 20);
        mallopt(M_ARENA_MAX, 2);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_memory_back() {}
