//! The result for machines.

use serde::Serialize;

use crate::server_suite::check::Check;
use crate::server_suite::outcome::{Checked, Outcome, Outcomes, Verdict};
use crate::server_suite::run::RunError;
use crate::server_suite::wire::Shown;

/// The result for machines.
#[derive(Debug, Serialize)]
pub struct Result {
    /// `holds`, `violated`, `too_little` or `lost`.
    pub verdict: &'static str,
    /// The SCIM URL.
    pub scim_url: String,
    /// The token URL.
    pub token_url: String,
    /// How many checks came to each end.
    pub counts: Counts,
    /// Each check.
    pub checks: Vec<CheckOf>,
    /// How many requests were sent.
    pub requests: u32,
    /// How many users and groups were made.
    pub made: usize,
    /// What could not be removed again.
    pub left_behind: Vec<String>,
    /// The first requests that had no answer.
    pub unanswered: Vec<String>,
    /// Why the run ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What is in the names of all that the run made.
    pub run: String,
    /// The seed of that.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
}

/// The result for machines where the server could not be used at all.
#[derive(Debug, Serialize)]
pub struct Unusable {
    /// `not_reached`.
    pub verdict: &'static str,
    /// What is wrong, and what to do.
    pub error: String,
}

impl Unusable {
    /// The result of a run that could not begin.
    #[must_use]
    pub fn new(error: &RunError) -> Self {
        Self {
            verdict: "not_reached",
            error: error.to_string(),
        }
    }
}

/// How many checks came to each end.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Those that hold.
    pub holds: usize,
    /// Those that are violated.
    pub violated: usize,
    /// Those that were not made.
    pub unchecked: usize,
    /// The binding ones, of the levels `must` and `zoom`.
    pub binding: usize,
    /// Those of them that were made.
    pub binding_checked: usize,
}

/// What came of one check.
#[derive(Debug, Serialize)]
pub struct CheckOf {
    /// Its id.
    pub id: &'static str,
    /// `must`, `should` or `zoom`.
    pub level: &'static str,
    /// The heading of its topic.
    pub topic: &'static str,
    /// Where it is said.
    pub cites: &'static str,
    /// What is expected.
    pub expects: &'static str,
    /// `holds`, `violated`, `skipped` or `lost`.
    pub outcome: &'static str,
    /// How often it was judged, where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<u32>,
    /// What was seen instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// The exchange that shows it, credentials hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Shown>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Result {
    /// The result of a run against these URLs that took so long.
    #[must_use]
    pub fn new(outcomes: &Outcomes, scim_url: &str, token_url: &str, seconds: f64) -> Self {
        let (binding_checked, binding) = outcomes.binding();
        Self {
            verdict: verdict(outcomes.verdict()),
            scim_url: scim_url.to_owned(),
            token_url: token_url.to_owned(),
            counts: Counts {
                total: outcomes.checks.len(),
                holds: outcomes.held(),
                violated: outcomes.violated(),
                unchecked: outcomes.unchecked(),
                binding,
                binding_checked,
            },
            checks: outcomes.checks.iter().map(CheckOf::new).collect(),
            requests: outcomes.requests,
            made: outcomes.made,
            left_behind: outcomes.left_behind.clone(),
            unanswered: outcomes.unanswered.clone(),
            ended: outcomes.ended.clone(),
            run: outcomes.run.clone(),
            seed: outcomes.seed,
            seconds,
        }
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => "violated",
        Verdict::TooLittle => "too_little",
        Verdict::Lost => "lost",
    }
}

impl CheckOf {
    fn new(checked: &Checked) -> Self {
        let Check {
            id,
            level,
            cites,
            expects,
            advice,
        } = checked.check;
        let mut of = Self {
            id,
            level: level.as_str(),
            topic: checked.topic,
            cites,
            expects,
            outcome: "",
            judged: None,
            seen: None,
            advice: None,
            exchange: None,
            reason: None,
        };
        match &checked.outcome {
            Outcome::Holds { judged } => {
                of.outcome = "holds";
                of.judged = Some(*judged);
            }
            Outcome::Violated { seen, exchange } => {
                of.outcome = "violated";
                of.seen = Some(seen.clone());
                of.advice = Some(advice);
                of.exchange = Some(exchange.as_ref().clone());
            }
            Outcome::Skipped { reason } => {
                of.outcome = "skipped";
                of.reason = Some(reason.clone());
            }
            Outcome::Lost { reason } => {
                of.outcome = "lost";
                of.reason = Some(reason.clone());
            }
        }
        of
    }
}
