//! Depth two: every event after every event, under every configuration, from every prior state.

use std::fmt;

use super::cast::{ANN, ANN_RENAMED, RULE, ann, ann_changed, some};
use super::cell::{Cell, EVENTS, Event, PRIORS, Prior};
use crate::configuration::{CONFIGURATIONS, Configuration};
use crate::generate::words::put;
use crate::scenario::{DirectoryUser, Scenario, Step};

/// How many pairs there are.
pub const PAIRS: usize = CONFIGURATIONS * EVENTS * EVENTS * PRIORS;

/// One configuration, two events, one prior state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The switches.
    pub configuration: Configuration,
    /// What happens first.
    pub first: Event,
    /// What happens then.
    pub second: Event,
    /// What was there before.
    pub prior: Prior,
}

/// Every pair, in the order of their ids' parts.
pub fn pairs() -> impl Iterator<Item = Pair> {
    Configuration::all().flat_map(|configuration| {
        Event::ALL.into_iter().flat_map(move |first| {
            Event::ALL.into_iter().flat_map(move |second| {
                Prior::ALL.into_iter().map(move |prior| Pair {
                    configuration,
                    first,
                    second,
                    prior,
                })
            })
        })
    })
}

impl Pair {
    /// The pair's scenario: that of the first event's cell, with the second event and its run before the last
    /// full run.
    #[must_use]
    pub fn scenario(self) -> Scenario {
        let cell = Cell {
            configuration: self.configuration,
            event: self.first,
            prior: self.prior,
        };
        let mut scenario = cell.scenario();
        let last = scenario.steps.pop();
        let second = self.second_steps(&scenario.steps);
        scenario.steps.extend(second);
        scenario.steps.extend(last);
        scenario.id = self.to_string();
        scenario.title = format!(
            "{}; then {}; then {}",
            self.prior.says(),
            self.first.says(),
            self.second.says()
        );
        scenario
    }

    /// The second event, which finds Ann as the steps before have left her, with the run that follows it.
    fn second_steps(self, before: &[Step]) -> Vec<Step> {
        let changed = Step::CHANGED;
        let ann = Ann::after(before);
        let mut steps = match self.second {
            Event::Create => vec![put(ann.with(|_| {}))],
            Event::CreateDisabled | Event::Disable => {
                vec![put(ann.with(|ann| ann.enabled = false))]
            }
            Event::Enable => vec![put(ann.with(|ann| ann.enabled = true))],
            Event::Change => vec![put(ann.with(change))],
            Event::Rename => vec![put(ann.with(rename))],
            Event::Leave => vec![put(ann.with(|ann| ann.in_scope_of.clear()))],
            Event::Reenter => vec![put(ann.with(|ann| ann.in_scope_of = vec![RULE.to_owned()]))],
            Event::Delete => ann.deletion().into_iter().collect(),
            Event::Recreate => {
                let mut steps: Vec<Step> = ann.deletion().into_iter().collect();
                steps.push(put(DirectoryUser {
                    id: ann.next_id(),
                    ..ann.with(|_| {})
                }));
                steps
            }
            Event::DeleteRule if self.first != Event::DeleteRule => {
                return vec![Step::DeleteRule {
                    rule: RULE.to_owned(),
                }];
            }
            // A rule is deleted once.
            Event::DeleteRule | Event::Resync => Vec::new(),
        };
        steps.push(changed);
        steps
    }
}

/// Ann's record, and how often she was made anew.
struct Ann {
    record: Option<DirectoryUser>,
    ids: Vec<String>,
}

impl Ann {
    fn after(steps: &[Step]) -> Self {
        let mut found = Self {
            record: None,
            ids: Vec::new(),
        };
        for step in steps {
            match step {
                Step::Put { user } if user.id.starts_with(&ann().id) => {
                    if !found.ids.contains(&user.id) {
                        found.ids.push(user.id.clone());
                    }
                    found.record = Some(user.clone());
                }
                Step::Delete { user } if found.ids.contains(user) => found.record = None,
                _ => {}
            }
        }
        found
    }

    /// The directory never gives an id twice.
    fn next_id(&self) -> String {
        match self.ids.len() {
            0 => ann().id,
            earlier => format!("{}-{}", ann().id, earlier + 1),
        }
    }

    /// Her record, or a new one, with a change.
    fn with(&self, change: impl FnOnce(&mut DirectoryUser)) -> DirectoryUser {
        let mut record = self.record.clone().unwrap_or_else(|| DirectoryUser {
            id: self.next_id(),
            ..ann()
        });
        change(&mut record);
        record
    }

    fn deletion(&self) -> Option<Step> {
        let user = self.record.as_ref()?.id.clone();
        Some(Step::Delete { user })
    }
}

/// New values, other than those of an earlier change.
fn change(record: &mut DirectoryUser) {
    let changed = ann_changed();
    let again = record.department == changed.department;
    record.family_name = changed.family_name;
    record.department = if again {
        some("Support")
    } else {
        changed.department
    };
    record.phone = changed.phone;
    record.title = if again {
        some("Principal")
    } else {
        changed.title
    };
}

/// The other of two addresses.
fn rename(record: &mut DirectoryUser) {
    let address = if record.username == ANN {
        ANN_RENAMED
    } else {
        ANN
    };
    record.username = address.to_owned();
    record.email = some(address);
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}+{}/{}",
            self.configuration,
            self.first.id(),
            self.second.id(),
            self.prior.id()
        )
    }
}
