//! Checks a provisioner for Zoom under every combination of its action flags, end to end.
//!
//! ```text
//! configuration x history
//!    -> a driver runs the provisioner against a fresh Zoom account
//!    -> what Zoom holds (control side) + what went over the wire (journal)
//!    -> the oracle and the invariants -> verdict -> reports
//! ```
//!
//! - [`configuration`]: the 64 settings of the six switches.
//! - [`scenario`]: configuration and history as plain data, saved as JSON, replayed without a generator.
//! - [`generate`]: the 4,608 exhaustive cells and the stories beside them.
//! - [`machine`]: sequences by chance, and the shortest that still fails.
//! - [`oracle`]: what must happen, as a table of rows and one pure function over the history.
//! - [`invariant`]: what must hold in every run.
//! - [`driver`]: how a provisioner is driven.
//! - [`run`]: a scenario on a stage of its own, and many of them at once.
//! - [`diagnose`]: a test of the connection in each failure that has a name, and what it says of it.
//! - [`seeded_bugs`]: a small reference provisioner and wrong variants of it: proof that the suite notices.
//! - [`prove`]: each of those is caught, and each other way to be right passes.
//! - [`report`] and [`cli`]: what a person and a machine get to see.

pub mod cli;
mod clock;
pub mod configuration;
pub mod diagnose;
pub mod driver;
pub mod generate;
pub mod invariant;
pub mod machine;
pub mod oracle;
pub mod prove;
pub mod report;
pub mod run;
pub mod scenario;
pub mod seeded_bugs;
