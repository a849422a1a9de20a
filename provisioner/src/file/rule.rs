//! The rule file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{FileError, parse, read};
use crate::rule::{Filter, Mapping, Rule, Source, Target, Value};

/// A rule file.
#[derive(Debug)]
pub struct RuleFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleKeys {
    id: Option<String>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default = "on_by_default")]
    enabled: bool,
    filter: Option<String>,
    mapping: Option<BTreeMap<String, toml::Value>>,
}

fn on_by_default() -> bool {
    true
}

impl RuleFile {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has an unknown key, a filter that is none, or a mapping that cannot be.
    pub fn read(path: &Path) -> Result<Rule, FileError> {
        let keys: RuleKeys = parse(path, &read(path)?)?;
        let id = keys
            .id
            .filter(|id| !id.is_empty())
            .ok_or(FileError::Missing {
                path: path.to_owned(),
                key: "id",
                remedy: "give the rule a name that never changes, such as id = \"staff\"",
            })?;
        let filter = keys.filter.as_deref().map(Filter::parse).transpose();
        let filter = filter.map_err(|error| FileError::Filter {
            path: path.to_owned(),
            error,
        })?;
        let mapping = match keys.mapping {
            None => Mapping::default(),
            Some(lines) => mapping(path, lines)?,
        };
        Ok(Rule {
            id,
            filter,
            mapping,
            enabled: keys.enabled,
        })
    }
}

fn mapping(path: &Path, lines: BTreeMap<String, toml::Value>) -> Result<Mapping, FileError> {
    let mut values = BTreeMap::new();
    for (name, value) in lines {
        let refuse = |message: String| FileError::Value {
            path: path.to_owned(),
            key: format!("mapping.{name}"),
            message,
        };
        let names = || Target::ALL.map(Target::name).join(", ");
        let target = Target::parse(&name)
            .ok_or_else(|| refuse(format!("is no Zoom attribute; there are {}", names())))?;
        let keys = || Source::ALL.map(Source::key).join(", ");
        let value = match &value {
            toml::Value::String(key) => Value::Key(Source::parse(key).ok_or_else(|| {
                refuse(format!(
                    "`{key}` is no key of a directory user; there are {}",
                    keys()
                ))
            })?),
            toml::Value::Table(table) => match (
                table.get("value").and_then(toml::Value::as_str),
                table.len(),
            ) {
                (Some(constant), 1) => Value::Constant(constant.to_owned()),
                _ => {
                    return Err(refuse(
                        "is neither a key nor { value = \"...\" }".to_owned(),
                    ));
                }
            },
            _ => {
                return Err(refuse(
                    "is neither a key in quotes nor { value = \"...\" }".to_owned(),
                ));
            }
        };
        values.insert(target, value);
    }
    Mapping::new(values).map_err(|error| FileError::Mapping {
        path: path.to_owned(),
        error,
    })
}
