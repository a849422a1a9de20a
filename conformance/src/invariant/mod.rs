//! What must hold in every run, judged from Zoom's state, the wire and the provisioner's own report.
//!
//! Each invariant is a pure function over one `Run`. It counts how often it had something to judge,
//! so that a green result says how much it rests on.

mod accounting;
mod attempts;
mod change;
mod convergence;
mod crash;
mod dry_run;
mod gate;
mod idempotence;
mod isolation;
mod limit;
mod order;
mod ownership;
mod passing;
mod removal;
mod report;
mod termination;
mod throttle;
mod wire;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use attempts::MAX_IN_VAIN;
pub use world::{SETTLING_RUNS, judge, judge_by};

use crate::oracle::{AccountKey, Expectation, Row};
use crate::run::{Observed, Record};
use crate::scenario::Scenario;

/// An invariant, by the name it has in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Invariant::says is the documentation of each")]
pub enum Invariant {
    I1,
    I2,
    I3,
    I4,
    I5,
    I6,
    I7,
    I8,
    I9,
    I10,
    I11,
    I12,
    I13,
    I14,
    I15,
    I16,
    I17,
    I18,
    I19,
    I20,
    I21,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I9,
        Self::I10,
        Self::I11,
        Self::I12,
        Self::I13,
        Self::I14,
        Self::I15,
        Self::I16,
        Self::I17,
        Self::I18,
        Self::I19,
        Self::I20,
        Self::I21,
    ];

    /// Whether it has something to judge only where something goes wrong, a limit is asked for, or a provisioner
    /// tells more than its counts.
    #[must_use]
    pub fn needs_trouble(self) -> bool {
        matches!(
            self,
            Self::I6 | Self::I10 | Self::I11 | Self::I12 | Self::I15 | Self::I19
        )
    }

    /// The invariant in one sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::I1 => {
                "one account per user: no two accounts of one address, none beside the first"
            }
            Self::I2 => {
                "gates: no write of a kind whose flag is off, no traffic when the connection is off"
            }
            Self::I3 => "ownership: accounts that were never linked are byte for byte as they were",
            Self::I4 => "convergence: after a run Zoom holds what the oracle says",
            Self::I5 => "idempotence: no write where nothing is due, and few reads",
            Self::I6 => "rate: nothing is sent again before the wait that Zoom told is over",
            Self::I7 => "retries are bounded: what was refused for good is sent once a run",
            Self::I8 => {
                "tokens: one is asked for in a run, and one more for each that Zoom takes back"
            }
            Self::I9 => {
                "accounting: summary, exit code, audit and test of the connection tell what happened"
            }
            Self::I10 => "removal limit: a run that would remove more than it may removes nobody",
            Self::I11 => "dry run: nothing is written, and the run writes what was planned",
            Self::I12 => "isolation: what fails for one user changes nothing for the others",
            Self::I13 => "no lost change: whoever changed is in the end as the directory says",
            Self::I14 => "order: nothing is sent of a user that the directory no longer says",
            Self::I15 => "crash safety: a kill at any point breaks none of I1, I2, I3 and I4",
            Self::I16 => "well-formed: known routes, JSON bodies, filters that Zoom supports",
            Self::I17 => {
                "credentials: the secret goes nowhere but to the token endpoint's header or body"
            }
            Self::I18 => "termination: a run ends, whatever Zoom does",
            Self::I19 => "no leak: no secret and no token in anything that is put out",
            Self::I20 => "no clobber: attributes that no rule maps keep their values",
            Self::I21 => {
                "monotone removal: the run that removes a user has itself seen that they are gone"
            }
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

/// How often an invariant had something to judge, and how often it was violated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Judgements.
    pub checked: u64,
    /// Violations among them.
    pub violated: u64,
}

/// One thing that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// What was violated.
    pub invariant: Invariant,
    /// The index of the step in the scenario.
    pub step: usize,
    /// What had to be.
    pub expected: String,
    /// What was.
    pub seen: String,
}

/// What the invariants say of a whole scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What must not be, in the order of the steps.
    pub violations: Vec<Violation>,
    /// How much was judged.
    pub counts: BTreeMap<Invariant, Count>,
    /// The rows of the oracle that decided something.
    pub rows: BTreeSet<Row>,
    /// How many runs were not judged: too much had gone wrong before to know what had to be.
    pub unjudged: usize,
}

impl Judgement {
    fn add(&mut self, other: Self) {
        self.violations.extend(other.violations);
        for (invariant, count) in other.counts {
            let total = self.counts.entry(invariant).or_default();
            total.checked += count.checked;
            total.violated += count.violated;
        }
        self.rows.extend(other.rows);
        self.unjudged += other.unjudged;
    }
}

/// How much is asked of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Everything.
    All,
    /// Everything but that nothing is written where nothing is due: what a fault left may still be put right.
    Settled,
    /// What must hold whatever goes wrong: all but what Zoom holds (I4, I13), writes without need (I5) and the counts
    /// (I9).
    Safety,
}

/// One run, with everything that is known about it.
pub(crate) struct Run<'a> {
    expectation: &'a Expectation,
    record: &'a Record,
    /// Zoom's ids of the oracle's accounts, as known after the run.
    ids: &'a BTreeMap<AccountKey, String>,
    secrets: &'a [&'a str],
    /// Where redirects pointed to, in any fault of the scenario.
    redirects: &'a [String],
    scenario: &'a Scenario,
    before_it: &'a Before,
}

/// What was before a run.
#[derive(Debug, Default)]
struct Before {
    /// What the directory said in the runs before.
    past: order::Past,
    /// The directory as it was when everything was last as it has to be.
    settled: change::Settled,
    /// The last step in which the provisioner was killed.
    kill: Option<usize>,
}

impl Run<'_> {
    fn before(&self, id: &str) -> Option<&Observed> {
        self.record.before.iter().find(|user| user.id == id)
    }

    fn after(&self, id: &str) -> Option<&Observed> {
        self.record.after.iter().find(|user| user.id == id)
    }

    /// The directory user in whose name an account may be written.
    fn owner(&self, id: &str) -> Option<&str> {
        let (key, _) = self.ids.iter().find(|(_, known)| *known == id)?;
        self.expectation.owners.get(key).map(String::as_str)
    }
}

/// Where an invariant puts what it finds.
pub(crate) struct Findings<'a> {
    judgement: &'a mut Judgement,
    step: usize,
}

impl Findings<'_> {
    /// Counts one judgement, and a violation where `holds` is false.
    fn check(
        &mut self,
        invariant: Invariant,
        holds: bool,
        expected_and_seen: impl FnOnce() -> (String, String),
    ) {
        let count = self.judgement.counts.entry(invariant).or_default();
        count.checked += 1;
        if holds {
            return;
        }
        count.violated += 1;
        let (expected, seen) = expected_and_seen();
        self.judgement.violations.push(Violation {
            invariant,
            step: self.step,
            expected,
            seen,
        });
    }
}
