//! `zoom-provisioner delete-rule`.

use std::path::PathBuf;
use std::sync::Arc;

use tracing::Instrument as _;

use super::input::{AuditArguments, Loaded, rules};
use super::progress::Bar;
use super::show::{result, say, say_json, say_warnings};
use super::supervise::supervised;
use super::{EXIT_OK, Failure, General, exit_code, failed, log, signal};
use crate::stop::Stop;
use crate::summary::Report;

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
    /// The state: a file, or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "FILE|URL")]
    state: PathBuf,
    #[command(flatten)]
    audit: AuditArguments,
    /// Go on where removals were held back: exactly N users are to be disabled or deleted
    #[arg(long, value_name = "N")]
    allow_removals: Option<usize>,
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
    let mut code = EXIT_OK;
    for id in &ids {
        let report = engine.delete_rule(id, arguments.allow_removals).await;
        bar.clear();
        let report = report.inspect_err(|error| say_warnings(error.warnings()))?;
        code = code.max(deletion_code(&report));
        if arguments.json {
            say_json(&report)?;
        } else if general.quiet {
            say(&failed::outcomes(&report.actions))?;
            say_warnings(&report.warnings);
        } else {
            let done = match (report.over_limit, report.summary.failed_removals) {
                (Some(_), _) => "is not deleted: nothing was done.",
                (None, 0) => "is forgotten.",
                (None, _) => {
                    "is not deleted completely; the same again goes on with those who failed."
                }
            };
            say(&format!("The rule {id} {done}\n\n{}", result(&report)))?;
            say_warnings(&report.warnings);
        }
    }
    Ok(code)
}

/// Users of other rules that failed before are not this command's.
fn deletion_code(report: &Report) -> u8 {
    let mut report = report.clone();
    report.summary.failed = 0;
    exit_code(&report)
}
