//! Virtual time: another clock's plus an offset, or an instant that stands still.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a clock starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockStart {
    /// At the system's time, and goes on with it.
    #[default]
    System,
    /// At an instant, and moves only when it is advanced: same requests, same bytes.
    At(Timestamp),
    /// At an instant, and goes on from there with the system's time.
    From(Timestamp),
}

/// The clock of a server or of one account, which every rule goes by. An account's goes with its server's.
#[derive(Debug)]
pub struct Clock {
    parent: Option<Arc<Clock>>,
    start: Setting,
    setting: Mutex<Setting>,
}

#[derive(Debug, Clone, Copy)]
struct Setting {
    frozen: Option<Timestamp>,
    offset: SignedDuration,
}

/// How a clock goes that goes with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gait {
    /// Not at all.
    StillAt(Timestamp),
    /// So far ahead of the other.
    Ahead(SignedDuration),
}

/// An advance leads out of the range of time stamps (years -9999 to 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be advanced that far")]
pub struct OutOfRange;

impl Clock {
    /// A clock that starts as told.
    #[must_use]
    pub fn new(start: ClockStart) -> Self {
        let clock = |frozen, offset| Self::with(None, Setting { frozen, offset });
        match start {
            ClockStart::System => clock(None, SignedDuration::ZERO),
            ClockStart::At(instant) => clock(Some(instant), SignedDuration::ZERO),
            ClockStart::From(instant) => {
                let system = clock(None, SignedDuration::ZERO).now();
                clock(None, instant.duration_since(system))
            }
        }
    }

    /// A clock that goes with another until it is set itself.
    #[must_use]
    pub fn of(parent: Arc<Self>) -> Self {
        let start = Setting {
            frozen: None,
            offset: SignedDuration::ZERO,
        };
        Self::with(Some(parent), start)
    }

    fn with(parent: Option<Arc<Self>>, start: Setting) -> Self {
        Self {
            parent,
            start,
            setting: Mutex::new(start),
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let setting = *self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        let base = self.base(setting);
        base.checked_add(setting.offset).unwrap_or(base)
    }

    /// How the clock goes.
    pub(crate) fn gait(&self) -> Gait {
        let setting = *self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        match setting.frozen {
            Some(_) => Gait::StillAt(self.now()),
            None => Gait::Ahead(setting.offset),
        }
    }

    /// Lets the clock go so.
    ///
    /// # Errors
    ///
    /// When that leads to a time that cannot be represented.
    pub(crate) fn go(&self, gait: Gait) -> Result<(), OutOfRange> {
        match gait {
            Gait::StillAt(instant) => drop(self.freeze(Some(instant))),
            Gait::Ahead(by) => drop(self.advance(by)?),
        }
        Ok(())
    }

    /// Moves the clock; a negative duration moves it back.
    ///
    /// # Errors
    ///
    /// When the new time cannot be represented. The clock then stays as it was.
    pub fn advance(&self, by: SignedDuration) -> Result<Timestamp, OutOfRange> {
        let mut setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = setting.offset.checked_add(by).ok_or(OutOfRange)?;
        let base = self.base(*setting);
        let now = base.checked_add(offset).map_err(|_| OutOfRange)?;
        setting.offset = offset;
        Ok(now)
    }

    /// Lets the clock stand still, at an instant or where it is; it moves only when it is advanced.
    pub fn freeze(&self, at: Option<Timestamp>) -> Timestamp {
        let now = at.unwrap_or_else(|| self.now());
        let mut setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        *setting = Setting {
            frozen: Some(now),
            offset: SignedDuration::ZERO,
        };
        now
    }

    /// Sets the clock back to how it started.
    pub fn reset(&self) -> Timestamp {
        *self.setting.lock().unwrap_or_else(PoisonError::into_inner) = self.start;
        self.now()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn base(&self, setting: Setting) -> Timestamp {
        match (setting.frozen, &self.parent) {
            (Some(instant), _) => instant,
            (None, Some(parent)) => parent.now(),
            (None, None) => Timestamp::now(),
        }
    }
}

/// Time stamps are kept in whole seconds, as Zoom shows them.
pub(crate) fn whole_second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::new(ClockStart::At(start()));
        assert_eq!(clock.now(), start());
        clock.advance(SignedDuration::from_secs(3600)).unwrap();
        assert_eq!(clock.now().as_second(), 1_700_003_600);
        assert_eq!(clock.reset(), start());
    }

    #[test]
    fn an_advance_out_of_range_changes_nothing() {
        let clock = Clock::new(ClockStart::At(start()));
        assert_eq!(clock.advance(SignedDuration::MAX), Err(OutOfRange));
        assert_eq!(clock.now(), start());
    }

    #[test]
    fn an_accounts_clock_goes_with_the_servers_until_it_is_frozen() {
        let server = Arc::new(Clock::new(ClockStart::At(start())));
        let account = Clock::of(Arc::clone(&server));
        account.advance(SignedDuration::from_secs(10)).unwrap();
        server.advance(SignedDuration::from_secs(5)).unwrap();
        assert_eq!(account.now().as_second(), start().as_second() + 15);
        let frozen = account.freeze(None);
        server.advance(SignedDuration::from_secs(5)).unwrap();
        assert_eq!(account.now(), frozen);
        assert_eq!(account.reset(), server.now());
    }
}
