//! The directory: where users come from.
//!
//! A [`Source`] is read into a [`Directory`]: a file of one of three formats ([`DirectoryFile`]) or PingOne's
//! users API ([`PingOne`]). Two things are kept apart. What is wrong with one user is that user's failure
//! ([`Refused`]), and the others go on. What makes it uncertain whether everybody was read is a gap: then the
//! directory is not complete, and nobody is removed for being missing from it.

mod csv;
mod error;
mod file;
mod gather;
mod json;
mod limits;
mod ndjson;
mod pingone;
mod record;
#[cfg(test)]
mod tests;
mod user;

use std::borrow::Cow;

use async_trait::async_trait;
use compact_str::CompactString;

pub use self::error::DirectoryError;
pub use self::file::{DirectoryFile, Format};
pub use self::limits::{
    MAX_FIELD_CHARS, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_LIST_ITEMS, MAX_USERS,
};
pub(crate) use self::pingone::SECRET_VARIABLE as PINGONE_SECRET_VARIABLE;
pub use self::pingone::{PingOne, PingOneFile};
pub use self::user::DirectoryUser;

/// Where users come from. A source has no way to write.
#[async_trait]
pub trait Source: Send + Sync {
    /// Reads everybody.
    ///
    /// # Errors
    ///
    /// When nothing can be made of the source at all. What was read in part is no error: it is a directory
    /// that says that it is not complete.
    async fn read(&self) -> Result<Directory, DirectoryError>;
}

/// Everybody in the directory, as one read found them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Whether the read came to its end. Who is missing from an incomplete read is not removed.
    pub complete: bool,
    /// The users, each id once.
    pub users: Vec<DirectoryUser>,
    /// Who is in the directory, but with a record that cannot be used; none of them is among the users.
    pub refused: Vec<Refused>,
    /// Why the read is not complete.
    pub gaps: Vec<String>,
    /// What else an administrator should know.
    pub notices: Vec<String>,
}

impl From<Directory> for Cow<'_, Directory> {
    fn from(directory: Directory) -> Self {
        Self::Owned(directory)
    }
}

impl<'a> From<&'a Directory> for Cow<'a, Directory> {
    fn from(directory: &'a Directory) -> Self {
        Self::Borrowed(directory)
    }
}

/// Somebody whose record cannot be used: nothing is done to their account, and they count as failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The directory's id.
    pub id: CompactString,
    /// The username, if it can be read.
    pub username: Option<CompactString>,
    /// Where the record stands, and what is wrong with it.
    pub reason: String,
}
