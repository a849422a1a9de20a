//! `zoom-provisioner delete-rule`.

use std::path::PathBuf;
use std::sync::Arc;

use tracing::Instrument as _;

use super::input::{AuditArguments, Loaded, rules};
use super::progress::Bar;
use super::show::{result, say, say_json, say_warnings};
use super::supervise::supervised;
use super::{EXIT_OK, EXIT_SOME_FAILED, Failure, General, failed, log, signal};
use crate::stop::Stop;

/// Which rule to delete.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  zoom-provisioner delete-rule --connection zoom.toml --rule staff.toml --state zoom.db"
)]
pub(super) struct Arguments {
    /// The connection file
    #[arg(long, value_name = "FILE")]
    connection: PathBuf,
    /// The file of the rule that is deleted; leave it out of later syncs
    #[arg(long, value_name = "FILE")]
    rule: PathBuf,
    /// The state file
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    #[command(flatten)]
    audit: AuditArguments,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, general: General) -> Result<u8, Failure> {
    let program = signal::stop()?;
    let (_, span) = log::run();
    let run = |stop| deleted(arguments, general, stop);
    let run = supervised(&program, &arguments.connection, run);
    run.instrument(span).await
}

async fn deleted(arguments: &Arguments, general: General, stop: Stop) -> Result<u8, Failure> {
    let rules = rules(std::slice::from_ref(&arguments.rule))?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let bar = Arc::new(Bar::new(general.shows_progress()));
    let engine = loaded
        .audited(Vec::new(), &arguments.audit)?
        .with_stop(stop);
    let mut engine = engine.with_observer(Arc::clone(&bar) as Arc<_>);
    let ids: Vec<String> = rules.into_iter().map(|rule| rule.id).collect();
    let mut failed = false;
    for id in &ids {
        let report = engine.delete_rule(id).await?;
        bar.clear();
        failed |= report.summary.failed_removals > 0;
        if arguments.json {
            say_json(&report)?;
        } else if general.quiet {
            say(&failed::outcomes(&report.actions))?;
            say_warnings(&report.warnings);
        } else {
            say(&format!(
                "The rule {id} is forgotten.\n\n{}",
                result(&report)
            ))?;
            say_warnings(&report.warnings);
        }
    }
    Ok(if failed { EXIT_SOME_FAILED } else { EXIT_OK })
}
