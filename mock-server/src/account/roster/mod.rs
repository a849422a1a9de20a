//! Who is in an account, and the rules of their life.
//!
//! A rule checks first and commits second: on an error nothing has changed.

mod by_hand;
mod error;
mod group_rules;
mod groups;
mod items;
mod saved;
mod tally;
mod user_rules;
mod users;

use std::collections::{BTreeMap, HashSet};

use super::user::User;

pub use error::{GroupError, UserError};
pub(crate) use group_rules::{GroupChange, GroupSpec, MemberChange};
pub(crate) use groups::{Group, Groups};
pub(crate) use items::Page;
pub(crate) use saved::{NoRoster, SavedRoster};
pub(crate) use users::{Stored, Users, fold};

/// How many users an account holds at the most.
const MAX_USERS: usize = 5_000_000;
/// How many users an account has invited at the most who have not accepted.
const MAX_PENDING: usize = 100_000;
/// How many groups an account has at the most.
const MAX_GROUPS: usize = 10_000;

/// The users and groups of an account, and the addresses that it knows of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    pub(crate) users: Users,
    pub(crate) groups: Groups,
    /// Users who have not accepted yet, by folded address. SCIM2 does not show them.
    pending: BTreeMap<String, User>,
    /// Addresses that belong to somebody else's Zoom account, folded.
    foreign: HashSet<String>,
}

impl Roster {
    /// Whether an address belongs to somebody whom SCIM2 does not show: a filter for it is an error.
    pub(crate) fn is_elsewhere(&self, address: &str) -> bool {
        let folded = fold(address);
        self.foreign.contains(&folded) || self.pending.contains_key(&folded)
    }

    /// The pending users, by address.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &User> {
        self.pending.values()
    }

    /// Empties the attributes that a write could fill; address, type, roles and groups stay.
    pub(crate) fn empty(&mut self, id: &str) {
        if let Some(stored) = self.users.get(id) {
            let user = stored.user.emptied();
            self.commit(user);
        }
    }

    /// Brings a user back to what they were, as if they had not been written; who was not there is gone.
    pub(crate) fn put_back(&mut self, id: &str, before: Option<&Stored>) {
        match before {
            Some(before) => {
                self.commit(before.user.clone());
            }
            None => self.remove(id),
        }
    }

    fn is_taken(&self, address: &str) -> bool {
        self.users.by_name(address).is_some() || self.is_elsewhere(address)
    }
}

#[cfg(test)]
mod tests;
