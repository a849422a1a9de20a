//! The kinds of things that can be wrong, each with an exit code of its own.

use serde::Serialize;

/// A kind of thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Zoom is not reached, or does not answer.
    Unreachable,
    /// TLS or a certificate.
    Tls,
    /// Account id, client id, client secret, or the app that they are of.
    Credentials,
    /// What the app may do.
    Authorisation,
    /// A URL of the connection.
    WrongUrl,
    /// The Zoom account.
    Account,
    /// Rate limits.
    Limits,
    /// Something else than Zoom answers.
    NotZoom,
}

impl Family {
    /// All of them, in the order of their exit codes.
    pub const ALL: [Self; 8] = [
        Self::Unreachable,
        Self::Tls,
        Self::Credentials,
        Self::Authorisation,
        Self::WrongUrl,
        Self::Account,
        Self::Limits,
        Self::NotZoom,
    ];

    /// The exit code of `zoom-provisioner test-connection`.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Unreachable => 10,
            Self::Tls => 11,
            Self::Credentials => 12,
            Self::Authorisation => 13,
            Self::WrongUrl => 14,
            Self::Account => 15,
            Self::Limits => 16,
            Self::NotZoom => 17,
        }
    }
}
