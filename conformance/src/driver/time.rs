//! A time in which waits take none: when nothing else happens, who waits least has waited.
//!
//! Zoom's clock moves with it, so that a provisioner in this process and Zoom agree on what has passed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long nothing has to happen before time jumps, in looks.
const QUIET_LOOKS: u32 = 3;
/// How long one look takes.
const LOOK: Duration = Duration::from_millis(1);

/// The clock that moves with the time of a scenario: Zoom's.
pub trait MovesAlong: fmt::Debug + Send + Sync {
    /// What the clock shows.
    fn now(&self) -> Timestamp;

    /// Moves it on.
    fn advance(&self, by: SignedDuration);
}

/// The time of one scenario. It passes when it is told to, and when everybody waits.
#[derive(Debug)]
pub struct VirtualTime {
    clock: Arc<dyn MovesAlong>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    /// Who waits, till when.
    waiting: Vec<Duration>,
    /// Grows with everything that happens.
    events: u64,
}

impl VirtualTime {
    /// A time that begins now, with a clock that moves along.
    #[must_use]
    pub fn new(clock: Arc<dyn MovesAlong>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// What has passed since the scenario began. It never goes back.
    #[must_use]
    pub fn now(&self) -> Duration {
        let mut state = self.state();
        state.events += 1;
        state.now
    }

    /// What the clock shows.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes for everybody.
    pub fn pass(&self, time: Duration) {
        let mut state = self.state();
        state.events += 1;
        self.move_on(&mut state, time);
    }

    /// Returns once so much has passed. A wait may be given up at any moment.
    pub async fn wait(&self, time: Duration) {
        let deadline = {
            let mut state = self.state();
            let deadline = state.now.saturating_add(time);
            state.waiting.push(deadline);
            state.events += 1;
            deadline
        };
        let _gone = Gone(self, deadline);
        let mut quiet = Quiet::default();
        while !self.is_over(deadline, &mut quiet) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether the wait till then is over; if nothing else happens, it is made to be.
    fn is_over(&self, deadline: Duration, quiet: &mut Quiet) -> bool {
        let mut state = self.state();
        if quiet.events == state.events {
            quiet.looks += 1;
        } else {
            *quiet = Quiet {
                events: state.events,
                looks: 0,
            };
        }
        let is_first = state.waiting.iter().min() == Some(&deadline);
        if state.now < deadline && is_first && quiet.looks >= QUIET_LOOKS {
            let left = deadline.saturating_sub(state.now);
            self.move_on(&mut state, left);
        }
        state.now >= deadline
    }

    fn move_on(&self, state: &mut State, by: Duration) {
        state.now = state.now.saturating_add(by);
        self.clock
            .advance(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
    }

    /// The lock is never held over an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how many looks nothing has happened.
#[derive(Default)]
struct Quiet {
    events: u64,
    looks: u32,
}

/// A wait that ends, whether it is over or given up, as in a run that is killed.
struct Gone<'a>(&'a VirtualTime, Duration);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let Some(index) = state.waiting.iter().position(|other| *other == self.1) {
            state.waiting.swap_remove(index);
        }
        state.events += 1;
    }
}
