//! The diagnoses that there are: the stable codes of a connection test, their families, and the exit codes.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What kind of thing is wrong; a test of a connection ends with the family's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Nothing that stops the connection; there may be a warning.
    Passes,
    /// Zoom cannot be reached, or is down.
    Unreachable,
    /// TLS.
    Tls,
    /// Who we are.
    Credentials,
    /// What we may do.
    Authorisation,
    /// A URL was entered wrong.
    WrongUrl,
    /// The Zoom account.
    Account,
    /// Limits.
    Limits,
    /// Something else answers.
    NotZoom,
}

impl Family {
    /// The name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Credentials => "credentials",
            Self::Authorisation => "authorisation",
            Self::WrongUrl => "wrong_url",
            Self::Account => "account",
            Self::Limits => "limits",
            Self::NotZoom => "not_zoom",
        }
    }

    /// The exit code of `zoom-provisioner test-connection`.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Passes => 0,
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

/// The code of a diagnosis. It does not change, so that programs can go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosisCode {
    name: &'static str,
    family: Family,
}

impl DiagnosisCode {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// The family.
    #[must_use]
    pub fn family(self) -> Family {
        self.family
    }

    /// The code of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|code| code.name == name)
    }

    /// Every code, family by family.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().flat_map(|&(family, names)| {
            let of = move |&name: &&'static str| Self { name, family };
            names.iter().map(of)
        })
    }
}

impl Serialize for DiagnosisCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for DiagnosisCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format_args!("there is no diagnosis `{name}`"));
        Self::parse(&name).ok_or_else(unknown)
    }
}

const CODES: &[(Family, &[&str])] = &[
    // `ok` and what a passed test may warn of.
    (Family::Passes, &["ok", "clock_skew", "token_odd_expiry"]),
    (
        Family::Unreachable,
        &[
            "host_not_found",
            "refused",
            "connect_timeout",
            "read_timeout",
            "dropped",
            "zoom_error",
            "zoom_unavailable",
        ],
    ),
    (
        Family::Tls,
        &[
            "tls_expired",
            "tls_not_yet_valid",
            "tls_wrong_host",
            "tls_self_signed",
            "tls_untrusted_root",
            "tls_not_spoken",
            "tls_stalled",
            "tls_failed",
        ],
    ),
    (
        Family::Credentials,
        &[
            "stray_white_space",
            "invalid_client",
            "invalid_account",
            "app_inactive",
            "unsupported_grant",
            "token_refused",
        ],
    ),
    (
        Family::Authorisation,
        &[
            "missing_scope",
            "token_expired",
            "token_not_accepted",
            "token_of_another_zoom",
            "permission_removed",
        ],
    ),
    (
        Family::WrongUrl,
        &[
            "invalid_url",
            "insecure_url",
            "redirected",
            "token_url_not_found",
            "token_wrong_method",
            "token_html",
            "scim_url_incomplete",
            "scim_url_doubled",
            "scim_url_not_found",
        ],
    ),
    (Family::Account, &["sso_disabled"]),
    (
        Family::Limits,
        &["token_throttled", "per_second_limit", "daily_limit"],
    ),
    (
        Family::NotZoom,
        &[
            "captive_portal",
            "token_not_json",
            "token_missing",
            "scim_html",
            "not_scim",
            "answer_cut",
            "answer_too_large",
            "paging_broken",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_reads_back() {
        let mut seen = HashSet::new();
        for code in DiagnosisCode::all() {
            assert!(seen.insert(code.as_str()), "{}", code.as_str());
            assert_eq!(DiagnosisCode::parse(code.as_str()), Some(code));
        }
        assert_eq!(DiagnosisCode::parse("tls"), None);
    }

    #[test]
    fn every_family_has_an_exit_code_of_its_own() {
        let codes: HashSet<u8> = CODES.iter().map(|(family, _)| family.exit_code()).collect();
        assert_eq!(codes.len(), CODES.len());
    }
}
