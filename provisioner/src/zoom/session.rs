//! What all requests of a provisioner have in common: the token, the pace, the breaker, the budget of retries.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::breaker::{Breaker, Pass};
use super::dice::Dice;
use super::heed::Heed;
use super::kind::{ErrorKind, Reason, ZoomError};
use super::pace::{Category, Crowd, Pace, Turn};
use super::retry::{self, Budget, Decision, Failure};
use super::token::TokenCache;
use super::waiter::{RealTime, Waiter};
use crate::observer::Observer;
use crate::stop::Stop;

/// How often one request goes out with another token at the most.
const MAX_TOKENS: u32 = 8;

/// What requests share. One for all workers.
#[derive(Debug)]
pub(crate) struct Session {
    waiter: Arc<dyn Waiter>,
    pub(super) tokens: TokenCache,
    shared: Mutex<Shared>,
    places: Semaphore,
    pub(super) heed: Heed,
}

#[derive(Debug)]
struct Shared {
    pace: Pace,
    breaker: Breaker,
    crowd: Crowd,
    budget: Budget,
    dice: Dice,
}

/// How a request fares.
#[derive(Debug)]
pub(super) struct Trial {
    idempotent: bool,
    attempts: u32,
    put_off: u32,
    tokens: u32,
    since: Duration,
}

/// Leave to send one request. The place of the request is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Leave<'a> {
    session: &'a Session,
    place: Option<SemaphorePermit<'a>>,
    probes: bool,
}

impl Trial {
    /// Which time it is that the request is sent, from 1.
    pub(super) fn sent(&self) -> u32 {
        1 + self.attempts + self.put_off + self.tokens
    }
}

impl Session {
    /// In real time, with chance from the clock.
    pub(crate) fn new() -> Self {
        let waiter = RealTime::new();
        let seed = waiter.wall().as_nanosecond().unsigned_abs();
        Self::with(
            Arc::new(waiter),
            u64::try_from(seed & u128::from(u64::MAX)).unwrap_or(0),
        )
    }

    /// In another time, with chance from a seed.
    pub(crate) fn with(waiter: Arc<dyn Waiter>, seed: u64) -> Self {
        Self {
            waiter,
            tokens: TokenCache::default(),
            shared: Mutex::new(Shared {
                pace: Pace::default(),
                breaker: Breaker::default(),
                crowd: Crowd::default(),
                budget: Budget::default(),
                dice: Dice::new(seed),
            }),
            places: Semaphore::new(Crowd::FIRST),
            heed: Heed::default(),
        }
    }

    /// A run begins: budget, breaker, its stop and who looks on are its own; what is known of Zoom's limits stays.
    pub(crate) async fn begin(&self, stop: Stop, observer: Arc<dyn Observer>) {
        self.heed.begin(stop, observer);
        {
            let mut shared = self.shared();
            shared.pace.begin();
            shared.breaker = Breaker::default();
            shared.budget = Budget::default();
        }
        self.tokens.begin().await;
    }

    pub(crate) fn waiter(&self) -> &dyn Waiter {
        self.waiter.as_ref()
    }

    /// A number from 0 to 1, by chance.
    pub(crate) fn chance(&self) -> f64 {
        self.shared().dice.throw()
    }

    /// The lock is never held over an await.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn trial(&self, idempotent: bool) -> Trial {
        Trial {
            idempotent,
            attempts: 0,
            put_off: 0,
            tokens: 0,
            since: self.waiter.now(),
        }
    }

    /// Returns when a request of a category may go.
    pub(super) async fn leave(&self, category: Category) -> Result<Leave<'_>, ZoomError> {
        let mut leave = Leave {
            session: self,
            place: None,
            probes: false,
        };
        if category != Category::Token {
            // The semaphore is never closed.
            leave.place = self.unless_stopped(self.places.acquire()).await?.ok();
        }
        let mut order = None;
        loop {
            let now = self.waiter.now();
            let until = match self.may_go(category, order, now)? {
                Go::Now => return Ok(leave),
                Go::Probe => {
                    leave.probes = true;
                    return Ok(leave);
                }
                Go::At(until, kept) => {
                    order = kept;
                    until
                }
            };
            self.pause(until.saturating_sub(now)).await?;
        }
    }

    fn may_go(
        &self,
        category: Category,
        order: Option<Duration>,
        now: Duration,
    ) -> Result<Go, ZoomError> {
        let mut shared = self.shared();
        if category != Category::Token {
            match shared.breaker.pass(now) {
                Pass::Go => {}
                Pass::Probe => return Ok(Go::Probe),
                Pass::At(until) => return Ok(Go::At(until, None)),
                Pass::Over => {
                    let message = "Zoom has not answered properly for 15 minutes";
                    return Err(ZoomError::new(ErrorKind::Systemic(Reason::Outage), message));
                }
            }
        }
        match shared.pace.turn(category, order, now) {
            Turn::Now => Ok(Go::Now),
            Turn::At(until, kept) => Ok(Go::At(until, kept)),
            Turn::Never(error) => Err(*error),
        }
    }

    /// A limit that an answer names.
    pub(super) fn learn(&self, category: Category, per_second: u32) {
        self.shared().pace.learn(category, per_second);
    }

    /// A wait that comes without a refusal for being too many.
    pub(super) fn hold(&self, category: Category, wait: Duration) {
        if wait <= retry::MAX_TOLD_WAIT {
            let until = self.waiter.now().saturating_add(wait);
            self.shared().pace.hold(category, until);
        }
    }

    /// Zoom did what was asked, or refused it for a reason.
    pub(super) fn answered(&self) {
        let mut shared = self.shared();
        shared.breaker.answered();
        shared.budget.successes += 1;
        let places = shared.crowd.grow();
        drop(shared);
        if places > 0 {
            self.places.add_permits(places);
        }
    }

    /// Decides about a failure, and lets all others know what it says about Zoom.
    pub(super) fn failed(
        &self,
        category: Category,
        trial: &mut Trial,
        error: &ZoomError,
    ) -> Decision {
        let now = self.waiter.now();
        let mut shared = self.shared();
        let is_throttled = matches!(error.kind, ErrorKind::Throttled(_));
        match error.kind {
            ErrorKind::Throttled(_) => {
                self.heed.count_throttled();
                trial.put_off += 1;
            }
            ErrorKind::Transient | ErrorKind::Unknown if category != Category::Token => {
                shared.breaker.failed(now);
                shared.crowd.shrink(now);
                // An outage is not this request's: it waits with all others, and costs it nothing.
                let again = error.kind == ErrorKind::Transient || trial.idempotent;
                if again && !shared.breaker.is_closed() {
                    return Decision::WaitUntil(now);
                }
                trial.attempts += 1;
            }
            _ => trial.attempts += 1,
        }
        let failure = Failure {
            kind: error.kind,
            idempotent: trial.idempotent,
            attempts: trial.attempts,
            put_off: trial.put_off,
            since: trial.since,
            now,
            chance: shared.dice.throw(),
        };
        let decision = retry::decide(&failure, shared.budget);
        match decision {
            Decision::WaitUntil(until) if is_throttled => {
                shared.crowd.shrink(now);
                shared.pace.hold(category, until);
            }
            Decision::GiveUp if is_throttled => shared.pace.end(category, error),
            Decision::WaitUntil(_) => shared.budget.retries += 1,
            Decision::GiveUp => {}
        }
        decision
    }

    /// Another token for one request, which has a limit.
    pub(super) fn may_renew(trial: &mut Trial) -> Result<(), ZoomError> {
        trial.tokens += 1;
        match trial.tokens > MAX_TOKENS {
            true => Err(super::token::contention()),
            false => Ok(()),
        }
    }
}

enum Go {
    Now,
    Probe,
    At(Duration, Option<Duration>),
}

impl Leave<'_> {
    /// Whether it is not leave for the request itself, but for a look at whether Zoom answers.
    pub(super) fn probes(&self) -> bool {
        self.probes
    }

    /// What came of the look.
    pub(super) fn probed(mut self, answered: bool) {
        self.probes = false;
        let now = self.session.waiter.now();
        self.session.shared().breaker.probed(answered, now);
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut shared = self.session.shared();
        if self.probes {
            // Nobody looked, so somebody else has to.
            shared.breaker.probed(false, self.session.waiter.now());
        }
        if let Some(place) = self.place.take()
            && shared.crowd.gives_up()
        {
            place.forget();
        }
    }
}
