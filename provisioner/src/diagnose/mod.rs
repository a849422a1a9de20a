//! Testing a connection: step by step, up to the first that fails, and what to do about it.
//!
//! ```text
//! configuration -> [ name resolution -> tcp -> tls ] of each host -> token -> scopes -> scim -> paging
//! ```
//!
//! Nothing is written to Zoom: what is sent is one POST to the token URL and GETs of users, each again where
//! Zoom is unavailable for a moment. No secret is sent before the hosts have shown who they are, and none is
//! in what is told, whatever a server repeats.
//!
//! What was seen is named by pure functions ([`Code`] in `answer`, `token`, `scim` and `tls`); `probe` and
//! `run` do the asking.

mod answer;
mod certificate;
mod code;
mod endpoint;
mod family;
mod limits;
mod notes;
mod places;
mod probe;
mod run;
mod scim;
mod tls;
mod token;
mod warning;
mod words;

use serde::Serialize;

pub use self::code::Code;
pub use self::family::Family;
pub use self::limits::{ANSWER_LIMIT, CONNECT_LIMIT, RESOLVE_LIMIT, TLS_LIMIT, TestLimits};
pub use self::run::test_connection;
pub use self::warning::{Warning, WarningCode};
use crate::engine::Provisioner;

/// What a test found. It holds no secret and no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether the connection can be used.
    pub ok: bool,
    /// The steps that were taken, in their order; the last has failed unless `ok`.
    pub steps: Vec<Step>,
    /// Why not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Problem>,
    /// What an administrator should know although the connection can be used.
    pub warnings: Vec<Warning>,
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// Host and port, for the steps that are about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What came of it.
    pub outcome: StepOutcome,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was seen; the code of a step that failed.
    pub detail: String,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The settings, as far as they can be judged without asking anybody.
    Configuration,
    /// The addresses of a host.
    NameResolution,
    /// A connection to one of them.
    Tcp,
    /// A TLS handshake over it.
    Tls,
    /// A token.
    Token,
    /// The scopes that the token is said to have.
    Scopes,
    /// The first page of users, of one user.
    Scim,
    /// The second, where there is one.
    Paging,
}

impl StepName {
    /// The name in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::NameResolution => "name resolution",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Token => "token",
            Self::Scopes => "scopes",
            Self::Scim => "SCIM",
            Self::Paging => "paging",
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It went well.
    Ok,
    /// It shows what is wrong.
    Failed,
    /// It does not apply, as TLS does not to plain http.
    Skipped,
}

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A name that does not change, for programs.
    pub code: Code,
    /// What kind of thing is wrong.
    pub family: Family,
    /// One sentence on what is wrong.
    pub what: &'static str,
    /// One sentence on what to do.
    pub remedy: &'static str,
    /// What was seen, such as a status with Zoom's own words; bounded, and without secrets.
    pub evidence: String,
}

/// What is wrong and what shows it, before secrets are taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    code: Code,
    evidence: String,
}

impl Finding {
    fn new(code: Code, evidence: impl Into<String>) -> Self {
        Self {
            code,
            evidence: evidence.into(),
        }
    }
}

impl Provisioner {
    /// Tests the connection, and warns about the mappings of the rules. A connection that is off is tested all
    /// the same.
    pub async fn test_connection(&self, limits: TestLimits) -> Diagnosis {
        let mut diagnosis = test_connection(self.connection(), self.transport(), limits).await;
        let warnings = self.rules().iter().flat_map(Warning::of_rule);
        diagnosis.warnings.extend(warnings);
        diagnosis
    }
}

#[cfg(test)]
mod tests;
