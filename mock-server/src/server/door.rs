//! Doors: listeners beside the server's own, for what happens to a client before its request arrives. The
//! server's own listener stays as it is, because the control API is there too.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::config::Timeouts;
use super::listen::{Listening, Phase};
use super::site::Site;
use super::tls::Authority;
use super::wire::MAX_HOLD;
use super::workers::Crew;
use super::zoom::Zoom;
use crate::scenario::DoorKind;

/// How many connections wait to be accepted behind a door that holds them all; more are refused by the system.
const BACKLOG: i32 = 128;
/// How many clients a door holds at once that never answers.
const MAX_HELD: usize = 256;
/// How many connections fill the queue of a listener that takes none.
const FILLERS: usize = 2;

/// The doors of a server, each opened when it is first asked for.
#[derive(Default)]
pub(crate) struct Doors {
    keeper: OnceLock<Keeper>,
    authority: OnceLock<Result<Authority, String>>,
    open: Mutex<HashMap<DoorKind, Door>>,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

/// What a door is opened with.
pub(super) struct Keeper {
    /// Of the thread that accepts.
    pub(super) runtime: Handle,
    pub(super) crew: Crew,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) timeouts: Timeouts,
    pub(super) address: IpAddr,
}

/// An open door. Dropping it closes it.
struct Door {
    base_url: String,
    _held: Vec<Socket>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Doors {
    /// Says what doors are opened with; before that none is.
    pub(super) fn keep(&self, keeper: Keeper) {
        // A server starts once.
        let _ = self.keeper.set(keeper);
    }

    /// The authority of the server, made when it is first needed.
    pub(super) fn authority(&self) -> Result<&Authority, String> {
        self.authority
            .get_or_init(Authority::new)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The authority's certificate, in PEM.
    pub(crate) fn ca_pem(&self) -> Result<String, String> {
        self.authority().map(Authority::pem)
    }

    /// The base URL of the door of a kind, which is opened if it is not yet.
    pub(crate) fn open(&self, zoom: &Arc<Zoom>, kind: DoorKind) -> Result<String, String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = open.get(&kind) {
            return Ok(door.base_url.clone());
        }
        let keeper = self.keeper.get().ok_or("the server is not serving yet")?;
        let acceptor = match kind {
            DoorKind::Refuse
            | DoorKind::AcceptStall
            | DoorKind::HalfOpen
            | DoorKind::PlainOnTlsPort
            | DoorKind::HandshakeStall => None,
            DoorKind::TlsGood
            | DoorKind::TlsExpired
            | DoorKind::TlsNotYetValid
            | DoorKind::TlsWrongHost
            | DoorKind::TlsSelfSigned
            | DoorKind::TlsUntrustedRoot => Some(self.authority()?.acceptor(keeper.address, kind)?),
        };
        let failed =
            |error: io::Error| format!("the listener of {} did not open: {error}", kind.as_str());
        let (socket, address) = bound(keeper.address).map_err(failed)?;
        let scheme = if kind.is_https() { "https" } else { "http" };
        let base_url = super::base_url_of(scheme, address);
        let (held, task) = match kind {
            // Bound, so that nobody else takes the port, and listened on by nobody.
            DoorKind::Refuse => (vec![socket], None),
            DoorKind::AcceptStall => (filled(socket, address).map_err(failed)?, None),
            DoorKind::HalfOpen | DoorKind::HandshakeStall => {
                let listener = keeper.listener(socket).map_err(failed)?;
                (Vec::new(), Some(keeper.runtime.spawn(hold(listener))))
            }
            DoorKind::TlsGood
            | DoorKind::TlsExpired
            | DoorKind::TlsNotYetValid
            | DoorKind::TlsWrongHost
            | DoorKind::TlsSelfSigned
            | DoorKind::TlsUntrustedRoot
            | DoorKind::PlainOnTlsPort => {
                let listener = keeper.listener(socket).map_err(failed)?;
                let serving = Listening {
                    listener,
                    tls: acceptor,
                    site: Site::new(zoom),
                    timeouts: keeper.timeouts,
                    phase: keeper.phase.clone(),
                    crew: keeper.crew.clone(),
                };
                (Vec::new(), Some(keeper.runtime.spawn(serving.serve())))
            }
        };
        open.insert(
            kind,
            Door {
                base_url: base_url.clone(),
                _held: held,
                task,
            },
        );
        Ok(base_url)
    }

    /// Closes all doors.
    pub(crate) fn close(&self) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Keeper {
    fn listener(&self, socket: Socket) -> io::Result<TcpListener> {
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let _entered = self.runtime.enter();
        TcpListener::from_std(socket.into())
    }
}

fn bound(address: IpAddr) -> io::Result<(Socket, SocketAddr)> {
    let wanted = SocketAddr::new(address, 0);
    let socket = Socket::new(Domain::for_address(wanted), Type::STREAM, None)?;
    socket.bind(&wanted.into())?;
    let local = socket.local_addr()?.as_socket();
    Ok((socket, local.ok_or(io::ErrorKind::AddrNotAvailable)?))
}

/// A listener whose queue is full: the system answers no further connection.
fn filled(listener: Socket, address: SocketAddr) -> io::Result<Vec<Socket>> {
    listener.listen(0)?;
    let mut held = vec![listener];
    for _ in 0..FILLERS {
        let filler = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        filler.set_nonblocking(true)?;
        // It is under way; nobody waits for it.
        let _ = filler.connect(&address.into());
        held.push(filler);
    }
    Ok(held)
}

/// Accepts whoever comes and never says anything.
async fn hold(listener: TcpListener) {
    let permits = Arc::new(tokio::sync::Semaphore::new(MAX_HELD));
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                tokio::time::sleep(MAX_HOLD).await;
                drop((stream, permit));
            });
        }
    }
}
