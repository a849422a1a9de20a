//! Proof that the suite notices: every seeded bug is caught, and every way to be right passes.
//!
//! Each wrong provisioner is held to its directed story and to random histories, until one of them catches
//! it; what caught it is shrunk. Each right one is held to all directed stories, to a part of the cells, and
//! to random histories.

mod shrink;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use mock_server::{Config, MockServer};

use crate::configuration::Configuration;
use crate::driver::{Driver as _, DriverError};
use crate::generate::{Cell, cells};
use crate::invariant::{Invariant, Violation};
use crate::run::{ExecuteError, Stage, SuiteError, Verdict, execute_within};
use crate::scenario::Scenario;
use crate::seeded_bugs::{Bug, Control, Reference, Variant, stories, story};

/// How long a run may take before it is taken for one that hangs.
pub const HANGS_AFTER: Duration = Duration::from_secs(15);
/// How many of the random histories that a bug gets a control gets as well: one of so many.
const OF_CONTROLS: u64 = 4;
/// Under how many configurations a control runs the cells: every so manieth of the 64.
const EVERY: usize = 16;

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
    let server = Arc::new(MockServer::start(&Config {
        seed: task.seed,
        ..Config::default()
    })?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let bugs = task.bugs.iter().copied().map(Variant::wrong);
    let variants = bugs.chain(task.controls.iter().copied().map(Variant::right));
    runtime.block_on(async {
        let held = futures::stream::iter(variants.map(|variant| {
            let bench = Bench {
                server: Arc::clone(&server),
                task: task.clone(),
            };
            tokio::spawn(async move { bench.hold(variant).await })
        }))
        .buffer_unordered(task.jobs.max(1));
        let mut held = std::pin::pin!(held);
        let mut proof = Proof::default();
        while let Some(of) = held.next().await {
            let of = of.map_err(std::io::Error::other)?;
            match of? {
                Of::Bug(of) => proof.bugs.push(of),
                Of::Control(of) => proof.controls.push(of),
            }
            ended();
        }
        proof.bugs.sort_by_key(|of| of.bug);
        proof.controls.sort_by_key(|of| of.control);
        Ok(proof)
    })
}

/// Where one provisioner is held to the suite.
struct Bench {
    server: Arc<MockServer>,
    task: Task,
}

impl Bench {
    async fn hold(&self, variant: Variant) -> Result<Of, SuiteError> {
        let mut provisioner = Reference::new(variant)?;
        match (variant.bug, variant.control) {
            (Some(bug), _) => Ok(Of::Bug(self.hunt(bug, &mut provisioner).await?)),
            (None, Some(control)) => {
                let control = self.clear(control, &mut provisioner).await?;
                Ok(Of::Control(control))
            }
            (None, None) => Err(DriverError::NotRun("nothing to prove".to_owned()).into()),
        }
    }

    /// Holds a wrong provisioner to its story, and to random histories until one catches it.
    async fn hunt(&self, bug: Bug, provisioner: &mut Reference) -> Result<OfBug, SuiteError> {
        let mut of = OfBug {
            bug,
            by_story: self.catch(story(bug), provisioner).await?,
            by_random: None,
            sequences: 0,
        };
        let Some(draw) = self.task.draw else {
            return Ok(of);
        };
        for case in 0..self.task.sequences {
            of.sequences = case + 1;
            of.by_random = self.catch(draw(self.task.seed, case), provisioner).await?;
            if of.by_random.is_some() {
                break;
            }
        }
        Ok(of)
    }

    /// Runs a history; where it catches the provisioner, shrinks it.
    async fn catch(
        &self,
        scenario: Scenario,
        provisioner: &mut Reference,
    ) -> Result<Option<Catch>, SuiteError> {
        let Some(violation) = self.violation(&scenario, provisioner).await? else {
            return Ok(None);
        };
        let invariant = violation.invariant;
        // What hangs is not waited for again and again.
        let steps = if invariant == Invariant::I18 {
            scenario.steps.len()
        } else {
            let shrunk = shrink::shrink(scenario, invariant, self, provisioner).await?;
            shrunk.steps.len()
        };
        Ok(Some(Catch { invariant, steps }))
    }

    async fn clear(
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
        for scenario in stories().chain(cells.map(Cell::scenario)).chain(drawn) {
            of.held_to += 1;
            if let Some(violation) = self.violation(&scenario, provisioner).await? {
                of.accused = Some((scenario.id, violation));
                break;
            }
        }
        Ok(of)
    }

    /// The first violation in a history. One that could not be set up has none.
    async fn violation(
        &self,
        scenario: &Scenario,
        provisioner: &mut Reference,
    ) -> Result<Option<Violation>, SuiteError> {
        let verdict = self.run(scenario, provisioner).await?;
        let mut violations = verdict.map_or(Vec::new(), |verdict| verdict.judgement.violations);
        violations.truncate(1);
        Ok(violations.pop())
    }

    async fn run(
        &self,
        scenario: &Scenario,
        provisioner: &mut Reference,
    ) -> Result<Option<Verdict>, SuiteError> {
        let stage =
            Stage::open(&self.server).map_err(|error| DriverError::NotRun(error.to_string()))?;
        match execute_within(scenario, stage, provisioner, HANGS_AFTER).await {
            Ok(verdict) => Ok(Some(verdict)),
            Err(ExecuteError::Stage(_)) => {
                provisioner.stop().await?;
                Ok(None)
            }
            Err(ExecuteError::NotRun(error)) => Err(error.into()),
        }
    }
}
