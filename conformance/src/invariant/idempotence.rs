//! I5 and I7: no write where nothing is due, none twice where it was refused, few reads.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::{Findings, Invariant, Run};
use crate::oracle::{Decision, Effect, Row, fold};
use crate::run::Exchange;
use crate::scenario::Limits;

/// How many users Zoom puts on a page at the most.
const PAGE: usize = 100;
/// Refusals that say to come again: with another token, or later.
const PASSING: [u16; 4] = [401, 408, 425, 429];
/// How often one request is sent in a run at the most, whatever goes wrong.
const MAX_SENT: usize = 100;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let writes: Vec<&Exchange> = run
        .record
        .exchanges
        .iter()
        .filter(|exchange| exchange.is_write())
        .collect();
    writes_without_reason(run, &writes, findings);
    let is_write_due = |decision: &Decision| decision.effect.is_write();
    if !run.expectation.only_test && !run.expectation.decisions.iter().any(is_write_due) {
        reads(run, findings);
    }
}

/// What holds whatever goes wrong: nothing that was refused for good is sent again, and nothing without end.
pub(super) fn bounds(run: &Run<'_>, findings: &mut Findings<'_>) {
    let writes = run.record.exchanges.iter();
    let writes: Vec<&Exchange> = writes.filter(|exchange| exchange.is_write()).collect();
    repeated_refusals(run, &writes, findings);
    repetitions(&run.record.exchanges, findings);
}

/// For each account whose user needs nothing: no write. For each create that Zoom refuses: one.
fn writes_without_reason(run: &Run<'_>, writes: &[&Exchange], findings: &mut Findings<'_>) {
    for (key, id) in run.ids {
        let account = run.expectation.accounts.get(key);
        let repaired_early =
            !run.expectation.full && account.is_some_and(|account| account.edited_by_hand);
        let due =
            run.expectation.decisions.iter().any(|decision| {
                decision.account == Some(*key) && decision.effect != Effect::Nothing
            });
        if due || repaired_early {
            continue;
        }
        let sent = writes
            .iter()
            .find(|exchange| exchange.user_id().as_deref() == Some(id));
        findings.check(Invariant::I5, sent.is_none(), || {
            let name = account.map_or(id.as_str(), |account| account.user_name.as_str());
            (
                format!("no write to {name}: nothing is due"),
                sent.map(ToString::to_string).unwrap_or_default(),
            )
        });
    }
    let creates = |effects: &[Effect]| {
        run.expectation
            .decisions
            .iter()
            .filter(|decision| effects.contains(&decision.effect))
            .count()
    };
    let due = creates(&[
        Effect::Create,
        Effect::CreateInactive,
        Effect::RefusedCreate,
    ]);
    // Who learns of an account by the duplicate that a create is has sent one for whom they adopt.
    let adopted = run.expectation.decisions.iter().filter(|decision| {
        run.expectation.configuration.create && decision.rows.contains(&Row::O3)
    });
    let due = due + adopted.count();
    let sent = writes
        .iter()
        .filter(|exchange| exchange.method == "POST")
        .count();
    findings.check(Invariant::I5, sent <= due, || {
        (format!("at most {due} creates"), format!("{sent} creates"))
    });
}

fn repeated_refusals(run: &Run<'_>, writes: &[&Exchange], findings: &mut Findings<'_>) {
    let mut refused: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    let has_time = run.record.faulty || !run.record.took.is_zero();
    let is_final = |exchange: &Exchange| {
        // A refusal that does not arrive, or not as it was sent, may not be known for one.
        let is_lost = exchange
            .fault
            .as_ref()
            .is_some_and(|met| met.lost || met.phase == "body");
        let passes = has_time && PASSING.contains(&exchange.status);
        (400..500).contains(&exchange.status) && !is_lost && !passes
    };
    for exchange in writes.iter().filter(|exchange| is_final(exchange)) {
        *refused
            .entry((&exchange.method, &exchange.path, fold(&exchange.request)))
            .or_default() += 1;
    }
    for ((method, path, _), times) in refused {
        findings.check(Invariant::I7, times == 1, || {
            (
                "sent once: it was refused for good".to_owned(),
                format!("{method} {path}: {times} times"),
            )
        });
    }
}

/// Each request a few times at the most; waits that Zoom tells, which are kept, do not count.
fn repetitions(exchanges: &[Exchange], findings: &mut Findings<'_>) {
    let mut sent: BTreeMap<(&str, &str, Option<&str>, &str), usize> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.status != 429) {
        let query = exchange.query.as_deref();
        *sent
            .entry((&exchange.method, &exchange.path, query, &exchange.request))
            .or_default() += 1;
    }
    for ((method, path, ..), times) in sent {
        findings.check(Invariant::I7, times <= MAX_SENT, || {
            (
                format!("one request at most {MAX_SENT} times"),
                format!("{method} {path}: {times} times"),
            )
        });
    }
}

/// How many users a page holds that is asked for: as many as Zoom gives, or as few as the provisioner wants.
fn page(exchanges: &[Exchange], limits: Limits) -> usize {
    let most = limits.page_cap.map_or(PAGE, NonZeroUsize::get);
    let counts = exchanges.iter().filter_map(|exchange| {
        let mut keys = exchange.query.as_deref()?.split('&');
        keys.find_map(|key| key.strip_prefix("count="))?
            .parse()
            .ok()
    });
    counts.min().unwrap_or(PAGE).clamp(1, PAGE).min(most)
}

/// A run in which nothing is due reads the pages once, one page more to be sure, and at most each user
/// in scope or linked singly.
fn reads(run: &Run<'_>, findings: &mut Findings<'_>) {
    let reads = run
        .record
        .exchanges
        .iter()
        // One that needs another token is the same read again.
        .filter(|exchange| exchange.method == "GET" && exchange.status != 401)
        .count();
    let in_scope = run.record.directory.values();
    let in_scope = in_scope.filter(|user| super::gate::in_scope(run, user));
    let singly: BTreeSet<&str> = in_scope
        .map(|user| user.id.as_str())
        .chain(run.expectation.owners.values().map(String::as_str))
        .collect();
    let singly = singly.len();
    // Why Zoom refuses is looked into by one read more.
    let decisions = run.expectation.decisions.iter();
    let refused = decisions
        .filter(|decision| {
            matches!(
                decision.effect,
                Effect::RefusedCreate | Effect::RefusedUpdate
            )
        })
        .count();
    let pages = run
        .record
        .after
        .len()
        .div_ceil(page(&run.record.exchanges, run.scenario.limits))
        .max(1);
    let allowed = pages + 1 + singly + refused;
    findings.check(Invariant::I5, reads <= allowed, || {
        (
            format!("at most {allowed} reads: nothing is due"),
            format!("{reads} reads"),
        )
    });
}
