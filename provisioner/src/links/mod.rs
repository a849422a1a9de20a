//! What is remembered between runs: who is linked to which Zoom user, and how each user was last seen.

mod address;
mod memory;
mod place;
mod postgres;
mod rows;
mod sqlite;

use std::collections::BTreeMap;

use async_trait::async_trait;
use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use address::has_password;
pub use memory::MemoryLinks;
pub(crate) use place::{open, open_existing};
pub use postgres::PostgresLinks;
pub use sqlite::SqliteLinks;

use crate::plan::Status;
use crate::rule::Attributes;
use crate::safety::{Retry, Stuck};

/// Who made the Zoom user that a link points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// This connection.
    Created,
    /// Somebody else; it was found by its userName.
    Adopted,
}

/// The remembered pair of a directory user and a Zoom user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The directory's id.
    pub user: CompactString,
    /// Zoom's id.
    pub zoom_id: CompactString,
    /// Who made the Zoom user.
    pub origin: Origin,
    /// The rule in whose care the user is.
    pub rule: CompactString,
    /// The attributes that no list shows, as last written or read.
    pub known: Attributes,
    /// The Zoom user was deactivated because the directory user was removed.
    pub removed: bool,
}

/// How a user was last evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The address, for people.
    pub username: CompactString,
    /// Stands for everything that the decision depended on.
    pub digest: CompactString,
    /// How the user is counted.
    pub status: Status,
    /// The living rules that matched, in their order.
    pub rules: Vec<CompactString>,
    /// Why the user failed, or is not up to date.
    #[serde(default)]
    pub note: Option<String>,
    /// When a user who failed is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The last update that was accepted, if nothing has shown since that it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<Box<Stuck>>,
}

/// A write that was about to be sent, and of which nobody knows what became of it. It is recorded before a create
/// and before a delete, and goes with the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The directory's id.
    pub user: CompactString,
    /// When it was recorded, by this machine's clock.
    pub at: Timestamp,
    /// What was to be sent.
    pub write: Intended,
}

/// What was to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Intended {
    /// A create.
    Create {
        /// The address that the account gets.
        address: CompactString,
        /// The rule in whose care the user is.
        rule: CompactString,
        /// The attributes that the account gets.
        attributes: Attributes,
        /// Nobody had the address when it was recorded. Who had it was not made by this.
        #[serde(default = "yes")]
        was_free: bool,
        /// Zoom's id of the account that is gone and in whose place this one comes, if the user was linked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<CompactString>,
    },
    /// A delete.
    Delete {
        /// Zoom's id.
        zoom_id: CompactString,
    },
}

fn yes() -> bool {
    true
}

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Links by the directory's id.
    pub links: BTreeMap<CompactString, Link>,
    /// The last evaluation of everybody in scope or linked, by the directory's id.
    pub seen: BTreeMap<CompactString, Seen>,
    /// Writes whose outcome is not known, by the directory's id.
    pub intents: BTreeMap<CompactString, Intent>,
    /// What else has to be known, by name.
    pub facts: BTreeMap<Fact, String>,
}

/// Things to remember that are no user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The authentication settings that a test has passed with.
    TestPassed,
    /// Stands for the settings that, when they change, ask for a full evaluation.
    Settings,
    /// The switches at the last run.
    Switches,
    /// The connection was off, so that the next run evaluates everybody.
    WasOff,
    /// How many users the directory had when it was last read completely.
    DirectoryCount,
    /// The rules whose deletion has begun and is not finished, and of each whether it removes, as JSON.
    RuleDeletions,
}

impl Fact {
    const ALL: [Self; 6] = [
        Self::TestPassed,
        Self::Settings,
        Self::Switches,
        Self::WasOff,
        Self::DirectoryCount,
        Self::RuleDeletions,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::TestPassed => "test_passed",
            Self::Settings => "settings",
            Self::Switches => "switches",
            Self::WasOff => "was_off",
            Self::DirectoryCount => "directory_count",
            Self::RuleDeletions => "rule_deletions",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }
}

/// One change of what is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// A link is this from now on.
    Link(Link),
    /// A link is gone.
    Unlink(CompactString),
    /// A user was seen.
    Seen(CompactString, Seen),
    /// A user is nobody's business any more.
    Unsee(CompactString),
    /// A write is about to be sent.
    Intend(Intent),
    /// The outcome of a user's write is known.
    Settled(CompactString),
    /// A fact is this from now on, or unknown.
    Fact(Fact, Option<String>),
}

/// The store cannot be used. Nothing is sent to Zoom then.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum LinksError {
    #[error("{place}: {error}")]
    File {
        place: String,
        error: std::io::Error,
    },
    #[error("the URL after --state cannot be used: {reason}")]
    Address { reason: String },
    #[error(
        "{place}: is not a state of zoom-provisioner ({reason}); it was left as it is. Name another with --state, or \
         restore this one from a backup"
    )]
    Foreign { place: String, reason: String },
    #[error(
        "{place}: was written by a newer version (schema {found}); use that version, it was left as it is"
    )]
    Newer { place: String, found: i64 },
    #[error("{place}: {holder} works on this state; wait until it has ended")]
    Busy { place: String, holder: String },
    #[error("{place}: {message}; {advice}")]
    Database {
        place: String,
        message: String,
        advice: &'static str,
    },
    #[error(
        "{place}: the state is not ours any more ({message}): no more is remembered, and no more is sent; start again, \
         and what was under way is looked up"
    )]
    Lost { place: String, message: String },
}

impl LinksError {
    fn foreign(place: &str, reason: String) -> Self {
        Self::Foreign {
            place: place.to_owned(),
            reason,
        }
    }

    fn damaged(place: &str, error: &serde_json::Error) -> Self {
        Self::foreign(place, format!("a damaged entry: {error}"))
    }

    fn database(place: &str, message: String, advice: &'static str) -> Self {
        Self::Database {
            place: place.to_owned(),
            message,
            advice,
        }
    }
}

/// A store of what is remembered.
#[async_trait]
pub trait Links: Send + Sync {
    /// Everything.
    async fn load(&self) -> Result<Remembered, LinksError>;

    /// Makes changes, all or none, and returns when they would survive a crash.
    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError>;
}
