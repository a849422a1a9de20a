//! Why something that the plan asks for is not done in this run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MAX_SAME_UPDATES, MAX_SEATLESS_CREATES, Protection};

/// Why something that the plan asks for is not done in this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// There are more removals in the run than the limit lets through.
    Limit,
    /// No run has matched everybody yet, so that the links are not all known.
    FirstRun,
    /// It turned up while the run was under way, when the removals had been counted.
    Late,
    /// The account is not to be removed.
    Protected(Protection),
    /// Zoom has accepted the same update several times, and not done it.
    Stuck,
    /// Zoom has been told once, and keeps the values in a spelling of its own.
    Spelling,
    /// Zoom has refused several creates in a row because the account has no seat left.
    NoSeat,
}

impl Held {
    /// Whether the next run looks at the user again, changed or not.
    pub(crate) fn stays_due(&self) -> bool {
        !matches!(self, Self::Stuck | Self::Spelling)
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit => f.write_str("held back: over the removal limit"),
            Self::FirstRun => {
                f.write_str("held back: removals wait until a run has matched everybody")
            }
            Self::Late => {
                f.write_str("held back: it was not counted among the removals of this run")
            }
            Self::Protected(protection) => protection.fmt(f),
            Self::Stuck => write!(
                f,
                "Zoom has accepted this update {MAX_SAME_UPDATES} times and not done it, as with a user who has not \
                 accepted the invitation; it is sent again once something changes"
            ),
            Self::Spelling => f.write_str(
                "Zoom keeps these values in a spelling of its own, which is left as it is",
            ),
            Self::NoSeat => write!(
                f,
                "held back: Zoom has refused {MAX_SEATLESS_CREATES} creates in a row because the account has no seat \
                 left; free or buy seats, and the next run tries again"
            ),
        }
    }
}
