//! The groups of an account in the order of their creation, found by id and by name without searching.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::index::Index;
use super::super::order::{Order, Slot};
use super::users::fold;

/// A group: Zoom's "user group".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) id: Box<str>,
    pub(crate) display_name: Box<str>,
    pub(crate) email_alias: Option<Box<str>>,
    /// Ids of users.
    pub(crate) members: BTreeSet<Box<str>>,
    pub(crate) created: Timestamp,
    pub(crate) last_modified: Timestamp,
    /// The name, folded.
    #[serde(skip)]
    name: Box<str>,
}

impl Group {
    pub(super) fn new(id: String, display_name: &str, now: Timestamp) -> Self {
        Self {
            id: id.into(),
            display_name: display_name.into(),
            email_alias: None,
            members: BTreeSet::new(),
            created: now,
            last_modified: now,
            name: fold(display_name).into(),
        }
    }

    pub(super) fn rename(&mut self, display_name: &str) {
        self.display_name = display_name.into();
        self.name = fold(display_name).into();
    }
}

/// The groups and their indexes. No rule is here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    order: Order<Group>,
    by_id: Index,
    by_name: Index,
}

impl Groups {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.order.get(self.slot(id)?)
    }

    /// Names compare by ASCII case folding: our choice.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Group> {
        let name = fold(name);
        self.order.get(
            self.by_name
                .find(&name, |slot| name_at(&self.order, slot))?,
        )
    }

    /// The names of the groups of these ids.
    pub(crate) fn names(&self, ids: &[Box<str>]) -> Vec<Box<str>> {
        let named = |id: &str| Some(self.get(id)?.display_name.clone());
        ids.iter().filter_map(|id| named(id)).collect()
    }

    /// The groups from a position on (from 0), in the order of their creation.
    pub(crate) fn starting_at(&self, position: usize) -> impl Iterator<Item = &Group> {
        self.order.starting_at(position).map(|(_, group)| group)
    }

    /// Adds a group whose id and name none has.
    pub(super) fn insert(&mut self, group: Group) {
        let (id, name) = (group.id.clone(), group.name.clone());
        let slot = self.order.push(group);
        self.enter(slot, &id, &name);
    }

    /// Puts a group in the place of the one with the same id; nothing happens where there is none.
    pub(super) fn replace(&mut self, group: Group) {
        let Some(slot) = self.slot(&group.id) else {
            return;
        };
        let old = name_at(&self.order, slot)
            .map(str::to_owned)
            .unwrap_or_default();
        self.by_name.remove(&old, slot);
        let name = group.name.clone();
        self.order.replace(slot, group);
        let order = &self.order;
        self.by_name
            .insert(&name, slot, |slot| name_at(order, slot));
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Group> {
        let slot = self.slot(id)?;
        let name = name_at(&self.order, slot)?.to_owned();
        self.by_id.remove(id, slot);
        self.by_name.remove(&name, slot);
        let (removed, moved) = self.order.remove(slot);
        if moved {
            (self.by_id, self.by_name) = (Index::default(), Index::default());
            let all: Vec<(Slot, Box<str>, Box<str>)> = self
                .order
                .starting_at(0)
                .map(|(slot, group)| (slot, group.id.clone(), group.name.clone()))
                .collect();
            for (slot, id, name) in all {
                self.enter(slot, &id, &name);
            }
        }
        removed
    }

    /// Takes a user out of a group, or puts them in.
    pub(super) fn set_member(&mut self, group: &str, user: &str, is_member: bool) {
        let Some(group) = self.slot(group).and_then(|slot| self.order.get_mut(slot)) else {
            return;
        };
        if is_member {
            group.members.insert(user.into());
        } else {
            group.members.remove(user);
        }
    }

    fn slot(&self, id: &str) -> Option<Slot> {
        self.by_id.find(id, |slot| id_at(&self.order, slot))
    }

    fn enter(&mut self, slot: Slot, id: &str, name: &str) {
        let order = &self.order;
        self.by_id.insert(id, slot, |slot| id_at(order, slot));
        self.by_name.insert(name, slot, |slot| name_at(order, slot));
    }
}

fn id_at(order: &Order<Group>, slot: Slot) -> Option<&str> {
    Some(&order.get(slot)?.id)
}

fn name_at(order: &Order<Group>, slot: Slot) -> Option<&str> {
    Some(&order.get(slot)?.name)
}
