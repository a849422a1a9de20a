//! How long a run may take: no scenario begins after that.

use std::time::Duration;

use crate::clock::Stopwatch;

/// How many scenarios begin between two looks at the clock.
pub(super) const AT_ONCE: usize = 500;

/// A time that runs out.
pub(super) struct Budget {
    started: Stopwatch,
    limit: Option<Duration>,
}

impl Budget {
    /// So many seconds from now; without a number there is no limit.
    pub(super) fn start(limit_s: Option<u64>) -> Self {
        Self {
            started: Stopwatch::start(),
            limit: limit_s.map(Duration::from_secs),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.limit.is_some_and(|limit| self.elapsed() >= limit)
    }

    /// How many scenarios are given to the suite at a time.
    pub(super) fn at_once(&self, all: usize) -> usize {
        let at_once = if self.limit.is_some() { AT_ONCE } else { all };
        at_once.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_limit_everything_is_given_at_once() {
        let free = Budget::start(None);
        assert!(!free.is_spent());
        assert_eq!(free.at_once(10_000), 10_000);
        assert_eq!(free.at_once(0), 1);
        let spent = Budget::start(Some(0));
        assert!(spent.is_spent());
        assert_eq!(spent.at_once(10_000), AT_ONCE);
    }
}
