//! `zoom-provisioner status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::show::{say, say_json, summary};
use super::{EXIT_OK, Failure, failed};
use crate::links::{Links as _, LinksError, Origin, Remembered, SqliteLinks};
use crate::plan::Status;
use crate::summary::{Report, Summary};

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The state file
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Print what is remembered as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    summary: Summary,
    links: usize,
    adopted: usize,
    /// Writes of which it is not known what became of them.
    under_way: usize,
    failed: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    user: String,
    username: String,
    error: Option<String>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    if !arguments.state.exists() {
        let error = std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "there is no such file; a first sync makes it",
        );
        return Err(LinksError::File {
            path: arguments.state.clone(),
            error,
        }
        .into());
    }
    let links = SqliteLinks::open(&arguments.state).await?;
    let shown = shown(&links.load().await?);
    if arguments.json {
        say_json(&shown)?;
        return Ok(EXIT_OK);
    }
    let failed = shown.failed.iter();
    let failed = failed.map(|failed| (failed.username.as_str(), failed.error.as_deref()));
    let mut text = failed::by_reason(failed);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary(&shown.summary));
    let _ = writeln!(
        text,
        "{:18}{:>8}\n{:18}{:>8}",
        "Links", shown.links, "  adopted", shown.adopted
    );
    if shown.under_way > 0 {
        let _ = writeln!(
            text,
            "{:18}{:>8}  writes whose answer is not known; the next sync looks first",
            "Under way", shown.under_way
        );
    }
    say(&text)?;
    Ok(EXIT_OK)
}

fn shown(remembered: &Remembered) -> Shown {
    let in_scope = || {
        remembered
            .seen
            .iter()
            .filter(|(_, seen)| !seen.rules.is_empty())
    };
    let report = Report::new(in_scope().map(|(_, seen)| seen.status), Vec::new());
    let adopted = remembered
        .links
        .values()
        .filter(|link| link.origin == Origin::Adopted);
    let failed = remembered
        .seen
        .iter()
        .filter(|(_, seen)| seen.status == Status::Failed);
    Shown {
        summary: report.summary,
        links: remembered.links.len(),
        adopted: adopted.count(),
        under_way: remembered.intents.len(),
        failed: failed
            .map(|(user, seen)| Failed {
                user: user.clone(),
                username: seen.username.clone(),
                error: seen.note.clone(),
            })
            .collect(),
    }
}
