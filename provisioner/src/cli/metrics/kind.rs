//! What ended a run, in a word.

use crate::cli::Failure;
use crate::zoom::ErrorKind;

/// What ended a run, in a word that does not change.
pub(super) fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Zoom(error) => match error.kind {
            ErrorKind::Systemic(reason) => reason.name(),
            ErrorKind::Token => "token",
            ErrorKind::Throttled(_) => "limits",
            ErrorKind::Stopped => "stopped",
            ErrorKind::Gone
            | ErrorKind::Conflict
            | ErrorKind::Unknown
            | ErrorKind::Transient
            | ErrorKind::User
            | ErrorKind::Protected
            | ErrorKind::NoSeat => "outage",
        },
        Failure::Deferred(_) => "limits",
        Failure::Stopped(_) => "stopped",
        Failure::Off => "off",
        Failure::Untested | Failure::NewSettings(_) => "untested",
        Failure::Links(_) => "state",
        Failure::Audit(_) => "audit",
        Failure::Moved(_) => "moved",
        Failure::Source(_) => "source",
        Failure::Transport(_) => "tls",
        Failure::File(_)
        | Failure::Directory(_)
        | Failure::NotForPingOne
        | Failure::DuplicateRule(_)
        | Failure::PlanFile(_)
        | Failure::NoAudit
        | Failure::NoUser { .. }
        | Failure::SeveralUsers { .. }
        | Failure::Metrics { .. }
        | Failure::Signals(_)
        | Failure::Output(_) => "input",
    }
}
