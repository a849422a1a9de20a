//! The token: fetched once for all who need it, and fetched again before it expires.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use super::kind::{Asked, ErrorKind, Reason, ZoomError, judge, told, unanswered};
use super::pace::Category;
use super::retry::Decision;
use super::session::Session;
use super::transport::Transport;
use crate::connection::Connection;
use crate::redact::Redactor;

/// What is done when a token is asked for.
const WHAT: &str = "asking for a token";
/// A token is not used in the last seconds before it expires, nor in half of a short life.
const SKEW: Duration = Duration::from_secs(60);
/// By chance up to so much earlier, so that several clients do not all come in one moment.
const MAX_EARLIER: Duration = Duration::from_secs(30);
/// How long a token is believed to live that does not say so, or says something odd.
const CAUTIOUS_LIFETIME: Duration = Duration::from_secs(120);
/// The longest lifetime that is believed.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Tokens that were ended before their time are counted over so much time,
const WINDOW: Duration = Duration::from_secs(60);
/// replaced at once up to this many,
const FREE_RENEWALS: usize = 2;
/// and then later and later, up to this many.
const MAX_RENEWALS: usize = 6;
/// The first wait before a token is replaced later; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// A new token that is refused though it never worked, and the one before it too: no other will do.
const MAX_DEAD: u32 = 2;

/// The token of a connection. Whoever needs one while another is being fetched waits for that one.
#[derive(Debug, Default)]
pub(super) struct TokenCache(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    /// Why none is to be had in this run.
    failure: Option<ZoomError>,
    /// How many in a row were refused without ever having worked.
    dead: u32,
    /// When tokens were refused, as far as that is in the window.
    refused: Vec<Duration>,
}

/// A token; clones share what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Token(Arc<Issued>);

#[derive(Debug)]
struct Issued {
    value: SecretString,
    fresh_until: Duration,
    /// Which authentication settings it was issued for.
    issued_for: Arc<str>,
    /// Zoom has accepted it in this run.
    worked: AtomicBool,
    /// Takes it, and what it was asked for with, out of what is told.
    redactor: Redactor,
}

impl Token {
    pub(super) fn expose(&self) -> &str {
        self.0.value.expose_secret()
    }

    /// Takes the secrets out of what is told of requests with it.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.0.redactor
    }

    /// Zoom has accepted it.
    pub(super) fn works(&self) {
        self.0.worked.store(true, Ordering::Relaxed);
    }
}

impl TokenCache {
    /// A run begins, and knows nothing of what worked before. A token with which nothing worked in the last run may
    /// be what was wrong, as one without the scopes that the app has been given since: it is not used again.
    pub(super) async fn begin(&self) {
        let mut held = self.0.lock().await;
        held.dead = 0;
        held.failure = None;
        held.refused.clear();
        let has_worked = |token: &Token| token.0.worked.swap(false, Ordering::Relaxed);
        held.token = held.token.take().filter(has_worked);
    }

    /// A token that can be used.
    pub(super) async fn get(
        &self,
        session: &Session,
        transport: &Transport,
        connection: &Connection,
        issued_for: &Arc<str>,
    ) -> Result<Token, ZoomError> {
        // The lock is held while the token is fetched: that is what makes the others wait.
        let mut held = self.0.lock().await;
        if let Some(token) = &held.token
            && token.0.fresh_until > session.waiter().now()
            && token.0.issued_for == *issued_for
        {
            return Ok(token.clone());
        }
        // It was asked for as often as may be: those who are still under way do not begin anew.
        if let Some(failure) = &held.failure {
            return Err(failure.clone());
        }
        let fetched = fetch(session, transport, connection, issued_for).await;
        held.failure = fetched.as_ref().err().cloned();
        let token = fetched?;
        held.token = Some(token.clone());
        Ok(token)
    }

    /// Takes note that Zoom did not accept a token, unless somebody has another by now.
    pub(super) async fn refused(&self, session: &Session, token: &Token) -> Result<(), ZoomError> {
        let mut held = self.0.lock().await;
        let is_held = |held: &Token| Arc::ptr_eq(&held.0, &token.0);
        if !held.token.as_ref().is_some_and(is_held) {
            return Ok(());
        }
        held.token = None;
        let worked = token.0.worked.load(Ordering::Relaxed);
        held.dead = if worked { 0 } else { held.dead + 1 };
        if held.dead >= MAX_DEAD {
            let message = "Zoom does not accept even a new token: the app was deactivated, or belongs to another \
                           environment than the SCIM URL";
            return Err(ZoomError::new(ErrorKind::Systemic(Reason::Token), message));
        }
        let now = session.waiter().now();
        held.refused
            .retain(|then| now.saturating_sub(*then) < WINDOW);
        held.refused.push(now);
        match renewal(held.refused.len(), session.chance()) {
            Some(wait) if wait.is_zero() => Ok(()),
            // The lock is held, so that nobody fetches one meanwhile.
            Some(wait) => session.pause(wait).await,
            None => Err(contention()),
        }
    }
}

/// How long to wait before the token is replaced after so many were refused; `None` where it is no use.
fn renewal(refused: usize, chance: f64) -> Option<Duration> {
    let late = refused.saturating_sub(FREE_RENEWALS);
    match (refused > MAX_RENEWALS, u32::try_from(late)) {
        (true, _) | (_, Err(_)) => None,
        (false, Ok(0)) => Some(Duration::ZERO),
        (false, Ok(late)) => {
            let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(late - 1));
            Some(wait.mul_f64(0.5 + chance / 2.0))
        }
    }
}

/// Two clients that end each other's tokens for ever get nothing done.
pub(super) fn contention() -> ZoomError {
    ZoomError::new(
        ErrorKind::Systemic(Reason::Contention),
        "token contention: Zoom keeps refusing tokens that worked a moment ago, so another client uses the same \
         app, and its tokens end ours; give this one an app of its own, or let one run at a time",
    )
}

/// Asks for a token, again where that may help: asking twice does no harm.
async fn fetch(
    session: &Session,
    transport: &Transport,
    connection: &Connection,
    issued_for: &Arc<str>,
) -> Result<Token, ZoomError> {
    let mut trial = session.trial(true);
    loop {
        drop(session.leave(Category::Token).await?);
        let error = match ask(session, transport, connection, issued_for).await {
            Ok(token) => return Ok(token),
            Err(error) if error.kind == ErrorKind::Stopped => return Err(error),
            Err(error) => error,
        };
        match session.failed(Category::Token, &mut trial, &error) {
            Decision::WaitUntil(until) => {
                session.wait_until(until, WHAT, &trial, &error).await?;
            }
            // Without a token nothing can be done for anybody.
            Decision::GiveUp if error.kind == ErrorKind::Transient => {
                return Err(ZoomError {
                    kind: ErrorKind::Systemic(Reason::Outage),
                    ..error
                });
            }
            Decision::GiveUp => return Err(error),
        }
    }
}

async fn ask(
    session: &Session,
    transport: &Transport,
    connection: &Connection,
    issued_for: &Arc<str>,
) -> Result<Token, ZoomError> {
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", connection.account_id.as_str()),
    ];
    let request = transport
        .request(reqwest::Method::POST, connection.token_endpoint())
        .basic_auth(
            &connection.client_id,
            Some(connection.client_secret.expose_secret()),
        )
        .form(&form);
    let exchange = session.heed(Asked::Token, transport.exchange(request));
    let answer = exchange.await?.map_err(|met| {
        let kind = unanswered(Asked::Token, met.why);
        ZoomError::new(kind, format!("{WHAT}: {}", met.told))
    })?;
    let mut redactor = Redactor::new(&connection.client_id, &connection.client_secret);
    let said = answer.said(session.waiter().wall());
    let json = judge(Asked::Token, &said).map_err(|kind| {
        // A server that fails may tell a wait as well.
        if let (ErrorKind::Transient, Some(wait)) = (kind, said.wait) {
            session.hold(Category::Token, wait);
        }
        told(WHAT, kind, &said, &redactor)
    })?;
    let json = json.unwrap_or_default();
    let value = issued(&json).map_err(|wrong| {
        let message = format!(
            "{WHAT}: {wrong}; is {} Zoom's token URL?",
            connection.token_url
        );
        ZoomError::new(ErrorKind::Systemic(Reason::Protocol), message)
    })?;
    let value = SecretString::from(value);
    redactor.learn(&value);
    let lifetime = lifetime(json.get("expires_in"));
    let early = (SKEW + MAX_EARLIER.mul_f64(session.chance())).min(lifetime / 2);
    Ok(Token(Arc::new(Issued {
        value,
        fresh_until: session.waiter().now() + (lifetime - early),
        issued_for: Arc::clone(issued_for),
        worked: AtomicBool::new(false),
        redactor,
    })))
}

/// Whether the token in an answer is a bearer token, as one is that does not say what it is.
pub(crate) fn is_bearer(json: &Value) -> bool {
    let bearer = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
    };
    json.get("token_type").is_none_or(bearer)
}

/// The token in an answer, if it is one that can be sent as a bearer token (RFC 6750).
fn issued(json: &Value) -> Result<&str, &'static str> {
    if !is_bearer(json) {
        return Err("the token is of another type than bearer");
    }
    let token = json.get("access_token").and_then(Value::as_str);
    token
        .filter(|token| !token.is_empty())
        .ok_or("the answer has no access_token")
}

/// How long a token is believed to live: what is told, if it is a plausible number.
fn lifetime(expires_in: Option<&Value>) -> Duration {
    match expires_in.and_then(Value::as_u64) {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds).min(MAX_LIFETIME),
        Some(_) | None => CAUTIOUS_LIFETIME,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn f04_a_plausible_lifetime_alone_is_believed() {
        assert_eq!(lifetime(Some(&json!(3599))), Duration::from_secs(3599));
        for odd in [json!(0), json!(-1), json!("3600"), json!(null), json!(1.5)] {
            assert_eq!(lifetime(Some(&odd)), CAUTIOUS_LIFETIME, "{odd}");
        }
        assert_eq!(lifetime(None), CAUTIOUS_LIFETIME);
        assert_eq!(lifetime(Some(&json!(10_u64.pow(18)))), MAX_LIFETIME);
    }

    #[test]
    fn f04_a_bearer_token_alone_is_taken() {
        assert_eq!(
            issued(&json!({ "access_token": "t", "token_type": "Bearer" })),
            Ok("t")
        );
        assert_eq!(issued(&json!({ "access_token": "t" })), Ok("t"));
        for odd in [
            json!({}),
            json!(null),
            json!([1]),
            json!({ "access_token": "" }),
            json!({ "access_token": 5 }),
            json!({ "access_token": "t", "token_type": "mac" }),
            json!({ "access_token": "t", "token_type": null }),
        ] {
            assert!(issued(&odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn f06_tokens_are_replaced_at_once_then_later_and_then_no_more() {
        let waits: Vec<_> = (1..=MAX_RENEWALS + 1)
            .map(|refused| renewal(refused, 1.0))
            .collect();
        assert_eq!(waits[0], Some(Duration::ZERO));
        assert_eq!(waits[1], Some(Duration::ZERO));
        assert_eq!(waits[2], Some(Duration::from_secs(1)));
        assert_eq!(waits[5], Some(Duration::from_secs(8)));
        assert_eq!(waits[6], None);
        assert!(renewal(3, 0.0) < renewal(3, 1.0));
    }
}
