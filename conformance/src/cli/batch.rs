//! The layers before they are run: what is selected of each, and what of that falls to a shard.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::policy::HeldTo;
use super::{matches, may_match};
use crate::driver::Capabilities;
use crate::generate::{CELLS, Cell, Story, cells, in_real_time, mishaps, stories};
use crate::machine::is_fair;
use crate::regressions::regressions;
use crate::report::{LayerSummary, SavedError};
use crate::run::{Batch, Layer, Shard};
use crate::scenario::{Scenario, Step};
use crate::seeded_bugs::stories as directed;

/// Why a scenario is left out whose judgement would not be sound under what the provisioner is held to.
const OTHER_POLICIES: &str = "other policies";

/// Why one is left out that would let a process of its own wait for longer than it is promised.
const LONG_WAITS: &str = "long waits";

/// What is selected of a layer: a name, a size, and scenarios that are made when their turn comes.
pub(super) struct Selected {
    batch: Batch,
    /// The numbers of the selected scenarios; absent where all are.
    places: Option<Arc<Vec<usize>>>,
    /// Scenarios left out beside these, by what they need: a capability, or one of the reasons above.
    skipped: BTreeMap<String, usize>,
    /// Whether they are for a provisioner in a process of its own.
    in_real_time: bool,
}

/// By what is selected.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Selection<'a> {
    /// A filter of ids.
    pub(super) only: Option<&'a str>,
    /// What a foreign provisioner can do; our own can do everything.
    pub(super) able: Option<Capabilities>,
    /// What the provisioner is held to; as the scenarios have it where that is absent.
    pub(super) held_to: Option<HeldTo>,
}

impl Selected {
    fn of(batch: Batch, selection: Selection<'_>) -> Self {
        let mut skipped = BTreeMap::new();
        let Selection {
            only,
            able,
            held_to,
        } = selection;
        if only.is_none() && able.is_none() && held_to.is_none() {
            return Self {
                batch,
                places: None,
                skipped,
                in_real_time: false,
            };
        }
        let mut places = Vec::new();
        for place in 0..batch.len {
            // Of half a million sequences those alone are made that may be meant.
            if let (Some(only), Some(ending)) = (only, batch.ending_of(place))
                && !may_match(only, &ending)
            {
                continue;
            }
            let mut scenario = batch.scenario(place);
            if !only.is_none_or(|only| matches(only, &scenario.id)) {
                continue;
            }
            if let Some(capability) = lacks(&scenario, able) {
                *skipped.entry(capability.to_owned()).or_default() += 1;
                continue;
            }
            let policies = held_to.map_or(scenario.policies, |to| to.of(scenario.policies));
            if policies != scenario.policies && is_fair(&scenario) {
                scenario.policies = policies;
                if !is_fair(&scenario) {
                    *skipped.entry(OTHER_POLICIES.to_owned()).or_default() += 1;
                    continue;
                }
            }
            scenario.policies = policies;
            if able.is_some() && in_real_time(scenario.clone()).is_none() {
                *skipped.entry(LONG_WAITS.to_owned()).or_default() += 1;
                continue;
            }
            places.push(place);
        }
        Self {
            batch,
            places: Some(Arc::new(places)),
            skipped,
            in_real_time: able.is_some(),
        }
    }

    pub(super) fn layer(&self) -> Layer {
        self.batch.layer
    }

    /// How many there are, in all shards.
    pub(super) fn size(&self) -> usize {
        self.places
            .as_ref()
            .map_or(self.batch.len, |places| places.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.size() == 0 && self.skipped.is_empty()
    }

    /// What a report says of the layer before it is run.
    pub(super) fn planned(&self, shard: Option<Shard>) -> LayerSummary {
        LayerSummary {
            size: self.size(),
            total: shard.map_or(self.size(), |shard| shard.share(self.size())),
            skipped: self.skipped.clone(),
            ..LayerSummary::default()
        }
    }

    /// The scenarios that fall to a shard, under other policies where they are asked for.
    pub(super) fn part(self, shard: Option<Shard>, held_to: Option<HeldTo>) -> Batch {
        let len = shard.map_or(self.size(), |shard| shard.share(self.size()));
        let Self {
            batch,
            places,
            in_real_time: is_real,
            ..
        } = self;
        Batch::new(batch.layer, len, move |within| {
            let selected = shard.map_or(within, |shard| shard.place(within));
            let place = match &places {
                Some(places) => places.get(selected).copied().unwrap_or(selected),
                None => selected,
            };
            let mut scenario = batch.scenario(place);
            if let Some(held_to) = held_to {
                scenario.policies = held_to.of(scenario.policies);
            }
            match is_real {
                true => in_real_time(scenario).unwrap_or_else(Scenario::empty),
                false => scenario,
            }
        })
    }
}

/// The layers in their order, those `beyond` cells and stories last. Those through the program are for our own
/// provisioner alone.
///
/// # Errors
///
/// When a saved story cannot be read.
pub(super) fn batches(
    beyond: Vec<Batch>,
    selection: Selection<'_>,
) -> Result<Vec<Selected>, SavedError> {
    let whole_life = || {
        let suffix = format!("/{}", Story::WholeLife.id());
        stories().filter(move |story| story.id.ends_with(&suffix))
    };
    let all: Vec<Cell> = cells().collect();
    let cell = move |place: usize| {
        let cell = all.get(place).copied();
        cell.map_or_else(Scenario::empty, Cell::scenario)
    };
    let is_ours = selection.able.is_none();
    // What is seeded asks for more than the driver protocol promises: waits of hours, dry runs.
    let seeded = directed().filter(|_| is_ours);
    let mut batches = vec![
        Batch::of(Layer::Saved, regressions()?),
        Batch::new(Layer::Cell, CELLS, cell),
        Batch::of(
            Layer::Story,
            stories().chain(mishaps()).chain(seeded).collect(),
        ),
    ];
    if is_ours {
        batches.push(Batch::of(Layer::Program, whole_life().collect()));
    }
    batches.extend(beyond);
    let batches = batches.into_iter();
    Ok(batches
        .map(|batch| Selected::of(batch, selection))
        .collect())
}

/// The capability that a scenario needs and the provisioner lacks.
fn lacks(scenario: &Scenario, able: Option<Capabilities>) -> Option<&'static str> {
    let able = able?;
    if scenario.policies.removal_limit.is_some() && !able.removal_limit {
        return Some("removal_limit");
    }
    let lacks = |step: &Step| match step {
        Step::DeleteRule { .. } if !able.rule_deletion => Some("rule_deletion"),
        Step::Kill { .. } | Step::Restart if !able.restart => Some("restart"),
        Step::TestConnection if !able.test_connection => Some("test_connection"),
        Step::CutShort { .. } if !able.incomplete_directory => Some("incomplete_directory"),
        // The driver protocol has no message for it.
        Step::Plan { .. } => Some("plan"),
        Step::DeleteRule { .. }
        | Step::Kill { .. }
        | Step::CutShort { .. }
        | Step::AllowRemovals { .. }
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
    use crate::scenario::Policies;

    fn ids(shard: Option<Shard>) -> Vec<Vec<String>> {
        let selection = Selection {
            only: Some("C1U0D1P1R1X1"),
            able: None,
            held_to: None,
        };
        let batches = batches(Vec::new(), selection).unwrap().into_iter();
        let parts = batches.map(|selected| selected.part(shard, None));
        parts
            .map(|part| part.scenarios().map(|scenario| scenario.id).collect())
            .collect()
    }

    #[test]
    fn the_shards_of_a_run_are_its_scenarios_each_once() {
        let whole = ids(None);
        let is_selected = |story: &Scenario| matches("C1U0D1P1R1X1", &story.id);
        let seeded = directed().filter(is_selected).count();
        assert_eq!(
            whole.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 72, 11 + seeded, 1]
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
        let held_to = HeldTo {
            choices: Policies::default(),
            limits_removals: false,
        };
        let selection = Selection {
            only: Some("C1U1D1P1R1X1"),
            able: Some(Capabilities::default()),
            held_to: Some(held_to),
        };
        for selected in batches(Vec::new(), selection).unwrap() {
            assert!(!selected.skipped.is_empty(), "{:?}", selected.layer());
            let is_limited = selected.skipped.contains_key("removal_limit");
            assert_eq!(is_limited, selected.layer() == Layer::Story);
            let size = selected.size();
            assert_eq!(selected.planned(None).total, size);
            assert_eq!(selected.part(None, None).scenarios().count(), size);
        }
    }

    #[test]
    fn without_a_filter_every_cell_is_there_under_the_policies_that_are_asked_for() {
        let held_to = HeldTo {
            choices: Policies {
                adopt_existing: false,
                ..Policies::default()
            },
            limits_removals: true,
        };
        let batches = batches(Vec::new(), Selection::default()).unwrap();
        let cells = batches.into_iter().nth(1).unwrap();
        assert_eq!(cells.size(), CELLS);
        let part = cells.part(Some(Shard { index: 2, of: 3 }), Some(held_to));
        assert_eq!(part.len, CELLS / 3);
        assert!(!part.scenario(0).policies.adopt_existing);
    }
}
