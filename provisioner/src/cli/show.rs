//! What people and machines get to see.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::failed;
use crate::plan::{Flag, Row, Status};
use crate::summary::{Outcome, Report, Summary};

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const HEADING: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// How wide lines are, as far as words allow.
pub(super) const WIDTH: usize = 80;
/// How many users are told of each row; `--json` tells all.
const SHOWN_USERS: usize = 10;

pub(super) fn say(text: &str) -> io::Result<()> {
    anstream::stdout().write_all(text.as_bytes())
}

pub(super) fn say_json<T: Serialize>(value: &T) -> io::Result<()> {
    // Of many users the text alone would be as large as all that is known of them.
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut stdout, value)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

pub(super) fn say_error(message: &str) {
    let message = for_terminal(&format!("error: {message}"));
    let message = message.strip_prefix("error:").unwrap_or(&message);
    let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#}{message}");
}

/// What a person may want to know, and no machine.
pub(super) fn say_note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

pub(super) fn say_warnings(warnings: &[String]) {
    for warning in warnings {
        let warning = for_terminal(&format!("warning: {warning}"));
        let warning = warning.strip_prefix("warning:").unwrap_or(&warning);
        let _ = writeln!(anstream::stderr(), "{WARNING}warning:{WARNING:#}{warning}");
    }
}

/// A text as stderr shows it: broken between words on a terminal, and one line for whoever searches.
fn for_terminal(text: &str) -> String {
    if !io::stderr().is_terminal() {
        return text.to_owned();
    }
    let lines: Vec<String> = text.lines().map(|line| wrapped(line, WIDTH)).collect();
    lines.join("\n")
}

/// A text broken between words where it grows too wide.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let wide = word.chars().count();
        if at > 0 && at + 1 + wide > width {
            lines.push('\n');
            at = 0;
        } else if at > 0 {
            lines.push(' ');
            at += 1;
        }
        lines.push_str(word);
        at += wide;
    }
    lines
}

/// What was done, or would be, grouped by the row that caused it.
pub(super) fn outcomes(outcomes: &[Outcome]) -> String {
    let mut rows: BTreeMap<(Row, &str, Option<Flag>), Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let action = match outcome.held {
            Some(_) => "held back",
            None => outcome.action,
        };
        rows.entry((outcome.row, action, outcome.flag))
            .or_default()
            .push(outcome);
    }
    let mut text = String::new();
    for ((row, action, flag), outcomes) in rows {
        let action = if action == "none" {
            "nothing to do"
        } else {
            action
        };
        let _ = write!(
            text,
            "{HEADING}{action}{HEADING:#}  {}  {DIM}{row}: {}{DIM:#}",
            outcomes.len(),
            because(row)
        );
        if let Some(flag) = flag {
            let _ = write!(text, "  {WARNING}{flag} is off{WARNING:#}");
        }
        text.push('\n');
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
pub(super) fn because(row: Row) -> &'static str {
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

/// The counts as a table: red for what failed, yellow for what a flag left undone.
pub(super) fn summary(summary: &Summary) -> String {
    let if_any = |count: usize, style: Style| if count > 0 { style } else { DIM };
    let rows = [
        ("Impacted", summary.impacted, HEADING),
        ("  Success", summary.success, if_any(summary.success, GOOD)),
        (
            "  Unsynced",
            summary.unsynced,
            if_any(summary.unsynced, Style::new()),
        ),
        (
            "  Partial Synced",
            summary.partial,
            if_any(summary.partial, WARNING),
        ),
        ("  Failed", summary.failed, if_any(summary.failed, BAD)),
    ];
    let beside = [
        ("Removed", summary.removed, Style::new()),
        ("Retained", summary.retained, WARNING),
        ("Failed removals", summary.failed_removals, BAD),
    ];
    let beside = beside.into_iter().filter(|(_, count, _)| *count > 0);
    let mut text = String::new();
    for (name, count, style) in rows.into_iter().chain(beside) {
        let _ = writeln!(text, "{style}{name:18}{count:>8}{style:#}");
    }
    text
}

/// What a run came to: who failed first, then what was done and why, then the counts.
pub(super) fn result(report: &Report) -> String {
    let is_failed = |outcome: &&Outcome| outcome.status == Status::Failed;
    let others = report.actions.iter().filter(|outcome| !is_failed(outcome));
    let others: Vec<Outcome> = others.cloned().collect();
    let mut text = failed::outcomes(&report.actions);
    if !text.is_empty() && !others.is_empty() {
        text.push('\n');
    }
    text.push_str(&outcomes(&others));
    let _ = write!(text, "\n{}", summary(&report.summary));
    let _ = writeln!(text, "{:18}{:>8}", "Writes", report.writes);
    text
}
