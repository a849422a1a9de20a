//! `zoom-conformance merge FILE...`.

use std::path::PathBuf;

use super::outputs::Outputs;
use super::{exit_code, say};
use crate::report::{Summary, overview};

/// What to put together.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes are those of `run`: what one shard could not cover by itself is asked of all of \
                        them together.\n\nExample:\n  zoom-conformance run --shard 1/2 --json 1.json\n  \
                        zoom-conformance run --shard 2/2 --json 2.json\n  \
                        zoom-conformance merge 1.json 2.json --html report.html"
)]
pub(super) struct Arguments {
    /// The JSON results of all shards of one run, in any order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let proof = arguments.outputs.proof()?;
    let mut shards = Vec::new();
    for file in &arguments.files {
        shards.push((file.clone(), Summary::read(file)?));
    }
    let summary = Summary::merged(shards)?;
    if !arguments.outputs.take_stdout() {
        say(&overview(&summary));
    }
    arguments.outputs.write(&summary, proof.as_ref())?;
    Ok(exit_code(summary.result))
}
