//! How a client went on after failures that told of no wait: 5xx, lost answers, and 429 without a readable one.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::card::{CardLine, Check, Verdict, counted};
use super::seen::{Asked, Seen, shown};
use super::waits::told_until;

/// More repeats of one request than these within a second are hammering.
const MOST_REPEATS_A_SECOND: usize = 3;
/// Intervals whose longest and shortest differ by no more than a tenth are constant.
const CONSTANT_WITHIN: i32 = 10;
/// How many intervals a sentence names at the most.
const MAX_SHOWN: usize = 8;

/// One request and its repeats, the last but one at least of which failed.
#[derive(Default)]
struct Chain {
    what: String,
    seqs: Vec<u64>,
    at: Vec<Timestamp>,
}

/// A line for each request that failed and was repeated.
pub(super) fn lines(seen: &[Seen<'_>]) -> Vec<CardLine> {
    let mut open: HashMap<Asked<'_>, Chain> = HashMap::new();
    let mut chains = Vec::new();
    let mut failures = Vec::new();
    for one in seen {
        let fails = fails(one);
        let asked = one.asked();
        if fails {
            failures.push(one.seq());
        }
        if let Some(mut chain) = open.remove(&asked) {
            chain.take(one);
            match fails {
                true => drop(open.insert(asked, chain)),
                false => chains.push(chain),
            }
        } else if fails {
            let mut chain = Chain {
                what: format!("{} after {}", one.line(), one.answered()),
                ..Chain::default()
            };
            chain.take(one);
            open.insert(asked, chain);
        }
    }
    chains.extend(open.into_values().filter(|chain| chain.seqs.len() > 1));
    chains.sort_by_key(|chain| chain.seqs.first().copied());
    if !chains.is_empty() {
        return chains.into_iter().map(Chain::line).collect();
    }
    let says = match failures.len() {
        0 => "nothing failed without a told wait".to_owned(),
        count => format!(
            "{} without a told wait, and none was asked again",
            counted(count, "failure")
        ),
    };
    vec![CardLine::new(
        Check::BackOff,
        Verdict::NotMet,
        says,
        failures,
    )]
}

/// Whether an answer is one after which to try again, and says not when.
fn fails(seen: &Seen<'_>) -> bool {
    let status = seen.exchange.status;
    (seen.is_lost() || status >= 500 || status == 429) && told_until(seen).is_none()
}

impl Chain {
    fn take(&mut self, seen: &Seen<'_>) {
        self.seqs.push(seen.seq());
        self.at.push(seen.exchange.at);
    }

    fn line(self) -> CardLine {
        let intervals: Vec<SignedDuration> = self
            .at
            .iter()
            .zip(self.at.iter().skip(1))
            // A clock that was set back is no interval.
            .map(|(one, next)| next.duration_since(*one).max(SignedDuration::ZERO))
            .collect();
        let (verdict, how) = if self.hammers() {
            (Verdict::Bad, "hammering")
        } else {
            judged(&intervals)
        };
        let mut named: Vec<String> = intervals
            .iter()
            .take(MAX_SHOWN)
            .copied()
            .map(shown)
            .collect();
        if intervals.len() > MAX_SHOWN {
            named.push("...".to_owned());
        }
        let says = format!(
            "{} was repeated {}, {how}: after {}",
            self.what,
            counted(intervals.len(), "time"),
            named.join(", ")
        );
        CardLine::new(Check::BackOff, verdict, says, self.seqs)
    }

    /// Whether too many repeats came within a second.
    fn hammers(&self) -> bool {
        let repeats = self.at.iter().skip(1);
        let later = repeats.clone().skip(MOST_REPEATS_A_SECOND);
        let near = |(one, later): (&Timestamp, &Timestamp)| {
            later.duration_since(*one) < SignedDuration::from_secs(1)
        };
        repeats.zip(later).any(near)
    }
}

/// How intervals develop. Those that are neither growing nor constant are drawn at random, as jitter has them.
fn judged(intervals: &[SignedDuration]) -> (Verdict, &'static str) {
    let (Some(longest), Some(shortest)) = (intervals.iter().max(), intervals.iter().min()) else {
        return (Verdict::NotMet, "not at all");
    };
    if intervals.len() == 1 {
        return (Verdict::Good, "no more");
    }
    if *longest - *shortest <= *longest / CONSTANT_WITHIN {
        return (Verdict::Bad, "at constant intervals");
    }
    match intervals.is_sorted() {
        true => (Verdict::Good, "at growing intervals"),
        false => (Verdict::Good, "at varied intervals"),
    }
}
