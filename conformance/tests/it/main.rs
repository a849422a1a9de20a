//! Integration tests of the suite: real sockets, real processes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod arrays;
mod cli;
mod diagnose;
mod driver_document;
mod faulty;
mod fixtures;
mod flipped;
mod foreign;
mod good_client;
mod hostile;
mod independence;
mod layers;
mod machine;
mod programs;
mod regressions;
mod reports;
mod seeded;
mod server;
mod shards;
mod strangers;
mod tour;
