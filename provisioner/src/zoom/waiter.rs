//! Time as a run lives it.

use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::clock::{monotonic, wall};

/// Clocks, and the one way to wait. Tests give one in which waits take no time.
#[async_trait]
pub trait Waiter: fmt::Debug + Send + Sync {
    /// What has passed since some fixed moment. It never goes back.
    fn now(&self) -> Duration;

    /// What this machine holds the time to be.
    fn wall(&self) -> Timestamp;

    /// Returns once so much has passed.
    async fn wait(&self, time: Duration);
}

/// Time as everybody lives it.
#[derive(Debug)]
pub(crate) struct RealTime(Instant);

impl RealTime {
    pub(crate) fn new() -> Self {
        Self(monotonic())
    }
}

#[async_trait]
impl Waiter for RealTime {
    fn now(&self) -> Duration {
        monotonic().saturating_duration_since(self.0)
    }

    fn wall(&self) -> Timestamp {
        wall()
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
