//! The covering array: every three values of the switches, events, prior states, faults and circumstances meet.
//!
//! The rows stand in `rows.txt`, made by [`super::covering`]; tests make them anew and compare, and count what they
//! cover without its help. An effect with its phase and the operation that it hits are two factors, of which some
//! pairs cannot be: [`super::fault_kinds`] has those that can. The other factors go with everything: a fault on an
//! operation that an event never causes does not fire. So each legal fault has one more row, in which it does.

mod rows;
mod scenario;

use std::num::NonZeroUsize;

pub use rows::{ROWS, arrays, written};

use super::cell::{Event, Prior};
use super::fault::{FaultKind, OPERATIONS, fault_kinds};
use crate::configuration::{Configuration, RemoveAction};
use crate::scenario::FaultPhase;

/// A factor of the array, in the order in which a row has their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// Whether users are created; the first value of each switch is no.
    Create,
    /// Whether they are updated.
    Update,
    /// Whether they are disabled.
    Disable,
    /// Whether they are deprovisioned.
    Deprovision,
    /// Whether they are deleted when they are.
    Remove,
    /// Whether the deletion of a rule deprovisions.
    RuleDeletion,
    /// What happens to Ann.
    Event,
    /// What there was before of her.
    Prior,
    /// What goes wrong, and in which phase.
    Effect,
    /// The operation with which it does.
    Operation,
    /// The how manieth of the requests it hits first.
    Position,
    /// How often: once, twice, until it is healed.
    Multiplicity,
    /// How many users a page holds: one, one fewer than there are, as many, one more.
    Page,
    /// How many writes are under way: one, or as many as the provisioner likes.
    Workers,
    /// Whether it is started anew: no, after the event's run, or by a kill in that.
    Restart,
}

/// All factors.
pub const FACTORS: [Factor; 15] = [
    Factor::Create,
    Factor::Update,
    Factor::Disable,
    Factor::Deprovision,
    Factor::Remove,
    Factor::RuleDeletion,
    Factor::Event,
    Factor::Prior,
    Factor::Effect,
    Factor::Operation,
    Factor::Position,
    Factor::Multiplicity,
    Factor::Page,
    Factor::Workers,
    Factor::Restart,
];

/// The requests that a fault hits first, and at which the provisioner is killed, from 1.
const POSITIONS: [u32; 4] = [1, 2, 3, 5];
/// How often a fault fires at the most.
const MULTIPLICITIES: [Option<u64>; 3] = [Some(1), Some(2), None];

/// How many users a page holds, against how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    One,
    Fewer,
    Equal,
    More,
}

/// When the provisioner is started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restart {
    Never,
    Between,
    Killed,
}

const PAGES: [Page; 4] = [Page::One, Page::Fewer, Page::Equal, Page::More];
const WORKERS: [Option<NonZeroUsize>; 2] = [Some(NonZeroUsize::MIN), None];
const RESTARTS: [Restart; 3] = [Restart::Never, Restart::Between, Restart::Killed];

/// A row of the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    configuration: Configuration,
    event: Event,
    prior: Prior,
    fault: FaultKind,
    position: usize,
    multiplicity: usize,
    page: usize,
    workers: usize,
    restart: usize,
    /// It is there for the fault to fire, beside the rows that cover the triples.
    is_extra: bool,
}

impl Factor {
    /// How many values it has.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Create
            | Self::Update
            | Self::Disable
            | Self::Deprovision
            | Self::Remove
            | Self::RuleDeletion => 2,
            Self::Event => Event::ALL.len(),
            Self::Prior => Prior::ALL.len(),
            Self::Effect => effects().len(),
            Self::Operation => OPERATIONS.len(),
            Self::Position => POSITIONS.len(),
            Self::Multiplicity => MULTIPLICITIES.len(),
            Self::Page => PAGES.len(),
            Self::Workers => WORKERS.len(),
            Self::Restart => RESTARTS.len(),
        }
    }
}

/// The effects, each in each phase that it has, in the order of the legal faults.
#[must_use]
pub fn effects() -> Vec<(&'static str, FaultPhase)> {
    let mut effects = Vec::new();
    for kind in fault_kinds() {
        let effect = (kind.effect, kind.phase);
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    }
    effects
}

impl Array {
    /// The row of these values, in the order of [`FACTORS`]; nothing where one of them does not exist, or where the
    /// effect is none of the operation's.
    fn of(values: &[usize], effects: &[(&str, FaultPhase)], kinds: &[FaultKind]) -> Option<Self> {
        let [
            create,
            update,
            disable,
            deprovision,
            remove,
            rule,
            rest @ ..,
        ] = values
        else {
            return None;
        };
        let &[
            event,
            prior,
            effect,
            operation,
            position,
            multiplicity,
            page,
            workers,
            restart,
        ] = rest
        else {
            return None;
        };
        let (effect, phase) = *effects.get(effect)?;
        let operation = OPERATIONS.get(operation)?.as_str();
        let fault = kinds.iter().find(|kind| {
            kind.effect == effect && kind.phase == phase && kind.operation == operation
        });
        let exist = position < POSITIONS.len()
            && multiplicity < MULTIPLICITIES.len()
            && page < PAGES.len()
            && workers < WORKERS.len()
            && restart < RESTARTS.len();
        exist.then_some(())?;
        Some(Self {
            configuration: Configuration {
                create: *create == 1,
                update: *update == 1,
                disable: *disable == 1,
                deprovision: *deprovision == 1,
                remove_action: match *remove {
                    1 => RemoveAction::Delete,
                    _ => RemoveAction::Disable,
                },
                deprovision_on_rule_deletion: *rule == 1,
            },
            event: *Event::ALL.get(event)?,
            prior: *Prior::ALL.get(prior)?,
            fault: fault?.clone(),
            position,
            multiplicity,
            page,
            workers,
            restart,
            is_extra: false,
        })
    }

    /// A row in which a fault certainly fires and finds something to change: everything is allowed, whom it hits there
    /// are several of, and pages hold one user.
    fn with(fault: FaultKind) -> Self {
        let everything = Configuration {
            deprovision_on_rule_deletion: true,
            ..Configuration::PERMISSIVE
        };
        let (event, prior, remove_action) = match fault.operation {
            "users.create" => (Event::Create, Prior::Absent, RemoveAction::Delete),
            "users.patch" => (Event::Disable, Prior::LinkedEqual, RemoveAction::Disable),
            "users.delete" => (Event::Delete, Prior::LinkedEqual, RemoveAction::Delete),
            _ => (Event::Change, Prior::LinkedEqual, RemoveAction::Delete),
        };
        let last = |size: usize| size - 1;
        Self {
            configuration: Configuration {
                remove_action,
                ..everything
            },
            event,
            prior,
            fault,
            position: 0,
            multiplicity: last(MULTIPLICITIES.len()),
            page: 0,
            workers: last(WORKERS.len()),
            restart: 1,
            is_extra: true,
        }
    }
}
