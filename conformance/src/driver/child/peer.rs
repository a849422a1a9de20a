//! Who is at the other end: a process or a server, under the same limits.

use std::time::Duration;

use serde_json::Value;

use super::misconduct::{Broken, Misconduct};
use super::process::Process;
use super::protocol::Answer;
use super::server::Server;
use super::{At, told};

pub(super) enum Peer {
    Process(Box<Process>),
    Server(Server),
}

impl Peer {
    /// Starts a process, or makes ready to speak with a server.
    pub(super) fn reach(at: &At) -> Result<Self, Broken> {
        Ok(match at {
            At::Command(words) => Self::Process(Box::new(Process::start(words)?)),
            At::Url(url) => Self::Server(Server::new(url.clone())?),
        })
    }

    /// Sends a message and reads what answers it; or says what is wrong with that.
    pub(super) async fn ask(
        &mut self,
        what: &str,
        message: &Value,
        deadline: Duration,
    ) -> Result<Answer, Broken> {
        let said = match self {
            Self::Process(process) => process.ask(what, message, deadline).await?,
            Self::Server(server) => server.ask(what, message, deadline).await?,
        };
        serde_json::from_slice(&said).map_err(|error| {
            let said = told(&String::from_utf8_lossy(&said));
            let why = format!("its answer to `{what}` is not the protocol ({error}): {said}");
            Broken::new(Misconduct::Rubbish, why)
        })
    }

    /// What stderr said last, for a message.
    pub(super) fn stderr_told(&self) -> String {
        match self {
            Self::Process(process) => process.stderr_told(),
            Self::Server(_) => String::new(),
        }
    }

    /// All that was kept since [`Peer::forget_output`].
    pub(super) fn output(&self) -> String {
        match self {
            Self::Process(process) => process.output(),
            Self::Server(server) => server.output().to_owned(),
        }
    }

    /// Another scenario begins.
    pub(super) fn forget_output(&mut self) {
        match self {
            Self::Process(process) => process.forget_output(),
            Self::Server(server) => server.forget_output(),
        }
    }

    /// Ends a process without warning.
    pub(super) async fn kill(self) {
        match self {
            Self::Process(process) => process.kill().await,
            Self::Server(_) => {}
        }
    }
}
