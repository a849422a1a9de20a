//! What is reported of a run: counts, exit code, audit and log.

use serde_json::json;

use super::super::bug::Bug;
use super::Running;
use super::kept::Outcome;
use super::send::Action;
use crate::driver::{Summary, Synced};

impl Running {
    pub(super) fn report(&mut self) -> Synced {
        let count = |outcome| {
            let outcomes = self.kept.outcomes.values();
            outcomes.filter(|seen| **seen == outcome).count()
        };
        let failed = count(Outcome::Failed);
        let exit_code = i32::from(failed > 0 && !self.has(Bug::B111));
        Synced {
            summary: Some(Summary {
                impacted: self.kept.outcomes.len(),
                success: count(Outcome::Success),
                unsynced: count(Outcome::Unsynced),
                partial: count(Outcome::Partial),
                failed,
            }),
            exit_code: Some(exit_code),
            audit: Some(std::mem::take(&mut self.audit)),
            output: self.zoom.take_log(),
        }
    }

    /// One line of the audit: what was sent for whom, and what came of it.
    pub(super) fn audit(&mut self, action: &Action, done: bool) {
        let (kind, name) = (action.act.name(), action.name.as_str());
        let outcome = if done || self.has(Bug::B112) {
            "done"
        } else {
            "failed"
        };
        let line = if self.has(Bug::B120) {
            format!("{{\"write\":\"{kind}\",\"name\":\"{name}\",\"outcome\":\"{outcome}\"}}")
        } else {
            json!({ "write": kind, "name": name, "outcome": outcome }).to_string()
        };
        self.audit.push_str(&line);
        self.audit.push('\n');
    }
}
