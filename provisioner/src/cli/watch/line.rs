//! One line about one run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Failure;
use crate::cli::show::{BAD, DIM, GOOD, WARNING};
use crate::plan::Status;
use crate::safety::OverLimit;
use crate::summary::{Report, Summary};

/// What started a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The program began.
    Start,
    /// The interval, or the wait after a failure, has passed.
    Interval,
    /// Somebody asked for it, by SIGHUP.
    Hangup,
    /// These files changed.
    Changed(Vec<String>),
}

impl Trigger {
    fn words(&self) -> String {
        match self {
            Self::Start => "start".to_owned(),
            Self::Interval => "interval".to_owned(),
            Self::Hangup => "asked for".to_owned(),
            Self::Changed(files) => format!("changed: {}", files.join(", ")),
        }
    }
}

/// How a run ended, in a word that does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Outcome {
    /// All is well.
    Ok,
    /// It came to its end, and some users failed.
    SomeFailed,
    /// It came to its end, and its removals were held back, for they were over the limit.
    HeldBack,
    /// A file cannot be used, perhaps because it is being written; nothing was sent.
    Skipped,
    /// The connection is off, or has not passed its test.
    NotUsable,
    /// Zoom's limits ended it.
    Deferred,
    /// It was told to stop.
    Stopped,
    /// Zoom, or the source of the users, could not be used.
    Failed,
    /// The state could not be used.
    State,
}

impl Outcome {
    pub(super) fn of(result: &Result<Report, Failure>) -> Self {
        match result {
            Ok(report) if report.over_limit.is_some() => Self::HeldBack,
            Ok(report) if report.summary.failed + report.summary.failed_removals > 0 => {
                Self::SomeFailed
            }
            Ok(_) => Self::Ok,
            Err(Failure::Deferred(_)) => Self::Deferred,
            Err(Failure::Stopped(_)) => Self::Stopped,
            Err(Failure::Off | Failure::Untested | Failure::NewSettings(_)) => Self::NotUsable,
            Err(Failure::Links(_)) => Self::State,
            // Somebody has to look at it: the directory can be read, and is not believed.
            Err(Failure::Source(_)) => Self::Failed,
            Err(failure) if failure.is_input() => Self::Skipped,
            Err(_) => Self::Failed,
        }
    }

    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::SomeFailed => "some_failed",
            Self::HeldBack => "held_back",
            Self::Skipped => "skipped",
            Self::NotUsable => "not_usable",
            Self::Deferred => "deferred",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::State => "state",
        }
    }
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) time: Duration,
    pub(super) trigger: Trigger,
    pub(super) result: Result<Report, Failure>,
}

/// The line for machines.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    run: &'a str,
    trigger: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    changed: &'a [String],
    seconds: f64,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    writes: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_limit: Option<OverLimit>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
    failures: Vec<Failed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    next_run_in_seconds: Option<f64>,
}

#[derive(Serialize)]
struct Failed<'a> {
    user: &'a str,
    username: &'a str,
    error: Option<&'a str>,
}

impl Ran {
    pub(super) fn outcome(&self) -> Outcome {
        Outcome::of(&self.result)
    }

    /// The line for people; the wait is that before the next run, if there is one.
    pub(super) fn for_people(&self, next: Option<Duration>) -> String {
        let outcome = self.outcome();
        let style = match outcome {
            Outcome::Ok => GOOD,
            Outcome::Skipped
            | Outcome::NotUsable
            | Outcome::Deferred
            | Outcome::Stopped
            | Outcome::HeldBack => WARNING,
            Outcome::SomeFailed | Outcome::Failed | Outcome::State => BAD,
        };
        let mut text = format!(
            "{:.0}  {style}{:11}{style:#} {:>6.1} s  ",
            self.at,
            outcome.name(),
            self.time.as_secs_f32()
        );
        match &self.result {
            Ok(report) => {
                text.push_str(&counts(&report.summary));
                let writes = report.writes;
                let word = if writes == 1 { "write" } else { "writes" };
                let _ = write!(text, "  {writes} {word}");
            }
            Err(failure) => text.push_str(&failure.to_string().replace('\n', " ")),
        }
        let _ = write!(text, "  {DIM}({}){DIM:#}", self.trigger.words());
        if let (Err(_), Some(next)) = (&self.result, next) {
            let _ = write!(text, "  {DIM}again in {} s{DIM:#}", next.as_secs());
        }
        text.push('\n');
        text
    }

    /// The line for machines.
    pub(super) fn for_machines(&self, next: Option<Duration>) -> impl Serialize {
        let report = self.result.as_ref().ok();
        let failed = report.map(|report| report.actions.iter());
        let failed = failed.into_iter().flatten();
        Line {
            time: format!("{:.3}", self.at),
            run: &self.id,
            trigger: match self.trigger {
                Trigger::Start => "start",
                Trigger::Interval => "interval",
                Trigger::Hangup => "hangup",
                Trigger::Changed(_) => "changed",
            },
            changed: match &self.trigger {
                Trigger::Changed(files) => files,
                Trigger::Start | Trigger::Interval | Trigger::Hangup => &[],
            },
            seconds: self.time.as_secs_f64(),
            outcome: self.outcome(),
            summary: report.map(|report| report.summary),
            writes: report.map(writes).unwrap_or_default(),
            over_limit: report.and_then(|report| report.over_limit),
            warnings: report.map_or(&[], |report| &report.warnings),
            failures: failed
                .filter(|outcome| outcome.status == Status::Failed)
                .map(|outcome| Failed {
                    user: &outcome.user,
                    username: &outcome.username,
                    error: outcome.error.as_deref(),
                })
                .collect(),
            error: self.result.as_ref().err().map(ToString::to_string),
            next_run_in_seconds: next.map(|next| next.as_secs_f64()),
        }
    }
}

/// How many writes of each kind were sent.
pub(in crate::cli) fn writes(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut writes = BTreeMap::new();
    for outcome in report.actions.iter().filter(|outcome| outcome.writes > 0) {
        *writes.entry(outcome.action).or_default() += outcome.writes;
    }
    writes
}

fn counts(summary: &Summary) -> String {
    let mut text = format!("{} in scope:", summary.impacted);
    let all = [
        ("success", summary.success),
        ("unsynced", summary.unsynced),
        ("partial", summary.partial),
        ("failed", summary.failed),
        ("removed", summary.removed),
        ("retained", summary.retained),
        ("failed removals", summary.failed_removals),
    ];
    let shown: Vec<String> = all
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!(" {count} {name}"))
        .collect();
    match shown.is_empty() {
        true => text.push_str(" nobody"),
        false => text.push_str(&shown.join(",")),
    }
    text
}
