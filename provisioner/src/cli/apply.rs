//! `zoom-provisioner apply`.

use std::path::PathBuf;

use super::input::{AuditArguments, RunArguments};
use super::sync::{By, Writing};
use super::{Failure, General};
use crate::plan_file::PlanFile;

/// Which plan to apply.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The directory, the configuration and the state are read again. Where one of them is not as it was \
                  when the plan was made, or Zoom would be dealt with otherwise now, nothing is written and the exit \
                  code is 18: plan again.\n\n\
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

pub(super) async fn run(arguments: &Arguments, general: General) -> Result<u8, Failure> {
    let Arguments { plan, run, audit } = arguments;
    let plan = PlanFile::read(plan)?;
    Writing {
        run,
        audit,
        general,
        by: By::Plan(&plan),
    }
    .run()
    .await
}
