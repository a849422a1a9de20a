//! Evidence of every exchange, bounded in entries and bytes.

mod har;
mod query;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use crate::fault::PassedOver;
use crate::oauth::Secrets;
use crate::operation::Operation;

pub(crate) use har::har;
pub use query::ExchangeQuery;

/// How much a journal holds before it forgets the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalLimits {
    /// Exchanges, per account.
    pub entries: usize,
    /// Bytes, per account.
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

/// What an exchange costs beside its texts.
const ENTRY_BYTES: usize = 256;

/// One request and its answer. Credentials and tokens are replaced by fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// A number that grows over the whole server.
    pub seq: u64,
    /// When the request was decided, on the account's virtual clock.
    pub at: Timestamp,
    /// The account, where the request told one.
    pub account: Option<Arc<str>>,
    /// The operation; `None` where no route fits.
    pub operation: Option<Operation>,
    /// The request's method.
    pub method: Method,
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
    /// The client id that asked for a token, or that the token was issued to.
    pub client_id: Option<Arc<str>>,
    /// The wait that the answer told of, as its header has it.
    pub retry_after: Option<String>,
    /// How the account stood with its rate limit, as `used up` or `12 of 80 left`.
    pub rate_limit: Option<String>,
    /// The fault that had its hand in it.
    pub fault: Option<Box<FaultNote>>,
    /// The rules whose conditions fitted, or of which but a header did not, and that did not fire; those of
    /// scenarios as `scenario NAME, rule ID`.
    pub passed_over: Vec<(Arc<str>, PassedOver)>,
    /// The scripted run that the request says it belongs to.
    pub run: Option<u64>,
    /// What became of it at the scopes; `None` where they were not looked at.
    pub scope: Option<ScopeCheck>,
}

/// What the scopes of a token said to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeCheck {
    /// This one let it in.
    LetIn(&'static str),
    /// None that it needs was there.
    Missing,
}

/// What a fault did to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FaultNote {
    /// The rule, run or scenario.
    pub source: String,
    /// What it did.
    pub effect: String,
    /// When: `before`, `after` or `body`.
    pub phase: &'static str,
    /// The how manieth time.
    pub count: u64,
    /// The status that the request itself had, where it was applied and answered otherwise.
    pub applied: Option<u16>,
    /// Whether the answer did not reach the client, or not whole.
    pub lost: bool,
}

impl Exchange {
    /// A header of the request, where it is kept.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.request_headers.iter();
        headers.find_map(|(held, value)| (*held == name).then_some(value.as_str()))
    }

    fn bytes(&self) -> usize {
        let query = self.query.as_ref().map_or(0, String::len);
        let headers: usize = self
            .request_headers
            .iter()
            .map(|(_, value)| value.len())
            .sum();
        let bodies = self.request_body.len() + self.response_body.len();
        let fault = self
            .fault
            .as_ref()
            .map_or(0, |fault| ENTRY_BYTES + fault.source.len());
        let passed_over = self.passed_over.len() * ENTRY_BYTES / 8;
        ENTRY_BYTES + self.path.len() + query + headers + bodies + fault + passed_over
    }
}

impl fmt::Display for Exchange {
    /// One line: `#7 users.create POST /scim2/Users -> 201`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation.map_or("unmatched", Operation::as_str);
        write!(f, "#{} {operation} {} {}", self.seq, self.method, self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        write!(f, " -> {}", self.status)?;
        match &self.fault {
            Some(fault) if fault.lost => write!(f, " lost ({})", fault.source),
            Some(fault) => write!(f, " ({}: {})", fault.source, fault.effect),
            None => Ok(()),
        }
    }
}

/// What the journals of a server share: the numbers, and the news that there is another.
#[derive(Debug)]
pub(crate) struct Sequence {
    last: AtomicU64,
    news: watch::Sender<u64>,
}

impl Default for Sequence {
    fn default() -> Self {
        Self {
            last: AtomicU64::new(0),
            news: watch::Sender::new(0),
        }
    }
}

/// The journal of one account, or of what belongs to none. All journals of a server draw from one sequence.
#[derive(Debug)]
pub(crate) struct Journal {
    limits: JournalLimits,
    sequence: Arc<Sequence>,
    entries: Mutex<Entries>,
    grown: Condvar,
    /// How many threads wait for it to grow: telling nobody costs a system call.
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Entries {
    held: VecDeque<Arc<Exchange>>,
    /// How credentials are taken out of the last so many, which nobody has seen yet: that costs more than the
    /// exchange, and most are never looked at.
    unseen: VecDeque<Redaction>,
    bytes: usize,
}

/// How credentials are taken out of an exchange before anybody sees it.
#[derive(Debug)]
pub(crate) struct Redaction {
    pub(crate) secrets: Secrets,
    pub(crate) take_out: fn(&mut Exchange, &Secrets),
}

impl Journal {
    pub(crate) fn new(limits: JournalLimits, sequence: Arc<Sequence>) -> Self {
        Self {
            limits,
            sequence,
            entries: Mutex::default(),
            grown: Condvar::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// A journal of the same limits and sequence, with nothing in it.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.limits, Arc::clone(&self.sequence))
    }

    /// Records an exchange, and gives it the number that is returned.
    pub(crate) fn record(&self, mut exchange: Exchange, redaction: Redaction) -> u64 {
        let mut entries = self.entries();
        // Numbers are drawn under the lock, so that a journal is always in order.
        let seq = self.sequence.last.fetch_add(1, Ordering::Relaxed) + 1;
        exchange.seq = seq;
        // What is forgotten is freed when the lock is.
        let _forgotten = entries.push(exchange, Some(redaction), self.limits);
        drop(entries);
        // Who waits has said so before looking, and has looked before this exchange was there.
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.grown.notify_all();
        }
        if self.sequence.news.receiver_count() > 0 {
            self.sequence.news.send_replace(seq);
        }
        seq
    }

    /// Takes exchanges that another server has recorded, in order; their numbers stay.
    pub(crate) fn take(&self, exchanges: Vec<Exchange>) {
        let mut entries = self.entries();
        for exchange in exchanges {
            entries.push(exchange, None, self.limits);
        }
    }

    /// The next number is the one after this.
    pub(crate) fn go_on_after(&self, seq: u64) {
        self.sequence.last.store(seq, Ordering::Relaxed);
    }

    /// The exchanges that a query asks for, in order.
    pub(crate) fn find(&self, query: &ExchangeQuery) -> Vec<Arc<Exchange>> {
        found(&mut self.entries(), query)
    }

    /// Waits on the thread until enough exchanges match or the time is over, and gives those that do.
    pub(crate) fn wait(
        &self,
        query: &ExchangeQuery,
        count: usize,
        timeout: Duration,
    ) -> Vec<Arc<Exchange>> {
        let few = |entries: &mut Entries| found(entries, query).len() < count;
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let waited = self.grown.wait_timeout_while(self.entries(), timeout, few);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let (mut entries, _) = waited.unwrap_or_else(PoisonError::into_inner);
        found(&mut entries, query)
    }

    /// Tells whenever any journal of the server has grown.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.sequence.news.subscribe()
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.entries()
            .held
            .back()
            .map_or(0, |exchange| exchange.seq)
    }

    /// How many numbers are drawn from the sequence.
    pub(crate) fn drawn(&self) -> u64 {
        self.sequence.last.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// Adds the latest, and gives the oldest that are forgotten for it.
    fn push(
        &mut self,
        exchange: Exchange,
        redaction: Option<Redaction>,
        limits: JournalLimits,
    ) -> Vec<Arc<Exchange>> {
        match redaction {
            Some(redaction) => self.unseen.push_back(redaction),
            None => self.clean(),
        }
        self.bytes += exchange.bytes();
        self.held.push_back(Arc::new(exchange));
        let mut forgotten = Vec::new();
        while self.held.len() > limits.entries || self.bytes > limits.bytes {
            let Some(oldest) = self.held.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
            if self.unseen.len() > self.held.len() {
                self.unseen.pop_front();
            }
            forgotten.push(oldest);
        }
        forgotten
    }

    /// Takes the credentials out of what nobody has seen yet.
    fn clean(&mut self) {
        let unseen = std::mem::take(&mut self.unseen);
        let first = self.held.len().saturating_sub(unseen.len());
        for (held, redaction) in self.held.iter_mut().skip(first).zip(unseen) {
            // Nobody else holds what nobody has seen.
            if let Some(exchange) = Arc::get_mut(held) {
                self.bytes -= exchange.bytes();
                (redaction.take_out)(exchange, &redaction.secrets);
                self.bytes += exchange.bytes();
            }
        }
    }
}

fn found(entries: &mut Entries, query: &ExchangeQuery) -> Vec<Arc<Exchange>> {
    entries.clean();
    let first = entries
        .held
        .partition_point(|exchange| exchange.seq <= query.since);
    let later = entries.held.iter().skip(first);
    let matching = later.filter(|exchange| query.matches(exchange));
    matching.take(query.limit).cloned().collect()
}

/// Waits until `find` gives enough or the time is over, looking again whenever a journal has grown.
pub(crate) async fn wait_until(
    mut news: watch::Receiver<u64>,
    find: impl Fn() -> Vec<Arc<Exchange>>,
    count: usize,
    timeout: Duration,
) -> Vec<Arc<Exchange>> {
    let enough = async {
        loop {
            // What comes from here on counts as news.
            news.borrow_and_update();
            let found = find();
            if found.len() >= count || news.changed().await.is_err() {
                return found;
            }
        }
    };
    match tokio::time::timeout(timeout, enough).await {
        Ok(found) => found,
        Err(_) => find(),
    }
}

#[cfg(test)]
mod tests;
