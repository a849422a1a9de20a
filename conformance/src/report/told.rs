//! What happened in a failed scenario, step by step, as the reports show it.

use serde::{Deserialize, Serialize};

use super::story::says;
use crate::run::{Exchange, Failure, Record};
use crate::scenario::Step;

/// How many failures are told with their steps and exchanges; the others are in their files.
pub(super) const MAX_TOLD: usize = 25;
/// How many steps before the first violation are told.
const MAX_STEPS: usize = 200;
/// How many exchanges of one step are told.
const MAX_EXCHANGES: usize = 60;
/// How much of a body is told, in characters.
const MAX_BODY: usize = 4_000;

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The directory.
    Directory,
    /// The provisioner, or its connection.
    Provisioner,
    /// Zoom.
    Zoom,
}

/// One step of a scenario that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldStep {
    /// Its index in the scenario.
    pub step: usize,
    /// Where it happens.
    pub lane: Lane,
    /// What happens, in a few words.
    pub says: String,
    /// The run that it is, where the provisioner acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<ToldRun>,
}

/// What was seen of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldRun {
    /// The exchanges with Zoom, the first of them where there are many.
    pub exchanges: Vec<Exchange>,
    /// How many more there were.
    pub more: usize,
    /// What the provisioner answered.
    pub answer: String,
}

/// What happened up to the first violation.
pub(super) fn told(failure: &Failure) -> Vec<ToldStep> {
    let violations = &failure.verdict.judgement.violations;
    let last = violations.first().map_or(0, |violation| violation.step);
    let steps = failure.scenario.steps.iter().enumerate().take(last + 1);
    steps
        .skip((last + 1).saturating_sub(MAX_STEPS))
        .map(|(step, what)| {
            let mut records = failure.verdict.records.iter();
            let record = records.find(|record| record.step == step);
            ToldStep {
                step,
                lane: lane(what),
                says: says(what),
                run: record.map(told_run),
            }
        })
        .collect()
}

fn told_run(record: &Record) -> ToldRun {
    let exchanges = record.exchanges.iter().take(MAX_EXCHANGES);
    ToldRun {
        exchanges: exchanges.map(shortened).collect(),
        more: record.exchanges.len().saturating_sub(MAX_EXCHANGES),
        answer: match &record.answer {
            _ if record.killed => "killed, without an answer".to_owned(),
            Ok(synced) => match synced.summary {
                Some(counts) => format!(
                    "{} impacted: {} success, {} unsynced, {} partial, {} failed",
                    counts.impacted, counts.success, counts.unsynced, counts.partial, counts.failed
                ),
                None => "done, without counts".to_owned(),
            },
            Err(error) => format!("error: {error}"),
        },
    }
}

fn shortened(exchange: &Exchange) -> Exchange {
    let cut = |body: &str| match body.char_indices().nth(MAX_BODY) {
        Some((end, _)) => format!("{}...", body.get(..end).unwrap_or(body)),
        None => body.to_owned(),
    };
    Exchange {
        request: cut(&exchange.request),
        response: cut(&exchange.response),
        ..exchange.clone()
    }
}

fn lane(step: &Step) -> Lane {
    match step {
        Step::Put { .. } | Step::Delete { .. } => Lane::Directory,
        Step::Zoom { .. } | Step::Fault { .. } | Step::Heal | Step::Advance { .. } => Lane::Zoom,
        Step::Configure { .. }
        | Step::Kill { .. }
        | Step::CutShort { .. }
        | Step::AllowRemovals { .. }
        | Step::Restart
        | Step::TestConnection
        | Step::Plan { .. }
        | Step::Sync { .. }
        | Step::DeleteRule { .. } => Lane::Provisioner,
    }
}
