//! What a test has seen so far, and what is told of it in the end.

use std::time::Instant;

use secrecy::SecretString;

use super::endpoint::Endpoint;
use super::warning::{Warning, WarningCode};
use super::{Diagnosis, Finding, Problem, Step, StepName, StepOutcome};
use crate::clock;
use crate::connection::Connection;
use crate::redact::Redactor;

/// The longest text that is told of anything, in characters.
const MAX_TOLD: usize = 500;

/// What a step that did not fail has to tell.
pub(super) enum Told {
    Ok(String),
    Skipped(&'static str),
}

/// The notes of a test under way.
pub(super) struct Notes {
    redactor: Redactor,
    steps: Vec<Step>,
    warnings: Vec<Warning>,
}

impl Notes {
    /// Nothing seen yet; the connection's secrets are known.
    pub(super) fn new(connection: &Connection) -> Self {
        Self {
            redactor: Redactor::new(&connection.client_id, &connection.client_secret),
            steps: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// One more secret that is not to be told.
    pub(super) fn learn(&mut self, secret: &SecretString) {
        self.redactor.learn(secret);
    }

    /// Each warning once.
    pub(super) fn warn(&mut self, warning: Option<Warning>) {
        let known = |code: WarningCode| self.warnings.iter().any(|warning| warning.code == code);
        if let Some(warning) = warning
            && !known(warning.code)
        {
            self.warnings.push(warning);
        }
    }

    /// Notes a step that was taken, and passes on what came of it.
    pub(super) fn record<T>(
        &mut self,
        name: StepName,
        endpoint: Option<&Endpoint>,
        since: Instant,
        seen: Result<(T, Told), Finding>,
    ) -> Result<T, Finding> {
        let elapsed = clock::monotonic().saturating_duration_since(since);
        let (outcome, detail, seen) = match seen {
            Ok((value, Told::Ok(detail))) => (StepOutcome::Ok, detail, Ok(value)),
            Ok((value, Told::Skipped(why))) => (StepOutcome::Skipped, why.to_owned(), Ok(value)),
            Err(finding) => (
                StepOutcome::Failed,
                finding.code.name().to_owned(),
                Err(finding),
            ),
        };
        self.steps.push(Step {
            name,
            host: endpoint.map(Endpoint::to_string),
            outcome,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            detail,
        });
        seen
    }

    /// What is told of it all: nothing leaves without the secrets taken out.
    pub(super) fn diagnosis(mut self, came: Result<(), Finding>) -> Diagnosis {
        let told = |text: &str| bounded(&self.redactor.clean(text));
        for step in &mut self.steps {
            step.detail = told(&step.detail);
            step.host = step.host.as_deref().map(told);
        }
        for warning in &mut self.warnings {
            warning.what = told(&warning.what);
        }
        let problem = came.err().map(|finding| Problem {
            code: finding.code,
            family: finding.code.family(),
            what: finding.code.what(),
            remedy: finding.code.remedy(),
            evidence: told(&finding.evidence),
        });
        Diagnosis {
            ok: problem.is_none(),
            steps: self.steps,
            diagnosis: problem,
            warnings: self.warnings,
        }
    }
}

/// A text of one line and bounded length. Characters that would steer a terminal, or turn the direction of
/// what is read, are not repeated.
fn bounded(text: &str) -> String {
    let visible = text
        .chars()
        .map(|char| if steers(char) { ' ' } else { char });
    let mut short: String = visible.take(MAX_TOLD).collect();
    if text.chars().nth(MAX_TOLD).is_some() {
        short.push_str("...");
    }
    short
}

fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
