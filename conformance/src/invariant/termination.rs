//! I18: a run ends.

use std::time::Duration;

use super::{Findings, Invariant, Run};

/// How long a run may take in the time of a scenario, in which waits that Zoom tells are waited for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let record = run.record;
    findings.check(Invariant::I18, record.ended, || {
        let seen = record.answer.as_ref().err().cloned();
        ("the run ends".to_owned(), seen.unwrap_or_default())
    });
    findings.check(Invariant::I18, record.took <= LONGEST, || {
        (
            format!("the run ends within {} s", LONGEST.as_secs()),
            format!("it takes {} s", record.took.as_secs()),
        )
    });
}
