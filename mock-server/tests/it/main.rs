//! Integration tests of the stand-in: a real client, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod account;
mod attributes;
mod choices;
mod client;
mod commands;
mod control;
mod effects;
mod examples;
mod faults;
mod fidelity;
mod groups;
mod hostile;
mod incident;
mod journal;
mod library;
mod life;
mod program;
mod report_card;
mod rest;
mod scenario_files;
mod state;
mod tenants;
mod token;
mod users;
mod why;
mod wire;
