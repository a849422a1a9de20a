//! Provisions directory users into Zoom as PingOne's Zoom connection does.
//!
//! ```text
//! directory -> in scope? -> mapping -> desired users ----+
//! links (what was provisioned, by which rule) -----------+-> plan (pure) -> apply -> links, report
//! Zoom users (token -> retry -> page walk) --------------+
//! ```
//!
//! - [`Connection`]: where Zoom is, who we are there, and what is allowed.
//! - [`Rule`]: which users, mapped how.
//! - [`Directory`]: where users come from, read from a [`directory::Source`].
//! - [`plan`](mod@plan): the decision about each user, with the row that caused it.
//! - [`Links`]: what is remembered between runs, in memory or in SQLite.
//! - [`Safety`]: what a run does not do without being asked twice.
//! - [`Provisioner`]: the engine that puts them together.
//! - [`test_connection`]: what is wrong with a connection, and what to do about it.
//! - [`cli`]: the program `zoom-provisioner`.

pub mod cli;
mod clock;
mod connection;
mod diagnose;
mod digest;
pub mod directory;
mod engine;
mod file;
mod links;
pub mod plan;
mod rule;
mod safety;
mod summary;
mod zoom;

pub use connection::{
    ActionFlags, ActiveGate, Connection, DisabledAtCreation, Policies, RemoveAction,
    RuleDeletionRemoves, SettingError,
};
pub use diagnose::{
    ANSWER_LIMIT, CONNECT_LIMIT, Code, Diagnosis, Family, Problem, RESOLVE_LIMIT, Step, StepName,
    StepOutcome, TLS_LIMIT, TestLimits, Warning, WarningCode, test_connection,
};
pub use directory::{Directory, DirectoryError, DirectoryUser};
pub use engine::{Provisioner, SyncError, SyncOptions};
pub use file::{ConnectionFile, FileError, RuleFile};
pub use links::{
    Fact, Intended, Intent, Link, Links, LinksError, Memory, MemoryLinks, Origin, Remembered, Seen,
    SqliteLinks,
};
pub use rule::{
    Attribute, Filter, FilterError, Mapping, MappingError, MappingWarning, Rule, Shown, Source,
    Target, Value,
};
pub use safety::{
    GIVEN_UP_AFTER, Held, MAX_SAME_UPDATES, OverLimit, Protection, Retry, Safety, SourceCount,
    SourceRefused, Stuck, next_retry,
};
pub use summary::{Outcome, Report, Summary};
pub use zoom::{
    ErrorKind, Reader, Reason, RootsError, Throttle, Transport, TransportError, TrustedRoots,
    Waiter, Writer, ZoomError,
};
