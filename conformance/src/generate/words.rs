//! The words that stories and mishaps are told in: people as they become, steps, and faults.

use serde_json::{Value, json};

use super::cast::{ANN, person, some};
use crate::invariant::SETTLING_RUNS;
use crate::scenario::{DirectoryUser, Fault, FaultPhase, Step, ZoomEdit};

/// Somebody who comes later.
pub(crate) fn cem() -> DirectoryUser {
    person("u-cem", "cem@example.com", "Cem", "Celik")
}

/// One of many.
pub(crate) fn crowded(number: u32) -> DirectoryUser {
    let username = format!("p{number}@example.com");
    person(&format!("u-p{number}"), &username, "Pat", "Park")
}

/// Out of every rule's scope.
pub(crate) fn out(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        in_scope_of: Vec::new(),
        ..user
    }
}

/// In another department.
pub(crate) fn moved(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        department: some("Marketing"),
        ..user
    }
}

/// Under another username.
pub(crate) fn called(user: DirectoryUser, username: &str) -> DirectoryUser {
    DirectoryUser {
        username: username.to_owned(),
        email: some(username),
        ..user
    }
}

pub(crate) fn put(user: DirectoryUser) -> Step {
    Step::Put { user }
}

/// An address is that of an account elsewhere: a create is refused, and no look-up finds it.
pub(crate) fn taken(address: &str) -> Step {
    Step::Zoom {
        edit: ZoomEdit::Foreign {
            user_name: address.to_owned(),
        },
    }
}

/// As many full runs as anybody needs after a fault.
pub(crate) fn settled() -> impl Iterator<Item = Step> {
    (0..SETTLING_RUNS).map(|_| Step::FULL)
}

pub(crate) fn fault(on: &str, then: Value, phase: FaultPhase) -> Fault {
    Fault {
        on: Some(on.to_owned()),
        phase: Some(phase),
        ..Fault::new("f1", then)
    }
}

pub(crate) fn times(times: u64, fault: Fault) -> Fault {
    Fault {
        times: Some(times),
        ..fault
    }
}

/// It hits requests about Ann alone.
pub(crate) fn of_ann(fault: Fault) -> Fault {
    Fault {
        user: some(ANN),
        ..fault
    }
}

pub(crate) fn status(code: u16) -> Value {
    json!({ "status": { "code": code, "headers": {}, "body": "" } })
}
