//! `zoom-provisioner delete-rule`.

use std::path::PathBuf;

use super::input::{Loaded, rules};
use super::show::{outcomes, say, say_json, say_warnings, summary};
use super::{EXIT_OK, Failure, exit_code};
use crate::summary::Report;

/// Which rule to delete.
#[derive(Debug, clap::Args)]
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
    /// Go on where removals were held back: exactly N users are to be disabled or deleted
    #[arg(long, value_name = "N")]
    allow_removals: Option<usize>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let rules = rules(std::slice::from_ref(&arguments.rule))?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut engine = loaded.engine(Vec::new())?;
    let ids: Vec<String> = rules.into_iter().map(|rule| rule.id).collect();
    let mut code = EXIT_OK;
    for id in &ids {
        let report = engine.delete_rule(id, arguments.allow_removals).await?;
        code = code.max(deletion_code(&report));
        if arguments.json {
            say_json(&report)?;
        } else {
            let done = match (report.over_limit, report.summary.failed_removals) {
                (Some(_), _) => "is not deleted: nothing was done.",
                (None, 0) => "is forgotten.",
                (None, _) => {
                    "is not deleted completely; the same again goes on with those who failed."
                }
            };
            say(&outcomes(&report.actions))?;
            say(&format!(
                "\nThe rule {id} {done}\n{}",
                summary(&report.summary)
            ))?;
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
