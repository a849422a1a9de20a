//! `zoom-provisioner sync`.

use super::input::{Loaded, RunArguments, directory_warnings, rule_warnings, rules};
use super::show::{outcomes, say, say_json, say_warnings, summary};
use super::{Failure, exit_code};

pub(super) async fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let rules = rules(&arguments.rules)?;
    let directory = arguments.directory().await?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let mut engine = loaded.engine(rules)?;
    let mut report = engine.sync(&directory, arguments.options()).await?;
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
    Ok(exit_code(&report))
}
