//! I21: who is removed was seen to be gone by the same run.

use super::gate::{Kind, activation, in_scope};
use super::{Findings, Invariant, Run};
use crate::run::Exchange;

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let writes = run.record.exchanges.iter();
    for exchange in writes.filter(|exchange| exchange.is_write()) {
        let Some(id) = exchange.user_id() else {
            continue;
        };
        let (Some(deletes), Some(user)) = (removes(run, exchange, &id), run.owner(&id)) else {
            continue;
        };
        let reason = reason_against(run, user, deletes);
        findings.check(Invariant::I21, reason.is_none(), || {
            let expected = format!("no removal of {user}: {}", reason.unwrap_or_default());
            (expected, exchange.to_string())
        });
    }
}

/// Whether an account is taken out of use by this write, and if so whether it is deleted.
fn removes(run: &Run<'_>, exchange: &Exchange, id: &str) -> Option<bool> {
    if exchange.method == "DELETE" {
        return Some(true);
    }
    let deactivates = matches!(
        activation(&exchange.body(), run.before(id)),
        Some(Kind::Disable | Kind::MakeInactive)
    );
    deactivates.then_some(false)
}

/// Why this run could not know that the user is gone, or, where nothing is deleted, disabled.
fn reason_against(run: &Run<'_>, user: &str, deletes: bool) -> Option<&'static str> {
    let record = run.record;
    if record.unread.contains(user) {
        return Some("the read of the directory did not come to them");
    }
    match record.directory.get(user) {
        None if record.unread.is_empty() => None,
        None => Some("the directory was not read to its end, so that nobody knows who is gone"),
        Some(user) if !in_scope(run, user) => None,
        Some(user) if !user.enabled && !deletes => None,
        Some(_) => Some("they are in the directory, and in scope"),
    }
}
