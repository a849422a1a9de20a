//! The order of work: where what a run comes to depends on whom it takes first, nobody can say what is right.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::{Account, fold, mapped_address};
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
        let wanted = self.wanted();
        let is_contended = |(user, address): (&String, &String)| {
            let held = wanted.get(address);
            held.is_some_and(|wants| wants.iter().any(|other| other != user))
        };
        let held = self.held();
        let is_plain = !held
            .iter()
            .any(|(address, user)| is_contended((user, address)));
        is_plain || self.after(Order::Forwards) == self.after(Order::Backwards)
    }

    /// Whether a full run now would change nothing.
    pub(super) fn is_at_rest(&self) -> bool {
        self.after(Order::Forwards) == self.outcome()
    }

    /// Whether somebody's account is of no avail, for somebody else has the address that it is to have: one that is
    /// gone, or one that is there.
    pub(super) fn bars(&self, is_gone: bool) -> bool {
        let wanted = self.wanted().into_iter();
        let mut taken = wanted.filter(|(address, _)| self.is_taken(address));
        taken.any(|(address, users)| {
            let mut links = users
                .iter()
                .filter_map(|user| Some((user, self.links.get(user)?)));
            links.any(|(user, link)| {
                let side = self.side_of(link.account);
                (side == ZoomSide::Gone) == is_gone
                    && self.address_of(user) != Some(address.clone())
            })
        })
    }

    /// Who is in scope, by the address that they are to have.
    fn wanted(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for user in self.in_scope() {
            let record = self.directory.get(&user.id);
            let address = record.and_then(|record| mapped_address(record, &user.rule.mapping));
            if let Some(address) = address {
                wanted.entry(fold(&address)).or_default().insert(user.id);
            }
        }
        wanted
    }

    /// The addresses of linked accounts, each with the user.
    fn held(&self) -> BTreeMap<String, String> {
        let links = self.links.keys();
        links
            .filter_map(|user| Some((self.address_of(user)?, user.clone())))
            .collect()
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
