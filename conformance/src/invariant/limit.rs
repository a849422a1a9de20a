//! I10: a run that would remove more users than it may removes nobody.

use super::{Findings, Invariant, Run};
use crate::run::Exchange;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let Some(limit) = run.scenario.policies.removal_limit else {
        return;
    };
    let ids: Vec<&String> = run
        .expectation
        .held
        .iter()
        .filter_map(|account| run.ids.get(account))
        .collect();
    if ids.is_empty() {
        return;
    }
    let removals = run.record.exchanges.iter().filter(|exchange| {
        let is_removal = exchange.method == "DELETE" || exchange.method == "PATCH";
        is_removal && exchange.succeeded() && is_of(exchange, &ids)
    });
    let removals = removals.count();
    findings.check(Invariant::I10, removals == 0, || {
        (
            format!("no removal: more than {limit} would be"),
            format!("{removals} removals"),
        )
    });
}

fn is_of(exchange: &Exchange, ids: &[&String]) -> bool {
    let id = exchange.user_id();
    id.is_some_and(|id| ids.contains(&&id))
}
