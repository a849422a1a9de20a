//! `zoom-provisioner sync`.

use std::sync::Arc;

use tracing::Instrument as _;

use super::input::{
    AuditArguments, Loaded, Looks, Once, RunArguments, directory_warnings, rule_warnings, rules,
};
use super::progress::Bar;
use super::show::{result, say, say_json, say_warnings};
use super::supervise::{supervised, unless_stopped};
use super::{Failure, General, exit_code, failed, log, signal};
use crate::engine::SyncOptions;
use crate::plan_file::PlanFile;
use crate::stop::Stop;
use crate::summary::Report;

/// What to bring Zoom to.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-provisioner sync --connection zoom.toml --rule staff.toml \\\n    --directory \
                  users.json --state zoom.db\n  zoom-provisioner sync --connection zoom.toml --rule staff.toml \\\n    \
                  --directory users.json --state zoom.db --audit zoom.audit --audit-values hashed\n  \
                  zoom-provisioner --log info sync --connection zoom.toml --rule staff.toml \\\n    --directory \
                  users.json --state zoom.db --full --quiet"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    once: Once,
    #[command(flatten)]
    audit: AuditArguments,
}

pub(super) async fn run(arguments: &Arguments, general: General) -> Result<u8, Failure> {
    let Arguments {
        run,
        looks,
        once,
        audit,
    } = arguments;
    Writing {
        run,
        audit,
        general,
        by: By::Sync(looks.options(once)),
    }
    .run()
    .await
}

/// A run that writes.
pub(super) struct Writing<'a> {
    pub(super) run: &'a RunArguments,
    pub(super) audit: &'a AuditArguments,
    pub(super) general: General,
    pub(super) by: By<'a>,
}

/// By what a run is led.
pub(super) enum By<'a> {
    Sync(SyncOptions),
    Plan(&'a PlanFile),
}

impl Writing<'_> {
    /// Runs until it is done or told to stop, tells what it has done, and gives its exit code.
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let program = signal::stop()?;
        let (_, span) = log::run();
        let run = supervised(&program, &self.run.connection, |stop| self.report(stop));
        let report = run.instrument(span).await?;
        if self.run.json {
            say_json(&report)?;
        } else if self.general.quiet {
            say(&failed::outcomes(&report.actions))?;
            say_warnings(&report.warnings);
        } else {
            say(&result(&report))?;
            say_warnings(&report.warnings);
        }
        Ok(exit_code(&report))
    }

    async fn report(&self, stop: Stop) -> Result<Report, Failure> {
        let rules = rules(&self.run.rules)?;
        let directory = unless_stopped(&stop, self.run.directory()).await?;
        let loaded = Loaded::open(&self.run.connection, &self.run.state).await?;
        let mut warnings = rule_warnings(&rules);
        warnings.extend(directory_warnings(&directory));
        let bar = Arc::new(Bar::new(self.general.shows_progress()));
        let engine = loaded.audited(rules, self.audit)?.with_stop(stop);
        let mut engine = engine.with_observer(Arc::clone(&bar) as Arc<_>);
        let report = match self.by {
            By::Sync(options) => engine.sync(directory, options).await,
            By::Plan(plan) => engine.apply(directory, plan).await,
        };
        let mut report = report.inspect_err(|error| {
            bar.clear();
            say_warnings(&warnings);
            say_warnings(error.warnings());
        })?;
        warnings.append(&mut report.warnings);
        report.warnings = warnings;
        Ok(report)
    }
}
