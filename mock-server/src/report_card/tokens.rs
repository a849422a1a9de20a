//! How a client uses its tokens.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::card::{CardLine, Check, Verdict, counted};
use super::seen::{Seen, by_client};
use crate::operation::Operation;

/// So long before its end a token may be replaced, or for half of its life where that is shorter.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// From so many tokens on that were used once, and are more than half of all requests, it is a token for each
/// request.
const USED_ONCE: usize = 3;

/// The last token of a client.
struct Held {
    seq: u64,
    /// Until then there is no reason to ask for another.
    good_until: Timestamp,
}

/// A line for each client and check.
pub(super) fn lines(seen: &[Seen<'_>]) -> Vec<CardLine> {
    let clients = by_client(seen);
    let named = || clients.iter().filter(|(client, _)| !client.is_empty());
    let stampedes = named().filter_map(|(client, seen)| stampede(client, seen));
    let mut lines: Vec<CardLine> = stampedes.collect();
    if lines.is_empty() {
        let says = "no token was issued";
        lines.push(CardLine::not_met(Check::TokenStampede, says));
    }
    let before = lines.len();
    lines.extend(named().filter_map(|(client, seen)| per_request(client, seen)));
    if lines.len() == before {
        let says = format!("no client has made {USED_ONCE} requests with a token");
        lines.push(CardLine::not_met(Check::TokenPerRequest, says));
    }
    lines
}

fn stampede(client: &str, seen: &[&Seen<'_>]) -> Option<CardLine> {
    let mut held: Option<Held> = None;
    let (mut issued, mut early) = (Vec::new(), Vec::new());
    for one in seen {
        if !one.is(Operation::IssueToken) {
            // A token that was refused is good no more.
            held = held.filter(|_| one.exchange.status != 401);
            continue;
        }
        if let Some(held) = held
            .as_ref()
            .filter(|held| one.exchange.at < held.good_until)
        {
            early.extend([held.seq, one.seq()]);
        }
        if let Some(good_until) = good_until(one) {
            issued.push(one.seq());
            held = Some(Held {
                seq: one.seq(),
                good_until,
            });
        }
    }
    if issued.is_empty() {
        return None;
    }
    let (tokens, again) = (counted(issued.len(), "token"), early.len() / 2);
    Some(if again == 0 {
        let says = format!("`{client}` had {tokens}, none while the last one was good");
        CardLine::new(Check::TokenStampede, Verdict::Good, says, issued)
    } else {
        early.sort_unstable();
        early.dedup();
        let says = format!(
            "`{client}` had {tokens}, and asked {} while the last one was good and nothing had refused it",
            counted(again, "time")
        );
        CardLine::new(Check::TokenStampede, Verdict::Bad, says, early)
    })
}

/// Until when there is no reason to ask for another token than the one that an answer brought.
fn good_until(seen: &Seen<'_>) -> Option<Timestamp> {
    if seen.exchange.status != 200 || seen.is_lost() {
        return None;
    }
    let answer = seen.answer();
    answer.get("access_token").and_then(Value::as_str)?;
    let life = SignedDuration::from_secs(answer.get("expires_in").and_then(Value::as_i64)?);
    let good = life - AHEAD.min(life / 2);
    seen.exchange.at.checked_add(good).ok()
}

fn per_request(client: &str, seen: &[&Seen<'_>]) -> Option<CardLine> {
    let mut uses: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for one in seen {
        let counts = !one.is(Operation::IssueToken) && one.exchange.status != 401;
        if let Some(token) = one
            .authorization()
            .strip_prefix("Bearer ")
            .filter(|_| counts)
        {
            uses.entry(token).or_default().push(one.seq());
        }
    }
    let requests: usize = uses.values().map(Vec::len).sum();
    if requests < USED_ONCE {
        return None;
    }
    let once: Vec<u64> = uses
        .values()
        .filter(|uses| uses.len() == 1)
        .flatten()
        .copied()
        .collect();
    let is_each = once.len() >= USED_ONCE && once.len() * 2 > requests;
    let says = format!(
        "`{client}` made {} with {}, {} of them used once",
        counted(requests, "request"),
        counted(uses.len(), "token"),
        once.len()
    );
    let (verdict, mut evidence) = match is_each {
        true => (Verdict::Bad, once),
        false => (Verdict::Good, uses.into_values().flatten().collect()),
    };
    evidence.sort_unstable();
    Some(CardLine::new(
        Check::TokenPerRequest,
        verdict,
        says,
        evidence,
    ))
}
