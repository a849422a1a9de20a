//! The server: accounts behind a listener, on threads of its own.

mod config;
mod door;
mod guard;
mod idle;
mod inside;
mod listen;
mod play;
mod site;
mod tls;
mod wire;
mod workers;
mod zoom;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::door::Keeper;
use self::listen::{Listening, Phase};
use self::site::Site;
use self::workers::{Crew, Workers};
use crate::account::{Account, AccountSpec, ControlError};
use crate::clock::Clock;
use crate::incident::Incident;
use crate::journal::{Exchange, ExchangeQuery};
use crate::scenario::DoorKind;

pub use config::{Config, StartError, Timeouts};
pub use guard::{FaultGuard, ScenarioGuard};
pub use inside::NoAnswer;
pub use play::Played;
pub(crate) use wire::{Ending, MAX_HOLD, Outgoing, Wire};
pub(crate) use zoom::{PATH_SEGMENT, Zoom};

/// How long a server that is dropped waits for the requests under way.
const DROP_GRACE: Duration = Duration::ZERO;

/// A running stand-in for Zoom. It listens from the moment [`MockServer::start`] returns until it is
/// dropped, on threads of its own, so that a busy test does not starve it.
pub struct MockServer {
    zoom: Arc<Zoom>,
    default_account: Account,
    ca_pem: Option<String>,
    /// Sends how long to wait for the requests under way.
    stop: Option<watch::Sender<Option<Duration>>>,
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
    /// When the address cannot be listened on, the account cannot be made, or the threads do not start.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let spec = config.account.clone();
        Self::launch(config, |zoom| Ok(zoom.create_default_account(spec)?))
    }

    /// Starts a server exactly where another was when its incident was saved: the same accounts, credentials, users,
    /// rules, counters and clock; ids and sequence numbers go on where they were, so that the same requests get the
    /// same bytes. Tokens are no part of an incident: a client asks for another. Seed, clock, account, tenants and
    /// magic of the configuration give way to the incident's.
    ///
    /// # Errors
    ///
    /// As [`MockServer::start`], and when the incident is none that a server can be in.
    pub fn start_from(config: &Config, incident: &Incident) -> Result<Self, StartError> {
        let config = incident.config(config);
        let mut server = Self::launch(&config, |zoom| Ok(incident.restore(zoom)?))?;
        let door = server.zoom.open_door();
        let door_ca = door.map_err(|error| StartError::Threads(io::Error::other(error)))?;
        server.ca_pem = server.ca_pem.take().or(door_ca);
        Ok(server)
    }

    /// All that the server is, to start another from.
    #[must_use]
    pub fn incident(&self) -> Incident {
        self.zoom.incident()
    }

    /// Starts a server whose accounts `populate` makes; it gives the one that the server starts with.
    fn launch(
        config: &Config,
        populate: impl FnOnce(&Zoom) -> Result<Account, StartError>,
    ) -> Result<Self, StartError> {
        let listener = bind(config.listen).map_err(|error| StartError::Listen {
            address: config.listen,
            error,
        })?;
        let address = listener.local_addr().map_err(StartError::Threads)?;
        let token = control_token(config)?;
        let zoom = Arc::new(Zoom::new(config, base_url(address, config.tls), token));
        let (acceptor, ca_pem) = match config.tls {
            true => {
                let authority = zoom.doors.authority().map_err(StartError::Certificates)?;
                authority.name(config.tls_names.clone());
                let acceptor = authority.acceptor(address.ip(), DoorKind::TlsGood);
                let acceptor = acceptor.map_err(StartError::Certificates)?;
                (Some(acceptor), Some(authority.pem()))
            }
            false => (None, None),
        };
        let default_account = populate(&zoom)?;
        let (stop, stopped) = watch::channel(None);
        let (ready, accepting) = mpsc::channel();
        let site = Site::new(&zoom);
        let (timeouts, worker_threads) = (config.timeouts, config.worker_threads);
        let serving = move |listener, phase, crew| Listening {
            listener,
            tls: acceptor,
            site,
            timeouts,
            phase,
            crew,
        };
        let thread = std::thread::Builder::new()
            .name("zoom-mock".to_owned())
            .spawn(move || serve(listener, serving, worker_threads, &ready, stopped))
            .map_err(StartError::Threads)?;
        match accepting.recv() {
            Ok(Ok(started)) => {
                zoom.doors.keep(Keeper {
                    runtime: started.runtime,
                    crew: started.crew,
                    phase: started.phase,
                    timeouts: config.timeouts,
                    address: address.ip(),
                });
            }
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
            ca_pem,
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

    /// What the control API asks for as a bearer token, if it asks for one.
    #[must_use]
    pub fn control_token(&self) -> Option<&str> {
        self.zoom.control_token.as_deref()
    }

    /// The certificate of the authority that clients have to trust, in PEM; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The account that every server starts with.
    #[must_use]
    pub fn default_account(&self) -> Account {
        self.default_account.clone()
    }

    /// Makes another account, with credentials, users, clock and journal of its own.
    ///
    /// # Errors
    ///
    /// When an id is taken or empty, or a setting is not right.
    pub fn create_account(&self, spec: AccountSpec) -> Result<Account, ControlError> {
        self.zoom.create_account(spec)
    }

    /// As [`MockServer::create_account`], and the account is gone with the guard.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn scoped_account(&self, spec: AccountSpec) -> Result<ScopedAccount<'_>, ControlError> {
        let account = self.create_account(spec)?;
        Ok(ScopedAccount {
            server: self,
            account,
        })
    }

    /// Removes an account with its tokens and journal; `false` where there is none.
    pub fn remove_account(&self, id: &str) -> bool {
        self.zoom.remove_account(id)
    }

    /// The exchanges of all accounts and of none that a query asks for, in order.
    #[must_use]
    pub fn exchanges(&self, query: &ExchangeQuery) -> Vec<Arc<Exchange>> {
        self.zoom.exchanges(query)
    }

    /// The virtual clock, with which those of the accounts go.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.zoom.common.clock
    }

    /// The time now, on the virtual clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.zoom.common.clock.now()
    }

    /// Stops: no connection is accepted, and the requests under way are answered if they are within `grace`.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    pub(crate) fn zoom(&self) -> &Arc<Zoom> {
        &self.zoom
    }

    fn end(&mut self, grace: Duration) {
        self.zoom.stopping.send_replace(true);
        if let Some(stop) = self.stop.take() {
            stop.send_replace(Some(grace));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.end(DROP_GRACE);
    }
}

/// An account that is gone, with its credentials, tokens and journal, when this is dropped.
#[derive(Debug)]
pub struct ScopedAccount<'a> {
    server: &'a MockServer,
    account: Account,
}

impl std::ops::Deref for ScopedAccount<'_> {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

impl Drop for ScopedAccount<'_> {
    fn drop(&mut self) {
        self.server.remove_account(self.account.id());
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// How this machine reaches the address: where every address is listened on, by loopback.
fn base_url(address: SocketAddr, tls: bool) -> String {
    base_url_of(if tls { "https" } else { "http" }, address)
}

fn base_url_of(scheme: &str, address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Where others can reach the server, the control API asks for a token that nobody can guess.
fn control_token(config: &Config) -> Result<Option<String>, StartError> {
    if config.control_token.is_some() || config.listen.ip().is_loopback() {
        return Ok(config.control_token.clone());
    }
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| StartError::Random(error.to_string()))?;
    Ok(Some(URL_SAFE_NO_PAD.encode(bytes)))
}

/// What a server that accepts is made of.
struct Started {
    /// Of the thread that accepts.
    runtime: Handle,
    crew: Crew,
    phase: watch::Receiver<Phase>,
}

/// The server's own thread: accepts until told to stop, then drops what is still under way.
fn serve(
    listener: TcpListener,
    serving: impl FnOnce(tokio::net::TcpListener, watch::Receiver<Phase>, Crew) -> Listening,
    worker_threads: usize,
    ready: &mpsc::Sender<io::Result<Started>>,
    mut stopped: watch::Receiver<Option<Duration>>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (runtime, workers) =
        match runtime.and_then(|runtime| Ok((runtime, Workers::start(worker_threads)?))) {
            Ok(started) => started,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
    runtime.block_on(async {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let (draining, phase) = watch::channel(Phase::Serving);
        let crew = workers.crew();
        let mut server = tokio::spawn(serving(listener, phase.clone(), crew.clone()).serve());
        let _ = ready.send(Ok(Started {
            runtime: Handle::current(),
            crew,
            phase,
        }));
        let grace = match stopped.wait_for(Option::is_some).await {
            Ok(grace) => grace.unwrap_or_default(),
            Err(_) => Duration::ZERO,
        };
        if grace.is_zero() {
            server.abort();
            return;
        }
        draining.send_replace(Phase::Draining);
        let _ = tokio::time::timeout(grace, &mut server).await;
    });
    runtime.shutdown_background();
}
