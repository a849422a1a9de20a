//! Named scenarios: one failure each that somebody has seen, with what it looks like from both ends, its
//! cause and its remedy.

mod codes;
mod connection;
mod door;
mod files;
mod group;
mod page;

use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::fault::{FaultRule, nearest};

use self::connection::{Overrides, Placeholder};
use self::files::{File, InvalidFile};

pub use self::codes::{DiagnosisCode, Family};
pub use self::connection::{ConnectionForm, Placeholders};
pub use self::door::{Door, DoorKind};
pub use self::group::Group;

/// What the test of a connection has to do, whoever's provisioner it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// It fails.
    Fails,
    /// It passes.
    Passes,
    /// Good provisioners differ.
    Either,
}

/// A failure that can be brought about by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name, in kebab-case: the file's.
    #[serde(skip_deserializing)]
    pub name: &'static str,
    /// The name in a few words.
    pub title: String,
    /// Where it belongs.
    pub group: Group,
    /// What is on the wire, literally where it is text.
    pub client_sees: String,
    /// What PingOne's console shows, or what is noticed.
    pub administrator_sees: String,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// What our own test of the connection must say.
    pub diagnosis: DiagnosisCode,
    /// What any test of the connection must do.
    pub test_connection: Expectation,
    /// What is entered into the form in place of what is right.
    #[serde(default)]
    connection: Overrides,
    /// The listener of its own that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub door: Option<Door>,
    /// The fault rules that are in force while the server is in the scenario.
    #[serde(default, deserialize_with = "read_rules")]
    pub rules: Vec<FaultRule>,
    /// The rules for a call that names the scenario by a magic value, where they are others: such a call has
    /// arrived, and what is entered into the form cannot be wrong for it.
    #[serde(default, deserialize_with = "read_rules")]
    magic: Vec<FaultRule>,
}

/// Rules without ids: they are numbered.
fn read_rules<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<FaultRule>, D::Error> {
    let rules = Vec::<Value>::deserialize(from)?;
    let numbered = rules.iter().enumerate();
    numbered
        .map(|(index, rule)| {
            FaultRule::read(rule, Some(&(index + 1).to_string())).map_err(D::Error::custom)
        })
        .collect()
}

static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    // A test reads every file; one that cannot be read is in no release.
    let read = |file| Scenario::read(file).ok();
    let mut all: Vec<Scenario> = files::ALL.iter().filter_map(read).collect();
    all.sort_by_key(|scenario| (scenario.group, scenario.name));
    all
});

impl Scenario {
    /// Every scenario, group by group, by name.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The scenario of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|scenario| scenario.name == name)
    }

    /// The name that may be meant by one that is none.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, Self::all().iter().map(|scenario| scenario.name))
    }

    /// What is entered into the five fields of the form.
    #[must_use]
    pub fn connection(&self, placeholders: &Placeholders<'_>) -> ConnectionForm {
        self.connection.fill(placeholders)
    }

    /// The rules for a call that names the scenario by a magic value. Empty where no call can: a failure before
    /// a request arrives, or one of what is entered alone.
    #[must_use]
    pub fn magic_rules(&self) -> &[FaultRule] {
        match &self.magic[..] {
            [] => &self.rules,
            magic => magic,
        }
    }

    /// The page of all scenarios in Markdown, for whoever holds a ticket.
    #[must_use]
    pub fn page() -> String {
        page::render(Self::all())
    }

    fn read(file: &File) -> Result<Self, InvalidFile> {
        let invalid = |key: &str, message: String| file.invalid(key, message);
        let document = toml::Deserializer::parse(file.text)
            .map_err(|error| invalid(".", error.message().to_owned()))?;
        let read: Self = serde_path_to_error::deserialize(document).map_err(|error| {
            let key = error.path().to_string();
            invalid(&key, error.into_inner().message().to_owned())
        })?;
        for (key, text) in read.texts() {
            if text.trim().is_empty() {
                return Err(invalid(key, "must not be empty".to_owned()));
            }
        }
        let has_door = |(_, template): (_, &connection::Template)| template.has(Placeholder::Door);
        let leads_to_door = read.connection.fields().any(has_door);
        match (leads_to_door, read.door) {
            (true, None) => Err(invalid("door", "{door} needs a listener".to_owned())),
            (false, Some(_)) => Err(invalid("door", "no field leads to {door}".to_owned())),
            _ => Ok(Self {
                name: file.name,
                ..read
            }),
        }
    }

    fn texts(&self) -> [(&'static str, &str); 5] {
        [
            ("title", &self.title),
            ("client_sees", &self.client_sees),
            ("administrator_sees", &self.administrator_sees),
            ("cause", &self.cause),
            ("remedy", &self.remedy),
        ]
    }
}

#[cfg(test)]
mod tests;
