//! From what was counted to the result for machines, and what a result is worth.

use std::collections::{BTreeMap, BTreeSet};

use super::faults;
use super::json::{
    Asked, Counts, FORMAT, FailureSummary, LayerSummary, NotRunSummary, Outcome, Square, Summary,
};
use super::told::{MAX_TOLD, told};
use crate::generate::CELLS;
use crate::invariant::Invariant;
use crate::oracle::Row;
use crate::run::{Layer, Shard, Sometimes, Tally};

/// From how many sequences by chance on everything has to happen that happens sometimes.
const ENOUGH_CASES: usize = 10_000;

/// What a run was to do, beside what came of it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What was asked for.
    pub asked: Asked,
    /// Which part of it this is.
    pub shard: Option<Shard>,
    /// The layers; of each `size`, `total`, `skipped` and `seconds` are given.
    pub layers: BTreeMap<Layer, LayerSummary>,
    /// The seed of the mock's ids.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Summary {
    /// The result of `tally`; `files` are those of its failures, in the same order.
    #[must_use]
    pub fn new(planned: Planned, tally: &Tally, files: &[Option<String>]) -> Self {
        let place = |within| planned.shard.map_or(within, |shard| shard.place(within));
        let files = files.iter().cloned().chain(std::iter::repeat(None));
        let failures = tally.failures.iter().zip(files).enumerate();
        let failures = failures.map(|(nth, (failure, file))| FailureSummary {
            layer: failure.layer,
            place: place(failure.index),
            id: failure.scenario.id.clone(),
            title: failure.scenario.title.clone(),
            again: file.as_deref().map(|file| again(&planned.asked, file)),
            file,
            violations: failure.verdict.judgement.violations.clone(),
            told: if nth < MAX_TOLD {
                told(failure)
            } else {
                Vec::new()
            },
        });
        let not_run = tally.not_run.iter().map(|not_run| NotRunSummary {
            layer: not_run.layer,
            place: place(not_run.index),
            id: not_run.id.clone(),
            error: not_run.error.to_string(),
        });
        Self {
            format: FORMAT,
            shard: planned.shard,
            result: Outcome::Holds,
            lacking: Vec::new(),
            configurations: 0,
            cells: Counts::default(),
            stories: Counts::default(),
            programs: Counts::default(),
            sometimes: tally.sometimes.clone(),
            faults: faults::listed(&tally.faults),
            invariants: tally.counts.clone(),
            rows: tally.rows.clone(),
            failures: failures.collect(),
            not_run: not_run.collect(),
            seed: planned.seed,
            seconds: planned.seconds,
            layers: counted(planned.layers, tally),
            run: planned.asked,
        }
        .settled()
    }

    /// With everything filled in that follows from the rest.
    #[must_use]
    pub(super) fn settled(mut self) -> Self {
        let counts = |layer| self.layers.get(&layer).map_or(Counts::default(), counts);
        (self.cells, self.stories, self.programs) = (
            counts(Layer::Cell),
            counts(Layer::Story),
            counts(Layer::Program),
        );
        let cells = self.layers.get(&Layer::Cell);
        let squares = cells.into_iter().flat_map(|layer| layer.squares.keys());
        let configurations = squares.filter_map(|square| square.split('/').next());
        self.configurations = configurations.collect::<BTreeSet<_>>().len();
        self.lacking = self.lacks();
        self.result = if !self.failures.is_empty() {
            Outcome::Violated
        } else if !self.not_run.is_empty() {
            Outcome::NotRun
        } else if self.lacking.is_empty() {
            Outcome::Holds
        } else {
            Outcome::Uncovered
        };
        self
    }

    /// What a green result would lack: scenarios that were not run; and in a whole and unfiltered run cells
    /// that do not exist, rows that decided nothing, invariants that judged nothing.
    fn lacks(&self) -> Vec<String> {
        let mut lacking = Vec::new();
        for (layer, of) in &self.layers {
            let run = of.passed + of.failed;
            if run < of.total {
                let name = layer.name();
                lacking.push(format!("{run} of {} {name} were run", of.total));
            }
        }
        if self.layers.values().all(|layer| layer.total == 0) {
            lacking.push("there was nothing to run".to_owned());
        }
        if self.run.only.is_some() || self.shard.is_some() {
            return lacking;
        }
        let cells = self.cells.total;
        if cells < CELLS {
            lacking.push(format!("{cells} of {CELLS} cells could be run"));
        }
        let rows = Row::ALL.iter().filter(|row| !self.rows.contains(row));
        lacking.extend(rows.map(|row| format!("{row} decided nothing")));
        let random = self.layers.get(&Layer::Random);
        if random.is_some_and(|random| random.total >= ENOUGH_CASES) {
            let all = Sometimes::ALL.into_iter();
            let never = all.filter(|what| !self.sometimes.contains_key(what));
            lacking.extend(never.map(|what| format!("it never happened that {}", what.says())));
        }
        lacking.extend(faults::lacks(self));
        let judged = |invariant: &&Invariant| {
            let count = self.invariants.get(invariant);
            count.is_some_and(|count| count.checked > 0)
        };
        let idle = Invariant::ALL
            .iter()
            .filter(|invariant| !invariant.needs_trouble() && !judged(invariant));
        lacking.extend(idle.map(|invariant| format!("{invariant} had nothing to judge")));
        lacking
    }
}

fn counts(layer: &LayerSummary) -> Counts {
    Counts {
        total: layer.total,
        passed: layer.passed,
        failed: layer.failed,
    }
}

/// The layers with what came of them.
fn counted(
    mut layers: BTreeMap<Layer, LayerSummary>,
    tally: &Tally,
) -> BTreeMap<Layer, LayerSummary> {
    for (layer, summary) in &mut layers {
        let mut add = |id: &str, passed: usize| {
            let square = layer.square(id).to_owned();
            let square = summary.squares.entry(square).or_default();
            square.add(Square { passed, run: 1 });
        };
        for id in tally.passed.get(layer).into_iter().flatten() {
            add(id, 1);
        }
        let failures = tally.failures.iter();
        for failure in failures.filter(|failure| failure.layer == *layer) {
            add(&failure.scenario.id, 0);
        }
        summary.passed = tally.passed(*layer);
        summary.failed = tally.failed(*layer);
    }
    layers
}

/// The command that runs a failed scenario again.
fn again(asked: &Asked, file: &str) -> String {
    let file = shlex::try_quote(file).unwrap_or(file.into());
    let driver = asked.driver.iter().map(|driver| format!(" {driver}"));
    let driver: String = driver.collect();
    format!("zoom-conformance replay {file}{driver}")
}
