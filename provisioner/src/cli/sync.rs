//! `zoom-provisioner sync`.

use std::path::PathBuf;

use super::input::{Loaded, rule_warnings, rules};
use super::show::{outcomes, say, say_json, say_warnings, summary};
use super::{EXIT_OK, EXIT_SOME_FAILED, Failure};
use crate::directory::Directory;
use crate::engine::SyncOptions;

/// What to sync.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The connection file
    #[arg(long, value_name = "FILE")]
    connection: PathBuf,
    /// A rule file; several in their order
    #[arg(long = "rule", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// The directory file
    #[arg(long, value_name = "FILE")]
    directory: PathBuf,
    /// The state file, made on first use
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Evaluate everybody, not only whose record changed
    #[arg(long)]
    full: bool,
    /// Read each linked user singly as well; implies --full
    #[arg(long)]
    deep: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let rules = rules(&arguments.rules)?;
    let directory = Directory::read(&arguments.directory)?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut warnings = rule_warnings(&rules);
    let mut engine = loaded.engine(rules)?;
    let options = SyncOptions {
        full: arguments.full,
        deep: arguments.deep,
    };
    let mut report = engine.sync(&directory, options).await?;
    warnings.append(&mut report.warnings);
    report.warnings = warnings;
    if arguments.json {
        say_json(&report)?;
    } else {
        say(&outcomes(&report.actions))?;
        say(&format!("\n{}", summary(&report.summary)))?;
        say(&format!("{:18}{:>8}\n", "Writes", report.writes))?;
        say_warnings(&report.warnings);
    }
    let failed = report.summary.failed + report.summary.failed_removals > 0;
    Ok(if failed { EXIT_SOME_FAILED } else { EXIT_OK })
}
