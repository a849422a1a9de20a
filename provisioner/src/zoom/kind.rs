//! What an exchange with Zoom means: decided here, once, from what was asked, what was answered, and what is known
//! of the connection. Pure.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::transport::Why;
use crate::redact::Redactor;

/// How much of Zoom's own words is repeated.
const MAX_WORDS: usize = 300;
/// How much of them is looked at.
const MAX_READ_WORDS: usize = 16 * 1024;

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such user.
    Gone,
    /// The address is taken.
    Conflict,
    /// The request was sent, and nobody knows whether it was done.
    Unknown,
    /// Too many requests. Nothing was done.
    Throttled(Throttle),
    /// It may go better next time; nothing was done.
    Transient,
    /// This user cannot be done, however often it is tried; others can.
    User,
    /// Zoom refuses to disable or delete an owner or admin.
    Protected,
    /// The account has no seat left for this user.
    NoSeat,
    /// The token is not accepted.
    Token,
    /// Nothing can be done for anybody.
    Systemic(Reason),
    /// The run was told to stop, and this was not sent.
    Stopped,
}

/// What Zoom tells when there were too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// How long to wait, if that is told.
    pub wait: Option<Duration>,
    /// It is the limit of the day.
    pub daily: bool,
}

/// Why nothing can be done for anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Account id, client id, client secret, or their app.
    Credentials,
    /// Even a new token is not accepted.
    Token,
    /// Somebody else keeps ending our tokens.
    Contention,
    /// The app lacks the scope.
    Scope,
    /// The owner of the app may not do this.
    Permission,
    /// The account has no Single Sign-On, or no SCIM.
    Account,
    /// A certificate is not to be trusted, or the server speaks no TLS.
    Tls,
    /// Something else than Zoom answers, or it redirects.
    Protocol,
    /// It would have gone in the clear to another machine, or cannot be sent.
    NotSent,
    /// Zoom has not answered properly for too long.
    Outage,
}

impl Reason {
    /// In a word that does not change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Token => "token",
            Self::Contention => "contention",
            Self::Scope => "scope",
            Self::Permission => "permission",
            Self::Account => "account",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
            Self::NotSent => "not_sent",
            Self::Outage => "outage",
        }
    }
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
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
        }
    }
}

/// What a request is for, as far as the meaning of its answer depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A token.
    Token,
    /// A page of users.
    List,
    /// One user's data.
    Get,
    /// A new user.
    Create,
    /// A change of a user, whole or in part.
    Change,
    /// The end of a user.
    Delete,
}

impl Asked {
    /// Whether it may be sent again when nobody knows whether it was done.
    pub(super) fn is_idempotent(self) -> bool {
        self != Self::Create
    }

    /// Whether it changes nothing, so that it is all the same whether it was done.
    pub(super) fn is_read(self) -> bool {
        matches!(self, Self::Token | Self::List | Self::Get)
    }

    /// Whether it is about one user who was there.
    fn is_about_a_user(self) -> bool {
        matches!(self, Self::Get | Self::Change | Self::Delete)
    }
}

/// What an answer says, as far as its meaning depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) status: u16,
    /// Its media type says JSON.
    pub(super) is_json: bool,
    /// The wait that its headers tell.
    pub(super) wait: Option<Duration>,
    /// Its headers say that it is the day's limit.
    pub(super) daily: bool,
    pub(super) body: &'a [u8],
}

/// What an exchange without a whole answer means.
pub(super) fn unanswered(asked: Asked, why: Why) -> ErrorKind {
    match why {
        Why::NotSent => ErrorKind::Systemic(Reason::NotSent),
        // A handshake that fails for its content is no matter of time, and never a reason to go without.
        Why::NotConnected(Some(io::ErrorKind::InvalidData)) => ErrorKind::Systemic(Reason::Tls),
        // Before a connection stands nothing was sent.
        Why::NotConnected(_) => ErrorKind::Transient,
        Why::TimedOut | Why::Dropped | Why::NotHttp | Why::Cut | Why::TooLarge => lost(asked),
    }
}

/// What it means that an answer is lost.
fn lost(asked: Asked) -> ErrorKind {
    match asked.is_read() {
        true => ErrorKind::Transient,
        false => ErrorKind::Unknown,
    }
}

/// What an answer means; one that is well comes with its JSON, if that is what was asked for.
pub(super) fn judge(asked: Asked, said: &Said<'_>) -> Result<Option<Value>, ErrorKind> {
    match said.status {
        200..=299 => content(asked, said),
        _ if asked == Asked::Token => Err(token_refused(said)),
        _ => Err(refused(asked, said)),
    }
}

/// HTML with a status of 200 is a proxy or a portal, not an empty list, and no proof that a user was made or changed.
fn content(asked: Asked, said: &Said<'_>) -> Result<Option<Value>, ErrorKind> {
    match asked {
        Asked::Delete => return Ok(None),
        Asked::Change if said.body.is_empty() || is_resource(said.body) => return Ok(None),
        Asked::Change => return Err(ErrorKind::Unknown),
        Asked::Token | Asked::List | Asked::Get | Asked::Create => {}
    }
    match serde_json::from_slice(said.body) {
        Ok(json) => Ok(Some(json)),
        Err(_) if asked == Asked::Create => Err(ErrorKind::Unknown),
        Err(_) if said.is_json && asked != Asked::Token => Err(ErrorKind::Transient),
        Err(_) => Err(ErrorKind::Systemic(Reason::Protocol)),
    }
}

/// Whether a body may be a user: an object with an id or schemas.
fn is_resource(body: &[u8]) -> bool {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    json.is_some_and(|json| json.get("id").is_some() || json.get("schemas").is_some())
}

/// The token endpoint's errors are everybody's.
fn token_refused(said: &Said<'_>) -> ErrorKind {
    match said.status {
        429 => throttled(said, ""),
        408 | 500..=599 => ErrorKind::Transient,
        400..=403 if is_object(said.body) => ErrorKind::Systemic(Reason::Credentials),
        _ => ErrorKind::Systemic(Reason::Protocol),
    }
}

/// Statuses decide; the body tells apart what Zoom gives one status for.
fn refused(asked: Asked, said: &Said<'_>) -> ErrorKind {
    let (code, words) = words(said.body);
    let says = |text: &str| words.contains(text);
    // Tokens, scopes and permissions are 400 at Zoom's gateway.
    if matches!(said.status, 400 | 403 | 409)
        && let Some(kind) = gateway(code, &words)
    {
        return kind;
    }
    match said.status {
        401 => ErrorKind::Token,
        400 if says("not enabled Single Sign-On") => ErrorKind::Systemic(Reason::Account),
        // A duplicate create is 400, a duplicate e-mail change 409.
        400 | 409 if says("already in use") || says("already been used") => ErrorKind::Conflict,
        400 if says("Cannot delete Admin user") || says("Cannot activate or deactivate") => {
            ErrorKind::Protected
        }
        400 if says("not exist or not belong to this account") => ErrorKind::Gone,
        403 if says("permission") || says("privilege") || !is_object(said.body) => {
            ErrorKind::Systemic(Reason::Permission)
        }
        404 if says("User does not exist") && asked != Asked::List => ErrorKind::Gone,
        404 if asked == Asked::Delete && said.body.is_empty() => ErrorKind::Gone,
        404 if asked.is_about_a_user() && is_scim(said.body) => ErrorKind::Gone,
        404 | 405 | 300..=399 => ErrorKind::Systemic(Reason::Protocol),
        408 => lost(asked),
        409 if is_about_seats(&words) => ErrorKind::NoSeat,
        409 if is_about_the_account(&words) => ErrorKind::User,
        409 => ErrorKind::Conflict,
        429 => throttled(said, &words),
        // Nothing was done by a server that does not know how.
        501 | 505 => ErrorKind::User,
        500..=599 => lost(asked),
        _ => ErrorKind::User,
    }
}

/// What the codes of Zoom's gateway mean; `None` for those that are about a user.
fn gateway(code: Option<u64>, words: &str) -> Option<ErrorKind> {
    let reason = match code? {
        124 | 4735 | 4738 | 4740 | 4741 => return Some(ErrorKind::Token),
        4711 => Reason::Scope,
        4700 if words.contains("scope") => Reason::Scope,
        4700 => return Some(ErrorKind::Token),
        4702 | 4704..=4706 | 4717 => Reason::Credentials,
        200 if words.contains("api key or secret") => Reason::Credentials,
        200 => Reason::Permission,
        2002 => Reason::Account,
        1005 | 1009 => return Some(ErrorKind::Conflict),
        _ => return None,
    };
    Some(ErrorKind::Systemic(reason))
}

/// What Zoom says where the account, or one of its plans, has no seat left.
fn is_about_seats(words: &str) -> bool {
    [
        "Cannot add paid users",
        "Cannot add basic users",
        "Cannot add more users",
        "Cannot create more users",
    ]
    .iter()
    .any(|text| words.contains(text))
}

/// Plans and domains are 409 at Zoom as a taken address is.
fn is_about_the_account(words: &str) -> bool {
    [
        "domain",
        "Cannot add",
        "Cannot create",
        "Plan is invalid",
        "Zoom Room",
    ]
    .iter()
    .any(|text| words.contains(text))
}

fn throttled(said: &Said<'_>, words: &str) -> ErrorKind {
    ErrorKind::Throttled(Throttle {
        wait: said.wait,
        daily: said.daily || words.contains("maximum daily rate limit"),
    })
}

/// The error of an exchange, for people. Zoom's words go without secrets, which a server may repeat; they are taken out
/// before the words are cut, for what is left of one would not be known as such.
pub(super) fn told(what: &str, kind: ErrorKind, said: &Said<'_>, redactor: &Redactor) -> ZoomError {
    let (_, words) = words(said.body);
    let words: String = redactor.clean(&words).chars().take(MAX_WORDS).collect();
    let explained = match words.is_empty() {
        true if kind == ErrorKind::Systemic(Reason::Protocol) => {
            "no words of Zoom's; is the URL right?"
        }
        true if (200..300).contains(&said.status) => "an answer that is cut off or damaged",
        true => "no explanation",
        false => &words,
    };
    ZoomError {
        kind,
        message: format!("{what}: Zoom answered {}: {explained}", said.status),
        status: Some(said.status),
    }
}

fn is_object(body: &[u8]) -> bool {
    matches!(serde_json::from_slice(body), Ok(Value::Object(_)))
}

/// SCIM's envelope of an error (RFC 7644 section 3.12).
fn is_scim(body: &[u8]) -> bool {
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    json.get("schemas").is_some() && json.get("code").is_none()
}

/// Zoom's own words, from SCIM's envelope, the gateway's or the token endpoint's, and the gateway's code.
fn words(body: &[u8]) -> (Option<u64>, String) {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return (None, String::new());
    };
    let text = ["detail", "message", "reason"]
        .iter()
        .find_map(|key| json.get(key)?.as_str());
    let words = text
        .unwrap_or_default()
        .chars()
        .take(MAX_READ_WORDS)
        .collect();
    (json.get("code").and_then(Value::as_u64), words)
}

#[cfg(test)]
mod tests;
