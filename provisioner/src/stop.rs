//! Stopping a run: what a signal, or the connection's own switch, says to it.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch;

/// How long a program takes to end at the most once it was told to.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long a write that is under way may wait for its answer once the run was told to stop. What is left of
/// [`STOP_LIMIT`] is for saving.
pub(crate) const ANSWER_GRACE: Duration = Duration::from_secs(7);

/// Why a run was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopCause {
    /// Somebody ended the program.
    Asked,
    /// The connection was switched off.
    SwitchedOff,
}

impl fmt::Display for StopCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "the run was told to stop",
            Self::SwitchedOff => "the connection was switched off",
        })
    }
}

/// A handle by which runs are stopped; clones are the same. Nothing is sent any more once it was used, waits end
/// at once, and what is under way is finished or written down for the next run.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<StopCause>>);

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// A handle that has not been used.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Tells the runs that have this handle to stop. The first cause counts.
    pub fn stop(&self, cause: StopCause) {
        self.0.send_if_modified(|held| {
            let is_first = held.is_none();
            held.get_or_insert(cause);
            is_first
        });
    }

    /// Why to stop, if so.
    #[must_use]
    pub fn cause(&self) -> Option<StopCause> {
        *self.0.borrow()
    }

    /// Returns once it was used.
    pub async fn stopped(&self) -> StopCause {
        let mut receiver = self.0.subscribe();
        let cause = receiver.wait_for(Option::is_some).await;
        // The sender lives as long as `self`, so there is an answer.
        cause
            .ok()
            .and_then(|cause| *cause)
            .unwrap_or(StopCause::Asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_cause_counts_for_all_clones() {
        let stop = Stop::new();
        assert_eq!(stop.cause(), None);
        let other = stop.clone();
        let waits = tokio::spawn(async move { other.stopped().await });
        stop.stop(StopCause::SwitchedOff);
        stop.stop(StopCause::Asked);
        assert_eq!(waits.await.unwrap(), StopCause::SwitchedOff);
        assert_eq!(stop.stopped().await, StopCause::SwitchedOff);
    }
}
