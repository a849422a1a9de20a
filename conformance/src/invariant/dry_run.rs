//! I11: a dry run writes nothing, and the run after it writes what was planned.

use super::{Findings, Invariant, Run};
use crate::driver::Planned;
use crate::run::Exchange;
use crate::scenario::DisabledAtCreation;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let Some(plan) = &run.record.plan else { return };
    let written = plan.exchanges.iter().find(|exchange| exchange.is_write());
    let silent = written.is_none() && plan.left_alone;
    findings.check(Invariant::I11, silent, || {
        let seen = written.map_or("another state at Zoom".to_owned(), ToString::to_string);
        ("nothing is written in a dry run".to_owned(), seen)
    });
    if run.record.faulty {
        return;
    }
    let exchanges = &run.record.exchanges;
    let (sent, learnt) = (sent(exchanges), refused_creates(exchanges));
    let is_as_planned = plan.answer.as_ref().is_ok_and(|planned| {
        // Who is refused cannot be made inactive, which was planned as well.
        let inactive =
            run.scenario.policies.disabled_at_creation == DisabledAtCreation::CreateInactive;
        let most = sent.changes + if inactive { learnt } else { 0 };
        let changes = sent.changes.saturating_sub(learnt)..=most;
        (planned.creates, planned.deletes) == (sent.creates, sent.deletes)
            && changes.contains(&planned.changes)
    });
    findings.check(Invariant::I11, is_as_planned, || {
        let expected = match &plan.answer {
            Ok(planned) => describe(planned),
            Err(error) => format!("a plan, not an error: {error}"),
        };
        (expected, describe(&sent))
    });
}

/// Who creates first learns from the refusal alone that there is an account, and what has to be changed in it.
fn refused_creates(exchanges: &[Exchange]) -> usize {
    let refused = |exchange: &&Exchange| {
        exchange.method == "POST" && exchange.is_write() && (400..500).contains(&exchange.status)
    };
    exchanges.iter().filter(refused).count()
}

/// What was written: for each account once, however many requests that took.
fn sent(exchanges: &[Exchange]) -> Planned {
    let mut sent = Planned::default();
    let mut changed = std::collections::BTreeSet::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.is_write()) {
        match exchange.method.as_str() {
            "POST" => sent.creates += 1,
            "DELETE" => sent.deletes += 1,
            _ => sent.changes += usize::from(changed.insert(exchange.path.as_str())),
        }
    }
    sent
}

fn describe(planned: &Planned) -> String {
    format!(
        "{} creates, {} changes, {} deletions",
        planned.creates, planned.changes, planned.deletes
    )
}
