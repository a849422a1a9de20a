//! Zoom's side on the wire: which operation a request asks for, who may, and which status an answer has.
//!
//! Only [`exchange`] knows axum. Everything else takes a request that is completely read and gives an answer,
//! without waiting for anything.

pub(crate) mod again;
mod altered;
mod answer;
mod arrival;
mod error;
pub(crate) mod exchange;
mod gate;
mod groups;
mod hit;
mod magic;
mod quirk;
mod redact;
mod reply;
mod rest;
mod route;
mod token;
mod users;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use jiff::Timestamp;
use serde_json::Value;

use self::error::ZoomError;
use crate::account::Account;
use crate::fault::Effect;
use crate::operation::Operation;

/// The largest request body that is read.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The longest target of a request, its path with the query.
const MAX_URI_BYTES: usize = 8 * 1024;

/// Whether a target is longer than any that is answered.
pub(crate) fn is_too_long(uri: &Uri) -> bool {
    let target = uri.path_and_query();
    target.is_some_and(|target| target.as_str().len() > MAX_URI_BYTES)
}

/// A request to Zoom's side that is completely read.
#[derive(Debug)]
struct ZoomRequest<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    body: &'a Bytes,
}

impl ZoomRequest<'_> {
    fn authorization(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()
    }

    /// Whether the body is said to be of this media type.
    fn is_of_type(&self, media_type: &str) -> bool {
        let value = self.headers.get(header::CONTENT_TYPE);
        let named = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let named = named.split(';').next().unwrap_or_default().trim();
        named.eq_ignore_ascii_case(media_type)
    }
}

/// What an operation is asked for, once it is let in.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    operation: Operation,
    /// The id in the path, decoded; empty where the path has none.
    id: &'a str,
    query: Option<&'a str>,
    body: &'a Bytes,
    /// In whole seconds.
    now: Timestamp,
    account: &'a Account,
    /// What the account does otherwise this time.
    quirk: Option<&'a Effect>,
}

impl Call<'_> {
    /// The body as a JSON object that is not empty. What is nested deeper than 128 levels is no JSON to
    /// serde_json, which bounds the stack that reading takes.
    fn object(&self) -> Result<Value, ZoomError> {
        if self.body.is_empty() {
            return Err(ZoomError::EmptyJson);
        }
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(map)) if map.is_empty() => Err(ZoomError::EmptyJson),
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) | Err(_) => Err(ZoomError::NotJson),
        }
    }
}
