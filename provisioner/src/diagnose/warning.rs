//! What an administrator should know although a connection can be used.

use jiff::Timestamp;
use reqwest::header::DATE;
use serde::Serialize;

use crate::rule::{MappingWarning, Rule};
use crate::zoom::Answer;

/// The header that the stand-in for Zoom puts on each of its answers, and Zoom on none.
const MOCK_HEADER: &str = "x-zoom-mock-request-id";
/// How far the clocks may be apart.
const MAX_SKEW_S: i64 = 5 * 60;

/// A warning. The test passes all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A name that does not change, for programs.
    pub code: WarningCode,
    /// One sentence on what was seen.
    pub what: String,
    /// One sentence on what to do.
    pub remedy: &'static str,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// What answers is the stand-in, and not Zoom.
    Mock,
    /// This machine's clock and the server's are apart.
    ClockSkew,
    /// The token does not say plausibly how long it lives.
    TokenOddExpiry,
    /// A rule does not map Username.
    UnmappedUsername,
    /// A rule does not map Email.
    UnmappedEmail,
    /// A rule maps Username and Email from different sources.
    DifferentSources,
}

impl WarningCode {
    /// The name, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mock => "mock",
            Self::ClockSkew => "clock_skew",
            Self::TokenOddExpiry => "token_odd_expiry",
            Self::UnmappedUsername => "unmapped_username",
            Self::UnmappedEmail => "unmapped_email",
            Self::DifferentSources => "different_sources",
        }
    }
}

impl Warning {
    /// What is to say about a rule's mapping.
    pub fn of_rule(rule: &Rule) -> Option<Self> {
        let warning = rule.mapping.warning()?;
        Some(Self::of_mapping(&format!("rule {}", rule.id), warning))
    }

    /// A warning about a mapping; `whose` names the rule or its file.
    pub(crate) fn of_mapping(whose: &str, warning: MappingWarning) -> Self {
        Self {
            code: match warning {
                MappingWarning::NoUsername => WarningCode::UnmappedUsername,
                MappingWarning::NoEmail => WarningCode::UnmappedEmail,
                MappingWarning::DifferentSources => WarningCode::DifferentSources,
            },
            what: format!("{whose}: {warning}."),
            remedy: "Map both Username and Email, from the same source.",
        }
    }

    /// What answers is the stand-in, if it says so.
    pub(super) fn of_mock(answer: &Answer) -> Option<Self> {
        answer.headers.contains_key(MOCK_HEADER).then(|| Self {
            code: WarningCode::Mock,
            what: "What answers is the stand-in for Zoom, and not Zoom.".to_owned(),
            remedy: "For real users, use Zoom's own URLs and credentials.",
        })
    }

    /// The clocks are apart, by the answer's `Date` (RFC 9110 section 6.6.1).
    pub(super) fn of_clock(answer: &Answer, now: Timestamp) -> Option<Self> {
        let theirs = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(answer.header(DATE)?)
            .ok()?;
        let behind_s = theirs.as_second().saturating_sub(now.as_second());
        let word = if behind_s > 0 { "behind" } else { "ahead of" };
        (behind_s.saturating_abs() > MAX_SKEW_S).then(|| Self {
            code: WarningCode::ClockSkew,
            what: format!(
                "This machine's clock is {} {word} the server's.",
                span(behind_s.unsigned_abs())
            ),
            remedy: "Set this machine's clock by NTP: certificates and tokens are judged by it.",
        })
    }

    /// The token's lifetime is odd; `seen` fits after "expires_in".
    pub(super) fn of_expiry(seen: &str) -> Self {
        Self {
            code: WarningCode::TokenOddExpiry,
            what: format!(
                "The token's expires_in {seen}, which is no plausible number of seconds."
            ),
            remedy: "Nothing has to be done, since such a token is renewed early; Zoom itself says 3600.",
        }
    }
}

/// A number of seconds in its two largest units.
fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min {} s", seconds % 60),
        (0, hours) => format!("{hours} h {minutes} min"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn dated(date: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, date.parse().unwrap());
        Answer {
            status: 200,
            headers,
            body: Vec::new(),
        }
    }

    #[test]
    fn tells_how_far_the_clocks_are_apart() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (date, told) in [
            ("Sat, 31 Jan 2026 12:04:59 GMT", None),
            ("Sat, 31 Jan 2026 11:55:00 GMT", None),
            (
                "Sat, 31 Jan 2026 13:00:00 GMT",
                Some("is 1 h 0 min behind the server's"),
            ),
            (
                "Sat, 31 Jan 2026 11:54:01 GMT",
                Some("is 5 min 59 s ahead of the server's"),
            ),
            (
                "Thu, 01 Jan 1970 00:00:00 GMT",
                Some("is 20484 d 12 h ahead of the server's"),
            ),
            ("yesterday", None),
            ("", None),
        ] {
            let warning = Warning::of_clock(&dated(date), now);
            match (told, warning) {
                (None, None) => {}
                (Some(told), Some(warning)) => assert!(warning.what.contains(told), "{warning:?}"),
                (told, warning) => panic!("{date}: {told:?} {warning:?}"),
            }
        }
    }
}
