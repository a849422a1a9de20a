//! I15: whenever it is killed, a provisioner that is started again keeps to I1, I2, I3 and I4.

use super::{Findings, Invariant, Judgement};

/// What a kill must not break.
const KEPT: [Invariant; 4] = [Invariant::I1, Invariant::I2, Invariant::I3, Invariant::I4];

/// `judged` is what was found of a run in which the provisioner was killed, or of a later one: what a kill left may
/// show long afterwards.
pub(super) fn check(kill: usize, judged: &mut Judgement, step: usize) {
    let violations = judged.violations.iter();
    let broken = violations
        .clone()
        .find(|violation| KEPT.contains(&violation.invariant));
    let broken = broken.cloned();
    let mut findings = Findings {
        judgement: judged,
        step,
    };
    findings.check(Invariant::I15, broken.is_none(), || {
        let told = broken.map(|broken| {
            let invariant = broken.invariant;
            (
                format!(
                    "{}, {invariant}, whatever the kill in step {kill} left",
                    broken.expected
                ),
                broken.seen,
            )
        });
        told.unwrap_or_default()
    });
}
