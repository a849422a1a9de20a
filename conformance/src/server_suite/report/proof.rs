//! What came of the proof.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::text::{WIDTH, cut, wrapped};
use crate::report::{BAD, DIM, GOOD, HEADING};
use crate::server_suite::defects::{Proof, Proved};

/// The column of a defect's name; the checks that notice have the rest.
const NAME: usize = 28;

/// The proof for machines.
#[derive(Debug, Serialize)]
pub struct ProofResult {
    /// How many checks hold against the good server.
    pub good_holds: usize,
    /// How many are violated there.
    pub good_violated: usize,
    /// Each defect.
    pub defects: Vec<DefectOf>,
    /// How many of them were caught.
    pub caught: usize,
    /// The checks that no defect makes fail.
    pub idle: Vec<&'static str>,
    /// How long it took.
    pub seconds: f64,
}

/// What came of one defect.
#[derive(Debug, Serialize)]
pub struct DefectOf {
    /// Its name.
    pub id: &'static str,
    /// What is wrong.
    pub says: &'static str,
    /// The check that has to notice.
    pub breaks: &'static str,
    /// Whether it did.
    pub caught: bool,
    /// All checks that notice.
    pub by: Vec<&'static str>,
}

impl ProofResult {
    /// The result of a proof that took so long.
    #[must_use]
    pub fn new(proof: &Proof, seconds: f64) -> Self {
        let of = |one: &Proved| DefectOf {
            id: one.defect.id,
            says: one.defect.says,
            breaks: one.defect.breaks,
            caught: one.is_caught(),
            by: one.by.clone(),
        };
        Self {
            good_holds: proof.good.held(),
            good_violated: proof.good.violated(),
            defects: proof.proved.iter().map(of).collect(),
            caught: caught(proof),
            idle: proof.idle(),
            seconds,
        }
    }
}

fn caught(proof: &Proof) -> usize {
    proof.proved.iter().filter(|one| one.is_caught()).count()
}

/// A row for each defect, and the count.
#[must_use]
pub fn proof(proof: &Proof, elapsed: Duration) -> String {
    let mut text = format!("{HEADING}  {:NAME$} noticed by{HEADING:#}\n", "defect");
    for one in &proof.proved {
        text.push_str(&row(one));
    }
    text.push('\n');
    for one in proof.good.checks.iter().filter(|one| one.is_violated()) {
        let _ = writeln!(
            text,
            "{BAD}violated at the good server: {}{BAD:#}",
            one.check.id
        );
    }
    let idle = proof.idle();
    if !idle.is_empty() {
        let told = format!(
            "no defect makes these fail ({}): {}",
            idle.len(),
            idle.join(", ")
        );
        for line in wrapped(&told, WIDTH) {
            let _ = writeln!(text, "{DIM}{line}{DIM:#}");
        }
    }
    let (caught, all) = (caught(proof), proof.proved.len());
    let style = if proof.holds() { GOOD } else { BAD };
    let _ = writeln!(
        text,
        "good server  {} of {} checks hold\ndefects      {style}{caught} of {all} caught{style:#} in {:.1} s",
        proof.good.held(),
        proof.good.checks.len(),
        elapsed.as_secs_f64()
    );
    text
}

fn row(one: &Proved) -> String {
    let (style, mark) = match one.is_caught() {
        true => (GOOD, "\u{2713}"),
        false => (BAD, "\u{2717}"),
    };
    let breaks = one.defect.breaks;
    let by = match (one.is_caught(), one.by.as_slice()) {
        (true, [_]) => breaks.to_owned(),
        (true, all) => format!("{breaks} and {} more", all.len() - 1),
        (false, []) => format!("nothing; {breaks} has to"),
        (false, [first, ..]) => format!("{first}, not {breaks}"),
    };
    let by = cut(&by, WIDTH - NAME - 3);
    let says = cut(one.defect.says, WIDTH - 4);
    format!(
        "{style}{mark}{style:#} {:NAME$} {by}\n    {DIM}{says}{DIM:#}\n",
        one.defect.id
    )
}
