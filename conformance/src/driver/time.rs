//! A time in which waits take none: when nothing else happens, who waits least has waited.
//!
//! Zoom's clock moves with it, so that a provisioner in this process and Zoom agree on what has passed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

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

/// The way to Zoom where provisioner and Zoom are in one process and nobody touches a socket.
#[async_trait]
pub trait Way: fmt::Debug + Send + Sync {
    /// Sends a request and brings the whole answer.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, NoAnswer>;
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It did not come in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended before it.
    #[error("no answer")]
    Dropped,
    /// The connection ended within it.
    #[error("half an answer")]
    Cut,
}

/// The time of one scenario. It passes when it is told to, and when everybody waits.
#[derive(Debug)]
pub struct VirtualTime {
    clock: Arc<dyn MovesAlong>,
    state: Mutex<State>,
    inside: Option<Inside>,
}

/// Everything is in one process, on a runtime whose own time is paused: it jumps whenever nobody has anything
/// to do.
#[derive(Debug)]
struct Inside {
    way: Arc<dyn Way>,
    begun: Instant,
}

#[derive(Debug, Default)]
struct State {
    /// What has passed; inside, what it was told to pass beside the runtime's time.
    now: Duration,
    /// How far the clock has moved along.
    shown: Duration,
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
            inside: None,
        }
    }

    /// The same on a runtime whose time is paused, where requests go this way.
    #[must_use]
    pub fn inside(clock: Arc<dyn MovesAlong>, way: Arc<dyn Way>) -> Self {
        let begun = Instant::now();
        Self {
            inside: Some(Inside { way, begun }),
            ..Self::new(clock)
        }
    }

    /// Whether requests go to Zoom without a socket.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// Sends a request to Zoom without a socket.
    ///
    /// # Errors
    ///
    /// When there is no whole answer; `Dropped` where there is no such way.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let Some(inside) = &self.inside else {
            return Err(NoAnswer::Dropped);
        };
        self.show();
        let answer = inside.way.send(request).await;
        self.show();
        answer
    }

    /// What has passed since the scenario began. It never goes back.
    #[must_use]
    pub fn now(&self) -> Duration {
        let mut state = self.state();
        state.events += 1;
        self.passed(&state)
    }

    fn passed(&self, state: &State) -> Duration {
        let inside = self.inside.as_ref();
        let elapsed = inside.map_or(Duration::ZERO, |inside| inside.begun.elapsed());
        state.now.saturating_add(elapsed)
    }

    /// Lets the clock show what has passed.
    fn show(&self) {
        let mut state = self.state();
        let now = self.passed(&state);
        let by = now.saturating_sub(std::mem::replace(&mut state.shown, now));
        if !by.is_zero() {
            self.clock
                .advance(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
        }
    }

    /// What the clock shows.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        self.show();
        self.clock.now()
    }

    /// Time passes for everybody.
    pub fn pass(&self, time: Duration) {
        {
            let mut state = self.state();
            state.events += 1;
            state.now = state.now.saturating_add(time);
        }
        self.show();
    }

    /// Returns once so much has passed. A wait may be given up at any moment.
    pub async fn wait(&self, time: Duration) {
        if self.inside.is_some() {
            tokio::time::sleep(time).await;
            return self.show();
        }
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
            state.now = deadline;
        }
        let is_over = state.now >= deadline;
        drop(state);
        self.show();
        is_over
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
