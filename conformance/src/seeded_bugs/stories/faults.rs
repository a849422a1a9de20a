//! Faults that no mishap has: a wait that no process of its own is told, what fails for one user alone, and what
//! needs another policy.

use serde_json::json;

use super::{disabled, under};
use crate::configuration::Configuration;
use crate::generate::cast::{ann_changed, bob};
use crate::generate::words::{cem, fault, moved, of_ann, put, status, times};
use crate::scenario::{DisabledAtCreation, FaultPhase, Policies, Scenario, Step};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    let update = |then| fault("users.update", then, FaultPhase::Before);
    Some(match bug {
        Bug::B42 => {
            let no_id = json!({ "missing_field": { "name": "id" } });
            let no_id = times(1, fault("users.create", no_id, FaultPhase::Body));
            Scenario {
                policies: Policies {
                    disabled_at_creation: DisabledAtCreation::CreateInactive,
                    ..Policies::default()
                },
                ..under(ON, no_id, vec![put(disabled(cem())), Step::CHANGED])
            }
        }
        Bug::B52 => under(
            ON,
            times(
                1,
                update(json!({ "retry_after": { "code": 429, "value": "far_future" } })),
            ),
            vec![put(ann_changed()), Step::CHANGED],
        ),
        Bug::B91 => under(
            ON,
            of_ann(update(status(500))),
            vec![put(ann_changed()), put(moved(bob())), Step::CHANGED],
        ),
        _ => return None,
    })
}
