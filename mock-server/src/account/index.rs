//! An index over slots that keeps no keys of its own: they are read where the slot leads. A million users
//! would otherwise have their ids and addresses three times.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::order::Slot;

/// From keys to slots.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    slots: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

impl Index {
    /// The slot whose key is this one.
    pub(super) fn find<'a>(
        &self,
        key: &str,
        key_of: impl Fn(Slot) -> Option<&'a str>,
    ) -> Option<Slot> {
        let found = self
            .slots
            .find(self.hasher.hash_one(key), |slot| key_of(*slot) == Some(key));
        found.copied()
    }

    /// Adds a slot. `key_of` gives the keys of the others.
    pub(super) fn insert<'a>(
        &mut self,
        key: &str,
        slot: Slot,
        key_of: impl Fn(Slot) -> Option<&'a str>,
    ) {
        let hash = |key: Option<&str>| self.hasher.hash_one(key.unwrap_or_default());
        self.slots
            .insert_unique(hash(Some(key)), slot, |slot| hash(key_of(*slot)));
    }

    /// Takes a slot out; nothing happens where it is not under this key.
    pub(super) fn remove(&mut self, key: &str, slot: Slot) {
        let hash = self.hasher.hash_one(key);
        if let Ok(entry) = self.slots.find_entry(hash, |held| *held == slot) {
            entry.remove();
        }
    }
}
