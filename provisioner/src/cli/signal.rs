//! What the operating system tells the program: to stop, or to run now.

use std::io;

use super::show::say_note;
use super::{EXIT_STOPPED, Failure};
use crate::stop::{Stop, StopCause};

/// A handle that the first signal uses. The second signal ends the program at once.
pub(super) fn stop() -> Result<Stop, Failure> {
    let stop = Stop::new();
    let told = stop.clone();
    let mut signals = Signals::new().map_err(Failure::Signals)?;
    tokio::spawn(async move {
        signals.next().await;
        say_note(
            "stopping: what is under way is finished, or written down for the next run; a second signal ends at once",
        );
        told.stop(StopCause::Asked);
        signals.next().await;
        std::process::exit(i32::from(EXIT_STOPPED));
    });
    Ok(stop)
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// SIGHUP, which asks for a run now; where there is none it never comes.
pub(super) struct Hangup {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangup {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
                .map_err(Failure::Signals)?,
        })
    }

    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}
