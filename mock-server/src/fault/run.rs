//! Scripted runs: for each operation what happens to its first request, its second, and so on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::catalog::CATALOG;
use super::effect::{Effect, Phase, RetryAfter};
use super::names::nearest;
use super::rule::{FaultRule, InvalidRule};
use super::rules::Fired;
use crate::operation::Operation;

/// How many steps a run has at the most.
const MAX_STEPS: usize = 10_000;

/// What happens to one request of a run.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
    /// `None`: nothing.
    pub(super) hit: Option<(Arc<Effect>, Phase)>,
}

/// A run, with what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(super) id: Arc<str>,
    pub(super) left: BTreeMap<Operation, VecDeque<Step>>,
    pub(super) met: BTreeMap<Operation, Vec<String>>,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RunReport {
    /// The run.
    pub id: String,
    /// Whether every step was met.
    pub completed: bool,
    /// The steps that were met, by operation.
    pub met: BTreeMap<String, Vec<String>>,
    /// The steps that nothing has met yet, by operation.
    pub left: BTreeMap<String, Vec<String>>,
}

/// What a step does.
type Hits = fn() -> (Effect, Phase);

/// The steps that have a name of their own; every effect without parameters is one too.
const NAMED: [(&str, Hits); 7] = [
    ("applied_then_lost", || (Effect::Reset, Phase::After)),
    ("lost", || (Effect::Reset, Phase::Before)),
    ("rate_limited", || {
        (Effect::PerSecond { limit: 0 }, Phase::Before)
    }),
    ("daily_limit", || {
        (Effect::Daily { limit: 0 }, Phase::Before)
    }),
    ("unavailable", || {
        let value = RetryAfter::Seconds(1);
        (Effect::RetryAfter { code: 503, value }, Phase::Before)
    }),
    ("server_error", || {
        (Effect::HtmlErrorPage { code: 500 }, Phase::Before)
    }),
    ("timeout", || (Effect::NeverAnswer, Phase::Before)),
];

impl Run {
    /// Reads `{"users.create": ["applied_then_lost", "ok", {"then": {"delay": {"ms": 5}}}]}`.
    pub(crate) fn read(id: &str, steps: &Value) -> Result<Self, InvalidRule> {
        let invalid = |field: String, message: String| InvalidRule { field, message };
        let Some(steps) = steps.as_object() else {
            let message = "must be an object from operations to arrays of steps".to_owned();
            return Err(invalid("steps".to_owned(), message));
        };
        let mut left = BTreeMap::new();
        let mut count = 0;
        for (name, listed) in steps {
            let field = format!("steps.{name}");
            let names = Operation::ALL.map(Operation::as_str);
            let Some(operation) = Operation::parse(name) else {
                let near = nearest(name, names.into_iter());
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                return Err(invalid(
                    field,
                    format!("names no operation{}", near.unwrap_or_default()),
                ));
            };
            let Some(listed) = listed.as_array() else {
                return Err(invalid(field, "must be an array of steps".to_owned()));
            };
            count += listed.len();
            if count > MAX_STEPS {
                return Err(invalid(
                    "steps".to_owned(),
                    format!("are more than {MAX_STEPS}"),
                ));
            }
            let mut queue = VecDeque::new();
            for (index, step) in listed.iter().enumerate() {
                let step = Step::read(step, operation).map_err(|error| {
                    let inner = error
                        .field
                        .trim_start_matches("then")
                        .trim_start_matches('.');
                    let dot = if inner.is_empty() { "" } else { "." };
                    invalid(format!("{field}[{index}]{dot}{inner}"), error.message)
                })?;
                queue.push_back(step);
            }
            left.insert(operation, queue);
        }
        if count == 0 {
            return Err(invalid("steps".to_owned(), "hold no step".to_owned()));
        }
        Ok(Self {
            id: id.into(),
            left,
            met: BTreeMap::new(),
        })
    }

    /// Takes the next step of an operation.
    pub(super) fn step(&mut self, operation: Operation) -> Option<Fired> {
        let step = self.left.get_mut(&operation)?.pop_front()?;
        let met = self.met.entry(operation).or_default();
        met.push(step.name);
        let (effect, phase) = step.hit?;
        let count = u64::try_from(met.len()).unwrap_or(u64::MAX);
        Some(Fired {
            rule: Arc::clone(&self.id),
            effect,
            phase,
            count,
        })
    }

    pub(crate) fn report(&self) -> RunReport {
        let name = |operation: &Operation| operation.as_str().to_owned();
        let left: BTreeMap<String, Vec<String>> = self
            .left
            .iter()
            .filter(|(_, steps)| !steps.is_empty())
            .map(|(operation, steps)| {
                (
                    name(operation),
                    steps.iter().map(|step| step.name.clone()).collect(),
                )
            })
            .collect();
        let met = self
            .met
            .iter()
            .map(|(operation, steps)| (name(operation), steps.clone()));
        RunReport {
            id: self.id.to_string(),
            completed: left.is_empty(),
            met: met.collect(),
            left,
        }
    }
}

impl Step {
    fn read(json: &Value, operation: Operation) -> Result<Self, InvalidRule> {
        let named = json.as_str().unwrap_or_default();
        if named == "ok" {
            return Ok(Self {
                name: named.to_owned(),
                hit: None,
            });
        }
        if let Some((name, hit)) = NAMED.into_iter().find(|(name, _)| *name == named) {
            let (effect, phase) = hit();
            let rule = FaultRule {
                phase,
                ..FaultRule::new(name, effect).on(operation)
            };
            rule.check()?;
            return Ok(Self {
                name: name.to_owned(),
                hit: Some((Arc::new(rule.then), phase)),
            });
        }
        // Either an effect's name, or what a rule has beside its `when`.
        let mut rule = match json {
            Value::Object(map) if map.contains_key("then") => map.clone(),
            other => Map::from_iter([("then".to_owned(), other.clone())]),
        };
        rule.insert(
            "when".to_owned(),
            json!({ "operation": operation.as_str() }),
        );
        let rule = FaultRule::read(&Value::Object(rule), Some("step"))
            .map_err(|error| suggested(error, named))?;
        Ok(Self {
            name: rule.then.name(),
            hit: Some((Arc::new(rule.then), rule.phase)),
        })
    }
}

/// A step may be misspelt as well as an effect.
fn suggested(error: InvalidRule, text: &str) -> InvalidRule {
    let steps = NAMED.iter().map(|(name, _)| *name).chain(["ok"]);
    let effects = CATALOG.iter().map(|entry| entry.name);
    if text.is_empty() || effects.clone().any(|name| name == text) {
        return error;
    }
    match nearest(text, steps.chain(effects)) {
        Some(name) => InvalidRule {
            message: format!("`{text}` is no step; did you mean `{name}`?"),
            ..error
        },
        None => error,
    }
}
