//! Listeners beside the server's own, for what happens before a request arrives.

use serde::{Deserialize, Serialize};

/// A listener of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// What it does to whoever comes.
    pub kind: DoorKind,
}

/// What a listener does to whoever comes.
///
/// The certificates are of the mock's own authority, which the client is told to trust, but for
/// [`SelfSigned`](Self::TlsSelfSigned) and [`UntrustedRoot`](Self::TlsUntrustedRoot).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorKind {
    /// Nobody listens: connections are refused.
    Refuse,
    /// The queue of the listener is full: a connection is never made.
    AcceptStall,
    /// It accepts, and never answers.
    HalfOpen,
    /// TLS as it should be.
    TlsGood,
    /// A certificate that has expired.
    TlsExpired,
    /// A certificate that is not valid yet.
    TlsNotYetValid,
    /// A certificate for another host.
    TlsWrongHost,
    /// A certificate that is signed by itself.
    TlsSelfSigned,
    /// A certificate of an authority that nobody knows.
    TlsUntrustedRoot,
    /// Plain HTTP, where the URL says TLS.
    PlainOnTlsPort,
    /// It accepts, and never answers a client's TLS hello.
    HandshakeStall,
}

impl DoorKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Refuse,
        Self::AcceptStall,
        Self::HalfOpen,
        Self::TlsGood,
        Self::TlsExpired,
        Self::TlsNotYetValid,
        Self::TlsWrongHost,
        Self::TlsSelfSigned,
        Self::TlsUntrustedRoot,
        Self::PlainOnTlsPort,
        Self::HandshakeStall,
    ];

    /// The name, as in a scenario's file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::AcceptStall => "accept_stall",
            Self::HalfOpen => "half_open",
            Self::TlsGood => "tls_good",
            Self::TlsExpired => "tls_expired",
            Self::TlsNotYetValid => "tls_not_yet_valid",
            Self::TlsWrongHost => "tls_wrong_host",
            Self::TlsSelfSigned => "tls_self_signed",
            Self::TlsUntrustedRoot => "tls_untrusted_root",
            Self::PlainOnTlsPort => "plain_on_tls_port",
            Self::HandshakeStall => "handshake_stall",
        }
    }

    /// Whether its URL begins with `https`.
    #[must_use]
    pub fn is_https(self) -> bool {
        !matches!(self, Self::Refuse | Self::AcceptStall | Self::HalfOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files() {
        for kind in DoorKind::ALL {
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.as_str());
            assert_eq!(serde_json::from_value::<DoorKind>(json).unwrap(), kind);
        }
    }
}
