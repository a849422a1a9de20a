//! What a provisioner behind the driver protocol does that brings a scenario to no verdict, by name.

use std::fmt;

/// A way to break the driver protocol. Each ends the scenario, and none is ever taken for a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misconduct {
    /// It cannot be started or reached.
    Unreachable,
    /// It speaks another version of the protocol.
    WrongProtocol,
    /// It says nothing until the deadline.
    TimedOut,
    /// It ends, or hangs up, in the middle of a scenario.
    Crashed,
    /// What it says is not a message of the protocol.
    Rubbish,
    /// It says more than any answer has.
    Flood,
    /// It answers what was not asked, or says something without being asked.
    OutOfOrder,
}

impl Misconduct {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::WrongProtocol,
        Self::TimedOut,
        Self::Crashed,
        Self::Rubbish,
        Self::Flood,
        Self::OutOfOrder,
    ];

    /// The name that begins every message about it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::WrongProtocol => "wrong protocol",
            Self::TimedOut => "timed out",
            Self::Crashed => "crashed",
            Self::Rubbish => "rubbish",
            Self::Flood => "flood",
            Self::OutOfOrder => "out of order",
        }
    }
}

/// A misconduct, and what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) misconduct: Misconduct,
    pub(super) why: String,
}

impl Broken {
    pub(super) fn new(misconduct: Misconduct, why: impl Into<String>) -> Self {
        Self {
            misconduct,
            why: why.into(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.misconduct.name(), self.why)
    }
}
