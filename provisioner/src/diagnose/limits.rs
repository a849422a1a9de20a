//! How long a test of a connection waits.

use std::time::Duration;

/// How long resolving a host's name may take.
pub const RESOLVE_LIMIT: Duration = Duration::from_secs(5);
/// How long a TCP connection may take, over all addresses of the host.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a TLS handshake may take.
pub const TLS_LIMIT: Duration = Duration::from_secs(5);
/// How long one request may take, with its whole answer.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The most that a test waits at each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestLimits {
    /// For resolving a host's name.
    pub resolve: Duration,
    /// For a TCP connection, over all addresses of the host.
    pub connect: Duration,
    /// For a TLS handshake.
    pub tls: Duration,
    /// For one request, with its whole answer.
    pub answer: Duration,
}

impl TestLimits {
    /// The same limit everywhere.
    #[must_use]
    pub const fn each(limit: Duration) -> Self {
        Self {
            resolve: limit,
            connect: limit,
            tls: limit,
            answer: limit,
        }
    }
}

impl Default for TestLimits {
    fn default() -> Self {
        Self {
            resolve: RESOLVE_LIMIT,
            connect: CONNECT_LIMIT,
            tls: TLS_LIMIT,
            answer: ANSWER_LIMIT,
        }
    }
}
