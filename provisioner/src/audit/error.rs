//! Why an audit cannot be kept or read.

use std::path::PathBuf;

/// An audit cannot be kept or read. No write is sent to Zoom then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum AuditError {
    #[error(
        "{path}: the audit cannot be written: {message}; no more writes are sent to Zoom without it. Make room or \
         mend the file's permissions, and start the run again"
    )]
    Unwritable { path: PathBuf, message: String },
    #[error("{path}: the audit cannot be read: {message}")]
    Unreadable { path: PathBuf, message: String },
    #[error(
        "{path}: is no audit file of zoom-provisioner ({reason}); it was left as it is, and nothing was sent. Name \
         another file for the audit"
    )]
    Foreign { path: PathBuf, reason: String },
    #[error(
        "{path}: another run writes to this audit; wait until it has ended, or give it a file of its own"
    )]
    Busy { path: PathBuf },
}
