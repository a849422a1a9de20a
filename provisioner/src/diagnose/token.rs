//! What an answer of the token URL means.

use secrecy::SecretString;
use serde_json::Value;

use super::answer::by_status;
use super::words::{Words, is_cut, is_page, told};
use super::{Code, Finding};
use crate::zoom::{Answer, is_bearer};

/// The longest lifetime that is believed of a token.
const MAX_LIFETIME_S: u64 = 24 * 3600;
/// The scopes of which SCIM needs one: of classic apps and of granular ones.
const SCIM_SCOPES: [&str; 2] = ["scim2", "scim2:admin"];

/// A token, as far as it matters here.
pub(super) struct Granted {
    pub(super) token: SecretString,
    /// The scopes, if the answer names them.
    pub(super) scopes: Option<String>,
    /// What the answer says of the lifetime, where that is no plausible number of seconds.
    pub(super) odd_expiry: Option<String>,
}

/// Reads an answer: a token, or what is wrong.
pub(super) fn granted(answer: &Answer) -> Result<Granted, Finding> {
    if let Some(finding) = by_status(answer) {
        return Err(finding);
    }
    match answer.status {
        200..=299 => issued(answer),
        _ => Err(Finding::new(refusal(answer), told(answer))),
    }
}

/// What a refusal means, by what Zoom is known to say.
fn refusal(answer: &Answer) -> Code {
    let words = Words::of(&answer.body);
    match answer.status {
        404 => return Code::TokenUrlNotFound,
        405 => return Code::TokenWrongMethod,
        429 => return Code::TokenThrottled,
        _ => {}
    }
    if words.says("app has been disabled") {
        Code::AppInactive
    } else if words.says("client_id or client_secret") || words.error == "invalid_client" {
        Code::InvalidClient
    } else if words.says("unsupported grant type") || words.error == "unsupported_grant_type" {
        Code::UnsupportedGrant
    } else if words.says("bad request") && words.error == "invalid_request" {
        Code::InvalidAccount
    } else if !words.error.is_empty() {
        Code::TokenRefused
    } else if words.code.is_some() || !words.text.is_empty() {
        // The words of some other part of Zoom.
        Code::TokenUrlNotFound
    } else if is_page(answer) {
        Code::TokenHtml
    } else {
        Code::TokenNotJson
    }
}

fn issued(answer: &Answer) -> Result<Granted, Finding> {
    let found = |code| Finding::new(code, told(answer));
    let json: Value = match serde_json::from_slice(&answer.body) {
        Ok(json) => json,
        Err(error) if is_cut(&answer.body, &error) => return Err(found(Code::AnswerCut)),
        Err(_) if is_page(answer) => return Err(found(Code::TokenHtml)),
        Err(_) => return Err(found(Code::TokenNotJson)),
    };
    let token = json.get("access_token").and_then(Value::as_str);
    let token = token
        .filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| {
            // The keys alone: a value may be a token under another name.
            let keys = json.as_object().map(|object| object.keys().cloned());
            let keys: Vec<String> = keys.into_iter().flatten().collect();
            let keys = match keys.join(", ") {
                keys if keys.is_empty() => "nothing".to_owned(),
                keys => keys,
            };
            let evidence = format!("HTTP {}, JSON with {keys}", answer.status);
            Finding::new(Code::TokenMissing, evidence)
        })?;
    if !is_bearer(&json) {
        let evidence = format!(
            "HTTP {}, a token of another type than bearer",
            answer.status
        );
        return Err(Finding::new(Code::TokenMissing, evidence));
    }
    Ok(Granted {
        token: token.to_owned().into(),
        scopes: json.get("scope").and_then(Value::as_str).map(str::to_owned),
        odd_expiry: odd_expiry(json.get("expires_in")),
    })
}

/// What is told of a lifetime that is no plausible number of seconds.
fn odd_expiry(expires_in: Option<&Value>) -> Option<String> {
    let plausible = |seconds: u64| (1..=MAX_LIFETIME_S).contains(&seconds);
    match expires_in {
        None | Some(Value::Null) => Some("is absent".to_owned()),
        Some(value) if value.as_u64().is_some_and(plausible) => None,
        Some(value) => Some(format!("is {value}")),
    }
}

/// The scope that lets the token use SCIM, or that there is none. `None` where the answer names no scopes.
pub(super) fn scim_scope(granted: &Granted) -> Option<Result<&'static str, Finding>> {
    let scopes = granted.scopes.as_deref()?;
    let held = SCIM_SCOPES
        .into_iter()
        .find(|needed| scopes.split_whitespace().any(|scope| scope == *needed));
    Some(held.ok_or_else(|| {
        let evidence = match scopes.trim() {
            "" => "the token has no scopes".to_owned(),
            scopes => format!("the token's scopes: {scopes}"),
        };
        Finding::new(Code::MissingScope, evidence)
    }))
}
