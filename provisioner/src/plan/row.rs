//! Rows, status words and flags.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A row of the semantics; `zoom-conformance explain` prints what each says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Row {
    /// In scope, enabled, no account: create.
    O1,
    /// Disabled when first seen: nothing.
    O2,
    /// An unlinked account of the same userName: link it.
    O3,
    /// Attributes differ: update.
    O4,
    /// All is well: nothing.
    O5,
    /// Enabled, account inactive: re-enable.
    O6,
    /// Disabled, account active: deactivate.
    O7,
    /// Disabled, account inactive: nothing.
    O8,
    /// Removed, account active: the remove action.
    O9,
    /// Removed, account inactive: delete if that is the remove action.
    O10,
    /// Removed, account gone: forget.
    O11,
    /// Never in scope: never touched.
    O12,
    /// The rule was deleted.
    O13,
    /// In scope of another rule now: not removed.
    O14,
    /// The linked account is gone: create again.
    O15,
    /// The username changed: change the address.
    O16,
    /// Back under a new id: take the account over.
    O17,
    /// Refused as a duplicate that no lookup finds.
    O18,
    /// The connection is off.
    O19,
    /// A flag was flipped: nothing by itself.
    O20,
    /// Disabled and out of scope: keeps no access.
    O21,
    /// Back in scope after a removal by disable.
    O22,
    /// Two directory users with one username.
    O23,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

/// How a user is counted, in PingOne's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Zoom matches the source.
    Success,
    /// No account at Zoom.
    Unsynced,
    /// An account that may be out of date because a flag kept it so.
    Partial,
    /// An error.
    Failed,
    /// Not in scope any more, so not counted.
    Removed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "Success",
            Self::Unsynced => "Unsynced",
            Self::Partial => "Partial Synced",
            Self::Failed => "Failed",
            Self::Removed => "Removed",
        })
    }
}

/// A switch of the connection that refuses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the connection's key of the same name")]
pub enum Flag {
    CreateUsers,
    UpdateUsers,
    DisableUsers,
    DeprovisionUsers,
    DeprovisionOnRuleDeletion,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CreateUsers => "create_users",
            Self::UpdateUsers => "update_users",
            Self::DisableUsers => "disable_users",
            Self::DeprovisionUsers => "deprovision_users",
            Self::DeprovisionOnRuleDeletion => "deprovision_on_rule_deletion",
        })
    }
}
