//! Reading and writing the file of a plan.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::{PlanFile, PlanFileError};
use crate::digest;

/// How large a plan may be.
pub(super) const MAX_PLAN_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// What tells our plans from other JSON. It stands first in the file.
const FORMAT: &str = "zoom-provisioner plan";
/// The version of the format.
const VERSION: u64 = 1;
/// How much of a file is looked at to see whether it is a plan.
const BEGIN_BYTES: u64 = 64;

/// What every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<P> {
    format: String,
    version: u64,
    /// The SHA-256 of the rest, written without white space.
    digest: String,
    planned: P,
}

impl PlanFile {
    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no plan, is cut off, damaged or edited, or of a newer version.
    pub fn read(path: &Path) -> Result<Self, PlanFileError> {
        let failed = |error| PlanFileError::File {
            path: path.to_owned(),
            error,
        };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() > MAX_PLAN_BYTES {
            return Err(PlanFileError::TooLarge {
                path: path.to_owned(),
            });
        }
        let mut bytes = Vec::new();
        file.take(MAX_PLAN_BYTES)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Self::parse(path, &bytes)
    }

    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, PlanFileError> {
        let path = || path.to_owned();
        if !begins_as_a_plan(bytes) {
            return Err(PlanFileError::Foreign { path: path() });
        }
        let unreadable = |error: serde_json::Error| match error.classify() {
            Category::Eof => PlanFileError::Cut { path: path() },
            Category::Io | Category::Syntax | Category::Data => PlanFileError::Damaged {
                path: path(),
                reason: error.to_string(),
            },
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.format != FORMAT {
            return Err(PlanFileError::Foreign { path: path() });
        }
        if head.version > VERSION {
            return Err(PlanFileError::Newer {
                path: path(),
                found: head.version,
            });
        }
        let envelope: Envelope<Self> = serde_json::from_slice(bytes).map_err(unreadable)?;
        if digest::of(&envelope.planned) != envelope.digest {
            return Err(PlanFileError::Damaged {
                path: path(),
                reason: "it does not have the digest that it carries".to_owned(),
            });
        }
        Ok(envelope.planned)
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(&Envelope {
            format: FORMAT.to_owned(),
            version: VERSION,
            digest: digest::of(self),
            planned: self,
        })?;
        json.push(b'\n');
        Ok(json)
    }

    /// Writes the plan: whole or not at all, and for its owner alone to read. An earlier plan is replaced, another
    /// file is not.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or another one has its name.
    pub fn write(&self, path: &Path) -> Result<(), PlanFileError> {
        let failed = |error| PlanFileError::File {
            path: path.to_owned(),
            error,
        };
        let occupied = || PlanFileError::Occupied {
            path: path.to_owned(),
        };
        let replaces = match begin(path) {
            Ok(begin) if begins_as_a_plan(&begin) => true,
            Ok(_) => return Err(occupied()),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            // A directory, or a file that is not ours to read.
            Err(_) if path.exists() => return Err(occupied()),
            Err(error) => return Err(failed(error)),
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // A temporary file can be read by its owner alone.
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        let json = self.to_json().map_err(|error| failed(error.into()))?;
        file.write_all(&json).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        let kept = match replaces {
            true => file.persist(path),
            false => file.persist_noclobber(path),
        };
        match kept {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(occupied()),
            Err(error) => Err(failed(error.error)),
        }
    }
}

fn begin(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for.
    if !std::fs::metadata(path)?.is_file() {
        return Ok(Vec::new());
    }
    let mut begin = Vec::new();
    File::open(path)?
        .take(BEGIN_BYTES)
        .read_to_end(&mut begin)?;
    Ok(begin)
}

/// Even one that was cut off begins so, whatever its white space.
fn begins_as_a_plan(bytes: &[u8]) -> bool {
    let visible = |byte: &u8| !byte.is_ascii_whitespace();
    let meant = format!("{{\"format\":\"{FORMAT}\"").into_bytes();
    let meant: Vec<u8> = meant.into_iter().filter(visible).collect();
    let begin: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(visible)
        .take(meant.len())
        .collect();
    begin == meant
}
