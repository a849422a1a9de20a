//! Where the reports go.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::say;
use crate::report::{Proof, Summary, html, junit};

/// The files to write beside what is printed.
#[derive(Debug, clap::Args)]
pub(super) struct Outputs {
    /// Write the result to a file as JSON (`-` for stdout, and then nothing else is printed there)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the result to a file as JUnit, for CI systems
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the result to a file as one page for a browser, with nothing outside itself
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The result of `prove --json`, for the page's table of seeded bugs
    #[arg(long, value_name = "FILE", requires = "html")]
    proof: Option<PathBuf>,
}

impl Outputs {
    /// Whether stdout belongs to the JSON.
    pub(super) fn take_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }

    /// The proof, which is read before anything is run.
    pub(super) fn proof(&self) -> anyhow::Result<Option<Proof>> {
        Ok(self.proof.as_deref().map(Proof::read).transpose()?)
    }

    /// Writes them.
    pub(super) fn write(&self, summary: &Summary, proof: Option<&Proof>) -> anyhow::Result<()> {
        if let Some(path) = &self.json {
            write_json(path, summary)?;
        }
        if let Some(path) = &self.junit {
            write(path, &junit(summary)?)?;
        }
        if let Some(path) = &self.html {
            write(path, &html(summary, proof)?)?;
        }
        Ok(())
    }
}

pub(super) fn write_json(path: &Path, summary: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(summary)?;
    text.push('\n');
    if path == Path::new("-") {
        say(&text);
        return Ok(());
    }
    write(path, &text)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
