//! `zoom-provisioner apply`.

use std::path::PathBuf;

use super::Failure;
use super::input::{
    AuditArguments, Loaded, RunArguments, directory_warnings, rule_warnings, rules,
};
use super::sync::told;
use crate::plan_file::PlanFile;

/// Which plan to apply.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The directory, the configuration and the state are read again. Where one of them is not as it was \
                  when the plan was made, or Zoom would be dealt with otherwise now, nothing is written and the exit \
                  code is 8: plan again.\n\n\
                  Example:\n  zoom-provisioner apply zoom.plan --connection zoom.toml --rule staff.toml \\\n    \
                  --directory users.json --state zoom.db --audit zoom.audit"
)]
pub(super) struct Arguments {
    /// The plan, which `plan --out FILE` has made
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    audit: AuditArguments,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Arguments { plan, run, audit } = arguments;
    let plan = PlanFile::read(plan)?;
    let rules = rules(&run.rules)?;
    let directory = run.directory().await?;
    let loaded = Loaded::open(&run.connection, &run.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let mut engine = loaded.audited(rules, audit)?;
    let report = engine.apply(&directory, &plan).await?;
    told(report, warnings, run.json)
}
