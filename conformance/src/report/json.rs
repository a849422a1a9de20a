//! The result for machines.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::generate::Cell;
use crate::invariant::{Count, Invariant, Violation};
use crate::oracle::Row;
use crate::run::{Layer, Sometimes, Tally};

/// The result of a run as one JSON object.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// How many configurations had at least one cell.
    pub configurations: usize,
    /// The exhaustive cells.
    pub cells: Counts,
    /// The stories through the library.
    pub stories: Counts,
    /// The stories through the program.
    pub programs: Counts,
    /// Each layer that was asked for, by name.
    pub layers: BTreeMap<&'static str, Counts>,
    /// What happened, of that which has to happen sometimes when faults are about.
    pub sometimes: BTreeMap<Sometimes, u64>,
    /// How much each invariant had to judge.
    pub invariants: BTreeMap<Invariant, Count>,
    /// The oracle's rows that decided something.
    pub rows: BTreeSet<Row>,
    /// What failed.
    pub failures: Vec<FailureSummary>,
    /// What came to no verdict.
    pub not_run: Vec<NotRunSummary>,
    /// The seed of the mock's ids.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
}

/// How many of how many hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Scenarios that were to be run.
    pub total: usize,
    /// Those that hold.
    pub passed: usize,
    /// Those in which something is violated.
    pub failed: usize,
}

/// A failed scenario.
#[derive(Debug, Serialize)]
pub struct FailureSummary {
    /// The scenario's id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The file that `replay` takes.
    pub file: Option<String>,
    /// What is violated.
    pub violations: Vec<Violation>,
}

/// A scenario without a verdict.
#[derive(Debug, Serialize)]
pub struct NotRunSummary {
    /// The scenario's id.
    pub id: String,
    /// Why.
    pub error: String,
}

impl Summary {
    /// The result of `tally`; `files` are those of its failures, in the same order; `planned` is how many
    /// scenarios each layer was to have.
    #[must_use]
    pub fn new(
        cells: &[Cell],
        tally: &Tally,
        files: &[Option<String>],
        planned: &BTreeMap<Layer, usize>,
        seed: u64,
        seconds: f64,
    ) -> Self {
        let configurations: BTreeSet<_> = cells.iter().map(|cell| cell.configuration).collect();
        let counts = |layer| Counts {
            total: planned.get(&layer).copied().unwrap_or(0),
            passed: tally.passed(layer),
            failed: tally.failed(layer),
        };
        let files = files.iter().cloned().chain(std::iter::repeat(None));
        Self {
            configurations: configurations.len(),
            cells: counts(Layer::Cell),
            stories: counts(Layer::Story),
            programs: counts(Layer::Program),
            layers: planned
                .keys()
                .map(|layer| (layer.name(), counts(*layer)))
                .collect(),
            sometimes: tally.sometimes.clone(),
            invariants: tally.counts.clone(),
            rows: tally.rows.clone(),
            failures: tally
                .failures
                .iter()
                .zip(files)
                .map(|(failure, file)| FailureSummary {
                    id: failure.scenario.id.clone(),
                    title: failure.scenario.title.clone(),
                    file,
                    violations: failure.verdict.judgement.violations.clone(),
                })
                .collect(),
            not_run: tally
                .not_run
                .iter()
                .map(|not_run| NotRunSummary {
                    id: not_run.id.clone(),
                    error: not_run.error.to_string(),
                })
                .collect(),
            seed,
            seconds,
        }
    }
}
