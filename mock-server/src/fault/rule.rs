//! A fault rule: whom it hits, what happens, when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::catalog::{self, CATALOG, CatalogEntry};
use super::check;
use super::effect::{Effect, Phase};
use super::names::suggestion;
use crate::operation::Operation;
use crate::scenario::DoorKind;

/// How long an id, a name or a text in a rule may be.
pub(super) const MAX_TEXT_BYTES: usize = 1024;

/// A header that a request has to carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    /// The name, in any case.
    pub name: String,
    /// The exact value; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Whom a rule hits: all that is there has to fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// An operation, `users.*`, `groups.*`, `rest.*`, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// An account id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The client id that asks for a token, or that the token was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The userName, in any case, or the Zoom id of whom the request is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A header of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderMatch>,
    /// The scripted run that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// So many that fit pass first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The n-th that fits (from 1) after those, and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// The rule fires so often at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The chance that one that fits is hit, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What the chance is drawn from: the same seed and rule decide the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// From this instant on, on the account's virtual clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// The rule is over so many seconds after it was set, on the server's virtual clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
}

/// A fault rule.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FaultRule {
    /// What it is called: setting another of the same id replaces it.
    pub id: String,
    /// Whom it hits.
    pub when: When,
    /// What happens.
    #[schema(value_type = Object)]
    pub then: Effect,
    /// When.
    pub phase: Phase,
}

/// A rule that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct InvalidRule {
    /// Where, as a path into the rule.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> InvalidRule {
    InvalidRule {
        field: field.into(),
        message: message.into(),
    }
}

impl FaultRule {
    /// A rule that hits everything, with the effect's own phase.
    #[must_use]
    pub fn new(id: &str, then: Effect) -> Self {
        let phase = catalog::find(&then.name())
            .and_then(|entry| entry.phases.first())
            .copied()
            .unwrap_or(Phase::Before);
        Self {
            id: id.to_owned(),
            when: When::default(),
            then,
            phase,
        }
    }

    /// The rule for this operation only.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.when.operation = Some(operation.as_str().to_owned());
        self
    }

    /// The rule in this phase.
    #[must_use]
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// The rule, firing so often at the most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.when.times = Some(times);
        self
    }

    /// Reads a rule from JSON. An id that is given stands for the one in the JSON.
    ///
    /// # Errors
    ///
    /// When a key is unknown, a value is out of its range, or effect, phase and operation do not go together;
    /// the error names the field and, for a name, the nearest that there is.
    pub fn read(json: &Value, id: Option<&str>) -> Result<Self, InvalidRule> {
        let map = json
            .as_object()
            .ok_or_else(|| invalid("", "must be a JSON object with `when` and `then`"))?;
        known_keys(map)?;
        let given = map.get("id").and_then(Value::as_str);
        let id = match (id, given, map.get("id")) {
            (Some(id), Some(given), _) if given != id => {
                return Err(invalid(
                    "id",
                    format!("is `{given}`, and the path says `{id}`"),
                ));
            }
            (Some(id), _, _) | (None, Some(id), _) => id.to_owned(),
            (None, None, None) => return Err(invalid("id", "is missing")),
            (None, None, Some(_)) => return Err(invalid("id", "must be a text")),
        };
        if id.is_empty() || id.len() > MAX_TEXT_BYTES {
            return Err(invalid("id", "must have 1 to 1024 bytes"));
        }
        let when = read_when(map.get("when"))?;
        let (then, entry) = read_effect(map.get("then"))?;
        check::effect(&then)?;
        let phase = match map.get("phase") {
            None => entry.phases.first().copied().unwrap_or(Phase::Before),
            Some(phase) => read_phase(phase, entry)?,
        };
        check::when(&when, entry)?;
        Ok(Self {
            id,
            when,
            then,
            phase,
        })
    }

    /// Reads many rules; those without an id are numbered.
    ///
    /// # Errors
    ///
    /// As [`FaultRule::read`], with the number of the rule in the field; and when two have the same id.
    pub fn read_all(rules: &[Value]) -> Result<Vec<Self>, InvalidRule> {
        let mut read: Vec<Self> = Vec::new();
        for (index, json) in rules.iter().enumerate() {
            let at = |error: InvalidRule| {
                let dot = if error.field.is_empty() { "" } else { "." };
                invalid(
                    format!("faults[{index}]{dot}{}", error.field),
                    error.message,
                )
            };
            let number = (index + 1).to_string();
            let id = json.get("id").is_none().then_some(number.as_str());
            let rule = Self::read(json, id).map_err(at)?;
            if read.iter().any(|other| other.id == rule.id) {
                return Err(at(invalid("id", format!("`{}` is there twice", rule.id))));
            }
            read.push(rule);
        }
        Ok(read)
    }

    /// Checks a rule that was made in code.
    ///
    /// # Errors
    ///
    /// As [`FaultRule::read`].
    pub fn check(&self) -> Result<(), InvalidRule> {
        let json = serde_json::to_value(self)
            .map_err(|error| invalid("", format!("cannot be JSON: {error}")))?;
        Self::read(&json, None).map(drop)
    }

    /// Whether the rule can act on an operation at all.
    pub(crate) fn acts_on(&self, operation: Operation) -> bool {
        let named = self.when.operation.as_deref();
        named.is_none_or(|pattern| fits(pattern, operation))
            && catalog::find(&self.then.name())
                .is_some_and(|entry| entry.acts_on.includes(operation))
    }
}

fn known_keys(map: &Map<String, Value>) -> Result<(), InvalidRule> {
    const KEYS: [&str; 4] = ["id", "when", "then", "phase"];
    match map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let message = format!(
                "is no key of a rule: {}",
                suggestion(key, &KEYS, "there are id, when, then, phase")
            );
            Err(invalid(key, message))
        }
    }
}

fn read_when(json: Option<&Value>) -> Result<When, InvalidRule> {
    let Some(json) = json else {
        return Ok(When::default());
    };
    if !json.is_object() {
        return Err(invalid("when", "must be a JSON object"));
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." {
            "when".to_owned()
        } else {
            format!("when.{path}")
        };
        invalid(field, error.inner().to_string())
    })
}

/// Reads `then`: a name, or an object of one name with its parameters.
fn read_effect(json: Option<&Value>) -> Result<(Effect, &'static CatalogEntry), InvalidRule> {
    let name = match json {
        Some(Value::String(name)) => name,
        Some(Value::Object(map)) if map.len() == 1 => map.keys().next().map_or("", String::as_str),
        Some(_) => {
            return Err(invalid(
                "then",
                "must be the name of an effect, or an object of one name with its parameters",
            ));
        }
        None => return Err(invalid("then", "is missing: say what happens")),
    };
    if let Some(door) = DoorKind::ALL.into_iter().find(|door| door.as_str() == name) {
        let message = format!(
            "names an effect: `{}` is a listener of its own; PUT /_mock/doors/{} opens it and says where it is",
            door.as_str(),
            door.as_str()
        );
        return Err(invalid("then", message));
    }
    let Some(entry) = catalog::find(name) else {
        let names: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
        let message = suggestion(name, &names, "GET /_mock/faults/catalog lists the effects");
        return Err(invalid("then", format!("names an effect: {message}")));
    };
    let effect =
        serde_path_to_error::deserialize(json.unwrap_or(&Value::Null)).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." {
                format!("then.{name}")
            } else {
                format!("then.{path}")
            };
            invalid(
                field,
                format!("{}; such as {}", error.inner(), entry.example),
            )
        })?;
    Ok((effect, entry))
}

fn read_phase(json: &Value, entry: &CatalogEntry) -> Result<Phase, InvalidRule> {
    let known = [Phase::Before, Phase::After, Phase::Body];
    let text = json.as_str().unwrap_or_default();
    let Some(phase) = known.into_iter().find(|phase| phase.as_str() == text) else {
        let names = known.map(Phase::as_str);
        return Err(invalid(
            "phase",
            suggestion(text, &names, "there are before, after, body"),
        ));
    };
    if entry.phases.contains(&phase) {
        return Ok(phase);
    }
    let can: Vec<&str> = entry.phases.iter().map(|phase| phase.as_str()).collect();
    Err(invalid(
        "phase",
        format!(
            "cannot be `{text}` for `{}`, which acts {}",
            entry.name,
            can.join(" or ")
        ),
    ))
}

/// Whether an operation is one that a pattern names.
pub(super) fn fits(pattern: &str, operation: Operation) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => operation.as_str().starts_with(start),
        None => operation.as_str() == pattern,
    }
}
