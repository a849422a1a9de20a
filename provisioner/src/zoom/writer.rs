//! Writes.

use super::kind::{ErrorKind, ZoomError};
use super::reader::{Reader, json};
use super::wire;
use crate::plan::{Account, Change, Desired};

/// Zoom as an apply has it.
#[derive(Debug, Clone)]
pub struct Writer {
    reader: Reader,
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
    pub(crate) async fn create(&self, desired: &Desired) -> Result<Created, ZoomError> {
        const WHAT: &str = "creating a user";
        let body = wire::create(desired);
        match self
            .reader
            .call(WHAT, reqwest::Method::POST, "/Users", Some(&body), false)
            .await
        {
            Ok(answer) => match json(WHAT, &answer).ok().as_ref().and_then(wire::account) {
                Some(account) => Ok(Created::Account(account)),
                None => Ok(Created::Unknown),
            },
            Err(error) if error.kind == ErrorKind::Duplicate => Ok(Created::Duplicate),
            Err(error) if error.kind == ErrorKind::Unknown => Ok(Created::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Updates an account; `false` where it is gone.
    pub(crate) async fn update(&self, id: &str, change: &Change) -> Result<bool, ZoomError> {
        let body = wire::update(change);
        self.write("updating a user", reqwest::Method::PUT, id, Some(&body))
            .await
    }

    /// Deactivates an account; `false` where it is gone.
    pub(crate) async fn deactivate(&self, id: &str) -> Result<bool, ZoomError> {
        let body = wire::deactivate();
        self.write(
            "deactivating a user",
            reqwest::Method::PATCH,
            id,
            Some(&body),
        )
        .await
    }

    /// Deletes an account; `false` where it was gone already.
    pub(crate) async fn delete(&self, id: &str) -> Result<bool, ZoomError> {
        self.write("deleting a user", reqwest::Method::DELETE, id, None)
            .await
    }

    async fn write(
        &self,
        what: &str,
        method: reqwest::Method,
        id: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<bool, ZoomError> {
        let path = format!("/Users/{}", wire::encoded(id));
        match self.reader.call(what, method, &path, body, true).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::Gone => Ok(false),
            Err(error) => Err(error),
        }
    }
}
