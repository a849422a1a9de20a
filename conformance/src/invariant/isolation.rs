//! I12: what fails for one user changes nothing for the others.

use super::convergence::differences;
use super::{Findings, Invariant, Run};
use crate::oracle::fold;
use crate::run::Exchange;

/// Effects by which Zoom refuses everything, whomever a request is about.
const OF_ALL: [&str; 4] = [
    "scope_removed",
    "permission_removed",
    "sso_disabled",
    "plan_without_scim",
];
/// Answers that speak of one user, and of nobody else.
const OF_ONE_USER: [u16; 5] = [400, 403, 409, 422, 500];

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let record = run.record;
    let exchanges = record.exchanges.iter();
    let mut met = exchanges
        .filter(|exchange| exchange.fault.is_some())
        .peekable();
    let (Some(user), false, true) = (&record.hit_user, record.killed, met.peek().is_some()) else {
        return;
    };
    // Whoever was not read is as they were.
    if !record.unread.is_empty() {
        return;
    }
    let is_of_one = |exchange: &Exchange| {
        let met = exchange.fault.as_ref();
        OF_ONE_USER.contains(&exchange.status)
            && met.is_none_or(|met| !OF_ALL.contains(&met.effect.as_str()))
    };
    if !met.all(is_of_one) {
        return;
    }
    // Whoever shares an address with them is hit as well.
    for (key, account) in &run.expectation.accounts {
        let owner = run.expectation.owners.get(key);
        let record = owner.and_then(|id| record.directory.get(id));
        let Some(record) = record else { continue };
        let addresses = [fold(&record.username), fold(&account.user_name)];
        if addresses.contains(&fold(user)) {
            continue;
        }
        let observed = run.ids.get(key).and_then(|id| run.after(id));
        let differs = match observed {
            Some(observed) => differences(account, observed, run.expectation.full),
            None => vec![("an account".to_owned(), "none".to_owned())],
        };
        findings.check(Invariant::I12, differs.is_empty(), || {
            let (expected, seen): (Vec<_>, Vec<_>) = differs.into_iter().unzip();
            let of = |what: Vec<String>| format!("{}: {}", account.user_name, what.join(", "));
            (of(expected), of(seen))
        });
    }
}
