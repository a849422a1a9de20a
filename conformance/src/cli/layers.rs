//! The layers beyond cells and stories: which scenarios they have, and what becomes of their failures.

use std::sync::Arc;

use futures::FutureExt as _;

use super::{matches, say_error};
use crate::driver::{Capabilities, MakeDriver};
use crate::generate::{Pair, pairs};
use crate::machine;
use crate::run::{Batch, Failure, Layer, Suite, Tally};
use crate::scenario::{Scenario, Step};

/// How many failures are shrunk; the others are saved as they are.
const MAX_SHRUNK: usize = 5;

/// What is asked for beyond cells and stories.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// How many events follow each other.
    pub(super) depth: u8,
    /// How many sequences by chance.
    pub(super) cases: usize,
    /// Whether the provisioner is killed at each of its requests.
    pub(super) kills: bool,
}

/// The batches that are asked for: kills, pairs of events at depth two, and sequences by chance, every other one
/// with faults.
pub(super) fn batches(asked: Asked, seed: u64, only: Option<&str>) -> Vec<Batch> {
    let Asked {
        depth,
        cases,
        kills,
    } = asked;
    let mut batches = Vec::new();
    if kills {
        let selected = crate::generate::kills();
        let selected = selected.filter(|kill| only.is_none_or(|only| matches(only, &kill.id)));
        batches.push(Batch::of(Layer::Kill, selected.collect()));
    }
    if depth >= 2 {
        let selected: Vec<Pair> = pairs()
            .filter(|pair| only.is_none_or(|only| matches(only, &pair.to_string())))
            .collect();
        batches.push(Batch::new(Layer::DepthTwo, selected.len(), move |index| {
            let pair = selected.get(index).copied();
            pair.map_or_else(Scenario::empty, Pair::scenario)
        }));
    }
    if cases > 0 {
        let case = move |index: usize| {
            let number = u64::try_from(index).unwrap_or(u64::MAX);
            machine::scenario(seed, number, index % 2 == 1)
        };
        batches.push(match only {
            None => Batch::new(Layer::Random, cases, case),
            Some(only) => {
                let fits = |scenario: &Scenario| matches(only, &scenario.id);
                Batch::of(Layer::Random, (0..cases).map(case).filter(fits).collect())
            }
        });
    }
    batches
}

/// Leaves out what a foreign provisioner cannot do, and says so.
pub(super) fn for_whom(batches: Vec<Batch>, able: Capabilities) -> Vec<Batch> {
    let can = |step: &Step| match step {
        Step::DeleteRule { .. } => able.rule_deletion,
        Step::Kill { .. } | Step::Restart => able.restart,
        Step::TestConnection => able.test_connection,
        _ => true,
    };
    let left = batches.into_iter().map(|batch| {
        let possible: Vec<Scenario> = batch
            .scenarios()
            .filter(|scenario| scenario.steps.iter().all(can))
            .collect();
        let left_out = batch.len - possible.len();
        if left_out > 0 {
            let name = batch.layer.name();
            say_error(&format!(
                "skipped: {left_out} of the {name}, for the provisioner does not have all that they need"
            ));
        }
        Batch::of(batch.layer, possible)
    });
    left.collect()
}

/// Makes the first failures as short as they get: a story of a few lines instead of forty.
pub(super) fn shrink_failures(suite: &Suite, tally: &mut Tally, make: &Arc<MakeDriver>) {
    let long = tally
        .failures
        .iter_mut()
        .filter(|failure| failure.layer == Layer::Random);
    for failure in long.take(MAX_SHRUNK) {
        let violations = &failure.verdict.judgement.violations;
        let Some(first) = violations.first().map(|violation| violation.invariant) else {
            continue;
        };
        let mut shortest: Option<Failure> = None;
        let mut fails = async |candidate: &Scenario| {
            let batch = Batch::of(Layer::Random, vec![candidate.clone()]);
            let tally = suite.run_batch(&batch, make, &mut || {});
            let failure = tally
                .ok()
                .and_then(|tally| tally.failures.into_iter().next());
            let violates = |failure: &Failure| {
                let mut violations = failure.verdict.judgement.violations.iter();
                violations.any(|violation| violation.invariant == first)
            };
            let failure = failure.filter(violates);
            let is_one = failure.is_some();
            shortest = failure.or(shortest.take());
            is_one
        };
        // Nothing in it waits: each candidate is run to its end when it is asked about.
        let shrunk = machine::shrink(failure.scenario.clone(), &mut fails);
        if shrunk.now_or_never().is_some()
            && let Some(shortest) = shortest
        {
            *failure = shortest;
        }
    }
}
