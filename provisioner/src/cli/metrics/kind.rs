//! What ended a run, in a word.

use crate::cli::Failure;
use crate::zoom::{ErrorKind, Reason};

/// What ended a run, in a word that does not change.
pub(super) fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Zoom(error) => match error.kind {
            ErrorKind::Systemic(reason) => of_reason(reason),
            ErrorKind::Token => "token",
            ErrorKind::Throttled(_) => "limits",
            ErrorKind::Stopped => "stopped",
            ErrorKind::Gone
            | ErrorKind::Conflict
            | ErrorKind::Unknown
            | ErrorKind::Transient
            | ErrorKind::User => "outage",
        },
        Failure::Deferred(_) => "limits",
        Failure::Stopped(_) => "stopped",
        Failure::Off => "off",
        Failure::Untested | Failure::NewSettings(_) => "untested",
        Failure::Links(_) => "state",
        Failure::Transport(_) => "tls",
        Failure::File(_)
        | Failure::Directory(_)
        | Failure::NotForPingOne
        | Failure::DuplicateRule(_)
        | Failure::Metrics { .. }
        | Failure::Signals(_)
        | Failure::Output(_) => "input",
    }
}

fn of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Credentials => "credentials",
        Reason::Token => "token",
        Reason::Contention => "contention",
        Reason::Scope => "scope",
        Reason::Permission => "permission",
        Reason::Account => "account",
        Reason::Tls => "tls",
        Reason::Protocol => "protocol",
        Reason::NotSent => "not_sent",
        Reason::Outage => "outage",
    }
}
