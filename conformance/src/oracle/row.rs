//! The rows by name, with the words that explain them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A row of the semantics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Row::says is the documentation of each")]
pub enum Row {
    O1,
    O2,
    O3,
    O4,
    O5,
    O6,
    O7,
    O8,
    O9,
    O10,
    O11,
    O12,
    O13,
    O14,
    O15,
    O16,
    O17,
    O18,
    O19,
    O20,
    O21,
    O22,
    O23,
}

impl Row {
    /// All rows, in order.
    pub const ALL: [Self; 23] = [
        Self::O1,
        Self::O2,
        Self::O3,
        Self::O4,
        Self::O5,
        Self::O6,
        Self::O7,
        Self::O8,
        Self::O9,
        Self::O10,
        Self::O11,
        Self::O12,
        Self::O13,
        Self::O14,
        Self::O15,
        Self::O16,
        Self::O17,
        Self::O18,
        Self::O19,
        Self::O20,
        Self::O21,
        Self::O22,
        Self::O23,
    ];

    /// The rule in one sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::O1 => {
                "an enabled user in scope without an account is created, if create is allowed"
            }
            Self::O2 => "a user who is disabled when first seen gets no account",
            Self::O3 => {
                "an account of the same userName that nobody is linked to is linked, whatever create says"
            }
            Self::O4 => "attributes that differ are updated, if update is allowed",
            Self::O5 => "a user whose account is right is left alone: no write",
            Self::O6 => {
                "an enabled user with an inactive account is re-enabled with all attributes, if update is allowed"
            }
            Self::O7 => {
                "a disabled user's account is deactivated and nothing else, if disable is allowed; never deleted"
            }
            Self::O8 => {
                "a disabled user with an inactive account is left alone; attributes wait for the re-enable"
            }
            Self::O9 => {
                "a removed user's active account is removed by the remove action, if deprovision is allowed"
            }
            Self::O10 => {
                "a removed user's inactive account is deleted if that is the remove action, else left alone"
            }
            Self::O11 => "a removed user whose account is gone is forgotten",
            Self::O12 => {
                "a user never in scope, or an account nobody is linked to, is never touched"
            }
            Self::O13 => {
                "a deleted rule removes the accounts it created, if both deprovision switches are on"
            }
            Self::O14 => "a user who leaves one rule but is in scope of another is not removed",
            Self::O15 => {
                "a linked account that is gone is created again, if create is allowed, else forgotten"
            }
            Self::O16 => {
                "a new username changes the address of the same account, if update is allowed"
            }
            Self::O17 => "a user deleted and re-created under the same username keeps the account",
            Self::O18 => "a create refused as a duplicate that no lookup finds fails, once a run",
            Self::O19 => {
                "a connection that is off causes no SCIM traffic; when it comes on, everybody is evaluated"
            }
            Self::O20 => "flipping an action flag does nothing by itself",
            Self::O21 => {
                "a user who is disabled and out of scope keeps no access: removed, or else disabled"
            }
            Self::O22 => {
                "a user back in scope after a removal by disable gets the same account re-enabled"
            }
            Self::O23 => {
                "of two users with one username the linked one (else the smaller id) is provisioned, the other fails"
            }
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}
