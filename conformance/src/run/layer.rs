//! The layers by name: what a report says of each, and into which squares its scenarios fall.

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
}

impl Layer {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 4] = [Self::Saved, Self::Cell, Self::Story, Self::Program];

    /// The name in reports and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Cell => "cells",
            Self::Story => "stories",
            Self::Program => "programs",
        }
    }

    /// What the layer is made of, in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Saved => "stories worth keeping: faults, kills",
            Self::Cell => "configurations x events x prior states",
            Self::Story => "several users, rules, switches",
            Self::Program => "the program, with files and exit codes",
        }
    }

    /// The square of a report that a scenario falls into, by its id: `configuration/event` for the cells,
    /// of which there are thousands; a story has a square of its own.
    #[must_use]
    pub fn square(self, id: &str) -> &str {
        match self {
            Self::Cell => match id.match_indices('/').nth(1) {
                Some((end, _)) => id.get(..end).unwrap_or(id),
                None => id,
            },
            Self::Saved | Self::Story | Self::Program => id,
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
}

impl Batch {
    /// So many scenarios, made from their numbers, from 0.
    pub fn new(
        layer: Layer,
        len: usize,
        make: impl Fn(usize) -> Scenario + Send + Sync + 'static,
    ) -> Self {
        let make = Arc::new(make);
        Self { layer, len, make }
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
