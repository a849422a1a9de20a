//! What must hold in every run, judged from Zoom's state, the wire and the provisioner's own report.
//!
//! Each invariant is a pure function over one `Run`. It counts how often it had something to judge,
//! so that a green result says how much it rests on.

mod accounting;
mod convergence;
mod gate;
mod idempotence;
mod ownership;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::oracle::{AccountKey, Expectation, Row, fold};
use crate::run::{Observed, Record};
use crate::scenario::Policies;

/// An invariant, by the name it has in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Invariant::says is the documentation of each")]
pub enum Invariant {
    I1,
    I2,
    I3,
    I4,
    I5,
    I7,
    I8,
    I9,
    I16,
    I17,
    I20,
}

impl Invariant {
    /// Those that apply without faults.
    pub const ALL: [Self; 11] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I7,
        Self::I8,
        Self::I9,
        Self::I16,
        Self::I17,
        Self::I20,
    ];

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
            Self::I7 => "retries are bounded: what was refused for good is sent once a run",
            Self::I8 => "tokens: at most one is asked for in a run",
            Self::I9 => "accounting: the summary adds up and equals a recount",
            Self::I16 => "well-formed: known routes, JSON bodies, filters that Zoom supports",
            Self::I17 => {
                "credentials: the secret goes nowhere but to the token endpoint's header or body"
            }
            Self::I20 => "no clobber: attributes that no rule maps keep their values",
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
}

/// One run, with everything that is known about it.
pub(crate) struct Run<'a> {
    expectation: &'a Expectation,
    record: &'a Record,
    /// Zoom's ids of the oracle's accounts, as known after the run.
    ids: &'a BTreeMap<AccountKey, String>,
    policies: Policies,
    secrets: &'a [&'a str],
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

/// Judges the records of a scenario against what the oracle expects of each.
#[must_use]
pub fn judge(
    expectations: &[Expectation],
    records: &[Record],
    policies: Policies,
    secrets: &[&str],
) -> Judgement {
    let mut judgement = Judgement::default();
    let mut ids: BTreeMap<AccountKey, String> = BTreeMap::new();
    for (expectation, record) in expectations.iter().zip(records) {
        judgement.rows.extend(
            expectation
                .decisions
                .iter()
                .flat_map(|decision| &decision.rows),
        );
        recognise(&mut ids, expectation, record);
        let run = Run {
            expectation,
            record,
            ids: &ids,
            policies,
            secrets,
        };
        let mut findings = Findings {
            judgement: &mut judgement,
            step: record.step,
        };
        convergence::check(&run, &mut findings);
        gate::check(&run, &mut findings);
        ownership::check(&run, &mut findings);
        idempotence::check(&run, &mut findings);
        accounting::check(&run, &mut findings);
        wire::check(&run, &mut findings);
    }
    judgement
}

/// Learns Zoom's ids of accounts that the oracle names for the first time.
fn recognise(ids: &mut BTreeMap<AccountKey, String>, expectation: &Expectation, record: &Record) {
    for observed in record.before.iter().chain(&record.after) {
        if ids.values().any(|id| *id == observed.id) {
            continue;
        }
        let same = expectation.accounts.iter().find(|(key, account)| {
            !ids.contains_key(key) && fold(&account.user_name) == fold(&observed.user_name)
        });
        if let Some((key, _)) = same {
            ids.insert(*key, observed.id.clone());
        }
    }
}
