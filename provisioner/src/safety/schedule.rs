//! When a user who failed is tried again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::links::Remembered;
use crate::plan::Status;

/// The waits after the first failure, the second and so on; the last one stays.
const WAITS: [SignedDuration; 6] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(12),
    LONGEST_WAIT,
];
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// After so long a user who keeps failing is left alone until their record changes.
pub const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(28 * 24);

/// How often a user has failed with the record that they have, and when they are due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts have failed.
    pub attempts: u32,
    /// When the first of them failed.
    pub since: Timestamp,
    /// When the next one is due; absent where the user is given up.
    pub next: Option<Timestamp>,
}

impl Retry {
    /// After another failure.
    #[must_use]
    pub fn after_failure(before: Option<&Self>, now: Timestamp) -> Self {
        let attempts = before.map_or(0, |before| before.attempts);
        // A clock that was set back does not make the time longer that somebody has failed.
        let since = before.map_or(now, |before| before.since.min(now));
        let wait = WAITS.get(usize::try_from(attempts).unwrap_or(usize::MAX));
        let next = match now.duration_since(since) >= GIVEN_UP_AFTER {
            true => None,
            false => now.checked_add(*wait.unwrap_or(&LONGEST_WAIT)).ok(),
        };
        Self {
            attempts: attempts.saturating_add(1),
            since,
            next,
        }
    }

    /// Whether the time of the next attempt has come. One that is further away than any wait was set by a clock
    /// that was wrong.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next
            .is_some_and(|next| next <= now || next.duration_since(now) > LONGEST_WAIT)
    }
}

/// When the next of those who failed is due; `None` where nobody is who failed, or all are given up. Somebody of
/// whom no time is known, as a state file of an earlier version leaves them, is due at once: the beginning of time.
#[must_use]
pub fn next_retry(remembered: &Remembered) -> Option<Timestamp> {
    let failed = remembered
        .seen
        .values()
        .filter(|seen| seen.status == Status::Failed);
    failed
        .filter_map(|seen| match &seen.retry {
            Some(retry) => retry.next,
            None => Some(Timestamp::MIN),
        })
        .min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::links::Seen;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    #[test]
    fn the_waits_grow_and_end_after_28_days() {
        let mut now = at(0);
        let mut retry = None;
        let mut waits = Vec::new();
        loop {
            let next = Retry::after_failure(retry.as_ref(), now);
            retry = Some(next);
            let Some(next) = next.next else { break };
            waits.push(next.duration_since(now).as_secs() / 60);
            now = next;
        }
        assert_eq!(waits[..7], [5, 30, 120, 360, 720, 1440, 1440]);
        let days = now.duration_since(at(0)).as_hours() / 24;
        assert!((28..=29).contains(&days), "{days}");
        let given_up = retry.unwrap();
        assert!(
            !given_up.is_due(at(60 * 24 * 365)),
            "until the record changes"
        );
        let again = Retry::after_failure(Some(&given_up), now);
        assert_eq!((again.next, again.attempts), (None, given_up.attempts + 1));
    }

    #[test]
    fn a_clock_that_was_wrong_neither_hides_nor_hurries_anybody() {
        let ahead = Retry::after_failure(None, at(60 * 24 * 365));
        assert!(ahead.is_due(at(0)), "set by a clock that was a year ahead");
        let back = Retry::after_failure(Some(&ahead), at(0));
        assert_eq!((back.since, back.attempts), (at(0), 2));
        assert!(!back.is_due(at(29)) && back.is_due(at(30)));
    }

    #[test]
    fn the_next_retry_is_the_earliest_of_those_who_failed() {
        let seen = |status, next| Seen {
            username: "a@b".into(),
            digest: "".into(),
            status,
            rules: Vec::new(),
            note: None,
            retry: Some(Retry {
                attempts: 1,
                since: at(0),
                next,
            }),
            stuck: None,
        };
        let mut remembered = Remembered::default();
        assert_eq!(next_retry(&remembered), None);
        let mut put = |user: &str, seen| drop(remembered.seen.insert(user.into(), seen));
        put("given up", seen(Status::Failed, None));
        put("well", seen(Status::Success, Some(at(1))));
        put("late", seen(Status::Failed, Some(at(9))));
        put("early", seen(Status::Failed, Some(at(5))));
        assert_eq!(next_retry(&remembered), Some(at(5)));
        let old = Seen {
            retry: None,
            ..seen(Status::Failed, None)
        };
        remembered.seen.insert("old".into(), old);
        assert!(next_retry(&remembered).unwrap() < at(0));
    }

    proptest! {
        #[test]
        fn a_retry_is_never_due_at_once_nor_further_than_a_day(times in prop::collection::vec(-3_000_i64..60_000, 1..40)) {
            let mut retry: Option<Retry> = None;
            for minutes in times {
                let now = at(minutes);
                let next = Retry::after_failure(retry.as_ref(), now);
                prop_assert!(next.since <= now && !next.is_due(now));
                prop_assert!(next.next.is_none_or(|next| next.duration_since(now) <= LONGEST_WAIT));
                retry = Some(next);
            }
        }
    }
}
