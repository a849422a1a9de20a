//! Ann's colleagues, of a rule of their own, to each of whom something else happens; and the others.

use super::cast::{OTHER_RULE, bob, bystanders, dan, person, some};
use crate::scenario::{DirectoryUser, Step};

/// Who is nobody's business, to begin with. Dan's account and his record come one after the other: they are one
/// person's address coming into use.
pub(super) fn people_of_others() -> Vec<Step> {
    let edits = bystanders().into_iter().rev();
    let mut steps: Vec<Step> = edits.map(|edit| Step::Zoom { edit }).collect();
    steps.push(Step::Put { user: dan() });
    steps
}

fn colleague(id: &str, given: &str) -> DirectoryUser {
    DirectoryUser {
        in_scope_of: vec![OTHER_RULE.to_owned()],
        user_type: some("Basic"),
        ..person(
            &format!("u-{id}"),
            &format!("{id}@example.com"),
            given,
            "Clerk",
        )
    }
}

fn of_other_rule(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        in_scope_of: vec![OTHER_RULE.to_owned()],
        ..user
    }
}

/// The colleagues who are there from the beginning.
pub(super) fn colleagues() -> [DirectoryUser; 3] {
    [
        of_other_rule(bob()),
        colleague("carl", "Carl"),
        colleague("gil", "Gil"),
    ]
}

/// What becomes of them: one is changed, one is disabled, one leaves, two come.
pub(super) fn colleagues_afterwards() -> [DirectoryUser; 5] {
    [
        DirectoryUser {
            department: some("Support"),
            ..of_other_rule(bob())
        },
        DirectoryUser {
            enabled: false,
            ..colleague("carl", "Carl")
        },
        DirectoryUser {
            in_scope_of: Vec::new(),
            ..colleague("gil", "Gil")
        },
        colleague("nina", "Nina"),
        colleague("omar", "Omar"),
    ]
}
