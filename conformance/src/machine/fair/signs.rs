//! What a single step says of itself.

use crate::oracle::fold;
use crate::scenario::{DirectoryUser, Fault};

/// Faults that make a list odd, while every request is answered and what is asked for is done.
const ODD_LISTS: [&str; 5] = [
    "page_cap",
    "page_drift",
    "duplicate_in_list",
    "total_results_lies",
    "filter_ignored",
];

/// The addresses that come into use or go out of it with a new record.
pub(super) fn moves(before: Option<&DirectoryUser>, after: &DirectoryUser) -> Vec<String> {
    match before {
        None => vec![fold(&after.username)],
        Some(before)
            if before.username != after.username || before.in_scope_of != after.in_scope_of =>
        {
            vec![fold(&before.username), fold(&after.username)]
        }
        Some(_) => Vec::new(),
    }
}

/// Whether a record changes in nothing but values that a list shows, none of which is emptied.
pub(super) fn is_listed(before: &DirectoryUser, after: &DirectoryUser) -> bool {
    let is_emptied = (before.family_name.is_some() && after.family_name.is_none())
        || (before.department.is_some() && after.department.is_none());
    let rest = DirectoryUser {
        family_name: before.family_name.clone(),
        department: before.department.clone(),
        ..after.clone()
    };
    rest == *before && after != before && !is_emptied
}

/// Whether Zoom says by a fault that it did an update that it did not do.
pub(super) fn confirms(fault: &Fault) -> bool {
    fault.effect() == "patch_accepted_not_applied" && fault.on.as_deref() == Some("users.update")
}

/// Whether Zoom says by a fault that it did an update, whatever it made of it.
pub(super) fn affirms(fault: &Fault) -> bool {
    let code = fault.then.pointer("/status/code");
    let is_success = |code| (200..300).contains(&code);
    code.and_then(serde_json::Value::as_u64)
        .is_some_and(is_success)
        && fault.on.as_deref() == Some("users.update")
}

/// Whether Zoom says by a fault that an account is gone that is not.
pub(super) fn denies(fault: &Fault) -> bool {
    let code = fault.then.pointer("/status/code");
    code.and_then(serde_json::Value::as_u64) == Some(404)
}

/// Whether a fault makes a list odd and nothing else.
pub(super) fn is_odd_list(fault: &Fault) -> bool {
    ODD_LISTS.contains(&fault.effect())
}
