//! The HTTP transport: one pool of connections, no redirects, no proxy, a bounded answer, and nothing in the
//! clear to another machine.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use rustls::client::danger::ServerCertVerifier;

use super::carrier::{Carrier, carry};
use super::kind::Said;
use super::roots::TrustedRoots;
use super::tls;
use super::told::{self, Headers};
use crate::clock::monotonic;
use crate::connection::is_safe;

/// How long connecting may take, and a request with its whole answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read.
pub(crate) const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// The headers that name a request, the first that is there counts.
const REQUEST_IDS: [&str; 2] = ["x-zm-trackingid", "x-zoom-mock-request-id"];
/// How much of such a name is kept, in characters.
const MAX_REQUEST_ID: usize = 200;
/// The longest chain of causes that is told.
const MAX_CAUSES: usize = 8;

/// A pool of HTTP connections; clones share it.
#[derive(Debug, Clone)]
pub struct Transport {
    client: reqwest::Client,
    verifier: Arc<dyn ServerCertVerifier>,
    carrier: Option<Arc<dyn Carrier>>,
}

/// No transport can be made on this machine.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP transport can be made: {0}")]
pub struct TransportError(String);

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no whole answer to a request.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) why: Why,
    /// What was met, for people; no URL is in it.
    pub(crate) told: String,
}

/// The ways not to get a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was not sent: it would have gone in the clear to another machine, or cannot be written.
    NotSent,
    /// No connection stood, so nothing was sent.
    NotConnected(Option<io::ErrorKind>),
    /// The answer, or the rest of it, did not come in time.
    TimedOut,
    /// The connection ended before an answer began.
    Dropped,
    /// What came is not HTTP.
    NotHttp,
    /// The answer began, and broke off.
    Cut,
    /// The answer is larger than [`MAX_ANSWER_BYTES`].
    TooLarge,
}

impl Transport {
    /// A transport with its own pool, which trusts the machine's root certificates.
    ///
    /// # Errors
    ///
    /// When the machine's root certificates cannot be read.
    pub fn new() -> Result<Self, TransportError> {
        Self::with_roots(&TrustedRoots::default())
    }

    /// A transport with its own pool, which trusts further root certificates too.
    ///
    /// # Errors
    ///
    /// When the machine's root certificates cannot be read.
    pub fn with_roots(roots: &TrustedRoots) -> Result<Self, TransportError> {
        Self::within(roots, REQUEST_TIMEOUT)
    }

    /// The same, where a request with its whole answer may take so long, which is otherwise 30 seconds.
    ///
    /// # Errors
    ///
    /// When the machine's root certificates cannot be read.
    pub fn within(roots: &TrustedRoots, request: Duration) -> Result<Self, TransportError> {
        let failed = |error: &dyn Error| TransportError(causes(error));
        let verifier = tls::verifier(roots).map_err(|error| failed(&error))?;
        let config = tls::config(Arc::clone(&verifier)).map_err(|error| failed(&error))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(concat!("zoom-provisioner/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the token to somebody else.
            .redirect(Policy::none())
            // So could a proxy that the environment names.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT.min(request))
            .timeout(request)
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self {
            client,
            verifier,
            carrier: None,
        })
    }

    /// The same, whose requests go another way than over HTTP.
    #[must_use]
    pub fn carried_by(&self, carrier: Arc<dyn Carrier>) -> Self {
        Self {
            carrier: Some(carrier),
            ..self.clone()
        }
    }

    /// What verifies the certificates of servers.
    pub(crate) fn verifier(&self) -> Arc<dyn ServerCertVerifier> {
        Arc::clone(&self.verifier)
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub(crate) async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, Unanswered> {
        let request = request
            .build()
            .map_err(|error| unanswered(Why::NotSent, error))?;
        if !is_safe(request.url()) {
            return Err(Unanswered {
                why: Why::NotSent,
                told: "plain http would show the secret to the network; nothing was sent"
                    .to_owned(),
            });
        }
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let begun = monotonic();
        let exchanged = match &self.carrier {
            None => self.send(request).await,
            Some(carrier) => carry(carrier.as_ref(), request).await,
        };
        let ms = monotonic().saturating_duration_since(begun).as_millis();
        match &exchanged {
            Ok(answer) => tracing::debug!(%method, path, status = answer.status, ms, "answered"),
            Err(met) => tracing::debug!(%method, path, why = ?met.why, ms, "no answer"),
        }
        exchanged
    }

    async fn send(&self, request: reqwest::Request) -> Result<Answer, Unanswered> {
        let sent = self.client.execute(request).await;
        let mut response = sent.map_err(|error| unanswered(before_the_answer(&error), error))?;
        let mut body = Vec::new();
        let within = |error: reqwest::Error| {
            let why = if error.is_timeout() {
                Why::TimedOut
            } else {
                Why::Cut
            };
            unanswered(why, error)
        };
        while let Some(chunk) = response.chunk().await.map_err(within)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(Unanswered {
                    why: Why::TooLarge,
                    told: format!("the answer is larger than {MAX_ANSWER_BYTES} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        })
    }
}

impl Answer {
    /// A header that is there and is text.
    pub(crate) fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The number that the server gave the request: Zoom's, or that of the stand-in. No longer than is safe to keep.
    pub(super) fn request_id(&self) -> Option<String> {
        let id = REQUEST_IDS.iter().find_map(|name| self.header(*name))?;
        Some(id.chars().take(MAX_REQUEST_ID).collect())
    }

    /// Whether it says to be JSON.
    pub(super) fn is_json(&self) -> bool {
        self.header(CONTENT_TYPE)
            .is_some_and(|media_type| media_type.contains("json"))
    }

    /// What it says, as far as its meaning depends on it.
    pub(super) fn said(&self, wall: Timestamp) -> Said<'_> {
        let is_put_off = matches!(self.status, 429 | 503);
        let headers = || Headers {
            retry_after: self.header(RETRY_AFTER),
            reset: self.header("x-ratelimit-reset"),
            date: self.header(DATE),
        };
        Said {
            status: self.status,
            is_json: self.is_json(),
            wait: is_put_off.then(|| told::wait(headers(), wall)).flatten(),
            daily: self.limit_kind() == Some(Limit::Daily),
            body: &self.body,
        }
    }

    /// The limit of a second that it names.
    pub(super) fn per_second(&self) -> Option<u32> {
        let limit = self.header("x-ratelimit-limit")?;
        match self.limit_kind() {
            Some(Limit::PerSecond) => limit.trim().parse().ok(),
            Some(Limit::Daily) | None => None,
        }
    }

    fn limit_kind(&self) -> Option<Limit> {
        match self.header("x-ratelimit-type")?.trim() {
            kind if kind.eq_ignore_ascii_case("QPS") => Some(Limit::PerSecond),
            kind if kind.eq_ignore_ascii_case("Daily-limit") => Some(Limit::Daily),
            _ => None,
        }
    }

    /// The wait of a `Retry-After` in seconds (RFC 9110 section 10.2.3).
    pub(crate) fn told_wait(&self) -> Option<Duration> {
        let seconds = self.header(RETRY_AFTER)?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// What `X-RateLimit-Type` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    PerSecond,
    Daily,
}

fn unanswered(why: Why, error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    Unanswered {
        why,
        told: causes(&error),
    }
}

/// What an error means that came before the answer's head.
fn before_the_answer(error: &reqwest::Error) -> Why {
    if error.is_connect() {
        let io = cause::<io::Error>(error).map(io::Error::kind);
        let timed_out = error.is_timeout().then_some(io::ErrorKind::TimedOut);
        return Why::NotConnected(timed_out.or(io));
    }
    if error.is_timeout() {
        return Why::TimedOut;
    }
    match cause::<hyper::Error>(error) {
        Some(error) if error.is_parse() => Why::NotHttp,
        _ => Why::Dropped,
    }
}

/// The first cause of a kind.
fn cause<E: Error + 'static>(error: &dyn Error) -> Option<&E> {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    causes
        .take(MAX_CAUSES)
        .find_map(|error| error.downcast_ref())
}

/// An error with its causes, of which the last says most.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    for error in causes.take(MAX_CAUSES) {
        text.push_str(": ");
        text.push_str(&error.to_string());
    }
    text
}
