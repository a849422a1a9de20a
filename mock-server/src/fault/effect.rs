//! What a fault does to an exchange.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// When in an exchange a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the request is applied: nothing has happened.
    Before,
    /// After it was applied: it has happened, and the client does not learn so.
    After,
    /// While the answer goes out.
    Body,
}

impl Phase {
    /// The name in rules and in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Body => "body",
        }
    }
}

/// What a `Retry-After` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RetryAfter {
    /// Seconds (RFC 9110 section 10.2.3).
    Seconds(u32),
    /// An HTTP date so many seconds from now.
    HttpDateInS(i64),
    /// An ISO 8601 time so many seconds from now, as Zoom's daily limit has it.
    IsoDateInS(i64),
    /// Something that is none of these.
    Garbage,
    /// A negative number.
    Negative,
    /// Ten years.
    FarFuture,
    /// Nothing.
    Absent,
}

/// What happens to an exchange. In JSON a name, or an object whose one key is the name and whose value are
/// the parameters. [`CATALOG`](super::CATALOG) describes each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the catalogue describes each, with its parameters and their units"
)]
pub enum Effect {
    // Time.
    Delay {
        ms: u64,
    },
    DelayUniform {
        min_ms: u64,
        max_ms: u64,
    },
    DelayLognormal {
        median_ms: u64,
        p99_ms: u64,
    },
    Dribble {
        chunk_bytes: usize,
        interval_ms: u64,
    },
    StallAfter {
        bytes: usize,
    },
    NeverAnswer,
    // HTTP.
    Status {
        code: u16,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        body: String,
    },
    StatusSequence {
        codes: Vec<u16>,
    },
    HtmlErrorPage {
        code: u16,
    },
    #[serde(rename = "empty_200")]
    Empty200,
    WrongContentType,
    Redirect {
        location: String,
    },
    RetryAfter {
        code: u16,
        value: RetryAfter,
    },
    // Bodies.
    Truncate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fraction: Option<f64>,
    },
    InvalidJson,
    DuplicateKeys,
    Bom,
    HugeBody {
        bytes: usize,
    },
    ContentLengthLie {
        add: i64,
    },
    GzipBomb {
        bytes: u64,
    },
    // Connections.
    Reset,
    ResetAfter {
        bytes: usize,
    },
    CloseWithoutAnswer,
    CloseAfterResponse,
    // Tokens.
    WrongSecret,
    UnknownClient,
    WrongAccount,
    AppDeactivated,
    UnsupportedGrant,
    NotJson,
    NoAccessToken,
    OddTokenType {
        value: String,
    },
    ExpiresIn {
        value: Value,
    },
    WithoutScope {
        scopes: Vec<String>,
    },
    BornExpired,
    RevokePrevious,
    NotYetValid,
    ForeignToken,
    // Authorisation.
    TokenExpired,
    TokenRevoked,
    ScopeRemoved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
    PermissionRemoved,
    SsoDisabled,
    PlanWithoutScim,
    // SCIM2.
    DuplicateInvisible,
    NoSeats,
    DomainNotAssociated,
    PendingUser,
    PatchAcceptedNotApplied,
    StaleReads {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reads: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
    },
    FilterIgnored,
    FilterRefused,
    PageCap {
        count: usize,
    },
    PageDrift {
        by: i64,
    },
    TotalResultsLies {
        total: i64,
    },
    DuplicateInList,
    PagingIgnored,
    IdNeedsEncoding,
    PutReplaces,
    AttributesNormalised,
    MissingField {
        name: String,
    },
    NotScim,
    // Limits.
    PerSecond {
        limit: u32,
    },
    Daily {
        limit: u32,
    },
    // The clock.
    DateSkew {
        s: i64,
    },
}

impl Effect {
    /// The name in rules and in the journal.
    #[must_use]
    pub fn name(&self) -> String {
        let name = match serde_json::to_value(self) {
            Ok(Value::String(name)) => Some(name),
            Ok(Value::Object(map)) => map.into_iter().next().map(|(name, _)| name),
            _ => None,
        };
        name.unwrap_or_default()
    }
}
