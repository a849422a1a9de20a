//! Checks any SCIM server against what Zoom documents: a mock, or a real account.
//!
//! ```text
//! target -> a token -> sections of checks, each a few requests -> outcomes -> report
//!                          |
//!                          +-> what was made is remembered before it is sent, and removed at the end
//! ```
//!
//! The suite has a client of its own and shares nothing with the mock or the provisioner: what all three
//! believed in the same wrong way would never be noticed. Where Zoom is silent, any answer that makes sense
//! passes. [`defects`] proves that it notices: servers that are wrong in one way each.
//!
//! - [`check`]: what a check is; `checks/` holds them, a topic in a file.
//! - [`target`]: the server, and the credentials.
//! - [`run`]: a run from its first request to the removal of what it made.
//! - [`outcome`]: what came of it; [`report`] tells it to people and machines.

pub mod check;
mod checks;
mod client;
pub mod defects;
mod judge;
mod made;
mod names;
pub mod outcome;
pub mod report;
pub mod run;
mod session;
pub mod target;
mod wait;
mod wire;

pub use client::{NoClient, Unanswered};
pub use wire::Shown;
