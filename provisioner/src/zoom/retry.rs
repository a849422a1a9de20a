//! Whether and when a request is sent again. Pure: what has passed and what chance says are given.

use std::time::Duration;

use super::kind::{ErrorKind, Throttle};

/// How often a request is sent at the most, waits that Zoom tells apart.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// The most that the first wait may be; it doubles with every attempt.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that nobody told.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// The longest that one request is held back by waits that Zoom tells: beyond it the run ends, to go on later.
pub(super) const MAX_TOLD_WAIT: Duration = Duration::from_secs(3600);
/// What is added by chance to a wait that is told, so that not all come back in one moment.
const MAX_SPREAD: Duration = Duration::from_millis(250);
/// Retries for each hundred successes of a run.
const RETRIES_PER_HUNDRED: u64 = 20;
/// Retries that a run has whatever succeeds.
const FLOOR: u64 = 10;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing: the failure stands.
    GiveUp,
    /// Send it again, not before this moment.
    WaitUntil(Duration),
}

/// A failure, as far as it matters whether the request is sent again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failure {
    pub(super) kind: ErrorKind,
    pub(super) idempotent: bool,
    /// How often it was sent, times that Zoom put it off apart.
    pub(super) attempts: u32,
    /// How often Zoom put it off.
    pub(super) put_off: u32,
    /// When it was first to be sent.
    pub(super) since: Duration,
    /// Now.
    pub(super) now: Duration,
    /// A number from 0 to 1, by chance.
    pub(super) chance: f64,
}

/// Decides about a failure, within a budget.
pub(super) fn decide(failure: &Failure, budget: Budget) -> Decision {
    let again = match failure.kind {
        ErrorKind::Throttled(throttle) => return held_back(failure, throttle),
        ErrorKind::Transient => true,
        // Whether it was done is for the engine to find out.
        ErrorKind::Unknown => failure.idempotent,
        ErrorKind::Gone
        | ErrorKind::Conflict
        | ErrorKind::User
        | ErrorKind::Protected
        | ErrorKind::NoSeat
        | ErrorKind::Token
        | ErrorKind::Systemic(_)
        | ErrorKind::Stopped => false,
    };
    if !again || failure.attempts >= MAX_ATTEMPTS || !budget.allows() {
        return Decision::GiveUp;
    }
    Decision::WaitUntil(failure.now + backoff(failure.attempts, failure.chance))
}

/// A wait that is told is kept, if it is one that a run can sit out. A day's quota is not.
fn held_back(failure: &Failure, throttle: Throttle) -> Decision {
    if throttle.daily {
        return Decision::GiveUp;
    }
    let put_off = failure.put_off.max(1);
    let wait = match throttle.wait {
        // What is past or now still says to be slower.
        Some(told) if told.is_zero() => FIRST_WAIT,
        Some(told) => told.saturating_add(MAX_SPREAD.mul_f64(failure.chance)),
        None => backoff(put_off, failure.chance).max(FIRST_WAIT),
    };
    let until = failure.now.saturating_add(wait);
    match until.saturating_sub(failure.since) > MAX_TOLD_WAIT {
        true => Decision::GiveUp,
        false => Decision::WaitUntil(until),
    }
}

/// Doubling with full jitter: any time from none to the doubled one.
pub(super) fn backoff(attempts: u32, chance: f64) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    doubled.min(MAX_WAIT).mul_f64(chance.clamp(0.0, 1.0))
}

/// The retries that a run may spend: a share of what succeeds, so that an outage is not hammered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) successes: u64,
    pub(super) retries: u64,
}

impl Budget {
    /// Whether one more may be spent.
    pub(super) fn allows(self) -> bool {
        let share = self.successes.saturating_mul(RETRIES_PER_HUNDRED) / 100;
        self.retries < share.saturating_add(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kind::Reason;
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn failure(kind: ErrorKind) -> Failure {
        Failure {
            kind,
            idempotent: true,
            attempts: 1,
            put_off: 0,
            since: NOW,
            now: NOW,
            chance: 0.5,
        }
    }

    fn throttled(wait: Option<u64>) -> Failure {
        let wait = wait.map(Duration::from_secs);
        failure(ErrorKind::Throttled(Throttle { wait, daily: false }))
    }

    fn waits(failure: &Failure) -> Option<Duration> {
        match decide(failure, Budget::default()) {
            Decision::GiveUp => None,
            Decision::WaitUntil(until) => Some(until.saturating_sub(failure.now)),
        }
    }

    #[test]
    fn what_may_go_better_and_cannot_do_harm_is_sent_again() {
        let rows = [
            (ErrorKind::Transient, true, true),
            (ErrorKind::Unknown, true, false),
            (ErrorKind::Gone, false, false),
            (ErrorKind::Conflict, false, false),
            (ErrorKind::User, false, false),
            (ErrorKind::Token, false, false),
            (ErrorKind::Systemic(Reason::Outage), false, false),
        ];
        for (kind, idempotent, other) in rows {
            assert_eq!(waits(&failure(kind)).is_some(), idempotent, "{kind:?}");
            let once = Failure {
                idempotent: false,
                ..failure(kind)
            };
            assert_eq!(waits(&once).is_some(), other, "{kind:?}");
        }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let most = |attempts| backoff(attempts, 1.0);
        assert_eq!((most(1), most(2)), (FIRST_WAIT, FIRST_WAIT * 2));
        assert_eq!((most(20), most(u32::MAX)), (MAX_WAIT, MAX_WAIT));
        let last = Failure {
            attempts: MAX_ATTEMPTS,
            ..failure(ErrorKind::Transient)
        };
        assert_eq!(waits(&last), None);
    }

    #[test]
    fn f44_a_wait_that_is_told_is_kept_however_often_and_costs_no_attempt() {
        let told = Failure {
            attempts: MAX_ATTEMPTS,
            ..throttled(Some(7))
        };
        let wait = waits(&told).unwrap();
        assert!(wait >= Duration::from_secs(7) && wait <= Duration::from_secs(7) + MAX_SPREAD);
        let empty = Budget {
            successes: 0,
            retries: FLOOR,
        };
        assert_ne!(decide(&told, empty), Decision::GiveUp);
        let once = Failure {
            idempotent: false,
            ..told
        };
        assert_eq!(
            waits(&once),
            Some(wait),
            "nothing was done, so a create may be sent again"
        );
    }

    #[test]
    fn f45_past_waits_little_nothing_backs_off_and_far_ends() {
        assert_eq!(waits(&throttled(Some(0))), Some(FIRST_WAIT));
        assert!(waits(&throttled(None)).unwrap() >= FIRST_WAIT);
        let later = Failure {
            put_off: 10,
            chance: 1.0,
            ..throttled(None)
        };
        assert_eq!(waits(&later), Some(MAX_WAIT));
        assert!(waits(&throttled(Some(3_000))).is_some());
        assert_eq!(waits(&throttled(Some(3_601))), None);
        assert_eq!(waits(&throttled(Some(u64::MAX))), None);
        let long_since = Failure {
            since: Duration::ZERO,
            now: MAX_TOLD_WAIT,
            ..throttled(Some(7))
        };
        assert_eq!(waits(&long_since), None);
    }

    #[test]
    fn f47_the_quota_of_a_day_is_not_waited_for() {
        let throttle = Throttle {
            wait: Some(Duration::from_secs(1)),
            daily: true,
        };
        assert_eq!(waits(&failure(ErrorKind::Throttled(throttle))), None);
    }

    #[test]
    fn f48_retries_are_a_fifth_of_what_succeeds_and_a_few() {
        let allows = |successes, retries| Budget { successes, retries }.allows();
        assert!(allows(0, 9) && !allows(0, 10));
        assert!(allows(100, 29) && !allows(100, 30));
        let spent = Budget {
            successes: 100,
            retries: 30,
        };
        assert_eq!(
            decide(&failure(ErrorKind::Transient), spent),
            Decision::GiveUp
        );
    }

    proptest! {
        #[test]
        fn no_wait_is_in_the_past_or_beyond_its_limit(
            wait in proptest::option::of(any::<u64>()), attempts in any::<u32>(), put_off in any::<u32>(), chance in 0.0..=1.0_f64,
        ) {
            for kind in [ErrorKind::Transient, throttled(wait).kind] {
                let failure = Failure { attempts, put_off, chance, ..failure(kind) };
                if let Decision::WaitUntil(until) = decide(&failure, Budget::default()) {
                    prop_assert!(until >= NOW && until <= NOW + MAX_TOLD_WAIT);
                }
            }
        }
    }
}
