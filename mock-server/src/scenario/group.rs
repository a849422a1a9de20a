//! Where on the way to Zoom a scenario belongs.

use serde::{Deserialize, Serialize};

/// Where on the way to Zoom a scenario belongs, in the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Name, network, proxies.
    Reaching,
    /// Certificates and handshake.
    Tls,
    /// The token URL and what answers there.
    TokenUrl,
    /// Account id, client id, secret, app.
    Credentials,
    /// Scopes, permissions, tokens.
    Authorisation,
    /// The SCIM URL and what answers there.
    ScimUrl,
    /// The Zoom account's settings.
    Account,
    /// Rate limits.
    Limits,
    /// The time.
    Clock,
    /// What only a sync meets.
    Sync,
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Self; 10] = [
        Self::Reaching,
        Self::Tls,
        Self::TokenUrl,
        Self::Credentials,
        Self::Authorisation,
        Self::ScimUrl,
        Self::Account,
        Self::Limits,
        Self::Clock,
        Self::Sync,
    ];

    /// For a person.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Reaching => "Reaching Zoom",
            Self::Tls => "TLS",
            Self::TokenUrl => "The token URL",
            Self::Credentials => "Credentials",
            Self::Authorisation => "Authorisation",
            Self::ScimUrl => "The SCIM URL",
            Self::Account => "The Zoom account",
            Self::Limits => "Limits",
            Self::Clock => "The clock",
            Self::Sync => "What only a sync meets",
        }
    }
}
