//! All that a server has set: rules, scripted runs, the scenario that is on, and those that are reached by
//! magic values.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::facts::Facts;
use super::rule::{FaultRule, InvalidRule};
use super::rules::{Decision, Held, PassedOver, Rules};
use super::run::{Run, RunReport};

/// How many runs a server remembers; the oldest is forgotten for another.
pub(super) const MAX_RUNS: usize = 1_000;
/// How many accounts have rules of a magic scenario of their own; beyond that all start anew.
pub(super) const MAX_MAGIC: usize = 10_000;

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

/// What a scenario's rules were passed over for, by the names that the journal has for them.
fn of_scenario(
    name: &str,
    passed_over: Vec<(Arc<str>, PassedOver)>,
) -> Vec<(Arc<str>, PassedOver)> {
    let named =
        |(id, why): (Arc<str>, PassedOver)| (format!("scenario {name}, rule {id}").into(), why);
    passed_over.into_iter().map(named).collect()
}

/// What is set. Precedence: a run's step, the scenario of a magic value, the scenario that is on, the rules.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Whether there is anything: most servers have nothing, and need not lock for it.
    any: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) rules: Rules,
    pub(super) scenario: Option<(&'static str, Rules)>,
    pub(super) magic: BTreeMap<(String, &'static str), Rules>,
    pub(super) runs: BTreeMap<u64, Run>,
    pub(super) last_run: u64,
}

impl Inner {
    fn run(&mut self, id: &str) -> Option<&mut Run> {
        self.runs.get_mut(&id.parse().ok()?)
    }
}

impl Faults {
    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is set.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner();
        let done = change(&mut inner);
        let any = !inner.rules.is_empty() || inner.scenario.is_some() || !inner.runs.is_empty();
        self.any.store(any, Ordering::Release);
        done
    }

    /// Whether anything is set.
    pub(crate) fn is_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Decides what happens to a request.
    pub(crate) fn decide(&self, facts: &Facts<'_>, magic: Option<Magic<'_>>) -> (Decision, Chosen) {
        if magic.is_none() && !self.is_any() {
            return (Decision::default(), Chosen::Rule);
        }
        let mut inner = self.inner();
        let mut passed_over = Vec::new();
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
            let mut decision = rules.decide(facts);
            decision.passed_over = of_scenario(magic.name, decision.passed_over);
            if decision.fired.is_some() {
                return (decision, Chosen::Scenario(magic.name));
            }
            passed_over = decision.passed_over;
        }
        if let Some((name, rules)) = &mut inner.scenario {
            let name = *name;
            let mut decision = rules.decide(facts);
            passed_over.extend(of_scenario(name, decision.passed_over));
            if decision.fired.is_some() {
                decision.passed_over = passed_over;
                return (decision, Chosen::Scenario(name));
            }
        }
        let mut decision = inner.rules.decide(facts);
        decision.passed_over.extend(passed_over);
        (decision, Chosen::Rule)
    }

    /// The rules in the order in which they are tried, those of the scenario that is on first, each as the journal
    /// names it. A rule whose time is over is there until another is set.
    pub(crate) fn listed(&self) -> Vec<(String, Held)> {
        let inner = self.inner();
        let scenario = inner.scenario.iter().flat_map(|(name, rules)| {
            let source = move |held: &Held| format!("scenario {name}, rule {}", held.rule.id);
            rules
                .all()
                .iter()
                .map(move |held| (source(held), held.clone()))
        });
        let rules = inner.rules.all().iter();
        scenario
            .chain(rules.map(|held| (format!("rule {}", held.rule.id), held.clone())))
            .collect()
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
