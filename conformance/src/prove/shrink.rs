//! The smallest history that still shows the same violation.

use super::Bench;
use crate::invariant::Invariant;
use crate::run::SuiteError;
use crate::scenario::Scenario;
use crate::seeded_bugs::Reference;

/// How often a history is run while it is shrunk.
const MAX_RUNS: usize = 250;

/// Leaves out steps, many at a time and then one by one, as long as the invariant is still the first that is
/// violated.
pub(super) fn shrink(
    scenario: Scenario,
    invariant: Invariant,
    bench: &Bench<'_>,
    provisioner: &mut Reference,
) -> Result<Scenario, SuiteError> {
    let mut best = scenario;
    let mut size = best.steps.len() / 2;
    let mut runs = 0;
    while size > 0 {
        let mut start = 0;
        let mut smaller = false;
        while start < best.steps.len() && runs < MAX_RUNS {
            let end = (start + size).min(best.steps.len());
            let mut candidate = best.clone();
            candidate.steps.drain(start..end);
            runs += 1;
            let violation = bench.violation(&candidate, provisioner)?;
            if violation.is_some_and(|violation| violation.invariant == invariant) {
                best = candidate;
                smaller = true;
            } else {
                start = end;
            }
        }
        // One step may be needed only because of another that has gone since.
        if !(smaller && size == 1) {
            size /= 2;
        }
        if runs >= MAX_RUNS {
            break;
        }
    }
    Ok(best)
}
