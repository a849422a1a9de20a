//! `zoom-mock choices`.

use super::failure::Failure;
use super::table;
use crate::account::{Choice, ChoiceValue, Choices};

/// How to show them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A choice is a setting of an account:\n  zoom-mock account set choices.media_type=scim+json"
)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let all = serde_json::to_value(Choices::DOCUMENTATION).unwrap_or_default();
    table::show(arguments.json, &all, |_| {
        Choices::DOCUMENTATION.iter().map(for_people).collect()
    })?;
    Ok(())
}

fn for_people(choice: &Choice) -> String {
    let value = |(index, value): (usize, &ChoiceValue)| {
        let default = if index == 0 { " (default)" } else { "" };
        format!("  {}{default}: {}\n", value.name, value.says)
    };
    let values: String = choice.values.iter().enumerate().map(value).collect();
    format!("{}: {}\n{values}", choice.name, choice.says)
}
