//! Integration tests of the provisioner: against a small fake of Zoom that the tests script, and as a program.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod bad_input;
mod canary;
mod diagnose;
mod directory;
mod door;
mod engine;
mod examples;
mod fake;
mod links;
mod observer;
mod program;
mod record;
mod record_program;
#[cfg(unix)]
mod running;
mod safety;
mod triggers;
