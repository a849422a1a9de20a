//! Many scenarios at once against one mock Zoom, counted as they end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_server::{Config, MockServer, StartError};
use tokio::sync::mpsc;

use super::execute::{ExecuteError, Verdict, execute};
use super::fired::{FaultName, Firings};
use super::layer::{Batch, Layer};
use super::sometimes::Sometimes;
use super::stage::Stage;
use crate::driver::{DriverError, MakeDriver};
use crate::invariant::{Count, Invariant};
use crate::oracle::Row;
use crate::scenario::Scenario;

/// After so many scenarios that could not be run, or in which the provisioner hangs, the rest is not tried.
pub(super) const NOT_RUN_LIMIT: usize = 10;
/// How many outcomes may wait to be counted.
const OUTCOMES_WAITING: usize = 64;

/// How scenarios are run.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// How many scenarios are under way at once, at least one.
    pub jobs: usize,
    /// The seed of the mock's ids and credentials.
    pub seed: u64,
}

/// The suite could not start at all.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The mock Zoom did not start.
    #[error("the mock Zoom did not start: {0}")]
    Mock(#[from] StartError),
    /// No driver could be made.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The asynchronous runtime did not start.
    #[error("the runtime did not start: {0}")]
    Runtime(#[from] std::io::Error),
}

/// A scenario in which something was violated.
#[derive(Debug)]
pub struct Failure {
    /// Where it belongs.
    pub layer: Layer,
    /// Its place among the scenarios that were given.
    pub index: usize,
    /// The scenario.
    pub scenario: Scenario,
    /// What was seen and what is wrong with it.
    pub verdict: Verdict,
}

/// A scenario that came to no verdict.
#[derive(Debug)]
pub struct NotRun {
    /// Where it belongs.
    pub layer: Layer,
    /// Its place among the scenarios that were given.
    pub index: usize,
    /// The scenario's id.
    pub id: String,
    /// Why.
    pub error: ExecuteError,
}

/// What came of all scenarios.
#[derive(Debug, Default)]
pub struct Tally {
    /// The ids of the scenarios that passed, by layer.
    pub passed: BTreeMap<Layer, BTreeSet<String>>,
    /// Those in which something was violated, in the order in which they were given.
    pub failures: Vec<Failure>,
    /// Those without a verdict.
    pub not_run: Vec<NotRun>,
    /// How much each invariant had to judge.
    pub counts: BTreeMap<Invariant, Count>,
    /// The oracle's rows that decided something.
    pub rows: BTreeSet<Row>,
    /// What happened, of that which has to happen sometimes.
    pub sometimes: BTreeMap<Sometimes, u64>,
    /// The faults that fired.
    pub faults: BTreeMap<FaultName, Firings>,
}

impl Tally {
    /// How many scenarios of a layer passed.
    #[must_use]
    pub fn passed(&self, layer: Layer) -> usize {
        self.passed.get(&layer).map_or(0, BTreeSet::len)
    }

    /// How many scenarios of a layer failed.
    #[must_use]
    pub fn failed(&self, layer: Layer) -> usize {
        self.failures
            .iter()
            .filter(|failure| failure.layer == layer)
            .count()
    }

    /// Counts in what came of more scenarios.
    pub fn merge(&mut self, other: Self) {
        for (layer, passed) in other.passed {
            self.passed.entry(layer).or_default().extend(passed);
        }
        self.failures.extend(other.failures);
        self.not_run.extend(other.not_run);
        for (invariant, count) in other.counts {
            let total = self.counts.entry(invariant).or_default();
            total.checked += count.checked;
            total.violated += count.violated;
        }
        self.rows.extend(other.rows);
        for (what, times) in other.sometimes {
            *self.sometimes.entry(what).or_default() += times;
        }
        for (name, firings) in other.faults {
            self.faults.entry(name).or_default().add(firings);
        }
    }

    pub(super) fn add(
        &mut self,
        (layer, index): (Layer, usize),
        scenario: &Scenario,
        result: Result<Verdict, ExecuteError>,
    ) {
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(error) => {
                let id = scenario.id.clone();
                self.not_run.push(NotRun {
                    layer,
                    index,
                    id,
                    error,
                });
                return;
            }
        };
        for (invariant, count) in &verdict.judgement.counts {
            let total = self.counts.entry(*invariant).or_default();
            total.checked += count.checked;
            total.violated += count.violated;
        }
        self.rows.extend(&verdict.judgement.rows);
        for (what, times) in &verdict.sometimes {
            *self.sometimes.entry(*what).or_default() += times;
        }
        for (name, firings) in &verdict.faults {
            match self.faults.get_mut(name) {
                Some(total) => total.add(*firings),
                None => drop(self.faults.insert(name.clone(), *firings)),
            }
        }
        if verdict.passed() {
            self.passed
                .entry(layer)
                .or_default()
                .insert(scenario.id.clone());
        } else {
            let scenario = scenario.clone();
            self.failures.push(Failure {
                layer,
                index,
                scenario,
                verdict,
            });
        }
    }
}

impl Suite {
    /// Runs a batch: without sockets where the layer is one of many scenarios and the provisioner can live
    /// inside, else as [`Suite::run`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn run_batch(
        &self,
        batch: &Batch,
        make: &Arc<MakeDriver>,
        ended: &mut dyn FnMut(),
    ) -> Result<Tally, SuiteError> {
        if batch.layer.is_inside() && make()?.lives_inside() {
            return super::inside::run(self, batch, make, ended);
        }
        self.run(batch.layer, batch.scenarios().collect(), make, ended)
    }

    /// Runs the scenarios, each on an account of its own, and calls `ended` after each.
    ///
    /// The outcome does not depend on the number of jobs: what failed is told in the order of the
    /// scenarios.
    ///
    /// # Errors
    ///
    /// When the mock does not start or no driver can be made.
    pub fn run(
        &self,
        layer: Layer,
        scenarios: Vec<Scenario>,
        make: &Arc<MakeDriver>,
        ended: &mut dyn FnMut(),
    ) -> Result<Tally, SuiteError> {
        let server = Arc::new(MockServer::start(&Config {
            seed: self.seed,
            ..Config::default()
        })?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let scenarios = Arc::new(scenarios);
        let next = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = mpsc::channel(OUTCOMES_WAITING);
        for _ in 0..self.jobs.clamp(1, scenarios.len().max(1)) {
            let worker = Worker {
                server: Arc::clone(&server),
                scenarios: Arc::clone(&scenarios),
                next: Arc::clone(&next),
                outcomes: sender.clone(),
            };
            let make = Arc::clone(make);
            runtime.spawn(async move { worker.run(&*make).await });
        }
        drop(sender);
        let results = runtime.block_on(collect(receiver, ended));
        let mut tally = Tally::default();
        for (index, result) in results {
            if let Some(scenario) = scenarios.get(index) {
                tally.add((layer, index), scenario, result);
            }
        }
        Ok(tally)
    }
}

/// An outcome, with the index of its scenario.
type Ended = (usize, Result<Verdict, ExecuteError>);

async fn collect(
    mut outcomes: mpsc::Receiver<Ended>,
    ended: &mut dyn FnMut(),
) -> BTreeMap<usize, Result<Verdict, ExecuteError>> {
    let mut results = BTreeMap::new();
    let mut not_run = 0;
    while let Some((index, result)) = outcomes.recv().await {
        // Each hang takes as long as an answer may.
        not_run += usize::from(result.as_ref().map_or(true, Verdict::hangs));
        results.insert(index, result);
        ended();
        if not_run >= NOT_RUN_LIMIT {
            break;
        }
    }
    results
}

/// One of those who take scenarios from the list.
struct Worker {
    server: Arc<MockServer>,
    scenarios: Arc<Vec<Scenario>>,
    next: Arc<AtomicUsize>,
    outcomes: mpsc::Sender<Ended>,
}

impl Worker {
    async fn run(self, make: &MakeDriver) {
        let mut driver = make();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(scenario) = self.scenarios.get(index) else {
                return;
            };
            let result = match &mut driver {
                Ok(driver) => match Stage::open_for(&self.server, &scenario.id) {
                    Ok(stage) => execute(scenario, stage, driver.as_mut()).await,
                    Err(error) => Err(error.into()),
                },
                Err(error) => Err(error.clone().into()),
            };
            let result = result.map(forget_what_passed);
            if self.outcomes.send((index, result)).await.is_err() {
                return;
            }
        }
    }
}

/// What was seen of a scenario that passed is of no more use, and thousands of them are large.
pub(super) fn forget_what_passed(mut verdict: Verdict) -> Verdict {
    if verdict.passed() {
        verdict.records = Vec::new();
    }
    verdict
}
