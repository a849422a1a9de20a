//! Why a command does not come to its end.

use std::io;

use super::{EXIT_FAILED, EXIT_USAGE};

/// Why a command does not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The command line or a file is not right.
    #[error("{0}")]
    Usage(String),
    /// The server could not start, did not answer, or refused.
    #[error("{0}")]
    Failed(String),
    /// Nothing can be written.
    #[error("cannot write to stdout: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Failed(_) | Self::Output(_) => EXIT_FAILED,
        }
    }
}
