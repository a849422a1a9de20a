//! A time in which waits take none: when nothing else happens, the one who waits least has waited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mock_server::MockServer;
use provisioner::Waiter;

/// How long nothing has to happen, in looks of a millisecond.
const QUIET_LOOKS: u32 = 3;

/// The time of a server: its clock moves with it.
#[derive(Debug)]
pub(super) struct SwiftTime {
    server: Arc<MockServer>,
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

impl SwiftTime {
    pub(super) fn new(server: Arc<MockServer>) -> Self {
        Self {
            server,
            state: Mutex::default(),
        }
    }

    /// Time passes for everybody.
    pub(super) fn pass(&self, time: Duration) {
        let mut state = self.state.lock().unwrap();
        state.now += time;
        state.events += 1;
        let time = SignedDuration::try_from(time).unwrap();
        self.server.clock().advance(time).unwrap();
    }

    fn look(&self, deadline: Duration, quiet: &mut (u64, u32)) -> bool {
        let mut state = self.state.lock().unwrap();
        if quiet.0 == state.events {
            quiet.1 += 1;
        } else {
            *quiet = (state.events, 0);
        }
        let is_first = state.waiting.iter().min() == Some(&deadline);
        if state.now < deadline && is_first && quiet.1 >= QUIET_LOOKS {
            let left = deadline - state.now;
            state.now = deadline;
            let left = SignedDuration::try_from(left).unwrap();
            self.server.clock().advance(left).unwrap();
        }
        let is_over = state.now >= deadline;
        if is_over {
            let index = state.waiting.iter().position(|other| *other == deadline);
            state.waiting.swap_remove(index.unwrap());
            state.events += 1;
        }
        is_over
    }
}

#[async_trait]
impl Waiter for SwiftTime {
    fn now(&self) -> Duration {
        let mut state = self.state.lock().unwrap();
        state.events += 1;
        state.now
    }

    fn wall(&self) -> Timestamp {
        self.server.clock().now()
    }

    async fn wait(&self, time: Duration) {
        let deadline = {
            let mut state = self.state.lock().unwrap();
            let deadline = state.now + time;
            state.waiting.push(deadline);
            state.events += 1;
            deadline
        };
        let gone = Gone(self, deadline);
        let mut quiet = (0, 0);
        while !self.look(deadline, &mut quiet) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        std::mem::forget(gone);
    }
}

/// A wait that is given up, as in a run that is killed.
struct Gone<'a>(&'a SwiftTime, Duration);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        let index = state.waiting.iter().position(|other| *other == self.1);
        if let Some(index) = index {
            state.waiting.swap_remove(index);
        }
    }
}
