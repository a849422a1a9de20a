//! The child driver: any provisioner, in a process of its own that speaks the driver protocol.

mod process;
mod protocol;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use self::process::Process;
use self::protocol::{
    Answer, CLIENT_SECRET, PROTOCOL, connection_keys, start_message, sync_message,
};
use super::{ConnectionSettings, Driver, DriverError, Start, SyncRequest, Synced, Tested};

pub use self::protocol::Capabilities;

/// How long a foreign provisioner may think about an answer.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// Drives a command. Its process is started with the first scenario, serves one after the other, is started
/// anew where it failed, and is killed when this is dropped.
pub struct Child {
    words: Vec<String>,
    deadline: Duration,
    process: Option<Process>,
    capabilities: Capabilities,
    stage: Option<Stage>,
}

/// The scenario under way.
struct Stage {
    /// The connection as the provisioner knows it.
    connection: Map<String, Value>,
    /// What the provisioner may keep of this scenario.
    _state_dir: TempDir,
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
        Ok(Self {
            words: words.ok_or_else(|| NotACommand(command.to_owned()))?,
            deadline,
            process: None,
            capabilities: Capabilities::default(),
            stage: None,
        })
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

    /// Starts the process, unless it runs, and greets it.
    async fn run(&mut self) -> Result<(), DriverError> {
        if self.process.is_some() {
            return Ok(());
        }
        self.process = Some(Process::start(&self.words)?);
        let hello = json!({ "type": "hello", "protocol": PROTOCOL });
        match self.ask("hello", &hello).await? {
            Answer::Hello(hello) if hello.protocol == PROTOCOL => {
                self.capabilities = hello.capabilities;
                Ok(())
            }
            Answer::Hello(hello) => Err(self.broken(&format!(
                "it speaks version {} of the protocol, and not version {PROTOCOL}",
                hello.protocol
            ))),
            other => Err(self.unfitting("hello", &other)),
        }
    }

    /// Sends a line and reads the answer's. A process that fails at that is ended.
    async fn ask(&mut self, what: &str, message: &Value) -> Result<Answer, DriverError> {
        let Some(process) = &mut self.process else {
            return Err(DriverError::NotRun("it does not run".to_owned()));
        };
        let answer = process.ask(what, message, self.deadline).await;
        answer.map_err(|why| self.broken(&why))
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
        self.broken(&format!("it answered `{}` to `{asked}`", answer.name()))
    }

    /// The process did not do what the protocol says, and is ended. What it said may hold the secret.
    fn broken(&mut self, why: &str) -> DriverError {
        let said = self.process.take().map(|process| process.stderr_told());
        let told = format!("{why}{}", said.unwrap_or_default());
        let stage = self.stage.take();
        let secret = stage.as_ref().and_then(Stage::secret);
        DriverError::NotRun(match secret {
            Some(secret) if !secret.is_empty() => told.replace(secret, "[secret]"),
            Some(_) | None => told,
        })
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
        let connection = connection_keys(&start.connection);
        let message = start_message(&start, &connection, state_dir.path());
        if let Some(process) = &mut self.process {
            process.forget_output();
        }
        self.stage = Some(Stage {
            connection,
            _state_dir: state_dir,
        });
        self.order("start", &message).await
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
                output: self
                    .process
                    .as_ref()
                    .map(Process::output)
                    .unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_for_a_shell() {
        let words = |text: &str| Child::new(text, ANSWER_DEADLINE).map(|child| child.words);
        assert_eq!(
            words("python3 'my adapter.py' --x").unwrap(),
            ["python3", "my adapter.py", "--x"]
        );
        for text in ["", "  ", "python3 'adapter.py"] {
            assert!(words(text).is_err(), "{text}");
        }
    }
}
