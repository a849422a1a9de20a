//! The scopes that a client needed.

use super::card::{CardLine, Check, Verdict};
use super::seen::Seen;
use crate::account::{ScopeReport, Usage};
use crate::journal::ScopeCheck;

/// What the exchanges say of the scopes.
pub(super) fn report(seen: &[Seen<'_>], granted: Vec<String>) -> ScopeReport {
    let mut usage = Usage::default();
    for one in seen {
        match (one.exchange.operation, one.exchange.scope) {
            (Some(operation), Some(ScopeCheck::LetIn(_))) => usage.allow(operation),
            (Some(operation), Some(ScopeCheck::Missing)) => usage.refuse(operation),
            (_, None) | (None, Some(_)) => {}
        }
    }
    usage.report(granted)
}

/// Two lines.
pub(super) fn lines(seen: &[Seen<'_>], report: &ScopeReport) -> Vec<CardLine> {
    let of = |missing: bool| {
        let is = move |one: &&Seen<'_>| {
            let scope = one.exchange.scope;
            scope.is_some_and(|scope| (scope == ScopeCheck::Missing) == missing)
        };
        seen.iter().filter(is).map(Seen::seq)
    };
    if of(true).next().or(of(false).next()).is_none() {
        let says = "no request came as far as the scopes";
        return vec![
            CardLine::not_met(Check::ScopesMissing, says),
            CardLine::not_met(Check::ScopesUnneeded, says),
        ];
    }
    let missing: Vec<String> = report
        .missing
        .iter()
        .map(|missing| format!("{} for {}", missing.one_of.join(" or "), missing.operation))
        .collect();
    let missing = match missing.is_empty() {
        true => {
            let says = "every request had the scope that it needed";
            CardLine::new(Check::ScopesMissing, Verdict::Good, says, of(false))
        }
        false => {
            let says = format!("not granted and needed: {}", missing.join("; "));
            CardLine::new(Check::ScopesMissing, Verdict::Bad, says, of(true))
        }
    };
    let unneeded = match report.unneeded.is_empty() {
        true => {
            let says = "every scope that was granted was needed";
            CardLine::new(Check::ScopesUnneeded, Verdict::Good, says, of(false))
        }
        false => {
            let says = format!(
                "granted and not needed so far: {}",
                report.unneeded.join(", ")
            );
            CardLine::new(Check::ScopesUnneeded, Verdict::Bad, says, of(false))
        }
    };
    vec![missing, unneeded]
}
