//! The faults that fired: what a result says of them, and which are lacking.

use std::collections::{BTreeMap, BTreeSet};

use super::Summary;
use crate::generate::{FaultKind, OPERATIONS, fault_kinds};
use crate::run::{FaultName, FiredFault, Firings, Layer};

/// How many faults are named that are lacking.
const NAMED: usize = 5;

/// The faults as a result has them.
pub(super) fn listed(faults: &BTreeMap<FaultName, Firings>) -> Vec<FiredFault> {
    let listed = faults.iter().map(|(name, firings)| FiredFault {
        operation: name.operation.clone(),
        effect: name.effect.clone(),
        phase: name.phase.clone(),
        fired: firings.fired,
        changed: firings.changed,
    });
    listed.collect()
}

/// The faults of two parts of a run.
pub(super) fn added(one: Vec<FiredFault>, other: Vec<FiredFault>) -> Vec<FiredFault> {
    let mut all: BTreeMap<FaultName, Firings> = BTreeMap::new();
    for fault in one.into_iter().chain(other) {
        let (fired, changed) = (fault.fired, fault.changed);
        let name = FaultName {
            operation: fault.operation,
            effect: fault.effect,
            phase: fault.phase,
        };
        all.entry(name).or_default().add(Firings { fired, changed });
    }
    listed(&all)
}

/// Whether every legal fault has to have fired: each has a row of its own in the arrays. Chance alone comes to most of
/// them, and promises none.
fn are_due(summary: &Summary) -> bool {
    let arrays = summary.layers.get(&Layer::Array);
    arrays.is_some_and(|arrays| arrays.total > 0)
}

/// How many legal faults there are and how many of them did what they are there for, where enough was run for that.
pub(super) fn counted(summary: &Summary) -> Option<(usize, usize)> {
    let asked = asked(summary);
    let done = asked.iter().filter(|kind| did(summary, kind)).count();
    are_due(summary).then_some((done, asked.len()))
}

/// What is lacking of the legal faults, in a line.
pub(super) fn lacks(summary: &Summary) -> Option<String> {
    if !are_due(summary) {
        return None;
    }
    let never = asked(summary)
        .into_iter()
        .filter(|kind| !did(summary, kind));
    let never: Vec<String> = never
        .map(|kind| format!("{} {} {}", kind.operation, kind.effect, kind.phase.as_str()))
        .collect();
    let named = never
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match never.len() {
        0 => None,
        many if many > NAMED => Some(format!(
            "{many} faults never fired and changed an exchange: {named}, ..."
        )),
        _ => Some(format!("never fired and changed an exchange: {named}")),
    }
}

/// The faults that are asked for: of our own provisioner every legal one; of another one those of operations that it
/// has, for it may do without some.
fn asked(summary: &Summary) -> Vec<FaultKind> {
    let met: BTreeSet<&str> = summary
        .faults
        .iter()
        .map(|fault| fault.operation.as_str())
        .collect();
    let is_ours = summary.run.driver.is_none();
    let kinds = fault_kinds().into_iter();
    kinds
        .filter(|kind| !kind.is_idle())
        .filter(|kind| is_ours || met.contains(kind.operation))
        .collect()
}

/// Whether a fault did what it is there for. How another provisioner lists and looks up is its own affair, so that
/// of its faults it is enough that they fired.
fn did(summary: &Summary, kind: &FaultKind) -> bool {
    let is_ours = summary.run.driver.is_none();
    let is_it = |fault: &&FiredFault| {
        fault.operation == kind.operation
            && fault.effect == kind.effect
            && fault.phase == kind.phase.as_str()
    };
    let fault = summary.faults.iter().find(is_it);
    fault.is_some_and(|fault| fault.changed > 0 || (!is_ours && fault.fired > 0))
}

/// An effect in a phase, with what it did to each operation.
pub(super) struct FaultRow {
    pub(super) effect: String,
    pub(super) phase: String,
    /// For each of [`OPERATIONS`].
    pub(super) cells: Vec<FaultCell>,
}

/// What a fault did to one operation.
pub(super) struct FaultCell {
    /// How often it changed an exchange; nothing where it cannot be.
    pub(super) figure: String,
    /// It should have, and did not.
    pub(super) is_lacking: bool,
}

/// Every legal fault, and the others that fired.
pub(super) fn table(summary: &Summary) -> Vec<FaultRow> {
    let legal = fault_kinds();
    let is_due = are_due(summary) && summary.run.only.is_none() && summary.shard.is_none();
    let mut names: Vec<(String, String)> = Vec::new();
    let kinds = legal.iter().map(|kind| (kind.effect, kind.phase.as_str()));
    let others = summary.faults.iter();
    let others = others.map(|fault| (fault.effect.as_str(), fault.phase.as_str()));
    for (effect, phase) in kinds.chain(others) {
        let name = (effect.to_owned(), phase.to_owned());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |effect: &str, phase: &str, operation: &str| {
        let fault = summary.faults.iter().find(|fault| {
            fault.effect == effect && fault.phase == phase && fault.operation == operation
        });
        let kind = legal.iter().find(|kind| {
            kind.effect == effect && kind.phase.as_str() == phase && kind.operation == operation
        });
        let is_legal = kind.is_some();
        let is_asked = kind.is_some_and(|kind| !kind.is_idle());
        let changed = fault.map_or(0, |fault| fault.changed);
        FaultCell {
            figure: match fault.is_some() || is_legal {
                true => changed.to_string(),
                false => String::new(),
            },
            is_lacking: is_due && is_asked && changed == 0,
        }
    };
    let row = |(effect, phase): (String, String)| FaultRow {
        cells: OPERATIONS
            .iter()
            .map(|operation| cell(&effect, &phase, operation.as_str()))
            .collect(),
        effect,
        phase,
    };
    names.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, LayerSummary, Outcome, Planned};
    use super::*;
    use crate::run::Tally;
    use crate::scenario::Policies;

    fn summary(driver: Option<&str>, layer: (Layer, usize), faults: &[FaultKind]) -> Summary {
        let (layer, total) = layer;
        let of = LayerSummary {
            size: total,
            total,
            ..LayerSummary::default()
        };
        let planned = Planned {
            asked: Asked {
                suite: String::new(),
                provisioner: String::new(),
                driver: driver.map(str::to_owned),
                only: None,
                policies: Policies::default(),
            },
            shard: None,
            layers: BTreeMap::from([(layer, of)]),
            seed: 0,
            seconds: 0.0,
        };
        let one = Firings {
            fired: 1,
            changed: 1,
        };
        let name = |kind: &FaultKind| FaultName {
            operation: kind.operation.to_owned(),
            effect: kind.effect.to_owned(),
            phase: kind.phase.as_str().to_owned(),
        };
        let tally = Tally {
            faults: faults.iter().map(|kind| (name(kind), one)).collect(),
            ..Tally::default()
        };
        Summary::new(planned, &tally, &[])
    }

    fn named(summary: &Summary) -> Vec<&String> {
        let lacking = summary.lacking.iter();
        lacking
            .filter(|one| one.contains("changed an exchange"))
            .collect()
    }

    #[test]
    fn a_run_is_vacuous_in_which_a_legal_fault_never_did_anything() {
        let (all, arrays) = (fault_kinds(), (Layer::Array, 1));
        assert!(named(&summary(None, arrays, &all)).is_empty());
        let lacks_one = summary(None, arrays, &all[1..]);
        assert_eq!(lacks_one.result, Outcome::Uncovered);
        let one = format!(
            "{} {} {}",
            all[0].operation,
            all[0].effect,
            all[0].phase.as_str()
        );
        assert!(
            named(&lacks_one)[0].ends_with(&one),
            "{:?}",
            lacks_one.lacking
        );
        let asked = all.iter().filter(|kind| !kind.is_idle()).count();
        assert_eq!(counted(&lacks_one), Some((asked - 1, asked)));
        let none = summary(None, (Layer::Array, 1), &[]);
        assert!(named(&none)[0].starts_with(&format!("{asked} faults never fired")));
        // Chance promises nothing, and neither do cells.
        for layer in [(Layer::Random, 20_000), (Layer::Cell, 4_608)] {
            assert!(named(&summary(None, layer, &[])).is_empty());
        }
    }

    #[test]
    fn of_another_provisioner_only_operations_that_it_has_are_asked_for() {
        let all = fault_kinds();
        let some = all.iter().filter(|kind| kind.operation != "users.patch");
        let some: Vec<FaultKind> = some.cloned().collect();
        let driver = Some("--driver x");
        assert!(named(&summary(driver, (Layer::Array, 1), &some)).is_empty());
        assert!(!named(&summary(driver, (Layer::Array, 1), &some[1..])).is_empty());
        assert!(!named(&summary(None, (Layer::Array, 1), &some)).is_empty());
    }

    #[test]
    fn parts_are_added_and_every_fault_has_a_place_in_the_table() {
        let all = fault_kinds();
        let one = summary(None, (Layer::Array, 1), &all[..2]);
        let both = added(one.faults.clone(), one.faults.clone());
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|fault| fault.changed == 2));
        let table = table(&one);
        assert_eq!(table.len(), crate::generate::effects().len());
        let cells = || table.iter().flat_map(|row| &row.cells);
        assert_eq!(
            cells().filter(|cell| !cell.figure.is_empty()).count(),
            all.len()
        );
        let asked = all.iter().filter(|kind| !kind.is_idle()).count();
        assert_eq!(cells().filter(|cell| cell.is_lacking).count(), asked - 2);
    }
}
