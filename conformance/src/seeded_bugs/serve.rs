//! The reference provisioner as a stranger's: a process that speaks the driver protocol.

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};

use super::reference::Reference;
use super::variant::Variant;
use crate::driver::{
    Answer, Capabilities, Driver, DriverError, Hello, Message, PROTOCOL, Tested, settings,
};

/// The longest message: a directory of thousands fits in.
const MAX_MESSAGE_BYTES: u64 = 64 * 1024 * 1024;
/// What it can do.
const CAPABILITIES: Capabilities = Capabilities {
    rule_deletion: true,
    restart: true,
    test_connection: true,
    incomplete_directory: true,
    removal_limit: true,
};

/// Answers messages until there are no more.
///
/// # Errors
///
/// When one cannot be read or answered, or no provisioner can be made.
pub async fn serve(
    variant: Variant,
    mut messages: impl AsyncBufRead + Unpin,
    mut answers: impl AsyncWrite + Unpin,
) -> anyhow::Result<()> {
    let mut served = Served::new(variant)?;
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut messages).take(MAX_MESSAGE_BYTES);
        if limited.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer = served.answer(serde_json::from_slice(&line)?).await;
        let mut said = serde_json::to_vec(&answer)?;
        said.push(b'\n');
        answers.write_all(&said).await?;
        answers.flush().await?;
    }
}

/// The provisioner, and what it is called.
struct Served {
    name: String,
    /// The keys of its connection, as they are now.
    connection: serde_json::Map<String, serde_json::Value>,
    reference: Reference,
}

impl Served {
    fn new(variant: Variant) -> Result<Self, DriverError> {
        let called = match (variant.bug, variant.control) {
            (Some(bug), _) => format!("reference with {bug}"),
            (None, Some(control)) => format!("reference as {control}"),
            (None, None) => "reference".to_owned(),
        };
        Ok(Self {
            name: called,
            connection: serde_json::Map::new(),
            reference: Reference::new(variant)?,
        })
    }

    async fn answer(&mut self, message: Message) -> Answer {
        match self.heed(message).await {
            Ok(answer) => answer,
            Err(error) => Answer::Error {
                message: error.to_string(),
            },
        }
    }

    async fn heed(&mut self, message: Message) -> anyhow::Result<Answer> {
        Ok(match message {
            Message::Hello => Answer::Hello(self.hello()),
            Message::Start(beginning) => {
                self.reference.keep_in(beginning.state_dir.clone());
                self.connection.clone_from(&beginning.connection);
                let start = beginning.start()?;
                match start.resume {
                    true => self.reference.restart(start).await?,
                    false => self.reference.start(start).await?,
                }
                Answer::Ok
            }
            Message::Configure { connection } => {
                self.connection.extend(connection);
                self.reference
                    .configure(settings(&self.connection)?)
                    .await?;
                Answer::Ok
            }
            Message::Sync(asked) => Answer::Synced {
                summary: self.reference.sync(asked.into()).await?.summary,
            },
            Message::DeleteRule { rule } => Answer::Synced {
                summary: self.reference.delete_rule(&rule).await?.summary,
            },
            Message::TestConnection => {
                let Tested { ok, diagnosis, .. } = self.reference.test_connection().await?;
                Answer::Tested { ok, diagnosis }
            }
            Message::Stop => {
                self.reference.stop().await?;
                Answer::Ok
            }
        })
    }

    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: Some(self.name.clone()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            capabilities: CAPABILITIES,
        }
    }
}
