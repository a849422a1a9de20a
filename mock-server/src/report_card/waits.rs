//! Waits that answers told of.
//!
//! Who is limited is a client in one category of an account's operations; the token endpoint stands by itself. As
//! long as a wait lasts nothing of that bucket may come. Waits that overlap are one.

use std::collections::{BTreeMap, HashSet};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use super::card::{CardLine, Check, Verdict, counted};
use super::seen::{Asked, Seen, shown};
use crate::journal::Exchange;
use crate::operation::Operation;

/// What comes so soon after the answer may have been under way before it: it is held against the client only
/// where it is the same request.
const IN_FLIGHT: SignedDuration = SignedDuration::from_millis(100);
/// Nobody is held to a wait of more than a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket<'a> {
    account: &'a str,
    client: &'a str,
    /// `None`: the token endpoint.
    category: Option<&'static str>,
}

/// A wait that is not over.
struct Open<'a> {
    told: Vec<u64>,
    since: Timestamp,
    until: Timestamp,
    answered: String,
    requests: HashSet<Asked<'a>>,
    /// What came before its end, and the first of it by how much.
    early: Vec<u64>,
    too_early: SignedDuration,
}

/// Until when an answer tells to wait, where a client can read it and it is not past.
pub(super) fn told_until(seen: &Seen<'_>) -> Option<Timestamp> {
    let Exchange {
        at,
        status: 429 | 503,
        retry_after: Some(said),
        ..
    } = seen.exchange
    else {
        return None;
    };
    let until = read(said, *at).filter(|until| until > at && !seen.is_lost())?;
    Some(
        at.checked_add(LONGEST)
            .map_or(until, |most| until.min(most)),
    )
}

/// Reads seconds, an HTTP date (RFC 9110 section 10.2.3), an ISO date as Zoom's daily limit has it, or the second
/// of Unix time in `X-RateLimit-Reset`.
fn read(said: &str, at: Timestamp) -> Option<Timestamp> {
    if let Some(reset) = said.strip_prefix("X-RateLimit-Reset ") {
        return Timestamp::from_second(reset.parse().ok()?).ok();
    }
    if let Ok(seconds) = said.parse::<u32>() {
        let wait = SignedDuration::from_secs(i64::from(seconds));
        return Some(at.checked_add(wait).unwrap_or(Timestamp::MAX));
    }
    let http_date = DateTimeParser::new().parse_timestamp(said).ok();
    http_date.or_else(|| said.parse().ok())
}

/// A line for each wait.
pub(super) fn lines(seen: &[Seen<'_>]) -> Vec<CardLine> {
    let mut open: BTreeMap<Bucket<'_>, Open<'_>> = BTreeMap::new();
    let mut lines = Vec::new();
    for one in seen {
        let Some(bucket) = bucket(one) else { continue };
        let at = one.exchange.at;
        if let Some(wait) = open.get_mut(&bucket) {
            let is_over = at >= wait.until;
            let is_later = at.duration_since(wait.since) > IN_FLIGHT;
            if is_over || at < wait.since {
                lines.extend(
                    open.remove(&bucket)
                        .map(|wait| wait.line(bucket, Some(one))),
                );
            } else if !one.is_delayed() && (is_later || wait.requests.contains(&one.asked())) {
                if wait.early.is_empty() {
                    wait.too_early = wait.until.duration_since(at);
                }
                wait.early.push(one.seq());
            }
        }
        if let Some(until) = told_until(one) {
            let wait = open.entry(bucket).or_insert_with(|| Open::new(one, until));
            wait.until = wait.until.max(until);
            wait.told.push(one.seq());
            wait.requests.insert(one.asked());
        }
    }
    lines.extend(
        open.into_iter()
            .map(|(bucket, wait)| wait.line(bucket, None)),
    );
    lines.sort_by_key(|line| (line.check, line.exchanges.first().copied()));
    for check in [Check::ToldWait, Check::ToldWaitToken] {
        if !lines.iter().any(|line| line.check == check) {
            lines.push(CardLine::not_met(check, "no answer told to wait"));
        }
    }
    lines.sort_by_key(|line| line.check);
    lines
}

fn bucket<'a>(seen: &Seen<'a>) -> Option<Bucket<'a>> {
    let operation = seen.exchange.operation?;
    let is_token = operation == Operation::IssueToken;
    Some(Bucket {
        account: seen.account(),
        client: seen.client,
        category: (!is_token).then(|| operation.category().as_str()),
    })
}

impl<'a> Open<'a> {
    fn new(seen: &Seen<'a>, until: Timestamp) -> Self {
        Self {
            told: Vec::new(),
            since: seen.exchange.at,
            until,
            answered: seen.answered(),
            requests: HashSet::new(),
            early: Vec::new(),
            too_early: SignedDuration::ZERO,
        }
    }

    /// What is said of a wait that `next` has ended, or nothing.
    fn line(self, bucket: Bucket<'_>, next: Option<&Seen<'_>>) -> CardLine {
        let check = match bucket.category {
            None => Check::ToldWaitToken,
            Some(_) => Check::ToldWait,
        };
        let whose = bucket.category.map_or_else(
            || "the token endpoint".to_owned(),
            |category| format!("{category} operations"),
        );
        let told = format!(
            "{whose} answered {} and told to wait {}",
            self.answered,
            shown(self.until.duration_since(self.since))
        );
        let next = next.filter(|next| next.exchange.at >= self.until);
        let (verdict, says) = match (self.early.len(), next) {
            (0, Some(next)) => {
                let after = next.exchange.at.duration_since(self.since);
                let says = format!("{told}; the next request came after {}", shown(after));
                (Verdict::Good, says)
            }
            (0, None) => (Verdict::NotMet, format!("{told}; it was never retried")),
            (early, _) => {
                let says = format!(
                    "{told}; {} came within that time, the first {} too early",
                    counted(early, "request"),
                    shown(self.too_early)
                );
                (Verdict::Bad, says)
            }
        };
        let next = next.filter(|_| verdict == Verdict::Good).map(Seen::seq);
        let mut evidence: Vec<u64> = [self.told, self.early].concat();
        evidence.extend(next);
        evidence.sort_unstable();
        evidence.dedup();
        CardLine::new(check, verdict, says, evidence)
    }
}
