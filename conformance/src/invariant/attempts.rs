//! I7: how often a request is sent that fails; and I8: who asks for a token that is not needed.

use std::collections::BTreeMap;

use super::wire::finds_nobody;
use super::{Findings, Invariant, Judgement, Run};
use crate::run::{Exchange, Met, Record};

/// How often a request that fails is sent at the most within [`WINDOW_MS`].
const MAX_FAILED: usize = 12;
/// Whoever looks once a minute whether Zoom is back does so seldom enough, in milliseconds.
const WINDOW_MS: i64 = 6 * 60 * 1_000;
/// How often a page without anybody on it is asked for at the most.
const MAX_EMPTY_PAGES: usize = 12;

/// In how many runs in a row the same update is sent that is never done.
pub(crate) const MAX_IN_VAIN: usize = 5;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = &run.record.exchanges;
    let mut failed: BTreeMap<(&str, &str, Option<&str>, &str), Vec<i64>> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|exchange| is_failure(exchange)) {
        let query = exchange.query.as_deref();
        failed
            .entry((&exchange.method, &exchange.path, query, &exchange.request))
            .or_default()
            .push(exchange.at_ms);
    }
    for ((method, path, ..), times) in failed {
        let is_hot = |window: &[i64]| match window {
            [first, .., last] => last - first <= WINDOW_MS,
            _ => false,
        };
        let hot = times.windows(MAX_FAILED + 1).any(is_hot);
        findings.check(Invariant::I7, !hot, || {
            (
                format!("one request that fails at most {MAX_FAILED} times within six minutes"),
                format!("{method} {path}: {} times", times.len()),
            )
        });
    }
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

/// The same update in one run after another, which Zoom takes and does not do.
pub(super) fn over_runs(records: &[Record], judgement: &mut Judgement) {
    let mut last: BTreeMap<&str, Sent<'_>> = BTreeMap::new();
    let mut directory = None;
    for record in records {
        // Whoever is changed may be worth another try; any change of the directory counts as that.
        if directory.replace(&record.directory) != Some(&record.directory) {
            last.clear();
        }
        let exchanges = record.exchanges.iter();
        for exchange in exchanges.filter(|exchange| is_confirmed(exchange)) {
            let same = last.get(exchange.path.as_str());
            let same = same.filter(|sent| sent.request == exchange.request);
            let runs = match same {
                Some(sent) if sent.step == record.step => sent.runs,
                Some(sent) => sent.runs + 1,
                None => 1,
            };
            let sent = Sent {
                request: &exchange.request,
                step: record.step,
                runs,
            };
            last.insert(&exchange.path, sent);
            let mut findings = Findings {
                judgement: &mut *judgement,
                step: record.step,
            };
            findings.check(Invariant::I7, runs <= MAX_IN_VAIN, || {
                (
                    format!("an update that is never done is sent in {MAX_IN_VAIN} runs at most"),
                    format!("PUT {}: in {runs} runs", exchange.path),
                )
            });
        }
    }
}

/// The last update of an account, and in how many runs in a row it was sent.
struct Sent<'a> {
    request: &'a str,
    step: usize,
    runs: usize,
}

/// A wait that is told, and kept, is no attempt; and a look-up that finds nobody has not failed.
fn is_failure(exchange: &Exchange) -> bool {
    let is_lost = exchange.fault.as_ref().is_some_and(|met| met.lost);
    (is_lost || !exchange.succeeded() && !finds_nobody(exchange)) && exchange.retry_after.is_none()
}

/// Whether Zoom says that an update is done, as far as the provisioner can tell.
fn is_confirmed(exchange: &Exchange) -> bool {
    let arrives = |met: &Met| met.phase == "before" && !met.lost;
    exchange.method == "PUT" && exchange.succeeded() && exchange.fault.as_ref().is_none_or(arrives)
}

fn is_empty_page(exchange: &Exchange) -> bool {
    let query = exchange.query.as_deref().unwrap_or_default();
    let is_page = exchange.operation.as_deref() == Some("users.list") && !query.contains("filter");
    // An answer that is no list has no page, and one that is lost shows none.
    let is_list = exchange.response.contains("totalResults");
    let is_lost = exchange.fault.as_ref().is_some_and(|met| met.lost);
    is_page && is_list && !is_lost && exchange.succeeded() && !exchange.response.contains("\"id\"")
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
