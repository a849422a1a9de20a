//! The built-in driver: the provisioner's library in this process, over real loopback HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use provisioner::{MemoryLinks, Provisioner, SyncOptions, Transport};

use super::{ConnectionSettings, Driver, DriverError, Start, Summary, SyncRequest, Synced};
use crate::scenario::{DirectoryUser, Mapped, Source, Target};

/// Drives the provisioner's library; links are kept in memory.
pub struct Builtin {
    transport: Transport,
    engine: Option<Provisioner>,
}

impl Builtin {
    /// A driver with a connection pool of its own.
    ///
    /// # Errors
    ///
    /// When no HTTP transport can be made.
    pub fn new() -> Result<Self, DriverError> {
        let transport = Transport::new().map_err(|error| DriverError::NotRun(error.to_string()))?;
        Ok(Self {
            transport,
            engine: None,
        })
    }

    fn engine(&mut self) -> Result<&mut Provisioner, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.engine.as_mut().ok_or_else(missing)
    }
}

#[async_trait]
impl Driver for Builtin {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        let rules = start.rules.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
        let connection = connection(&start.connection)?;
        let links = Arc::new(MemoryLinks::default());
        self.engine = Some(Provisioner::new(connection, rules, links, self.transport.clone()));
        Ok(())
    }

    async fn configure(&mut self, settings: ConnectionSettings) -> Result<(), DriverError> {
        let connection = connection(&settings)?;
        self.engine()?.set_connection(connection);
        Ok(())
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        let directory = provisioner::Directory {
            complete: true,
            users: request.users.into_iter().map(user).collect(),
        };
        let options = SyncOptions {
            full: request.full,
            deep: request.deep,
        };
        let report = self.engine()?.sync(&directory, options).await;
        answer(report)
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        let report = self.engine()?.delete_rule(rule).await;
        answer(report)
    }
}
