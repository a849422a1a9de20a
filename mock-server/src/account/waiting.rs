//! What a test asks of the exchanges: wait for some, and check that there were the expected ones.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::handle::Account;
use crate::journal::{Exchange, ExchangeQuery};
use crate::operation::Operation;

/// How many exchanges a report shows at the most.
const MAX_SHOWN: usize = 50;

/// How often an operation has to have been asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    operation: Operation,
    least: usize,
    most: usize,
}

impl Expected {
    /// Exactly this often.
    #[must_use]
    pub fn times(operation: Operation, times: usize) -> Self {
        Self {
            operation,
            least: times,
            most: times,
        }
    }

    /// Not at all.
    #[must_use]
    pub fn never(operation: Operation) -> Self {
        Self::times(operation, 0)
    }

    /// This often or more.
    #[must_use]
    pub fn at_least(operation: Operation, times: usize) -> Self {
        Self {
            operation,
            least: times,
            most: usize::MAX,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (0, 0) => write!(f, "{} never", self.operation.as_str()),
            (least, usize::MAX) => {
                write!(f, "{} at least {least} times", self.operation.as_str())
            }
            (least, _) => write!(f, "{} {least} times", self.operation.as_str()),
        }
    }
}

/// Something else came than was expected. Prints what was, and everything that came.
#[derive(Debug, Clone)]
pub struct NotAsExpected {
    wrong: Vec<(Expected, usize)>,
    came: Vec<Arc<Exchange>>,
}

impl std::error::Error for NotAsExpected {}

impl fmt::Display for NotAsExpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (expected, came) in &self.wrong {
            writeln!(f, "expected {expected}, came {came}")?;
        }
        write_exchanges(f, &self.came)
    }
}

/// What was waited for did not come in time. Prints everything that came.
#[derive(Debug, Clone)]
pub struct TimedOut {
    wanted: usize,
    matched: usize,
    came: Vec<Arc<Exchange>>,
}

impl std::error::Error for TimedOut {}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "waited for {} exchanges, {} came in time",
            self.wanted, self.matched
        )?;
        write_exchanges(f, &self.came)
    }
}

fn write_exchanges(f: &mut fmt::Formatter<'_>, came: &[Arc<Exchange>]) -> fmt::Result {
    if came.is_empty() {
        return write!(f, "nothing came at all");
    }
    write!(f, "what came:")?;
    let skipped = came.len().saturating_sub(MAX_SHOWN);
    if skipped > 0 {
        write!(f, "\n  ... {skipped} before these")?;
    }
    for exchange in came.iter().skip(skipped) {
        write!(f, "\n  {exchange}")?;
    }
    Ok(())
}

impl Account {
    /// Checks how often operations have been asked for since the account was made or reset.
    ///
    /// # Errors
    ///
    /// When one was asked for more or less often; the error prints what came.
    pub fn check(&self, expected: &[Expected]) -> Result<(), NotAsExpected> {
        let came = self.exchanges(0);
        let count = |operation| {
            let of = |exchange: &&Arc<Exchange>| exchange.operation == Some(operation);
            came.iter().filter(of).count()
        };
        let wrong: Vec<(Expected, usize)> = expected
            .iter()
            .map(|expected| (*expected, count(expected.operation)))
            .filter(|(expected, count)| !(expected.least..=expected.most).contains(count))
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(NotAsExpected { wrong, came })
    }

    /// Waits until this many exchanges match, and gives them. Blocks the thread.
    ///
    /// # Errors
    ///
    /// When they did not come in time; the error prints what came.
    pub fn wait_for(
        &self,
        query: &ExchangeQuery,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<Arc<Exchange>>, TimedOut> {
        let found = self.journal().wait(query, count, timeout);
        self.in_time(found, count)
    }

    /// As [`Account::wait_for`], for a task of tokio's.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn wait_for_async(
        &self,
        query: &ExchangeQuery,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<Arc<Exchange>>, TimedOut> {
        let found = crate::journal::wait_until(
            self.journal().news(),
            || self.journal().find(query),
            count,
            timeout,
        )
        .await;
        self.in_time(found, count)
    }

    fn in_time(
        &self,
        found: Vec<Arc<Exchange>>,
        wanted: usize,
    ) -> Result<Vec<Arc<Exchange>>, TimedOut> {
        if found.len() >= wanted {
            return Ok(found);
        }
        let matched = found.len();
        Err(TimedOut {
            wanted,
            matched,
            came: self.exchanges(0),
        })
    }
}
