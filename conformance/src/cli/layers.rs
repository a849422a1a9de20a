//! The layers beyond cells and stories: which scenarios they have, and what becomes of their failures.

use std::sync::Arc;
use std::time::Duration;

use super::batch::Selection;
use super::policy::HeldTo;
use crate::clock::Stopwatch;
use crate::driver::MakeDriver;
use crate::generate::{Array, Pair, in_real_time, pairs};
use crate::machine;
use crate::run::{Batch, Failure, Layer, Suite, Tally};
use crate::scenario::Scenario;

/// How many failures are shrunk; the others are saved as they are.
const MAX_SHRUNK: usize = 5;

/// What is asked for beyond cells and stories.
#[derive(Debug, Clone, Copy)]
pub(super) struct More {
    /// How many events follow each other.
    pub(super) depth: u8,
    /// How many sequences by chance.
    pub(super) cases: usize,
    /// Whether the provisioner is killed at each of its requests.
    pub(super) kills: bool,
    /// Whether the covering array is run.
    pub(super) arrays: bool,
    /// Whether what goes wrong for good is run.
    pub(super) live: bool,
    /// Whether thousands of users are run.
    pub(super) scale: bool,
}

/// The batches that are asked for: kills, pairs of events at depth two, and sequences by chance, every other one
/// with faults.
pub(super) fn beyond(more: More, seed: u64, held_to: Option<HeldTo>) -> Vec<Batch> {
    let More {
        depth,
        cases,
        kills,
        arrays,
        live,
        scale,
    } = more;
    let mut batches = Vec::new();
    if kills {
        let kills = crate::generate::kills().collect();
        batches.push(Batch::of(Layer::Kill, kills));
    }
    if arrays {
        let rows = crate::generate::arrays();
        batches.push(Batch::new(Layer::Array, rows.len(), move |index| {
            let row = rows.get(index);
            row.map_or_else(Scenario::empty, Array::scenario)
        }));
    }
    if live {
        let ordeals = crate::generate::live().collect();
        batches.push(Batch::of(Layer::Live, ordeals));
    }
    if scale {
        let scales = crate::generate::scale(crate::generate::USERS).collect();
        batches.push(Batch::of(Layer::Scale, scales));
    }
    if depth >= 2 {
        let all: Vec<Pair> = pairs().collect();
        batches.push(Batch::new(Layer::DepthTwo, all.len(), move |index| {
            let pair = all.get(index).copied();
            pair.map_or_else(Scenario::empty, Pair::scenario)
        }));
    }
    if cases > 0 {
        let numbered = |index: usize| (u64::try_from(index).unwrap_or(u64::MAX), index % 2 == 1);
        let batch = Batch::new(Layer::Random, cases, move |index| {
            let (number, faults) = numbered(index);
            let policies = |drawn| held_to.map_or(drawn, |held_to| held_to.of(drawn));
            machine::scenario_under(&policies, seed, number, faults)
        });
        batches.push(batch.ending(move |index| {
            let (number, faults) = numbered(index);
            machine::ending(seed, number, faults)
        }));
    }
    batches
}

/// How long the failures of a process of its own are shrunk, which takes its time with each history.
const LONGEST_SHRINKING: Duration = Duration::from_secs(60);

/// Makes the first failures as short as they get: a story of a few lines instead of forty. Cells, stories and what is
/// saved are short already. What is tried keeps to what the selection promises.
pub(super) fn shrink_failures(
    suite: &Suite,
    tally: &mut Tally,
    make: &Arc<MakeDriver>,
    selection: Selection<'_>,
) {
    let began = Stopwatch::start();
    let is_foreign = selection.able.is_some();
    let may_be = |candidate: &Scenario| {
        let to = selection.held_to;
        let is_short = || in_real_time(candidate.clone()).as_ref() == Some(candidate);
        to.is_none_or(|to| to.of(candidate.policies) == candidate.policies)
            && (!is_foreign || (is_short() && began.elapsed() < LONGEST_SHRINKING))
    };
    let is_long = |layer| match layer {
        Layer::Random | Layer::DepthTwo | Layer::Kill | Layer::Array | Layer::Live => true,
        Layer::Saved | Layer::Cell | Layer::Story | Layer::Program | Layer::Scale => false,
    };
    let failures = tally.failures.iter_mut();
    let long = failures.filter(|failure| is_long(failure.layer));
    for failure in long.take(MAX_SHRUNK) {
        let layer = failure.layer;
        let violations = &failure.verdict.judgement.violations;
        let Some(first) = violations.first().map(|violation| violation.invariant) else {
            continue;
        };
        // The last that fails is the shortest.
        let mut shortest: Option<Failure> = None;
        machine::shrink(failure.scenario.clone(), &mut |candidate| {
            if !may_be(candidate) {
                return false;
            }
            let batch = Batch::of(layer, vec![candidate.clone()]);
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
        });
        if let Some(shortest) = shortest {
            *failure = Failure {
                index: failure.index,
                ..shortest
            };
        }
    }
}
