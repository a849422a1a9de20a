//! `zoom-conformance replay FILE`.

use std::path::PathBuf;

use super::diagnose::foreign;
use super::run::{built_in, through_program};
use super::{EXIT_NOT_RUN, EXIT_OK, EXIT_VIOLATED, say, say_error};
use crate::driver::ANSWER_DEADLINE;
use crate::report::{BAD, GOOD, Saved, story};
use crate::run::{Layer, Suite};

/// What to replay.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A saved story
    file: PathBuf,
    /// The zoom-provisioner for a story through the program [default: the built-in one]
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
    /// Replay it with a foreign provisioner: a command that speaks the driver protocol
    #[arg(long, value_name = "COMMAND", conflicts_with = "program")]
    driver: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let saved = Saved::read(&arguments.file)?;
    let (layer, driver) = if let Some(command) = &arguments.driver {
        (Layer::Story, foreign(command, ANSWER_DEADLINE)?)
    } else if saved.program {
        (
            Layer::Program,
            through_program(arguments.program.as_deref())?,
        )
    } else {
        (Layer::Story, built_in())
    };
    let suite = Suite {
        jobs: 1,
        seed: saved.seed,
    };
    let tally = suite.run(layer, vec![saved.scenario.clone()], &driver, &mut || {})?;
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
