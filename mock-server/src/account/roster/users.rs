//! The users of an account in the order of their creation, found by id and by address without searching.

use std::sync::Arc;

use super::super::index::Index;
use super::super::order::{Order, Slot};
use super::super::user::User;
use super::items::{Items, Page};
use super::tally::Tally;
use crate::scim::render;

/// A user as they are until they are written again.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) user: User,
    /// The address, folded.
    name: Box<str>,
}

impl Stored {
    pub(crate) fn new(user: User) -> Arc<Self> {
        let name = fold(&user.user_name).into();
        Arc::new(Self { user, name })
    }
}

/// Addresses are compared by ASCII case folding: Zoom documents nothing, this is our choice.
pub(crate) fn fold(address: &str) -> String {
    address.to_ascii_lowercase()
}

/// The users and their indexes. No rule is here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Users {
    order: Order<Arc<Stored>>,
    by_id: Index,
    by_name: Index,
    items: Items,
    tally: Tally,
}

impl Users {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Stored>> {
        self.order.get(self.slot(id)?)
    }

    pub(crate) fn by_name(&self, user_name: &str) -> Option<&Arc<Stored>> {
        let name = fold(user_name);
        let slot = self
            .by_name
            .find(&name, |slot| name_at(&self.order, slot))?;
        self.order.get(slot)
    }

    /// The users from a position on (from 0), in the order of their creation.
    pub(crate) fn starting_at(&self, position: usize) -> impl Iterator<Item = &Arc<Stored>> {
        self.order.starting_at(position).map(|(_, stored)| stored)
    }

    /// What a list shows of the users from a position on (from 0).
    pub(crate) fn page(&mut self, position: usize, count: usize) -> Page {
        let show = |stored: &Arc<Stored>| render::list_item(&stored.user);
        self.items.page(&self.order, position, count, show)
    }

    /// Adds a user whose id and address nobody has.
    pub(super) fn insert(&mut self, user: User) -> Arc<Stored> {
        let stored = Stored::new(user);
        self.tally.add(&stored.user);
        let slot = self.order.push(Arc::clone(&stored));
        self.items.forget(slot);
        self.enter(slot, &stored);
        stored
    }

    /// Puts a user in the place of the one with the same id; nothing happens where there is none.
    pub(super) fn replace(&mut self, user: User) -> Arc<Stored> {
        let stored = Stored::new(user);
        let Some(slot) = self.slot(&stored.user.id) else {
            return stored;
        };
        if let Some(old) = self.order.get(slot) {
            self.tally.remove(&old.user);
            self.by_name.remove(&old.name, slot);
        }
        self.tally.add(&stored.user);
        self.items.forget(slot);
        self.order.replace(slot, Arc::clone(&stored));
        let order = &self.order;
        self.by_name
            .insert(&stored.name, slot, |slot| name_at(order, slot));
        stored
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Stored>> {
        let slot = self.slot(id)?;
        let name = self.order.get(slot)?.name.clone();
        self.by_id.remove(id, slot);
        self.by_name.remove(&name, slot);
        self.items.forget(slot);
        let (removed, moved) = self.order.remove(slot);
        let removed = removed?;
        self.tally.remove(&removed.user);
        if moved {
            self.items.forget_all();
            self.index();
        }
        Some(removed)
    }

    fn slot(&self, id: &str) -> Option<Slot> {
        self.by_id.find(id, |slot| id_at(&self.order, slot))
    }

    fn enter(&mut self, slot: Slot, stored: &Stored) {
        let order = &self.order;
        self.by_id
            .insert(&stored.user.id, slot, |slot| id_at(order, slot));
        self.by_name
            .insert(&stored.name, slot, |slot| name_at(order, slot));
    }

    /// Makes both indexes anew after slots have moved.
    fn index(&mut self) {
        (self.by_id, self.by_name) = (Index::default(), Index::default());
        let all: Vec<(Slot, Arc<Stored>)> = self
            .order
            .starting_at(0)
            .map(|(slot, stored)| (slot, Arc::clone(stored)))
            .collect();
        for (slot, stored) in all {
            self.enter(slot, &stored);
        }
    }
}

fn id_at(order: &Order<Arc<Stored>>, slot: Slot) -> Option<&str> {
    Some(&order.get(slot)?.user.id)
}

fn name_at(order: &Order<Arc<Stored>>, slot: Slot) -> Option<&str> {
    Some(&order.get(slot)?.name)
}
