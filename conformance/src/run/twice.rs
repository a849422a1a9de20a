//! The same sequences twice: whoever says that a failure can be played again has to show that nothing is left to
//! chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::execute::Verdict;
use super::inside::Room;
use super::suite::SuiteError;
use crate::driver::MakeDriver;
use crate::scenario::Scenario;

/// How many scenarios are run in one order, and then once more in the other.
const AT_ONCE: usize = 8;

/// Runs each scenario of a number twice, each time in another room after other scenarios, and says whose journals
/// differ in a byte, in the order of the numbers. Those that cannot be run differ.
///
/// # Errors
///
/// When a mock or a provisioner does not start.
pub fn differing(
    seed: u64,
    many: usize,
    scenario: &(dyn Fn(usize) -> Scenario + Sync),
    make: &Arc<MakeDriver>,
    ended: &(dyn Fn() + Sync),
) -> Result<Vec<String>, SuiteError> {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut differ: Vec<(usize, String)> = Vec::new();
    std::thread::scope(|scope| {
        let work = || -> Result<Vec<(usize, String)>, SuiteError> {
            let (mut one, mut other) = (Player::new(seed, make)?, Player::new(seed, make)?);
            let mut differ = Vec::new();
            loop {
                let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                if first >= many {
                    return Ok(differ);
                }
                let numbers = first..many.min(first + AT_ONCE);
                let scenarios: Vec<(usize, Scenario)> =
                    numbers.map(|number| (number, scenario(number))).collect();
                let forth: Vec<Option<String>> = scenarios
                    .iter()
                    .map(|(_, scenario)| one.journal(scenario))
                    .collect();
                let back = scenarios.iter().zip(forth).rev();
                for ((number, scenario), journal) in back {
                    if journal.is_none() || journal != other.journal(scenario) {
                        differ.push((*number, scenario.id.clone()));
                    }
                    ended();
                }
            }
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            if let Ok(some) = thread.join() {
                differ.extend(some?);
            }
        }
        Ok::<(), SuiteError>(())
    })?;
    differ.sort();
    Ok(differ.into_iter().map(|(_, id)| id).collect())
}

/// A room with a provisioner.
struct Player {
    room: Room,
    driver: Box<dyn crate::driver::Driver>,
}

impl Player {
    fn new(seed: u64, make: &Arc<MakeDriver>) -> Result<Self, SuiteError> {
        Ok(Self {
            room: Room::open(seed)?,
            driver: make()?,
        })
    }

    /// All that went over the wire, and what was reported; nothing where it could not be run.
    fn journal(&mut self, scenario: &Scenario) -> Option<String> {
        let verdict = self.room.run(scenario, self.driver.as_mut()).ok()?;
        written(&verdict)
    }
}

fn written(verdict: &Verdict) -> Option<String> {
    let mut journal = String::new();
    for record in &verdict.records {
        journal.push_str(&serde_json::to_string(&record.exchanges).ok()?);
        journal.push_str(&format!("{:?}", record.answer));
    }
    Some(journal)
}
