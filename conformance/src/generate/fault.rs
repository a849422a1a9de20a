//! Every legal fault: each effect of the mock's catalogue, on each operation, in each phase.

use mock_server::{CATALOG, Operation, Phase};
use serde_json::Value;

use crate::scenario::{Fault, FaultPhase};

/// The operations that a provisioner of users needs.
pub const OPERATIONS: [Operation; 7] = [
    Operation::IssueToken,
    Operation::ListUsers,
    Operation::CreateUser,
    Operation::GetUser,
    Operation::UpdateUser,
    Operation::PatchUser,
    Operation::DeleteUser,
];

/// Effects after which the oracle cannot say what has to be: Zoom says that it did what it did not, or keeps
/// something else than it was given. Where it acts, of those that can be judged elsewhere.
pub const LYING: [(&str, &str); 7] = [
    (
        "patch_accepted_not_applied",
        "an update is confirmed that was not done; sequences have it where a list shows all that is updated",
    ),
    ("pending_user", "an account is confirmed that nothing shows"),
    (
        "put_replaces",
        "an update empties what no rule maps, which policies have to say",
    ),
    (
        "attributes_normalised",
        "Zoom keeps other values than it was given",
    ),
    (
        "empty_200",
        "a write is confirmed without a word that was not done",
    ),
    (
        "not_scim",
        "a write is confirmed with another body that was not done",
    ),
    (
        "missing_field",
        "accounts that are read without a userName or an id belong to nobody",
    ),
];

/// Effects whose example in the catalogue would change nothing where there are few users, with one that does.
const SMALL: [(&str, &str); 2] = [
    ("page_cap", r#"{"page_cap":{"count":2}}"#),
    ("daily", r#"{"daily":{"limit":1}}"#),
];

/// Effects that act on the body of an answer and on nothing else.
const SPOIL_BODIES: [&str; 8] = [
    "stall_after",
    "wrong_content_type",
    "truncate",
    "invalid_json",
    "duplicate_keys",
    "bom",
    "huge_body",
    "gzip_bomb",
];

/// Whether the oracle cannot say what has to be after this effect on this operation in this phase.
fn lies(effect: &str, operation: Operation, phase: Phase) -> bool {
    use Operation::{CreateUser, DeleteUser, GetUser, ListUsers, PatchUser, UpdateUser};
    if LYING.iter().all(|(name, _)| *name != effect) {
        return false;
    }
    match effect {
        "patch_accepted_not_applied" => operation != PatchUser,
        "empty_200" | "not_scim" => {
            let writes = [CreateUser, UpdateUser, PatchUser, DeleteUser];
            phase == Phase::Before && writes.contains(&operation)
        }
        "missing_field" => [ListUsers, GetUser].contains(&operation),
        _ => true,
    }
}

/// A fault that can be: an effect, an operation, a phase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultKind {
    /// The operation, as the mock names it.
    pub operation: &'static str,
    /// The effect's name.
    pub effect: &'static str,
    /// The phase.
    pub phase: FaultPhase,
    /// The effect as JSON, with the parameters of the catalogue's example.
    example: &'static str,
}

impl FaultKind {
    /// Whether it changes nothing whatever it meets: Zoom's answer to a deletion has no body that it could spoil.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let spoils_bodies = SPOIL_BODIES.contains(&self.effect);
        self.operation == Operation::DeleteUser.as_str() && spoils_bodies
    }

    /// The fault, under a name.
    #[must_use]
    pub fn fault(&self, id: &str) -> Fault {
        let then = serde_json::from_str(self.example);
        Fault {
            on: Some(self.operation.to_owned()),
            phase: Some(self.phase),
            ..Fault::new(id, then.unwrap_or_else(|_| Value::from(self.effect)))
        }
    }
}

/// Every legal fault after which the oracle can say what has to be, in a fixed order.
#[must_use]
pub fn fault_kinds() -> Vec<FaultKind> {
    let all = CATALOG.iter().flat_map(|entry| {
        let operations = OPERATIONS.into_iter();
        let operations = operations.filter(|operation| entry.acts_on.includes(*operation));
        operations.flat_map(move |operation| {
            let phases = entry.phases.iter();
            phases.map(move |phase| (entry, operation, *phase))
        })
    });
    all.filter(|(entry, operation, phase)| !lies(entry.name, *operation, *phase))
        .map(|(entry, operation, phase)| FaultKind {
            operation: operation.as_str(),
            effect: entry.name,
            phase: match phase {
                Phase::Before => FaultPhase::Before,
                Phase::After => FaultPhase::After,
                Phase::Body => FaultPhase::Body,
            },
            example: example(entry.name, entry.example),
        })
        .collect()
}

fn example(effect: &str, catalogued: &'static str) -> &'static str {
    let small = SMALL.iter().find(|(name, _)| *name == effect);
    small.map_or(catalogued, |(_, example)| *example)
}
