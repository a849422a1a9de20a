//! The layers of the suite, and batches of scenarios.

use std::fmt;
use std::sync::Arc;

use crate::scenario::Scenario;

/// Where a scenario belongs in the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// An exhaustive cell.
    Cell,
    /// A story through the library.
    Story,
    /// A story through the program, with files and exit codes.
    Program,
    /// Two events, one after the other: every pair of them.
    DepthTwo,
    /// A sequence by chance.
    Random,
    /// The provisioner is killed at each of its requests.
    Kill,
}

impl Layer {
    /// All layers, in the order in which they are run.
    pub const ALL: [Self; 6] = [
        Self::Cell,
        Self::Story,
        Self::Program,
        Self::DepthTwo,
        Self::Random,
        Self::Kill,
    ];

    /// The layer in a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "cells",
            Self::Story => "stories",
            Self::Program => "programs",
            Self::DepthTwo => "pairs",
            Self::Random => "random",
            Self::Kill => "kills",
        }
    }

    /// What is in it.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Cell => "configurations x events x prior states",
            Self::Story => "several users, rules, switches",
            Self::Program => "the program, with files and exit codes",
            Self::DepthTwo => "configurations x events x events x prior states",
            Self::Random => "sequences by chance, half of them with faults",
            Self::Kill => "killed at each request, before and after it is applied",
        }
    }

    /// Whether there are so many that they are run without sockets, where the provisioner can live so.
    #[must_use]
    pub fn is_inside(self) -> bool {
        match self {
            Self::Cell | Self::Story | Self::Program => false,
            Self::DepthTwo | Self::Random | Self::Kill => true,
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
        Self {
            layer,
            len,
            make: Arc::new(make),
        }
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
