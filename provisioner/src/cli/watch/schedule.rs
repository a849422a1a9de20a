//! When the next run is due: pure.

use std::time::Duration;

use jiff::Timestamp;

/// The longest wait after failures, unless the interval itself is longer.
pub(super) const MAX_BACKOFF: Duration = Duration::from_secs(3600);

/// The longest wait that Zoom's limits are kept without a look: Zoom's longest is the day's.
const MAX_DEFERRAL: Duration = Duration::from_secs(24 * 3600);

/// The shortest wait for somebody who failed.
const MIN_WAIT: Duration = Duration::from_secs(1);

/// How a run ended, as far as it matters for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It came to its end, or it did not begin for want of a file that can be read. The first of those who failed
    /// may be due again at a time of their own.
    Well(Option<Timestamp>),
    /// Nothing could be done for anybody.
    Badly,
    /// Zoom's limits ended it; Zoom may have said till when.
    Deferred(Option<Timestamp>),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    /// The longest wait.
    pub(super) wait: Duration,
    /// A file that changes does not make it shorter, the connection apart.
    pub(super) is_deferred: bool,
}

/// The waits between runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    interval: Duration,
    /// Failures in a row.
    failures: u32,
}

impl Schedule {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            failures: 0,
        }
    }

    /// The wait after a run: the interval, doubled for every failure in a row.
    pub(super) fn after(&mut self, ended: Ended, now: Timestamp) -> Next {
        if let Ended::Well(retry) = ended {
            self.failures = 0;
            let retry = retry
                .map(|retry| Duration::try_from(retry.duration_since(now)).unwrap_or_default());
            return Next {
                wait: retry.map_or(self.interval, |retry| {
                    retry.max(MIN_WAIT).min(self.interval)
                }),
                is_deferred: false,
            };
        }
        self.failures = self.failures.saturating_add(1);
        let doubled = self
            .interval
            .saturating_mul(2_u32.saturating_pow(self.failures));
        let wait = doubled.min(MAX_BACKOFF.max(self.interval));
        let Ended::Deferred(until) = ended else {
            return Next {
                wait,
                is_deferred: false,
            };
        };
        // A moment that is past is no leave to ask without end, and one that is far away may be an error.
        let told =
            until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default());
        Next {
            wait: told.map_or(wait, |told| {
                told.clamp(self.interval, MAX_DEFERRAL.max(self.interval))
            }),
            is_deferred: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn seconds(next: Next) -> u64 {
        next.wait.as_secs()
    }

    #[test]
    fn the_wait_doubles_up_to_a_limit_and_a_success_ends_that() {
        let mut schedule = Schedule::new(Duration::from_secs(300));
        let mut after = |ended| seconds(schedule.after(ended, NOW));
        assert_eq!(after(Ended::Well(None)), 300);
        let waits: Vec<u64> = (0..5).map(|_| after(Ended::Badly)).collect();
        assert_eq!(waits, [600, 1200, 2400, 3600, 3600]);
        assert_eq!(after(Ended::Well(None)), 300);
        assert_eq!(after(Ended::Badly), 600);
    }

    #[test]
    fn an_interval_beyond_the_limit_is_kept() {
        let mut schedule = Schedule::new(Duration::from_secs(7200));
        assert_eq!(seconds(schedule.after(Ended::Badly, NOW)), 7200);
    }

    #[test]
    fn who_failed_is_not_kept_waiting_by_a_long_interval() {
        let mut schedule = Schedule::new(Duration::from_secs(3600));
        let at = |second| Ended::Well(Timestamp::from_second(second).ok());
        for (due, wait) in [(300, 300), (5000, 3600), (0, 1), (-7, 1)] {
            assert_eq!(seconds(schedule.after(at(due), NOW)), wait, "{due}");
        }
        let never = Ended::Well(Some(Timestamp::MIN));
        assert_eq!(seconds(schedule.after(never, NOW)), 1);
    }

    #[test]
    fn what_zoom_says_is_kept() {
        let mut schedule = Schedule::new(Duration::from_secs(10));
        let until = |second| Some(Timestamp::from_second(second).unwrap());
        let next = schedule.after(Ended::Deferred(until(5000)), NOW);
        assert!(next.is_deferred);
        assert_eq!(seconds(next), 5000);
        assert_eq!(seconds(schedule.after(Ended::Deferred(until(-5)), NOW)), 10);
        let far = Ended::Deferred(until(1_000_000_000));
        assert_eq!(seconds(schedule.after(far, NOW)), 24 * 3600);
        assert_eq!(seconds(schedule.after(Ended::Deferred(None), NOW)), 160);
    }
}
