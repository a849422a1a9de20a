//! The log, on stderr: what the program does, with the id of the run in each line. No request's query, headers or
//! body is in it, and no line of another library: what those write is not ours to vouch for.

use std::io::IsTerminal as _;

use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{clock, digest};

/// How many digits the id of a run has.
const RUN_ID_DIGITS: usize = 12;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Level {
    /// Nothing
    #[default]
    Off,
    /// What ended a run
    Error,
    /// What an administrator should know
    Warn,
    /// Runs, waits, and what is sent again
    Info,
    /// Each request: method, path, status, time
    Debug,
    /// The same as debug, for now
    Trace,
}

/// Begins to log.
pub(super) fn begin(level: Level) {
    let filter = match level {
        Level::Off => return,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let is_coloured = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(is_coloured);
    // Whoever uses the command line as a library may have a log of their own already.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(Targets::new().with_target(env!("CARGO_CRATE_NAME"), filter))
        .try_init();
}

/// An id for a run, and the span that shows it in each line.
pub(super) fn run() -> (String, Span) {
    let mut id = digest::of(&(clock::wall(), std::process::id()));
    id.truncate(RUN_ID_DIGITS);
    let span = tracing::error_span!("run", %id);
    (id, span)
}
