//! The faults that fired: what a result says of them, and which are lacking.

use std::collections::{BTreeMap, BTreeSet};

use super::Summary;
use super::summarise::ENOUGH_CASES;
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

/// Whether enough was run for every legal fault to fire.
fn are_due(summary: &Summary) -> bool {
    let total = |layer| summary.layers.get(&layer).map_or(0, |of| of.total);
    total(Layer::Array) > 0 || total(Layer::Random) >= ENOUGH_CASES
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
