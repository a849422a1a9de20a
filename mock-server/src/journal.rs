//! Evidence of every exchange, bounded in entries and bytes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use crate::oauth::Operation;

/// How much a journal holds before it forgets the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalLimits {
    /// Exchanges, per account.
    pub entries: usize,
    /// Bytes of bodies, paths and queries, per account.
    pub bytes: usize,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// One request and its answer. Credentials and tokens are replaced by fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// A number that grows over the whole server.
    pub seq: u64,
    /// When the answer was ready, on the virtual clock.
    pub at: Timestamp,
    /// The account, where the request told one.
    pub account: Option<String>,
    /// The operation; `None` where no route fits.
    pub operation: Option<Operation>,
    /// The request's method.
    pub method: String,
    /// The request's path, as it was sent.
    pub path: String,
    /// The request's query, as it was sent.
    pub query: Option<String>,
    /// Some of the request's headers: who asked, for what, with which credentials.
    pub request_headers: Vec<(&'static str, String)>,
    /// The request's body.
    pub request_body: Bytes,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub response_body: Bytes,
}

impl Exchange {
    fn bytes(&self) -> usize {
        let query = self.query.as_ref().map_or(0, String::len);
        self.path.len() + query + self.request_body.len() + self.response_body.len()
    }
}

/// The journal of one account, or of what belongs to none. All journals of a server draw from one sequence.
#[derive(Debug)]
pub(crate) struct Journal {
    limits: JournalLimits,
    sequence: Arc<AtomicU64>,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    held: VecDeque<Arc<Exchange>>,
    bytes: usize,
}

impl Journal {
    pub(crate) fn new(limits: JournalLimits, sequence: Arc<AtomicU64>) -> Self {
        Self {
            limits,
            sequence,
            entries: Mutex::default(),
        }
    }

    /// A journal of the same limits and sequence, with nothing in it.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.limits, Arc::clone(&self.sequence))
    }

    /// Records an exchange and gives it its number.
    pub(crate) fn record(&self, mut exchange: Exchange) {
        let mut entries = self.entries();
        // Numbers are drawn under the lock, so that a journal is always in order.
        exchange.seq = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        entries.bytes += exchange.bytes();
        entries.held.push_back(Arc::new(exchange));
        while entries.held.len() > self.limits.entries || entries.bytes > self.limits.bytes {
            let Some(oldest) = entries.held.pop_front() else {
                break;
            };
            entries.bytes -= oldest.bytes();
        }
    }

    pub(crate) fn since(&self, seq: u64) -> Vec<Arc<Exchange>> {
        let entries = self.entries();
        let first = entries.held.partition_point(|exchange| exchange.seq <= seq);
        entries.held.iter().skip(first).cloned().collect()
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.entries()
            .held
            .back()
            .map_or(0, |exchange| exchange.seq)
    }

    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(body: &'static str) -> Exchange {
        Exchange {
            seq: 0,
            at: Timestamp::UNIX_EPOCH,
            account: None,
            operation: None,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: None,
            request_headers: Vec::new(),
            request_body: Bytes::from_static(body.as_bytes()),
            status: 200,
            response_body: Bytes::new(),
        }
    }

    #[test]
    fn forgets_the_oldest_by_number_and_by_size() {
        let limits = JournalLimits {
            entries: 3,
            bytes: 40,
        };
        let journal = Journal::new(limits, Arc::default());
        for _ in 0..5 {
            journal.record(exchange("x"));
        }
        let seqs: Vec<u64> = journal
            .since(0)
            .iter()
            .map(|exchange| exchange.seq)
            .collect();
        assert_eq!(seqs, [3, 4, 5]);
        journal.record(exchange("a body of thirty-eight bytes, no more."));
        assert_eq!(journal.since(0).len(), 1);
        assert_eq!(journal.last_seq(), 6);
        assert_eq!(journal.since(6).len(), 0);
    }

    #[test]
    fn journals_of_one_server_share_one_sequence() {
        let one = Journal::new(JournalLimits::default(), Arc::default());
        let other = one.another();
        one.record(exchange(""));
        other.record(exchange(""));
        assert_eq!((one.last_seq(), other.last_seq()), (1, 2));
    }
}
