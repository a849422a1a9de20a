//! What `prove` found, as far as the page shows it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// How large a proof may be.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The result of `zoom-conformance prove --json`; keys that the page has no use for are not minded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Proof {
    /// The wrong provisioners.
    pub bugs: Vec<ProvenBug>,
    /// The right but different ones.
    #[serde(default)]
    pub controls: Vec<Control>,
}

/// A wrong provisioner, and whether the suite noticed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProvenBug {
    /// The name in the catalogue.
    pub id: String,
    /// Whether it was caught at all.
    pub caught: bool,
    /// Whether the random machine caught it.
    #[serde(default)]
    pub caught_by_random: Option<bool>,
    /// The invariant that caught it first.
    #[serde(default)]
    pub invariant: Option<String>,
    /// After how many sequences.
    #[serde(default)]
    pub sequences: Option<u64>,
    /// To how many steps its story shrank.
    #[serde(default)]
    pub steps: Option<u64>,
}

/// A right but different provisioner, and whether it passed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Control {
    /// The name in the catalogue.
    pub id: String,
    /// Whether it passed.
    pub passed: bool,
}

/// A proof could not be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum ProofError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: more than {MAX_BYTES} bytes, which no proof has")]
    TooLarge { path: PathBuf },
    #[error("{path}: not a result of `prove --json`: at {at}: {error}")]
    Format {
        path: PathBuf,
        at: String,
        error: serde_json::Error,
    },
}

impl Proof {
    /// Reads a result of `prove --json`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, ProofError> {
        let failed = |error| ProofError::File {
            path: path.to_owned(),
            error,
        };
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
            return Err(ProofError::TooLarge {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let mut json = serde_json::Deserializer::from_str(&text);
        serde_path_to_error::deserialize(&mut json).map_err(|error| ProofError::Format {
            path: path.to_owned(),
            at: error.path().to_string(),
            error: error.into_inner(),
        })
    }
}
