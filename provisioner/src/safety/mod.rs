//! What keeps a mistake from becoming a disaster: pure rules, which the engine asks before it sends anything.
//!
//! - [`OverLimit`]: more removals in one run than anybody means by an ordinary day.
//! - [`SourceRefused`]: a directory that has shrunk as no directory does.
//! - [`Protection`]: accounts that are never disabled or deleted.
//! - [`Retry`]: when a user who failed is tried again.
//! - [`MAX_SEATLESS_CREATES`]: when creates are no use, for the account has no seat left.
//! - [`Stuck`]: an update that Zoom accepts, again and again, and does not do.

mod held;
mod limit;
mod protect;
mod schedule;
mod seats;
mod settings;
mod source;
mod spelling;
mod stuck;

pub use held::Held;
pub use limit::OverLimit;
pub(crate) use limit::over_limit;
pub use protect::Protection;
pub(crate) use protect::{listed, protecting_role};
pub use schedule::{GIVEN_UP_AFTER, Retry, next_retry};
pub use seats::MAX_SEATLESS_CREATES;
pub(crate) use seats::Seats;
pub use settings::Safety;
pub(crate) use source::check_source;
pub use source::{SourceCount, SourceRefused};
pub(crate) use spelling::is_spelling;
pub use stuck::{MAX_SAME_UPDATES, Stuck};

/// Whether a number is more than is expected: both beyond a count and beyond a part of the whole.
fn is_unusual(number: usize, whole: usize, max: usize, max_percent: u8) -> bool {
    number > max && number.saturating_mul(100) > whole.saturating_mul(usize::from(max_percent))
}
