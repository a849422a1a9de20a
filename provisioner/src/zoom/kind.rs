//! What an answer of Zoom's means for the request: decided here, from status and body, once.

use std::time::Duration;

use serde_json::Value;

/// How much of Zoom's own words is repeated.
const MAX_WORDS: usize = 300;
/// How often a request is sent at the most.
pub(super) const MAX_ATTEMPTS: u32 = 3;
/// The first wait before a request is sent again; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that Zoom may tell; a longer one ends the request.
const MAX_TOLD_WAIT: Duration = Duration::from_secs(30);

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such user.
    Gone,
    /// The address is taken.
    Duplicate,
    /// The request was sent, and nobody knows whether it was done.
    Unknown,
    /// Too many requests; wait at least this long if it is told.
    Throttled(Option<Duration>),
    /// It may go better next time; nothing was done.
    Transient,
    /// This user cannot be done, however often it is tried; others can.
    User,
    /// The token is not accepted.
    Token,
    /// Nothing can be done for anybody: credentials, scope, plan, or not Zoom at all.
    Systemic,
}

/// A request that did not do what it was for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ZoomError {
    /// What it means.
    pub kind: ErrorKind,
    /// What happened, with Zoom's own words.
    pub message: String,
    /// The answer's status; absent where there was no answer.
    pub status: Option<u16>,
}

impl ZoomError {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
        }
    }
}

/// Decides what an answer with an error status means.
pub(super) fn classify(
    what: &str,
    status: u16,
    body: &[u8],
    retry_after: Option<Duration>,
) -> ZoomError {
    let (code, words) = words(body);
    let kind = match (status, code) {
        (401, _) => ErrorKind::Token,
        (400, Some(124)) => ErrorKind::Token,
        // Missing scopes and permissions are 400 at Zoom's gateway.
        (400, Some(200 | 4700 | 4711)) | (403, _) => ErrorKind::Systemic,
        (400, _) if words.contains("not enabled Single Sign-On") => ErrorKind::Systemic,
        // A duplicate create is 400, a duplicate e-mail change 409.
        (400 | 409, _)
            if words.contains("already in use") || words.contains("already been used") =>
        {
            ErrorKind::Duplicate
        }
        (400, _) if words.contains("not exist or not belong to this account") => ErrorKind::Gone,
        (404, _) if words.contains("User does not exist") => ErrorKind::Gone,
        (404 | 405 | 300..=399, _) => ErrorKind::Systemic,
        (429, _) => ErrorKind::Throttled(retry_after),
        (502..=504, _) => ErrorKind::Unknown,
        (500..=599, _) => ErrorKind::Transient,
        _ => ErrorKind::User,
    };
    let words = if words.is_empty() {
        "no explanation".to_owned()
    } else {
        words
    };
    ZoomError {
        kind,
        message: format!("{what}: Zoom answered {status}: {words}"),
        status: Some(status),
    }
}

/// Zoom's own words, from SCIM's envelope, the gateway's or the token endpoint's, and the gateway's code.
fn words(body: &[u8]) -> (Option<u64>, String) {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return (None, String::new());
    };
    let text = ["detail", "message", "reason"]
        .iter()
        .find_map(|key| json.get(key)?.as_str());
    let words = text.unwrap_or_default().chars().take(MAX_WORDS).collect();
    (json.get("code").and_then(Value::as_u64), words)
}

/// Whether and when a request is sent again after its `attempt`-th failure. A request that is not idempotent
/// is not, once it may have been done.
pub(super) fn retry_after(kind: ErrorKind, idempotent: bool, attempt: u32) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let backoff = FIRST_WAIT * 2_u32.saturating_pow(attempt.saturating_sub(1));
    match kind {
        ErrorKind::Throttled(None) => Some(backoff),
        ErrorKind::Throttled(Some(told)) => (told <= MAX_TOLD_WAIT).then_some(told.max(backoff)),
        ErrorKind::Transient => Some(backoff),
        ErrorKind::Unknown => idempotent.then_some(backoff),
        ErrorKind::Gone
        | ErrorKind::Duplicate
        | ErrorKind::User
        | ErrorKind::Token
        | ErrorKind::Systemic => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zooms_errors() {
        let scim = |status: u16, detail: &str| {
            let body = serde_json::json!({ "detail": detail, "status": status }).to_string();
            classify("x", status, body.as_bytes(), None).kind
        };
        let gateway = |status: u16, code: u64| {
            let body = serde_json::json!({ "code": code, "message": "m" }).to_string();
            classify("x", status, body.as_bytes(), None).kind
        };
        assert_eq!(
            scim(400, "The email \"a@b\" is already in use."),
            ErrorKind::Duplicate
        );
        assert_eq!(
            scim(409, "Email 'a@b' has already been used."),
            ErrorKind::Duplicate
        );
        assert_eq!(
            scim(409, "Email ''a@b'' has already been used."),
            ErrorKind::Duplicate
        );
        assert_eq!(scim(409, "Cannot add paid users."), ErrorKind::User);
        assert_eq!(
            scim(400, "User a@b not exist or not belong to this account."),
            ErrorKind::Gone
        );
        assert_eq!(scim(404, "User does not exist."), ErrorKind::Gone);
        assert_eq!(scim(400, "User is inactive or locked."), ErrorKind::User);
        assert_eq!(
            scim(400, "Account has not enabled Single Sign-On."),
            ErrorKind::Systemic
        );
        assert_eq!(scim(403, "The request was denied"), ErrorKind::Systemic);
        assert_eq!(gateway(401, 124), ErrorKind::Token);
        assert_eq!(gateway(400, 4711), ErrorKind::Systemic);
        assert_eq!(gateway(404, 2300), ErrorKind::Systemic);
        assert_eq!(gateway(500, 0), ErrorKind::Transient);
        assert_eq!(gateway(503, 0), ErrorKind::Unknown);
        assert_eq!(classify("x", 302, b"", None).kind, ErrorKind::Systemic);
        let wait = Some(Duration::from_secs(2));
        assert_eq!(
            classify("x", 429, b"", wait).kind,
            ErrorKind::Throttled(wait)
        );
    }

    #[test]
    fn sends_again_what_may_go_better_and_cannot_do_harm() {
        let again = |kind, idempotent| retry_after(kind, idempotent, 1).is_some();
        assert!(again(ErrorKind::Transient, false));
        assert!(again(ErrorKind::Unknown, true));
        assert!(!again(ErrorKind::Unknown, false));
        assert!(!again(ErrorKind::User, true) && !again(ErrorKind::Duplicate, true));
        assert!(!again(
            ErrorKind::Throttled(Some(Duration::from_secs(3600))),
            true
        ));
        assert_eq!(retry_after(ErrorKind::Transient, true, MAX_ATTEMPTS), None);
        assert!(
            retry_after(ErrorKind::Transient, true, 2) > retry_after(ErrorKind::Transient, true, 1)
        );
    }

    #[test]
    fn repeats_zooms_words_but_not_without_end() {
        let body = serde_json::json!({ "detail": "x".repeat(10_000) }).to_string();
        assert!(classify("create", 400, body.as_bytes(), None).message.len() < 400);
        assert!(
            classify("create", 400, b"<html>", None)
                .message
                .ends_with("no explanation")
        );
    }
}
