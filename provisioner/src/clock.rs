//! The one place that reads the clocks.

use std::time::Instant;

use jiff::Timestamp;

/// The monotonic clock, for what has passed.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the monotonic clock"
)]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}

/// What this machine holds the time to be.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub(crate) fn wall() -> Timestamp {
    Timestamp::now()
}
