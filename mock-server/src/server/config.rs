//! How to start a server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::account::{AccountSpec, ControlError};
use crate::clock::ClockStart;
use crate::incident::InvalidIncident;
use crate::journal::JournalLimits;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What ids, credentials and tokens are drawn from. Secrets drawn from a known seed are no secrets: this
    /// is a test double.
    pub seed: u64,
    /// Where the virtual clock starts.
    pub clock: ClockStart,
    /// How many threads answer requests, at least one.
    pub worker_threads: usize,
    /// How much each journal holds.
    pub journal: JournalLimits,
    /// The account that the server starts with.
    pub account: AccountSpec,
    /// Whether the first token request under `/t/{account}` makes the account, with the settings of the one
    /// that the server starts with.
    pub makes_tenants: bool,
    /// What the control API asks for as a bearer token. Absent: nothing on a loopback address, and on any
    /// other one that is drawn at random.
    pub control_token: Option<String>,
    /// Whether to speak TLS, with a certificate authority of the server's own.
    pub tls: bool,
    /// The names and addresses that the server's certificate is for, beside the loopback ones, the address
    /// that is listened on and, where that is every address, the machine's own name.
    pub tls_names: Vec<String>,
    /// How long clients may take.
    pub timeouts: Timeouts,
    /// Whether magic values in credentials, addresses and paths name scenarios.
    pub magic: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 0,
            clock: ClockStart::System,
            worker_threads: 2,
            journal: JournalLimits::default(),
            account: AccountSpec::default(),
            makes_tenants: false,
            control_token: None,
            tls: false,
            tls_names: Vec::new(),
            timeouts: Timeouts::default(),
            magic: true,
        }
    }
}

/// How long clients may take before their connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the TLS handshake, and for a request's line and headers.
    pub header: Duration,
    /// For a request's body.
    pub body: Duration,
    /// Between two requests, and between two bytes.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            body: Duration::from_secs(20),
            idle: Duration::from_secs(30),
        }
    }
}

/// The server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The account to start with cannot be.
    #[error("the account to start with: {0}")]
    Account(#[from] ControlError),
    /// The incident to start from cannot be.
    #[error("the incident to start from: {0}")]
    Incident(#[from] InvalidIncident),
    /// The certificates could not be made.
    #[error("cannot make the certificates: {0}")]
    Certificates(String),
    /// A listener beside the server's own did not open.
    #[error("{0}")]
    Door(String),
    /// The system gives no random bytes for the control token.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The threads did not start.
    #[error("the server's threads did not start: {0}")]
    Threads(io::Error),
}
