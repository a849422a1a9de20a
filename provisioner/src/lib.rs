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
//! - [`Links`]: what is remembered between runs, in memory, in SQLite or in PostgreSQL.
//! - [`PlanFile`]: a plan to be applied later, if nothing has moved until then.
//! - [`Audit`]: what was sent to Zoom, in lines that hang together.
//! - [`Safety`]: what a run does not do without being asked twice.
//! - [`Provisioner`]: the engine that puts them together.
//! - [`test_connection`]: what is wrong with a connection, and what to do about it.
//! - [`cli`]: the program `zoom-provisioner`.

mod audit;
pub mod cli;
mod clock;
mod connection;
mod diagnose;
mod digest;
pub mod directory;
mod engine;
mod file;
mod links;
mod observer;
pub mod plan;
mod plan_file;
mod redact;
mod rule;
mod safety;
mod stop;
mod summary;
mod zoom;

pub use audit::{
    Audit, AuditError, AuditFile, Broken, Changed, Ended, Entry, Event, Fate, Settled, Started,
    Values, Verified, Written, entries_of, verify,
};
pub use compact_str::CompactString;
pub use connection::{
    ActionFlags, ActiveGate, Connection, DisabledAtCreation, Policies, RemoveAction,
    RuleDeletionRemoves, SettingError,
};
pub use diagnose::{
    ANSWER_LIMIT, CONNECT_LIMIT, Code, Diagnosis, Family, Problem, RESOLVE_LIMIT, Step, StepName,
    StepOutcome, TLS_LIMIT, TestLimits, Warning, WarningCode, test_connection,
};
pub use directory::{Directory, DirectoryError, DirectoryUser};
pub use engine::{
    Decision, Explained, ExplainedRule, Explanation, FoundLink, InDirectory, LastSeen, Moved,
    Provisioner, SyncError, SyncOptions, UnderWay, ZoomHolds,
};
pub use file::{AuditSettings, ConnectionFile, FileError, RuleFile};
pub use links::{
    Fact, Intended, Intent, Link, Links, LinksError, Memory, MemoryLinks, Origin, PostgresLinks,
    Remembered, Seen, SqliteLinks,
};
pub use observer::{Notice, Observer};
pub use plan_file::{Configuration, PlanFile, PlanFileError, PlannedFor};
pub use rule::{
    Attribute, Attributes, Filter, FilterError, Mapping, MappingError, MappingWarning, Rule, Shown,
    Source, Target, Value,
};
pub use safety::{
    GIVEN_UP_AFTER, Held, MAX_SAME_UPDATES, MAX_SEATLESS_CREATES, OverLimit, Protection, Retry,
    Safety, SourceCount, SourceRefused, Stuck, next_retry,
};
pub use stop::{STOP_LIMIT, Stop, StopCause};
pub use summary::{Outcome, Report, Summary};
pub use zoom::{
    Carrier, ErrorKind, NotCarried, Reader, Reason, RootsError, Throttle, Traffic, Transport,
    TransportError, TrustedRoots, Waiter, Writer, ZoomError,
};
