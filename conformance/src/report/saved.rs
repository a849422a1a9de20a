//! A failed scenario as a file that `replay` takes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use crate::invariant::Violation;
use crate::run::{Exchange, Failure, Layer};
use crate::scenario::Scenario;

/// How large a saved story may be.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A story that was violated: everything that is needed to run it again, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of the program that wrote the file.
    pub written_by: String,
    /// The seed of the mock's ids.
    pub seed: u64,
    /// Where it was violated: a layer is run through the program, over sockets or without them, and so is its story.
    #[serde(
        alias = "program",
        default = "layer_of_old",
        deserialize_with = "layer_or_program"
    )]
    pub layer: Layer,
    /// The scenario.
    pub scenario: Scenario,
    /// What was violated when it was saved.
    pub violations: Vec<Violation>,
    /// The exchanges of the step that was violated first.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

fn layer_of_old() -> Layer {
    Layer::Story
}

/// The layer; earlier files say of `program` whether it is that one.
fn layer_or_program<'de, D: Deserializer<'de>>(written: D) -> Result<Layer, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "no layer of the suite")]
    enum Written {
        Layer(Layer),
        Program(bool),
    }
    Ok(match Written::deserialize(written)? {
        Written::Layer(layer) => layer,
        Written::Program(true) => Layer::Program,
        Written::Program(false) => layer_of_old(),
    })
}

/// A saved story could not be written or read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum SavedError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: more than {MAX_BYTES} bytes, which no saved story has")]
    TooLarge { path: PathBuf },
    #[error("{path}: not a saved story: at {at}: {error}")]
    Format {
        path: PathBuf,
        at: String,
        error: serde_json::Error,
    },
    #[error(
        "{path}: format version {found}, but this program reads version {} and version {}: run the suite again to \
         save the story anew",
        Scenario::READ_VERSIONS[0],
        Scenario::READ_VERSIONS[1]
    )]
    Version { path: PathBuf, found: u32 },
}

impl Saved {
    /// The story of a failure.
    #[must_use]
    pub fn new(failure: &Failure, seed: u64) -> Self {
        let violations = failure.verdict.judgement.violations.clone();
        let first = violations.first().map(|violation| violation.step);
        let record = failure
            .verdict
            .records
            .iter()
            .find(|record| Some(record.step) == first);
        Self {
            written_by: concat!("zoom-conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
            seed,
            layer: failure.layer,
            scenario: failure.scenario.clone(),
            violations,
            exchanges: record
                .map(|record| record.exchanges.clone())
                .unwrap_or_default(),
        }
    }

    /// Writes the story into a folder, which is made if it is missing, under a name made of its id.
    ///
    /// # Errors
    ///
    /// When the folder or file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, SavedError> {
        let layer = match self.layer {
            Layer::Program => "-program",
            _ => "",
        };
        let name = format!("{}{layer}.json", self.scenario.id.replace('/', "-"));
        let path = folder.join(name);
        let failed = |error| SavedError::File {
            path: path.clone(),
            error,
        };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        text.push('\n');
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::write(&path, text).map_err(failed)?;
        Ok(path)
    }

    /// Reads a saved story.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no saved story, or of another version.
    pub fn read(path: &Path) -> Result<Self, SavedError> {
        let failed = |error| SavedError::File {
            path: path.to_owned(),
            error,
        };
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
            return Err(SavedError::TooLarge {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(path, &text)
    }

    /// Reads a saved story from the text of a file.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, SavedError> {
        let version = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|json| json.pointer("/scenario/version")?.as_u64());
        if let Some(found) = version.and_then(|version| u32::try_from(version).ok())
            && !Scenario::READ_VERSIONS.contains(&found)
        {
            return Err(SavedError::Version {
                path: path.to_owned(),
                found,
            });
        }
        let mut json = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut json).map_err(|error| SavedError::Format {
            path: path.to_owned(),
            at: error.path().to_string(),
            error: error.into_inner(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_of_the_layer_in_which_it_was_violated() {
        let text = include_str!("../../../fixtures/regressions/lost-create.json");
        let layer = |written: &str| {
            let line = "  \"layer\": \"saved\",\n";
            assert!(text.contains(line));
            let text = text.replace(line, written);
            Saved::parse(Path::new("story.json"), &text).map(|saved| saved.layer)
        };
        assert_eq!(layer("\"layer\": \"random\",").unwrap(), Layer::Random);
        // As earlier versions wrote it.
        assert_eq!(layer("\"program\": true,").unwrap(), Layer::Program);
        assert_eq!(layer("\"program\": false,").unwrap(), Layer::Story);
        assert_eq!(layer("").unwrap(), Layer::Story);
        assert!(layer("\"layer\": \"attic\",").is_err());
    }
}
