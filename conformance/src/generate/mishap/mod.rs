//! Mishaps: one kind of trouble each, as any provisioner meets it sooner or later, under a configuration or two.
//!
//! They need no more than the driver protocol promises: a wait that is told is two seconds at the most. A removal
//! limit is told only to who knows of one.

mod answers;
mod limits;
mod lists;
mod people;
mod stops;

use std::num::NonZeroUsize;

use super::cast::{OTHER_RULE, RULE, ann, bob};
use super::colleagues::people_of_others;
use crate::configuration::{Configuration, RemoveAction};
use crate::generate::words::{put, settled};
use crate::scenario::{DirectoryUser, Fault, Limits, Policies, Rule, Scenario, Step};

/// Everything allowed, removed users are deactivated.
const ON: Configuration = Configuration::PERMISSIVE;
/// Everything allowed, removed users are deleted, and a rule's deletion removes.
const ALL: Configuration = Configuration {
    remove_action: RemoveAction::Delete,
    deprovision_on_rule_deletion: true,
    ..ON
};
/// Users on a page, where there are to be several pages.
const SMALL_PAGE: usize = 2;

/// One kind of trouble.
struct Mishap {
    id: String,
    says: &'static str,
    configurations: &'static [Configuration],
    limits: Limits,
    removal_limit: Option<usize>,
    steps: Vec<Step>,
}

impl Mishap {
    /// With either remove action.
    fn new(id: &str, says: &'static str, steps: Vec<Step>) -> Self {
        Self {
            id: id.to_owned(),
            says,
            configurations: &[ON, ALL],
            limits: Limits::default(),
            removal_limit: None,
            steps,
        }
    }

    /// Under these configurations alone.
    fn only(self, configurations: &'static [Configuration]) -> Self {
        Self {
            configurations,
            ..self
        }
    }

    /// Where a page holds two users.
    fn on_small_pages(self) -> Self {
        let limits = Limits {
            page_cap: NonZeroUsize::new(SMALL_PAGE),
            ..Limits::default()
        };
        Self { limits, ..self }
    }

    /// Where a run may remove so many at the most.
    fn with_removals(self, limit: usize) -> Self {
        Self {
            removal_limit: Some(limit),
            ..self
        }
    }

    /// Ann and Bob are provisioned; the configuration takes effect, this happens, and a full run follows.
    fn scenario(&self, configuration: Configuration) -> Scenario {
        let configure = |configuration| Step::Configure {
            configuration,
            enabled: true,
        };
        let mut steps = people_of_others();
        steps.extend([bob(), ann()].map(put));
        steps.extend([configure(ON), Step::FULL, configure(configuration)]);
        steps.extend(self.steps.iter().cloned());
        steps.push(Step::FULL);
        Scenario {
            id: format!("{configuration}/mishap/{}", self.id),
            title: self.says.to_owned(),
            configuration,
            policies: Policies {
                removal_limit: self.removal_limit,
                ..Policies::default()
            },
            limits: self.limits,
            rules: [RULE, OTHER_RULE].map(Rule::with_default_mapping).to_vec(),
            steps,
            ..Scenario::empty()
        }
    }
}

/// Every mishap under its configurations.
pub fn mishaps() -> impl Iterator<Item = Scenario> {
    let all = answers::mishaps()
        .into_iter()
        .chain(lists::mishaps())
        .chain(limits::mishaps())
        .chain(people::mishaps())
        .chain(stops::mishaps());
    all.flat_map(|mishap| {
        let configurations = mishap.configurations.iter();
        configurations
            .map(|configuration| mishap.scenario(*configuration))
            .collect::<Vec<_>>()
    })
}

/// This happens under a fault, which ends; and then come as many full runs as anybody needs.
fn under(fault: Fault, history: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![Step::Fault { fault }];
    steps.extend(history);
    steps.push(Step::Heal);
    steps.extend(settled());
    steps
}

/// These users are so now, and a run looks at what changed.
fn changed<const MANY: usize>(users: [DirectoryUser; MANY]) -> Vec<Step> {
    let mut steps: Vec<Step> = users.map(put).into();
    steps.push(Step::CHANGED);
    steps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::generate::in_real_time;
    use crate::machine::is_fair;

    #[test]
    fn each_mishap_can_be_judged_and_has_an_id_of_its_own() {
        let all: Vec<Scenario> = mishaps().collect();
        let ids: BTreeSet<&str> = all.iter().map(|scenario| scenario.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        let unfair = |scenario: &&Scenario| !is_fair(scenario);
        let unfair: Vec<&str> = all
            .iter()
            .filter(unfair)
            .map(|one| one.id.as_str())
            .collect();
        assert!(unfair.is_empty(), "{unfair:#?}");
        let choices = |scenario: &Scenario| Policies {
            removal_limit: None,
            ..scenario.policies
        };
        let ours = Policies::default();
        assert!(all.iter().all(|scenario| choices(scenario) == ours));
    }

    #[test]
    fn a_process_of_its_own_is_told_what_everybody_is_and_no_wait_is_cut() {
        for mishap in mishaps() {
            let short = in_real_time(mishap.clone()).unwrap();
            for (step, short) in mishap.steps.iter().zip(&short.steps) {
                let (Step::Fault { fault }, Step::Fault { fault: short }) = (step, short) else {
                    assert_eq!(step, short, "{}", mishap.id);
                    continue;
                };
                assert_eq!(fault.then, short.then, "{}", mishap.id);
                assert!(fault.times.is_none() || fault.times == short.times);
            }
        }
    }
}
