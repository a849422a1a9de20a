//! What requests to the control API carry. Errors name the field; unknown ones are refused by name.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::reply::Refusal;
use crate::account::{Account, ControlError};
use crate::server::Zoom;

/// The largest body: many users at once.
const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

/// A JSON body; an empty one stands for `{}`.
pub(super) struct Fields<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Zoom>> for Fields<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, zoom: &Arc<Zoom>) -> Result<Self, Refusal> {
        let reading = to_bytes(request.into_body(), MAX_BODY_BYTES);
        let body = match tokio::time::timeout(zoom.timeouts.body, reading).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => {
                return Err(Refusal::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    None,
                    format!(
                        "the body cannot be read, or is larger than {MAX_BODY_BYTES} bytes: {error}"
                    ),
                ));
            }
            Err(_) => {
                let message = "the body did not come in time";
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, None, message));
            }
        };
        let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
        // serde would take an array for a struct.
        if body.trim_ascii_start().first() != Some(&b'{') {
            let message = "the body must be a JSON object";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, None, message));
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let fields = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            Refusal::invalid(&error.path().to_string(), error.inner().to_string())
        })?;
        json.end()
            .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, None, error.to_string()))?;
        Ok(Self(fields))
    }
}

/// A query.
pub(super) struct Keys<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Keys<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let mut seen = HashSet::new();
        for (key, _) in form_urlencoded::parse(query.as_bytes()) {
            if let Some(key) = seen.replace(key) {
                let message = format!("`{key}` stands in the query more than once");
                return Err(Refusal::invalid(&key, message));
            }
        }
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(pairs)
            .map(Self)
            .map_err(|error| {
                let message = format!("`{}` in the query: {}", error.path(), error.inner());
                Refusal::invalid(&error.path().to_string(), message)
            })
    }
}

/// The account that the path names first.
pub(super) struct Of(pub(super) Account);

impl FromRequestParts<Arc<Zoom>> for Of {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, zoom: &Arc<Zoom>) -> Result<Self, Refusal> {
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, zoom).await;
        let Path(names) = path.map_err(|error| Refusal::invalid("account", error.body_text()))?;
        let id = names
            .into_iter()
            .find_map(|(name, value)| (name == "account").then_some(value));
        let id = id.unwrap_or_default();
        let account = zoom.account(&id);
        account
            .map(Self)
            .ok_or_else(|| ControlError::NoAccount(id).into())
    }
}

/// What the path names after the account.
pub(super) struct Named(pub(super) String);

impl FromRequestParts<Arc<Zoom>> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, zoom: &Arc<Zoom>) -> Result<Self, Refusal> {
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, zoom).await;
        let Path(names) = path.map_err(|error| Refusal::invalid("path", error.body_text()))?;
        let name = names
            .into_iter()
            .find_map(|(name, value)| (name != "account").then_some(value));
        Ok(Self(name.unwrap_or_default()))
    }
}
