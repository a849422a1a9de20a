//! The files in `scenarios/`, which are part of the program.

/// One of the files.
#[derive(Debug)]
pub(super) struct File {
    /// Its name without `.toml`, and the scenario's.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// A file cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("scenarios/{name}.toml: `{key}`: {message}")]
pub(super) struct InvalidFile {
    name: &'static str,
    key: String,
    message: String,
}

impl File {
    pub(super) fn invalid(&self, key: &str, message: String) -> InvalidFile {
        InvalidFile {
            name: self.name,
            key: key.to_owned(),
            message,
        }
    }
}

macro_rules! files {
    ($($name:literal,)+) => {
        &[$(File {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        }),+]
    };
}

/// Every file; a test compares it with the folder.
pub(super) const ALL: &[File] = files![
    "app-deactivated",
    "captive-portal",
    "clock-off-by-an-hour",
    "connect-timeout",
    "connection-dropped",
    "connection-refused",
    "create-applied-then-lost",
    "daily-limit",
    "daily-limit-during-sync",
    "domain-not-associated",
    "duplicate-invisible",
    "host-not-found",
    "missing-scim-scope",
    "no-seats-left",
    "not-scim",
    "other-hosts-token",
    "owner-lost-permission",
    "page-cap",
    "page-drift",
    "paging-ignored",
    "pending-user",
    "per-second-limit",
    "plan-without-scim",
    "put-replaces",
    "read-timeout",
    "redirected-to-other-host",
    "scim-answer-cut",
    "scim-answer-too-large",
    "scim-html-page",
    "scim-unavailable",
    "scim-url-doubled",
    "scim-url-incomplete",
    "scim-url-not-found",
    "scim-url-of-rest-api",
    "scim-url-trailing-slash",
    "scim-url-with-users",
    "secret-with-white-space",
    "sso-not-enabled",
    "stale-reads",
    "tls-expired",
    "tls-handshake-stalls",
    "tls-not-spoken",
    "tls-not-yet-valid",
    "tls-self-signed",
    "tls-untrusted-root",
    "tls-wrong-host",
    "token-contention",
    "token-expires-at-once",
    "token-html-page",
    "token-not-json",
    "token-odd-lifetime",
    "token-revoked",
    "token-server-error",
    "token-throttled",
    "token-unavailable",
    "token-unavailable-briefly",
    "token-url-not-found",
    "token-without-access-token",
    "token-wrong-method",
    "unknown-client",
    "url-without-scheme",
    "url-without-tls",
    "user-always-500",
    "wrong-account",
    "wrong-grant-for-app",
    "wrong-secret",
];
