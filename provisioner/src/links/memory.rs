//! Links that end with the process: for tests and for driving the engine from a program.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Links, LinksError, Memory, Remembered};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryLinks(Mutex<Remembered>);

#[async_trait]
impl Links for MemoryLinks {
    async fn load(&self) -> Result<Remembered, LinksError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            remembered.apply(change);
        }
        Ok(())
    }
}

impl Remembered {
    /// Makes one change.
    pub(crate) fn apply(&mut self, change: Memory) {
        match change {
            Memory::Link(link) => drop(self.links.insert(link.user.clone(), link)),
            Memory::Unlink(user) => drop(self.links.remove(&user)),
            Memory::Seen(user, seen) => drop(self.seen.insert(user, seen)),
            Memory::Unsee(user) => drop(self.seen.remove(&user)),
            Memory::Intend(intent) => drop(self.intents.insert(intent.user.clone(), intent)),
            Memory::Settled(user) => drop(self.intents.remove(&user)),
            Memory::Fact(fact, Some(value)) => drop(self.facts.insert(fact, value)),
            Memory::Fact(fact, None) => drop(self.facts.remove(&fact)),
        }
    }
}
