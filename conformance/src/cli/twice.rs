//! `zoom-conformance twice`: the same sequences twice, byte for byte.

use std::sync::Arc;

use super::run::progress;
use super::{EXIT_OK, EXIT_VIOLATED, say};
use crate::driver::{Builtin, Driver, MakeDriver};
use crate::machine;
use crate::report::{BAD, DIM, GOOD};
use crate::run::differing;

/// How many that differ are told.
const SHOWN: usize = 10;
/// How much of a line is told before and behind the place where it differs.
const SHOWN_CHARS: usize = 80;

/// Which sequences.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many sequences by chance, every other one with faults
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    cases: u32,
    /// What they are drawn from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let many = usize::try_from(arguments.cases)?;
    let seed = arguments.seed;
    let make: Arc<MakeDriver> = Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>));
    let bar = progress(many);
    let scenario = |number: usize| {
        let case = u64::try_from(number).unwrap_or(u64::MAX);
        machine::scenario(seed, case, case % 2 == 1)
    };
    let differ = differing(seed, many, &scenario, &make, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let same = many - differ.len();
    let style = if differ.is_empty() { GOOD } else { BAD };
    say(&format!(
        "twice      {style}{same} of {many}{style:#}  {DIM}sequences with the same journal, byte for byte; seed {seed}{DIM:#}\n"
    ));
    for difference in differ.iter().take(SHOWN) {
        say(&format!("{BAD}differs{BAD:#}    {}\n", difference.id));
        let [one, other] = &difference.lines;
        let same = one.chars().zip(other.chars());
        let same = same.take_while(|(one, other)| one == other).count();
        for line in &difference.lines {
            let begin = same.saturating_sub(SHOWN_CHARS);
            let shown: String = line.chars().skip(begin).take(2 * SHOWN_CHARS).collect();
            say(&format!("           {shown}\n"));
        }
    }
    Ok(if differ.is_empty() {
        EXIT_OK
    } else {
        EXIT_VIOLATED
    })
}
