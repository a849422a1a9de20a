//! A stream that ends when nothing has come or gone for too long, or when a request's headers take too long.
//!
//! hyper can limit the headers of an HTTP/1 request, at the cost of a timer for each; it has no limit for a
//! client that does not say which protocol it speaks, or that keeps an HTTP/2 connection open and silent.
//! Here one timer a connection serves for all, and moves only when it has run out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::config::Timeouts;

/// How many requests of a connection are being answered: while there is one, silence is the server's fault.
pub(super) type Busy = Arc<AtomicUsize>;

pub(super) struct Idle<S> {
    stream: S,
    timeouts: Timeouts,
    /// When something last came or went.
    last: Instant,
    /// Since when something has come that nothing has answered yet.
    unanswered: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    busy: Busy,
}

impl<S> Idle<S> {
    pub(super) fn new(stream: S, timeouts: Timeouts, busy: Busy) -> Self {
        Self {
            stream,
            timeouts,
            last: Instant::now(),
            unanswered: None,
            timer: Box::pin(sleep(timeouts.idle)),
            busy,
        }
    }

    fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    /// Something has come.
    fn came(&mut self) {
        self.last = Instant::now();
        if self.unanswered.is_none() && !self.is_busy() {
            self.unanswered = Some(self.last);
            let until = self.last + self.timeouts.header;
            if until < self.timer.deadline() {
                self.timer.as_mut().reset(until);
            }
        }
    }

    /// Something has gone.
    fn went(&mut self) {
        self.last = Instant::now();
        self.unanswered = None;
    }

    /// Whether it has taken too long.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if self.is_busy() {
                self.last = now;
                self.unanswered = None;
            }
            let idle = self.last + self.timeouts.idle;
            let header = self.unanswered.map(|since| since + self.timeouts.header);
            let until = header.map_or(idle, |header| header.min(idle));
            if until <= now {
                return true;
            }
            self.timer.as_mut().reset(until);
        }
        false
    }

    /// Waits no longer for what the other side keeps waiting: a client that does not read is as silent as one
    /// that does not send, and hyper does not look for what it sends as long as there is something to write.
    fn unless_over<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.poll_over(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
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
            self.came();
        }
        self.unless_over(cx, read)
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
            self.went();
        }
        self.unless_over(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_over(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.unless_over(cx, shut_down)
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
            self.went();
        }
        self.unless_over(cx, written)
    }
}
