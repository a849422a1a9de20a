//! What faults do to the bytes of a connection: cut them, hold them back, slow them down, reset.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

use super::idle::Busy;

/// How long a connection is held at the most on which nothing more is to be sent.
pub(crate) const MAX_HOLD: Duration = Duration::from_secs(10 * 60);
/// How much of an answer is looked through for the end of its head.
const MAX_HEAD_BYTES: usize = 256 * 1024;

/// How an answer that a fault has its hand in goes out over HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// How many bytes of the body go out before the end.
    pub(crate) body_bytes: usize,
    pub(crate) ending: Ending,
    /// So many bytes at a time, with so much time between.
    pub(crate) pace: Option<(usize, Duration)>,
    /// What is added to the Content-Length that is said.
    pub(crate) length_lie: i64,
    /// Whether the client does not get the whole answer.
    pub(crate) cuts: bool,
}

/// What happens once the bytes are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connection goes on.
    Nothing,
    /// FIN.
    Close,
    /// RST.
    Reset,
    /// Neither more bytes nor an end.
    Stall,
}

/// The hand that faults have on a connection.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    armed: AtomicBool,
    killed: AtomicBool,
    resets: AtomicBool,
    plan: Mutex<Option<Outgoing>>,
}

impl Wire {
    /// Lets the next answer go out as planned.
    pub(crate) fn plan(&self, plan: Outgoing) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
        self.armed.store(true, Ordering::Release);
    }

    /// Ends the connection without another byte: with RST, or with FIN.
    pub(crate) fn kill(&self, with_reset: bool) {
        self.resets.store(with_reset, Ordering::Release);
        self.killed.store(true, Ordering::Release);
    }

    pub(super) fn taken(&self) -> Option<Outgoing> {
        if !self.armed.swap(false, Ordering::AcqRel) {
            return None;
        }
        self.plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// A stream whose socket can be told to end with RST.
pub(super) trait Resets {
    fn resets_on_close(&self);
}

impl Resets for TcpStream {
    fn resets_on_close(&self) {
        // Where the system refuses, the connection ends with FIN.
        let _ = self.set_zero_linger();
    }
}

impl Resets for TlsStream<TcpStream> {
    fn resets_on_close(&self) {
        self.get_ref().0.resets_on_close();
    }
}

/// A stream that faults have their hand on.
pub(super) struct Handled<S: Resets> {
    stream: S,
    wire: Arc<Wire>,
    /// While an answer goes out as planned, silence is the server's fault.
    busy: Busy,
    going: Option<Going>,
}

/// An answer that goes out as planned.
struct Going {
    plan: Outgoing,
    /// What the server has written and the client has not got.
    held: Vec<u8>,
    sent: usize,
    /// How many bytes may still go out; unknown until the end of the head is seen.
    left: Option<usize>,
    timer: Option<Pin<Box<Sleep>>>,
    stalled: bool,
}

impl<S: Resets> Handled<S> {
    pub(super) fn new(stream: S, wire: Arc<Wire>, busy: Busy) -> Self {
        Self {
            stream,
            wire,
            busy,
            going: None,
        }
    }

    fn begin(&mut self) {
        if let Some(plan) = self.wire.taken() {
            self.busy.fetch_add(1, Ordering::Relaxed);
            self.going = Some(Going {
                plan,
                held: Vec::new(),
                sent: 0,
                left: None,
                timer: None,
                stalled: false,
            });
        }
    }
}

impl<S: Resets> Drop for Handled<S> {
    fn drop(&mut self) {
        if self.wire.resets.load(Ordering::Acquire) {
            self.stream.resets_on_close();
        }
    }
}

fn ended() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "a fault ends the connection",
    )
}

impl<S: Resets + AsyncWrite + Unpin> Handled<S> {
    /// Sends of what is held as much as the plan lets through now. Ready where nothing is left to send.
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(going) = self.going.as_mut() else {
            return Poll::Ready(Ok(()));
        };
        loop {
            if let Some(timer) = going.timer.as_mut() {
                ready!(timer.as_mut().poll(cx));
                going.timer = None;
                if going.stalled {
                    return Poll::Ready(Err(ended()));
                }
            }
            if going.left.is_none() && !going.find_head() {
                return Poll::Ready(Ok(()));
            }
            let left = going.left.unwrap_or(0);
            if left == 0 {
                ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                match going.plan.ending {
                    Ending::Nothing => {
                        self.going = None;
                        self.busy.fetch_sub(1, Ordering::Relaxed);
                        return Poll::Ready(Ok(()));
                    }
                    Ending::Close => {
                        // Whether the other side takes note does not matter any more.
                        let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
                        return Poll::Ready(Err(ended()));
                    }
                    Ending::Reset => {
                        self.wire.kill(true);
                        return Poll::Ready(Err(ended()));
                    }
                    Ending::Stall => {
                        going.stalled = true;
                        going.timer = Some(Box::pin(sleep(MAX_HOLD)));
                        continue;
                    }
                }
            }
            let chunk = going.plan.pace.map_or(usize::MAX, |(chunk, _)| chunk);
            let end = going
                .held
                .len()
                .min(going.sent.saturating_add(left.min(chunk)));
            let bytes = going.held.get(going.sent..end).unwrap_or_default();
            if bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let wrote = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
            if wrote == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            going.sent += wrote;
            going.left = Some(left - wrote);
            if let Some((_, interval)) = going.plan.pace {
                ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                going.timer = Some(Box::pin(sleep(interval)));
            }
        }
    }

    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // What was written before has to be out first: that bounds what is held.
        ready!(self.drive(cx))?;
        let mut taken = 0;
        if let Some(going) = self.going.as_mut() {
            for slice in slices {
                going.held.extend_from_slice(slice);
                taken += slice.len();
            }
        }
        if let Poll::Ready(Err(error)) = self.drive(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(taken))
    }

    /// What stands in the way of an ordinary write.
    fn is_handled(&mut self) -> io::Result<bool> {
        if self.wire.killed.load(Ordering::Acquire) {
            return Err(ended());
        }
        if self.going.is_none() {
            self.begin();
        }
        Ok(self.going.is_some())
    }
}

impl Going {
    /// Looks for the end of the head, and counts from there.
    fn find_head(&mut self) -> bool {
        let found = memmem::find(&self.held, b"\r\n\r\n").map(|at| at + 4);
        let end = match found {
            Some(end) => end,
            None if self.held.len() < MAX_HEAD_BYTES => return false,
            None => 0,
        };
        let end = match self.plan.length_lie {
            0 => end,
            add => self.lie(end, add),
        };
        self.left = Some(end.saturating_add(self.plan.body_bytes));
        true
    }

    /// Writes another Content-Length into the head; gives where the head ends then.
    fn lie(&mut self, end: usize, add: i64) -> usize {
        let head = String::from_utf8_lossy(self.held.get(..end).unwrap_or_default()).into_owned();
        let lines = head.split("\r\n").map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            match value.trim().parse::<i64>() {
                Ok(length) if name.eq_ignore_ascii_case("content-length") => {
                    format!("{name}: {}", (length + add).max(0))
                }
                _ => line.to_owned(),
            }
        });
        let head = lines.collect::<Vec<_>>().join("\r\n");
        self.held.splice(..end, head.bytes());
        head.len()
    }
}

impl<S: Resets + AsyncRead + Unpin> AsyncRead for Handled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: Resets + AsyncWrite + Unpin> AsyncWrite for Handled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_handled()? {
            return self.poll_take(cx, &[io::IoSlice::new(bytes)]);
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drive(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A killed connection ends as it was told to.
        if self.wire.killed.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_handled()? {
            return self.poll_take(cx, slices);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}
