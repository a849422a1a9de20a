//! I8, I16 and I17: tokens, well-formed requests, and where the secret went.

use serde_json::Value;

use super::{Findings, Invariant, Run};

/// What Zoom says of a filter it does not support.
const FILTER_REFUSED: &str = "The current filter is not supported";

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = &run.record.exchanges;
    let tokens = exchanges
        .iter()
        .filter(|exchange| exchange.is_token())
        .count();
    findings.check(Invariant::I8, tokens <= 1, || {
        ("at most one token in a run".to_owned(), format!("{tokens}"))
    });
    for exchange in exchanges {
        let known = exchange.operation.is_some();
        findings.check(Invariant::I16, known, || {
            (
                "a request that Zoom's API has".to_owned(),
                exchange.to_string(),
            )
        });
        let filter_ok = !exchange.response.contains(FILTER_REFUSED);
        findings.check(Invariant::I16, filter_ok, || {
            (
                "a filter that Zoom supports".to_owned(),
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
        findings.check(Invariant::I17, !leaked, || {
            let seen = format!("{} {}", exchange.method, exchange.path);
            ("no secret in a URL or a SCIM body".to_owned(), seen)
        });
    }
}
