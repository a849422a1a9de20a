//! The kill matrix: the provisioner is killed at each of its requests, before and after it is applied.

use super::cell::{Cell, Event, Prior};
use crate::configuration::Configuration;
use crate::invariant::SETTLING_RUNS;
use crate::scenario::{Scenario, Step};

/// The last request at which it is killed; the runs in question have fewer.
pub const LAST_REQUEST: u32 = 8;

/// Every event but the deletion of a rule, from every prior state, under a connection that allows everything, with
/// either remove action: killed at each request of the event's run.
///
/// A rule's deletion is left out: whether what a killed deletion left is still a matter of the rule, or of a user
/// who is out of scope, the semantics do not say.
pub fn kills() -> impl Iterator<Item = Scenario> {
    let permissive = Configuration::PERMISSIVE;
    let configurations = [
        permissive,
        Configuration {
            remove_action: crate::configuration::RemoveAction::Delete,
            ..permissive
        },
    ];
    let events = Event::ALL
        .into_iter()
        .filter(|event| *event != Event::DeleteRule);
    let cells = configurations.into_iter().flat_map(move |configuration| {
        events.clone().flat_map(move |event| {
            Prior::ALL.into_iter().map(move |prior| Cell {
                configuration,
                event,
                prior,
            })
        })
    });
    cells.flat_map(|cell| {
        (1..=LAST_REQUEST)
            .flat_map(move |request| [false, true].map(|applied| kill(cell, request, applied)))
    })
}

/// The cell, whose event's run is killed, and the full runs that put right what that left.
fn kill(cell: Cell, request: u32, applied: bool) -> Scenario {
    let mut scenario = cell.scenario();
    let last = scenario.steps.pop();
    let run = scenario.steps.pop();
    scenario.steps.push(Step::Kill { request, applied });
    scenario.steps.extend(run);
    for _ in 0..SETTLING_RUNS {
        scenario.steps.extend(last.clone());
    }
    scenario.steps.extend(last);
    let when = if applied { "after" } else { "before" };
    scenario.id = format!("{cell}/kill-{when}-{request}");
    scenario.title = format!("{}; killed {when} request {request}", scenario.title);
    scenario
}
