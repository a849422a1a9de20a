//! The HTTP transport: one pool of connections, no redirects, no proxy, a bounded answer.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;

use super::kind::{ErrorKind, ZoomError};

/// How long connecting may take, and a request with its whole answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// The longest chain of causes that is told.
const MAX_CAUSES: usize = 8;

/// A pool of HTTP connections; clones share it.
#[derive(Debug, Clone)]
pub struct Transport(reqwest::Client);

/// No transport can be made on this machine.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP transport can be made: {0}")]
pub struct TransportError(String);

/// An answer, whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) is_json: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Transport {
    /// A transport with its own pool.
    ///
    /// # Errors
    ///
    /// When the machine's root certificates cannot be read.
    pub fn new() -> Result<Self, TransportError> {
        // The provider of cryptography is the process's; one that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("zoom-provisioner/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the token to somebody else.
            .redirect(Policy::none())
            // So could a proxy that the environment names.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| TransportError(causes(&error)))?;
        Ok(Self(client))
    }

    pub(super) fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn send(
        &self,
        what: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, ZoomError> {
        let unanswered = |error: reqwest::Error| {
            // Before a connection stands nothing was sent.
            let kind = if error.is_connect() {
                ErrorKind::Transient
            } else {
                ErrorKind::Unknown
            };
            ZoomError::new(kind, format!("{what}: {}", causes(&error.without_url())))
        };
        let mut response = request.send().await.map_err(unanswered)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let message = format!("{what}: the answer is larger than {MAX_ANSWER_BYTES} bytes");
                return Err(ZoomError::new(ErrorKind::Unknown, message));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = response.headers();
        Ok(Answer {
            status: response.status().as_u16(),
            is_json: is_json(headers),
            retry_after: told_wait(headers),
            body,
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.contains("json"))
}

/// The wait of a `Retry-After` in seconds (RFC 9110 section 10.2.3).
fn told_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// An error with its causes, of which the last says most.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    for _ in 0..MAX_CAUSES {
        let Some(error) = cause else { break };
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
