//! What is kept, on paper: a kill leaves the old state or the new one.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::kept::Kept;

/// The file of the state, and the one that is written beside it.
const FILE: &str = "kept.json";
const BESIDE: &str = "kept.json.new";

/// A folder with the state of one scenario.
#[derive(Debug, Clone)]
pub(super) struct Paper(PathBuf);

impl Paper {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// What was written last; nothing, where nothing was.
    pub(super) fn read(&self) -> std::io::Result<Kept> {
        match std::fs::read(self.file(FILE)) {
            Ok(json) => Ok(serde_json::from_slice(&json)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Kept::default()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, kept: &Kept) -> std::io::Result<()> {
        std::fs::write(self.file(BESIDE), serde_json::to_vec(kept)?)?;
        std::fs::rename(self.file(BESIDE), self.file(FILE))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
