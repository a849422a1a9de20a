//! The files that an administrator writes: the connection and the rules.

mod connection;
mod rule;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use connection::{AuditSettings, ConnectionFile};
pub(crate) use connection::{SECRET_VARIABLE, roots};
pub use rule::RuleFile;

use self::connection::without_line_end;
use crate::rule::{FilterError, MappingError};

/// How large one of these files may be.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A file cannot be used. Nothing has been sent to Zoom when this is told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum FileError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: larger than {MAX_FILE_BYTES} bytes")]
    TooLarge { path: PathBuf },
    #[error("{path}: is no text in UTF-8")]
    NotText { path: PathBuf },
    #[error("{path}: line {line}: {message}")]
    Format {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{path}: `{key}` is missing; {remedy}")]
    Missing {
        path: PathBuf,
        key: &'static str,
        remedy: &'static str,
    },
    #[error("{path}: `{key}`: {message}")]
    Value {
        path: PathBuf,
        key: String,
        message: String,
    },
    #[error(
        "{path}: the client secret is in the file; take it out, and set {SECRET_VARIABLE} in the environment or \
         name a file of its own with client_secret_file = \"PATH\""
    )]
    SecretInside { path: PathBuf },
    #[error(
        "{path}: there is no client secret: set {SECRET_VARIABLE} in the environment, or name a file with \
         client_secret_file = \"PATH\""
    )]
    NoSecret { path: PathBuf },
    #[error("{path}: `filter`: {error}")]
    Filter { path: PathBuf, error: FilterError },
    #[error("{path}: `mapping`: {error}")]
    Mapping { path: PathBuf, error: MappingError },
}

pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read_bytes(path)?).map_err(|_| FileError::NotText {
        path: path.to_owned(),
    })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let failed = |error| FileError::File {
        path: path.to_owned(),
        error,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
        });
    }
    std::fs::read(path).map_err(failed)
}

/// The file that a key names for the secret. It is told by its key: some write the secret itself there.
pub(crate) fn read_secret(path: &Path, file: &Path) -> Result<String, FileError> {
    let message = match read(file) {
        Ok(text) => return Ok(without_line_end(text)),
        Err(FileError::File { error, .. }) => {
            format!("the file that it names cannot be read: {error}")
        }
        Err(FileError::TooLarge { .. }) => {
            format!("the file that it names is larger than {MAX_FILE_BYTES} bytes")
        }
        Err(_) => "the file that it names is no text in UTF-8".to_owned(),
    };
    Err(FileError::Value {
        path: path.to_owned(),
        key: "client_secret_file".to_owned(),
        message,
    })
}

/// Parses TOML. What is told of an error is the line's number and not the line: a secret might stand in it.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        FileError::Format {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            message: without_text(error.message()),
        }
    })
}

/// A message about a value of the wrong type without the value, if that is a text.
fn without_text(message: &str) -> String {
    let parts = message
        .split_once("string \"")
        .and_then(|(before, rest)| Some((before, rest.rsplit_once("\", expected ")?.1)));
    match parts {
        Some((before, expected)) => format!("{before}text, expected {expected}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
