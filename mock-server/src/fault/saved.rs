//! What is set, with what was counted of it, to be kept and to be brought back exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::effect::{Effect, Phase};
use super::rule::{FaultRule, InvalidRule};
use super::rules::{Held, Rules};
use super::run::{Run, Step};
use super::store::{Faults, Inner, MAX_MAGIC, MAX_RUNS};
use crate::operation::Operation;
use crate::scenario::Scenario;

/// All that a server has set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedFaults {
    /// In the order in which they are tried.
    rules: Vec<SavedRule>,
    /// The scenario that is on.
    scenario: Option<SavedScenario>,
    /// The scenarios that magic values have named, by account.
    magic: Vec<SavedScenario>,
    runs: Vec<SavedRun>,
    /// The number of the latest run.
    last_run: u64,
}

/// A rule and what was counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRule {
    /// As it is set over the control API.
    rule: Value,
    /// When it was set, on the server's clock.
    set_at: Timestamp,
    /// How many requests its conditions fitted.
    fitted: u64,
    /// How often it fired.
    fired: u64,
}

/// A scenario with its rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedScenario {
    name: String,
    /// The account in which a magic value has named it.
    account: Option<String>,
    rules: Vec<SavedRule>,
}

/// A run, with what is left of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRun {
    id: u64,
    met: BTreeMap<String, Vec<String>>,
    left: BTreeMap<String, Vec<SavedStep>>,
}

/// What happens to one request of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedStep {
    name: String,
    /// An effect; `null`: nothing happens.
    then: Option<Value>,
    phase: Option<Phase>,
}

fn invalid(field: impl Into<String>, message: impl Into<String>) -> InvalidRule {
    InvalidRule {
        field: field.into(),
        message: message.into(),
    }
}

/// The error of a part, as one of the whole.
fn at(place: String) -> impl Fn(InvalidRule) -> InvalidRule {
    move |error| {
        let dot = if error.field.is_empty() { "" } else { "." };
        invalid(format!("{place}{dot}{}", error.field), error.message)
    }
}

impl Faults {
    pub(crate) fn saved(&self) -> SavedFaults {
        let inner = self.inner();
        let scenario = inner.scenario.as_ref();
        let scenario = scenario.map(|(name, rules)| SavedScenario {
            name: (*name).to_owned(),
            account: None,
            rules: saved_rules(rules),
        });
        let magic = inner.magic.iter();
        let magic = magic.map(|((account, name), rules)| SavedScenario {
            name: (*name).to_owned(),
            account: Some(account.clone()),
            rules: saved_rules(rules),
        });
        let runs = inner.runs.iter();
        SavedFaults {
            rules: saved_rules(&inner.rules),
            scenario,
            magic: magic.collect(),
            runs: runs.map(|(id, run)| saved_run(*id, run)).collect(),
            last_run: inner.last_run,
        }
    }

    /// Brings back what was set. Nothing changes on an error.
    pub(crate) fn restore(&self, saved: &SavedFaults) -> Result<(), InvalidRule> {
        let restored = saved.restored()?;
        self.change(|inner| *inner = restored);
        Ok(())
    }
}

impl SavedFaults {
    fn restored(&self) -> Result<Inner, InvalidRule> {
        let mut inner = Inner {
            rules: rules("rules", &self.rules)?,
            last_run: self.last_run,
            ..Inner::default()
        };
        if let Some(scenario) = &self.scenario {
            let set = rules("scenario.rules", &scenario.rules)?;
            inner.scenario = Some((scenario.known("scenario")?, set));
        }
        if self.magic.len() > MAX_MAGIC || self.runs.len() > MAX_RUNS {
            let message = format!("holds more than {MAX_MAGIC}, or `runs` more than {MAX_RUNS}");
            return Err(invalid("magic", message));
        }
        for (index, magic) in self.magic.iter().enumerate() {
            let place = format!("magic[{index}]");
            let name = magic.known(&place)?;
            let Some(account) = magic.account.clone() else {
                return Err(invalid(format!("{place}.account"), "is missing"));
            };
            let set = rules(&format!("{place}.rules"), &magic.rules)?;
            inner.magic.insert((account, name), set);
        }
        for (index, run) in self.runs.iter().enumerate() {
            let place = format!("runs[{index}]");
            let is_new = !inner.runs.contains_key(&run.id) && run.id <= self.last_run;
            if !is_new {
                let message = "is there twice, or above `last_run`";
                return Err(invalid(format!("{place}.id"), message));
            }
            inner
                .runs
                .insert(run.id, run.restored().map_err(at(place))?);
        }
        Ok(inner)
    }
}

fn saved_rules(rules: &Rules) -> Vec<SavedRule> {
    let saved = |held: &Held| SavedRule {
        // What was read from JSON can be JSON.
        rule: serde_json::to_value(&held.rule).unwrap_or_default(),
        set_at: held.set_at(),
        fitted: held.fitted,
        fired: held.fired,
    };
    rules.all().iter().map(saved).collect()
}

fn rules(place: &str, saved: &[SavedRule]) -> Result<Rules, InvalidRule> {
    let read = saved.iter().enumerate().map(|(index, saved)| {
        let rule = FaultRule::read(&saved.rule, None);
        let rule = rule.map_err(at(format!("{place}[{index}].rule")))?;
        if saved.fired > saved.fitted {
            let message = "is more than `fitted`";
            return Err(invalid(format!("{place}[{index}].fired"), message));
        }
        Ok(Held::counted(rule, saved.set_at, saved.fitted, saved.fired))
    });
    let held: Vec<Held> = read.collect::<Result<_, _>>()?;
    let message = "has an id twice, or more rules than there may be";
    Rules::restored(held).ok_or_else(|| invalid(place, message))
}

impl SavedScenario {
    fn known(&self, place: &str) -> Result<&'static str, InvalidRule> {
        let known = Scenario::find(&self.name).map(|scenario| scenario.name);
        let message = || format!("`{}` is no scenario of this zoom-mock", self.name);
        known.ok_or_else(|| invalid(format!("{place}.name"), message()))
    }
}

fn saved_run(id: u64, run: &Run) -> SavedRun {
    let name = |operation: &Operation| operation.as_str().to_owned();
    let step = |step: &Step| SavedStep {
        name: step.name.clone(),
        then: step.hit.as_ref().map(|(effect, _)| json!(**effect)),
        phase: step.hit.as_ref().map(|(_, phase)| *phase),
    };
    let left = run.left.iter();
    let met = run.met.iter();
    SavedRun {
        id,
        met: met
            .map(|(operation, steps)| (name(operation), steps.clone()))
            .collect(),
        left: left
            .map(|(operation, steps)| (name(operation), steps.iter().map(step).collect()))
            .collect(),
    }
}

impl SavedRun {
    fn restored(&self) -> Result<Run, InvalidRule> {
        let operation = |list: &str, name: &String| {
            let operation = Operation::parse(name);
            operation.ok_or_else(|| invalid(format!("{list}.{name}"), "names no operation"))
        };
        let mut run = Run {
            id: self.id.to_string().into(),
            left: BTreeMap::new(),
            met: BTreeMap::new(),
        };
        for (name, steps) in &self.met {
            run.met.insert(operation("met", name)?, steps.clone());
        }
        for (name, steps) in &self.left {
            let operation = operation("left", name)?;
            let restored = steps.iter().enumerate().map(|(index, step)| {
                step.restored(operation)
                    .map_err(at(format!("left.{name}[{index}]")))
            });
            run.left
                .insert(operation, restored.collect::<Result<_, _>>()?);
        }
        Ok(run)
    }
}

impl SavedStep {
    fn restored(&self, operation: Operation) -> Result<Step, InvalidRule> {
        let hit = match (&self.then, self.phase) {
            (None, None) => None,
            (Some(then), Some(phase)) => {
                let when = json!({ "operation": operation.as_str() });
                let rule = json!({ "when": when, "then": then, "phase": phase });
                let rule = FaultRule::read(&rule, Some("step"))?;
                Some((Arc::<Effect>::new(rule.then), rule.phase))
            }
            _ => return Err(invalid("phase", "goes with `then`")),
        };
        Ok(Step {
            name: self.name.clone(),
            hit,
        })
    }
}
