//! Seats: an account that has none left refuses every further user, so asking for each is no use.

use std::sync::atomic::{AtomicU32, Ordering};

/// So many creates in a row that are refused because the account has no seat left, and the run sends no more of them.
/// One alone may be for a kind of user.
pub const MAX_SEATLESS_CREATES: u32 = 5;

/// What a run has seen of the account's seats.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    refused_in_a_row: AtomicU32,
}

impl Seats {
    /// A create was refused because no seat is left.
    pub(crate) fn refused(&self) {
        self.refused_in_a_row.fetch_add(1, Ordering::Relaxed);
    }

    /// A create was done, so there was a seat.
    pub(crate) fn given(&self) {
        self.refused_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Whether another create is no use in this run.
    pub(crate) fn are_gone(&self) -> bool {
        self.refused_in_a_row.load(Ordering::Relaxed) >= MAX_SEATLESS_CREATES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f30_refusals_in_a_row_alone_end_the_creates() {
        let seats = Seats::default();
        for _ in 0..3 {
            for _ in 1..MAX_SEATLESS_CREATES {
                seats.refused();
                assert!(!seats.are_gone());
            }
            seats.given();
        }
        for _ in 0..MAX_SEATLESS_CREATES {
            seats.refused();
        }
        assert!(seats.are_gone());
    }
}
