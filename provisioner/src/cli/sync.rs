//! `zoom-provisioner sync`.

use std::sync::Arc;

use tracing::Instrument as _;

use super::input::{Loaded, RunArguments, directory_warnings, rule_warnings, rules};
use super::progress::Bar;
use super::show::{result, say, say_json, say_warnings};
use super::supervise::{supervised, unless_stopped};
use super::{EXIT_OK, EXIT_SOME_FAILED, Failure, General, failed, log, signal};
use crate::stop::Stop;
use crate::summary::Report;

pub(super) async fn run(arguments: &RunArguments, general: General) -> Result<u8, Failure> {
    let program = signal::stop()?;
    let (_, span) = log::run();
    let run = |stop| synced(arguments, general, stop);
    let run = supervised(&program, &arguments.connection, run);
    let report = run.instrument(span).await?;
    if arguments.json {
        say_json(&report)?;
    } else if general.quiet {
        say(&failed::outcomes(&report.actions))?;
        say_warnings(&report.warnings);
    } else {
        say(&result(&report))?;
        say_warnings(&report.warnings);
    }
    let failed = report.summary.failed + report.summary.failed_removals > 0;
    Ok(if failed { EXIT_SOME_FAILED } else { EXIT_OK })
}

async fn synced(arguments: &RunArguments, general: General, stop: Stop) -> Result<Report, Failure> {
    let rules = rules(&arguments.rules)?;
    let directory = unless_stopped(&stop, arguments.directory()).await?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let bar = Arc::new(Bar::new(general.shows_progress()));
    let engine = loaded.engine(rules)?.with_stop(stop);
    let mut engine = engine.with_observer(Arc::clone(&bar) as Arc<_>);
    let mut report = engine.sync(&directory, arguments.options()).await?;
    warnings.append(&mut report.warnings);
    report.warnings = warnings;
    Ok(report)
}
