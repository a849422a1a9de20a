//! `zoom-provisioner sync`.

use super::input::{
    AuditArguments, Loaded, Looks, RunArguments, directory_warnings, rule_warnings, rules,
};
use super::show::{outcomes, say, say_json, say_warnings, summary};
use super::{EXIT_OK, EXIT_SOME_FAILED, Failure};
use crate::summary::Report;

/// What to bring Zoom to.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-provisioner sync --connection zoom.toml --rule staff.toml \\\n    --directory \
                  users.json --state zoom.db\n  zoom-provisioner sync --connection zoom.toml --rule staff.toml \\\n    \
                  --directory users.json --state zoom.db --audit zoom.audit --audit-values hashed"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    audit: AuditArguments,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Arguments { run, looks, audit } = arguments;
    let rules = rules(&run.rules)?;
    let directory = run.directory().await?;
    let loaded = Loaded::open(&run.connection, &run.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let mut engine = loaded.audited(rules, audit)?;
    let report = engine.sync(&directory, looks.options()).await?;
    told(report, warnings, run.json)
}

/// Tells what a run has done, what it warns of after what was warned of before, and its exit code.
pub(super) fn told(
    mut report: Report,
    mut warnings: Vec<String>,
    json: bool,
) -> Result<u8, Failure> {
    warnings.append(&mut report.warnings);
    report.warnings = warnings;
    if json {
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
