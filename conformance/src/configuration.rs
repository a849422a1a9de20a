//! The 64 configurations: four action flags, the remove action, and what a rule's deletion does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many configurations there are: six switches of two values.
pub const CONFIGURATIONS: usize = 64;

/// What PingOne calls the remove action: what deprovisioning does to a Zoom account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemoveAction {
    /// The account is deactivated and keeps its data.
    Disable,
    /// The account is deleted.
    Delete,
}

/// One setting of the six switches of a connection.
///
/// Written `C1U0D1P1R1X0`: create, update, disable, deprovision (1 = allowed), remove action
/// (0 = disable, 1 = delete), deprovision on rule deletion (1 = on).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Configuration {
    /// Allow users to be created (`CREATE_USERS`).
    pub create: bool,
    /// Allow users to be updated (`UPDATE_USERS`).
    pub update: bool,
    /// Allow users to be disabled (`DISABLE_USERS`).
    pub disable: bool,
    /// Allow users to be deprovisioned (`DEPROVISION_USERS`).
    pub deprovision: bool,
    /// Remove action (`REMOVE_ACTION`).
    pub remove_action: RemoveAction,
    /// Deprovision on rule deletion (`managed`).
    pub deprovision_on_rule_deletion: bool,
}

impl Configuration {
    /// Everything allowed, the remove action disable: how a scenario's accounts are set up.
    pub const PERMISSIVE: Self = Self {
        create: true,
        update: true,
        disable: true,
        deprovision: true,
        remove_action: RemoveAction::Disable,
        deprovision_on_rule_deletion: false,
    };

    /// All 64, in the order of their written form.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CONFIGURATIONS).map(|bits| {
            let on = |bit: usize| bits & (1 << (5 - bit)) != 0;
            Self {
                create: on(0),
                update: on(1),
                disable: on(2),
                deprovision: on(3),
                remove_action: if on(4) {
                    RemoveAction::Delete
                } else {
                    RemoveAction::Disable
                },
                deprovision_on_rule_deletion: on(5),
            }
        })
    }

    fn switches(self) -> [(char, bool); 6] {
        [
            ('C', self.create),
            ('U', self.update),
            ('D', self.disable),
            ('P', self.deprovision),
            ('R', self.remove_action == RemoveAction::Delete),
            ('X', self.deprovision_on_rule_deletion),
        ]
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = String::with_capacity(12);
        for (letter, on) in self.switches() {
            written.push(letter);
            written.push(if on { '1' } else { '0' });
        }
        f.pad(&written)
    }
}

/// The text is not a configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a configuration: write six switches such as C1U0D1P1R1X0 \
     (create, update, disable, deprovision; R1 = the remove action is delete; \
     X1 = deprovision on rule deletion)"
)]
pub struct NotAConfiguration(String);

impl FromStr for Configuration {
    type Err = NotAConfiguration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotAConfiguration(text.to_owned());
        let mut letters = text.chars();
        let mut switch = |name: char| -> Result<bool, NotAConfiguration> {
            match (letters.next(), letters.next()) {
                (Some(letter), Some('0')) if letter.eq_ignore_ascii_case(&name) => Ok(false),
                (Some(letter), Some('1')) if letter.eq_ignore_ascii_case(&name) => Ok(true),
                _ => Err(refuse()),
            }
        };
        let configuration = Self {
            create: switch('C')?,
            update: switch('U')?,
            disable: switch('D')?,
            deprovision: switch('P')?,
            remove_action: if switch('R')? {
                RemoveAction::Delete
            } else {
                RemoveAction::Disable
            },
            deprovision_on_rule_deletion: switch('X')?,
        };
        if letters.next().is_some() {
            return Err(refuse());
        }
        Ok(configuration)
    }
}

impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Configuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_different_and_read_back_as_written() {
        let all: Vec<_> = Configuration::all().collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), CONFIGURATIONS);
        for configuration in all {
            assert_eq!(configuration.to_string().parse(), Ok(configuration));
        }
    }

    #[test]
    fn refuses_what_is_no_configuration() {
        for text in [
            "",
            "C1",
            "C2U0D1P1R1X0",
            "C1U0D1P1R1X0X",
            "U1C0D1P1R1X0",
            "Ü1",
        ] {
            assert!(text.parse::<Configuration>().is_err(), "{text}");
        }
    }
}
