//! The reference provisioner's side of the wire: what it asks of Zoom, and what the answers mean.

mod list;
mod pause;
mod send;
mod token;
mod way;

use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Map, Value, json};

pub(super) use list::Listing;
use token::Token;

use super::bug::Bug;
use super::variant::{Control, Variant};
use crate::clock::Stopwatch;
use crate::driver::{ConnectionSettings, VirtualTime};
use crate::oracle::fold;

/// What may stand in a query as it is, beside letters and digits.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');
/// The same, and the sign that a form takes for a space.
const QUERY_WITH_PLUS: &AsciiSet = &QUERY.remove(b'+');
/// What Zoom says where a filter finds nobody in this account.
const NOBODY: &str = "not exist";
/// The schemas of a body that is a user or changes one.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Zoom, through one connection.
pub(super) struct Zoom {
    pub(super) variant: Variant,
    pub(super) http: reqwest::Client,
    pub(super) connection: ConnectionSettings,
    /// The time of the scenario, where waits take none.
    pub(super) time: Option<Arc<VirtualTime>>,
    since: Stopwatch,
    token: tokio::sync::Mutex<Option<Token>>,
    notes: Mutex<Notes>,
}

/// What is noted on the way, behind one lock.
#[derive(Default)]
struct Notes {
    /// Zoom's time, as the last answer told it.
    now: Option<jiff::Timestamp>,
    /// What was logged.
    log: String,
}

/// What Zoom answered to a write.
#[derive(Debug)]
pub(super) enum Answer {
    Done(Value),
    NotFound,
    Duplicate,
    Refused,
}

/// Why there is no answer that could be used.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Trouble {
    /// None came that can be used: what was asked may have happened, or not.
    #[error("no answer that could be used: {0}")]
    Lost(String),
    /// Whatever else is asked, it will be no better in this run.
    #[error("{0}")]
    Ends(String),
}

/// A request, below the base of the SCIM operations.
pub(super) struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Request {
    fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
        }
    }

    pub(super) fn create(mut user: Map<String, Value>) -> Self {
        user.insert("schemas".to_owned(), json!([USER]));
        Self {
            method: Method::POST,
            path: "/Users".to_owned(),
            body: Some(Value::Object(user)),
        }
    }
}

impl Zoom {
    pub(super) fn new(
        variant: Variant,
        http: reqwest::Client,
        connection: ConnectionSettings,
        time: Option<Arc<VirtualTime>>,
    ) -> Self {
        Self {
            variant,
            http,
            connection,
            time,
            since: Stopwatch::start(),
            token: tokio::sync::Mutex::default(),
            notes: Mutex::default(),
        }
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.variant.has(bug)
    }

    pub(super) fn put(&self, id: &str, mut change: Map<String, Value>) -> Request {
        change.insert("schemas".to_owned(), json!([USER]));
        Request {
            method: Method::PUT,
            path: self.user(id),
            body: Some(Value::Object(change)),
        }
    }

    pub(super) fn activation(&self, id: &str, active: bool) -> Request {
        let operation = json!({ "op": "replace", "value": { "active": active } });
        Request {
            method: Method::PATCH,
            path: self.user(id),
            body: Some(json!({ "schemas": [PATCH], "Operations": [operation] })),
        }
    }

    pub(super) fn delete(&self, id: &str) -> Request {
        Request {
            method: Method::DELETE,
            path: self.user(id),
            body: None,
        }
    }

    fn user(&self, id: &str) -> String {
        if self.has(Bug::B32) {
            return format!("/Users/{id}");
        }
        format!("/Users/{}", utf8_percent_encode(id, QUERY))
    }

    /// One account; `None` where Zoom has none of this id.
    pub(super) async fn get(&self, id: &str) -> Result<Option<Value>, Trouble> {
        let reply = self.send(&Request::get(self.user(id))).await?;
        match reply.status {
            200 => Ok(Some(reply.body)),
            404 => Ok(None),
            status => Err(Trouble::Lost(format!("a read was answered with {status}"))),
        }
    }

    /// Who has an address, by Zoom's own filter.
    pub(super) async fn look_up(&self, address: &str) -> Result<Option<Value>, Trouble> {
        let escaped = address.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = if self.has(Bug::B30) {
            format!("userName eq {address}")
        } else {
            format!("userName eq \"{escaped}\"")
        };
        let allowed = if self.has(Bug::B31) {
            QUERY_WITH_PLUS
        } else {
            QUERY
        };
        let query = utf8_percent_encode(&filter, allowed);
        let reply = self
            .send(&Request::get(format!("/Users?filter={query}")))
            .await?;
        if reply.status == 400 && reply.body.to_string().contains(NOBODY) {
            return Ok(None);
        }
        if reply.status != 200 {
            let status = reply.status;
            return Err(Trouble::Lost(format!(
                "a look-up was answered with {status}"
            )));
        }
        let shown = reply.body.get("Resources").and_then(Value::as_array);
        let shown = shown.map(Vec::as_slice).unwrap_or_default();
        // A server may ignore a filter, so the answer is read again.
        let fits = |user: &&Value| same_user(self.variant, user, address) || self.has(Bug::B29);
        let found = shown.iter().find(fits).cloned();
        if found.is_some() || shown.is_empty() {
            return Ok(found);
        }
        // Who was asked for may be on another page of it.
        let everybody = self.list().await?.users;
        Ok(everybody.iter().find(fits).cloned())
    }

    /// Sends a write, and says what the answer means.
    pub(super) async fn write(&self, request: &Request) -> Result<Answer, Trouble> {
        let reply = self.send(request).await?;
        let reason = reply.body.to_string();
        let duplicate = reason.contains("already");
        let answer = match reply.status {
            204 if self.has(Bug::B67) && request.method != Method::DELETE => Answer::Refused,
            200 | 201 | 204 => Answer::Done(reply.body),
            404 => Answer::NotFound,
            400 | 409 if duplicate => Answer::Duplicate,
            _ => Answer::Refused,
        };
        if self.variant.is(Control::G08)
            && request.method != Method::DELETE
            && let Answer::Done(user) = &answer
        {
            let id = id(user);
            if !id.is_empty() {
                self.get(&id).await?;
            }
        }
        Ok(answer)
    }

    /// Whether the connection can be used, without writing anything.
    pub(super) async fn test(&self) -> Result<(), Trouble> {
        if self.has(Bug::B115) {
            return self.bearer().await.map(drop);
        }
        if self.has(Bug::B117) {
            let probe = json!({ "userName": "probe@example.com" });
            let user = probe.as_object().cloned().unwrap_or_default();
            self.write(&Request::create(user)).await?;
        }
        let path = if self.has(Bug::B116) {
            "/ServiceProviderConfig"
        } else {
            "/Users?startIndex=1&count=1"
        };
        let reply = self.send(&Request::get(path.to_owned())).await?;
        match reply.status {
            200 => Ok(()),
            _ if self.has(Bug::B116) => Ok(()),
            status => Err(Trouble::Ends(format!("Zoom answered with {status}"))),
        }
    }

    fn log(&self, line: &str) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.log.push_str(line);
        notes.log.push('\n');
    }

    /// What was logged since the last call.
    pub(super) fn take_log(&self) -> String {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut notes.log)
    }
}

/// Zoom's id of an account; a number is taken for its digits.
pub(super) fn id(account: &Value) -> String {
    match account.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

pub(super) fn user_name(account: &Value) -> &str {
    account
        .get("userName")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether an account has an address: ASCII case does not count.
pub(super) fn same_user(variant: Variant, account: &Value, address: &str) -> bool {
    if variant.has(Bug::B28) {
        return user_name(account) == address;
    }
    fold(user_name(account)) == fold(address)
}
