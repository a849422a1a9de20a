//! Proof that the suite notices: every seeded bug is caught, and every way to be right passes.
//!
//! Each wrong provisioner is held to its directed story and to random histories, until one of them catches
//! it; what caught it is shrunk. Each right one is held to all directed stories, to a part of the cells and of
//! the covering array, and to random histories.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::configuration::Configuration;
use crate::driver::DriverError;
use crate::generate::{self, Cell, cells};
use crate::invariant::{Invariant, Violation};
use crate::machine;
use crate::run::{ExecuteError, Room, SuiteError};
use crate::scenario::Scenario;
use crate::seeded_bugs::{Bug, Control, Reference, Variant, stories, story};

/// How many of the random histories that a bug gets a control gets as well: one of so many.
const OF_CONTROLS: u64 = 10;
/// A control runs the cells under one in so many of the 64 configurations.
const EVERY: usize = 16;
/// It runs one in so many rows of the covering array.
const EVERY_ROW: usize = 61;

/// Where random histories come from: a seed and a number give one, always the same.
pub type Draw = fn(u64, u64) -> Scenario;

/// What is to be proved.
#[derive(Debug, Clone)]
pub struct Task {
    /// The bugs that are to be caught.
    pub bugs: Vec<Bug>,
    /// The controls that have to pass.
    pub controls: Vec<Control>,
    /// The seed of the random histories, and of the mock's ids and credentials.
    pub seed: u64,
    /// How many random histories a bug gets at the most.
    pub sequences: u64,
    /// How many provisioners are held to the suite at once, at least one.
    pub jobs: usize,
    /// Where the random histories come from; absent: there are none.
    pub draw: Option<Draw>,
}

/// What caught a bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The first invariant that was violated.
    pub invariant: Invariant,
    /// How many steps the history had in the end.
    pub steps: usize,
}

/// What came of a bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfBug {
    /// The bug.
    pub bug: Bug,
    /// What its directed story caught.
    pub by_story: Option<Catch>,
    /// What a random history caught.
    pub by_random: Option<Catch>,
    /// How many random histories that took, or how many did not catch it.
    pub sequences: u64,
}

impl OfBug {
    /// Whether anything caught it.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        self.by_story.is_some() || self.by_random.is_some()
    }
}

/// What came of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfControl {
    /// The control.
    pub control: Control,
    /// How many histories it was held to.
    pub held_to: usize,
    /// The first violation that it was accused of, with the id of the history.
    pub accused: Option<(String, Violation)>,
}

/// What came of everything, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// The bugs.
    pub bugs: Vec<OfBug>,
    /// The controls.
    pub controls: Vec<OfControl>,
}

impl Proof {
    /// Whether each bug is caught and no control accused.
    #[must_use]
    pub fn holds(&self) -> bool {
        let accused = |control: &OfControl| control.accused.is_some();
        self.bugs.iter().all(OfBug::is_caught) && !self.controls.iter().any(accused)
    }
}

enum Of {
    Bug(OfBug),
    Control(OfControl),
}

/// Proves it, and calls `ended` after each provisioner.
///
/// # Errors
///
/// When the mock does not start or no provisioner can be made.
pub fn prove(task: &Task, ended: &mut dyn FnMut()) -> Result<Proof, SuiteError> {
    let bugs = task.bugs.iter().copied().map(Variant::wrong);
    let controls = task.controls.iter().copied().map(Variant::right);
    // Those that take longest begin first: nothing catches a control before the end.
    let variants: Vec<Variant> = controls.chain(bugs).collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut proof = Proof::default();
    std::thread::scope(|scope| {
        for _ in 0..task.jobs.clamp(1, variants.len().max(1)) {
            let sender = sender.clone();
            let (next, variants) = (&next, &variants);
            scope.spawn(move || {
                while let Some(variant) = variants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let room = Room::open(task.seed);
                    let of = room.and_then(|room| Bench { room, task }.hold(*variant));
                    if sender.send(of).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for of in receiver {
            match of? {
                Of::Bug(of) => proof.bugs.push(of),
                Of::Control(of) => proof.controls.push(of),
            }
            ended();
        }
        Ok(())
    })
    .map(|()| {
        proof.bugs.sort_by_key(|of| of.bug);
        proof.controls.sort_by_key(|of| of.control);
        proof
    })
}

/// Where one provisioner is held to the suite: a room of its own, in which the same happens whatever the others do.
struct Bench<'a> {
    room: Room,
    task: &'a Task,
}

impl Bench<'_> {
    fn hold(&self, variant: Variant) -> Result<Of, SuiteError> {
        let mut provisioner = Reference::new(variant)?;
        match (variant.bug, variant.control) {
            (Some(bug), _) => Ok(Of::Bug(self.hunt(bug, &mut provisioner)?)),
            (None, Some(control)) => {
                let control = self.clear(control, &mut provisioner)?;
                Ok(Of::Control(control))
            }
            (None, None) => Err(DriverError::NotRun("nothing to prove".to_owned()).into()),
        }
    }

    /// Holds a wrong provisioner to its story, and to random histories until one catches it.
    fn hunt(&self, bug: Bug, provisioner: &mut Reference) -> Result<OfBug, SuiteError> {
        let mut of = OfBug {
            bug,
            by_story: self.catch(story(bug), provisioner)?,
            by_random: None,
            sequences: 0,
        };
        let Some(draw) = self.task.draw else {
            return Ok(of);
        };
        for case in 0..self.task.sequences {
            of.sequences = case + 1;
            of.by_random = self.catch(draw(self.task.seed, case), provisioner)?;
            if of.by_random.is_some() {
                break;
            }
        }
        Ok(of)
    }

    /// Runs a history; where it catches the provisioner, shrinks it.
    fn catch(
        &self,
        scenario: Scenario,
        provisioner: &mut Reference,
    ) -> Result<Option<Catch>, SuiteError> {
        let Some(violation) = self.violation(&scenario, provisioner)? else {
            return Ok(None);
        };
        let invariant = violation.invariant;
        let shrunk = machine::shrink(scenario, &mut |candidate| {
            let violation = self.violation(candidate, provisioner);
            violation.is_ok_and(|first| first.is_some_and(|first| first.invariant == invariant))
        });
        Ok(Some(Catch {
            invariant,
            steps: shrunk.steps.len(),
        }))
    }

    fn clear(
        &self,
        control: Control,
        provisioner: &mut Reference,
    ) -> Result<OfControl, SuiteError> {
        let mut of = OfControl {
            control,
            held_to: 0,
            accused: None,
        };
        let configurations: Vec<Configuration> = Configuration::all().step_by(EVERY).collect();
        let cells = cells().filter(|cell| configurations.contains(&cell.configuration));
        let drawn = 0..self.task.sequences / OF_CONTROLS;
        let drawn = drawn.filter_map(|case| Some(self.task.draw?(self.task.seed, case)));
        let rows = generate::arrays().into_iter().step_by(EVERY_ROW);
        let held_to = stories().chain(cells.map(Cell::scenario));
        let held_to = held_to.chain(rows.map(|row| row.scenario())).chain(drawn);
        for scenario in held_to {
            of.held_to += 1;
            if let Some(violation) = self.violation(&scenario, provisioner)? {
                of.accused = Some((scenario.id, violation));
                break;
            }
        }
        Ok(of)
    }

    /// The first violation in a history. One that could not be set up has none.
    fn violation(
        &self,
        scenario: &Scenario,
        provisioner: &mut Reference,
    ) -> Result<Option<Violation>, SuiteError> {
        match self.room.run(scenario, provisioner) {
            Ok(verdict) => Ok(verdict.judgement.violations.into_iter().next()),
            Err(ExecuteError::Stage(_)) => Ok(None),
            Err(ExecuteError::NotRun(error)) => Err(error.into()),
        }
    }
}
