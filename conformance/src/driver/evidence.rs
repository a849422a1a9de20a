//! What the built-in provisioner tells of its writes: the audit in a form that is judged, and its plan.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use provisioner::plan::{Plan, Write};
use provisioner::{Audit, AuditError, Entry, Event, Fate};
use serde_json::json;

use super::Planned;

/// An audit that is kept until it is asked for: a line of JSON for each write.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<String>);

impl Heard {
    /// The lines since the last call.
    pub(super) fn take(&self) -> String {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Audit for Heard {
    async fn record(&self, entry: Entry) -> Result<(), AuditError> {
        if let Event::Write(written) = entry.event {
            let outcome = match written.outcome {
                Fate::Done => "done",
                Fate::Gone | Fate::Failed | Fate::NotDone | Fate::Unknown => "failed",
            };
            let line =
                json!({ "write": written.action, "name": written.username, "outcome": outcome });
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        Ok(())
    }
}

/// A plan by what it would write.
pub(super) fn planned(plan: &Plan) -> Planned {
    let mut planned = Planned::default();
    for action in plan.actions.iter().filter(|action| action.held.is_none()) {
        match &action.write {
            Some(Write::Create {
                then_deactivate, ..
            }) => {
                planned.creates += 1;
                planned.changes += usize::from(*then_deactivate);
            }
            Some(Write::Update { .. } | Write::Deactivate { .. }) => planned.changes += 1,
            Some(Write::Delete { .. }) => planned.deletes += 1,
            None => {}
        }
    }
    planned
}
