//! How much of anything is read.

/// How large a directory file may be.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// How long a line of NDJSON, or a record of CSV, may be.
pub const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// How long one value of a user may be; Zoom takes none that is longer.
pub const MAX_FIELD_CHARS: usize = 1024;
/// How many roles or groups a user may have.
pub const MAX_LIST_ITEMS: usize = 1000;
/// How many users a directory may have.
pub const MAX_USERS: usize = 1_000_000;
/// How many messages of a kind are told; of the others only how many there are.
pub(super) const MAX_TOLD: usize = 20;
