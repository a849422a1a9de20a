//! I3 and I20: what is nobody's business stays as it was.

use super::{Findings, Invariant, Run};

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    for before in &run.record.before {
        let after = run.after(&before.id);
        if run.owner(&before.id).is_none() {
            let same = after.is_some_and(|after| after.json == before.json);
            findings.check(Invariant::I3, same, || {
                let expected = format!("{} as it was: nobody is linked to it", before.user_name);
                let seen = after.map_or("gone".to_owned(), |after| after.json.to_string());
                (expected, seen)
            });
        } else if let Some(after) = after {
            let (kept, now) = (before.unmapped(), after.unmapped());
            findings.check(Invariant::I20, kept == now, || {
                let of = |unmapped: &serde_json::Value| format!("{}: {unmapped}", before.user_name);
                (of(&kept), of(&now))
            });
        }
    }
}
