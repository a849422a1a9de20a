//! `zoom-provisioner delete-rule`.

use std::path::PathBuf;

use super::input::{AuditArguments, Loaded, rules};
use super::show::{outcomes, say, say_json, say_warnings, summary};
use super::{EXIT_OK, EXIT_SOME_FAILED, Failure};

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
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let rules = rules(std::slice::from_ref(&arguments.rule))?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut engine = loaded.audited(Vec::new(), &arguments.audit)?;
    let ids: Vec<String> = rules.into_iter().map(|rule| rule.id).collect();
    let mut failed = false;
    for id in &ids {
        let report = engine.delete_rule(id).await?;
        failed |= report.summary.failed_removals > 0;
        if arguments.json {
            say_json(&report)?;
        } else {
            say(&outcomes(&report.actions))?;
            say(&format!(
                "\nThe rule {id} is forgotten.\n{}",
                summary(&report.summary)
            ))?;
            say_warnings(&report.warnings);
        }
    }
    Ok(if failed { EXIT_SOME_FAILED } else { EXIT_OK })
}
