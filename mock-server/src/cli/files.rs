//! The files that a command reads.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::Failure;
use crate::fault::FaultRule;

/// The largest file that is read.
pub(super) const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Reads a file of JSON; an error names the file and the place.
pub(super) fn read_json<T: DeserializeOwned>(file: &Path, what: &str) -> Result<T, Failure> {
    let failed = |message: String| Failure::Usage(format!("{}: {message}", file.display()));
    let size = std::fs::metadata(file)
        .map_err(|error| failed(error.to_string()))?
        .len();
    if size > MAX_FILE_BYTES {
        return Err(failed(format!("is larger than {MAX_FILE_BYTES} bytes")));
    }
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // Where the file breaks off, the last part of the path is a question mark.
        let place = match path.trim_end_matches(['.', '?']) {
            "" => String::new(),
            known => format!("`{known}`: "),
        };
        failed(format!("is not {what}: {place}{}", error.inner()))
    })?;
    json.end()
        .map_err(|error| failed(format!("has more than {what}: {error}")))?;
    Ok(value)
}

/// Reads a file of fault rules: TOML with `[[faults]]`, or JSON with `{"faults": [...]}`.
pub(super) fn read_faults(file: &Path) -> Result<Vec<FaultRule>, Failure> {
    let failed = |message: String| Failure::Usage(format!("{}: {message}", file.display()));
    let is_toml = file
        .extension()
        .is_some_and(|extension| extension == "toml");
    let json: Value = match is_toml {
        true => {
            let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
            toml::from_str(&text).map_err(|error| failed(error.to_string()))?
        }
        false => read_json(file, "rules")?,
    };
    let rules = match json.as_object().map(|map| (map.len(), map.get("faults"))) {
        Some((1, Some(Value::Array(rules)))) => rules,
        _ => {
            return Err(failed(
                "has `faults`, an array of rules, and nothing else".to_owned(),
            ));
        }
    };
    FaultRule::read_all(rules).map_err(|error| failed(error.to_string()))
}
