//! `zoom-provisioner status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::show::{BAD, say, say_json, summary};
use super::{EXIT_OK, Failure};
use crate::links::{self, LinksError, Origin, Remembered};
use crate::plan::Status;
use crate::summary::{Report, Summary};

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The state: a file, or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "FILE|URL")]
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
    failed: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    user: String,
    username: String,
    error: Option<String>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Some(links) = links::open_existing(&arguments.state).await? else {
        let error = std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "there is no such state; a connection's test that passes makes it",
        );
        let place = arguments.state.display().to_string();
        return Err(LinksError::File { place, error }.into());
    };
    let shown = shown(&links.load().await?);
    if arguments.json {
        say_json(&shown)?;
        return Ok(EXIT_OK);
    }
    let mut text = summary(&shown.summary);
    let _ = writeln!(
        text,
        "{:18}{:>8}\n{:18}{:>8}",
        "Links", shown.links, "  adopted", shown.adopted
    );
    for failed in &shown.failed {
        let _ = writeln!(
            text,
            "{BAD}failed{BAD:#}  {}\n    {}",
            failed.username,
            failed.error.as_deref().unwrap_or("")
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
        failed: failed
            .map(|(user, seen)| Failed {
                user: user.clone(),
                username: seen.username.clone(),
                error: seen.note.clone(),
            })
            .collect(),
    }
}
