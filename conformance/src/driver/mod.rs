//! How a provisioner is driven: told its connection, given the directory, asked to run.
//!
//! The suite knows a provisioner by this trait alone. What a driver is told are the messages of the
//! driver protocol, so that any program can stand behind one.

mod builtin;
mod child;
mod evidence;
mod message;
mod program;
mod time;

use async_trait::async_trait;

pub use builtin::Builtin;
pub use child::{ANSWER_DEADLINE, Capabilities, Child, Misconduct, NotACommand, NotAServer};
pub(crate) use child::{Answer, Hello, Message, PROTOCOL, settings};
pub use message::{
    ChangeKind, ConnectionSettings, DirectoryChange, Planned, Start, Summary, SyncRequest, Synced,
    Tested,
};
pub use program::Program;
pub use time::{MovesAlong, NoAnswer, VirtualTime, Way};

/// A provisioner under test. One value drives one scenario at a time.
#[async_trait]
pub trait Driver: Send {
    /// A scenario begins: nothing is remembered of any earlier one.
    async fn start(&mut self, start: Start) -> Result<(), DriverError>;

    /// The connection's settings changed.
    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError>;

    /// Run against the directory as it is now.
    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError>;

    /// Say what a run would write, and write nothing.
    async fn plan(&mut self, request: SyncRequest) -> Result<Planned, DriverError> {
        let _ = request;
        Err(DriverError::Unsupported("plan"))
    }

    /// A rule was deleted.
    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError>;

    /// Test the connection, without writing anything.
    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        Err(DriverError::Unsupported("test_connection"))
    }

    /// It is killed without warning, and started again with what it kept: `start` says the connection and
    /// the rules as they are now. What was asked of it when it was killed is dropped, so that it may be in
    /// any state.
    async fn restart(&mut self, _start: Start) -> Result<(), DriverError> {
        Err(DriverError::Unsupported("restart"))
    }

    /// Whether it can live in one process with Zoom, in a time of its own and without a socket, as
    /// [`VirtualTime::is_inside`] says.
    fn lives_inside(&self) -> bool {
        false
    }

    /// The scenario is over.
    async fn stop(&mut self) -> Result<(), DriverError> {
        Ok(())
    }
}

/// The provisioner did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// It answered with an error: a violation, as long as no fault was planned.
    #[error("the provisioner answered with an error: {0}")]
    Answered(String),
    /// It could not be run at all.
    #[error("the provisioner could not be run: {0}")]
    NotRun(String),
    /// It did not answer in time, and was ended.
    #[error("the provisioner could not be run: {0}")]
    TimedOut(String),
    /// It does not have what it was asked for, and says so.
    #[error("the provisioner does not have `{0}`")]
    Unsupported(&'static str),
}

/// Makes a driver for each worker of a run.
pub type MakeDriver = dyn Fn() -> Result<Box<dyn Driver>, DriverError> + Send + Sync;
