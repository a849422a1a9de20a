//! `zoom-conformance replay FILE`.

use std::path::PathBuf;

use super::whose::{Whose, through_program};
use super::{EXIT_NOT_RUN, EXIT_OK, EXIT_VIOLATED, say, say_error};
use crate::report::{BAD, GOOD, Saved, story};
use crate::run::{Batch, Layer, Suite};

/// What to replay.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A saved story
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let saved = Saved::read(&arguments.file)?;
    let whose = &arguments.whose;
    let driver = match saved.layer {
        Layer::Program if whose.written().is_none() => through_program(whose.program.as_deref())?,
        _ => whose.make()?,
    };
    let suite = Suite {
        jobs: 1,
        seed: saved.seed,
    };
    // As it was run when it was saved: else another order of work could hide what was seen.
    let batch = Batch::of(saved.layer, vec![saved.scenario.clone()]);
    let tally = suite.run_batch(&batch, &driver, &mut || {})?;
    if let Some(not_run) = tally.not_run.first() {
        say_error(&format!("error: {}: {}", not_run.id, not_run.error));
        return Ok(EXIT_NOT_RUN);
    }
    if let Some(failure) = tally.failures.first() {
        say(&story(&failure.scenario, &failure.verdict));
        say(&format!("\n{BAD}violated{BAD:#}\n"));
        return Ok(EXIT_VIOLATED);
    }
    say(&format!(
        "{GOOD}holds{GOOD:#}  {}  {}\n",
        saved.scenario.id, saved.scenario.title
    ));
    if !saved.violations.is_empty() {
        say("It was violated when it was saved, so what broke it has been mended.\n");
    }
    Ok(EXIT_OK)
}
