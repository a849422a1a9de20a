//! `zoom-conformance list`.

use std::fmt::Write as _;

use super::{EXIT_OK, say, select};

/// What to list.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only ids that fit: a part of the id, or a pattern with `*`
    #[arg(long, value_name = "FILTER")]
    only: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let selection = select(arguments.only.as_deref())?;
    let mut text = String::new();
    for cell in &selection.cells {
        let _ = writeln!(text, "{cell}");
    }
    for story in &selection.stories {
        let _ = writeln!(text, "{}", story.id);
    }
    say(&text);
    Ok(EXIT_OK)
}
