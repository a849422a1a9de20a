//! What requests heed and tell while a run is under way: a stop, somebody who looks on, and what is counted.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::kind::{Asked, ErrorKind, ZoomError};
use super::session::{Session, Trial};
use crate::observer::{Notice, Observer};
use crate::stop::{ANSWER_GRACE, Stop, StopCause};

/// A wait that is worth telling.
const TOLD_WAIT: Duration = Duration::from_secs(1);

/// How much went over the wire since the provisioner was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were sent, those for tokens among them.
    pub requests: u64,
    /// Answers that said that there were too many requests.
    pub throttled: u64,
    /// Requests that were sent again.
    pub retries: u64,
}

/// What a run has of its own, and the counters of all runs.
#[derive(Debug)]
pub(super) struct Heed {
    run: Mutex<Run>,
    requests: AtomicU64,
    throttled: AtomicU64,
    retries: AtomicU64,
}

#[derive(Debug, Clone)]
struct Run {
    stop: Stop,
    observer: Arc<dyn Observer>,
    /// What has happened can be kept no more: no write goes out.
    is_sealed: bool,
}

impl Default for Heed {
    fn default() -> Self {
        Self {
            run: Mutex::new(Run {
                stop: Stop::new(),
                observer: Arc::new(()),
                is_sealed: false,
            }),
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }
}

impl Heed {
    pub(super) fn begin(&self, stop: Stop, observer: Arc<dyn Observer>) {
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Run {
            stop,
            observer,
            is_sealed: false,
        };
    }

    fn run(&self) -> Run {
        self.run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }
}

impl Session {
    /// Why the run is to stop, if so.
    pub(crate) fn stop_cause(&self) -> Option<StopCause> {
        self.heed.run().stop.cause()
    }

    /// Lets no write go out any more in this run: what becomes of it could not be kept.
    pub(crate) fn seal(&self) {
        let mut run = self.heed.run.lock();
        run.as_deref_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut())
            .is_sealed = true;
    }

    /// Tells who looks on.
    pub(crate) fn notice(&self, event: Notice) {
        self.heed.run().observer.notice(event);
    }

    /// What has been counted.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.heed.requests.load(Ordering::Relaxed),
            throttled: self.heed.throttled.load(Ordering::Relaxed),
            retries: self.heed.retries.load(Ordering::Relaxed),
        }
    }

    /// Something that is given up when the run is to stop.
    ///
    /// # Errors
    ///
    /// When the run is to stop.
    pub(super) async fn unless_stopped<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, ZoomError> {
        let stop = self.heed.run().stop;
        tokio::select! {
            biased;
            cause = stop.stopped() => Err(stopped(cause)),
            done = future => Ok(done),
        }
    }

    /// Waits, unless the run is to stop.
    ///
    /// # Errors
    ///
    /// When the run is to stop.
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), ZoomError> {
        if time >= TOLD_WAIT {
            tracing::info!(seconds = time.as_secs_f32(), "waiting for Zoom");
            self.notice(Notice::Waiting { time });
        }
        self.unless_stopped(self.waiter().wait(time)).await
    }

    /// Waits before a request is sent again.
    ///
    /// # Errors
    ///
    /// When the run is to stop.
    pub(super) async fn wait_until(
        &self,
        until: Duration,
        what: &str,
        trial: &Trial,
        error: &ZoomError,
    ) -> Result<(), ZoomError> {
        self.heed.retries.fetch_add(1, Ordering::Relaxed);
        let left = until.saturating_sub(self.waiter().now());
        // Zoom's own words may name a user; its status does not.
        tracing::info!(
            what,
            kind = ?error.kind,
            status = error.status,
            attempt = trial.sent(),
            seconds = left.as_secs_f32(),
            "sending it again"
        );
        match left.is_zero() {
            true => Ok(()),
            false => self.pause(left).await,
        }
    }

    /// Sends a request. A stop lets none begin, gives up a read at once, and lets a write wait a while for its
    /// answer; one that does not come leaves it unknown whether the write was done.
    ///
    /// # Errors
    ///
    /// When the run is to stop.
    pub(super) async fn heed<T>(
        &self,
        asked: Asked,
        exchange: impl Future<Output = T>,
    ) -> Result<T, ZoomError> {
        let run = self.heed.run();
        if let Some(cause) = run.stop.cause() {
            return Err(stopped(cause));
        }
        if run.is_sealed && !asked.is_read() {
            let message = "what becomes of it could not be kept, so it was not sent";
            return Err(ZoomError::new(ErrorKind::Stopped, message));
        }
        self.heed.requests.fetch_add(1, Ordering::Relaxed);
        if asked.is_read() {
            return self.unless_stopped(exchange).await;
        }
        let grace = async {
            run.stop.stopped().await;
            self.waiter().wait(ANSWER_GRACE).await;
        };
        tokio::select! {
            biased;
            answer = exchange => Ok(answer),
            () = grace => {
                let message = "the run was told to stop before Zoom's answer came";
                Err(ZoomError::new(ErrorKind::Unknown, message))
            }
        }
    }
}

/// The run is to stop; this was not sent.
pub(crate) fn stopped(cause: StopCause) -> ZoomError {
    ZoomError::new(ErrorKind::Stopped, cause.to_string())
}
