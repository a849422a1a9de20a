//! The suite's own HTTP client: one request, one answer, nothing repeated and nothing followed.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::target::{Target, is_loopback};
use super::wire::{Answer, Auth, Place, Request};

/// The most that a body may have, in bytes: a page of 100 users has a few hundred kilobytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(2);

/// A request got no answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No answer came in time.
    #[error("{request} got no whole answer within {limit_ms} ms; --timeout-ms allows more")]
    TimedOut {
        /// What was asked.
        request: String,
        /// How long was waited, in milliseconds.
        limit_ms: u128,
    },
    /// The connection could not be made, or broke.
    #[error("{request}: {error}")]
    Broken {
        /// What was asked.
        request: String,
        /// What went wrong.
        error: String,
    },
    /// The answer does not end.
    #[error("{request}: the answer has more than {MAX_BODY} bytes")]
    TooLarge {
        /// What was asked.
        request: String,
    },
}

/// The client could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the HTTP client could not be made: {0}")]
pub struct NoClient(String);

/// Sends requests to one server.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    scim_url: String,
    token_url: String,
    limit: Duration,
}

impl Client {
    pub(super) fn new(target: &Target, limit: Duration) -> Result<Self, NoClient> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |error: reqwest::Error| NoClient(causes(&error));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("zoom-conformance/", env!("CARGO_PKG_VERSION")))
            // What a redirect leads to is not the server that is checked.
            .redirect(reqwest::redirect::Policy::none())
            // A connection that has waited may have been closed meanwhile, and a create is not sent twice.
            .pool_idle_timeout(IDLE)
            .connect_timeout(limit)
            .timeout(limit);
        if is_loopback(target.scim_url.host_str().unwrap_or_default()) {
            builder = builder.no_proxy();
        }
        let plain = |url: &reqwest::Url| url.scheme() == "http";
        if plain(&target.scim_url) && plain(&target.token_url) {
            // To read the machine's roots takes longer than many a check.
            builder = builder.tls_certs_only(std::iter::empty());
        } else if let Some(pem) = &target.ca_pem {
            let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(failed)?;
            builder = builder.tls_certs_merge(roots);
        }
        Ok(Self {
            http: builder.build().map_err(failed)?,
            scim_url: target.scim_url.as_str().trim_end_matches('/').to_owned(),
            token_url: target.token_url.as_str().trim_end_matches('/').to_owned(),
            limit,
        })
    }

    /// Sends a request; `token` is the run's own.
    pub(super) async fn send(
        &self,
        request: Request,
        token: Option<&str>,
    ) -> Result<Answer, Unanswered> {
        let base = match request.place {
            Place::Scim => &self.scim_url,
            Place::Token => &self.token_url,
        };
        let url = format!("{base}{}", request.path);
        let broken = |error: String| Unanswered::Broken {
            request: request.told(),
            error,
        };
        let method = reqwest::Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|error| broken(error.to_string()))?;
        let mut sent = self.http.request(method, &url);
        sent = sent.header("accept", request.accept);
        sent = match (&request.auth, token) {
            (Auth::Session, Some(token)) => sent.bearer_auth(token),
            (Auth::Bearer(token), _) => sent.bearer_auth(token.expose_secret()),
            (Auth::Basic(id, secret), _) => sent.basic_auth(id, Some(secret.expose_secret())),
            (Auth::Session, None) | (Auth::Nobody, _) => sent,
        };
        if let Some((media_type, text)) = &request.body {
            sent = sent.header("content-type", *media_type).body(text.clone());
        }
        let failed = |error: reqwest::Error| self.unanswered(&request, &error);
        let mut response = sent.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                let request = request.told();
                return Err(Unanswered::TooLarge { request });
            }
        }
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        Ok(Answer {
            url,
            status: response.status().as_u16(),
            headers,
            json: serde_json::from_slice::<Value>(&body).ok(),
            body: String::from_utf8_lossy(&body).into_owned(),
            request,
        })
    }

    fn unanswered(&self, request: &Request, error: &reqwest::Error) -> Unanswered {
        let request = request.told();
        if error.is_timeout() {
            let limit_ms = self.limit.as_millis();
            return Unanswered::TimedOut { request, limit_ms };
        }
        let error = causes(error);
        Unanswered::Broken { request, error }
    }
}

/// An error with its causes, innermost last, without the URL.
fn causes(error: &reqwest::Error) -> String {
    use std::error::Error as _;
    let mut told = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push(error.to_string());
        cause = error.source();
    }
    if told.is_empty() {
        return error.to_string();
    }
    told.join(": ")
}
