//! Saves for many at once: what comes while a save is under way goes together into the next, so that a disk which
//! is slow to say that it has written says so once for all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::links::{Links, LinksError, Memory};

/// A store with a queue before it. The queue is as long as there are workers at the most: each waits for its own.
pub(super) struct Ledger<'a> {
    links: &'a dyn Links,
    queue: Mutex<Queue>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Queue {
    next: u64,
    waiting: Vec<(u64, Vec<Memory>)>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(links: &'a dyn Links) -> Self {
        Self {
            links,
            queue: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Makes changes, all or none, and returns when they would survive a crash.
    pub(super) async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        if changes.is_empty() {
            return Ok(());
        }
        let ticket = {
            let mut queue = self.queue();
            queue.next += 1;
            let ticket = queue.next;
            queue.waiting.push((ticket, changes));
            ticket
        };
        let _turn = self.turn.lock().await;
        let batch = {
            let mut queue = self.queue();
            if !queue.waiting.iter().any(|(other, _)| *other == ticket) {
                // Whose turn it was before has saved this as well.
                return Ok(());
            }
            std::mem::take(&mut queue.waiting)
        };
        let all = batch.iter().flat_map(|(_, changes)| changes.clone());
        let saved = self.links.save(all.collect()).await;
        if saved.is_err() {
            // The others try for themselves, and learn for themselves what is wrong.
            let others = batch.into_iter().filter(|(other, _)| *other != ticket);
            let mut queue = self.queue();
            let later = std::mem::take(&mut queue.waiting);
            queue.waiting = others.chain(later).collect();
        }
        saved
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::links::{MemoryLinks, Remembered};

    /// Counts saves, lets others come meanwhile, and fails at one of them.
    #[derive(Default)]
    struct Slow {
        links: MemoryLinks,
        saves: AtomicUsize,
        fails_at: Option<usize>,
    }

    #[async_trait]
    impl Links for Slow {
        async fn load(&self) -> Result<Remembered, LinksError> {
            self.links.load().await
        }

        async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
            let number = self.saves.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if self.fails_at == Some(number) {
                return Err(LinksError::Lost {
                    place: "x".to_owned(),
                    message: "y".to_owned(),
                });
            }
            self.links.save(changes).await
        }
    }

    async fn save_ten(slow: &Slow) -> usize {
        let ledger = Ledger::new(slow);
        let saves =
            (0..10).map(|number| ledger.save(vec![Memory::Settled(format!("u{number}").into())]));
        let results = futures::future::join_all(saves).await;
        results.into_iter().filter(Result::is_err).count()
    }

    #[tokio::test]
    async fn what_comes_meanwhile_goes_together() {
        let slow = Slow::default();
        assert_eq!(save_ten(&slow).await, 0);
        assert!(slow.saves.load(Ordering::Relaxed) <= 2);
    }

    #[tokio::test]
    async fn a_save_that_fails_is_the_failure_of_one() {
        let slow = Slow {
            fails_at: Some(0),
            ..Slow::default()
        };
        assert_eq!(save_ten(&slow).await, 1);
    }
}
