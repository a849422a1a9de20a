//! The audit: what was sent to Zoom, one line for each write, in a file to which lines are only added.
//!
//! Every line carries the hash of the line before it, so that one that was changed, removed or put in is noticed
//! ([`verify()`]). Who can write the file can also make a whole new chain: keep the last hash elsewhere, or the file
//! where only appending is allowed, if that matters.

mod chain;
mod entry;
mod error;
mod file;
mod log;
#[cfg(test)]
mod tests;
mod values;
mod verify;

use async_trait::async_trait;

pub use entry::{Changed, Ended, Entry, Event, Fate, Settled, Started, Written};
pub use error::AuditError;
pub use file::{AuditFile, entries_of};
pub use values::Values;
pub use verify::{Broken, Verified, verify};

/// The longest line that is written or read, in bytes: far more than any user can fill.
const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Where it is written down what was sent to Zoom.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Writes an entry down, and returns when it would survive a crash.
    ///
    /// # Errors
    ///
    /// When it cannot be written. No further write is sent to Zoom then.
    async fn record(&self, entry: Entry) -> Result<(), AuditError>;
}
