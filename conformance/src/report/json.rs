//! The result for machines: what every other report is made of.
//!
//! `conformance/result.schema.json` describes its JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::told::ToldStep;
use crate::invariant::{Count, Invariant, Violation};
use crate::oracle::Row;
use crate::run::{FiredFault, Layer, Shard, Sometimes};
use crate::scenario::Policies;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// The result of a run as one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The format's version: [`FORMAT`], others are refused.
    pub format: u32,
    /// What was asked for.
    pub run: Asked,
    /// Which part of the run this is; absent for the whole.
    pub shard: Option<Shard>,
    /// How it ended.
    pub result: Outcome,
    /// What a green result would lack.
    pub lacking: Vec<String>,
    /// How many configurations had at least one cell.
    pub configurations: usize,
    /// The exhaustive cells.
    pub cells: Counts,
    /// The stories through the library.
    pub stories: Counts,
    /// The stories through the program.
    pub programs: Counts,
    /// Every layer that was run.
    pub layers: BTreeMap<Layer, LayerSummary>,
    /// What happened, of that which has to happen sometimes when faults are about.
    pub sometimes: BTreeMap<Sometimes, u64>,
    /// The faults that fired, in the order of their operations and names.
    #[serde(default)]
    pub faults: Vec<FiredFault>,
    /// How much each invariant had to judge.
    pub invariants: BTreeMap<Invariant, Count>,
    /// The oracle's rows that decided something.
    pub rows: BTreeSet<Row>,
    /// What failed, in the order of the layers and of their scenarios.
    pub failures: Vec<FailureSummary>,
    /// What came to no verdict, in the same order.
    pub not_run: Vec<NotRunSummary>,
    /// The seed of the mock's ids.
    pub seed: u64,
    /// How long it took; of several parts the longest.
    pub seconds: f64,
}

/// What was asked for: the same in all parts of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The suite, with its version.
    pub suite: String,
    /// The provisioner, with the version that it tells of itself.
    pub provisioner: String,
    /// The options that lead to this provisioner, as they are written behind `run` or `replay`.
    pub driver: Option<String>,
    /// The filter.
    pub only: Option<String>,
    /// What the provisioner was held to where the documents leave a choice.
    pub policies: Policies,
}

/// How a run ended: each is an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was run holds.
    Holds,
    /// Something is violated.
    Violated,
    /// Nothing is violated, but too little was covered for that to mean anything.
    Uncovered,
    /// The provisioner could not be run.
    NotRun,
}

/// How many of how many hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Scenarios that were to be run.
    pub total: usize,
    /// Those that hold.
    pub passed: usize,
    /// Those in which something is violated.
    pub failed: usize,
}

/// What came of one layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSummary {
    /// Scenarios of the whole layer, in all parts of the run.
    pub size: usize,
    /// Scenarios that were to be run here.
    pub total: usize,
    /// Those that hold.
    pub passed: usize,
    /// Those in which something is violated.
    pub failed: usize,
    /// Scenarios that were left out, by what they need: a capability, long waits, other policies.
    pub skipped: BTreeMap<String, usize>,
    /// How long it took, as long as this is known: it is not written down, so that nothing but one number
    /// differs between two results of the same run.
    #[serde(skip)]
    pub seconds: Option<f64>,
    /// What came of the scenarios that share a square; [`Layer::square`] says which do.
    pub squares: BTreeMap<String, Square>,
}

/// The scenarios of one square, written `5/6`: those that hold, and those that came to a verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Square {
    /// Those that hold.
    pub passed: usize,
    /// Those that came to a verdict.
    pub run: usize,
}

/// A failed scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureSummary {
    /// Where it belongs.
    pub layer: Layer,
    /// Its place in the layer, from 0.
    pub place: usize,
    /// The scenario's id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The file that `replay` takes.
    pub file: Option<String>,
    /// The command that runs it again.
    pub again: Option<String>,
    /// What is violated.
    pub violations: Vec<Violation>,
    /// What happened up to the first violation; told of the first failures alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ToldStep>,
}

/// A scenario without a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRunSummary {
    /// Where it belongs.
    pub layer: Layer,
    /// Its place in the layer, from 0.
    pub place: usize,
    /// The scenario's id.
    pub id: String,
    /// Why.
    pub error: String,
}

impl Square {
    /// Whether all hold.
    #[must_use]
    pub fn holds(self) -> bool {
        self.passed == self.run
    }

    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.run += other.run;
    }
}

impl fmt::Display for Square {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.passed, self.run)
    }
}

/// The text is no square.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no square: it says how many of how many hold, such as 5/6")]
pub struct NotASquare(String);

impl FromStr for Square {
    type Err = NotASquare;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .and_then(|(passed, run)| Some((passed.parse().ok()?, run.parse().ok()?)))
            .map(|(passed, run)| Self { passed, run })
            .filter(|square| square.passed <= square.run)
            .ok_or_else(|| NotASquare(text.to_owned()))
    }
}

impl Serialize for Square {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Square {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Outcome {
    /// The outcome in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Holds => "all hold",
            Self::Violated => "something is violated",
            Self::Uncovered => "too little was covered",
            Self::NotRun => "the provisioner could not be run",
        }
    }
}
