//! Many scenarios at once, each on a stage of its own; what came of them in their order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mock_server::Scenario;
use serde_json::Value;
use tokio::sync::mpsc;

use super::fault::{Asked, Fault, Measure, faults};
use super::secrets::Secrets;
use super::stage::Stage;
use super::wire::writes;
use crate::clock::Stopwatch;
use crate::driver::{Driver, DriverError, MakeDriver, Start};
use crate::run::SuiteError;

/// How many scenarios are under way at once, unless told otherwise: most of one is waiting.
pub const DEFAULT_JOBS: usize = 8;
/// After so many scenarios that could not be run the rest is not tried.
const NOT_RUN_LIMIT: usize = 10;
/// How many outcomes may wait to be counted.
const OUTCOMES_WAITING: usize = 64;
/// What is seen where the time has run out.
const OUT_OF_TIME: [&str; 4] = [
    "connect_timeout",
    "host_not_found",
    "read_timeout",
    "tls_stalled",
];
/// How many exchanges are kept of a scenario in which something is wrong, the first ones.
const KEPT_EXCHANGES: usize = 12;

/// How scenarios are examined.
#[derive(Debug, Clone, Copy)]
pub struct Examination {
    /// How many are under way at once, at least one.
    pub jobs: usize,
    /// The seed of the mocks' ids and credentials.
    pub seed: u64,
    /// What the provisioner is held to.
    pub measure: Measure,
}

/// A scenario, and what came of the test of the connection in it.
#[derive(Debug)]
pub struct Examined {
    /// The scenario.
    pub scenario: Scenario,
    /// What has to be seen.
    pub expected: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// How long the test took.
    pub elapsed: Duration,
    /// Whether this is the second test, with more time than the first.
    pub again: bool,
}

/// What came of a scenario.
#[derive(Debug)]
pub enum Outcome {
    /// The provisioner tested its connection.
    Tested {
        /// What was seen.
        seen: String,
        /// What is wrong with that: nothing, if all is well.
        faults: Vec<Fault>,
        /// What the provisioner says is wrong, in its own words; no secret is in it.
        diagnosis: Option<String>,
        /// Its whole finding, of whoever has one in our form; no secret is in it.
        report: Option<Value>,
        /// What came in at the mock, where something is wrong.
        exchanges: Vec<String>,
    },
    /// The provisioner does not test connections, and says so.
    Skipped(DriverError),
    /// There is no answer, and why; no secret is in that.
    NotRun(String),
}

impl Examined {
    /// Whether the provisioner was asked, and all is well.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(&self.outcome, Outcome::Tested { faults, .. } if faults.is_empty())
    }

    /// Whether too little time may be all that is wrong: the limits are short, and a machine may be busy.
    #[must_use]
    pub fn may_have_lacked_time(&self) -> bool {
        let Outcome::Tested { faults, .. } = &self.outcome else {
            return false;
        };
        faults.iter().any(|fault| match fault {
            Fault::Seen { seen, .. } => OUT_OF_TIME.contains(&seen.as_str()),
            Fault::Overran { .. } => true,
            Fault::ExitCode { .. } | Fault::Wrote(_) | Fault::Leaked(_) => false,
        })
    }
}

impl Examination {
    /// Examines the scenarios, and calls `ended` after each. What comes back is in their order, whatever the
    /// number of jobs.
    ///
    /// # Errors
    ///
    /// When the asynchronous runtime does not start.
    pub fn run(
        self,
        scenarios: Vec<Scenario>,
        make: &Arc<MakeDriver>,
        ended: &mut dyn FnMut(),
    ) -> Result<Vec<Examined>, SuiteError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let scenarios = Arc::new(scenarios);
        let (next, not_run) = (Arc::default(), Arc::default());
        let (sender, receiver) = mpsc::channel(OUTCOMES_WAITING);
        for _ in 0..self.jobs.clamp(1, scenarios.len().max(1)) {
            let worker = Worker {
                examination: self,
                scenarios: Arc::clone(&scenarios),
                next: Arc::clone(&next),
                not_run: Arc::clone(&not_run),
                outcomes: sender.clone(),
            };
            let make = Arc::clone(make);
            runtime.spawn(async move { worker.run(&*make).await });
        }
        drop(sender);
        let examined = runtime.block_on(collect(receiver, ended));
        // A name that is still being resolved is not waited for.
        runtime.shutdown_background();
        Ok(examined.into_values().collect())
    }
}

impl Examination {
    /// Examines those once more, one by one, that may have lacked time; `self` and `make` give them more.
    ///
    /// # Errors
    ///
    /// As [`Examination::run`].
    pub fn again(
        self,
        examined: &mut [Examined],
        make: &Arc<MakeDriver>,
    ) -> Result<(), SuiteError> {
        let alone = Self { jobs: 1, ..self };
        let late = examined.iter_mut().filter(|one| one.may_have_lacked_time());
        let late: Vec<&mut Examined> = late.collect();
        let scenarios = late.iter().map(|one| one.scenario.clone()).collect();
        for (one, second) in late
            .into_iter()
            .zip(alone.run(scenarios, make, &mut || {})?)
        {
            *one = Examined {
                again: true,
                ..second
            };
        }
        Ok(())
    }
}

async fn collect(
    mut outcomes: mpsc::Receiver<(usize, Examined)>,
    ended: &mut dyn FnMut(),
) -> BTreeMap<usize, Examined> {
    let mut examined = BTreeMap::new();
    while let Some((index, one)) = outcomes.recv().await {
        examined.insert(index, one);
        ended();
    }
    examined
}

/// One of those who take scenarios from the list.
struct Worker {
    examination: Examination,
    scenarios: Arc<Vec<Scenario>>,
    next: Arc<AtomicUsize>,
    not_run: Arc<AtomicUsize>,
    outcomes: mpsc::Sender<(usize, Examined)>,
}

impl Worker {
    async fn run(self, make: &MakeDriver) {
        let mut driver = make();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(scenario) = self.scenarios.get(index) else {
                return;
            };
            let (outcome, elapsed) = match &mut driver {
                _ if self.not_run.load(Ordering::Relaxed) >= NOT_RUN_LIMIT => {
                    let why = "not tried: too many before it could not be run";
                    (Outcome::NotRun(why.to_owned()), Duration::ZERO)
                }
                Ok(driver) => self.examine(scenario, driver.as_mut()).await,
                Err(error) => (Outcome::NotRun(error.to_string()), Duration::ZERO),
            };
            if matches!(outcome, Outcome::NotRun(_)) {
                self.not_run.fetch_add(1, Ordering::Relaxed);
            }
            let examined = Examined {
                scenario: scenario.clone(),
                expected: self.examination.measure.expected(scenario),
                outcome,
                elapsed,
                again: false,
            };
            if self.outcomes.send((index, examined)).await.is_err() {
                return;
            }
        }
    }

    async fn examine(&self, scenario: &Scenario, driver: &mut dyn Driver) -> (Outcome, Duration) {
        let stage = match Stage::set(scenario.name, self.examination.seed) {
            Ok(stage) => stage,
            Err(error) => return (Outcome::NotRun(format!("{error:#}")), Duration::ZERO),
        };
        let secrets = Secrets::of(&stage.played().form, &stage.credentials());
        let (asked, elapsed) = ask(driver, stage.start()).await;
        let outcome = match asked {
            Ok(asked) => self.judged(scenario, &stage, &asked, &secrets),
            Err(error @ DriverError::Unsupported(_)) => Outcome::Skipped(error),
            Err(error) => Outcome::NotRun(secrets.withheld(&error.to_string())),
        };
        (outcome, elapsed)
    }

    fn judged(
        &self,
        scenario: &Scenario,
        stage: &Stage,
        asked: &Asked,
        secrets: &Secrets,
    ) -> Outcome {
        let measure = self.examination.measure;
        let exchanges = stage.exchanges();
        let writes = writes(&exchanges, &stage.played().form.token_url);
        let faults = faults(scenario, measure, asked, writes, secrets);
        let (diagnosis, report) = match asked {
            Asked::Tested(tested) => (tested.diagnosis.as_deref(), tested.report.as_ref()),
            Asked::Refused(message) => (Some(message.as_str()), None),
        };
        let shows_none = |report: &&Value| secrets.found_in(&report.to_string()).is_empty();
        let shown = if faults.is_empty() { 0 } else { KEPT_EXCHANGES };
        let exchanges = exchanges.iter().take(shown);
        Outcome::Tested {
            seen: asked.seen(measure),
            faults,
            diagnosis: diagnosis.map(|diagnosis| secrets.withheld(diagnosis)),
            report: report.filter(shows_none).cloned(),
            exchanges: exchanges.map(ToString::to_string).collect(),
        }
    }
}

/// Starts the scenario, has the connection tested, and ends the scenario; says how long the test took. A
/// provisioner that ends badly has answered all the same; the next scenario finds out.
async fn ask(driver: &mut dyn Driver, start: Start) -> (Result<Asked, DriverError>, Duration) {
    let started = driver.start(start).await;
    let since = Stopwatch::start();
    let asked = match started {
        Ok(()) => driver.test_connection().await,
        Err(error) => Err(error),
    };
    let elapsed = since.elapsed();
    let asked = match asked {
        Ok(tested) => Ok(Asked::Tested(tested)),
        Err(DriverError::Answered(message)) => Ok(Asked::Refused(message)),
        Err(error) => Err(error),
    };
    let _ = driver.stop().await;
    (asked, elapsed)
}
