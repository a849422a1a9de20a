//! One request, tried as often as that is any use.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{DATE, LOCATION, RETRY_AFTER};
use serde_json::{Value, json};

use super::super::bug::Bug;
use super::{Request, Trouble, Zoom};

/// How often a request is sent that fails in passing.
const MAX_ATTEMPTS: u32 = 4;
/// How often one is sent by the wrong variants that would go on for ever.
const HOT_ATTEMPTS: u32 = 40;
/// How often a request waits as it was told.
const MAX_TOLD: u32 = 12;
/// How long an answer may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);
/// No answer may be longer, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What Zoom says where the token lacks a scope: no other request will do better.
const NO_SCOPE: &str = "does not contain scopes";

/// An answer that can be used.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
    retry_after: Option<String>,
    location: Option<String>,
}

/// How a request has fared so far.
#[derive(Default)]
struct Tried {
    attempts: u32,
    told: u32,
    tokens: u32,
}

impl Zoom {
    pub(super) async fn send(&self, request: &Request) -> Result<Reply, Trouble> {
        let layers = if self.has(Bug::B72) { MAX_ATTEMPTS } else { 1 };
        let mut outer = 1;
        loop {
            match self.persist(request).await {
                Err(Trouble::Lost(_)) if outer < layers => outer += 1,
                result => return result,
            }
        }
    }

    async fn persist(&self, request: &Request) -> Result<Reply, Trouble> {
        let mut tried = Tried::default();
        let most = if self.has(Bug::B54) {
            HOT_ATTEMPTS
        } else {
            MAX_ATTEMPTS
        };
        loop {
            let token = self.bearer().await?;
            let lost = match self.once(request, &token).await {
                Ok(reply) => match self.heed(reply, &token, &mut tried).await? {
                    Heeded::Answer(reply) => return Ok(reply),
                    Heeded::Again => continue,
                    Heeded::Passing(why) => why,
                    Heeded::Lost(why) => return Err(Trouble::Lost(why)),
                },
                Err(why) => why,
            };
            tried.attempts += 1;
            // A create is not repeated unseen: it may have been applied.
            if request.method == Method::POST || tried.attempts >= most {
                return Err(Trouble::Lost(lost));
            }
            self.back_off(tried.attempts).await;
        }
    }

    /// What is to be done about an answer.
    async fn heed(&self, reply: Reply, token: &str, tried: &mut Tried) -> Result<Heeded, Trouble> {
        let status = reply.status;
        let again = if self.has(Bug::B60) { HOT_ATTEMPTS } else { 1 };
        Ok(match status {
            401 if tried.tokens < again && !self.has(Bug::B59) => {
                tried.tokens += 1;
                self.renew(token).await?;
                Heeded::Again
            }
            401 => return Err(Trouble::Ends("Zoom refuses every token".to_owned())),
            429 | 503 if status == 429 || reply.retry_after.is_some() => {
                self.wait_as_told(reply.retry_after.as_deref()).await?;
                tried.told += 1;
                let most = if self.has(Bug::B57) {
                    MAX_ATTEMPTS / 2
                } else {
                    MAX_TOLD
                };
                if tried.told >= most {
                    return Ok(Heeded::Lost("told to wait too often".to_owned()));
                }
                Heeded::Again
            }
            502..=504 if self.has(Bug::B56) => Heeded::Lost(format!("status {status}")),
            500 | 502..=504 => Heeded::Passing(format!("status {status}")),
            300..=399 if self.has(Bug::B64) => {
                let location = reply.location.unwrap_or_default();
                Heeded::Answer(self.follow(&location, token).await?)
            }
            300..=399 => Heeded::Lost("Zoom redirects, which is not followed".to_owned()),
            400 if reply.body.to_string().contains(NO_SCOPE) => {
                return Err(Trouble::Ends("the token lacks a scope".to_owned()));
            }
            400..=499 if self.has(Bug::B55) && tried.attempts + 1 < MAX_ATTEMPTS => {
                tried.attempts += 1;
                Heeded::Again
            }
            _ => Heeded::Answer(reply),
        })
    }

    async fn once(&self, request: &Request, token: &str) -> Result<Reply, String> {
        let base = self.connection.scim_url.trim_end_matches('/');
        let slash = if self.has(Bug::B119) { "/" } else { "" };
        let url = format!("{base}{slash}{}", request.path);
        let mut sent = self
            .http
            .request(request.method.clone(), url)
            .bearer_auth(token);
        if !self.has(Bug::B71) {
            sent = sent.timeout(DEADLINE);
        }
        if let Some(body) = &request.body {
            sent = sent.json(body);
        }
        self.read(sent).await
    }

    async fn follow(&self, location: &str, token: &str) -> Result<Reply, Trouble> {
        let base = self.connection.scim_url.trim_end_matches("/scim2");
        let sent = self
            .http
            .get(format!("{base}{location}"))
            .bearer_auth(token);
        self.read(sent).await.map_err(Trouble::Lost)
    }

    async fn read(&self, sent: reqwest::RequestBuilder) -> Result<Reply, String> {
        let unreachable = |why| format!("Zoom could not be reached: {why}");
        let answer = self.exchange(sent).await.map_err(unreachable)?;
        self.note_date(answer.header(DATE).as_deref());
        let (retry_after, location) = (answer.header(RETRY_AFTER), answer.header(LOCATION));
        let (status, bytes) = (answer.status, &answer.body);
        if bytes.len() > MAX_BYTES {
            return Err(format!("an answer of {} bytes", bytes.len()));
        }
        let body = match serde_json::from_slice(bytes) {
            Ok(body) => body,
            Err(_) if status == 200 && self.has(Bug::B65) => json!({ "totalResults": 0 }),
            Err(_) if status == 200 || status == 201 => {
                return Err(format!("{status} and no JSON"));
            }
            Err(_) => Value::Null,
        };
        Ok(Reply {
            status,
            body,
            retry_after,
            location,
        })
    }
}

enum Heeded {
    Answer(Reply),
    Again,
    Passing(String),
    Lost(String),
}
