//! Virtual time: the system's clock plus an offset, or an instant that stands still.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Where a clock starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockStart {
    /// At the system's time, and goes on with it.
    #[default]
    System,
    /// At an instant, and moves only when it is advanced: same requests, same bytes.
    At(Timestamp),
}

/// The clock that every rule of the server goes by.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    frozen: Option<Timestamp>,
    offset: SignedDuration,
}

/// An advance leads out of the range of time stamps (years -9999 to 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be advanced that far")]
pub struct OutOfRange;

impl Clock {
    /// A clock that starts as told.
    #[must_use]
    pub fn new(start: ClockStart) -> Self {
        let frozen = match start {
            ClockStart::System => None,
            ClockStart::At(instant) => Some(instant),
        };
        let state = State {
            frozen,
            offset: SignedDuration::ZERO,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// The time now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn now(&self) -> Timestamp {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let base = state.frozen.unwrap_or_else(Timestamp::now);
        base.checked_add(state.offset).unwrap_or(base)
    }

    /// Moves the clock; a negative duration moves it back.
    ///
    /// # Errors
    ///
    /// When the new time cannot be represented. The clock then stays as it was.
    pub fn advance(&self, by: SignedDuration) -> Result<Timestamp, OutOfRange> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = state.offset.checked_add(by).ok_or(OutOfRange)?;
        #[expect(clippy::disallowed_methods, reason = "as in now")]
        let base = state.frozen.unwrap_or_else(Timestamp::now);
        let now = base.checked_add(offset).map_err(|_| OutOfRange)?;
        state.offset = offset;
        Ok(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let clock = Clock::new(ClockStart::At(start));
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(3600)).unwrap();
        assert_eq!(clock.now().as_second(), 1_700_003_600);
        clock.advance(SignedDuration::from_secs(-3600)).unwrap();
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn an_advance_out_of_range_changes_nothing() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let clock = Clock::new(ClockStart::At(start));
        assert_eq!(clock.advance(SignedDuration::MAX), Err(OutOfRange));
        assert_eq!(clock.now(), start);
    }
}
