//! What the journal keeps of a request's headers, and what it must not keep: credentials are replaced by
//! fingerprints, the same credential always by the same.

use http::{HeaderMap, header};

use crate::journal::Exchange;
use crate::oauth::{Bearer, Secrets, basic, fingerprint, named};

/// The headers that the journal keeps as they are.
const KEPT: [(header::HeaderName, &str); 3] = [
    (header::ACCEPT, "accept"),
    (header::CONTENT_TYPE, "content-type"),
    (header::USER_AGENT, "user-agent"),
];

/// Some headers, and what stands for the credentials. `bearer` is the token, where it is one of ours.
pub(super) fn headers(headers: &HeaderMap, bearer: Option<&Bearer>) -> Vec<(&'static str, String)> {
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
        kept.push(("authorization", bearer.shown.clone()));
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

/// Replaces credentials wherever they stand: in path, query or bodies. Those that a name calls so are replaced
/// whoever's they are, and wrong ones as well.
pub(super) fn redact(exchange: &mut Exchange, secrets: &Secrets) {
    if let Some(query) = &exchange.query
        && let Some(clean) = named::removed_from_pairs(query.as_bytes())
    {
        exchange.query = Some(String::from_utf8_lossy(&clean).into_owned());
    }
    if !exchange.request_body.is_empty()
        && let Some(clean) = named::removed_from_body(&exchange.request_body)
    {
        exchange.request_body = clean.into();
    }
    hide(exchange, secrets);
}

/// Replaces these credentials wherever they stand.
pub(super) fn hide(exchange: &mut Exchange, secrets: &Secrets) {
    if let Some(path) = secrets.removed_encoded(&exchange.path) {
        exchange.path = path;
    }
    if let Some(query) = exchange.query.as_deref()
        && let Some(clean) = secrets.removed_from_pairs(query)
    {
        exchange.query = Some(clean);
    }
    if let Some(body) = secrets.removed(&exchange.request_body) {
        exchange.request_body = body.into();
    } else if let Ok(form) = std::str::from_utf8(&exchange.request_body)
        && form.contains('%')
        && let Some(clean) = secrets.removed_from_pairs(form)
    {
        exchange.request_body = clean.into();
    }
    if let Some(body) = secrets.removed(&exchange.response_body) {
        exchange.response_body = body.into();
    }
}
