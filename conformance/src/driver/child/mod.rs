//! The child driver: any provisioner that speaks the driver protocol, in a process of its own or as a server.

#[cfg(test)]
mod document;
mod heard;
mod misconduct;
mod peer;
mod process;
mod protocol;
mod server;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use url::Url;

use self::misconduct::Broken;
use self::peer::Peer;
use self::protocol::{CLIENT_SECRET, connection_keys, start_message, sync_message};
use super::{ConnectionSettings, Driver, DriverError, Start, SyncRequest, Synced, Tested};

pub(crate) use self::heard::{Message, settings};
pub use self::misconduct::Misconduct;
pub use self::protocol::Capabilities;
pub(crate) use self::protocol::{Answer, Hello, PROTOCOL};
pub use self::server::NotAServer;

/// How long a foreign provisioner may think about an answer.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(30);
/// The longest answer.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How much of an answer, and of stderr, is told.
const TOLD_CHARACTERS: usize = 400;

/// Drives a command or a server. A process is started with the first scenario, serves one after the other, is
/// started anew where it failed, and is killed when this is dropped.
pub struct Child {
    at: At,
    deadline: Duration,
    peer: Option<Peer>,
    name: String,
    capabilities: Capabilities,
    stage: Option<Stage>,
}

/// Where the provisioner is found.
#[derive(Debug, Clone)]
enum At {
    /// A program and its arguments.
    Command(Vec<String>),
    /// A server on this machine.
    Url(Url),
}

/// The scenario under way.
struct Stage {
    /// The connection as the provisioner knows it.
    connection: Map<String, Value>,
    /// What the provisioner may keep of this scenario.
    state_dir: TempDir,
}

impl Stage {
    fn secret(&self) -> Option<&str> {
        self.connection.get(CLIENT_SECRET)?.as_str()
    }
}

/// The text names no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no command: it is empty, or has a quotation mark without its other one")]
pub struct NotACommand(String);

impl Child {
    /// Drives a command that is written as for a shell: words, with quotation marks where one has spaces.
    ///
    /// # Errors
    ///
    /// When the text is empty, or a quotation does not end.
    pub fn new(command: &str, deadline: Duration) -> Result<Self, NotACommand> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| NotACommand(command.to_owned()))?;
        Ok(Self::at(At::Command(words), deadline))
    }

    /// Drives a server on this machine, which gets each message by POST. It cannot be killed.
    ///
    /// # Errors
    ///
    /// When the text is no URL with `http` and a host of this machine.
    pub fn server(url: &str, deadline: Duration) -> Result<Self, NotAServer> {
        Ok(Self::at(At::Url(server::server_url(url)?), deadline))
    }

    fn at(at: At, deadline: Duration) -> Self {
        Self {
            at,
            deadline,
            peer: None,
            name: String::new(),
            capabilities: Capabilities::default(),
            stage: None,
        }
    }

    /// What the provisioner says that it can do; it is started for that.
    ///
    /// # Errors
    ///
    /// When it could not be run, or does not speak the protocol.
    pub async fn capabilities(&mut self) -> Result<Capabilities, DriverError> {
        self.run().await?;
        Ok(self.capabilities)
    }

    /// Its name and version, as it gave them when it was greeted.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts the process, unless it runs, and greets it.
    async fn run(&mut self) -> Result<(), DriverError> {
        if self.peer.is_some() {
            return Ok(());
        }
        let peer = Peer::reach(&self.at);
        self.peer = Some(peer.map_err(|broken| DriverError::NotRun(broken.to_string()))?);
        let hello = json!({ "type": "hello", "protocol": PROTOCOL });
        match self.ask("hello", &hello).await? {
            Answer::Hello(hello) if hello.protocol == PROTOCOL => {
                self.name = hello.told();
                self.capabilities = hello.capabilities;
                self.capabilities.restart &= matches!(self.at, At::Command(_));
                Ok(())
            }
            Answer::Hello(hello) => {
                let spoken = hello.protocol;
                let why = format!(
                    "it speaks version {spoken} of the protocol, and not version {PROTOCOL}"
                );
                Err(self.broken(&Broken::new(Misconduct::WrongProtocol, why)))
            }
            other => Err(self.unfitting("hello", &other)),
        }
    }

    /// Sends a message and reads its answer. A process that fails at that is ended; so is one that still
    /// thinks when nobody waits for its answer any more.
    async fn ask(&mut self, what: &str, message: &Value) -> Result<Answer, DriverError> {
        let Some(mut peer) = self.peer.take() else {
            return Err(DriverError::NotRun("it does not run".to_owned()));
        };
        let answer = peer.ask(what, message, self.deadline).await;
        self.peer = Some(peer);
        answer.map_err(|broken| self.broken(&broken))
    }

    /// As [`Child::ask`], where `ok` is the only good answer.
    async fn order(&mut self, what: &str, message: &Value) -> Result<(), DriverError> {
        match self.ask(what, message).await? {
            Answer::Ok => Ok(()),
            Answer::Error { message } => Err(DriverError::Answered(message)),
            other => Err(self.unfitting(what, &other)),
        }
    }

    /// As [`Child::ask`], where `synced` is the only good answer.
    async fn synced(&mut self, what: &str, message: &Value) -> Result<Synced, DriverError> {
        match self.ask(what, message).await? {
            Answer::Synced { summary } => Ok(Synced {
                summary,
                ..Synced::default()
            }),
            Answer::Error { message } => Err(DriverError::Answered(message)),
            other => Err(self.unfitting(what, &other)),
        }
    }

    fn unfitting(&mut self, asked: &str, answer: &Answer) -> DriverError {
        let why = format!("it answered `{}` to `{asked}`", answer.name());
        self.broken(&Broken::new(Misconduct::OutOfOrder, why))
    }

    /// The provisioner did not do what the protocol says; a process is ended. What it said may hold the
    /// secret.
    fn broken(&mut self, broken: &Broken) -> DriverError {
        let said = self.peer.take().map(|peer| peer.stderr_told());
        let told = format!("{broken}{}", said.unwrap_or_default());
        let stage = self.stage.take();
        let secret = stage.as_ref().and_then(Stage::secret);
        let told = match secret {
            Some(secret) if !secret.is_empty() => told.replace(secret, "[secret]"),
            Some(_) | None => told,
        };
        match broken.misconduct {
            Misconduct::TimedOut => DriverError::TimedOut(told),
            _ => DriverError::NotRun(told),
        }
    }

    /// Tells it that a scenario begins, or goes on.
    async fn begin(&mut self, start: &Start, state_dir: TempDir) -> Result<(), DriverError> {
        let connection = connection_keys(&start.connection);
        let message = start_message(start, &connection, state_dir.path());
        self.stage = Some(Stage {
            connection,
            state_dir,
        });
        self.order("start", &message).await
    }
}

#[async_trait]
impl Driver for Child {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        if self.stage.is_some() {
            self.stop().await?;
        }
        self.run().await?;
        let state_dir = tempfile::Builder::new()
            .prefix("zoom-conformance-")
            .tempdir()
            .map_err(|error| DriverError::NotRun(format!("no folder for its state: {error}")))?;
        if let Some(peer) = &mut self.peer {
            peer.forget_output();
        }
        self.begin(&start, state_dir).await
    }

    async fn restart(&mut self, start: Start) -> Result<(), DriverError> {
        if !self.capabilities.restart {
            return Err(DriverError::Unsupported("restart"));
        }
        let Some(stage) = self.stage.take() else {
            return Err(DriverError::NotRun("no scenario was started".to_owned()));
        };
        if let Some(peer) = self.peer.take() {
            peer.kill().await;
        }
        self.run().await?;
        self.begin(&start, stage.state_dir).await
    }

    async fn configure(&mut self, settings: ConnectionSettings) -> Result<(), DriverError> {
        let Some(stage) = &mut self.stage else {
            return Err(DriverError::NotRun("no scenario was started".to_owned()));
        };
        let now = connection_keys(&settings);
        let mut changed = now.clone();
        changed.retain(|key, value| stage.connection.get(key) != Some(value));
        stage.connection = now;
        let message = json!({ "type": "configure", "connection": changed });
        self.order("configure", &message).await
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        if !request.complete && !self.capabilities.incomplete_directory {
            return Err(DriverError::Unsupported("incomplete_directory"));
        }
        if request.removals_allowed.is_some() && !self.capabilities.removal_limit {
            return Err(DriverError::Unsupported("removal_limit"));
        }
        self.synced("sync", &sync_message(&request)).await
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        if !self.capabilities.rule_deletion {
            return Err(DriverError::Unsupported("rule_deletion"));
        }
        let message = json!({ "type": "delete_rule", "rule": rule });
        self.synced("delete_rule", &message).await
    }

    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        if !self.capabilities.test_connection {
            return Err(DriverError::Unsupported("test_connection"));
        }
        let message = json!({ "type": "test_connection" });
        match self.ask("test_connection", &message).await? {
            Answer::Tested { ok, diagnosis } => Ok(Tested {
                ok,
                diagnosis,
                output: self.peer.as_ref().map(Peer::output).unwrap_or_default(),
                ..Tested::default()
            }),
            Answer::Error { message } => Err(DriverError::Answered(message)),
            other => Err(self.unfitting("test_connection", &other)),
        }
    }

    async fn stop(&mut self) -> Result<(), DriverError> {
        if self.stage.take().is_none() {
            return Ok(());
        }
        self.order("stop", &json!({ "type": "stop" })).await
    }
}

/// The beginning of a text, on one line.
fn told(text: &str) -> String {
    let text = text.trim();
    let beginning: String = text.chars().take(TOLD_CHARACTERS).collect();
    let more = if beginning.len() < text.len() {
        "..."
    } else {
        ""
    };
    format!("{}{more}", beginning.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_for_a_shell() {
        let words = |text: &str| match Child::new(text, ANSWER_DEADLINE)?.at {
            At::Command(words) => Ok(words),
            At::Url(_) => Err(NotACommand(text.to_owned())),
        };
        assert_eq!(
            words("python3 'my adapter.py' --x").unwrap(),
            ["python3", "my adapter.py", "--x"]
        );
        for text in ["", "  ", "python3 'adapter.py"] {
            assert!(words(text).is_err(), "{text}");
        }
    }
}
