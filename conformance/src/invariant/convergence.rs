//! I1 and I4: what Zoom holds after the run.

use std::collections::BTreeSet;

use super::{Findings, Invariant, Run};
use crate::oracle::{Account, fold};
use crate::run::Observed;
use crate::scenario::Attribute;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let answer = &run.record.answer;
    // Who holds removals back may say so by an error.
    let holds = answer.is_ok() || !run.expectation.held.is_empty();
    findings.check(Invariant::I4, holds, || {
        let seen = answer.as_ref().err().cloned().unwrap_or_default();
        ("the run ends without an error".to_owned(), seen)
    });
    for (key, account) in &run.expectation.accounts {
        let observed = run.ids.get(key).and_then(|id| run.after(id));
        let differences = match observed {
            Some(observed) => differences(account, observed, run.expectation.full),
            None => vec![("an account".to_owned(), "none".to_owned())],
        };
        findings.check(Invariant::I4, differences.is_empty(), || {
            let (expected, seen): (Vec<_>, Vec<_>) = differences.into_iter().unzip();
            let of = |what: Vec<String>| format!("{}: {}", account.user_name, what.join(", "));
            (of(expected), of(seen))
        });
    }
    let expected: BTreeSet<&String> = run
        .expectation
        .accounts
        .keys()
        .filter_map(|key| run.ids.get(key))
        .collect();
    for observed in &run.record.after {
        findings.check(Invariant::I4, expected.contains(&observed.id), || {
            let state = if observed.active {
                "active"
            } else {
                "inactive"
            };
            let seen = format!("{} ({state}, id {})", observed.user_name, observed.id);
            ("no other account".to_owned(), seen)
        });
    }
}

/// I1: no two accounts of one address, and of each directory user no account beside the one expected.
pub(super) fn uniqueness(run: &Run<'_>, findings: &mut Findings<'_>) {
    let mut names = BTreeSet::new();
    for observed in &run.record.after {
        findings.check(
            Invariant::I1,
            names.insert(fold(&observed.user_name)),
            || {
                (
                    "one account per address".to_owned(),
                    format!("two of {}", observed.user_name),
                )
            },
        );
        let created = run.before(&observed.id).is_none();
        let expected = run.ids.values().any(|id| *id == observed.id);
        findings.check(Invariant::I1, !created || expected, || {
            let seen = format!("a new account {}", observed.user_name);
            (
                "no account beside the one that is expected".to_owned(),
                seen,
            )
        });
    }
}

/// What differs, as pairs of expected and seen.
pub(super) fn differences(
    account: &Account,
    observed: &Observed,
    full: bool,
) -> Vec<(String, String)> {
    let mut differences = Vec::new();
    if account.edited_by_hand && !full {
        // A run that looks only at what changed need not see what was done by hand, but may.
        return differences;
    }
    if fold(&account.user_name) != fold(&observed.user_name) {
        differences.push((
            format!("address {}", account.user_name),
            format!("address {}", observed.user_name),
        ));
    }
    if account.active != observed.active {
        let word = |active| if active { "active" } else { "inactive" }.to_owned();
        differences.push((word(account.active), word(observed.active)));
    }
    for (attribute, value) in &account.attributes {
        let seen = observed.attributes.get(attribute).map(String::as_str);
        if !value.allows(seen) {
            differences.push((
                format!("{attribute:?} {value}"),
                format!("{attribute:?} {}", seen.unwrap_or("empty")),
            ));
        }
    }
    for (attribute, seen) in &observed.attributes {
        // Zoom gives every account a role.
        if *attribute != Attribute::Roles && !account.attributes.contains_key(attribute) {
            differences.push((
                format!("{attribute:?} empty"),
                format!("{attribute:?} {seen}"),
            ));
        }
    }
    differences
}
