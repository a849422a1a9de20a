//! Who failed, by the reason: one cause often stands behind many.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::show::{BAD, DIM, wrapped};
use crate::plan::Status;
use crate::summary::Outcome;

/// How many reasons are told, and how many users of each; `--json` tells all.
const SHOWN_REASONS: usize = 10;
const SHOWN_USERS: usize = 5;
/// How wide a reason is, as it is indented by two.
const WIDTH: usize = 76;

/// Who failed in a run.
pub(super) fn outcomes(outcomes: &[Outcome]) -> String {
    let failed = outcomes.iter();
    let failed = failed.filter(|outcome| outcome.status == Status::Failed);
    by_reason(failed.map(|outcome| (outcome.username.as_str(), outcome.error.as_deref())))
}

/// Users and why they failed; nothing where nobody did. The reason that most of them share comes first.
pub(super) fn by_reason<'a>(failed: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (username, reason) in failed {
        let reason = reason.unwrap_or("no reason is remembered");
        reasons.entry(reason).or_default().push(username);
    }
    let all: usize = reasons.values().map(Vec::len).sum();
    if all == 0 {
        return String::new();
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, users)| std::cmp::Reverse(users.len()));
    let mut text = format!("{BAD}failed{BAD:#}  {all}\n");
    for (reason, users) in reasons.iter().take(SHOWN_REASONS) {
        for line in wrapped(reason, WIDTH).lines() {
            let _ = writeln!(text, "  {line}");
        }
        for user in users.iter().take(SHOWN_USERS) {
            let _ = writeln!(text, "      {user}");
        }
        more(&mut text, "      ", users.len(), SHOWN_USERS, "");
    }
    more(
        &mut text,
        "  ",
        reasons.len(),
        SHOWN_REASONS,
        " reasons; --json tells all",
    );
    let _ = writeln!(
        text,
        "  {DIM}Mend the cause; the next sync tries them again.{DIM:#}"
    );
    text
}

fn more(text: &mut String, indent: &str, all: usize, shown: usize, what: &str) {
    if all > shown {
        let _ = writeln!(text, "{indent}{DIM}and {} more{what}{DIM:#}", all - shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_most_comes_first_and_long_lists_are_cut() {
        let seats = "creating a user: Zoom answered 409: Cannot add paid users, since all licences of the plan are used";
        let names: Vec<String> = (0..1000)
            .map(|number| format!("user{number:04}@example.com"))
            .collect();
        let many = names.iter().map(|name| (name.as_str(), Some(seats)));
        let one = ("ann@example.com", Some("creating a user: no address"));
        let text = by_reason(std::iter::once(one).chain(many));
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(
            plain.lines().all(|line| line.chars().count() <= 80),
            "{plain}"
        );
        insta::assert_snapshot!(plain);
        assert_eq!(by_reason(std::iter::empty()), "");
    }
}
