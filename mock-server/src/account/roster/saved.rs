//! A roster to be kept and to be brought back exactly.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::super::user::User;
use super::groups::Group;
use super::user_rules::is_address;
use super::users::fold;
use super::{MAX_GROUPS, MAX_PENDING, MAX_USERS, Roster};

/// Users and groups in the order of their creation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedRoster {
    users: Vec<User>,
    groups: Vec<Group>,
    /// Users who have not accepted yet.
    pending: Vec<User>,
    /// Addresses that belong to somebody else's Zoom account, folded.
    foreign_addresses: BTreeSet<String>,
}

/// What cannot be a roster: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoRoster {
    pub(crate) path: String,
    pub(crate) message: String,
}

fn no_roster(path: String, message: impl Into<String>) -> NoRoster {
    NoRoster {
        path,
        message: message.into(),
    }
}

impl Roster {
    pub(crate) fn saved(&self) -> SavedRoster {
        let users = self.users.starting_at(0);
        SavedRoster {
            users: users.map(|stored| stored.user.clone()).collect(),
            groups: self.groups.starting_at(0).cloned().collect(),
            pending: self.pending.values().cloned().collect(),
            foreign_addresses: self.foreign.iter().cloned().collect(),
        }
    }

    pub(crate) fn restored(saved: SavedRoster) -> Result<Self, NoRoster> {
        saved.check()?;
        let mut roster = Self::default();
        for mut group in saved.groups {
            let name = group.display_name.clone();
            group.rename(&name);
            roster.groups.insert(group);
        }
        for user in saved.users {
            roster.users.insert(user);
        }
        for user in saved.pending {
            roster.pending.insert(fold(&user.user_name), user);
        }
        roster.foreign = saved.foreign_addresses.into_iter().collect();
        Ok(roster)
    }
}

impl SavedRoster {
    fn check(&self) -> Result<(), NoRoster> {
        for (name, count, most) in [
            ("users", self.users.len(), MAX_USERS),
            ("groups", self.groups.len(), MAX_GROUPS),
            ("pending", self.pending.len(), MAX_PENDING),
        ] {
            if count > most {
                return Err(no_roster(
                    name.to_owned(),
                    format!("holds more than {most}"),
                ));
            }
        }
        let groups = self.check_groups()?;
        let (mut ids, mut addresses) = (HashSet::new(), HashSet::new());
        for address in &self.foreign_addresses {
            if *address != fold(address) {
                let path = "foreign_addresses".to_owned();
                return Err(no_roster(
                    path,
                    format!("holds `{address}`, which is not in lower case"),
                ));
            }
            addresses.insert(address.clone());
        }
        for (list, users) in [("users", &self.users), ("pending", &self.pending)] {
            for (index, user) in users.iter().enumerate() {
                let wrong = |name: &str, message: String| {
                    Err(no_roster(format!("{list}[{index}].{name}"), message))
                };
                if user.id.is_empty() || !ids.insert(&*user.id) {
                    return wrong("id", format!("`{}` is empty or somebody else's", user.id));
                }
                if !is_address(&user.user_name) || !addresses.insert(fold(&user.user_name)) {
                    let message = format!("`{}` is no address or somebody else's", user.user_name);
                    return wrong("user_name", message);
                }
                if let Some(group) = user.groups.iter().find(|id| !groups.contains(&***id)) {
                    return wrong("groups", format!("holds `{group}`, which is no group"));
                }
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            if let Some(member) = group.members.iter().find(|id| !ids.contains(&***id)) {
                let path = format!("groups[{index}].members");
                return Err(no_roster(path, format!("holds `{member}`, who is no user")));
            }
        }
        Ok(())
    }

    /// The ids of the groups, each once, with names that are there once.
    fn check_groups(&self) -> Result<HashSet<&str>, NoRoster> {
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for (index, group) in self.groups.iter().enumerate() {
            let wrong = |name: &str, message: String| {
                Err(no_roster(format!("groups[{index}].{name}"), message))
            };
            if group.id.is_empty() || !ids.insert(&*group.id) {
                return wrong("id", format!("`{}` is empty or another group's", group.id));
            }
            if group.display_name.is_empty() || !names.insert(fold(&group.display_name)) {
                let message = format!("`{}` is empty or another group's", group.display_name);
                return wrong("display_name", message);
            }
        }
        Ok(ids)
    }
}
