//! What the journal keeps of a request's headers, and what it must not keep: credentials are replaced by
//! fingerprints, the same credential always by the same.

use http::{HeaderMap, header};
use serde_json::Value;

use crate::account::Account;
use crate::journal::Exchange;
use crate::oauth::{basic, fingerprint};
use crate::operation::Operation;

/// The headers that the journal keeps as they are.
const KEPT: [(header::HeaderName, &str); 3] = [
    (header::ACCEPT, "accept"),
    (header::CONTENT_TYPE, "content-type"),
    (header::USER_AGENT, "user-agent"),
];

/// Some headers, and what stands for the credentials. `bearer` is the fingerprint of the token, where it is
/// one of ours.
pub(super) fn headers(headers: &HeaderMap, bearer: Option<String>) -> Vec<(&'static str, String)> {
    let mut kept = Vec::with_capacity(KEPT.len() + 1);
    for (name, label) in &KEPT {
        if let Some(value) = headers.get(name) {
            kept.push((
                *label,
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            ));
        }
    }
    if let Some(bearer) = bearer {
        kept.push(("authorization", format!("Bearer {bearer}")));
    } else if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = String::from_utf8_lossy(value.as_bytes());
        kept.push(("authorization", authorization(&value)));
    }
    kept
}

fn authorization(value: &str) -> String {
    if let Some((client_id, secret)) = basic(value) {
        return format!("Basic {client_id}:{}", fingerprint(&secret));
    }
    let (scheme, credential) = value.split_once(' ').unwrap_or(("", value));
    format!("{scheme} {}", fingerprint(credential.trim()))
        .trim_start()
        .to_owned()
}

/// Replaces the token in the answer that issues it, the token in a query, and the secrets of the account's
/// apps wherever a client put them.
pub(super) fn redact(exchange: &mut Exchange, account: Option<&Account>) {
    if exchange.operation == Some(Operation::IssueToken)
        && let Ok(Value::Object(mut answer)) = serde_json::from_slice(&exchange.response_body)
        && let Some(Value::String(token)) = answer.get("access_token")
    {
        let stands_for = Value::from(fingerprint(token));
        answer.insert("access_token".to_owned(), stands_for);
        exchange.response_body = Value::Object(answer).to_string().into();
    }
    if let Some(query) = &mut exchange.query
        && query.contains("access_token=")
    {
        *query = without_token(query);
    }
    // Reads and deletes without a query have nowhere to put a secret.
    if exchange.query.is_none() && exchange.request_body.is_empty() {
        return;
    }
    let secrets: Vec<String> = account
        .map(Account::apps)
        .unwrap_or_default()
        .into_iter()
        .map(|app| app.client_secret)
        .collect();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        replace(exchange, secret);
    }
}

fn replace(exchange: &mut Exchange, secret: &str) {
    if let Some(query) = &mut exchange.query
        && query.contains(secret)
    {
        *query = query.replace(secret, &fingerprint(secret));
    }
    if let Ok(text) = std::str::from_utf8(&exchange.request_body)
        && text.contains(secret)
    {
        exchange.request_body = text.replace(secret, &fingerprint(secret)).into();
    }
}

fn without_token(query: &str) -> String {
    let pairs = query
        .split('&')
        .map(|pair| match pair.strip_prefix("access_token=") {
            Some(token) => format!("access_token={}", fingerprint(token)),
            None => pair.to_owned(),
        });
    pairs.collect::<Vec<_>>().join("&")
}
