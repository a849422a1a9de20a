//! What the journal keeps of a request's headers, and what it must not keep: credentials are replaced by
//! fingerprints, the same credential always by the same.

use std::borrow::Cow;
use std::ops::Range;

use http::{HeaderMap, header};
use memchr::memmem;
use percent_encoding::percent_decode_str;

use crate::account::Account;
use crate::journal::Exchange;
use crate::oauth::{TOKEN_START, basic, fingerprint};

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

/// Replaces tokens, and the secrets of the account's apps, wherever they stand: in path, query or bodies,
/// as they are or percent-encoded.
pub(super) fn redact(exchange: &mut Exchange, account: Option<&Account>) {
    let state = account.map(Account::state);
    let apps = state.iter().flat_map(|state| &state.apps);
    let secrets = apps
        .map(|app| app.client_secret.as_str())
        .filter(|secret| !secret.is_empty());
    let credentials = Credentials(secrets.collect());
    if let Some(path) = credentials.removed_encoded(&exchange.path) {
        exchange.path = path;
    }
    if let Some(query) = exchange.query.as_deref()
        && let Some(clean) = credentials.removed_from_pairs(query)
    {
        exchange.query = Some(clean);
    }
    if let Some(body) = credentials.removed(&exchange.request_body) {
        exchange.request_body = body.into();
    } else if let Ok(form) = std::str::from_utf8(&exchange.request_body)
        && form.contains('%')
        && let Some(clean) = credentials.removed_from_pairs(form)
    {
        exchange.request_body = clean.into();
    }
    if let Some(body) = credentials.removed(&exchange.response_body) {
        exchange.response_body = body.into();
    }
}

/// The secrets that must not stay; tokens are known by their look.
struct Credentials<'a>(Vec<&'a str>);

impl Credentials<'_> {
    /// Where the first credential stands.
    fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let secrets = self.0.iter().filter_map(|secret| {
            let start = memmem::find(text, secret.as_bytes())?;
            Some(start..start + secret.len())
        });
        let token = memmem::find(text, TOKEN_START.as_bytes()).map(|start| {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let rest = text.get(start..).unwrap_or_default();
            let end = rest.iter().position(|byte| !is_part(byte));
            start..start + end.unwrap_or(rest.len())
        });
        secrets.chain(token).min_by_key(|found| found.start)
    }

    /// The text with fingerprints in their place; `None` where there are none.
    fn removed(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut clean = Vec::new();
        let mut rest = text;
        while let Some(found) = self.find(rest) {
            let credential = rest.get(found.clone()).unwrap_or_default();
            clean.extend_from_slice(rest.get(..found.start).unwrap_or_default());
            clean.extend_from_slice(fingerprint(&String::from_utf8_lossy(credential)).as_bytes());
            rest = rest.get(found.end..).unwrap_or_default();
        }
        if rest.len() == text.len() {
            return None;
        }
        clean.extend_from_slice(rest);
        Some(clean)
    }

    /// As [`Credentials::removed`], of a percent-encoded text.
    fn removed_encoded(&self, text: &str) -> Option<String> {
        let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
        let clean = self.removed(&decoded)?;
        Some(String::from_utf8_lossy(&clean).into_owned())
    }

    /// As [`Credentials::removed_encoded`], pair by pair.
    fn removed_from_pairs(&self, text: &str) -> Option<String> {
        let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
        self.find(&decoded)?;
        let pairs = text.split('&').map(|pair| {
            let clean = self.removed_encoded(pair);
            clean.unwrap_or_else(|| pair.to_owned())
        });
        Some(pairs.collect::<Vec<_>>().join("&"))
    }
}
