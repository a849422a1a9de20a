//! Records every exchange with Zoom's side in the journal of its account.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value;

use super::MAX_BODY_BYTES;
use super::answer::ZoomError;
use crate::account::Account;
use crate::journal::Exchange;
use crate::oauth::{Operation, basic, fingerprint};
use crate::server::Zoom;

/// The largest answer: a full page of users, with room to spare.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// The headers that the journal keeps as they are.
const KEPT_HEADERS: [header::HeaderName; 3] =
    [header::ACCEPT, header::CONTENT_TYPE, header::USER_AGENT];

/// What a handler knows about an exchange.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) operation: Option<Operation>,
    pub(super) account: Option<Account>,
}

/// Attaches what a handler knows to its answer.
pub(super) fn about(mut response: Response, about: About) -> Response {
    response.extensions_mut().insert(about);
    response
}

pub(super) async fn record(
    State(zoom): State<Arc<Zoom>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.to_string();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().map(str::to_owned);
    let request_headers = kept_headers(&zoom, &parts.headers);
    let (request_body, response) = match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(bytes) => {
            let request = Request::from_parts(parts, Body::from(bytes.clone()));
            (bytes, next.run(request).await)
        }
        Err(_) => (Bytes::new(), ZoomError::BodyTooLarge.into_response()),
    };
    let (mut parts, body) = response.into_parts();
    let About { operation, account } = parts.extensions.remove::<About>().unwrap_or_default();
    let response_body = to_bytes(body, MAX_ANSWER_BYTES).await.unwrap_or_default();
    let mut exchange = Exchange {
        seq: 0,
        at: zoom.clock.now(),
        account: account.as_ref().map(|account| account.id().to_owned()),
        operation,
        method,
        path,
        query,
        request_headers,
        request_body,
        status: parts.status.as_u16(),
        response_body: response_body.clone(),
    };
    redact(&mut exchange, account.as_ref());
    account
        .as_ref()
        .map_or(&zoom.unclaimed, Account::journal)
        .record(exchange);
    Response::from_parts(parts, Body::from(response_body))
}

fn kept_headers(zoom: &Zoom, headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let mut kept = Vec::with_capacity(KEPT_HEADERS.len() + 1);
    for (name, label) in KEPT_HEADERS
        .iter()
        .zip(["accept", "content-type", "user-agent"])
    {
        if let Some(value) = headers.get(name) {
            kept.push((
                label,
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            ));
        }
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = String::from_utf8_lossy(value.as_bytes());
        kept.push(("authorization", redacted_authorization(zoom, &value)));
    }
    kept
}

fn redacted_authorization(zoom: &Zoom, value: &str) -> String {
    if let Some((client_id, secret)) = basic(value) {
        return format!("Basic {client_id}:{}", fingerprint(&secret));
    }
    if let Some(known) = zoom.tokens.fingerprint_of(Some(value)) {
        return format!("Bearer {known}");
    }
    let (scheme, credential) = value.split_once(' ').unwrap_or(("", value));
    format!("{scheme} {}", fingerprint(credential))
        .trim_start()
        .to_owned()
}

/// Replaces what the journal must not keep: the token in the answer that issues it, and the account's secret
/// wherever a client put it.
fn redact(exchange: &mut Exchange, account: Option<&Account>) {
    if exchange.operation == Some(Operation::IssueToken)
        && let Ok(Value::Object(mut answer)) = serde_json::from_slice(&exchange.response_body)
        && let Some(Value::String(token)) = answer.get("access_token")
    {
        let stands_for = Value::from(fingerprint(token));
        answer.insert("access_token".to_owned(), stands_for);
        exchange.response_body = Value::Object(answer).to_string().into();
    }
    let Some(account) = account else { return };
    let secret = account.credentials().client_secret.as_str();
    if secret.is_empty() {
        return;
    }
    let stands_for = fingerprint(secret);
    if let Some(query) = &mut exchange.query
        && query.contains(secret)
    {
        *query = query.replace(secret, &stands_for);
    }
    if let Ok(text) = std::str::from_utf8(&exchange.request_body)
        && text.contains(secret)
    {
        exchange.request_body = text.replace(secret, &stands_for).into();
    }
}
