//! `--policy name=value`: what a provisioner is held to where the documents leave a choice.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::scenario::Policies;

/// One choice, as it is written.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    name: String,
    value: Value,
}

/// What a provisioner is held to, whatever the policies of a scenario are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeldTo {
    /// Its choices, without a removal limit.
    pub(super) choices: Policies,
    /// Whether it knows removal limits, so that a scenario may have one.
    pub(super) limits_removals: bool,
}

impl HeldTo {
    /// The policies of a scenario that was made under these.
    pub(super) fn of(self, policies: Policies) -> Policies {
        let removal_limit = policies.removal_limit.filter(|_| self.limits_removals);
        Policies {
            removal_limit,
            ..self.choices
        }
    }
}

/// The text is no choice that a provisioner has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAPolicy {
    #[error("`{0}` is no policy: write name=value, such as adopt_existing=false")]
    Form(String),
    #[error("there is no policy `{name}`: they are {known}")]
    Name { name: String, known: String },
    #[error("the policy `{name}` has no value `{value}`: it is {known}")]
    Value {
        name: String,
        value: String,
        known: String,
    },
}

impl FromStr for Choice {
    type Err = NotAPolicy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, written) = text
            .split_once('=')
            .ok_or_else(|| NotAPolicy::Form(text.to_owned()))?;
        let ours = ours();
        if !ours.contains_key(name) {
            let known: Vec<&str> = ours.keys().map(String::as_str).collect();
            return Err(NotAPolicy::Name {
                name: name.to_owned(),
                known: known.join(", "),
            });
        }
        let value = match (ours.get(name), written) {
            (Some(Value::Bool(_)), "true") => Value::Bool(true),
            (Some(Value::Bool(_)), "false") => Value::Bool(false),
            (_, word) => Value::from(word),
        };
        let choice = Self {
            name: name.to_owned(),
            value,
        };
        match policies(std::slice::from_ref(&choice)) {
            Ok(_) => Ok(choice),
            Err(error) => Err(NotAPolicy::Value {
                name: name.to_owned(),
                value: written.to_owned(),
                known: known_values(&error.to_string()),
            }),
        }
    }
}

/// Our own choices, by name.
fn ours() -> Map<String, Value> {
    match serde_json::to_value(Policies::default()) {
        Ok(Value::Object(map)) => map,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// Our own choices, but for those that are given; of one that is given twice the last counts.
pub(super) fn policies(choices: &[Choice]) -> Result<Policies, serde_json::Error> {
    let mut map = ours();
    for choice in choices {
        map.insert(choice.name.clone(), choice.value.clone());
    }
    serde_json::from_value(Value::Object(map))
}

/// The values that a policy has, from the message that refuses another.
fn known_values(refused: &str) -> String {
    match refused.split_once("expected ") {
        Some((_, "a boolean")) | None => "true or false".to_owned(),
        Some((_, known)) => known.replace("one of ", "").replace('`', ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Choice>().unwrap_err().to_string()
    }

    #[test]
    fn what_no_provisioner_can_choose_is_refused_with_what_it_can() {
        assert!(refused("adopt_existing").contains("name=value"));
        let name = refused("adopt=false");
        assert!(
            name.contains("`adopt`") && name.contains("adopt_existing, "),
            "{name}"
        );
        let value = refused("adopt_existing=maybe");
        assert!(value.ends_with("true or false"), "{value}");
        let value = refused("disabled_at_creation=delete");
        assert!(value.contains("skip or create_inactive"), "{value}");
        assert!(refused("active_gate=true").contains("disable or update"));
    }

    #[test]
    fn the_last_choice_counts_and_the_others_are_ours() {
        let choices = [
            "adopt_existing=true",
            "active_gate=update",
            "adopt_existing=false",
        ];
        let choices = choices.map(|text| text.parse::<Choice>().unwrap());
        let policies = policies(&choices).unwrap();
        assert!(!policies.adopt_existing);
        assert_eq!(policies.active_gate, crate::scenario::ActiveGate::Update);
        assert!(policies.recreate_missing);
    }
}
