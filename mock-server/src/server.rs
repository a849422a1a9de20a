//! The server: accounts and tokens behind a listener, on threads of its own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use axum::serve::ListenerExt as _;
use dashmap::DashMap;
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::account::{Account, AccountSpec, ControlError, Credentials};
use crate::clock::{Clock, ClockStart};
use crate::http::routes;
use crate::ids::Ids;
use crate::journal::{Exchange, Journal, JournalLimits};
use crate::oauth::{Signer, Tokens};

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What ids, credentials and tokens are drawn from. Secrets drawn from a known seed are no secrets: this
    /// is a test double.
    pub seed: u64,
    /// Where the virtual clock starts.
    pub clock: ClockStart,
    /// How many threads answer requests, at least one.
    pub worker_threads: usize,
    /// How much each journal holds.
    pub journal: JournalLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 0,
            clock: ClockStart::System,
            worker_threads: 2,
            journal: JournalLimits::default(),
        }
    }
}

/// The server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The threads did not start.
    #[error("the server's threads did not start: {0}")]
    Threads(io::Error),
}

/// The URLs of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Urls {
    base_url: String,
}

impl Urls {
    pub(crate) fn token_url(&self) -> String {
        format!("{}/oauth/token", self.base_url)
    }

    pub(crate) fn scim_url(&self) -> String {
        format!("{}/scim2", self.base_url)
    }
}

/// Everything that requests are answered from.
pub(crate) struct Zoom {
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) urls: Urls,
    /// The exchanges that belong to no account.
    pub(crate) unclaimed: Journal,
    seed: u64,
    signer: Signer,
    ids: Mutex<Ids>,
    accounts: DashMap<String, Account>,
    by_client: DashMap<String, String>,
}

impl Zoom {
    fn new(config: &Config, base_url: String) -> Self {
        Self {
            clock: Arc::new(Clock::new(config.clock)),
            tokens: Tokens::default(),
            urls: Urls { base_url },
            unclaimed: Journal::new(config.journal, Arc::new(AtomicU64::new(0))),
            seed: config.seed,
            signer: Signer::new(config.seed),
            ids: Mutex::new(Ids::new(config.seed, "accounts")),
            accounts: DashMap::new(),
            by_client: DashMap::new(),
        }
    }

    pub(crate) fn create_account(&self, spec: AccountSpec) -> Result<Account, ControlError> {
        // One account is made at a time, so that ids are drawn in order and taken ones are seen.
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = |field, value: &Option<String>, is_taken: bool| match value {
            Some(value) if is_taken => Err(ControlError::Taken {
                field,
                value: value.clone(),
            }),
            Some(value) if value.is_empty() => Err(ControlError::Invalid {
                field: String::from(field),
                message: "must not be empty; leave it out to have one generated".to_owned(),
            }),
            _ => Ok(()),
        };
        let account_taken = spec
            .account_id
            .as_ref()
            .is_some_and(|id| self.accounts.contains_key(id));
        let client_taken = spec
            .client_id
            .as_ref()
            .is_some_and(|id| self.by_client.contains_key(id));
        taken("account_id", &spec.account_id, account_taken)?;
        taken("client_id", &spec.client_id, client_taken)?;
        taken("client_secret", &spec.client_secret, false)?;
        let clock = Arc::clone(&self.clock);
        let account = Account::new(spec, self.seed, &mut ids, clock, self.unclaimed.another());
        let Credentials {
            account_id,
            client_id,
            ..
        } = account.credentials().clone();
        self.by_client.insert(client_id, account_id.clone());
        self.accounts.insert(account_id, account.clone());
        Ok(account)
    }

    pub(crate) fn remove_account(&self, id: &str) -> bool {
        let Some((_, account)) = self.accounts.remove(id) else {
            return false;
        };
        self.by_client.remove(&account.credentials().client_id);
        self.tokens.forget(id);
        true
    }

    pub(crate) fn account(&self, id: &str) -> Option<Account> {
        self.accounts.get(id).map(|account| account.clone())
    }

    /// All accounts, by id.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        let mut accounts: Vec<Account> = self
            .accounts
            .iter()
            .map(|entry| entry.value().clone())
            .collect();
        accounts.sort_by(|one, other| one.id().cmp(other.id()));
        accounts
    }

    pub(crate) fn account_of_client(&self, client_id: &str) -> Option<Account> {
        let id = self.by_client.get(client_id)?.clone();
        self.account(&id)
    }

    pub(crate) fn account_of_bearer(&self, authorization: Option<&str>) -> Option<Account> {
        self.account(&self.tokens.account_of(authorization)?)
    }

    /// A fresh token: earlier ones stay valid, as Zoom's now do.
    pub(crate) fn issue_token(&self, account: &Account) -> Option<String> {
        let now = self.clock.now();
        let token = self
            .signer
            .sign(account.client(), &mut account.state().ids, now)?;
        self.tokens.add(token.clone(), account.client(), now);
        Some(token)
    }

    /// The exchanges of all accounts and of none, in order.
    pub(crate) fn exchanges(&self, since: u64) -> Vec<Arc<Exchange>> {
        let mut exchanges = self.unclaimed.since(since);
        for account in self.accounts() {
            exchanges.extend(account.exchanges(since));
        }
        exchanges.sort_by_key(|exchange| exchange.seq);
        exchanges
    }

    pub(crate) fn clear_journal(&self) {
        self.unclaimed.clear();
        for account in self.accounts() {
            account.journal().clear();
        }
    }

    pub(crate) fn reset(&self) {
        self.unclaimed.clear();
        for account in self.accounts() {
            account.reset();
        }
    }
}

/// A running stand-in for Zoom. It listens from the moment [`MockServer::start`] returns until it is
/// dropped, on threads of its own, so that a busy test does not starve it.
pub struct MockServer {
    zoom: Arc<Zoom>,
    default_account: Account,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for MockServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockServer")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl MockServer {
    /// Starts a server with one account.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on or the threads do not start.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let listener = bind(config.listen).map_err(|error| StartError::Listen {
            address: config.listen,
            error,
        })?;
        let address = listener.local_addr().map_err(StartError::Threads)?;
        let zoom = Arc::new(Zoom::new(config, format!("http://{address}")));
        let account = zoom.create_account(AccountSpec::default());
        let default_account =
            account.map_err(|error| StartError::Threads(io::Error::other(error)))?;
        let (stop, stopped) = oneshot::channel();
        let (ready, accepting) = mpsc::channel();
        let serving = Arc::clone(&zoom);
        let worker_threads = config.worker_threads;
        let thread = std::thread::Builder::new()
            .name("zoom-mock".to_owned())
            .spawn(move || serve(listener, &serving, worker_threads, &ready, stopped))
            .map_err(StartError::Threads)?;
        match accepting.recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(StartError::Threads(error)),
            Err(_) => {
                return Err(StartError::Threads(io::Error::other(
                    "the server's thread ended",
                )));
            }
        }
        Ok(Self {
            zoom,
            default_account,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the server listens, as `http://127.0.0.1:port`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.zoom.urls.base_url
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.zoom.urls.token_url()
    }

    /// The base of the SCIM2 operations.
    #[must_use]
    pub fn scim_url(&self) -> String {
        self.zoom.urls.scim_url()
    }

    /// The base of the control API.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("{}/_mock", self.base_url())
    }

    /// The account that every server starts with.
    #[must_use]
    pub fn default_account(&self) -> Account {
        self.default_account.clone()
    }

    /// Makes another account, with credentials, users and journal of its own.
    ///
    /// # Errors
    ///
    /// When an id is taken or empty.
    pub fn create_account(&self, spec: AccountSpec) -> Result<Account, ControlError> {
        self.zoom.create_account(spec)
    }

    /// Removes an account with its tokens and journal; `false` where there is none.
    pub fn remove_account(&self, id: &str) -> bool {
        self.zoom.remove_account(id)
    }

    /// The virtual clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.zoom.clock
    }

    /// The time now, on the virtual clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.zoom.clock.now()
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens where the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The server's own thread: serves until told to stop, then drops what is under way.
fn serve(
    listener: TcpListener,
    zoom: &Arc<Zoom>,
    worker_threads: usize,
    ready: &mpsc::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads.max(1))
        .thread_name("zoom-mock")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener.tap_io(|stream| {
                // Answers are small and waited for; a socket that refuses this is served all the same.
                let _ = stream.set_nodelay(true);
            }),
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let serving = axum::serve(listener, routes(zoom));
        let _ = ready.send(Ok(()));
        tokio::select! {
            _ = serving => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
}
