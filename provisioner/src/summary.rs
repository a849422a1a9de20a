//! What a run reports, in PingOne's words.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize, Serializer};

use crate::plan::{Action, Flag, Row, Status, Write};
use crate::safety::{Held, OverLimit};

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
    /// Users who left and whose accounts stay because a flag says so, or were held back.
    pub retained: usize,
    /// Users who left and whose accounts could not be removed.
    pub failed_removals: usize,
}

/// What came of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The directory's id.
    pub user: CompactString,
    /// The address.
    pub username: CompactString,
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
    /// Why what the row asks for was not done.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_words")]
    pub held: Option<Held>,
    /// How many writes were sent.
    pub writes: usize,
}

fn in_words<S: Serializer>(held: &Option<Held>, serializer: S) -> Result<S::Ok, S::Error> {
    match held {
        Some(held) => serializer.collect_str(held),
        None => serializer.serialize_none(),
    }
}

impl Outcome {
    pub(crate) fn new(action: Action, writes: usize) -> Self {
        Self {
            action: word(action.write.as_ref()),
            user: action.user,
            username: action.username,
            row: action.row,
            via: action.via,
            status: action.status,
            flag: action.refused_by,
            error: action.note,
            held: action.held,
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
    /// Why no removal was done; absent where they were within the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_limit: Option<OverLimit>,
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
            let is_refused = outcome.flag.is_some() || outcome.held.is_some();
            match (outcome.status, outcome.action) {
                (Status::Failed, _) => summary.failed_removals += 1,
                (_, "none") if is_refused => summary.retained += 1,
                (_, "none") => {}
                _ => summary.removed += 1,
            }
        }
        Self {
            summary,
            warnings: refusals(&actions),
            over_limit: None,
            writes: actions.iter().map(|outcome| outcome.writes).sum(),
            actions,
        }
    }
}

/// A warning for each flag that refused something, and for each reason for which something was held back. What there
/// is to say of the removal limit stands in [`OverLimit`].
pub(crate) fn refusals(outcomes: &[Outcome]) -> Vec<String> {
    let mut warnings = flags(outcomes);
    warnings.extend(held(outcomes));
    warnings
}

fn held(outcomes: &[Outcome]) -> impl Iterator<Item = String> {
    let mut counts = [0_usize; 5];
    for held in outcomes.iter().filter_map(|outcome| outcome.held.as_ref()) {
        let [first_run, late, protected, stuck, no_seat] = &mut counts;
        match held {
            Held::Limit | Held::Spelling => {}
            Held::FirstRun => *first_run += 1,
            Held::Late => *late += 1,
            Held::Protected(_) => *protected += 1,
            Held::Stuck => *stuck += 1,
            Held::NoSeat => *no_seat += 1,
        }
    }
    let texts = [
        "held back until the next run, for no run has matched everybody yet, so that who looks gone may not be",
        "held back until the next run, where they are counted",
        "protected and not removed: Zoom's owners and admins, and whom the connection's protect list names",
        "not updated again: Zoom has accepted the same update several times and not done it",
        "not created, for Zoom has no seat left; free or buy seats, and the next run tries again",
    ];
    let told = counts.into_iter().zip(texts);
    told.filter(|(count, _)| *count > 0).map(|(count, text)| {
        let users = if count == 1 { "user is" } else { "users are" };
        format!("{count} {users} {text}")
    })
}

fn flags(outcomes: &[Outcome]) -> Vec<String> {
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
