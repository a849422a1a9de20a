//! The token and the reads, each sent again where that may help, within limits.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::PingOne;
use super::page::{Page, page};
use crate::clock::{monotonic, wall};
use crate::zoom::{Answer, Transport, Why};

/// How often a request is sent at the most.
const MAX_ATTEMPTS: u32 = 4;
/// How many requests of one read are sent again.
const MAX_RETRIES: u32 = 200;
/// The wait after a first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that is kept when it is asked for; a longer one ends the read.
const MAX_TOLD_WAIT: Duration = Duration::from_secs(60);
/// How long a whole read may take.
const MAX_READ: Duration = Duration::from_secs(3600);
/// A token is not used in the last seconds before it expires.
const SKEW: Duration = Duration::from_secs(60);
/// How long a token is believed to live that does not say so, or says something odd.
const CAUTIOUS_LIFETIME: Duration = Duration::from_secs(120);
/// The longest lifetime that is believed.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// The codes of PingOne and of OAuth that are repeated. Nothing else of an answer is: it might repeat the
/// secret.
const CODES: [&str; 15] = [
    "ACCESS_FAILED",
    "INSUFFICIENT_PERMISSIONS",
    "INVALID_DATA",
    "INVALID_REQUEST",
    "INVALID_TOKEN",
    "NOT_FOUND",
    "REQUEST_FAILED",
    "REQUEST_LIMITED",
    "UNEXPECTED_ERROR",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// A read of PingOne.
pub(super) struct Session<'a> {
    pingone: &'a PingOne,
    transport: Transport,
    token: Option<Token>,
    retries: u32,
    ends: Instant,
}

struct Token {
    value: SecretString,
    fresh_until: Instant,
}

impl<'a> Session<'a> {
    pub(super) fn new(pingone: &'a PingOne) -> Result<Self, String> {
        let transport = Transport::with_roots(&pingone.trusted_roots);
        Ok(Self {
            pingone,
            transport: transport.map_err(|error| error.to_string())?,
            token: None,
            retries: 0,
            ends: monotonic() + MAX_READ,
        })
    }

    /// Reads a page. A token that is not accepted is renewed once.
    pub(super) async fn page(&mut self, url: &Url) -> Result<Page, String> {
        let mut is_renewed = false;
        loop {
            let token = self.token().await?;
            let request = |transport: &Transport| {
                transport
                    .request(Method::GET, url.as_str())
                    .header(ACCEPT, "application/json")
                    .bearer_auth(token.expose_secret())
            };
            let answer = self.send(request).await?;
            match answer.status {
                200 => return page(&answer.body),
                401 if !is_renewed => {
                    self.token = None;
                    is_renewed = true;
                }
                _ => return Err(refusal(&answer)),
            }
        }
    }

    async fn token(&mut self) -> Result<SecretString, String> {
        if let Some(token) = self.token.as_ref()
            && token.fresh_until > monotonic()
        {
            return Ok(token.value.clone());
        }
        let pingone = self.pingone;
        let url = pingone.token_url();
        let request = |transport: &Transport| {
            transport
                .request(Method::POST, url.as_str())
                .basic_auth(
                    &pingone.client_id,
                    Some(pingone.client_secret.expose_secret()),
                )
                .form(&[("grant_type", "client_credentials")])
        };
        let answer = self.send(request).await;
        let answer = answer.map_err(|why| format!("asking for a token: {why}"))?;
        if answer.status != 200 {
            return Err(format!(
                "asking for a token: {}; client_id and client secret are those of a worker application of this \
                 environment, whose token endpoint authentication method is Client Secret Basic",
                refusal(&answer)
            ));
        }
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let value = json.get("access_token").and_then(Value::as_str);
        let value = value.filter(|value| !value.is_empty()).ok_or_else(|| {
            "asking for a token: the answer has no access_token; is auth_url PingOne's?".to_owned()
        })?;
        let lifetime = json.get("expires_in").and_then(Value::as_u64);
        let lifetime = lifetime.map_or(CAUTIOUS_LIFETIME, Duration::from_secs);
        let lifetime = lifetime.min(MAX_LIFETIME).saturating_sub(SKEW);
        let value = SecretString::from(value);
        self.token = Some(Token {
            value: value.clone(),
            fresh_until: monotonic() + lifetime,
        });
        Ok(value)
    }

    /// Sends a request, again where that may help: neither reads nor asking for a token do harm twice.
    async fn send(
        &mut self,
        request: impl Fn(&Transport) -> RequestBuilder,
    ) -> Result<Answer, String> {
        let mut attempt = 1;
        loop {
            if monotonic() >= self.ends {
                return Err(format!(
                    "the read took longer than {} s",
                    MAX_READ.as_secs()
                ));
            }
            let (why, told) = match self.transport.exchange(request(&self.transport)).await {
                Ok(answer) if !matches!(answer.status, 429 | 500..=599) => return Ok(answer),
                Ok(answer) => {
                    let told = answer.header(RETRY_AFTER);
                    let told = told.and_then(|header| told_wait(header, wall()));
                    (refusal(&answer), told)
                }
                Err(unanswered) => match unanswered.why {
                    Why::NotSent | Why::TooLarge => return Err(unanswered.told),
                    Why::NotConnected(_)
                    | Why::TimedOut
                    | Why::Dropped
                    | Why::NotHttp
                    | Why::Cut => (unanswered.told, None),
                },
            };
            let wait = wait(attempt, told).filter(|_| self.retries < MAX_RETRIES);
            let Some(wait) = wait else {
                return Err(match attempt {
                    1 => why,
                    _ => format!("{why} (asked {attempt} times)"),
                });
            };
            self.retries += 1;
            attempt += 1;
            tokio::time::sleep(wait).await;
        }
    }
}

/// How long to wait after a failure; `None` where it is not tried again.
fn wait(attempt: u32, told: Option<Duration>) -> Option<Duration> {
    let backoff = FIRST_WAIT * 2_u32.saturating_pow(attempt.saturating_sub(1));
    let wait = told.map_or(backoff, |told| told.max(backoff));
    (attempt < MAX_ATTEMPTS && wait <= MAX_TOLD_WAIT).then_some(wait)
}

/// The wait of a `Retry-After`, in seconds or up to a date (RFC 9110 section 10.2.3); none of anything else.
fn told_wait(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// What an answer says that is none.
fn refusal(answer: &Answer) -> String {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = ["code", "error"]
        .iter()
        .find_map(|key| json.get(key)?.as_str());
    let code = CODES.into_iter().find(|code| Some(*code) == said);
    let advice = match answer.status {
        300..=399 => ": a redirect, which is not followed",
        401 => ": the token is not accepted",
        403 => {
            ": the worker application needs a role that may read users, such as Identity Data Read Only"
        }
        404 => ": is environment_id right, and is this the environment's region?",
        _ => "",
    };
    match code {
        Some(code) => format!("answered {} {code}{advice}", answer.status),
        None => format!("answered {}{advice}", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_as_told_and_not_for_ever() {
        let s = Duration::from_secs;
        assert_eq!(wait(1, None), Some(FIRST_WAIT));
        assert_eq!(wait(3, None), Some(FIRST_WAIT * 4));
        assert_eq!(wait(1, Some(s(2))), Some(s(2)));
        assert_eq!(wait(1, Some(s(0))), Some(FIRST_WAIT));
        assert_eq!(wait(1, Some(s(61))), None);
        assert_eq!(wait(1, Some(s(u64::MAX))), None);
        assert_eq!(wait(MAX_ATTEMPTS, None), None);
    }

    #[test]
    fn reads_a_told_wait_however_it_is_written() {
        let now: Timestamp = "1994-11-06T08:49:27Z".parse().unwrap();
        let told = |header| told_wait(header, now).map(|wait| wait.as_secs());
        assert_eq!(told(" 7 "), Some(7));
        assert_eq!(told("Sun, 06 Nov 1994 08:49:37 GMT"), Some(10));
        assert_eq!(told("Sun, 06 Nov 1994 08:49:17 GMT"), Some(0), "it is over");
        for odd in [
            "",
            "-1",
            "1.5",
            "soon",
            "99999999999999999999999",
            "1994-11-06",
        ] {
            assert_eq!(told(odd), None, "{odd}");
        }
    }
}
