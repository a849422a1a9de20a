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

/// A scenario that was not the same twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The scenario's number.
    number: usize,
    /// Its id.
    pub id: String,
    /// The first line of the two journals that is not the same; empty where there is none.
    pub lines: [String; 2],
}

/// Runs each scenario of a number twice, each time in another room after other scenarios, and says whose journals
/// differ in a byte, in the order of the numbers. Those that cannot be run are the same if they say the same.
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
) -> Result<Vec<Difference>, SuiteError> {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut differ: Vec<Difference> = Vec::new();
    std::thread::scope(|scope| {
        let work = || -> Result<Vec<Difference>, SuiteError> {
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
                let forth: Vec<Vec<String>> = scenarios
                    .iter()
                    .map(|(_, scenario)| one.journal(scenario))
                    .collect();
                let back = scenarios.iter().zip(forth).rev();
                for ((number, scenario), journal) in back {
                    let lines = first_difference(&journal, &other.journal(scenario));
                    differ.extend(lines.map(|lines| Difference {
                        number: *number,
                        id: scenario.id.clone(),
                        lines,
                    }));
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
    Ok(differ)
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

    /// All that went over the wire, and what was reported, line by line; why, where it could not be run.
    fn journal(&mut self, scenario: &Scenario) -> Vec<String> {
        match self.room.run(scenario, self.driver.as_mut()) {
            Ok(verdict) => written(&verdict),
            Err(error) => vec![error.to_string()],
        }
    }
}

fn written(verdict: &Verdict) -> Vec<String> {
    let records = verdict.records.iter();
    let lines = records.flat_map(|record| {
        let exchanges = record.exchanges.iter();
        let exchanges = exchanges.map(|exchange| format!("step {}: {exchange:?}", record.step));
        exchanges.chain([format!("step {}: {:?}", record.step, record.answer)])
    });
    lines.collect()
}

/// The first lines that are not the same.
fn first_difference(one: &[String], other: &[String]) -> Option<[String; 2]> {
    let line = |journal: &[String], at: usize| journal.get(at).cloned().unwrap_or_default();
    (0..one.len().max(other.len()))
        .find(|at| one.get(*at) != other.get(*at))
        .map(|at| [line(one, at), line(other, at)])
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_first_difference_is_found_also_behind_the_end_of_one() {
        let same = lines("a\nb");
        assert_eq!(first_difference(&same, &same), None);
        let other = first_difference(&same, &lines("a\nc\nd"));
        assert_eq!(other, Some(["b".to_owned(), "c".to_owned()]));
        let longer = first_difference(&same, &lines("a\nb\nc"));
        assert_eq!(longer, Some([String::new(), "c".to_owned()]));
    }
}
