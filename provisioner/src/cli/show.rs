//! What people and machines get to see.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::plan::{Row, Status};
use crate::summary::{Outcome, Summary};

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const HEADING: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// How many users are told of each row; `--json` tells all.
const SHOWN_USERS: usize = 10;

pub(super) fn say(text: &str) -> io::Result<()> {
    anstream::stdout().write_all(text.as_bytes())
}

pub(super) fn say_json<T: Serialize>(value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string(value)?;
    text.push('\n');
    say(&text)
}

pub(super) fn say_error(message: &str) {
    let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {message}");
}

pub(super) fn say_warnings(warnings: &[String]) {
    for warning in warnings {
        let _ = writeln!(anstream::stderr(), "{WARNING}warning:{WARNING:#} {warning}");
    }
}

/// What was done, or would be, grouped by the row that caused it.
pub(super) fn outcomes(outcomes: &[Outcome]) -> String {
    let mut rows: BTreeMap<(Row, &str), Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let action = match outcome.held {
            Some(_) => "held back",
            None => outcome.action,
        };
        rows.entry((outcome.row, action)).or_default().push(outcome);
    }
    let mut text = String::new();
    for ((row, action), outcomes) in rows {
        let action = if action == "none" {
            "nothing to do"
        } else {
            action
        };
        let _ = writeln!(
            text,
            "{HEADING}{action}{HEADING:#}  {}  {DIM}{row}: {}{DIM:#}",
            outcomes.len(),
            because(row)
        );
        for outcome in outcomes.iter().take(SHOWN_USERS) {
            text.push_str(&line(outcome));
        }
        if outcomes.len() > SHOWN_USERS {
            let _ = writeln!(
                text,
                "  {DIM}and {} more{DIM:#}",
                outcomes.len() - SHOWN_USERS
            );
        }
    }
    text
}

fn line(outcome: &Outcome) -> String {
    let mut text = format!("  {}", outcome.username);
    if let Some(flag) = outcome.flag {
        let _ = write!(text, "  {WARNING}{flag} is off{WARNING:#}");
    }
    if outcome.status == Status::Failed {
        let _ = write!(text, "  {BAD}failed{BAD:#}");
    }
    if let Some(error) = &outcome.error {
        let _ = write!(text, "\n      {error}");
    }
    if let Some(held) = &outcome.held {
        let _ = write!(text, "\n      {held}");
    }
    text.push('\n');
    text
}

/// The row in a few words.
fn because(row: Row) -> &'static str {
    match row {
        Row::O1 => "in scope, no Zoom user",
        Row::O2 => "disabled, no Zoom user",
        Row::O3 => "a Zoom user of this name exists",
        Row::O4 => "attributes differ",
        Row::O5 => "as it should be",
        Row::O6 => "enabled, Zoom user inactive",
        Row::O7 => "disabled, Zoom user active",
        Row::O8 => "disabled, Zoom user inactive",
        Row::O9 => "left, Zoom user active",
        Row::O10 => "left, Zoom user inactive",
        Row::O11 => "left, Zoom user gone",
        Row::O12 => "never in scope",
        Row::O13 => "the rule was deleted",
        Row::O14 => "in another rule's scope",
        Row::O15 => "the Zoom user is gone",
        Row::O16 => "the username changed",
        Row::O17 => "back under a new id",
        Row::O18 => "the address is in use elsewhere",
        Row::O19 => "the connection is off",
        Row::O20 => "a flag was flipped",
        Row::O21 => "disabled and out of scope",
        Row::O22 => "back in scope",
        Row::O23 => "two users with one username",
    }
}

/// The counts as a table.
pub(super) fn summary(summary: &Summary) -> String {
    let mut text = String::new();
    let failed = if summary.failed > 0 { BAD } else { DIM };
    let lines = [
        ("Impacted", summary.impacted, HEADING),
        ("  Success", summary.success, GOOD),
        ("  Unsynced", summary.unsynced, DIM),
        ("  Partial Synced", summary.partial, DIM),
        ("  Failed", summary.failed, failed),
    ];
    for (name, count, style) in lines {
        let _ = writeln!(text, "{style}{name:18}{count:>8}{style:#}");
    }
    let beside = [
        ("Removed", summary.removed),
        ("Retained", summary.retained),
        ("Failed removals", summary.failed_removals),
    ];
    for (name, count) in beside.into_iter().filter(|(_, count)| *count > 0) {
        let _ = writeln!(text, "{name:18}{count:>8}");
    }
    text
}
