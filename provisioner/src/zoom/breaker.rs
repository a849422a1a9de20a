//! Stops asking a Zoom that does not answer properly, and looks from time to time whether it does again: pure.

use std::time::Duration;

/// So many failures of all workers in a row, and nobody asks any more. More than one request has attempts.
const OPENS_AFTER: u32 = 10;
/// The first pause; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How often those who wait look whether the one who asks has an answer.
const LOOKS_AGAIN: Duration = Duration::from_millis(100);
/// After so much time without a proper answer the run ends.
const MAX_OUTAGE: Duration = Duration::from_secs(15 * 60);

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// It may go.
    Go,
    /// Not it, but a look at whether Zoom answers again, and nobody else meanwhile.
    Probe,
    /// At this moment it may ask again.
    At(Duration),
    /// Zoom has not answered for too long.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        since: Duration,
        until: Duration,
        pause: Duration,
    },
    Probing {
        since: Duration,
        pause: Duration,
    },
}

/// The breaker of a run.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    failures: u32,
    /// Something has succeeded: where nothing has, there is nothing to wait for.
    proven: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: State::Closed,
            failures: 0,
            proven: false,
        }
    }
}

impl Breaker {
    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// A request asks.
    pub(super) fn pass(&mut self, now: Duration) -> Pass {
        match self.state {
            State::Closed => Pass::Go,
            State::Open { since, .. } | State::Probing { since, .. }
                if now.saturating_sub(since) > MAX_OUTAGE =>
            {
                Pass::Over
            }
            State::Open { until, .. } if until > now => Pass::At(until),
            State::Open { since, pause, .. } => {
                self.state = State::Probing { since, pause };
                Pass::Probe
            }
            State::Probing { .. } => Pass::At(now.saturating_add(LOOKS_AGAIN)),
        }
    }

    /// Zoom answered.
    pub(super) fn answered(&mut self) {
        self.proven = true;
        if self.is_closed() {
            self.failures = 0;
        }
    }

    /// Zoom did not answer properly.
    pub(super) fn failed(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        if self.is_closed() && self.proven && self.failures >= OPENS_AFTER {
            self.state = State::Open {
                since: now,
                until: now.saturating_add(FIRST_PAUSE),
                pause: FIRST_PAUSE,
            };
        }
    }

    /// What came of the look.
    pub(super) fn probed(&mut self, answered: bool, now: Duration) {
        let State::Probing { since, pause } = self.state else {
            return;
        };
        if answered {
            self.state = State::Closed;
            self.failures = 0;
            return;
        }
        let pause = pause.saturating_mul(2).min(MAX_PAUSE);
        self.state = State::Open {
            since,
            until: now.saturating_add(pause),
            pause,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        breaker.answered();
        for _ in 0..OPENS_AFTER {
            assert_eq!(breaker.pass(s(0)), Pass::Go);
            breaker.failed(s(0));
        }
        breaker
    }

    #[test]
    fn f48_it_opens_after_failures_in_a_row_probes_singly_and_closes() {
        let mut breaker = opened();
        assert_eq!(breaker.pass(s(0)), Pass::At(s(1)));
        assert_eq!(breaker.pass(s(1)), Pass::Probe);
        assert_eq!(
            breaker.pass(s(1)),
            Pass::At(s(1) + LOOKS_AGAIN),
            "one alone"
        );
        breaker.probed(false, s(1));
        assert_eq!(breaker.pass(s(2)), Pass::At(s(3)), "the pause doubles");
        assert_eq!(breaker.pass(s(3)), Pass::Probe);
        breaker.probed(true, s(3));
        assert_eq!(breaker.pass(s(3)), Pass::Go);
        breaker.failed(s(3));
        assert!(breaker.is_closed(), "the count begins anew");
    }

    #[test]
    fn f48_ten_minutes_are_sat_out_with_few_looks_and_an_hour_is_not() {
        let mut breaker = opened();
        let (mut looks, mut over) = (0, None);
        for now in 0..3600 {
            match breaker.pass(s(now)) {
                Pass::Probe => {
                    looks += 1;
                    breaker.probed(false, s(now));
                }
                Pass::Over => {
                    over = Some(now);
                    break;
                }
                Pass::Go | Pass::At(_) => {}
            }
        }
        assert!(looks <= 22, "{looks}");
        assert!(over > Some(10 * 60), "{over:?}");
    }

    #[test]
    fn an_answer_between_failures_keeps_it_closed() {
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            for _ in 1..OPENS_AFTER {
                breaker.failed(s(0));
            }
            breaker.answered();
        }
        assert!(breaker.is_closed());
    }

    #[test]
    fn where_nothing_ever_answered_there_is_nothing_to_wait_for() {
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            breaker.failed(s(0));
        }
        assert!(breaker.is_closed());
    }
}
