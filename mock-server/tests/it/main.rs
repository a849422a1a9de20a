//! Integration tests of the stand-in: a real client, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod client;
mod commands;
mod control;
mod hostile;
mod program;
mod token;
mod users;
