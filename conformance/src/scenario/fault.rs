//! The faults of a scenario: whom they hit, what happens, when.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A fault of Zoom or of the way there, from its step until a heal or until it has been used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What it is called in the scenario; another of the same id takes its place.
    pub id: String,
    /// The operation, as the mock names it, such as `users.create`; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// What happens: an effect of the mock's catalogue, as JSON. It is checked where the stage sets it.
    pub then: Value,
    /// When; absent: the first phase that the effect can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<FaultPhase>,
    /// How many requests that fit pass before it fires.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u64,
    /// How often it fires at the most; absent: until it is healed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Only requests about the user of this address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Of those that it could hit it hits so many percent, the same ones whenever the scenario is run inside;
    /// absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Each of its blows passes by itself, such as a token that is refused once, or a wait that is told: as many full
    /// runs as settle anything get everything right although it goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passes: bool,
}

/// When in an exchange a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultPhase {
    /// Before the request is applied: nothing has happened.
    Before,
    /// After it was applied, so that the provisioner does not learn of it.
    After,
    /// While the answer goes out.
    Body,
}

impl Fault {
    /// A fault that hits every request until it is healed.
    #[must_use]
    pub fn new(id: &str, then: Value) -> Self {
        Self {
            id: id.to_owned(),
            on: None,
            then,
            phase: None,
            skip: 0,
            times: None,
            user: None,
            percent: None,
            passes: false,
        }
    }

    /// The name of the effect.
    #[must_use]
    pub fn effect(&self) -> &str {
        match &self.then {
            Value::String(name) => name,
            Value::Object(map) => map.keys().next().map_or("", String::as_str),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => "",
        }
    }

    /// How often it fires at the most, as far as that is bounded.
    #[must_use]
    pub fn most(&self) -> Option<u64> {
        let codes = self.then.pointer("/status_sequence/codes");
        let steps = codes.and_then(Value::as_array).map(|codes| codes.len());
        let steps = steps.and_then(|steps| u64::try_from(steps).ok());
        match (self.times, steps) {
            (Some(times), Some(steps)) => Some(times.min(steps)),
            (times, steps) => times.or(steps),
        }
    }
}

impl FaultPhase {
    /// The phase as rules and the journal name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Body => "body",
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is what serde asks for"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
