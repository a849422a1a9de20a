//! I13: no change of the directory is lost.

use std::collections::BTreeMap;

use super::convergence::differences;
use super::{Findings, Invariant, Run};
use crate::scenario::{DirectoryUser, Scenario, Step};

/// The directory as it was when everything was last as it has to be.
pub(super) type Settled = BTreeMap<String, DirectoryUser>;

/// Whoever changed since then is now as the oracle says, whatever went wrong meanwhile.
pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let (record, settled) = (run.record, &run.before_it.settled);
    for (key, user) in &run.expectation.owners {
        if record.directory.get(user) == settled.get(user) {
            continue;
        }
        let observed = run.ids.get(key).and_then(|id| run.after(id));
        let account = run.expectation.accounts.get(key);
        let lost = match (account, observed) {
            (Some(account), Some(observed)) => differences(account, observed, run.expectation.full),
            (Some(_), None) => vec![("an account".to_owned(), "none".to_owned())],
            (None, Some(observed)) => {
                vec![("no account".to_owned(), observed.user_name.clone())]
            }
            (None, None) => Vec::new(),
        };
        findings.check(Invariant::I13, lost.is_empty(), || {
            let (expected, seen): (Vec<_>, Vec<_>) = lost.into_iter().unzip();
            let when = last_change(run.scenario, user, record.step);
            let when = when.map_or_else(String::new, |step| format!(" since step {step}"));
            (
                format!("{user}{when}: {}", expected.join(", ")),
                format!("{user}: {}", seen.join(", ")),
            )
        });
    }
}

/// The last step up to this one in which the directory's record of a user changed.
fn last_change(scenario: &Scenario, id: &str, until: usize) -> Option<usize> {
    let steps = scenario.steps.iter().enumerate().take(until);
    let mut changes = steps.filter(|(_, step)| match step {
        Step::Put { user } => user.id == id,
        Step::Delete { user } => user == id,
        _ => false,
    });
    changes.next_back().map(|(index, _)| index)
}
