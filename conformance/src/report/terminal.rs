//! The result for a person's terminal: the matrix, the layers, what was judged, and how it ended.

use std::fmt::Write as _;

use super::{BAD, DIM, DOUBTFUL, GOOD, HEADING, Outcome, Summary, faults, matrix};
use crate::oracle::Row;

/// Everything but the stories of the failures, at most 80 columns wide.
#[must_use]
pub fn overview(summary: &Summary) -> String {
    let mut text = String::new();
    if summary.cells.total > 0 {
        text.push_str(&matrix(summary));
        let _ = writeln!(
            text,
            "{DIM}C create, U update, D disable, P deprovision: 1 = allowed. R: the remove action,\n\
             1 = delete. X: deprovision on rule deletion. A square says how many of 6 prior\n\
             states hold.{DIM:#}\n"
        );
    }
    text.push_str(&layers(summary));
    let checks: u64 = summary.invariants.values().map(|count| count.checked).sum();
    let _ = writeln!(
        text,
        "{:10} {:>16}  {DIM}of {} invariants, {} of {} oracle rows{DIM:#}",
        "judgements",
        grouped(usize::try_from(checks).unwrap_or(usize::MAX)),
        summary.invariants.len(),
        summary.rows.len(),
        Row::ALL.len(),
    );
    if let Some((done, all)) = faults::counted(summary) {
        let figure = format!("{done} of {all}");
        let _ = writeln!(
            text,
            "{:10} {figure:>16}  {DIM}legal ones fired and changed an exchange{DIM:#}",
            "faults"
        );
    }
    let took = format!("{:.1} s", summary.seconds);
    let shard = summary.shard.map(|shard| format!(", shard {shard}"));
    let _ = writeln!(
        text,
        "{:10} {took:>16}  {DIM}seed {}{}{DIM:#}",
        "time",
        summary.seed,
        shard.unwrap_or_default()
    );
    for not_run in &summary.not_run {
        let _ = writeln!(
            text,
            "{BAD}not run{BAD:#}  {}: {}",
            not_run.id, not_run.error
        );
    }
    for lacking in &summary.lacking {
        let _ = writeln!(text, "{DOUBTFUL}not covered{DOUBTFUL:#}  {lacking}");
    }
    let says = summary.result.says();
    let verdict = match summary.result {
        Outcome::Holds => format!("{GOOD}{says}{GOOD:#}"),
        Outcome::Violated => format!("{BAD}{} violated{BAD:#}", summary.failures.len()),
        Outcome::NotRun => format!("{BAD}{says}{BAD:#}"),
        Outcome::Uncovered => format!("{DOUBTFUL}{says}{DOUBTFUL:#}"),
    };
    let _ = writeln!(text, "{HEADING}result{HEADING:#}     {verdict}");
    text
}

fn layers(summary: &Summary) -> String {
    let mut text = String::new();
    for (layer, of) in &summary.layers {
        let style = if of.passed == of.total { GOOD } else { BAD };
        if of.total > 0 {
            let figure = format!("{} of {}", grouped(of.passed), grouped(of.total));
            let (name, says) = (layer.name(), layer.says());
            let _ = writeln!(
                text,
                "{name:10} {style}{figure:>16}{style:#}  {DIM}{says}{DIM:#}"
            );
        }
        for (capability, skipped) in &of.skipped {
            let name = layer.name();
            let _ = writeln!(
                text,
                "{DOUBTFUL}skipped{DOUBTFUL:#}  {} {name} that need {capability}",
                grouped(*skipped)
            );
        }
    }
    text
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
