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
mod groups;
mod hostile;
mod life;
mod program;
mod rest;
mod tenants;
mod token;
mod users;
