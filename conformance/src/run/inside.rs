//! Many thousands of scenarios: provisioner and Zoom in one thread, without a socket, in a time that jumps.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use mock_server::{ClockStart, Config, MockServer};

use super::execute::{ExecuteError, Verdict, execute};
use super::layer::Batch;
use super::stage::Stage;
use super::suite::{NOT_RUN_LIMIT, Suite, SuiteError, Tally, forget_what_passed};
use crate::driver::{Driver, MakeDriver};
use crate::scenario::Scenario;

/// When every scenario begins, in seconds since 1970: same scenario, same bytes.
const BEGINS_AT_S: i64 = 1_800_000_000;
/// How many outcomes may wait to be counted.
const OUTCOMES_WAITING: usize = 64;

/// A scenario and what came of it, with its number.
type Ended = (usize, Scenario, Result<Verdict, ExecuteError>);

/// One thread in which scenarios are run, one after the other.
pub struct Room {
    server: Arc<MockServer>,
    runtime: tokio::runtime::Runtime,
}

impl Room {
    /// A server of its own, and a runtime whose time is paused.
    ///
    /// # Errors
    ///
    /// When one of them does not start.
    pub fn open(seed: u64) -> Result<Self, SuiteError> {
        let at = Timestamp::from_second(BEGINS_AT_S).unwrap_or_default();
        let config = Config {
            seed,
            clock: ClockStart::At(at),
            worker_threads: 1,
            magic: false,
            ..Config::default()
        };
        Ok(Self {
            server: Arc::new(MockServer::start(&config)?),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()?,
        })
    }

    /// Runs a scenario on a fresh account.
    ///
    /// # Errors
    ///
    /// As [`execute`].
    pub fn run(
        &self,
        scenario: &Scenario,
        driver: &mut dyn Driver,
    ) -> Result<Verdict, ExecuteError> {
        self.runtime.block_on(async {
            let stage = Stage::inside(&self.server, &scenario.id)?;
            execute(scenario, stage, driver).await
        })
    }
}

/// Runs a batch on as many threads as there are cores.
pub(super) fn run(
    suite: &Suite,
    batch: &Batch,
    make: &Arc<MakeDriver>,
    ended: &mut dyn FnMut(),
) -> Result<Tally, SuiteError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let enough = AtomicBool::new(false);
    let (sender, receiver) = mpsc::sync_channel(OUTCOMES_WAITING);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(suite.jobs).clamp(1, batch.len.max(1)))
            .map(|_| {
                let sender = sender.clone();
                let (next, enough) = (&next, &enough);
                scope.spawn(move || work(suite.seed, batch, make, next, enough, &sender))
            })
            .collect();
        drop(sender);
        // What passed is counted at once, what did not is told in the order of the scenarios.
        let mut told: BTreeMap<usize, (Scenario, Result<Verdict, ExecuteError>)> = BTreeMap::new();
        let mut not_run = 0;
        for (index, scenario, result) in receiver {
            ended();
            if result.as_ref().is_ok_and(Verdict::passed) {
                tally.add((batch.layer, index), &scenario, result);
                continue;
            }
            not_run += usize::from(result.as_ref().map_or(true, Verdict::hangs));
            told.insert(index, (scenario, result));
            if not_run >= NOT_RUN_LIMIT {
                enough.store(true, Ordering::Relaxed);
            }
        }
        for (index, (scenario, result)) in told {
            tally.add((batch.layer, index), &scenario, result);
        }
        for thread in threads {
            if let Ok(done) = thread.join() {
                done?;
            }
        }
        Ok(tally)
    })
}

/// Takes scenarios until there are no more.
fn work(
    seed: u64,
    batch: &Batch,
    make: &Arc<MakeDriver>,
    next: &AtomicUsize,
    enough: &AtomicBool,
    outcomes: &mpsc::SyncSender<Ended>,
) -> Result<(), SuiteError> {
    let room = Room::open(seed)?;
    let mut driver = make()?;
    while !enough.load(Ordering::Relaxed) {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= batch.len {
            break;
        }
        let scenario = batch.scenario(index);
        let result = room.run(&scenario, driver.as_mut()).map(forget_what_passed);
        if outcomes.send((index, scenario, result)).is_err() {
            break;
        }
    }
    Ok(())
}
