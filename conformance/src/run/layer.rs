//! The layers of the suite, and batches of scenarios.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// Where a scenario belongs in the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// A saved story.
    #[serde(rename = "saved")]
    Saved,
    /// An exhaustive cell.
    #[serde(rename = "cells")]
    Cell,
    /// A story through the library.
    #[serde(rename = "stories")]
    Story,
    /// A story through the program, with files and exit codes.
    #[serde(rename = "programs")]
    Program,
    /// Two events, one after the other: every pair of them.
    #[serde(rename = "pairs")]
    DepthTwo,
    /// A sequence by chance.
    #[serde(rename = "random")]
    Random,
    /// The provisioner is killed at each of its requests.
    #[serde(rename = "kills")]
    Kill,
    /// A row of the covering array.
    #[serde(rename = "arrays")]
    Array,
    /// Something goes wrong for good, and everything else has to go on.
    #[serde(rename = "live")]
    Live,
    /// Thousands of users.
    #[serde(rename = "scale")]
    Scale,
}

impl Layer {
    /// All layers, in the order in which they are run.
    pub const ALL: [Self; 10] = [
        Self::Saved,
        Self::Cell,
        Self::Story,
        Self::Program,
        Self::DepthTwo,
        Self::Random,
        Self::Kill,
        Self::Array,
        Self::Live,
        Self::Scale,
    ];

    /// The layer in a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Cell => "cells",
            Self::Story => "stories",
            Self::Program => "programs",
            Self::DepthTwo => "pairs",
            Self::Random => "random",
            Self::Kill => "kills",
            Self::Array => "arrays",
            Self::Live => "live",
            Self::Scale => "scale",
        }
    }

    /// What is in it.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Saved => "stories worth keeping: faults, kills",
            Self::Cell => "configurations x events x prior states",
            Self::Story => "several users, rules, switches, mishaps",
            Self::Program => "the program, with files and exit codes",
            Self::DepthTwo => "configurations x events x events x prior states",
            Self::Random => "sequences by chance, half of them with faults",
            Self::Kill => "killed at each request, before and after it is applied",
            Self::Array => "every three of switches, events, faults, pages, ...",
            Self::Live => "what fails for good stops nobody else",
            Self::Scale => "thousands of users",
        }
    }

    /// Whether there are so many that they are run without sockets, where the provisioner can live so.
    #[must_use]
    pub fn is_inside(self) -> bool {
        match self {
            Self::Saved | Self::Cell | Self::Story | Self::Program => false,
            Self::DepthTwo | Self::Random | Self::Kill | Self::Array | Self::Live | Self::Scale => {
                true
            }
        }
    }

    /// The square of a report that a scenario falls into, by its id: `configuration/event` where there are
    /// thousands, so that there are hundreds; a story has a square of its own.
    #[must_use]
    pub fn square(self, id: &str) -> &str {
        let first_two = || match id.match_indices('/').nth(1) {
            Some((end, _)) => id.get(..end).unwrap_or(id),
            None => id,
        };
        match self {
            Self::Cell | Self::DepthTwo | Self::Random | Self::Kill | Self::Array => first_two(),
            Self::Saved | Self::Story | Self::Program | Self::Live | Self::Scale => id,
        }
    }
}

/// Scenarios of one layer, each of which is made when its turn comes.
#[derive(Clone)]
pub struct Batch {
    /// Where they belong.
    pub layer: Layer,
    /// How many there are.
    pub len: usize,
    make: Arc<dyn Fn(usize) -> Scenario + Send + Sync>,
    ending: Option<Arc<dyn Fn(usize) -> String + Send + Sync>>,
}

impl Batch {
    /// So many scenarios, made from their numbers, from 0.
    pub fn new(
        layer: Layer,
        len: usize,
        make: impl Fn(usize) -> Scenario + Send + Sync + 'static,
    ) -> Self {
        Self {
            layer,
            len,
            make: Arc::new(make),
            ending: None,
        }
    }

    /// The same, where it is known how each id ends before the scenario is made.
    #[must_use]
    pub fn ending(self, ending: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        Self {
            ending: Some(Arc::new(ending)),
            ..self
        }
    }

    /// How the id of the scenario of a number ends, where that is known before it is made.
    #[must_use]
    pub fn ending_of(&self, index: usize) -> Option<String> {
        self.ending.as_ref().map(|ending| ending(index))
    }

    /// These scenarios.
    #[must_use]
    pub fn of(layer: Layer, scenarios: Vec<Scenario>) -> Self {
        let none = Scenario::empty();
        Self::new(layer, scenarios.len(), move |index| {
            scenarios.get(index).unwrap_or(&none).clone()
        })
    }

    /// The scenario of a number.
    #[must_use]
    pub fn scenario(&self, index: usize) -> Scenario {
        (self.make)(index)
    }

    /// All of them, in order.
    pub fn scenarios(&self) -> impl Iterator<Item = Scenario> + '_ {
        (0..self.len).map(|index| self.scenario(index))
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("layer", &self.layer)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_states_of_one_event_share_a_square() {
        let id = "C1U0D1P1R1X0/disable/linked-equal";
        assert_eq!(Layer::Cell.square(id), "C1U0D1P1R1X0/disable");
        assert_eq!(Layer::Cell.square("odd"), "odd");
        assert_eq!(Layer::Story.square(id), id);
    }
}
