//! I9 and I19: exit code, audit, test of the connection, and what no output may hold.

use serde_json::Value;

use super::{Depth, Findings, Invariant, Run};
use crate::driver::Synced;
use crate::run::Exchange;

/// How every token of the mock begins, which is as Zoom's do: `{"sv":` in base64.
const TOKEN_START: &str = "eyJzdiI6";

pub(super) fn check(run: &Run<'_>, depth: Depth, findings: &mut Findings<'_>) {
    let Ok(answer) = &run.record.answer else {
        return;
    };
    if run.expectation.only_test {
        tested(run, findings);
        return;
    }
    if !answer.output.is_empty() {
        let mut secrets = run.secrets.iter().copied().chain([TOKEN_START]);
        let leaked = secrets.any(|secret| answer.output.contains(secret));
        findings.check(Invariant::I19, !leaked, || {
            let seen = "one of them".to_owned();
            (
                "neither a secret nor a token in the output".to_owned(),
                seen,
            )
        });
    }
    if depth == Depth::Safety {
        return;
    }
    exit_code(answer, findings);
    if !run.record.faulty && run.expectation.traffic {
        audit(answer, &run.record.exchanges, findings);
    }
}

/// A test that passes has seen that users can be read, with a token.
fn tested(run: &Run<'_>, findings: &mut Findings<'_>) {
    let exchanges = run.record.exchanges.iter();
    let mut reads = exchanges.filter(|exchange| {
        let operation = exchange.operation.as_deref().unwrap_or_default();
        exchange.succeeded() && operation.starts_with("users.") && !exchange.is_write()
    });
    findings.check(Invariant::I9, reads.next().is_some(), || {
        (
            "a test that passes has read users".to_owned(),
            "it has read none".to_owned(),
        )
    });
}

fn exit_code(answer: &Synced, findings: &mut Findings<'_>) {
    let (Some(code), Some(summary)) = (answer.exit_code, answer.summary) else {
        return;
    };
    findings.check(Invariant::I9, (code == 0) == (summary.failed == 0), || {
        (
            "exit code 0 if nobody failed, and only then".to_owned(),
            format!("exit code {code}, {} failed", summary.failed),
        )
    });
}

/// Each write has one line, with what came of it.
fn audit(answer: &Synced, exchanges: &[Exchange], findings: &mut Findings<'_>) {
    let Some(audit) = &answer.audit else { return };
    let writes = exchanges.iter().filter(|exchange| exchange.is_write());
    let (done, not): (Vec<&Exchange>, Vec<&Exchange>) =
        writes.partition(|exchange| exchange.succeeded());
    let lines: Vec<Option<Value>> = audit
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    let is_done = |line: &&Option<Value>| {
        let outcome = line.as_ref().and_then(|line| line.get("outcome"));
        outcome.and_then(Value::as_str) == Some("done")
    };
    let told = lines.iter().filter(is_done).count();
    let holds = lines.iter().all(Option::is_some)
        && told == done.len()
        && lines.len() == done.len() + not.len();
    findings.check(Invariant::I9, holds, || {
        (
            format!(
                "a line of JSON for each write: {} done, {} not",
                done.len(),
                not.len()
            ),
            format!("{} lines, {told} of them done", lines.len()),
        )
    });
}
