//! I8, I16 and I17: tokens, well-formed requests, and where the secret went.

use std::time::Duration;

use serde_json::Value;

use super::{Findings, Invariant, Run};
use crate::run::Exchange;

/// What Zoom says of a filter it does not support.
const FILTER_REFUSED: &str = "The current filter is not supported";

/// What Zoom says where the token lacks a scope, whatever was asked.
const LACKS_SCOPES: &str = "does not contain scopes";
/// What Zoom says where a filter is right and finds nobody in this account.
const FINDS_NOBODY: &str = "not exist";

/// How long a token is used at least that lives for an hour.
const TOKEN_IS_FRESH: Duration = Duration::from_secs(1800);

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = &run.record.exchanges;
    let tokens = exchanges
        .iter()
        .filter(|exchange| exchange.is_token())
        .count();
    let allowed = allowed_tokens(run);
    findings.check(Invariant::I8, tokens <= allowed, || {
        (
            format!("at most {allowed} requests for a token"),
            format!("{tokens}"),
        )
    });
    for exchange in exchanges {
        let known = exchange.operation.is_some();
        findings.check(Invariant::I16, known, || {
            (
                "a request that Zoom's API has".to_owned(),
                exchange.to_string(),
            )
        });
        let filter_ok = exchange.fault.is_some() || !is_filter_refused(exchange);
        findings.check(Invariant::I16, filter_ok, || {
            (
                "a filter that Zoom supports".to_owned(),
                exchange.to_string(),
            )
        });
        let named = exchange.user_id().as_deref() != Some("");
        findings.check(Invariant::I16, named, || {
            ("an id in the path".to_owned(), exchange.to_string())
        });
        let spaced = exchange.query.as_deref().is_some_and(has_spaced_address);
        findings.check(Invariant::I16, !spaced, || {
            (
                "an address without a space: its `+` is sent as %2B".to_owned(),
                exchange.to_string(),
            )
        });
        if exchange.is_write() && exchange.method != "DELETE" {
            let has_schemas = exchange.body().get("schemas").is_some_and(Value::is_array);
            findings.check(Invariant::I16, has_schemas, || {
                (
                    "a JSON body with schemas (RFC 7643 section 3)".to_owned(),
                    exchange.to_string(),
                )
            });
        }
        let leaked = run.secrets.iter().any(|secret| {
            exchange.path.contains(secret)
                || exchange
                    .query
                    .as_deref()
                    .is_some_and(|query| query.contains(secret))
                || (!exchange.is_token() && exchange.request.contains(secret))
        });
        // The journal keeps the key alone.
        let leaked = leaked || query_has(exchange, "client_secret");
        let target = match &exchange.query {
            Some(query) => format!("{}?{query}", exchange.path),
            None => exchange.path.clone(),
        };
        let followed = run.redirects.contains(&target);
        findings.check(Invariant::I17, !followed, || {
            (
                "a redirect is not followed, for the token would go along".to_owned(),
                format!("{} {target}", exchange.method),
            )
        });
        findings.check(Invariant::I17, !leaked, || {
            let seen = format!("{} {}", exchange.method, exchange.path);
            ("no secret in a URL or a SCIM body".to_owned(), seen)
        });
    }
}

/// A filter that is not as Zoom has it, or not written as a filter is.
fn is_filter_refused(exchange: &Exchange) -> bool {
    exchange.response.contains(FILTER_REFUSED)
        || (exchange.status == 400
            && query_has(exchange, "filter")
            && ![FINDS_NOBODY, LACKS_SCOPES]
                .iter()
                .any(|other| exchange.response.contains(other)))
}

/// A look-up that finds nobody, which Zoom answers as a mistake.
pub(super) fn finds_nobody(exchange: &Exchange) -> bool {
    exchange.status == 400
        && query_has(exchange, "filter")
        && exchange.response.contains(FINDS_NOBODY)
}

fn query_has(exchange: &Exchange, key: &str) -> bool {
    let keys = exchange.query.as_deref().unwrap_or_default().split('&');
    keys.filter_map(|pair| pair.split('=').next())
        .any(|held| held == key)
}

/// Whether a filter asks for an address with a space in it, as a `+` arrives that was not encoded.
fn has_spaced_address(query: &str) -> bool {
    let spaces = query.replace('+', " ");
    let text = percent_encoding::percent_decode_str(&spaces).decode_utf8_lossy();
    let quoted = text.split('"').nth(1).unwrap_or_default();
    quoted.contains('@') && quoted.contains(' ')
}

/// One token, another for each that Zoom refuses or gives badly, and for each that is used up meanwhile.
fn allowed_tokens(run: &Run<'_>) -> usize {
    let exchanges = run.record.exchanges.iter();
    let taken_back = exchanges.filter(|exchange| match exchange.is_token() {
        true => exchange.fault.is_some() || !exchange.succeeded(),
        false => exchange.status == 401,
    });
    let used_up = run.record.took.as_secs() / TOKEN_IS_FRESH.as_secs();
    1 + taken_back.count() + usize::try_from(used_up).unwrap_or(usize::MAX)
}
