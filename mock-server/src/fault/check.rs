//! What a rule's conditions and parameters may be, and which go together.

use std::collections::BTreeMap;

use super::catalog::{ActsOn, CatalogEntry};
use super::effect::{Effect, RetryAfter};
use super::names::suggestion;
use super::rule::{InvalidRule, MAX_TEXT_BYTES, When, fits, invalid};
use crate::operation::Operation;

/// The longest time that an effect may take.
pub(crate) const MAX_DELAY_MS: u64 = 10 * 60 * 1000;
/// The largest body that an effect may send.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The largest size that a compressed body may unpack to.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// The headers that a status does not set.
const OURS: [(&str, &str); 4] = [
    (
        "content-length",
        "is the body's own length; `content_length_lie` says another",
    ),
    ("transfer-encoding", "is the server's own affair"),
    (
        "connection",
        "is the server's own affair; `close_after_response` closes",
    ),
    (
        "x-zoom-mock-request-id",
        "names the exchange, and has to be the right one",
    ),
];
/// How many headers a status may have, how many statuses a sequence, how many scopes a token.
const MAX_ITEMS: usize = 100;

pub(super) fn when(when: &When, entry: &CatalogEntry) -> Result<(), InvalidRule> {
    if let Some(pattern) = &when.operation {
        let names = Operation::ALL.map(Operation::as_str);
        let is_pattern =
            ["*", "users.*", "groups.*", "rest.*", "token.*"].contains(&pattern.as_str());
        if !is_pattern && !names.contains(&pattern.as_str()) {
            let message = suggestion(
                pattern,
                &names,
                "there are users.*, groups.*, rest.*, * and the operations of the catalogue",
            );
            return Err(invalid(
                "when.operation",
                format!("names an operation: {message}"),
            ));
        }
        let meets =
            |operation: &Operation| fits(pattern, *operation) && entry.acts_on.includes(*operation);
        if !Operation::ALL.iter().any(meets) {
            return Err(invalid(
                "when.operation",
                format!(
                    "cannot be `{pattern}` for `{}`, which acts on {}",
                    entry.name,
                    entry.acts_on.as_str()
                ),
            ));
        }
    }
    let only_tokens =
        entry.acts_on == ActsOn::Tokens || when.operation.as_deref() == Some("token.issue");
    if when.user.is_some() && only_tokens {
        return Err(invalid(
            "when.user",
            "is nobody's who asks for a token; name the `client_id`",
        ));
    }
    if when
        .probability
        .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
    {
        return Err(invalid("when.probability", "is from 0 to 1"));
    }
    for (field, number) in [("when.nth", when.nth), ("when.times", when.times)] {
        if number == Some(0) {
            return Err(invalid(field, "is at least 1"));
        }
    }
    if when.ttl_s == Some(0) {
        return Err(invalid("when.ttl_s", "is at least 1"));
    }
    if when.seed.is_some() && when.probability.is_none() {
        return Err(invalid("when.seed", "has no meaning without `probability`"));
    }
    if let (Some(from), Some(until)) = (when.from, when.until)
        && from >= until
    {
        return Err(invalid("when.until", "is after `from`"));
    }
    let texts = [
        ("when.account", &when.account),
        ("when.client_id", &when.client_id),
        ("when.user", &when.user),
        ("when.run", &when.run),
    ];
    for (field, text) in texts {
        if text
            .as_ref()
            .is_some_and(|text| text.is_empty() || text.len() > MAX_TEXT_BYTES)
        {
            return Err(invalid(field, "must have 1 to 1024 bytes"));
        }
    }
    match &when.header {
        Some(header) if http::HeaderName::try_from(header.name.as_str()).is_err() => {
            Err(invalid("when.header.name", "must be the name of a header"))
        }
        _ => Ok(()),
    }
}

/// Checks the parameters' ranges.
pub(super) fn effect(effect: &Effect) -> Result<(), InvalidRule> {
    let field = |parameter: &str| format!("then.{}.{parameter}", effect.name());
    let limit = |parameter: &str, value: u64, most: u64| match value > most {
        true => Err(invalid(field(parameter), format!("is at most {most}"))),
        false => Ok(()),
    };
    let status = |parameter: &str, code: u16| match (200..=599).contains(&code) {
        true => Ok(()),
        false => Err(invalid(field(parameter), "is a status from 200 to 599")),
    };
    let size = |parameter: &str, bytes: usize| {
        limit(
            parameter,
            u64::try_from(bytes).unwrap_or(u64::MAX),
            MAX_BODY_BYTES as u64,
        )
    };
    match effect {
        Effect::Delay { ms } => limit("ms", *ms, MAX_DELAY_MS),
        Effect::DelayUniform { min_ms, max_ms } if min_ms > max_ms => {
            Err(invalid(field("max_ms"), "is at least `min_ms`"))
        }
        Effect::DelayUniform { max_ms, .. } => limit("max_ms", *max_ms, MAX_DELAY_MS),
        Effect::DelayLognormal { median_ms, p99_ms } if *median_ms == 0 || median_ms > p99_ms => {
            Err(invalid(
                field("p99_ms"),
                "is at least `median_ms`, and that is at least 1",
            ))
        }
        Effect::DelayLognormal { p99_ms, .. } => limit("p99_ms", *p99_ms, MAX_DELAY_MS),
        Effect::Dribble { chunk_bytes: 0, .. } => {
            Err(invalid(field("chunk_bytes"), "is at least 1"))
        }
        Effect::Dribble { interval_ms, .. } => limit("interval_ms", *interval_ms, MAX_DELAY_MS),
        Effect::Status {
            code,
            headers,
            body,
        } => {
            status("code", *code)?;
            size("body", body.len())?;
            if !body.is_empty() && matches!(code, 204 | 304) {
                return Err(invalid(
                    field("body"),
                    "is empty where the status is 204 or 304",
                ));
            }
            headers_fit(headers, &field("headers"))
        }
        Effect::StatusSequence { codes } => {
            if codes.is_empty() || codes.len() > MAX_ITEMS {
                return Err(invalid(field("codes"), "holds 1 to 100 statuses"));
            }
            codes.iter().try_for_each(|code| status("codes", *code))
        }
        Effect::HtmlErrorPage { code } => status("code", *code),
        Effect::Redirect { location } => match http::HeaderValue::try_from(location.as_str()) {
            Ok(_) if !location.is_empty() => Ok(()),
            _ => Err(invalid(field("location"), "must be a URL")),
        },
        Effect::RetryAfter { code, value } => retry_after_fits(*code, value, &field("code")),
        Effect::Truncate { bytes, fraction } => match (bytes, fraction) {
            (Some(bytes), None) => size("bytes", *bytes),
            (None, Some(fraction)) if (0.0..1.0).contains(fraction) => Ok(()),
            (None, Some(_)) => Err(invalid(field("fraction"), "is from 0 to less than 1")),
            _ => Err(invalid(
                field("bytes"),
                "is needed, or `fraction` in its place",
            )),
        },
        Effect::HugeBody { bytes } => size("bytes", *bytes),
        Effect::GzipBomb { bytes } => limit("bytes", *bytes, MAX_UNPACKED_BYTES),
        Effect::ContentLengthLie { add: 0 } => Err(invalid(field("add"), "is not 0")),
        Effect::ContentLengthLie { add } => limit("add", add.unsigned_abs(), MAX_BODY_BYTES as u64),
        Effect::StallAfter { bytes } | Effect::ResetAfter { bytes } => size("bytes", *bytes),
        Effect::WithoutScope { scopes } if scopes.is_empty() || scopes.len() > MAX_ITEMS => {
            Err(invalid(field("scopes"), "holds 1 to 100 scopes"))
        }
        Effect::StaleReads { reads, ms } => match (reads, ms) {
            (Some(_), None) => Ok(()),
            (None, Some(ms)) => limit("ms", *ms, MAX_DELAY_MS),
            _ => Err(invalid(field("reads"), "is needed, or `ms` in its place")),
        },
        Effect::PageDrift { by: 0 } => Err(invalid(field("by"), "is not 0")),
        Effect::OddTokenType { value } | Effect::MissingField { name: value } => limit(
            "value",
            u64::try_from(value.len()).unwrap_or(u64::MAX),
            MAX_TEXT_BYTES as u64,
        ),
        Effect::DateSkew { s } => limit("s", s.unsigned_abs(), 10 * 366 * 24 * 3600),
        _ => Ok(()),
    }
}

fn headers_fit(headers: &BTreeMap<String, String>, field: &str) -> Result<(), InvalidRule> {
    if headers.len() > MAX_ITEMS {
        return Err(invalid(field, "holds at most 100 headers"));
    }
    for (name, value) in headers {
        let is_header = http::HeaderName::try_from(name.as_str()).is_ok()
            && http::HeaderValue::try_from(value.as_str()).is_ok();
        if !is_header {
            return Err(invalid(format!("{field}.{name}"), "cannot be a header"));
        }
        if let Some((_, reason)) = OURS
            .iter()
            .find(|(ours, _)| name.eq_ignore_ascii_case(ours))
        {
            return Err(invalid(format!("{field}.{name}"), *reason));
        }
    }
    Ok(())
}

fn retry_after_fits(code: u16, value: &RetryAfter, field: &str) -> Result<(), InvalidRule> {
    if code != 429 && code != 503 {
        return Err(invalid(field, "is 429 or 503"));
    }
    let most = 100 * 366 * 24 * 3600;
    match value {
        RetryAfter::HttpDateInS(s) | RetryAfter::IsoDateInS(s) if s.abs() > most => {
            Err(invalid("then.retry_after.value", "is within 100 years"))
        }
        _ => Ok(()),
    }
}
