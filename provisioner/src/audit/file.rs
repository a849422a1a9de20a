//! The audit in a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::chain::{self, GENESIS};
use super::log::Log;
use super::{Audit, AuditError, Entry, MAX_LINE_BYTES, Values};
use crate::connection::Connection;

/// How much of the end is looked through for the last whole line.
const MAX_TAIL_BYTES: u64 = 4 * MAX_LINE_BYTES as u64;

/// An audit in a file, which is made on first use. While a run has it open, no other adds to it.
pub struct AuditFile {
    path: PathBuf,
    values: Values,
    key: String,
    log: Mutex<Log<File>>,
}

impl AuditFile {
    /// Opens an audit file to add to it, and makes it if there is none; only its owner may read it. A last line
    /// that was cut by a crash stays as it is, and the next one begins on a line of its own.
    ///
    /// # Errors
    ///
    /// When the file is no audit of ours, cannot be written, or is in use. It is then left as it is.
    pub fn open(path: &Path, values: Values, connection: &Connection) -> Result<Self, AuditError> {
        let unwritable = |error: &dyn ToString| AuditError::Unwritable {
            path: path.to_owned(),
            message: error.to_string(),
        };
        // A pipe would be waited for, and a device has no end to read.
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(unwritable(&"it is no regular file"));
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| unwritable(&error))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => AuditError::Busy {
                path: path.to_owned(),
            },
            TryLockError::Error(error) => unwritable(&error),
        })?;
        let tail = tail(&mut file).map_err(|error| unwritable(&error))?;
        let (previous, after_cut) = follow(&tail).ok_or_else(|| AuditError::Foreign {
            path: path.to_owned(),
            reason: "there is no line of an audit at its end".to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            values,
            key: connection.authentication_fingerprint(),
            log: Mutex::new(Log::new(file, previous, after_cut)),
        })
    }
}

#[async_trait]
impl Audit for AuditFile {
    async fn record(&self, entry: Entry) -> Result<(), AuditError> {
        let entry = self.values.applied(&self.key, entry);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(&entry).map_err(|error| AuditError::Unwritable {
            path: self.path.clone(),
            message: error.to_string(),
        })
    }
}

fn tail(file: &mut File) -> std::io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(MAX_TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(tail)
}

/// What the next line follows, and whether it has to begin with a line break: the last whole line, or all that
/// was cut after it. `None` where there is no whole line, nor the begin of a first one.
pub(super) fn follow(tail: &[u8]) -> Option<(String, bool)> {
    if tail.is_empty() {
        return Some((GENESIS.to_owned(), false));
    }
    let lines: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').collect();
    let whole = |line: &&[u8]| chain::read(line).is_ok();
    let Some(last) = lines.iter().rposition(whole) else {
        return chain::begins_first(tail).then(|| (chain::hash(tail), true));
    };
    let cut = lines.get(last + 1..).unwrap_or_default();
    match cut {
        // The line break itself was cut.
        [] => Some((chain::hash(lines.last()?), true)),
        [[]] => Some((chain::hash(lines.get(last)?), false)),
        // A line break after what was cut is there already.
        [cut @ .., []] => Some((chain::hash(&cut.join(&b'\n')), false)),
        cut => Some((chain::hash(&cut.join(&b'\n')), true)),
    }
}

/// The last entries of an audit file that are about a user, oldest first.
///
/// # Errors
///
/// When the file cannot be read.
pub fn entries_of(path: &Path, user: &str, most: usize) -> Result<Vec<Entry>, AuditError> {
    let unreadable = |error: std::io::Error| AuditError::Unreadable {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut found = std::collections::VecDeque::new();
    while let Some(line) = next_line(&mut lines).map_err(unreadable)? {
        if let Some(entry) = chain::entry(&line)
            && entry.event.user() == Some(user)
        {
            found.push_back(entry);
            if found.len() > most {
                found.pop_front();
            }
        }
    }
    Ok(found.into())
}

/// The next line without its break, of which no more is read than the longest may have.
pub(super) fn next_line(lines: &mut BufReader<File>) -> std::io::Result<Option<Vec<u8>>> {
    let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX) + 2;
    let mut line = Vec::new();
    if lines.take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.len() > MAX_LINE_BYTES {
        return Err(std::io::Error::new(
            ErrorKind::InvalidData,
            format!("a line is longer than {MAX_LINE_BYTES} bytes"),
        ));
    }
    Ok(Some(line))
}
