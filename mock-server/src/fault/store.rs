//! All that a server has set: rules, scripted runs, the scenario that is on, and those that are reached by
//! magic values.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::facts::Facts;
use super::rule::{FaultRule, InvalidRule};
use super::rules::{Decision, Held, Rules};
use super::run::{Run, RunReport};

/// How many runs a server remembers; the oldest is forgotten for another.
const MAX_RUNS: usize = 1_000;
/// How many accounts have rules of a magic scenario of their own; beyond that all start anew.
const MAX_MAGIC: usize = 10_000;

/// Where a decision comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// A rule that was set.
    Rule,
    /// A step of a run.
    Run,
    /// A scenario.
    Scenario(&'static str),
}

/// A scenario whose rules hold for one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Magic<'a> {
    pub(crate) name: &'static str,
    pub(crate) rules: &'a [FaultRule],
}

/// What is set. Precedence: a run's step, the scenario of a magic value, the scenario that is on, the rules.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Whether there is anything: most servers have nothing, and need not lock for it.
    any: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Rules,
    scenario: Option<(&'static str, Rules)>,
    magic: BTreeMap<(String, &'static str), Rules>,
    runs: BTreeMap<u64, Run>,
    last_run: u64,
}

impl Inner {
    fn run(&mut self, id: &str) -> Option<&mut Run> {
        self.runs.get_mut(&id.parse().ok()?)
    }
}

impl Faults {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is set.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner();
        let done = change(&mut inner);
        let any = !inner.rules.is_empty() || inner.scenario.is_some() || !inner.runs.is_empty();
        self.any.store(any, Ordering::Release);
        done
    }

    /// Decides what happens to a request.
    pub(crate) fn decide(&self, facts: &Facts<'_>, magic: Option<Magic<'_>>) -> (Decision, Chosen) {
        if magic.is_none() && !self.any.load(Ordering::Acquire) {
            return (Decision::default(), Chosen::Rule);
        }
        let mut inner = self.inner();
        if let Some(run) = facts.run.and_then(|id| inner.run(id))
            && let Some(fired) = run.step(facts.operation)
        {
            let decision = Decision {
                fired: Some(fired),
                passed_over: Vec::new(),
            };
            return (decision, Chosen::Run);
        }
        if let Some(magic) = magic {
            if inner.magic.len() >= MAX_MAGIC {
                inner.magic.clear();
            }
            let key = (facts.account.to_owned(), magic.name);
            let rules = inner.magic.entry(key).or_insert_with(|| {
                let mut rules = Rules::default();
                for rule in magic.rules {
                    // A scenario's file was checked when it was read.
                    let _ = rules.set(rule.clone(), facts.server_now);
                }
                rules
            });
            let decision = rules.decide(facts);
            if decision.fired.is_some() {
                return (decision, Chosen::Scenario(magic.name));
            }
        }
        if let Some((name, rules)) = &mut inner.scenario {
            let name = *name;
            let decision = rules.decide(facts);
            if decision.fired.is_some() {
                return (decision, Chosen::Scenario(name));
            }
        }
        (inner.rules.decide(facts), Chosen::Rule)
    }

    /// Sets a rule.
    pub(crate) fn set(&self, rule: FaultRule, now: Timestamp) -> Result<(), InvalidRule> {
        self.change(|inner| {
            inner.rules.retain(|held| !held.is_over(now));
            inner.rules.set(rule, now)
        })
    }

    /// Sets these rules and no others.
    pub(crate) fn replace(&self, rules: Vec<FaultRule>, now: Timestamp) -> Result<(), InvalidRule> {
        let mut set = Rules::default();
        for rule in rules {
            set.set(rule, now)?;
        }
        self.change(|inner| inner.rules = set);
        Ok(())
    }

    /// The rules that are not over, in their order.
    pub(crate) fn rules(&self, now: Timestamp) -> Vec<Held> {
        let inner = self.inner();
        let held = inner.rules.all().iter();
        held.filter(|held| !held.is_over(now)).cloned().collect()
    }

    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<Held> {
        let inner = self.inner();
        inner
            .rules
            .get(id)
            .filter(|held| !held.is_over(now))
            .cloned()
    }

    pub(crate) fn remove(&self, id: &str) -> Option<Held> {
        self.change(|inner| inner.rules.remove(id))
    }

    /// Takes everything away: rules, runs, scenarios.
    pub(crate) fn clear(&self) {
        self.change(|inner| {
            let last_run = inner.last_run;
            *inner = Inner {
                last_run,
                ..Inner::default()
            };
        });
    }

    /// Turns a scenario on, or none.
    pub(crate) fn set_scenario(
        &self,
        scenario: Option<(&'static str, Vec<FaultRule>)>,
        now: Timestamp,
    ) -> Result<(), InvalidRule> {
        let scenario = match scenario {
            None => None,
            Some((name, rules)) => {
                let mut set = Rules::default();
                for rule in rules {
                    set.set(rule, now)?;
                }
                Some((name, set))
            }
        };
        self.change(|inner| inner.scenario = scenario);
        Ok(())
    }

    /// The scenario that is on.
    pub(crate) fn scenario(&self) -> Option<&'static str> {
        self.inner().scenario.as_ref().map(|(name, _)| *name)
    }

    /// Starts a run, and gives its id.
    pub(crate) fn start_run(&self, steps: &Value) -> Result<String, InvalidRule> {
        self.change(|inner| {
            let number = inner.last_run + 1;
            let run = Run::read(&number.to_string(), steps)?;
            if inner.runs.len() >= MAX_RUNS {
                inner.runs.pop_first();
            }
            inner.last_run = number;
            inner.runs.insert(number, run);
            Ok(number.to_string())
        })
    }

    /// How a run stands.
    pub(crate) fn run(&self, id: &str) -> Option<RunReport> {
        self.inner().run(id).map(|run| run.report())
    }

    pub(crate) fn remove_run(&self, id: &str) -> bool {
        let number: Option<u64> = id.parse().ok();
        number.is_some_and(|number| self.change(|inner| inner.runs.remove(&number).is_some()))
    }
}
