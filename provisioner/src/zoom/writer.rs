//! Writes.

use super::kind::{Asked, ErrorKind, ZoomError};
use super::reader::{Reader, Sent};
use super::wire;
use crate::plan::{Account, Change, Desired};

/// Zoom as an apply has it.
#[derive(Debug, Clone)]
pub struct Writer {
    reader: Reader,
}

/// Where a user is, below the SCIM base.
pub(crate) fn path(id: &str) -> String {
    format!("/Users/{}", wire::encoded(id))
}

/// What came of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Created {
    /// There is an account now, and it is this.
    Account(Account),
    /// Somebody has the address.
    Duplicate,
    /// Nobody knows.
    Unknown,
}

impl Writer {
    /// Zoom as an apply has it, through the same connection.
    #[must_use]
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The reads.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Creates an account. Sent once: an answer that is lost is for the caller to resolve by looking.
    pub(crate) async fn create(
        &self,
        desired: &Desired,
        sent: &mut Sent,
    ) -> Result<Created, ZoomError> {
        let body = wire::create(desired);
        let created = self
            .reader
            .call(
                "creating a user",
                Asked::Create,
                "/Users",
                Some(&body),
                sent,
            )
            .await;
        match created {
            Ok(json) => Ok(json
                .as_ref()
                .and_then(wire::account)
                .map_or(Created::Unknown, Created::Account)),
            Err(error) if error.kind == ErrorKind::Conflict => Ok(Created::Duplicate),
            Err(error) if error.kind == ErrorKind::Unknown => Ok(Created::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Updates an account; `false` where it is gone.
    pub(crate) async fn update(
        &self,
        id: &str,
        change: &Change,
        sent: &mut Sent,
    ) -> Result<bool, ZoomError> {
        let body = self.reader.whole_update(id, wire::update(change)).await?;
        let Some(body) = body else {
            return Ok(false);
        };
        self.write("updating a user", Asked::Change, id, Some(&body), sent)
            .await
    }

    /// Deactivates an account; `false` where it is gone.
    pub(crate) async fn deactivate(&self, id: &str, sent: &mut Sent) -> Result<bool, ZoomError> {
        let body = wire::deactivate();
        self.write("deactivating a user", Asked::Change, id, Some(&body), sent)
            .await
    }

    /// Deletes an account; `false` where it was gone already.
    pub(crate) async fn delete(&self, id: &str, sent: &mut Sent) -> Result<bool, ZoomError> {
        self.write("deleting a user", Asked::Delete, id, None, sent)
            .await
    }

    async fn write(
        &self,
        what: &str,
        asked: Asked,
        id: &str,
        body: Option<&serde_json::Value>,
        sent: &mut Sent,
    ) -> Result<bool, ZoomError> {
        let path = path(id);
        match self.reader.call(what, asked, &path, body, sent).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::Gone => Ok(false),
            Err(error) => Err(error),
        }
    }
}
