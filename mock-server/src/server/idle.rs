//! A stream that ends when nothing has come or gone for too long.
//!
//! hyper has a time-out for a request's headers, and none for a client that does not say which protocol it
//! speaks, or that keeps an HTTP/2 connection open and silent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How many requests of a connection are being answered: while there is one, silence is the server's fault.
pub(super) type Busy = Arc<AtomicUsize>;

pub(super) struct Idle<S> {
    stream: S,
    timeout: Duration,
    /// When something last came or went.
    last: Instant,
    timer: Pin<Box<Sleep>>,
    busy: Busy,
}

impl<S> Idle<S> {
    pub(super) fn new(stream: S, timeout: Duration, busy: Busy) -> Self {
        Self {
            stream,
            timeout,
            last: Instant::now(),
            timer: Box::pin(sleep(timeout)),
            busy,
        }
    }

    /// Whether it has been silent for too long.
    fn poll_silent(&mut self, cx: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(cx).is_ready() {
            if self.busy.load(Ordering::Relaxed) > 0 {
                self.last = Instant::now();
            }
            let until = self.last + self.timeout;
            if until <= Instant::now() {
                return true;
            }
            self.timer.as_mut().reset(until);
        }
        false
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Idle<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.last = Instant::now();
            return read;
        }
        if self.poll_silent(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Idle<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.last = Instant::now();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if written.is_ready() {
            self.last = Instant::now();
        }
        written
    }
}
