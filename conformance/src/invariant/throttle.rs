//! I6: the waits that Zoom tells.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Findings, Invariant, Run};
use crate::run::Exchange;

/// How many requests of one kind may be under way when a wait is told.
const UNDER_WAY: usize = 32;
/// Dates in headers are in whole seconds, so that a wait may end so much early, in milliseconds.
const ROUNDED_MS: i64 = 1_000;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = &run.record.exchanges;
    for (index, told) in exchanges.iter().enumerate() {
        let Some(until_ms) = wait_ends(told) else {
            continue;
        };
        let later = exchanges.get(index + 1..).unwrap_or_default();
        let early = |exchange: &&Exchange| exchange.at_ms < until_ms;
        let again = later.iter().filter(early).find(|next| is_same(told, next));
        findings.check(Invariant::I6, again.is_none(), || {
            let wait = told.retry_after.as_deref().unwrap_or_default();
            let early = again.map_or(0, |next| until_ms - next.at_ms);
            (
                format!(
                    "{} {} again after the wait `{wait}`",
                    told.method, told.path
                ),
                format!("again {early} ms before that"),
            )
        });
        let others = later.iter().filter(early);
        let others = others.filter(|next| next.operation == told.operation);
        let others = others.count();
        findings.check(Invariant::I6, others <= UNDER_WAY, || {
            (
                "no new request while Zoom has told to wait".to_owned(),
                format!("{others} of {}", told.path),
            )
        });
    }
}

/// Until when nothing is to be sent, in milliseconds of Unix time; nothing where no wait was told that can be
/// read, or where its answer did not arrive.
fn wait_ends(told: &Exchange) -> Option<i64> {
    let arrived = told.fault.as_ref().is_none_or(|met| !met.lost);
    if !matches!(told.status, 429 | 503) || !arrived {
        return None;
    }
    let text = told.retry_after.as_deref()?;
    if let Ok(seconds) = text.parse::<i64>() {
        return (seconds > 0).then(|| told.at_ms.saturating_add(seconds.saturating_mul(1_000)));
    }
    let date = DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
        .or_else(|| text.parse::<Timestamp>().ok())?;
    Some(date.as_millisecond() - ROUNDED_MS)
}

/// Whether it is the same request again; a create is the same if it is for the same address.
fn is_same(told: &Exchange, next: &Exchange) -> bool {
    told.method == next.method
        && told.path == next.path
        && told.query == next.query
        && told.request == next.request
}
