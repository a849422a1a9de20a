//! What the provisioner keeps: all that a kill leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scenario::{Attribute, DirectoryUser};

/// How a user came out of their last evaluation, in PingOne's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Success,
    Unsynced,
    Partial,
    Failed,
}

/// Attributes with their values.
pub(super) type Values = BTreeMap<Attribute, String>;

/// The remembered pair of a directory user and an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) id: String,
    /// The account was created for this user, not adopted.
    pub(super) created: bool,
    /// The rule in whose care the user is.
    pub(super) rule: String,
    /// The account was deactivated because the user was removed.
    pub(super) removed: bool,
    /// What was last written or read.
    pub(super) written: Values,
    /// The last update, and how often it was sent and not done.
    pub(super) in_vain: (String, u32),
}

impl Link {
    pub(super) fn new(id: String, created: bool, rule: &str) -> Self {
        Self {
            id,
            created,
            rule: rule.to_owned(),
            removed: false,
            written: Values::new(),
            in_vain: (String::new(), 0),
        }
    }
}

/// All that is kept, written down as it happens.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The directory as it was last told.
    pub(super) directory: BTreeMap<String, DirectoryUser>,
    /// The links, by what users are filed under.
    pub(super) links: BTreeMap<String, Link>,
    /// How each user in scope was last counted.
    pub(super) outcomes: BTreeMap<String, Outcome>,
    /// Creates that were sent, or are about to be, with what was sent.
    pub(super) intents: BTreeMap<String, Values>,
    /// So many removals pass in this run, whatever the limit.
    pub(super) removals_allowed: Option<usize>,
    /// Updates that failed, for the variant that sends them as they were.
    pub(super) outbox: BTreeMap<String, Map<String, Value>>,
    /// Who is due and was not dealt with yet.
    pub(super) due: BTreeSet<String>,
    /// Who is never tried again; nobody, where all is well.
    pub(super) given_up: BTreeSet<String>,
    /// Whose account was created by us, was not there when it was written to, and may be found again; with
    /// what it was given.
    pub(super) ours: BTreeMap<String, Values>,
    /// Accounts that a deleted rule leaves to be removed.
    pub(super) leaving: Vec<String>,
    /// The next run evaluates everybody.
    pub(super) owes_full: bool,
    /// A run is under way: it was killed, where this is found at a start.
    pub(super) under_way: bool,
}
