//! `zoom-provisioner plan`.

use serde::Serialize;

use super::input::{Loaded, RunArguments, directory_warnings, rule_warnings, rules};
use super::show::{outcomes, say, say_json, say_warnings};
use super::{EXIT_OK, Failure};
use crate::safety::OverLimit;
use crate::summary::{Outcome, refusals};

#[derive(Serialize)]
struct Shown {
    actions: Vec<Outcome>,
    warnings: Vec<String>,
    /// Why a sync would not do any removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_limit: Option<OverLimit>,
    /// How many writes a sync would send.
    writes: usize,
}

pub(super) async fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let rules = rules(&arguments.rules)?;
    let directory = arguments.directory().await?;
    let loaded = Loaded::open(&arguments.connection, &arguments.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let plan = loaded
        .engine(rules)?
        .plan(&directory, arguments.options())
        .await?;
    let actions: Vec<Outcome> = plan
        .actions
        .iter()
        .map(|action| Outcome::new(action, 0))
        .collect();
    warnings.extend(refusals(&actions));
    warnings.extend(plan.warnings.iter().cloned());
    let writes = plan
        .actions
        .iter()
        .filter(|action| action.write.is_some())
        .count();
    if arguments.json {
        say_json(&Shown {
            actions,
            warnings,
            over_limit: plan.over_limit,
            writes,
        })?;
        return Ok(EXIT_OK);
    }
    say(&outcomes(&actions))?;
    let words = if writes == 1 { "write" } else { "writes" };
    say(&format!(
        "\nA sync would send {writes} {words}. Nothing has been written.\n"
    ))?;
    say_warnings(&warnings);
    Ok(EXIT_OK)
}
