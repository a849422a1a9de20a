//! Whether an audit file is as it was written.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::AuditError;
use super::chain::{self, GENESIS, Head, NoLine};
use super::file::next_line;
use crate::digest::hex;

/// How many runs without an end are told by name.
const MAX_TOLD_RUNS: usize = 20;

/// An audit whose lines follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many lines there are.
    pub lines: u64,
    /// How many runs began.
    pub runs: u64,
    /// Lines that a crash has cut, by number from 1.
    pub cut: Vec<u64>,
    /// Runs without an end: they were killed, are still under way, or lines at the end are missing.
    pub unended: Vec<String>,
    /// The SHA-256 of the last line. Who keeps it notices when lines at the end are missing.
    pub last: String,
}

/// An audit that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum Broken {
    #[error("line {line} was changed: it does not have the hash that it carries")]
    Changed { line: u64 },
    #[error(
        "line {line} does not follow the line before it: between them lines were removed, put in or put in another \
         order"
    )]
    Detached { line: u64 },
    #[error(
        "line {line} is no line of an audit, and no run began after it as one does after a crash"
    )]
    NoLine { line: u64 },
}

/// Checks an audit file, line after line.
///
/// # Errors
///
/// When the file cannot be read. What is wrong with its lines is a result.
pub fn verify(path: &Path) -> Result<Result<Verified, Broken>, AuditError> {
    let unreadable = |error: std::io::Error| AuditError::Unreadable {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut check = Check::default();
    while let Some(line) = next_line(&mut lines).map_err(unreadable)? {
        if let Err(broken) = check.take(&line) {
            return Ok(Err(broken));
        }
    }
    Ok(Ok(check.end()))
}

/// How far a check has come.
#[derive(Default)]
pub(super) struct Check {
    verified: Verified,
    running: BTreeSet<String>,
    unended: usize,
    cut: Option<Cut>,
}

/// Lines that look cut: whether they are, the next line says.
struct Cut {
    first: u64,
    hash: Sha256,
}

impl Check {
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), Broken> {
        self.verified.lines += 1;
        let number = self.verified.lines;
        match chain::read(line) {
            Ok(head) => self.follow(&head, line),
            Err(NoLine::Changed) => Err(Broken::Changed { line: number }),
            Err(NoLine::Cut) if !chain::may_be_cut(line) => Err(Broken::NoLine { line: number }),
            Err(NoLine::Cut) => {
                let cut = self.cut.get_or_insert_with(|| Cut {
                    first: number,
                    hash: Sha256::new(),
                });
                if cut.first < number {
                    cut.hash.update(b"\n");
                }
                cut.hash.update(line);
                Ok(())
            }
        }
    }

    fn follow(&mut self, head: &Head, bytes: &[u8]) -> Result<(), Broken> {
        let line = self.verified.lines;
        let before = match self.cut.take() {
            Some(cut) if !head.is("started") => return Err(Broken::NoLine { line: cut.first }),
            Some(cut) => {
                self.verified.cut.extend(cut.first..line);
                let hash = hex(&cut.hash.finalize());
                if head.previous != hash {
                    return Err(Broken::NoLine { line: cut.first });
                }
                hash
            }
            None if line == 1 => GENESIS.to_owned(),
            None => std::mem::take(&mut self.verified.last),
        };
        if head.previous != before {
            return Err(Broken::Detached { line });
        }
        self.verified.last = chain::hash(bytes);
        if head.is("started") {
            self.verified.runs += 1;
            // One run at a time writes, so those before it are over.
            let over = std::mem::take(&mut self.running);
            self.unend(over);
            self.running.insert(head.run.clone());
        } else if head.is("ended") {
            self.running.remove(&head.run);
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Verified {
        if let Some(cut) = self.cut.take() {
            let lines = cut.first..=self.verified.lines;
            self.verified.cut.extend(lines);
        }
        let over = std::mem::take(&mut self.running);
        self.unend(over);
        self.verified
    }

    fn unend(&mut self, runs: BTreeSet<String>) {
        self.unended += runs.len();
        let room = MAX_TOLD_RUNS.saturating_sub(self.verified.unended.len());
        self.verified.unended.extend(runs.into_iter().take(room));
    }
}
