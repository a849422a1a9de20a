//! Why a directory cannot be used at all.

use std::path::PathBuf;

use super::limits::{MAX_FILE_BYTES, MAX_USERS};

/// The directory cannot be used. Nothing has been sent to Zoom when this is told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum DirectoryError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: larger than {MAX_FILE_BYTES} bytes")]
    TooLarge { path: PathBuf },
    #[error("{name}: more than {MAX_USERS} users")]
    TooManyUsers { name: String },
    #[error(
        "{path}: the name does not say what the file is; give it the ending .json, .ndjson or .csv, or say \
         --directory-format"
    )]
    UnknownFormat { path: PathBuf },
    #[error("{path}: is no text in UTF-8 (line {line}, column {column})")]
    NotText {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    #[error(
        "{path}: the file ends in the middle of the JSON (line {line}, column {column}); export the directory again"
    )]
    CutOff {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    #[error("{path}: line {line}, column {column}: {message}")]
    Format {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
    #[error("{place}: `{key}` is no key of a directory user; {remedy}")]
    UnknownKey {
        place: String,
        key: String,
        remedy: String,
    },
    #[error("{path}: line 1: {message}")]
    Header { path: PathBuf, message: String },
    #[error(
        "{path}: there is no user in it, and no count that says so; an empty directory of this format says count 0"
    )]
    Empty { path: PathBuf },
    #[error("{path}: nobody in it can be told: {gap}")]
    Nobody { path: PathBuf, gap: String },
    #[error("PingOne: {0}")]
    PingOne(String),
}
