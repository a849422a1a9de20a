//! For each seeded bug one story in which it shows: plain data, without any generator.

mod attributes;
mod faults;
mod gates;
mod mishaps;
mod report;
mod safety;

use super::bug::Bug;
use crate::configuration::{Configuration, RemoveAction};
use crate::generate::cast::{OTHER_RULE, RULE, ann, bob, bystanders, dan};
use crate::generate::words::{put, settled};
use crate::generate::{Cell, Event, Prior};
use crate::scenario::{DirectoryUser, Fault, Limits, Policies, Rule, Scenario, Step};

/// All directed stories, in the order of the bugs.
pub fn stories() -> impl Iterator<Item = Scenario> {
    Bug::ALL.iter().map(|bug| story(*bug))
}

/// The story in which a bug shows.
#[must_use]
pub fn story(bug: Bug) -> Scenario {
    let scenario = gates::story(bug)
        .or_else(|| mishaps::story(bug))
        .or_else(|| faults::story(bug))
        .or_else(|| safety::story(bug))
        .or_else(|| attributes::story(bug))
        .unwrap_or_else(|| report::story(bug));
    Scenario {
        id: format!("{}/seeded/{bug}", scenario.configuration),
        title: format!("what a provisioner does wrong that {}", bug.says()),
        ..scenario
    }
}

/// Everything allowed; accounts are removed by deletion, and a rule's deletion removes.
const ALL: Configuration = Configuration {
    remove_action: RemoveAction::Delete,
    deprovision_on_rule_deletion: true,
    ..Configuration::PERMISSIVE
};

fn cell(configuration: Configuration, event: Event, prior: Prior) -> Scenario {
    let cell = Cell {
        configuration,
        event,
        prior,
    };
    cell.scenario()
}

/// Ann and Bob are provisioned; the configuration takes effect, this happens, and a full run follows.
fn after_all_is_well(configuration: Configuration, history: Vec<Step>) -> Scenario {
    let mut steps: Vec<Step> = bystanders().map(|edit| Step::Zoom { edit }).into();
    steps.extend([dan(), bob(), ann()].map(put));
    steps.extend([configure(Configuration::PERMISSIVE), Step::FULL]);
    steps.push(configure(configuration));
    steps.extend(history);
    steps.push(Step::FULL);
    Scenario {
        version: Scenario::VERSION,
        id: String::new(),
        title: String::new(),
        configuration,
        policies: Policies::default(),
        limits: Limits::default(),
        rules: [RULE, OTHER_RULE].map(Rule::with_default_mapping).to_vec(),
        steps,
    }
}

/// As [`after_all_is_well`]: this happens under a fault, which ends, and then come as many full runs as
/// anybody needs.
fn under(configuration: Configuration, fault: Fault, history: Vec<Step>) -> Scenario {
    let mut steps = vec![Step::Fault { fault }];
    steps.extend(history);
    steps.push(Step::Heal);
    steps.extend(settled());
    after_all_is_well(configuration, steps)
}

fn configure(configuration: Configuration) -> Step {
    Step::Configure {
        configuration,
        enabled: true,
    }
}

fn disabled(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        enabled: false,
        ..user
    }
}
