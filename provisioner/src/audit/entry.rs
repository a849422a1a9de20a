//! What is written down.

use std::collections::BTreeMap;
use std::fmt;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::plan::Row;
use crate::summary::Summary;

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The run, by a name that no other has.
    pub run: String,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run began.
    Started(Started),
    /// A write was sent to Zoom. However often it went out, it is one.
    Write(Box<Written>),
    /// What became of a write whose outcome was unknown.
    Settled(Settled),
    /// A run ended. One without this was killed.
    Ended(Ended),
}

/// The begin of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// `sync`, `apply` or `delete_rule`.
    pub command: String,
    /// The connection's name.
    pub connection: String,
    /// Zoom's id of the account.
    pub account: String,
    /// The flags and the remove action, such as `C1U0D1P1R1X0`.
    pub switches: String,
    /// The version of the provisioner.
    pub version: String,
}

/// A write that was sent to Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The directory's id of the user.
    pub user: CompactString,
    /// The address.
    pub username: CompactString,
    /// Zoom's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoom_id: Option<CompactString>,
    /// The rule in whose care the user is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<CompactString>,
    /// The row that decided.
    pub row: Row,
    /// The row that led there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Row>,
    /// `create`, `update`, `enable`, `disable` or `delete`.
    pub action: String,
    /// The method.
    pub method: String,
    /// The path below the SCIM URL.
    pub path: String,
    /// What it changes, by the name of the attribute.
    pub changes: BTreeMap<String, Changed>,
    /// What became of it.
    pub outcome: Fate,
    /// Why it failed, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The number that Zoom gave the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How often it went out.
    pub attempts: u32,
}

/// A value before and after. Before is told where it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The value before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<CompactString>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<CompactString>,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was done.
    Done,
    /// The account was gone already.
    Gone,
    /// It was refused, and nothing was done.
    Failed,
    /// It turned out not to have been done.
    NotDone,
    /// Nobody knows.
    Unknown,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Done => "done",
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::NotDone => "not done",
            Self::Unknown => "unknown",
        })
    }
}

/// What became of a write whose outcome was unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The directory's id of the user.
    pub user: CompactString,
    /// The address, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<CompactString>,
    /// Zoom's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoom_id: Option<CompactString>,
    /// `create` or `delete`.
    pub action: String,
    /// When it was about to be sent, if that was in an earlier run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: Fate,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How many writes were sent.
    pub writes: usize,
    /// The counts, if the run came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// Why it did not, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event {
    /// The directory's id of the user that it is about.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Write(written) => Some(&written.user),
            Self::Settled(settled) => Some(&settled.user),
            Self::Started(_) | Self::Ended(_) => None,
        }
    }
}
