//! The proof: a table of the seeded bugs and of the controls.

use std::fmt::Write as _;

use serde::Serialize;

use super::{BAD, DIM, DOUBTFUL, GOOD, HEADING};
use crate::invariant::Invariant;
use crate::prove::{OfBug, OfControl, Proof};
use crate::seeded_bugs::LEFT_OUT;

/// How wide what a bug does may be, so that the table fits in 80 columns.
const SAYS: usize = 50;

/// The proof for machines.
#[derive(Debug, Serialize)]
pub struct ProofSummary {
    bugs: Vec<BugSummary>,
    controls: Vec<ControlSummary>,
    left_out: Vec<LeftOut>,
}

/// A seeded bug for machines.
#[derive(Debug, Serialize)]
struct BugSummary {
    id: String,
    caught: bool,
    caught_by_random: bool,
    invariant: Option<Invariant>,
    /// Random histories until it was caught, or in which it was not.
    sequences: u64,
    /// Steps of the history that caught it, once shrunk.
    steps: Option<usize>,
}

/// A control for machines.
#[derive(Debug, Serialize)]
struct ControlSummary {
    id: String,
    passed: bool,
}

/// A bug of the catalogue that is not here.
#[derive(Debug, Serialize)]
struct LeftOut {
    id: &'static str,
    because: &'static str,
}

impl From<&Proof> for ProofSummary {
    fn from(proof: &Proof) -> Self {
        let bugs = proof.bugs.iter().map(|of| {
            let catch = of.by_random.as_ref().or(of.by_story.as_ref());
            BugSummary {
                id: of.bug.to_string(),
                caught: of.is_caught(),
                caught_by_random: of.by_random.is_some(),
                invariant: catch.map(|catch| catch.invariant),
                sequences: of.sequences,
                steps: catch.map(|catch| catch.steps),
            }
        });
        let controls = proof.controls.iter().map(|of| ControlSummary {
            id: of.control.to_string(),
            passed: of.accused.is_none(),
        });
        let left_out = LEFT_OUT.iter();
        Self {
            bugs: bugs.collect(),
            controls: controls.collect(),
            left_out: left_out
                .map(|(id, because)| LeftOut { id, because })
                .collect(),
        }
    }
}

/// The table for a person, 80 columns wide.
#[must_use]
pub fn proof(proof: &Proof) -> String {
    let mut text = String::new();
    if !proof.bugs.is_empty() {
        let _ = writeln!(
            text,
            "{HEADING}{:5} {:SAYS$} {:4} {:>9} {:>6}{HEADING:#}",
            "bug", "a provisioner that", "by", "sequences", "steps"
        );
    }
    for of in &proof.bugs {
        text.push_str(&bug(of));
    }
    for of in &proof.controls {
        text.push_str(&control(of));
    }
    text
}

fn bug(of: &OfBug) -> String {
    let says = shortened(of.bug.says());
    let name = of.bug;
    let (style, by, sequences, steps) = match (&of.by_random, &of.by_story) {
        (Some(catch), _) => (
            GOOD,
            catch.invariant.to_string(),
            of.sequences.to_string(),
            catch.steps.to_string(),
        ),
        (None, Some(catch)) => (
            DOUBTFUL,
            catch.invariant.to_string(),
            "story".to_owned(),
            catch.steps.to_string(),
        ),
        (None, None) => (BAD, "-".to_owned(), "missed".to_owned(), "-".to_owned()),
    };
    format!("{name:5} {says:SAYS$} {style}{by:4} {sequences:>9} {steps:>6}{style:#}\n")
}

fn control(of: &OfControl) -> String {
    let says = shortened(of.control.says());
    let name = of.control;
    match &of.accused {
        None => {
            let held_to = of.held_to;
            format!(
                "{name:5} {says:SAYS$} {GOOD}right {held_to:>8} {:>6}{GOOD:#}\n",
                ""
            )
        }
        Some((id, violation)) => format!(
            "{name:5} {says:SAYS$} {BAD}{:4} {:>9}{BAD:#}\n      {id}\n      expected  {}\n      seen      {}\n",
            violation.invariant, "accused", violation.expected, violation.seen
        ),
    }
}

/// The bugs of the catalogue that are not here, each with the reason.
#[must_use]
pub fn left_out() -> String {
    let mut text = String::new();
    for (id, because) in LEFT_OUT {
        let _ = writeln!(text, "{DIM}{id:5} not here, because {because}{DIM:#}");
    }
    text
}

fn shortened(says: &str) -> String {
    match says.char_indices().nth(SAYS) {
        Some((end, _)) => format!("{}...", says.get(..end.saturating_sub(3)).unwrap_or(says)),
        None => says.to_owned(),
    }
}
