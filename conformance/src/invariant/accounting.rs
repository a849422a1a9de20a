//! I9: the summary adds up, and equals a recount by the oracle.

use super::{Findings, Invariant, Run};
use crate::driver::Summary;
use crate::oracle::ExpectedSummary;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let (Ok(answer), Some(expected)) = (&run.record.answer, run.expectation.summary) else {
        return;
    };
    let Some(summary) = &answer.summary else {
        return;
    };
    let sum = summary.success + summary.unsynced + summary.partial + summary.failed;
    findings.check(Invariant::I9, summary.impacted == sum, || {
        let expected = "Impacted = Success + Unsynced + Partial Synced + Failed".to_owned();
        (expected, format!("{} and {sum}", summary.impacted))
    });
    findings.check(Invariant::I9, agrees(summary, expected), || {
        (describe_expected(expected), describe(summary))
    });
}

fn agrees(summary: &Summary, expected: ExpectedSummary) -> bool {
    let open = expected.success_or_partial;
    summary.impacted == expected.impacted
        && summary.unsynced == expected.unsynced
        && summary.failed == expected.failed
        && (expected.success..=expected.success + open).contains(&summary.success)
        && (expected.partial..=expected.partial + open).contains(&summary.partial)
}

fn describe(summary: &Summary) -> String {
    format!(
        "impacted {}, success {}, unsynced {}, partial {}, failed {}",
        summary.impacted, summary.success, summary.unsynced, summary.partial, summary.failed
    )
}

fn describe_expected(expected: ExpectedSummary) -> String {
    let counts = describe(&Summary {
        impacted: expected.impacted,
        success: expected.success,
        unsynced: expected.unsynced,
        partial: expected.partial,
        failed: expected.failed,
    });
    match expected.success_or_partial {
        0 => counts,
        open => format!("{counts}, and {open} more either success or partial"),
    }
}
