//! What somebody who looks on gets to know of a run while it is under way.

use std::fmt;
use std::time::Duration;

/// Something that happened in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Zoom's list is being read: so many users of how many.
    Read {
        /// Users read.
        read: usize,
        /// Users that Zoom says there are.
        of: usize,
    },
    /// It is decided what to do.
    Planned {
        /// Users who are evaluated.
        users: usize,
        /// Of them, those for whom something is written.
        writes: usize,
    },
    /// So many users are through, of how many.
    Done {
        /// Users who are through.
        done: usize,
        /// Users who are evaluated.
        of: usize,
    },
    /// Somebody waits, for one of Zoom's limits or for Zoom to answer again.
    Waiting {
        /// For how long.
        time: Duration,
    },
}

/// Somebody who looks on. It is told by the run itself, so it must not take long.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Something happened.
    fn notice(&self, event: Notice);
}

/// Nobody looks on.
impl Observer for () {
    fn notice(&self, _: Notice) {}
}
