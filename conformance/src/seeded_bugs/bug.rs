//! The catalogue of wrong provisioners.

use std::fmt;

/// One way to be wrong. The names are those of the catalogue and have gaps on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Bug::says is the documentation of each")]
pub enum Bug {
    B01,
    B02,
    B03,
    B04,
    B05,
    B06,
    B08,
    B09,
    B10,
    B11,
    B13,
    B14,
    B16,
    B17,
    B18,
    B19,
    B21,
    B22,
    B23,
    B26,
    B27,
    B28,
    B35,
    B109,
    B110,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::B01,
        Self::B02,
        Self::B03,
        Self::B04,
        Self::B05,
        Self::B06,
        Self::B08,
        Self::B09,
        Self::B10,
        Self::B11,
        Self::B13,
        Self::B14,
        Self::B16,
        Self::B17,
        Self::B18,
        Self::B19,
        Self::B21,
        Self::B22,
        Self::B23,
        Self::B26,
        Self::B27,
        Self::B28,
        Self::B35,
        Self::B109,
        Self::B110,
    ];

    /// What the variant does wrong.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::B01 => "creates although create is off",
            Self::B02 => "does not link an existing account when create is off",
            Self::B03 => "updates although update is off",
            Self::B04 => "asks the update flag instead of the disable flag",
            Self::B05 => "re-enables although update is off",
            Self::B06 => "disables although disable is off",
            Self::B08 => "disables by a PUT that carries all attributes",
            Self::B09 => "removes although deprovision is off",
            Self::B10 => "asks the disable flag instead of the deprovision flag",
            Self::B11 => "takes the remove actions for each other",
            Self::B13 => "deactivates removed users again in every full run",
            Self::B14 => "removes on rule deletion although that is off",
            Self::B16 => "removes every account in Zoom on rule deletion",
            Self::B17 => "removes on rule deletion although deprovision is off",
            Self::B18 => "treats leaving the scope as being disabled",
            Self::B19 => "never notices that a user was deleted at the source",
            Self::B21 => "creates users who are disabled",
            Self::B22 => "runs although the connection is off",
            Self::B23 => "reads the flags once and never again",
            Self::B26 => "evaluates everybody when a flag is flipped",
            Self::B27 => "makes a second account for who comes back after a removal",
            Self::B28 => "compares userNames with their case",
            Self::B35 => "keys its memory by username: a rename removes and creates",
            Self::B109 => "counts who was not created as Success",
            Self::B110 => "counts who was not updated as Success",
        }
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}
