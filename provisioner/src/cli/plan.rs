//! `zoom-provisioner plan`.

use std::path::PathBuf;

use serde::Serialize;

use super::counts::Counts;
use super::input::{Loaded, Looks, Once, RunArguments, directory_warnings, rule_warnings, rules};
use super::show::{outcomes, say, say_json, say_warnings};
use super::{EXIT_OK, Failure};
use crate::safety::OverLimit;
use crate::summary::{Outcome, refusals};

/// What to plan.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-provisioner plan --connection zoom.toml --rule staff.toml \\\n    --directory \
                  users.json --state zoom.db --out zoom.plan\n  zoom-provisioner apply zoom.plan --connection \
                  zoom.toml --rule staff.toml \\\n    --directory users.json --state zoom.db"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    once: Once,
    /// Write the plan to this file as well, for `apply`; an earlier plan there is replaced, another file is not
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shown {
    actions: Vec<Outcome>,
    warnings: Vec<String>,
    /// Why a sync would not do any removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_limit: Option<OverLimit>,
    /// How many writes a sync would send.
    writes: usize,
    counts: Counts,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Arguments {
        run,
        looks,
        once,
        out,
    } = arguments;
    let rules = rules(&run.rules)?;
    let directory = run.directory().await?;
    let loaded = Loaded::open(&run.connection, &run.state).await?;
    let mut warnings = rule_warnings(&rules);
    warnings.extend(directory_warnings(&directory));
    let file = loaded
        .engine(rules)?
        .plan_file(&directory, looks.options(once))
        .await?;
    let actions: Vec<Outcome> = file
        .plan
        .actions
        .iter()
        .map(|action| Outcome::new(action.clone(), 0))
        .collect();
    warnings.extend(refusals(&actions));
    warnings.extend(file.plan.warnings.iter().cloned());
    let over_limit = file.plan.over_limit;
    let counts = Counts::of(&actions, loaded.linked().await?);
    let writes = counts.writes();
    if let Some(out) = out {
        file.write(out)?;
    }
    if run.json {
        say_json(&Shown {
            actions,
            warnings,
            over_limit,
            writes,
            counts,
        })?;
        return Ok(EXIT_OK);
    }
    say(&outcomes(&actions))?;
    let words = if writes == 1 { "write" } else { "writes" };
    say(&format!(
        "\n{}\nA sync would send {writes} {words}. Nothing has been written.\n",
        counts.table()
    ))?;
    if let Some(out) = out {
        let out = out.display();
        say(&format!(
            "The plan is in {out}: `zoom-provisioner apply {out}` with the same files does exactly this, or nothing.\n"
        ))?;
    }
    say_warnings(&warnings);
    Ok(EXIT_OK)
}
