//! Accepts connections and serves them, each with its limits, until told to stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::config::Timeouts;
use super::idle::{Busy, Idle};
use super::site::Site;
use super::wire::{Handled, Resets, Wire};
use super::workers::Crew;

/// How many connections are open at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// How much of a request's line and headers is read. hyper takes 100 headers by itself.
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// How long to wait before accepting again when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// No connection is accepted; those that there are finish the requests under way.
    Draining,
}

/// What serves.
pub(super) struct Listening {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) site: Site,
    pub(super) timeouts: Timeouts,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) crew: Crew,
}

impl Listening {
    /// Serves until the phase ends, and then until the last request under way is answered.
    pub(super) async fn serve(mut self) {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.listener, &permits) => accepted,
                () = draining(&mut self.phase) => break,
            };
            let Ok((stream, permit)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            // The stream is the business of the thread that serves it from here on.
            let (Some(place), Ok(stream)) = (self.crew.place(), stream.into_std()) else {
                continue;
            };
            // Answers are small and waited for; a socket that refuses this is served all the same.
            let _ = stream.set_nodelay(true);
            let connection = Connection {
                site: self.site.clone(),
                timeouts: self.timeouts,
                phase: self.phase.clone(),
            };
            let tls = self.tls.clone();
            let runtime = place.runtime.clone();
            runtime.spawn(async move {
                if let Ok(stream) = TcpStream::from_std(stream) {
                    connection.open(stream, tls).await;
                }
                drop((permit, place));
            });
        }
        drop(self.listener);
        // Every connection gives its permit back.
        let all = u32::try_from(MAX_CONNECTIONS).unwrap_or(u32::MAX);
        let _ = permits.acquire_many(all).await;
    }
}

/// Waits until the server is to end, or has.
async fn draining(phase: &mut watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Draining).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

struct Connection {
    site: Site,
    timeouts: Timeouts,
    phase: watch::Receiver<Phase>,
}

impl Connection {
    async fn open(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        match tls {
            None => self.serve(stream).await,
            Some(tls) => {
                let handshake = tokio::time::timeout(self.timeouts.header, tls.accept(stream));
                // Who does not get through the handshake is not told more than TLS tells them.
                if let Ok(Ok(stream)) = handshake.await {
                    self.serve(stream).await;
                }
            }
        }
    }

    async fn serve<S>(mut self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Resets + Unpin + Send + 'static,
    {
        let busy = Busy::default();
        // The connection's own: what all threads share is dear to count.
        let site = Arc::new(self.site);
        let working = Arc::clone(&busy);
        let wire = Arc::new(Wire::default());
        let hand = Arc::clone(&wire);
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let answering = Arc::clone(&site).answer(request, Arc::clone(&hand));
            let working = Working::new(&working);
            async move {
                let answer = answering.await;
                drop(working);
                answer
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // The stream itself looks at how long headers take: hyper would set a timer for every request.
        builder
            .http1()
            .header_read_timeout(None)
            .max_buf_size(usize::try_from(MAX_HEADER_BYTES).unwrap_or(usize::MAX));
        builder.http2().max_header_list_size(MAX_HEADER_BYTES);
        let stream = Handled::new(stream, wire, Arc::clone(&busy));
        let stream = TokioIo::new(Idle::new(stream, self.timeouts, busy));
        let connection = builder.serve_connection(stream, service);
        tokio::pin!(connection);
        // A connection that breaks off is the client's to notice.
        tokio::select! {
            biased;
            _ = connection.as_mut() => {}
            () = draining(&mut self.phase) => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}

/// Counts a request for as long as it is being answered.
struct Working(Busy);

impl Working {
    fn new(busy: &Arc<AtomicUsize>) -> Self {
        busy.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(busy))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
