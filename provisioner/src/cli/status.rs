//! `zoom-provisioner status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::Serialize;

use super::show::{WARNING, say, say_json, summary};
use super::{EXIT_OK, Failure, failed};
use crate::engine::begun_rule_deletions;
use crate::links::{self, LinksError, Origin, Remembered, Seen};
use crate::plan::Status;
use crate::safety::next_retry;
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
    /// Writes of which it is not known what became of them.
    under_way: usize,
    failed: Vec<Failed>,
    /// Who is not as the directory says, for another reason than a failure or a flag.
    held: Vec<HeldUser>,
    /// When the first of those who failed is due; absent where nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_retry: Option<Timestamp>,
    /// The rules whose deletion is not finished.
    rule_deletions: Vec<String>,
}

#[derive(Serialize)]
struct Failed {
    user: CompactString,
    username: CompactString,
    error: Option<String>,
    /// How many attempts have failed.
    attempts: u32,
    /// When the next one is due; absent where the user is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_retry: Option<Timestamp>,
    given_up: bool,
}

#[derive(Serialize)]
struct HeldUser {
    user: CompactString,
    username: CompactString,
    reason: String,
}

impl Failed {
    fn new(user: &str, seen: &Seen) -> Self {
        let next_retry = seen.retry.and_then(|retry| retry.next);
        Self {
            user: user.into(),
            username: seen.username.clone(),
            error: seen.note.clone(),
            attempts: seen.retry.map_or(0, |retry| retry.attempts),
            next_retry,
            given_up: seen.retry.is_some() && next_retry.is_none(),
        }
    }

    /// Why, and what comes next.
    fn reason(&self) -> String {
        let error = self.error.as_deref().unwrap_or("no reason is known");
        format!("{error}; {}", self.tries())
    }

    /// How often it was tried, and when it is again.
    fn tries(&self) -> String {
        let attempts = self.attempts;
        let word = if attempts == 1 { "attempt" } else { "attempts" };
        match (self.next_retry, self.given_up) {
            (Some(next), _) => format!("{attempts} {word} failed; the next is due at {next:.0}"),
            (None, true) => format!(
                "given up after {attempts} {word}, until the record changes; a sync by hand still tries it"
            ),
            (None, false) => "the next attempt is due".to_owned(),
        }
    }
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
    let reasons: Vec<String> = shown.failed.iter().map(Failed::reason).collect();
    let failed = shown.failed.iter().zip(&reasons);
    let failed = failed.map(|(failed, reason)| (failed.username.as_str(), Some(reason.as_str())));
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
    for held in &shown.held {
        let HeldUser {
            username, reason, ..
        } = held;
        let _ = writeln!(text, "{WARNING}held{WARNING:#}  {username}\n    {reason}");
    }
    for rule in &shown.rule_deletions {
        let _ = writeln!(
            text,
            "{WARNING}unfinished{WARNING:#}  the deletion of the rule {rule}; run `zoom-provisioner delete-rule` for it again"
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
    let others = remembered
        .seen
        .iter()
        .filter(|(_, seen)| seen.status != Status::Failed);
    let held = others.filter_map(|(user, seen)| {
        Some(HeldUser {
            user: user.clone(),
            username: seen.username.clone(),
            reason: seen.note.clone()?,
        })
    });
    Shown {
        summary: report.summary,
        links: remembered.links.len(),
        adopted: adopted.count(),
        under_way: remembered.intents.len(),
        failed: failed.map(|(user, seen)| Failed::new(user, seen)).collect(),
        held: held.collect(),
        next_retry: next_retry(remembered),
        rule_deletions: begun_rule_deletions(remembered).into_keys().collect(),
    }
}
