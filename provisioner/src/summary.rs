//! What a run reports, in PingOne's words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{Action, Flag, Row, Status, Write};

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Users in scope of a rule. Always the sum of the next four.
    pub impacted: usize,
    /// Zoom matches the source.
    pub success: usize,
    /// No account at Zoom.
    pub unsynced: usize,
    /// An account that may be out of date because a flag kept it so.
    pub partial: usize,
    /// An error.
    pub failed: usize,
    /// Users who left and whose accounts were removed in this run.
    pub removed: usize,
    /// Users who left and whose accounts stay because a flag says so.
    pub retained: usize,
    /// Users who left and whose accounts could not be removed.
    pub failed_removals: usize,
}

/// What came of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The directory's id.
    pub user: String,
    /// The address.
    pub username: String,
    /// The row that decided.
    pub row: Row,
    /// The row that led there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Row>,
    /// `none`, `create`, `update`, `enable`, `disable` or `delete`.
    pub action: &'static str,
    /// How the user is counted.
    pub status: Status,
    /// The flag that refused something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// Why the user failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many writes were sent.
    pub writes: usize,
}

impl Outcome {
    pub(crate) fn new(action: &Action, writes: usize) -> Self {
        Self {
            user: action.user.clone(),
            username: action.username.clone(),
            row: action.row,
            via: action.via,
            action: word(action.write.as_ref()),
            status: action.status,
            flag: action.refused_by,
            error: action.note.clone(),
            writes,
        }
    }

    /// Whether it is about somebody who left.
    pub(crate) fn is_removal(&self) -> bool {
        matches!(
            self.row,
            Row::O9 | Row::O10 | Row::O11 | Row::O13 | Row::O21
        )
    }
}

/// A write in one word.
pub(crate) fn word(write: Option<&Write>) -> &'static str {
    match write {
        None => "none",
        Some(Write::Create { .. }) => "create",
        Some(Write::Update { change, .. }) if change.activate => "enable",
        Some(Write::Update { .. }) => "update",
        Some(Write::Deactivate { .. }) => "disable",
        Some(Write::Delete { .. }) => "delete",
    }
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The counts over everybody in scope, whether evaluated or not.
    pub summary: Summary,
    /// What came of those who were evaluated, by the directory's id.
    pub actions: Vec<Outcome>,
    /// What an administrator should know.
    pub warnings: Vec<String>,
    /// How many writes were sent.
    pub writes: usize,
}

impl Report {
    pub(crate) fn new(statuses: impl Iterator<Item = Status>, actions: Vec<Outcome>) -> Self {
        let mut summary = Summary::default();
        for status in statuses {
            summary.impacted += 1;
            match status {
                Status::Success => summary.success += 1,
                Status::Partial => summary.partial += 1,
                Status::Failed => summary.failed += 1,
                Status::Unsynced | Status::Removed => summary.unsynced += 1,
            }
        }
        for outcome in actions.iter().filter(|outcome| outcome.is_removal()) {
            match (outcome.status, outcome.action, outcome.flag) {
                (Status::Failed, _, _) => summary.failed_removals += 1,
                (_, "none", Some(_)) => summary.retained += 1,
                (_, "none", None) => {}
                _ => summary.removed += 1,
            }
        }
        Self {
            summary,
            warnings: refusals(&actions),
            writes: actions.iter().map(|outcome| outcome.writes).sum(),
            actions,
        }
    }
}

/// A warning for each flag that refused something.
pub(crate) fn refusals(outcomes: &[Outcome]) -> Vec<String> {
    let mut counts: BTreeMap<Flag, usize> = BTreeMap::new();
    for flag in outcomes.iter().filter_map(|outcome| outcome.flag) {
        *counts.entry(flag).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(flag, count)| {
            let users = if count == 1 { "user was" } else { "users were" };
            let left = match flag {
                Flag::CreateUsers => "not created",
                Flag::UpdateUsers => "not updated",
                Flag::DisableUsers => "not disabled",
                Flag::DeprovisionUsers | Flag::DeprovisionOnRuleDeletion => "not deprovisioned",
            };
            format!("{flag} is off: {count} {users} {left}")
        })
        .collect()
}
