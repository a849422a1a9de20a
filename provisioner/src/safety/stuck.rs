//! Updates that Zoom accepts and does not do, as it does with those of a user who is still pending.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::plan::Change;

/// After so many updates of the same content no more are sent until something changes.
pub const MAX_SAME_UPDATES: u32 = 3;

/// The last update that was sent for a user and accepted, and how often in a row it was this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stuck {
    /// Stands for the update's content and the account.
    pub update: CompactString,
    /// How often in a row.
    pub times: u32,
}

impl Stuck {
    /// After an update that was accepted.
    pub(crate) fn after(before: Option<&Self>, zoom_id: &str, change: &Change) -> Self {
        let update = digest::short(&(zoom_id, change));
        let times = before.filter(|before| before.update == update);
        Self {
            times: times.map_or(0, |before| before.times).saturating_add(1),
            update,
        }
    }

    /// Whether this update has been accepted before.
    pub(crate) fn is_of(&self, zoom_id: &str, change: &Change) -> bool {
        self.update == digest::short(&(zoom_id, change))
    }

    /// Whether an update has been accepted so often in vain that it is not sent again.
    pub(crate) fn holds(&self, zoom_id: &str, change: &Change) -> bool {
        self.times >= MAX_SAME_UPDATES && self.is_of(zoom_id, change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_update_is_sent_three_times_and_any_other_at_once() {
        let change = |email: &str| Change {
            email: Some(email.into()),
            ..Change::default()
        };
        let mut stuck = None;
        for times in 1..=MAX_SAME_UPDATES {
            let next = Stuck::after(stuck.as_ref(), "z1", &change("a@b"));
            assert_eq!(next.times, times);
            assert_eq!(next.holds("z1", &change("a@b")), times == MAX_SAME_UPDATES);
            stuck = Some(next);
        }
        let stuck = stuck.unwrap();
        assert!(!stuck.holds("z1", &change("c@d")) && !stuck.holds("z2", &change("a@b")));
        assert_eq!(Stuck::after(Some(&stuck), "z1", &change("c@d")).times, 1);
    }
}
