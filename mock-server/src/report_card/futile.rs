//! Requests that were repeated though they could not succeed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::card::{CardLine, Check, Verdict, counted};
use super::seen::{Asked, Seen};
use crate::journal::ScopeCheck;

/// A refusal stands so long; after that somebody may have changed something by hand.
const STANDS: SignedDuration = SignedDuration::from_mins(10);

/// What could make a refused request succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cure {
    /// Nothing.
    None,
    /// Other credentials.
    Credentials,
    /// A write.
    Write,
}

/// A refusal, and what came after it.
struct Refused {
    what: String,
    cure: Cure,
    at: Timestamp,
    credentials: String,
    /// How many writes were applied before it.
    writes: u64,
    seqs: Vec<u64>,
}

/// A line for each refusal that was tried again, or one for all that were not.
pub(super) fn lines(seen: &[Seen<'_>]) -> Vec<CardLine> {
    let mut open: HashMap<Asked<'_>, Refused> = HashMap::new();
    let (mut writes, mut refusals, mut repeated) = (0, Vec::new(), Vec::new());
    for one in seen {
        let asked = one.asked();
        let stands = open
            .get(&asked)
            .is_some_and(|refused| refused.stands(one, writes));
        let cure = cure(one);
        if cure.is_some() {
            refusals.push(one.seq());
        }
        // What succeeds all the same was worth a try.
        match open.get_mut(&asked).filter(|_| stands && !one.is_applied()) {
            Some(refused) => refused.seqs.push(one.seq()),
            None => {
                repeated.extend(open.remove(&asked));
                if let Some(cure) = cure {
                    open.insert(asked, Refused::new(one, cure, writes));
                }
            }
        }
        let is_write = one
            .exchange
            .operation
            .is_some_and(|operation| operation.is_write());
        writes += u64::from(is_write && one.is_applied());
    }
    repeated.extend(open.into_values());
    repeated.retain(|refused| refused.seqs.len() > 1);
    repeated.sort_by_key(|refused| refused.seqs.first().copied());
    if !repeated.is_empty() {
        return repeated.into_iter().map(Refused::line).collect();
    }
    if refusals.is_empty() {
        return vec![CardLine::not_met(
            Check::FutileRepeat,
            "nothing was refused for good",
        )];
    }
    let says = format!(
        "{} stood, and nothing was asked again that could not succeed",
        counted(refusals.len(), "refusal")
    );
    vec![CardLine::new(
        Check::FutileRepeat,
        Verdict::Good,
        says,
        refusals,
    )]
}

/// What could cure a permanent refusal; `None` where it is none.
fn cure(seen: &Seen<'_>) -> Option<Cure> {
    if seen.is_lost() {
        return None;
    }
    match seen.exchange.status {
        405 | 413 => Some(Cure::None),
        401 | 403 => Some(Cure::Credentials),
        400 if seen.exchange.scope == Some(ScopeCheck::Missing) => Some(Cure::Credentials),
        400 | 404 | 409 => Some(Cure::Write),
        _ => None,
    }
}

impl Refused {
    fn new(seen: &Seen<'_>, cure: Cure, writes: u64) -> Self {
        Self {
            what: format!("{} was refused with {}", seen.line(), seen.exchange.status),
            cure,
            at: seen.exchange.at,
            credentials: seen.authorization().to_owned(),
            writes,
            seqs: vec![seen.seq()],
        }
    }

    /// Whether nothing has happened since that could let the request succeed.
    fn stands(&self, again: &Seen<'_>, writes: u64) -> bool {
        let cured = match self.cure {
            Cure::None => false,
            Cure::Credentials => self.credentials != again.authorization(),
            Cure::Write => self.writes != writes,
        };
        !cured && again.exchange.at.duration_since(self.at) <= STANDS
    }

    fn line(self) -> CardLine {
        let says = format!(
            "{} and sent again {}, with nothing in between that could change it",
            self.what,
            counted(self.seqs.len() - 1, "time")
        );
        CardLine::new(Check::FutileRepeat, Verdict::Bad, says, self.seqs)
    }
}
