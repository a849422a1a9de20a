//! I7: how often a request is sent that fails; and I8: who asks for a token that is not needed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Invariant, Judgement, Run};
use crate::run::{Exchange, Record};

/// How often a request that fails is sent in a run at the most.
const MAX_FAILED: usize = 12;
/// Whoever asks again no sooner than after so many milliseconds looks now and then whether Zoom answers again, and
/// does not insist; how long that goes on I18 says.
const NOW_AND_THEN_MS: i64 = 60_000;
/// How often somebody is looked up whom Zoom says that it does not have: for a minute after a create whose answer was
/// lost, and again after the next, with waits that grow.
const MAX_LOOKED_UP: usize = 24;
/// How often a page without anybody on it is asked for at the most.
const MAX_EMPTY_PAGES: usize = 12;

/// In how many runs in a row the same update is sent that is never done.
const MAX_IN_VAIN: usize = 5;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = &run.record.exchanges;
    failures(exchanges, findings);
    let mut done: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let writes = exchanges.iter().filter(|exchange| exchange.is_write());
    for exchange in writes.filter(|exchange| exchange.succeeded() && exchange.fault.is_none()) {
        *done
            .entry((&exchange.method, &exchange.path, &exchange.request))
            .or_default() += 1;
    }
    for ((method, path, _), times) in done {
        findings.check(Invariant::I7, times == 1, || {
            (
                "a write that is done is sent once".to_owned(),
                format!("{method} {path}: {times} times"),
            )
        });
    }
    let pages = exchanges.iter().filter(|exchange| is_empty_page(exchange));
    let pages = pages.count();
    findings.check(Invariant::I7, pages <= MAX_EMPTY_PAGES, || {
        (
            format!("at most {MAX_EMPTY_PAGES} pages that nobody is on"),
            format!("{pages} pages"),
        )
    });
    tokens_side_by_side(exchanges, findings);
}

/// How a request fared that failed.
struct Failed {
    times: usize,
    last_ms: i64,
    most: usize,
}

/// A request that fails is not sent again and again.
fn failures(exchanges: &[Exchange], findings: &mut Findings<'_>) {
    let mut failed: BTreeMap<(&str, &str, Option<&str>, &str), Failed> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|exchange| is_failure(exchange)) {
        let query = exchange.query.as_deref();
        let most = match finds_nobody(exchange) {
            true => MAX_LOOKED_UP,
            false => MAX_FAILED,
        };
        let request = failed
            .entry((&exchange.method, &exchange.path, query, &exchange.request))
            .or_insert(Failed {
                times: 0,
                last_ms: i64::MIN,
                most,
            });
        let since_ms = exchange.at_ms.saturating_sub(request.last_ms);
        let is_first = request.times == 0;
        request.times += usize::from(is_first || since_ms < NOW_AND_THEN_MS);
        request.last_ms = exchange.at_ms;
        request.most = request.most.min(most);
    }
    for ((method, path, ..), Failed { times, most, .. }) in failed {
        findings.check(Invariant::I7, times <= most, || {
            (
                format!("one request that fails at most {most} times"),
                format!("{method} {path}: {times} times"),
            )
        });
    }
}

/// A look-up by a filter, to which Zoom says that it has nobody of that address: an answer, as an empty list is one.
fn finds_nobody(exchange: &Exchange) -> bool {
    let query = exchange.query.as_deref().unwrap_or_default();
    exchange.operation.as_deref() == Some("users.list")
        && query.contains("filter=")
        && exchange.fault.is_none()
        && matches!(exchange.status, 400 | 404)
}

/// The same update in one run after another, which Zoom takes and does not do. Who does not get Zoom's answer does
/// not know that it was taken.
pub(super) fn over_runs(records: &[Record], judgement: &mut Judgement) {
    let mut last: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for record in records {
        let mut seen = BTreeSet::new();
        let taken = record.exchanges.iter().filter(|exchange| {
            let is_lost = exchange.fault.as_ref().is_some_and(|met| met.lost);
            exchange.method == "PUT" && exchange.succeeded() && !is_lost
        });
        for exchange in taken {
            if !seen.insert((&exchange.path, &exchange.request)) {
                continue;
            }
            let same = last.get(exchange.path.as_str());
            let times = same
                .filter(|(request, _)| *request == exchange.request)
                .map_or(1, |(_, times)| times + 1);
            last.insert(&exchange.path, (&exchange.request, times));
            let mut findings = Findings {
                judgement: &mut *judgement,
                step: record.step,
            };
            findings.check(Invariant::I7, times <= MAX_IN_VAIN, || {
                (
                    format!("an update that is never done is sent in {MAX_IN_VAIN} runs at most"),
                    format!("PUT {}: in {times} runs", exchange.path),
                )
            });
        }
    }
}

/// A wait that is told, and kept, is no attempt.
fn is_failure(exchange: &Exchange) -> bool {
    let is_lost = exchange.fault.as_ref().is_some_and(|met| met.lost);
    (is_lost || !exchange.succeeded()) && exchange.retry_after.is_none()
}

/// A list that nobody is on; what a fault has made unreadable is none.
fn is_empty_page(exchange: &Exchange) -> bool {
    let query = exchange.query.as_deref().unwrap_or_default();
    let is_page = exchange.operation.as_deref() == Some("users.list") && !query.contains("filter");
    let is_list = exchange.response.contains("\"totalResults\"");
    is_page && exchange.succeeded() && is_list && !exchange.response.contains("\"id\"")
}

/// One token serves all requests that are under way: nobody asks for another right after a good one.
fn tokens_side_by_side(exchanges: &[Exchange], findings: &mut Findings<'_>) {
    for pair in exchanges.windows(2) {
        let [one, next] = pair else { continue };
        if !one.is_token() {
            continue;
        }
        let good = one.succeeded() && one.fault.is_none();
        findings.check(Invariant::I8, !(good && next.is_token()), || {
            (
                "one token for all requests that are under way".to_owned(),
                "two tokens asked for side by side".to_owned(),
            )
        });
    }
}
