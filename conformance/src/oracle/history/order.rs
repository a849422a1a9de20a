//! The order of work: where what a run comes to depends on whom it takes first, nobody can say what is right.

use std::collections::BTreeMap;

use super::super::account::{Account, fold};
use super::super::table::{Status, ZoomSide};
use super::world::World;

/// The order in which a run takes whom it looks at. Of any two people one goes first in the one, the other in the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Those in scope by their ids, then those who are not any more.
    Forwards,
    /// The other way round.
    Backwards,
}

impl Order {
    pub(super) fn of<T>(self, mut these: Vec<T>) -> Vec<T> {
        if self == Self::Backwards {
            these.reverse();
        }
        these
    }
}

/// What a run comes to: the accounts by their addresses, each with whose it is, and how everybody is counted.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    accounts: BTreeMap<String, (Account, Option<String>)>,
    statuses: BTreeMap<String, Status>,
}

impl World {
    /// Whether a full run now comes to the same in whatever order it takes people.
    pub(super) fn is_orderly(&self) -> bool {
        let mut held = self.links.keys().filter_map(|user| self.address_of(user));
        !held.any(|address| self.is_awaited(&address))
            || self.after(Order::Forwards) == self.after(Order::Backwards)
    }

    /// Whether a full run now would change nothing.
    pub(super) fn is_at_rest(&self) -> bool {
        self.after(Order::Forwards) == self.outcome()
    }

    /// Whether somebody else has the address of a user whose own account is gone, or is there.
    pub(super) fn bars(&self, is_gone: bool) -> bool {
        self.directory.values().any(|user| {
            let Some((link, address)) = self.links.get(&user.id).zip(self.due_address(user)) else {
                return false;
            };
            let side = self.side_of(link.account);
            (side == ZoomSide::Gone) == is_gone
                && self.address_of(&user.id).as_ref() != Some(&address)
                && self.is_taken(&address)
        })
    }

    fn after(&self, order: Order) -> Outcome {
        let mut world = self.clone();
        world.sync(0, true, false, order);
        world.outcome()
    }

    fn outcome(&self) -> Outcome {
        let owners = self.owners();
        let accounts = self.accounts.iter().map(|(key, account)| {
            let owned = (account.clone(), owners.get(key).cloned());
            (fold(&account.user_name), owned)
        });
        Outcome {
            accounts: accounts.collect(),
            statuses: self.statuses.clone(),
        }
    }
}
