//! The layers before they are run: each a name, a size, and its scenarios one after the other.

use std::collections::BTreeMap;

use super::matches;
use crate::driver::Capabilities;
use crate::generate::{Story, cells, stories};
use crate::regressions::regressions;
use crate::report::{LayerSummary, SavedError};
use crate::run::{Layer, Shard};
use crate::scenario::{Scenario, Step};

/// One layer, of which a shard takes its part.
pub(super) struct Batch {
    pub(super) layer: Layer,
    /// Scenarios of the whole layer.
    pub(super) size: usize,
    /// Scenarios left out beside these, by the capability that the provisioner lacks.
    pub(super) skipped: BTreeMap<String, usize>,
    pub(super) scenarios: Box<dyn Iterator<Item = Scenario>>,
}

impl Batch {
    /// A layer of the scenarios whose ids fit the filter and that the provisioner is capable of.
    fn new<S: Iterator<Item = Scenario> + 'static>(
        layer: Layer,
        all: impl Fn() -> S,
        only: Option<&str>,
        able: Option<Capabilities>,
    ) -> Self {
        let mut size = 0;
        let mut skipped = BTreeMap::new();
        let selected = only.map(str::to_owned);
        let fits = move |scenario: &Scenario| {
            let only = selected.as_deref();
            only.is_none_or(|only| matches(only, &scenario.id))
        };
        for scenario in all().filter(|scenario| fits(scenario)) {
            match lacks(&scenario, able) {
                Some(capability) => *skipped.entry(capability.to_owned()).or_default() += 1,
                None => size += 1,
            }
        }
        let scenarios =
            all().filter(move |scenario| fits(scenario) && lacks(scenario, able).is_none());
        Self {
            layer,
            size,
            skipped,
            scenarios: Box::new(scenarios),
        }
    }

    /// What a report says of the layer before it is run.
    pub(super) fn planned(&self, shard: Option<Shard>) -> LayerSummary {
        let part = |shard: Shard| (0..self.size).filter(|place| shard.takes(*place)).count();
        LayerSummary {
            size: self.size,
            total: shard.map_or(self.size, part),
            skipped: self.skipped.clone(),
            ..LayerSummary::default()
        }
    }

    /// The scenarios that fall to a shard.
    pub(super) fn part(self, shard: Option<Shard>) -> impl Iterator<Item = Scenario> {
        let places = self.scenarios.enumerate();
        places
            .filter(move |(place, _)| shard.is_none_or(|shard| shard.takes(*place)))
            .map(|(_, scenario)| scenario)
    }
}

/// The layers in their order. Those through the program are for our own provisioner alone, of whose
/// capabilities there is nothing to ask.
///
/// # Errors
///
/// When a saved story cannot be read.
pub(super) fn batches(
    only: Option<&str>,
    able: Option<Capabilities>,
) -> Result<Vec<Batch>, SavedError> {
    let saved = regressions()?;
    let cells = || cells().map(|cell| cell.scenario());
    let whole_life = || {
        let suffix = format!("/{}", Story::WholeLife.id());
        stories().filter(move |story| story.id.ends_with(&suffix))
    };
    let mut batches = vec![
        Batch::new(Layer::Saved, || saved.clone().into_iter(), only, able),
        Batch::new(Layer::Cell, cells, only, able),
        Batch::new(Layer::Story, stories, only, able),
    ];
    if able.is_none() {
        batches.push(Batch::new(Layer::Program, whole_life, only, able));
    }
    Ok(batches)
}

/// The capability that a scenario needs and the provisioner lacks.
fn lacks(scenario: &Scenario, able: Option<Capabilities>) -> Option<&'static str> {
    let able = able?;
    let lacks = |step: &Step| match step {
        Step::DeleteRule { .. } if !able.rule_deletion => Some("rule_deletion"),
        Step::Kill { .. } | Step::Restart if !able.restart => Some("restart"),
        Step::TestConnection if !able.test_connection => Some("test_connection"),
        // The driver protocol has no message for it.
        Step::Plan { .. } => Some("plan"),
        Step::DeleteRule { .. }
        | Step::Kill { .. }
        | Step::Restart
        | Step::TestConnection
        | Step::Fault { .. }
        | Step::Heal
        | Step::Advance { .. }
        | Step::Put { .. }
        | Step::Delete { .. }
        | Step::Zoom { .. }
        | Step::Configure { .. }
        | Step::Sync { .. } => None,
    };
    scenario.steps.iter().find_map(lacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(shard: Option<Shard>) -> Vec<Vec<String>> {
        let batches = batches(Some("C1U0D1P1R1X1"), None).unwrap().into_iter();
        let ids = batches.map(|batch| batch.part(shard).map(|scenario| scenario.id).collect());
        ids.collect()
    }

    #[test]
    fn the_shards_of_a_run_are_its_scenarios_each_once() {
        let whole = ids(None);
        assert_eq!(
            whole.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 72, 11, 1]
        );
        let parts: Vec<_> = (1..=8)
            .map(|index| ids(Some(Shard { index, of: 8 })))
            .collect();
        for (layer, all) in whole.iter().enumerate() {
            let mut dealt: Vec<&String> = parts.iter().flat_map(|part| &part[layer]).collect();
            dealt.sort_unstable();
            let mut all: Vec<&String> = all.iter().collect();
            all.sort_unstable();
            assert_eq!(dealt, all);
        }
    }

    #[test]
    fn what_a_provisioner_cannot_do_is_left_out_and_counted() {
        let able = Capabilities::default();
        for batch in batches(Some("C1U1D1P1R1X1"), Some(able)).unwrap() {
            assert!(!batch.skipped.is_empty(), "{:?}", batch.layer);
            let size = batch.size;
            assert_eq!(batch.planned(None).total, size);
            assert_eq!(batch.part(None).count(), size);
        }
    }
}
